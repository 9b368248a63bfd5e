package jsonschema

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
	"github.com/seamflow/seamflow/schemas/literal"
)

func (c *conjunction) list() *model.Type {
	var items *jsontree.Node
	for _, p := range c.parts {
		i := p.Member("items")
		if i != nil && items != nil {
			c.report("SF0111", i.Pos, "the elements of the list are described twice", "keep one of them", diag.Related{Pos: items.Pos, Message: "also here"})
			return nil
		} else if i != nil {
			items = i.Value
		}
	}
	if items == nil {
		c.report("SF0106", c.at.Pos, "the list does not say what its elements are", `add "items": {"type": …}`)
		return nil
	}
	return c.collection(model.List, items)
}

func (c *conjunction) collection(k model.Kind, elem *jsontree.Node) *model.Type {
	res := c.read(elem)
	if res == nil {
		return nil
	}
	return &model.Type{Kind: k, Elem: res.t, ElemNullable: res.nullable}
}

// object reads a struct, or a map where no fields are named.
func (c *conjunction) object() *model.Type {
	further, described := c.further()
	if !described {
		if further == nil {
			c.report("SF0106", c.at.Pos, "the object does not say what is in it", `name its fields under "properties", or for a map of names to values say what the values are: "additionalProperties": {"type": …}`)
			return nil
		}
		return c.collection(model.Map, further.Value)
	}
	if further != nil {
		c.report("SF0105", further.Pos, "further fields of a declared type beside declared ones are no columns",
			`for a map leave out "properties"; otherwise write "additionalProperties": true, and "rescue: true" at the source keeps them as JSON`)
		return nil
	}
	fields, ok := c.fields()
	if !ok {
		return nil
	}
	return &model.Type{Kind: model.Struct, Fields: fields}
}

// further gives the additionalProperties that say a type, and whether fields are described at all: additionalProperties
// of false does, since it says that there are no others.
func (c *conjunction) further() (further *jsontree.Member, described bool) {
	for _, p := range c.parts {
		described = described || p.Get("properties") != nil
		switch m := p.Member("additionalProperties"); {
		case m == nil || m.Value.True():
		case m.Value.Kind == jsontree.Bool:
			described = true
		case len(shapes(m.Value)) > 0:
			further = m
		}
	}
	return further, described
}

// fields reads the properties of all parts, in file order.
func (c *conjunction) fields() (fields []model.Field, ok bool) {
	ok = true
	required, at := c.required(), map[string]int{}
	for _, p := range c.parts {
		props := p.Get("properties")
		if props == nil {
			continue
		}
		leave := c.enter(p)
		for _, m := range props.Members {
			_, must := required[m.Key]
			f := c.field(m, !must)
			if f == nil {
				ok = false
				if _, again := at[m.Key]; !again {
					at[m.Key] = -1
				}
				continue
			}
			if i, again := at[m.Key]; again {
				ok = i >= 0 && c.merge(&fields[i], f) && ok
				continue
			}
			at[m.Key] = len(fields)
			fields = append(fields, *f)
		}
		leave()
	}
	return fields, c.allDescribed(required, at) && ok
}

func (c *conjunction) field(m jsontree.Member, optional bool) *model.Field {
	res := c.read(m.Value)
	if res == nil {
		return nil
	}
	f := &model.Field{Name: m.Key, Type: res.t, Nullable: res.nullable, Optional: optional, Doc: res.doc, Pos: m.Pos}
	if res.def == nil || res.def.Kind == jsontree.Null && res.nullable {
		return f
	}
	l, want := literal.Read(res.t, res.def)
	if l == nil {
		c.report("SF0110", res.def.Pos, fmt.Sprintf("the default of %s is %s", m.Key, want), "")
		return nil
	}
	if optional {
		f.Default = l
	}
	return f
}

// merge joins two descriptions of one field.
func (c *conjunction) merge(f, again *model.Field) bool {
	if !same(f.Type, again.Type) {
		c.report("SF0111", again.Pos, fmt.Sprintf("the field %q is described twice, with different types", f.Name), "all that allOf lists holds at once: describe the field in one place", diag.Related{Pos: f.Pos, Message: "also here"})
		return false
	}
	f.Nullable = f.Nullable && again.Nullable
	if f.Doc == "" {
		f.Doc = again.Doc
	}
	if f.Default == nil {
		f.Default = again.Default
	}
	return true
}

// same compares what makes two types one.
func same(a, b *model.Type) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Precision == b.Precision && a.Scale == b.Scale && slices.Equal(a.Symbols, b.Symbols) &&
		a.ElemNullable == b.ElemNullable && same(a.Elem, b.Elem) && slices.EqualFunc(a.Fields, b.Fields, func(f, g model.Field) bool {
		return f.Name == g.Name && f.Nullable == g.Nullable && f.Optional == g.Optional && same(f.Type, g.Type)
	})
}

// required gives the names that some part requires, with where it says so.
func (c *conjunction) required() map[string]*jsontree.Node {
	all := map[string]*jsontree.Node{}
	for _, p := range c.parts {
		if list := p.Get("required"); list != nil {
			for _, n := range list.Items {
				all[n.Text] = n
			}
		}
	}
	return all
}

// allDescribed reports required fields that nothing describes: JSON Schema allows them, and nearly always it is a slip.
func (c *conjunction) allDescribed(required map[string]*jsontree.Node, at map[string]int) bool {
	names := slices.Sorted(maps.Keys(at))
	ok := true
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if _, described := at[name]; !described {
			c.report("SF0113", required[name].Pos, fmt.Sprintf("the field %q is required and not described", name), c.didYouMean(name, names))
			ok = false
		}
	}
	return ok
}
