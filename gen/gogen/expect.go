package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// expect holds the row that passed n conditions of WHERE against the expectations that come there.
func (p *projector) expect(n int) {
	for _, x := range p.branch.Expects {
		if x.After == n {
			p.g.Add(p.held(p.exprs, x.Expectation, x.Cond))
		}
	}
}

// expectRow holds the finished row against the table's expectations. A delete or truncate stores no row.
func (p *projector) expectRow(t *emit.Table) {
	if len(p.flow.RowRules(t)) == 0 {
		return
	}
	row := func(i int) Operand {
		fd := &t.Row.Fields[i]
		return operand(jen.Id("r").Dot(ident(fd.Go)), fd.Opt)
	}
	write := func(g *jen.Group) {
		exprs := p.exprs.inside(g, row)
		for _, e := range p.flow.RowRules(t) {
			g.Add(p.held(exprs, e, e.Cond))
		}
	}
	if t.Model.Keyed == nil {
		write(p.g)
		return
	}
	p.g.If(jen.Op("!").Id("ch").Dot("Delete").Op("&&").Op("!").Id("ch").Dot("Truncate")).BlockFunc(write)
}

// held writes one rule: where it is not met the runtime is told, and takes the row on where the rule only counts.
func (p *projector) held(exprs *exprWriter, e *model.Expectation, cond *model.Expr) jen.Code {
	p.what = "expectation " + e.Name
	unless := exprs.WriteNegation(cond)
	rule := number(p.flow.Rule(e))
	if e.Action == "warn" {
		return jen.If(unless).Block(jen.Id("m").Dot("Warn").Call(rule))
	}
	return jen.If(unless).Block(jen.Return(jen.Id("m").Dot("Refuse").Call(rule)))
}

// rules lists the expectations that a flow's rows are held against, by the numbers that its functions tell.
func rules(fl *emit.Flow) *jen.Statement {
	var out []jen.Code
	for _, e := range fl.Rules {
		out = append(out, jen.Values(member("Owner", lit(e.Owner)), member("Name", lit(e.Name)), member("Rule", lit(e.SQL)), member("Action", lit(e.Action))))
	}
	return jen.Index().Qual(flowPkg, "Expectation").Add(multi(out...))
}

// uniques lists the table's unique expectations.
func (w *writer) uniques(row *jen.Statement, t *emit.Table) *jen.Statement {
	var out []jen.Code
	for _, u := range t.Uniques {
		rule := jen.Qual(flowPkg, "Expectation").Values(
			member("Owner", lit(u.Owner)), member("Name", lit(u.Name)), member("Rule", lit(u.Rule(t))), member("Action", lit(u.Action)))
		out = append(out, jen.Values(member("Expectation", rule), member("Columns", intSlice(u.Unique)), member("Values", jen.Id(ident(u.Func)))))
	}
	return jen.Index().Qual(flowPkg, "Unique").Index(row.Clone()).Add(multi(out...))
}

// uniqueValues writes the functions that give what unique expectations compare.
func (w *writer) uniqueValues(f *jen.File, t *emit.Table) {
	for _, u := range t.Uniques {
		f.Comment("// " + u.Func + " appends the canonical bytes of the columns of a unique expectation; it reports false for a row that is not compared.")
		f.Func().Id(ident(u.Func)).Params(jen.Id("dst").Index().Byte(), jen.Id("r").Op("*").Id(ident(t.Row.Go))).
			Params(jen.Index().Byte(), jen.Bool()).BlockFunc(func(g *jen.Group) {
			if out := leftOut(t, u); out != nil {
				g.If(out).Block(jen.Return(jen.Id("dst"), jen.False()))
			}
			w.encodeParts(g, t, u.Unique, false)
			g.Return(jen.Id("dst"), jen.True())
		})
	}
}

// leftOut is the condition of rows that are not compared: with a NULL, and versions that have ended.
func leftOut(t *emit.Table, u *emit.Unique) *jen.Statement {
	var out *jen.Statement
	or := func(s *jen.Statement) {
		if out == nil {
			out = s
		} else {
			out.Op("||").Add(s)
		}
	}
	for _, i := range u.Unique {
		if fd := &t.Row.Fields[i]; fd.Opt {
			or(jen.Op("!").Id("r").Dot(ident(fd.Go)).Dot("Valid"))
		}
	}
	if t.Model.Keyed != nil && t.Model.Keyed.SCDType == 2 {
		or(jen.Id("r").Dot(ident(t.Row.Fields[t.Model.Keyed.End].Go)).Dot("Valid"))
	}
	return out
}
