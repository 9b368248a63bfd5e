package avro

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/schemas/jsontree"
)

// schemaText writes e's schema on its own: each named type is described where it is first used, by its full name, and doc
// comments are left out. Each field of e is a line.
func (r *reader) schemaText(e *entry) string {
	p := printer{r: r, told: map[*entry]bool{}}
	p.entry(e, "")
	return p.b.String()
}

type printer struct {
	r     *reader
	b     strings.Builder
	told  map[*entry]bool
	depth int // of records
}

func (p *printer) schema(n *jsontree.Node, space string) {
	switch n.Kind {
	case jsontree.String:
		e := p.r.named[fullName(n.Text, space)]
		if _, primitive := primitives[n.Text]; primitive || e == nil {
			p.value(n)
			return
		}
		p.entry(e, space)
	case jsontree.Array:
		p.b.WriteByte('[')
		for i, it := range n.Items {
			p.comma(i)
			p.schema(it, space)
		}
		p.b.WriteByte(']')
	case jsontree.Object:
		p.object(n, space)
	}
}

func (p *printer) object(n *jsontree.Node, space string) {
	switch n.Get("type").Text {
	case "record", "error", "enum", "fixed":
		p.entry(p.r.byNode[n], space)
		return
	case "array", "map":
		key := "items"
		if n.Get("type").Text == "map" {
			key = "values"
		}
		p.b.WriteString(`{"type":"` + n.Get("type").Text + `","` + key + `":`)
		p.schema(n.Get(key), space)
		p.b.WriteByte('}')
		return
	}
	p.b.WriteString(`{"type":`)
	p.schema(n.Get("type"), space)
	p.members(n, "logicalType", "precision", "scale")
	p.b.WriteByte('}')
}

// entry describes a named type, or names it where it was described.
func (p *printer) entry(e *entry, space string) {
	if p.told[e] {
		p.b.WriteString(`"` + e.full + `"`)
		return
	}
	p.told[e] = true
	p.b.WriteString(`{"type":"` + e.node.Get("type").Text + `","name":"` + e.full + `"`)
	if space != "" && spaceOf(e.full) == "" {
		p.b.WriteString(`,"namespace":""`)
	}
	p.members(e.node, "aliases", "symbols", "default", "size", "logicalType", "precision", "scale")
	if e.node.Get("type").Text == "record" || e.node.Get("type").Text == "error" {
		p.fields(e)
	}
	p.b.WriteByte('}')
}

func (p *printer) fields(e *entry) {
	p.b.WriteString(`,"fields":[`)
	p.depth++
	for i, f := range e.node.Get("fields").Items {
		p.comma(i)
		if p.depth == 1 {
			p.b.WriteByte('\n')
		}
		p.b.WriteString(`{"name":`)
		p.value(f.Get("name"))
		p.b.WriteString(`,"type":`)
		p.schema(f.Get("type"), spaceOf(e.full))
		p.members(f, "aliases", "default")
		p.b.WriteByte('}')
	}
	p.depth--
	p.b.WriteByte(']')
}

// members writes those of n's members that have these keys.
func (p *printer) members(n *jsontree.Node, keys ...string) {
	for i := range n.Members {
		if m := &n.Members[i]; slices.Contains(keys, m.Key) {
			p.b.WriteString(`,"` + m.Key + `":`)
			p.value(m.Value)
		}
	}
}

// value writes n as JSON.
func (p *printer) value(n *jsontree.Node) {
	switch n.Kind {
	case jsontree.String:
		text, _ := json.Marshal(n.Text) // no string fails
		p.b.Write(text)
	case jsontree.Array:
		p.b.WriteByte('[')
		for i, it := range n.Items {
			p.comma(i)
			p.value(it)
		}
		p.b.WriteByte(']')
	case jsontree.Object:
		p.b.WriteByte('{')
		for i := range n.Members {
			p.comma(i)
			key, _ := json.Marshal(n.Members[i].Key)
			p.b.Write(key)
			p.b.WriteByte(':')
			p.value(n.Members[i].Value)
		}
		p.b.WriteByte('}')
	default:
		p.b.WriteString(n.Text)
	}
}

func (p *printer) comma(i int) {
	if i > 0 {
		p.b.WriteByte(',')
	}
}
