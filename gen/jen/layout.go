package jen

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// layout writes statements as gofmt lays them out: what stands on a line is the tree's to say, blanks and columns are
// decided here.
type layout struct {
	file   *File
	out    []byte
	indent int
	items  []item // of the statements that are being written
	ops    []operator
	unsure bool // something was met that only go/format knows how to lay out
}

func (l *layout) text(s string) { l.out = append(l.out, s...) }

func (l *layout) newline() {
	l.out = append(l.out, '\n')
	for range l.indent {
		l.out = append(l.out, '\t')
	}
}

// flat appends the pieces of s without those that are statements themselves.
func flat(items []item, s *Statement) []item {
	if s == nil {
		return items
	}
	for i := range s.items {
		if it := &s.items[i]; it.kind == sub {
			items = flat(items, it.inner)
		} else {
			items = append(items, *it)
		}
	}
	return items
}

// with calls write with the pieces of s, whose memory is used again afterwards.
func (l *layout) with(s *Statement, write func(items []item)) {
	start := len(l.items)
	l.items = flat(l.items, s)
	write(l.items[start:len(l.items):len(l.items)])
	l.items = l.items[:start]
}

// declarations writes the top level of a file.
func (l *layout) declarations(items []*Statement) {
	var before string      // the keyword of the declaration before
	lines, doc := 0, false // line breaks asked for, and whether comments stand above
	for _, s := range items {
		if s.null() {
			continue
		}
		l.with(s, func(items []item) {
			switch first := &items[0]; {
			case first.kind == line:
				l.unsure = l.unsure || doc || len(items) > 1
				lines++
			case first.kind == comment:
				if !doc {
					l.text("\n\n")
				}
				doc = true
				l.comments(items)
			default:
				if !doc && (first.text != before || lines > 0) {
					l.text("\n")
				}
				if !doc {
					l.text("\n")
				}
				before, lines, doc = first.text, 0, false
				l.line(items, 1)
			}
		})
	}
	l.out = bytes.TrimPrefix(l.out, []byte("\n")) // the line above ends with one
	l.unsure = l.unsure || doc
	if len(l.out) > 0 {
		l.text("\n")
	}
}

// comments writes lines of comments, with a line break behind the last.
func (l *layout) comments(items []item) {
	for i := range items {
		switch it := &items[i]; it.kind {
		case comment:
			// gofmt makes quotes of these
			l.unsure = l.unsure || strings.Contains(it.text, "``") || strings.Contains(it.text, "''")
			l.text(it.text)
		case line:
			l.newline()
		default:
			l.unsure = true
		}
	}
	l.newline()
}

// statement writes s on the line that is open.
func (l *layout) statement(s *Statement, depth int) {
	l.with(s, func(items []item) { l.line(items, depth) })
}

// line writes the pieces of a declaration, a statement, or an element of a list.
func (l *layout) line(items []item, depth int) {
	for i := 0; i < len(items); {
		it := &items[i]
		end := i + 1
		if it.kind == op && assigns(it.text) {
			l.text(" " + it.text + " ")
			i = end
			continue
		}
		if it.kind == op && it.text == ":" {
			l.text(": ")
			i = end
			continue
		}
		if it.kind == op && it.text == "," {
			l.text(", ")
			i = end
			continue
		}
		for end < len(items) && !(items[end].kind == op && (assigns(items[end].text) || items[end].text == ":" || items[end].text == ",")) {
			end++
		}
		l.expression(items[i:end], depth, typed(items[i:end]))
		i = end
	}
}

// typed reports whether pieces declare a name with a type, in which no operator stands: var x *T.
func typed(items []item) bool {
	first := &items[0]
	return first.kind == word && (first.text == "var" || first.text == "type" || first.text == "const")
}

func assigns(op string) bool {
	return op == "=" || op == ":=" || len(op) > 1 && op[len(op)-1] == '=' && op != "==" && op != "!=" && op != "<=" && op != ">="
}

