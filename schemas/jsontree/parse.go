package jsontree

import (
	"bytes"
	"fmt"

	"github.com/seamflow/seamflow/internal/diag"
)

// What a schema file may be: far more than people write, and little enough that a hostile one costs nothing.
const (
	maxSize  = 1 << 20
	maxDepth = 64
	maxNodes = 100_000
)

// Parse reads the one JSON value that src is; file is the name that positions carry. It gives nil when src is not JSON;
// keys that are there twice are reported and the tree is given all the same.
func Parse(file string, src []byte, diags *diag.List) *Node {
	p := parser{file: file, src: bytes.TrimPrefix(src, []byte("\ufeff")), line: 1, diags: diags}
	if len(p.src) > maxSize {
		p.stop("SF0102", 0, "the schema file is larger than 1 MiB", "")
		return nil
	}
	n := p.value(1)
	if n == nil {
		return nil
	}
	if p.space(); p.at < len(p.src) {
		p.broken("the file goes on after its JSON value", "a schema file holds one JSON value")
		return nil
	}
	return n
}

// parser reads forward only, so that lines are counted once.
type parser struct {
	file    string
	src     []byte
	at      int
	line    int // of at
	start   int // offset of that line
	nodes   int
	diags   *diag.List
	stopped bool
}

func (p *parser) pos(offset int) diag.Pos {
	return diag.Pos{File: p.file, Line: p.line, Col: offset - p.start + 1}
}

func (p *parser) stop(id string, offset int, message, hint string) {
	if !p.stopped {
		p.diags.Add(diag.Diagnostic{ID: id, Pos: p.pos(offset), Message: message, Hint: hint})
	}
	p.stopped = true
}

// broken reports what is no JSON at the byte that comes next.
func (p *parser) broken(message, hint string) {
	p.stop("SF0101", p.at, "not JSON: "+message, hint)
}

func (p *parser) space() {
	for ; p.at < len(p.src); p.at++ {
		switch p.src[p.at] {
		case '\n':
			p.line, p.start = p.line+1, p.at+1
		case ' ', '\t', '\r':
		default:
			return
		}
	}
}

// peek gives the next byte that is not space, 0 at the end.
func (p *parser) peek() byte {
	if p.space(); p.at < len(p.src) {
		return p.src[p.at]
	}
	return 0
}

func (p *parser) value(depth int) *Node {
	c := p.peek()
	n := &Node{Pos: p.pos(p.at)}
	if p.nodes++; p.nodes > maxNodes {
		p.stop("SF0102", p.at, "the schema file has more than 100,000 values", "")
		return nil
	}
	if depth > maxDepth {
		p.stop("SF0102", p.at, "the schema file is nested more than 64 levels deep", "")
		return nil
	}
	switch {
	case c == '{':
		n.Kind = Object
		p.object(n, depth)
	case c == '[':
		n.Kind = Array
		p.array(n, depth)
	case c == '"':
		n.Kind, n.Text = String, p.text()
	case c == '-' || '0' <= c && c <= '9':
		n.Kind, n.Text = Number, p.number()
	default:
		n.Kind, n.Text = p.word()
	}
	if p.stopped {
		return nil
	}
	return n
}

func (p *parser) object(n *Node, depth int) {
	p.at++
	seen := map[string]diag.Pos{}
	for first := true; ; first = false {
		if p.more('}', first) || p.stopped {
			return
		}
		if p.peek() != '"' {
			p.broken("a key in double quotes is expected, not "+p.found(), trailingComma(p.peek()))
			return
		}
		m := Member{Pos: p.pos(p.at), Key: p.text()}
		if !p.stopped && p.peek() != ':' {
			p.broken("a colon is expected after a key, not "+p.found(), "")
		}
		if p.stopped {
			return
		}
		p.at++
		if m.Value = p.value(depth + 1); m.Value == nil {
			return
		}
		if before, twice := seen[m.Key]; twice {
			p.diags.Add(diag.Diagnostic{ID: "SF0103", Pos: m.Pos, Message: fmt.Sprintf("the key %q is there twice", m.Key),
				Related: []diag.Related{{Pos: before, Message: "first here"}}})
			continue
		}
		seen[m.Key] = m.Pos
		n.Members = append(n.Members, m)
	}
}

func (p *parser) array(n *Node, depth int) {
	p.at++
	for first := true; ; first = false {
		if p.more(']', first) || p.stopped {
			return
		}
		if c := p.peek(); c == ']' {
			p.broken("a value is expected after a comma, not "+p.found(), trailingComma(c))
			return
		}
		item := p.value(depth + 1)
		if item == nil {
			return
		}
		n.Items = append(n.Items, item)
	}
}

// more takes the comma before the next element, or the bracket that ends them and says so.
func (p *parser) more(end byte, first bool) (ended bool) {
	switch c := p.peek(); {
	case c == end:
		p.at++
		return true
	case first:
	case c == ',':
		p.at++
	default:
		p.broken(fmt.Sprintf("a comma or %c is expected, not %s", end, p.found()), "")
	}
	return false
}

func trailingComma(c byte) string {
	if c == '}' || c == ']' {
		return "take out the comma before it"
	}
	return ""
}

var words = []struct {
	text string
	kind Kind
}{{"null", Null}, {"true", Bool}, {"false", Bool}}

func (p *parser) word() (Kind, string) {
	for _, w := range words {
		if bytes.HasPrefix(p.src[p.at:], []byte(w.text)) {
			p.at += len(w.text)
			return w.kind, w.text
		}
	}
	hint := ""
	if bytes.HasPrefix(p.src[p.at:], []byte("//")) || bytes.HasPrefix(p.src[p.at:], []byte("/*")) {
		hint = `JSON has no comments: use "$comment", "description" or "doc"`
	}
	p.broken("a value is expected, not "+p.found(), hint)
	return Null, ""
}

// number takes a number by JSON's grammar, as text: its value may be larger than any type of ours.
func (p *parser) number() string {
	start := p.at
	if p.src[p.at] == '-' {
		p.at++
	}
	if p.at < len(p.src) && p.src[p.at] == '0' {
		p.at++
	} else {
		p.digits()
	}
	if p.at < len(p.src) && p.src[p.at] == '.' {
		p.at++
		p.digits()
	}
	if p.at < len(p.src) && p.src[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.src) && (p.src[p.at] == '+' || p.src[p.at] == '-') {
			p.at++
		}
		p.digits()
	}
	return string(p.src[start:p.at])
}

func (p *parser) digits() {
	start := p.at
	for p.at < len(p.src) && '0' <= p.src[p.at] && p.src[p.at] <= '9' {
		p.at++
	}
	if p.at == start {
		p.broken("a digit is expected, not "+p.found(), "")
	}
}
