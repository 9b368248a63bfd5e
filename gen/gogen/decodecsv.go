package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// decodeCSV writes the decoder of a whole CSV record. Fields are bound to columns by the reader, in field order.
func (w *writer) decodeCSV(f *jen.File, n *emit.Named) {
	f.Comment("// DecodeCSV replaces o by the CSV record that r is at.")
	decodes(f, n, "DecodeCSV", csvrPkg).Error().BlockFunc(func(g *jen.Group) {
		g.Id("o").Dot("Reset").Call()
		w.defaults(g, n)
		for i := range n.Fields {
			fd := &n.Fields[i]
			w.csvField(g, jen.Id("o").Dot(ident(fd.Go)), fd, i)
		}
		g.Return(jen.Id("r").Dot("End").Call())
	})
}

func (w *writer) csvField(g *jen.Group, dst *jen.Statement, fd *emit.Field, i int) {
	if fd.Image {
		plain := *fd
		plain.Image, plain.Opt = false, false
		w.csvField(g, dot(dst, "V"), &plain, i)
		if fd.Default == nil {
			g.Add(dot(dst, "Valid")).Op("=").True()
		}
		return
	}
	if fd.Default != nil {
		there := jen.Id("r").Dot("Present").Call(number(i))
		if !fd.Opt {
			there = jen.Op("!").Id("r").Dot("Null").Call(number(i)) // an empty cell leaves the field out
		}
		g.If(there).BlockFunc(func(g *jen.Group) { w.csvValue(g, dst, fd.Type, fd.Opt, i) })
		return
	}
	w.csvValue(g, dst, fd.Type, fd.Opt, i)
}

func (w *writer) csvValue(g *jen.Group, dst *jen.Statement, t *model.Type, opt bool, i int) {
	switch {
	case w.plain(t):
		method := kindNames[t.Kind]
		if opt {
			method = "Opt" + method
		}
		g.Add(dst.Clone()).Op("=").Add(csvCall(method, t, i))
	case opt:
		valid := dot(dst, "Valid")
		g.If(valid.Clone().Op("=").Op("!").Id("r").Dot("Null").Call(number(i)), valid).BlockFunc(func(g *jen.Group) {
			if nested(t) {
				w.csvJSON(g, dot(dst, "V"), t, i)
			} else {
				w.csvValue(g, dot(dst, "V"), t, false, i)
			}
		})
	case t.Kind == model.Enum:
		n := w.plan.Named(t)
		g.Add(dst.Clone()).Op("=").Id(ident(n.Go)).Call(jen.Id("r").Dot("Enum").Call(number(i), jen.Id(ident(n.SymbolsGo))))
	default:
		g.BlockFunc(func(g *jen.Group) { w.csvJSON(g, dst, t, i) })
	}
}

// csvJSON reads a list, map or struct, which is JSON text in its cell, in a block of its own.
func (w *writer) csvJSON(g *jen.Group, dst *jen.Statement, t *model.Type, i int) {
	g.Id("r").Op(":=").Id("r").Dot("JSON").Call(number(i))
	w.pulled(g, fromJSON, dst, t, false, 0)
}

func csvCall(method string, t *model.Type, i int) *jen.Statement {
	if t.Kind == model.Decimal {
		return jen.Id("r").Dot(method).Call(number(i), number(t.Precision), number(t.Scale))
	}
	return jen.Id("r").Dot(method).Call(number(i))
}