// precedence is that of a binary operator, 0 for what is none.
func precedence(op string) int {
	switch op {
	case "||":
		return 1
	case "&&":
		return 2
	case "==", "!=", "<", "<=", ">", ">=":
		return 3
	case "+", "-", "|", "^":
		return 4
	case "*", "/", "%", "<<", ">>", "&", "&^":
		return 5
	}
	return 0
}

// operator is a binary operator of an expression.
type operator struct {
	at, prec, depth int
	tight           bool // without blanks around it
}

// expression writes pieces in which nothing is assigned.
func (l *layout) expression(items []item, depth int, types bool) {
	first := len(l.ops)
	if !types {
		l.operators(items)
	}
	ops := l.ops[first:]
	left, rest := depth, 0
	if len(ops) > 0 {
		left = l.spread(ops, items, depth)
	}
	operand := left
	for i := range items {
		it := &items[i]
		binary := rest < len(ops) && ops[rest].at == i
		if it.kind == word && it.text == "func" {
			types = true
		}
		switch {
		case binary:
			if ops[rest].tight {
				l.text(it.text)
			} else if i+1 < len(items) && items[i+1].kind == line {
				l.text(" " + it.text)
			} else {
				l.text(" " + it.text + " ")
			}
			operand = ops[rest].depth
			rest++
		default:
			if i > 0 && !(rest > 0 && ops[rest-1].at == i-1) && apart(items, i, types) {
				l.text(" ")
			}
			l.piece(items, i, operand, types)
		}
		if it.kind == block {
			types = false
		}
	}
	l.ops = l.ops[:first]
}

// operators notes the binary operators of an expression.
func (l *layout) operators(items []item) {
	operand, signature := false, false
	for i := range items {
		it := &items[i]
		switch it.kind {
		case op:
			prec := precedence(it.text)
			if operand && prec > 0 && !signature {
				l.ops = append(l.ops, operator{at: i, prec: prec})
				operand = false
			} else {
				operand = prec == 0 && it.text != "!" // a number
			}
		case word:
			signature = signature || it.text == "func"
			operand = it.text != "range" && it.text != "else"
		case index:
			operand = operand && len(it.group.items) > 0
		case key:
			operand = false
		case block:
			operand, signature = true, false
		case line:
		case header, result, cases, defs:
			operand = false
		default:
			operand = true
		}
	}
}

// spread decides about blanks, as go/printer does, of operators of which none is in brackets: the nearer to a leaf, the
// tighter those that bind tightly. It notes the depth of what is right of each and gives that of the first operand.
func (l *layout) spread(ops []operator, items []item, depth int) int {
	top, four, five, clash := 0, false, false, false
	for i := range ops {
		if ops[i].prec <= ops[top].prec {
			top = i
		}
		four, five = four || ops[i].prec == 4, five || ops[i].prec == 5
		if ops[i].prec >= 4 && ops[i].at+1 < len(items) {
			if next := &items[ops[i].at+1]; (next.kind == op || next.kind == word) && strings.IndexByte("+-*&^<", next.text[0]) >= 0 {
				l.unsure, clash = true, true // x - -y
			}
		}
	}
	cutoff := 4
	switch {
	case depth == 1 && four && five:
		cutoff = 5
	case depth == 1:
		cutoff = 6
	}
	o := &ops[top]
	o.tight = o.prec >= cutoff && !clash
	right := depth + 1
	if top+1 < len(ops) {
		right = l.spread(ops[top+1:], items, depth+1)
	}
	o.depth = right
	left := depth + 1
	if top > 0 {
		lowest := slices.MinFunc(ops[:top], func(a, b operator) int { return a.prec - b.prec }).prec
		if lowest == o.prec {
			left = depth
		}
		left = l.spread(ops[:top], items, left)
	}
	return left
}

