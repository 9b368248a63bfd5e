// Package jen builds Go files as trees and writes them as gofmt does.
//
// gogen builds with it and nobody else. Its calls are those of github.com/dave/jennifer that gogen has a use for; it knows
// what the pieces of a file are when it writes them, so that nothing has to be parsed again to be laid out. What it cannot
// lay out itself it gives to go/format. Like jennifer it does not look at what names, operators and comments hold: gogen's
// doors do, and its verify.
package jen

import (
	"strconv"
	"sync"
)

// Code is a piece of a file.
type Code = *Statement

// Statement is a sequence of pieces: an expression, a statement, a declaration or a part of one. A nil or empty one, or
// one of such ones only, is nothing at all.
type Statement struct {
	items  []item
	inline [3]item
}

// Group is a list of statements, as in a block.
type Group struct{ items []*Statement }

type kind uint8

const (
	sub     kind = iota // a statement
	word                // a name, a keyword, a literal
	dotted              // .name
	from                // a package, by its path; a dotted follows
	op                  // an operator
	comment             // from // to the end of the line
	line                // a line break
	empty               // nothing, but an element of a list

	call   // (a, b)
	params // of a signature
	values // {a, b}
	index  // [a:b]
	key    // [a] behind map
	parens // (a)
	block  // { a ⏎ b }
	fields // of a struct
	defs   // of const and var
	rows   // a, ⏎ b, between brackets
	list   // a, b
	header // of if, for and switch: a; b
	result // of return
	cases  // of case
)

type item struct {
	kind  kind
	text  string
	inner *Statement
	group *Group
}

// null reports whether s is nothing.
func (s *Statement) null() bool {
	if s == nil {
		return true
	}
	for i := range s.items {
		if it := &s.items[i]; it.kind != sub || !it.inner.null() {
			return false
		}
	}
	return true
}

func (s *Statement) put(it item) *Statement {
	if s.items == nil {
		s.items = s.inline[:0]
	}
	s.items = append(s.items, it)
	return s
}

func (s *Statement) group(k kind, text string, items []*Statement) *Statement {
	return s.put(item{kind: k, text: text, group: &Group{items}})
}

func (s *Statement) groupFunc(k kind, text string, fill func(*Group)) *Statement {
	g := &Group{}
	fill(g)
	return s.put(item{kind: k, text: text, group: g})
}

// slab is memory for statements, of which a file has many.
type slab struct {
	all  [64]Statement
	used int
}

var slabs = sync.Pool{New: func() any { return new(slab) }}

// newStatement gives an empty statement.
func newStatement() *Statement {
	b := slabs.Get().(*slab)
	s := &b.all[b.used]
	if b.used++; b.used < len(b.all) {
		slabs.Put(b)
	}
	return s
}

func (g *Group) new() *Statement {
	s := newStatement()
	g.items = append(g.items, s)
	return s
}

// Clone gives a statement that begins with what s is.
func (s *Statement) Clone() *Statement { return newStatement().put(item{kind: sub, inner: s}) }

// Do calls fill with s.
func (s *Statement) Do(fill func(*Statement)) *Statement {
	fill(s)
	return s
}

// Add appends statements.
func (s *Statement) Add(code ...Code) *Statement {
	for _, c := range code {
		if c != nil {
			s.put(item{kind: sub, inner: c})
		}
	}
	return s
}

// Null appends nothing.
func (s *Statement) Null() *Statement { return s }

// Dot appends a selector.
func (s *Statement) Dot(name string) *Statement { return s.put(item{kind: dotted, text: name}) }

// Qual appends a name of another package, which the file then imports.
func (s *Statement) Qual(path, name string) *Statement {
	return s.put(item{kind: from, text: path}).Dot(name)
}

// Lit appends a constant: a string, an int or a bool.
func (s *Statement) Lit(v any) *Statement {
	switch v := v.(type) {
	case string:
		return s.put(item{kind: word, text: strconv.Quote(v)})
	case int:
		return s.put(item{kind: word, text: strconv.Itoa(v)})
	case bool:
		return s.put(item{kind: word, text: strconv.FormatBool(v)})
	}
	panic("jen: a constant that is neither string, int nor bool")
}

// Options are the brackets of Custom; it writes an element a line.
type Options struct {
	Open, Close, Separator string
	Multi                  bool
}

func (o Options) brackets() string {
	if !o.Multi || o.Separator != "," || o.Open != "{" && o.Open != "(" {
		panic("jen: brackets that are not known")
	}
	return o.Open
}

// Custom appends a list in brackets, an element a line.
func (s *Statement) Custom(o Options, items ...Code) *Statement {
	return s.group(rows, o.brackets(), items)
}

// CustomFunc is Custom, filled by a function.
func (s *Statement) CustomFunc(o Options, fill func(*Group)) *Statement {
	return s.groupFunc(rows, o.brackets(), fill)
}
