package sqlexpr

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

const (
	maxSQL     = 64 << 10
	maxNesting = 64
)

// prepared is SQL as the parser can read it: what it does not know is written over at equal length, so that offsets
// stay, and is kept here by offset.
type prepared struct {
	Text
	tokens    []token
	parsable  []byte
	types     map[int]*model.Type // of CAST, by the offset where the type is written
	names     map[int]string      // of functions whose names are keywords
	intervals map[int]bool        // where a part stands that belongs to an INTERVAL
	byName    bool                // UNION ALL BY NAME
}

// frame is an open bracket.
type frame struct {
	cast     bool
	function string // the word before it
	interval int    // index of the token INTERVAL inside, 0 for none: it is never the first token
}

// preparer walks the tokens once.
type preparer struct {
	*prepared
	diags  *diag.List
	frames []frame
	cases  int // open CASEs
	prefix int // length of the run of NOT, -, + and ~ that ends here
}

// prepare gives nil where the text cannot be parsed at all; diags has why.
func prepare(t Text, diags *diag.List) *prepared {
	if len(t.SQL) > maxSQL {
		diags.Errorf("SF0202", t.Pos(0), "SQL of %d bytes; %d are the limit", len(t.SQL), maxSQL)
		return nil
	}
	p := &preparer{diags: diags, prepared: &prepared{Text: t, tokens: scan(t.SQL), parsable: []byte(t.SQL),
		types: map[int]*model.Type{}, names: map[int]string{}, intervals: map[int]bool{}}}
	if len(p.tokens) == 0 {
		diags.Errorf("SF0201", t.Pos(0), "there is no SQL here")
		return nil
	}
	if p.swallowing() {
		return nil
	}
	for i := 0; i < len(p.tokens); {
		next, ok := p.step(i)
		if !ok {
			return nil
		}
		i = next
	}
	return p.prepared
}

// at is the word or symbol of token i, "" for anything else.
func (p *prepared) at(i int) string {
	if i < 0 || i >= len(p.tokens) {
		return ""
	}
	return p.tokens[i].upper
}

func (p *prepared) source(i int) string { return p.SQL[p.tokens[i].start:p.tokens[i].end] }

func (p *preparer) blank(from, to int) {
	for i := from; i < to; i++ {
		p.parsable[i] = ' '
	}
}

// refuse reports an error at token i.
func (p *preparer) refuse(id string, i int, hint, format string, args ...any) (int, bool) {
	p.diags.Add(diag.Diagnostic{ID: id, Pos: p.Pos(p.tokens[i].start), Message: fmt.Sprintf(format, args...), Hint: hint})
	return 0, false
}

// step looks at token i and gives the next to look at.
func (p *preparer) step(i int) (next int, ok bool) {
	if !p.nesting(i) {
		return p.refuse("SF0202", i, "select a part of it in a view of its own", "SQL nested more than %d deep", maxNesting)
	}
	if t := p.tokens[i]; t.kind == symbol {
		return p.symbol(i)
	} else if t.kind == word && p.at(i-1) != "." {
		return p.word(i)
	}
	return i + 1, true
}

// nesting follows everything that makes the parser call itself.
func (p *preparer) nesting(i int) bool {
	before := p.prefix
	p.prefix = 0
	switch p.at(i) {
	case "(", "[":
		f := frame{}
		if i > 0 && p.tokens[i-1].kind == word && p.at(i) == "(" {
			f.function = p.at(i - 1)
			f.cast = f.function == "CAST" || f.function == "SAFE_CAST"
		}
		p.frames = append(p.frames, f)
	case ")", "]":
		if len(p.frames) > 0 {
			p.close(i)
			p.frames = p.frames[:len(p.frames)-1]
		}
	case "CASE":
		p.cases++
	case "END":
		p.cases = max(0, p.cases-1)
	case "NOT", "-", "+", "~", "INTERVAL", "NEW":
		p.prefix = before + 1
	}
	return len(p.frames)+p.cases+p.prefix <= maxNesting
}

// close puts a comma into (x, INTERVAL n DAY), which makes three arguments of it: the parser takes only a literal n.
func (p *preparer) close(i int) {
	f := p.frames[len(p.frames)-1]
	if f.interval == 0 || p.tokens[i-1].kind != word || i-1 == f.interval {
		return
	}
	part, word := p.tokens[i-1], p.tokens[f.interval]
	if before := part.start - 1; strings.IndexByte(" \t\r\n", p.SQL[before]) >= 0 && p.tokens[i-2].end <= before {
		p.blank(word.start, word.end)
		p.parsable[before] = ','
		p.intervals[part.start] = true
	}
}

var symbolHints = map[string]string{
	"%": "write MOD(a, b)", "@": "a table is a function of its events: parameters and hints have no place in it",
	"{": "", "}": "", "$": "", "?": "",
}