// apart reports whether a blank stands before piece i, between which and the one before is no binary operator.
func apart(items []item, i int, types bool) bool {
	prev, it := &items[i-1], &items[i]
	switch it.kind {
	case dotted, call, values, line, parens:
		return it.kind == call && it.text != "" && operandEnd(prev)
	case block:
		return !(prev.kind == word && prev.text == "default") && prev.kind != cases
	case rows, fields, defs:
		return it.kind == fields || it.kind == defs
	case params:
		return !(prev.kind == word && (prev.text != "func" || !types || i > 1 || !receives(items)))
	case index:
		return types && (len(it.group.items) == 0 || startsType(items, i+1)) && operandEnd(prev)
	}
	return operandEnd(prev)
}

// receives reports whether func is followed by a receiver.
func receives(items []item) bool {
	return len(items) > 3 && items[0].text == "func" && items[1].kind == params && items[2].kind == word && items[2].text != "func" && items[3].kind == params
}

// startsType reports whether piece i begins a type or a name.
func startsType(items []item, i int) bool {
	if i >= len(items) {
		return false
	}
	switch it := &items[i]; it.kind {
	case word, from, key, fields:
		return true
	case index:
		return len(it.group.items) == 0 || startsType(items, i+1)
	case op:
		return it.text == "*"
	}
	return false
}

// operandEnd reports whether a name or a type that follows p is another one.
func operandEnd(p *item) bool {
	switch p.kind {
	case word, from, dotted, call, values, params, parens, block, rows, list, result, header:
		return true
	case index, key, op, line:
		return false
	}
	return false
}

// piece writes piece i.
func (l *layout) piece(items []item, i, depth int, types bool) {
	it := &items[i]
	switch it.kind {
	case word, op:
		l.text(it.text)
		if it.kind == word && it.text == "default" {
			l.text(":")
		}
	case dotted:
		l.text(".")
		l.text(it.text)
	case from:
		l.file.imports[it.text] = true
		l.text(l.file.nameOf(it.text))
	case comment:
		l.unsure = true
		l.text(it.text)
	case line:
		l.indent++
		l.newline()
		l.indent--
	case call:
		l.text(it.text)
		l.text("(")
		if len(it.group.items) > 1 {
			depth++
		}
		l.list(it.group, depth)
		l.text(")")
	case params:
		l.text("(")
		l.types(it.group)
		l.text(")")
	case values:
		l.text("{")
		l.list(it.group, 1)
		l.text("}")
	case index:
		l.index(it.group, depth+1)
	case key:
		l.text("map[")
		l.list(it.group, 1)
		l.text("]")
	case parens:
		l.text("(")
		l.list(it.group, max(depth-1, 1))
		l.text(")")
		l.unsure = l.unsure || inParens(it.group)
	case list:
		l.list(it.group, depth)
	case header:
		l.header(it)
	case result:
		l.text("return")
		if hasItems(it.group) {
			l.text(" ")
			l.list(it.group, 1)
		}
	case cases:
		l.text("case ")
		l.list(it.group, 1)
		l.text(":")
	case block:
		l.block(items, i)
	case fields:
		l.fields(it.group)
	case defs:
		l.defs(it.group)
	case rows:
		switch {
		case it.text == "{":
			depth = 1
		case len(it.group.items) > 1:
			depth++
		}
		l.rows(it, depth)
	}
}

func hasItems(g *Group) bool {
	return slices.ContainsFunc(g.items, func(s *Statement) bool { return !s.null() })
}

// inParens reports whether g is one expression in parentheses.
func inParens(g *Group) bool {
	inside := flat(nil, g.items[0])
	return len(inside) == 1 && inside[0].kind == parens
}

// list writes elements on one line.
func (l *layout) list(g *Group, depth int) {
	first := true
	for _, s := range g.items {
		if s.null() {
			continue
		}
		if !first {
			l.text(", ")
		}
		first = false
		l.statement(s, depth)
	}
}

// types writes the parameters of a signature.
func (l *layout) types(g *Group) {
	first := true
	for _, s := range g.items {
		if s.null() {
			continue
		}
		if !first {
			l.text(", ")
		}
		first = false
		l.with(s, func(items []item) { l.expression(items, 1, true) })
	}
}

