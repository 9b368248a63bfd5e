package jsonschema

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/bound"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// read gives what the schema n says of a column, nil after a diagnostic. A named type is read once and shared.
func (r *reader) read(n *jsontree.Node) *result {
	if known, ok := r.done[n]; ok {
		return known.copy()
	}
	res := r.readAnew(n)
	name := r.names[n]
	if name == "" {
		return res
	}
	if res != nil && named(res.t) && res.t.Name == "" {
		res.t.Name, res.t.Doc, res.doc = name, res.doc, ""
		if res.t.Doc == name {
			res.t.Doc = ""
		}
	}
	r.done[n] = res
	return res.copy()
}

func (res *result) copy() *result {
	if res == nil {
		return nil
	}
	c := *res
	return &c
}

func named(t *model.Type) bool { return t.Kind == model.Struct || t.Kind == model.Enum }

func (r *reader) readAnew(n *jsontree.Node) *result {
	if !r.count(n) {
		return nil
	}
	if n.Kind != jsontree.Object {
		r.untyped(n)
		return nil
	}
	if !r.wellFormed(n) {
		return nil
	}
	defer r.enter(n)()

	if n.Get("$ref") != nil && len(shapes(n, "$ref")) == 0 {
		return r.overlay(n, r.follow(n))
	}
	if all := n.Get("allOf"); all != nil && len(all.Items) == 1 && len(shapes(n, "allOf")) == 0 {
		return r.overlay(n, r.read(all.Items[0]))
	}
	if m := choice(n); m != nil {
		return r.overlay(n, r.choose(n, m))
	}
	return r.conjunction(n)
}

// count reports whether one more schema may be read: unnamed ones that hold each other are read again and again.
func (r *reader) count(n *jsontree.Node) bool {
	r.reads++
	if r.reads > bound.MaxTypes && !r.stopped {
		r.report("SF0102", n.Pos, "the record has more than 10,000 types, each counted as often as it is used", "")
		r.stopped = true
	}
	return !r.stopped
}

func (r *reader) untyped(n *jsontree.Node) {
	switch {
	case n.True():
		r.report("SF0106", n.Pos, "true takes every value, and a column has one type", `say which with {"type": …}`)
	case n.Is(jsontree.Bool):
		r.report("SF0106", n.Pos, "false takes no value", "take it out, or say with {\"type\": …} what the value is")
	default:
		r.report("SF0104", n.Pos, "a schema is an object, not "+n.Kind.String(), "")
	}
}

func (r *reader) follow(n *jsontree.Node) *result {
	to := r.lookup(n)
	if to == nil || r.circular(n, to) {
		return nil
	}
	return r.read(to)
}

// overlay lets what n says beside a reference or a choice count before what that says.
func (r *reader) overlay(n *jsontree.Node, res *result) *result {
	if res == nil {
		return nil
	}
	if doc := docOf(n); doc != "" {
		res.doc = doc
	}
	if d := n.Get("default"); d != nil {
		res.def = d
	}
	res.nullable = res.nullable || n.Get("nullable").True()
	return res
}

func docOf(n *jsontree.Node) string {
	for _, key := range []string{"description", "title"} {
		if s := n.Get(key); s.Is(jsontree.String) && s.Text != "" {
			return s.Text
		}
	}
	return ""
}

// choice gives the oneOf or anyOf of n that decides its type. One whose branches only say which fields must be there
// decides none.
func choice(n *jsontree.Node) *jsontree.Member {
	for _, key := range []string{"oneOf", "anyOf"} {
		if m := n.Member(key); m != nil && !onlyValidates(m.Value) {
			return m
		}
	}
	return nil
}

func onlyValidates(branches *jsontree.Node) bool {
	for _, b := range branches.Items {
		if len(shapes(b, "required", "not")) > 0 || b.Kind != jsontree.Object {
			return false
		}
	}
	return true
}

// choose reads a oneOf or anyOf: one type and perhaps null, or a list of constants.
func (r *reader) choose(n *jsontree.Node, m *jsontree.Member) *result {
	types := n.Get("type")
	if s := shapes(n, m.Key, "type"); len(s) > 0 {
		r.report("SF0105", m.Pos, m.Key+" beside other keywords that decide the type has no column type", "write all of it in one schema",
			diag.Related{Pos: s[0].Pos, Message: "such as this one"})
		return nil
	}
	var rest []*jsontree.Node
	null := false
	for _, b := range m.Value.Items {
		if isNull(b) {
			null = true
		} else {
			rest = append(rest, b)
		}
	}
	if len(rest) == 1 && types == nil {
		res := r.read(rest[0])
		if res != nil {
			res.nullable = res.nullable || null
		}
		return res
	}
	allowed := setOfNames(types)
	if t := r.constants(rest); t != nil && allowed&text != 0 {
		return &result{t: t, nullable: null && allowed&nothing != 0}
	}
	r.report("SF0105", m.Pos, m.Key+" of several types has no column type",
		`a column has one type, and null beside it: {"oneOf": [{…}, {"type": "null"}]}; for objects describe the fields of all of them in one, those not always there without "required"`)
	return nil
}

func isNull(n *jsontree.Node) bool {
	if t := n.Get("type"); t.Is(jsontree.String) {
		return t.Text == "null"
	}
	e := n.Get("enum")
	return n.Get("const").Is(jsontree.Null) || e.Is(jsontree.Array) && len(e.Items) == 1 && e.Items[0].Kind == jsontree.Null
}

// constants makes an enum of branches that are one text each, the way to document the values of an enum.
func (r *reader) constants(branches []*jsontree.Node) *model.Type {
	t := &model.Type{Kind: model.Enum}
	for _, b := range branches {
		c := b.Get("const")
		if !c.Is(jsontree.String) || len(shapes(b, "const", "type")) > 0 || !r.wellFormed(b) || slices.Contains(t.Symbols, c.Text) {
			return nil
		}
		t.Symbols = append(t.Symbols, c.Text)
	}
	if len(t.Symbols) == 0 {
		return nil
	}
	return t
}
