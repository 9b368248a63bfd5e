package gogen

import (
	"fmt"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// encodings writes the canonical bytes of a keyed table's rows, keys and sequences.
func (w *writer) encodings(f *jen.File, t *emit.Table) {
	if t.Model.Keyed == nil {
		return
	}
	if t.Fold != nil {
		w.parts(f, t)
	} else {
		w.rowEncoding(f, t)
	}
	w.encoding(f, t, t.Key, "appends the canonical bytes of the key columns, none of which is NULL", func(g *jen.Group) {
		w.encodeParts(g, t, t.Model.Keyed.Keys, false)
	})
	if t.Sequence != "" {
		w.encoding(f, t, t.Sequence, "appends the order-preserving bytes of the sequence", func(g *jen.Group) {
			w.encodeParts(g, t, t.Model.Keyed.SequenceColumns, len(t.Model.Keyed.Sequence) > 1)
		})
	}
}

func (w *writer) rowEncoding(f *jen.File, t *emit.Table) {
	w.encoding(f, t, t.AppendRow, "appends the canonical encoding of all columns", func(g *jen.Group) {
		for i := range t.Row.Fields {
			fd := &t.Row.Fields[i]
			w.encodeMarked(g, jen.Id("dst"), jen.Id("r").Dot(ident(fd.Go)), fd.Type, fd.Opt, 0)
		}
	})
}

func (w *writer) encoding(f *jen.File, t *emit.Table, name, about string, body func(*jen.Group)) {
	f.Comment("// " + name + " " + about + ".")
	f.Func().Id(ident(name)).Params(jen.Id("dst").Index().Byte(), jen.Id("r").Op("*").Id(ident(t.Row.Go))).Index().Byte().
		BlockFunc(func(g *jen.Group) {
			body(g)
			g.Return(jen.Id("dst"))
		})
}

// encodeParts encodes columns one after the other. A part that cannot be NULL here needs no mark; marked parts sort
// NULL first.
func (w *writer) encodeParts(g *jen.Group, t *emit.Table, columns []int, marked bool) {
	for _, i := range columns {
		fd := &t.Row.Fields[i]
		v := jen.Id("r").Dot(ident(fd.Go))
		switch {
		case marked:
			w.encodeMarked(g, jen.Id("dst"), v, fd.Type, fd.Opt, 0)
		case fd.Opt:
			w.encode(g, jen.Id("dst"), dot(v, "V"), fd.Type, 0)
		default:
			w.encode(g, jen.Id("dst"), v, fd.Type, 0)
		}
	}
}

// encodeMarked encodes v after a byte that says whether it is NULL. A value that never is has the byte too, so that
// relaxing a schema changes no encoding.
func (w *writer) encodeMarked(g *jen.Group, dst, v *jen.Statement, t *model.Type, opt bool, depth int) {
	present := jen.Qual(valuePkg, "AppendPresent").Call(dst.Clone())
	switch {
	case opt && w.plain(t):
		g.Add(dst.Clone()).Op("=").Qual(valuePkg, "AppendOpt").Call(dst.Clone(), v.Clone(), jen.Qual(valuePkg, "Append"+kindNames[t.Kind]))
	case opt:
		g.If(dot(v, "Valid")).BlockFunc(func(g *jen.Group) {
			w.encodeMarked(g, dst, dot(v, "V"), t, false, depth)
		}).Else().Block(dst.Clone().Op("=").Qual(valuePkg, "AppendNull").Call(dst.Clone()))
	case w.plain(t) || t.Kind == model.Enum:
		g.Add(dst.Clone()).Op("=").Add(appendScalar(present, v, t))
	default:
		g.Add(dst.Clone()).Op("=").Add(present)
		w.encode(g, dst, v, t, depth)
	}
}

// encode appends the order-preserving bytes of v, which is not NULL.
func (w *writer) encode(g *jen.Group, dst, v *jen.Statement, t *model.Type, depth int) {
	switch t.Kind {
	case model.Struct:
		n := w.plan.Named(t)
		for i := range n.Fields {
			fd := &n.Fields[i]
			w.encodeMarked(g, dst, dot(v, fd.Go), fd.Type, fd.Opt, depth)
		}
	case model.List, model.Map:
		w.encodeRepeated(g, dst, v, t, depth+1)
	default:
		g.Add(dst.Clone()).Op("=").Add(appendScalar(dst, v, t))
	}
}

func appendScalar(dst, v *jen.Statement, t *model.Type) *jen.Statement {
	if t.Kind == model.Enum {
		return jen.Qual(valuePkg, "AppendString").Call(dst.Clone(), jen.String().Call(v.Clone()))
	}
	return jen.Qual(valuePkg, "Append"+kindNames[t.Kind]).Call(dst.Clone(), v.Clone())
}

func (w *writer) encodeRepeated(g *jen.Group, dst, v *jen.Statement, t *model.Type, depth int) {
	i := fmt.Sprintf("i%d", depth)
	g.For(jen.Id(i).Op(":=").Range().Add(v.Clone())).BlockFunc(func(g *jen.Group) {
		e := v.Clone().Index(jen.Id(i))
		if t.Kind == model.Map || !w.plain(t.Elem) {
			e = element(g, v, t, depth)
		}
		g.Add(dst.Clone()).Op("=").Qual(valuePkg, "AppendElem").Call(dst.Clone())
		if t.Kind == model.Map {
			g.Add(dst.Clone()).Op("=").Qual(valuePkg, "AppendString").Call(dst.Clone(), dot(e, "Key"))
			e = dot(e, "Value")
		}
		w.encodeMarked(g, dst, e, t.Elem, t.ElemNullable, depth)
	})
	g.Add(dst.Clone()).Op("=").Qual(valuePkg, "AppendEnd").Call(dst.Clone())
}
