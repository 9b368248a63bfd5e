package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
)

// version writes the function that gives the version of a full extract, from what is known of its file.
func (w *writer) version(f *jen.File, t *emit.Table, fl *emit.Flow, b *emit.Branch) {
	dst := jen.Id("dst")
	f.Add(comment(b.Version + " appends the version of the extract that a file is of (" + w.plan.Spec + " flows." + fl.Model.Name + "), and reports whether there is one."))
	f.Func().Id(ident(b.Version)).Params(jen.Id("m").Op("*").Qual(flowPkg, "Meta"), dst.Clone().Index().Byte()).
		Params(jen.Index().Byte(), jen.Bool(), jen.Error()).BlockFunc(func(g *jen.Group) {
		p := &projector{writer: w, g: g, branch: b, flow: fl, what: "version_by"}
		p.exprs = newExprWriter(w, g, p.column, func(err *jen.Statement) []jen.Code {
			return []jen.Code{jen.Return(dst.Clone(), jen.False(), err)}
		})
		p.sequence(t.Model.Keyed.Sequence, dst, jen.Return(dst.Clone(), jen.False(), jen.Nil()))
		g.Return(dst.Clone(), jen.True(), jen.Nil())
	})
}

// input is a source of a flow with the function that makes rows of it.
func input(b *emit.Branch) jen.Code {
	if b.Version != "" {
		return jen.Qual(flowPkg, "FromSnapshot").Call(jen.Id(ident(b.Source.Var)), jen.Id(ident(b.Func)), jen.Id(ident(b.Version)))
	}
	return jen.Qual(flowPkg, "From").Call(jen.Id(ident(b.Source.Var)), jen.Id(ident(b.Func)))
}
