package jsonschema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// conjunction reads a schema with its allOf and what its $ref names beside other keywords: all of it holds at once.
func (r *reader) conjunction(n *jsontree.Node) *result {
	c := &conjunction{reader: r, at: n}
	if !c.add(n) {
		return nil
	}
	types, ok := c.types()
	if !ok {
		return nil
	}
	res := &result{nullable: types&nothing != 0}
	if res.t = c.typeOf(types &^ nothing); res.t == nil {
		return nil
	}
	res.doc, res.def = docOf(n), n.Get("default")
	for _, p := range c.parts {
		if res.doc == "" && !named(res.t) {
			res.doc = docOf(p)
		}
		if res.def == nil {
			res.def = p.Get("default")
		}
	}
	return res
}

// conjunction is a list of schemas that all hold.
type conjunction struct {
	*reader
	at    *jsontree.Node
	parts []*jsontree.Node // in the order of their properties
	whole []*jsontree.Node // parts whose own parts are all here: what is named twice holds once
}

func (c *conjunction) add(n *jsontree.Node) bool {
	if n.Kind != jsontree.Object {
		c.untyped(n)
		return false
	}
	if !c.count(n) || !c.wellFormed(n) {
		return false
	}
	if m := choice(n); m != nil && n != c.at {
		c.report("SF0105", m.Pos, m.Key+" inside allOf has no column type", "write all of it in one schema")
		return false
	}
	defer c.enter(n)()
	before := len(c.parts)
	placed := false
	for _, m := range n.Members {
		switch m.Key {
		case "properties":
			c.parts, placed = append(c.parts, n), true
		case "$ref":
			to := c.lookup(n)
			if to == nil || !slices.Contains(c.whole, to) && (c.circular(n, to) || !c.add(to)) {
				return false
			}
		case "allOf":
			for _, item := range m.Value.Items {
				if !c.add(item) {
					return false
				}
			}
		}
	}
	if !placed {
		c.parts = slices.Insert(c.parts, before, n)
	}
	c.whole = append(c.whole, n)
	return true
}

// enter notes that n is being read, until what it gives is called.
func (r *reader) enter(n *jsontree.Node) (leave func()) {
	if r.active[n] {
		return func() {}
	}
	r.active[n] = true
	return func() { delete(r.active, n) }
}

// one gives the value of a keyword that at most one value of can hold.
func (c *conjunction) one(key string) *jsontree.Node {
	var found *jsontree.Node
	for _, p := range c.parts {
		v := p.Get(key)
		switch {
		case v == nil:
		case found == nil:
			found = v
		case found.Text != v.Text:
			c.report("SF0111", v.Pos, fmt.Sprintf("two values of %q hold at once", key), "", diag.Related{Pos: found.Pos, Message: "the other one"})
		}
	}
	return found
}

// set is a set of JSON Schema's types.
type set uint8

const (
	text set = 1 << iota
	integer
	number
	boolean
	object
	array
	nothing
	every = 1<<7 - 1
)

// typeNames are in the order of the bits of a set.
var typeNames = []string{"string", "integer", "number", "boolean", "object", "array", "null"}

func (s set) String() string {
	var all []string
	for i, name := range typeNames {
		if s&(1<<i) != 0 && (name != "integer" || s&number == 0) {
			all = append(all, name)
		}
	}
	return strings.Join(all, " and ")
}

func setOf(name string) set {
	for i, t := range typeNames {
		if t == name && t == "number" {
			return number | integer
		} else if t == name {
			return 1 << i
		}
	}
	return 0
}

// setOfNames gives the types that the value of "type" names: all where there is none.
func setOfNames(t *jsontree.Node) set {
	if t == nil {
		return every
	}
	all := setOf(t.Text)
	for _, item := range t.Items {
		all |= setOf(item.Text)
	}
	return all
}

// types gives the types that every part allows.
func (c *conjunction) types() (set, bool) {
	all, said := set(every), false
	for _, p := range c.parts {
		if t := p.Get("type"); t != nil {
			one := setOfNames(t)
			if p.Get("nullable").True() {
				one |= nothing
			}
			all, said = all&one, true
		}
		if values := valuesOf(p); values != nil {
			one, ok := c.valueTypes(values)
			if !ok {
				return 0, false
			}
			all, said = all&one, true
		}
	}
	if !said {
		all = c.implied()
	}
	switch {
	case all == 0 && said:
		c.report("SF0111", c.at.Pos, "no type is allowed by all parts of this schema", "")
	case all == 0:
		c.report("SF0106", c.at.Pos, "the schema says no type", `say which with "type", for instance {"type": "string"}`)
	case all&^nothing == 0:
		c.report("SF0105", c.at.Pos, "a value that is always null is no column", "")
	}
	return all, all&^nothing != 0
}

// implied is the type of a schema that says none and describes fields or elements: nobody means "or anything else".
func (c *conjunction) implied() set {
	var all set
	for _, p := range c.parts {
		switch {
		case p.Get("properties") != nil:
			all |= object
		case p.Get("items") != nil:
			all |= array
		}
	}
	if all != 0 && c.at.Get("nullable").True() {
		all |= nothing
	}
	return all
}

func (c *conjunction) typeOf(types set) *model.Type {
	if f := c.one("format"); types&^(text|number|integer) == 0 && f != nil && f.Text == "decimal" {
		return c.decimal(f)
	}
	for _, key := range []string{"x-precision", "x-scale"} {
		if x := c.one(key); x != nil {
			c.report("SF0112", x.Pos, key+` says something of {"format": "decimal"} only`, `add "format": "decimal"`)
			return nil
		}
	}
	switch types {
	case text:
		return c.text()
	case integer:
		return c.integer()
	case number | integer, number:
		return c.number()
	case boolean:
		return &model.Type{Kind: model.Bool}
	case array:
		return c.list()
	case object:
		return c.object()
	}
	at := c.at
	if t := c.at.Get("type"); t != nil {
		at = t
	}
	c.report("SF0105", at.Pos, "a column has one type, and this is "+types.String(), `for numbers that are sometimes written as texts there is {"type": ["number", "string"], "format": "decimal"}`)
	return nil
}