func (l *layout) index(g *Group, depth int) {
	l.text("[")
	binary, written := 0, 0
	for i, s := range g.items {
		if i > 0 {
			l.text(":")
		}
		before := len(l.out)
		l.statement(s, depth)
		if len(l.out) > before {
			written++
		}
		if bytes.ContainsAny(l.out[before:], "+-*/|&<>=%^") {
			binary++
		}
	}
	l.unsure = l.unsure || len(g.items) > 1 && written > 1 && binary > 0 // x[a+1 : b]
	l.text("]")
}

// header writes if, for or switch and what stands before the block.
func (l *layout) header(it *item) {
	l.text(it.text)
	g := it.group
	written := 0
	for i, s := range g.items {
		if s.null() {
			continue
		}
		if written > 0 {
			l.text(";")
		}
		written++
		l.with(s, func(items []item) {
			if items[0].kind == empty {
				return
			}
			l.text(" ")
			l.unsure = l.unsure || len(items) == 1 && items[0].kind == parens && i == len(g.items)-1
			l.line(items, 1)
		})
	}
}

// block writes statements, a line each.
func (l *layout) block(items []item, i int) {
	g := items[i].group
	bare := i > 0 && (items[i-1].kind == cases || items[i-1].kind == word && items[i-1].text == "default")
	if !hasItems(g) {
		if bare {
			return
		}
		l.text("{")
		if !slices.ContainsFunc(items[:i], func(it item) bool { return it.kind == word && it.text == "func" }) {
			l.newline()
		} else {
			l.unsure = true // it may stand on one line, and in columns with its neighbours
		}
		l.text("}")
		return
	}
	if !bare {
		l.text("{")
	}
	l.indent++
	for _, s := range g.items {
		if s.null() {
			continue
		}
		l.with(s, func(items []item) {
			for j := range items {
				if items[j].kind == line && (j == 0 || j == len(items)-1) || items[j].kind == comment {
					l.unsure = true
				}
			}
			if items[0].kind == cases || items[0].kind == word && items[0].text == "default" {
				l.indent--
				l.newline()
				l.line(items, 1)
				l.indent++
				return
			}
			l.newline()
			l.line(items, 1)
		})
	}
	l.indent--
	if !bare {
		l.newline()
		l.text("}")
	}
}

// row is a line whose columns are aligned with those of its neighbours.
type row struct {
	start, end int   // in out
	cells      []int // where each column ends, in out; a column that is aligned is followed by one more blank
	apart      bool  // from the row before
}

// align pads the columns of rows, of which the last has just been written.
func (l *layout) align(rows []row) {
	if len(rows) < 2 {
		return
	}
	tail := slices.Clone(l.out[rows[0].start:])
	base := rows[0].start
	l.out = l.out[:base]
	// pads[i][c] is what column c of row i lacks.
	pads := make([][2]int, len(rows))
	for c := range 2 {
		for i := 0; i < len(rows); {
			if len(rows[i].cells) <= c {
				i++
				continue
			}
			end, widest := i, 0
			for ; end < len(rows) && len(rows[end].cells) > c && (end == i || !rows[end].apart); end++ {
				widest = max(widest, width(tail, base, &rows[end], c))
			}
			for ; i < end; i++ {
				pads[i][c] = widest - width(tail, base, &rows[i], c)
			}
		}
	}
	at := base
	for i := range rows {
		for c, cell := range rows[i].cells {
			l.out = append(l.out, tail[at-base:cell-base]...)
			for range pads[i][c] {
				l.out = append(l.out, ' ')
			}
			at = cell
		}
	}
	l.out = append(l.out, tail[at-base:]...)
}

func width(tail []byte, base int, r *row, c int) int {
	from := r.start
	if c > 0 {
		from = r.cells[c-1] + 1
	}
	return utf8.RuneCount(tail[from-base : r.cells[c]-base])
}