func (p *preparer) symbol(i int) (int, bool) {
	s := p.at(i)
	adjacent := i+1 < len(p.tokens) && p.tokens[i].end == p.tokens[i+1].start
	switch {
	case s == "=" && adjacent && p.at(i+1) == "=":
		return p.refuse("SF0201", i, "write =", "== is not SQL")
	case s == ":" && adjacent && p.at(i+1) == ":":
		return p.refuse("SF0201", i, "write CAST(x AS type)", ":: is not supported")
	case s == "<" && adjacent && p.at(i+1) == "=" && p.at(i+2) == ">":
		return p.refuse("SF0201", i, "write (a = b OR a IS NULL AND b IS NULL)", "<=> is not supported")
	case s == "|" && adjacent && p.at(i+1) == ">":
		return p.refuse("SF0203", i, "write SELECT … FROM … WHERE …", "pipe syntax is not supported")
	case s == ";":
		if i+1 < len(p.tokens) {
			return p.refuse("SF0203", i, "keep the first", "more than one statement is not supported")
		}
		p.blank(p.tokens[i].start, p.tokens[i].end)
	}
	if hint, ok := symbolHints[s]; ok {
		return p.refuse("SF0201", i, hint, "%s is not supported", s)
	}
	return i + 1, true
}

func (p *preparer) word(i int) (int, bool) {
	next := p.at(i + 1)
	switch w := p.at(i); w {
	case "AS":
		if n := len(p.frames); n > 0 && p.frames[n-1].cast {
			return p.castType(i + 1)
		}
	case "TRY_CAST":
		if next == "(" {
			return p.refuse("SF0201", i, "write SAFE_CAST", "TRY_CAST is not supported")
		}
	case "LEFT", "RIGHT":
		if next == "(" {
			p.names[p.tokens[i].start] = w
			p.parsable[p.tokens[i].start+1] = '_'
		}
	case "INTERVAL":
		return p.interval(i)
	case "DISTINCT":
		if p.at(i-1) == "IS" || p.at(i-1) == "NOT" && p.at(i-2) == "IS" {
			return p.refuse("SF0201", i-1, "write (a = b OR a IS NULL AND b IS NULL)", "IS DISTINCT FROM is not supported")
		}
	case "ILIKE", "RLIKE", "REGEXP":
		if i > 0 && next == "" && i+1 < len(p.tokens) && p.tokens[i+1].kind == text {
			return p.refuse("SF0201", i, "write LOWER(s) LIKE '…'; there are no regular expressions", "%s is not supported", w)
		}
	case "ARRAY", "STRUCT":
		if next == "<" {
			return p.refuse("SF0203", i, "leave the types out and CAST the values", "%s with types is supported in CAST only", w)
		}
	case "OVER":
		if p.at(i-1) == ")" {
			return p.refuse("SF0203", i, "apply_changes with a sequence keeps the newest row of a key", "window functions are not supported")
		}
	case "UNION":
		return p.union(i)
	case "INTERSECT":
		return p.refuse("SF0203", i, "a stream never knows what else will come", "INTERSECT is not supported")
	case "EXCEPT":
		if next == "ALL" || next == "DISTINCT" || next == "SELECT" {
			return p.refuse("SF0203", i, "a stream never knows what else will come", "EXCEPT between queries is not supported")
		}
	}
	return i + 1, true
}

// castType reads the type at token i and leaves a name in its place.
func (p *preparer) castType(i int) (int, bool) {
	types := typeParser{sql: p.SQL, tokens: p.tokens, i: i}
	t, err := types.parse(0)
	if err != nil {
		var wrong *typeError
		errors.As(err, &wrong)
		p.diags.Add(diag.Diagnostic{ID: "SF0213", Pos: p.Pos(wrong.at), Message: wrong.message, Hint: typeHint(p.SQL[wrong.at:])})
		return 0, false
	}
	start := p.tokens[i].start
	p.types[start] = t
	p.blank(start, p.tokens[types.i-1].end)
	p.parsable[start] = 'x'
	return types.i, true
}

func typeHint(rest string) string {
	tokens := scan(rest)
	if len(tokens) == 0 || tokens[0].kind != word {
		return ""
	}
	if tokens[0].upper == "DATETIME" || strings.HasPrefix(tokens[0].upper, "TIMESTAMP_") {
		return "write TIMESTAMP, which is an instant in UTC"
	}
	names := append(slices.Sorted(maps.Keys(typeNames)), "DECIMAL", "NUMERIC", "ARRAY", "MAP", "STRUCT")
	return didYouMean(rest[:tokens[0].end], names)
}

func (p *preparer) interval(i int) (int, bool) {
	n := len(p.frames)
	if n == 0 || !takesInterval(p.frames[n-1].function) {
		return p.refuse("SF0203", i, "write DATE_ADD(day, INTERVAL 3 DAY) or TIMESTAMP_ADD(time, INTERVAL 5 MINUTE)", "INTERVAL is supported in those functions only")
	}
	p.frames[n-1].interval = i
	return i + 1, true
}

func takesInterval(function string) bool {
	switch function {
	case "DATE_ADD", "DATE_SUB", "TIMESTAMP_ADD", "TIMESTAMP_SUB":
		return true
	}
	return false
}

func (p *preparer) union(i int) (int, bool) {
	if p.at(i+1) != "ALL" {
		return p.refuse("SF0203", i, "write UNION ALL", "UNION without ALL is not supported: it would have to remember every row")
	}
	if p.at(i+2) == "BY" && p.at(i+3) == "NAME" {
		p.byName = true
		p.blank(p.tokens[i+2].start, p.tokens[i+3].end)
		return i + 4, true
	}
	return i + 2, true
}
