package emit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// registry finds the Go type of each struct and enum of the model: by identity, then by shape, so that a column that
// passes a schema's struct on shares the schema's Go type.
type registry struct {
	pkg     scope
	byType  map[*model.Type]*Named
	byShape map[string]*Named
	named   map[string]*Named // by declared name and full shape, defaults included: decoders depend on those
}

func newRegistry(pkg scope) *registry {
	return &registry{pkg: pkg, byType: map[*model.Type]*Named{}, byShape: map[string]*Named{}, named: map[string]*Named{}}
}

func (g *registry) find(t *model.Type) *Named {
	if n := g.byType[t]; n != nil {
		return n
	}
	if n := g.byShape[shape(t, false)]; n != nil {
		g.byType[t] = n
		return n
	}
	return nil
}

// origin is where a type is met: it gives the type's name and doc comment.
type origin struct {
	parent string // Go name of the enclosing type
	field  string // Go name of the field
	from   string // for the doc comment
}

// adopt makes Go types for everything in t that has none yet, and gives the new ones, outer types first. In a record
// (fresh) only declared names are shared; elsewhere any type of equal shape is.
func (g *registry) adopt(t *model.Type, at origin, fresh bool) []*Named {
	switch t.Kind {
	case model.List, model.Map:
		at.field = singular(at.field)
		return g.adopt(t.Elem, at, fresh)
	case model.Struct, model.Enum:
	default:
		return nil
	}
	if g.byType[t] != nil || !fresh && g.find(t) != nil {
		return nil
	}
	key := ""
	if t.Name != "" {
		key = shape(t, true)
		if n := g.named[key]; n != nil {
			g.byType[t] = n
			return nil
		}
	}
	n := &Named{Type: t, Doc: t.Doc, From: at.from}
	if t.Name != "" {
		last := exported(t.Name[strings.LastIndexByte(t.Name, '.')+1:])
		n.Go = g.pkg.claim(last, at.parent+last)
		g.named[key] = n
	} else {
		n.Go = g.pkg.claim(joined(at.parent, at.field))
	}
	g.byType[t] = n
	if t.Kind == model.Enum {
		g.symbols(n)
		g.share(t, n)
		return []*Named{n}
	}
	out := append([]*Named{n}, g.fields(n, t.Fields, at.from, fresh)...)
	g.share(t, n)
	return out
}

// joined names a type inside parent by its field, without saying a word twice: Order and OrderType is OrderType.
func joined(parent, field string) string {
	if strings.HasPrefix(field, parent) && len(field) > len(parent) {
		return field
	}
	return parent + field
}

func (g *registry) share(t *model.Type, n *Named) {
	if s := shape(t, false); g.byShape[s] == nil {
		g.byShape[s] = n
	}
}

// fields fills n and adopts the types of its fields. The oldest field, by pinned tag, keeps the plain name of a clash.
func (g *registry) fields(n *Named, fields []model.Field, from string, fresh bool) []*Named {
	names := memberNames(fields)
	var out []*Named
	for i := range fields {
		f := &fields[i]
		fd := Field{Go: names[i], Name: f.Name, Type: f.Type, Opt: f.Nullable || f.Optional && f.Default == nil,
			Required: -1, Default: f.Default, Doc: f.Doc}
		if !f.Nullable && !f.Optional {
			fd.Required = len(n.Required)
			n.Required = append(n.Required, f.Name)
		}
		if fresh {
			fd.MemberGo = g.pkg.claim(local(n.Go) + "Member" + names[i])
		}
		n.Fields = append(n.Fields, fd)
		out = append(out, g.adopt(f.Type, origin{parent: n.Go, field: names[i], from: from + "." + f.Name}, fresh)...)
		n.Holds = n.Holds || g.holds(f.Type)
	}
	if fresh && len(n.Required) > 1 {
		n.RequiredGo = g.pkg.claim(local(n.Go) + "Required")
	}
	if fresh {
		n.MembersGo = g.pkg.claim(local(n.Go) + "Members")
	}
	return out
}

func (g *registry) holds(t *model.Type) bool {
	switch t.Kind {
	case model.List, model.Map:
		return true
	case model.Struct:
		return g.find(t).Holds
	}
	return false
}

func (g *registry) symbols(n *Named) {
	for _, s := range n.Type.Symbols {
		n.Symbols = append(n.Symbols, Symbol{Go: g.pkg.claim(n.Go + exported(s)), Value: s})
	}
	n.SymbolsGo = g.pkg.claim(local(n.Go) + "Symbols")
}

// memberNames gives the Go names of a struct's fields; methods of generated types are taken.
func memberNames(fields []model.Field) []string {
	order := make([]int, len(fields))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return fields[a].Tag - fields[b].Tag })
	taken := scope{"Reset": true, "DecodeJSON": true, "DecodeCSV": true, "DecodeAvro": true}
	names := make([]string, len(fields))
	for _, i := range order {
		id := exported(fields[i].Name)
		names[i] = taken.claim(id, id+"_")
	}
	return names
}

// shape writes down what makes a Go type: two types of one shape may share it. Full also tells apart what decoders
// do: which fields may be left out, and what stands for them then.
func shape(t *model.Type, full bool) string {
	var b strings.Builder
	appendShape(&b, t, full)
	return b.String()
}

func appendShape(b *strings.Builder, t *model.Type, full bool) {
	b.WriteString(strconv.Itoa(int(t.Kind)))
	switch t.Kind {
	case model.Decimal:
		b.WriteString("(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")")
	case model.Enum:
		b.WriteString(strconv.Quote(t.Name))
		for _, s := range t.Symbols {
			b.WriteString(strconv.Quote(s))
		}
	case model.List, model.Map:
		b.WriteString("[" + strconv.FormatBool(t.ElemNullable))
		appendShape(b, t.Elem, full)
		b.WriteByte(']')
	case model.Struct:
		b.WriteString(strconv.Quote(t.Name) + "{")
		for i := range t.Fields {
			f := &t.Fields[i]
			b.WriteString(strconv.Quote(f.Name))
			b.WriteString(strconv.FormatBool(f.Nullable || f.Optional && f.Default == nil))
			if full {
				b.WriteString(strconv.FormatBool(f.Nullable) + strconv.FormatBool(f.Optional))
				appendLiteral(b, f.Default)
			}
			appendShape(b, f.Type, full)
		}
		b.WriteByte('}')
	}
}

func appendLiteral(b *strings.Builder, l *model.Literal) {
	if l == nil {
		b.WriteByte('-')
		return
	}
	b.WriteString(strconv.FormatBool(l.Null) + strconv.FormatBool(l.Bool) + strconv.FormatInt(l.Int, 10) +
		strconv.FormatFloat(l.Float, 'g', -1, 64) + strconv.Quote(l.Str))
}