// rows writes the elements of a composite literal or a call, a line each.
func (l *layout) rows(it *item, depth int) {
	g := it.group
	l.text(it.text)
	if !hasItems(g) {
		l.text(closing(it.text))
		return
	}
	const small = 40 // go/printer aligns keys of this size whatever their neighbours' are
	l.lines(g, func(s *Statement, r, _ *row) {
		l.with(s, func(items []item) {
			colon := slices.IndexFunc(items, func(it item) bool { return it.kind == op && it.text == ":" })
			if colon < 0 {
				l.line(items, depth)
				return
			}
			l.line(items[:colon], 1)
			l.text(":")
			cell := len(l.out)
			l.unsure = l.unsure || cell-r.start > small
			l.text(" ")
			l.line(items[colon+1:], 1)
			if !bytes.Contains(l.out[r.start:], []byte("\n")) {
				r.cells = []int{cell}
			}
		})
		l.text(",")
	})
	l.text(closing(it.text))
}

// lines writes the statements of g, which write does, a line each and their cells in columns. before is the row above, nil
// for the first.
func (l *layout) lines(g *Group, write func(s *Statement, r, before *row)) {
	var all []row
	l.indent++
	for _, s := range g.items {
		if s.null() {
			continue
		}
		l.newline()
		all = append(all, row{start: len(l.out)})
		r, before := &all[len(all)-1], (*row)(nil)
		if len(all) > 1 {
			before = &all[len(all)-2]
		}
		write(s, r, before)
		r.end = len(l.out)
	}
	l.align(all)
	l.indent--
	l.newline()
}

func closing(open string) string {
	if open == "(" {
		return ")"
	}
	return "}"
}

// fields writes a struct type.
func (l *layout) fields(g *Group) {
	l.text("struct")
	if !hasItems(g) {
		l.text("{}")
		return
	}
	l.text(" {")
	l.lines(g, func(s *Statement, r, _ *row) {
		l.with(s, func(items []item) {
			if items[0].kind == comment {
				l.fieldComments(items)
				return
			}
			l.unsure = l.unsure || len(items) < 2 || items[0].kind != word
			l.expression(items[:1], 1, true)
			r.cells = []int{len(l.out)}
			l.text(" ")
			l.expression(items[1:], 1, true)
		})
		l.unsure = l.unsure || r.cells != nil && bytes.Contains(l.out[r.start:], []byte("\n"))
	})
	l.text("}")
}

// fieldComments writes lines of comments above a field.
func (l *layout) fieldComments(items []item) {
	for i := range items {
		switch it := &items[i]; {
		case it.kind == comment:
			l.unsure = l.unsure || strings.Contains(it.text, "``") || strings.Contains(it.text, "''")
			l.text(it.text)
		case it.kind == line && i+1 < len(items):
			l.newline()
		default:
			l.unsure = true
		}
	}
}

// defs writes definitions of const or var: names, types and values in columns.
func (l *layout) defs(g *Group) {
	l.text("(")
	l.lines(g, func(s *Statement, r, before *row) {
		l.with(s, func(items []item) {
			is := slices.IndexFunc(items, func(it item) bool { return it.kind == op && it.text == "=" })
			if items[0].kind != word || is < 0 && len(items) > 1 {
				l.unsure = true
			}
			l.expression(items[:1], 1, true)
			if is < 0 {
				return
			}
			r.cells = append(r.cells, len(l.out))
			l.text(" ")
			if is > 1 {
				l.expression(items[1:is], 1, true)
				r.cells = append(r.cells, len(l.out))
				l.text(" ")
			}
			l.text("= ")
			l.line(items[is+1:], 1)
		})
		if before != nil && before.cells != nil && r.cells != nil && len(before.cells) != len(r.cells) {
			l.unsure = true // some have types
		}
		l.unsure = l.unsure || bytes.Contains(l.out[r.start:], []byte("\n"))
	})
	l.text(")")
}
