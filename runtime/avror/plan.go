package avror

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/avsc"
)

// Plan says how the bytes of a writer's schema become what a decoder asks for. It does not change; Readers share it.
type Plan struct{ root *node }

// wire is how a value lies in the bytes.
type wire uint8

const (
	wireBad wire = iota // there is no way from the writer's type to the field's
	wireNull
	wireBool
	wireInt
	wireLong
	wireFloat
	wireDouble
	wireBytes
	wireString
	wireFixed
	wireEnum
	wireArray
	wireMap
	wireRecord
	wireUnion
)

// enough is what the bytes of one value are counted to, to bound how many there can be.
const enough = 64

// node is a value of the writer's schema, as it is read for a field or passed over.
type node struct {
	wire    wire
	least   int      // bytes that it takes at least
	unit    int64    // timestamps: microseconds of one; below 0: ones of a microsecond
	scale   int      // decimals
	size    int      // fixed
	places  []int    // enum: the symbol's index among the field's, or -1
	symbols []string // enum: the writer's
	elem    *node
	options []*node // union
	steps   []step  // record, in the writer's order
	missing string  // record: a field that the writer's schema has not and that must be there
	what    string  // wireBad: what the writer has
}

// step is a field of the writer's record: number field of the decoder's record, -1 for one to pass over.
type step struct {
	field int
	name  string
	node  *node
}

// Compile finds the way from a writer's schema to a reader's by Avro's rules of schema resolution. It always gives a
// Plan: what does not fit is an error of the records that hold it, as one branch of a union may.
//
// Beyond the rules: a timestamp or decimal of another unit or scale is converted instead of misread, an enum may be read
// as its symbol's text, a fixed as bytes, and a field that may be NULL and that the writer has not is NULL without a
// default too. What the reader's schema describes by logical types on "string" (see avsc) takes the text, or what Avro
// has for such values.
func Compile(writer, reader *avsc.Schema) *Plan {
	c := compiler{done: map[pair]*node{}}
	p := &Plan{c.node(writer, reader)}
	for again := true; again; { // of a type that holds itself, each round knows more
		again = false
		for _, n := range slices.Backward(c.order) {
			if least := min(n.measure(), enough); least > n.least {
				n.least, again = least, true
			}
		}
	}
	return p
}

// pair is a writer's type and what reads it; nothing reads what is passed over.
type pair struct{ writer, reader *avsc.Schema }

type compiler struct {
	done  map[pair]*node
	order []*node
}

func (c *compiler) node(w, r *avsc.Schema) *node {
	if n := c.done[pair{w, r}]; n != nil {
		return n
	}
	n := &node{}
	c.done[pair{w, r}] = n
	c.order = append(c.order, n)
	switch {
	case w.Type == avsc.Union:
		n.wire = wireUnion
		for _, b := range w.Branches {
			n.options = append(n.options, c.node(b, r))
		}
	case w.Type == avsc.Null:
		n.wire = wireNull
	case r == nil:
		c.passed(n, w)
	default:
		c.resolve(n, w, notNull(r))
	}
	return n
}

// notNull is what r is where it is not null; nil for a union of several types, which no field has.
func notNull(r *avsc.Schema) *avsc.Schema {
	if r.Type != avsc.Union {
		return r
	}
	var found *avsc.Schema
	for _, b := range r.Branches {
		switch {
		case b.Type == avsc.Null:
		case found != nil:
			return nil
		default:
			found = b
		}
	}
	return found
}

// nullable says whether r takes NULL.
func nullable(r *avsc.Schema) bool {
	return r.Type == avsc.Null || slices.ContainsFunc(r.Branches, func(b *avsc.Schema) bool { return b.Type == avsc.Null })
}

var wires = [...]wire{avsc.Boolean: wireBool, avsc.Int: wireInt, avsc.Long: wireLong, avsc.Float: wireFloat, avsc.Double: wireDouble,
	avsc.Bytes: wireBytes, avsc.String: wireString, avsc.Fixed: wireFixed, avsc.Enum: wireEnum, avsc.Array: wireArray, avsc.Map: wireMap,
	avsc.Record: wireRecord}

func (c *compiler) passed(n *node, w *avsc.Schema) {
	n.wire, n.size, n.symbols = wires[w.Type], w.Size, w.Symbols
	switch w.Type {
	case avsc.Array, avsc.Map:
		n.elem = c.node(w.Elem, nil)
	case avsc.Record:
		for i := range w.Fields {
			n.steps = append(n.steps, step{-1, w.Fields[i].Name, c.node(w.Fields[i].Type, nil)})
		}
	}
}

// resolve sets n for a writer's type that is neither null nor a union.
func (c *compiler) resolve(n *node, w, r *avsc.Schema) {
	fits := false
	if r != nil {
		switch {
		case r.Type == avsc.Record:
			fits = w.Type == avsc.Record && named(w, r)
		case r.Type == avsc.Array || r.Type == avsc.Map:
			fits = w.Type == r.Type
		case r.Type == avsc.Enum || r.Logical == "enum":
			fits = n.symbolsOf(w, r)
		default:
			fits = n.scalar(w, r)
		}
	}
	if !fits {
		n.what = describe(w)
		return
	}
	n.wire, n.size, n.symbols = wires[w.Type], w.Size, w.Symbols
	switch w.Type {
	case avsc.Array, avsc.Map:
		n.elem = c.node(w.Elem, r.Elem)
	case avsc.Record:
		c.fields(n, w, r)
	}
}

