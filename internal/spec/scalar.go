package spec

import (
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// traceScalar gives, for each byte of a scalar's value, the offset in src that it comes from, and that of the end. It
// reads the scalar as YAML does and gives nil where it comes to another value than the YAML library did, so that a
// position is never made up.
func traceScalar(src []byte, start int, n *yaml.Node) []int {
	t := &tracer{src: src, i: start, limit: len(n.Value)}
	switch {
	case n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		return nil
	case n.Style&yaml.SingleQuotedStyle != 0:
		t.singleQuoted()
	case n.Style&yaml.DoubleQuotedStyle != 0:
		t.doubleQuoted()
	case n.Style&yaml.LiteralStyle != 0:
		t.block(true)
	case n.Style&yaml.FoldedStyle != 0:
		t.block(false)
	default:
		t.plain()
	}
	if string(t.value) != n.Value {
		return nil
	}
	return append(t.from, t.i)
}

// tracer reads a scalar and keeps where each byte of its value comes from.
type tracer struct {
	src   []byte
	i     int // next byte of src
	limit int // length of the value
	line  int // block scalars: where the cursor's line starts
	value []byte
	from  []int
}

func (t *tracer) put(s string, at int) {
	t.value = append(t.value, s...)
	for range len(s) {
		t.from = append(t.from, at)
	}
}

// keep takes the next byte as it is.
func (t *tracer) keep() {
	t.put(string(t.src[t.i:t.i+1]), t.i)
	t.i++
}

func (t *tracer) more() bool { return t.i < len(t.src) && len(t.value) <= t.limit }

func (t *tracer) blank() bool { return t.i < len(t.src) && (t.src[t.i] == ' ' || t.src[t.i] == '\t') }

// lineBreak gives the length of the break at the cursor, 0 where there is none.
func (t *tracer) lineBreak() int { return breakLen(t.src[t.i:]) }

func (t *tracer) plain() {
	for t.more() && len(t.value) < t.limit {
		if t.blank() || t.lineBreak() > 0 {
			t.fold()
		} else {
			t.keep()
		}
	}
}

// fold takes white space of a flow scalar: blanks inside a line stay; one line break is a space, more are one fewer
// newlines, and the blanks around them go.
func (t *tracer) fold() {
	start := t.i
	for t.blank() {
		t.i++
	}
	if t.lineBreak() == 0 {
		for end := t.i; start < end; start++ {
			t.put(string(t.src[start]), start)
		}
		return
	}
	first := t.i
	t.i += t.lineBreak()
	if !t.emptyLines() {
		t.put(" ", first)
	}
}

// emptyLines takes leading blanks and the empty lines that follow, each as a newline.
func (t *tracer) emptyLines() (any bool) {
	for {
		for t.blank() {
			t.i++
		}
		n := t.lineBreak()
		if n == 0 {
			return any
		}
		t.put("\n", t.i)
		t.i += n
		any = true
	}
}

func (t *tracer) singleQuoted() {
	for t.i++; t.more(); {
		switch {
		case t.src[t.i] == '\'' && t.i+1 < len(t.src) && t.src[t.i+1] == '\'':
			t.put("'", t.i)
			t.i += 2
		case t.src[t.i] == '\'':
			return
		case t.blank() || t.lineBreak() > 0:
			t.fold()
		default:
			t.keep()
		}
	}
}

func (t *tracer) doubleQuoted() {
	for t.i++; t.more(); {
		switch {
		case t.src[t.i] == '"':
			return
		case t.src[t.i] == '\\':
			t.escape()
		case t.blank() || t.lineBreak() > 0:
			t.fold()
		default:
			t.keep()
		}
	}
}

var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

var hexDigits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

func (t *tracer) escape() {
	at := t.i
	t.i++
	if n := t.lineBreak(); n > 0 {
		t.i += n
		t.emptyLines()
		return
	}
	if t.i == len(t.src) {
		return
	}
	c := t.src[t.i]
	t.i++
	n := hexDigits[c]
	if n == 0 {
		t.put(escapes[c], at)
		return
	}
	end := min(t.i+n, len(t.src))
	code, _ := strconv.ParseUint(string(t.src[t.i:end]), 16, 32)
	t.put(string(utf8.AppendRune(nil, rune(code))), at)
	t.i = end
}

// chomping of a block scalar: what becomes of the newlines at its end.
const (
	strip = -1
	clip  = 0
	keep  = 1
)

// block reads | and > scalars.
func (t *tracer) block(literal bool) {
	chomp, indent := t.blockHeader()
	lastBreak := -1 // offset of the break that ended the last line
	empty, indent := t.blockIndent(indent)
	wasBlank := false
	for t.i < len(t.src) && t.column() == indent {
		isBlank := t.blank()
		switch {
		case lastBreak < 0:
		case !literal && !wasBlank && !isBlank:
			if len(empty) == 0 {
				t.put(" ", lastBreak)
			}
		default:
			t.put("\n", lastBreak)
		}
		t.newlines(empty)
		for t.i < len(t.src) && t.lineBreak() == 0 {
			t.keep()
		}
		wasBlank, lastBreak = isBlank, -1
		if t.lineBreak() > 0 {
			lastBreak = t.i
			t.nextLine()
		}
		empty, indent = t.blockIndent(indent)
	}
	if chomp != strip && lastBreak >= 0 {
		t.put("\n", lastBreak)
	}
	if chomp == keep {
		t.newlines(empty)
	}
	t.end(lastBreak)
}

// end moves the cursor behind the last character, not to what follows the scalar.
func (t *tracer) end(lastBreak int) {
	if lastBreak >= 0 {
		t.i = lastBreak
	}
}

func (t *tracer) newlines(at []int) {
	for _, i := range at {
		t.put("\n", i)
	}
}

// blockHeader reads the indicator, its modifiers and the rest of their line. indent is 0 where it is not given.
func (t *tracer) blockHeader() (chomp, indent int) {
	for t.i++; t.i < len(t.src) && t.lineBreak() == 0; t.i++ {
		switch c := t.src[t.i]; {
		case c == '-':
			chomp = strip
		case c == '+':
			chomp = keep
		case c >= '1' && c <= '9':
			indent = t.parentIndent() + int(c-'0')
		case c == '#':
			for t.i+1 < len(t.src) && breakLen(t.src[t.i+1:]) == 0 {
				t.i++
			}
		}
	}
	t.nextLine()
	return chomp, indent
}

func (t *tracer) nextLine() {
	t.i += t.lineBreak()
	t.line = t.i
}

// parentIndent is the indentation of the mapping that holds the scalar, for an explicit indentation indicator: that of
// the key's line, dashes of a list included.
func (t *tracer) parentIndent() int {
	start := t.i
	for start > 0 && t.src[start-1] != '\n' && t.src[start-1] != '\r' {
		start--
	}
	n := 0
	for t.src[start+n] == ' ' || t.src[start+n] == '-' {
		n++
	}
	return n
}

// column counts from 0, in bytes: a block scalar's indentation is spaces.
func (t *tracer) column() int { return t.i - t.line }

// blockIndent takes empty lines and the next line's indentation; with indent 0 it also finds out what that is.
func (t *tracer) blockIndent(indent int) (empty []int, found int) {
	deepest := 0
	for {
		for (indent == 0 || t.column() < indent) && t.i < len(t.src) && t.src[t.i] == ' ' {
			t.i++
		}
		deepest = max(deepest, t.column())
		if t.lineBreak() == 0 {
			break
		}
		empty = append(empty, t.i)
		t.nextLine()
	}
	if indent == 0 {
		indent = max(deepest, 1)
	}
	return empty, indent
}