// named says whether w is the type that r is called, or was: namespaces do not count. A reader without a name takes any.
func named(w, r *avsc.Schema) bool {
	same := func(name string) bool { return short(name) == short(w.Name) }
	return r.Name == "" || same(r.Name) || slices.ContainsFunc(r.Aliases, same)
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// describe names a writer's type for an error.
func describe(w *avsc.Schema) string {
	switch {
	case w.Name != "":
		return "the " + w.Type.String() + " " + w.Name
	case w.Logical != "":
		return "a " + w.Logical + " (" + w.Type.String() + ")"
	}
	return "a " + w.Type.String()
}

// fields finds the reader's field for each of the writer's: by name, then by alias.
func (c *compiler) fields(n *node, w, r *avsc.Schema) {
	place := func(name string) int {
		return slices.IndexFunc(w.Fields, func(f avsc.Field) bool { return f.Name == name })
	}
	to := make([]int, len(w.Fields))
	for i := range to {
		to[i] = -1
	}
	found := make([]bool, len(r.Fields))
	claim := func(i int, name string) {
		if at := place(name); at >= 0 && to[at] < 0 && !found[i] {
			to[at], found[i] = i, true
		}
	}
	for i := range r.Fields {
		claim(i, r.Fields[i].Name)
	}
	for i := range r.Fields {
		for _, a := range r.Fields[i].Aliases {
			claim(i, a)
		}
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; !found[i] && !f.HasDefault && !nullable(f.Type) && n.missing == "" {
			n.missing = f.Name
		}
	}
	for i := range w.Fields {
		s := step{field: to[i], name: w.Fields[i].Name}
		if s.field < 0 {
			s.node = c.node(w.Fields[i].Type, nil)
		} else {
			s.name = r.Fields[s.field].Name
			s.node = c.node(w.Fields[i].Type, r.Fields[s.field].Type)
		}
		n.steps = append(n.steps, s)
	}
}

// symbolsOf finds the reader's symbol for each of the writer's.
func (n *node) symbolsOf(w, r *avsc.Schema) bool {
	if w.Type == avsc.String {
		return r.Type == avsc.String
	}
	if w.Type != avsc.Enum || !named(w, r) {
		return false
	}
	for _, s := range w.Symbols {
		at := slices.Index(r.Symbols, s)
		if at < 0 {
			at = slices.Index(r.Symbols, r.Default)
		}
		n.places = append(n.places, at)
	}
	return true
}

// scalar says whether values of w can be read as values of r, and what has to be known for it.
func (n *node) scalar(w, r *avsc.Schema) bool {
	asText := r.Type == avsc.String
	switch r.Logical {
	case "date":
		return w.Type == avsc.Int && w.Logical == "date" || isPlain(w, avsc.Int) && !asText || isPlain(w, avsc.String) && asText
	case "timestamp", "timestamp-millis", "timestamp-micros", "timestamp-nanos", "local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos":
		if n.unit = unit(w.Logical); n.unit != 0 {
			return true
		}
		n.unit = unit(r.Logical)
		return (isPlain(w, avsc.Int) || isPlain(w, avsc.Long)) && !asText || isPlain(w, avsc.String) && asText
	case "decimal":
		if w.Logical == "decimal" {
			n.scale = w.Scale
			return true
		}
		n.scale = r.Scale
		if isPlain(w, avsc.Int) || isPlain(w, avsc.Long) {
			return asText
		}
		return (isPlain(w, avsc.Bytes) || isPlain(w, avsc.Fixed)) && !asText || isPlain(w, avsc.String) && asText
	case "uuid":
		return w.Type == avsc.String || w.Type == avsc.Fixed && w.Size == 16
	}
	switch r.Type {
	case avsc.Boolean:
		return w.Type == avsc.Boolean
	case avsc.Int:
		return w.Type == avsc.Int
	case avsc.Long:
		return w.Type == avsc.Int || w.Type == avsc.Long
	case avsc.Float:
		return w.Type == avsc.Int || w.Type == avsc.Long || w.Type == avsc.Float
	case avsc.Double:
		return w.Type >= avsc.Int && w.Type <= avsc.Double
	case avsc.String:
		return w.Type == avsc.String || w.Type == avsc.Bytes || w.Type == avsc.Enum
	case avsc.Bytes:
		return w.Type == avsc.Bytes || w.Type == avsc.String || w.Type == avsc.Fixed
	case avsc.Fixed:
		return w.Type == avsc.Fixed && w.Size == r.Size
	}
	return false
}

func isPlain(w *avsc.Schema, t avsc.Type) bool { return w.Type == t && w.Logical == "" }

// unit is how many microseconds one of a timestamp is, negative where it is a part of one; 0 for what is no timestamp.
func unit(logical string) int64 {
	switch strings.TrimPrefix(logical, "local-") {
	case "timestamp-millis":
		return 1000
	case "timestamp-micros":
		return 1
	case "timestamp-nanos":
		return -1000
	}
	return 0
}

// measure is how many bytes a value takes at least, by what is known of its parts.
func (n *node) measure() int {
	switch n.wire {
	case wireBad, wireNull:
		return 0
	case wireFloat:
		return 4
	case wireDouble:
		return 8
	case wireFixed:
		return n.size
	case wireUnion:
		least := enough
		for _, o := range n.options {
			least = min(least, o.least)
		}
		return 1 + least
	case wireRecord:
		sum := 0
		for i := range n.steps {
			sum = min(sum+n.steps[i].node.least, enough)
		}
		return sum
	}
	return 1
}
