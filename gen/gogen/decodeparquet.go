package gogen

import (
	"fmt"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// decodeParquet writes what fills a record from the columns of Parquet files.
func (w *writer) decodeParquet(f *jen.File, r *emit.Record) {
	n := r.Struct
	f.Comment("// " + r.ColumnsGo + " fills records of " + n.Go + " from the columns of Parquet files.")
	f.Type().Id(ident(r.ColumnsGo)).StructFunc(func(g *jen.Group) {
		g.Id("leaves").Op("*").Qual(columnPkg, "Scan")
		for i, k := range w.leaves(n) {
			g.Id(buffer(i)).Op("*").Qual(columnPkg, scanned(k))
		}
	})
	f.Line()
	f.Func().Id(ident(r.NewColumnsGo)).Params().Qual(parquetrPkg, "Records").Index(jen.Id(ident(n.Go))).BlockFunc(func(g *jen.Group) {
		schema := jen.Qual(columnPkg, "Schema").Add(multi(w.columns(n)...))
		rules := jen.Index().Qual(columnPkg, "Rule").Add(multi(w.rulesOf(n, rule{})...))
		g.Id("s").Op(":=").Qual(columnPkg, "NewScan").Call(schema, rules)
		fields := []jen.Code{member("leaves", jen.Id("s"))}
		for i, k := range w.leaves(n) {
			fields = append(fields, member(buffer(i), jen.Id("s").Dot(scanned(k)).Call(number(i))))
		}
		g.Return(jen.Op("&").Id(ident(r.ColumnsGo)).Add(multi(fields...)))
	})
	f.Line()
	f.Func().Params(jen.Id("c").Op("*").Id(ident(r.ColumnsGo))).Id("Scan").Params().Op("*").Qual(columnPkg, "Scan").
		Block(jen.Return(jen.Id("c").Dot("leaves")))
	f.Comment("// Read replaces o by the row at the cursors and moves on; its strings alias the file's pages.")
	f.Func().Params(jen.Id("c").Op("*").Id(ident(r.ColumnsGo))).Id("Read").Params(jen.Id("o").Op("*").Id(ident(n.Go))).
		BlockFunc(func(g *jen.Group) { w.scanFields(g, jen.Id("o"), n, levels{}) })
}

// scanned is the type of a scan's leaf of a kind, and its getter.
func scanned(k model.Kind) string {
	if b := buffers[k]; b != "Strings" {
		return b
	}
	return "Texts"
}

// rule is what holds of all leaves below a place: the levels that none may be NULL at, and those at which NULL is not the
// same as nothing.
type rule struct {
	null, told uint64
	def        int
}

// rulesOf gives the rules of a struct's leaves.
func (w *writer) rulesOf(n *emit.Named, at rule) (out []jen.Code) {
	for i := range n.Fields {
		fd := &n.Fields[i]
		in := at
		switch {
		case fd.Required >= 0:
			in.null |= 1 << at.def
		case fd.Opt && fd.Default != nil && !fd.Default.Null:
			in.told |= 1 << at.def
		}
		out = append(out, w.rulesUnder(fd.Type, in)...)
	}
	return out
}

func (w *writer) rulesUnder(t *model.Type, at rule) []jen.Code {
	switch t.Kind {
	case model.Struct:
		at.def++
		return w.rulesOf(w.plan.Named(t), at)
	case model.List, model.Map:
		in := at
		in.def += 2
		if !t.ElemNullable {
			in.null |= 1 << in.def
		}
		elems := w.rulesUnder(t.Elem, in)
		if t.Kind == model.Map {
			return append([]jen.Code{w.rule(&model.Type{Kind: model.String}, at)}, elems...)
		}
		return elems
	}
	return []jen.Code{w.rule(t, at)}
}

// rule writes the rule of one leaf.
func (w *writer) rule(t *model.Type, at rule) jen.Code {
	var items []jen.Code
	if at.null != 0 {
		items = append(items, member("Null", bitsOf(at.null)))
	}
	if at.told != 0 {
		items = append(items, member("Told", bitsOf(at.told)))
	}
	switch t.Kind {
	case model.Enum:
		items = append(items, member("Symbols", jen.Id(ident(w.plan.Named(t).SymbolsGo))))
	case model.UUID:
		items = append(items, member("UUID", jen.True()))
	}
	return jen.Values(items...)
}

func bitsOf(n uint64) *jen.Statement { return jen.Op(fmt.Sprintf("%#x", n)) }

// scanFields takes the fields of a record. Defaults stand for what the file lacks.
func (w *writer) scanFields(g *jen.Group, v *jen.Statement, n *emit.Named, at levels) {
	for i := range n.Fields {
		fd := &n.Fields[i]
		w.scanField(g, dot(v, fd.Go), fd, at)
		at.leaf += w.width(fd.Type)
	}
}

func (w *writer) scanField(g *jen.Group, v *jen.Statement, fd *emit.Field, at levels) {
	take := func(g *jen.Group) { w.scan(g, v, fd.Type, fd.Opt, at) }
	if fd.Default == nil || fd.Default.Null || !fd.Opt && nested(fd.Type) { // an empty list or map is what NULL gives
		take(g)
		return
	}
	there := above(at.leaf, at.def)
	if fd.Opt {
		there = jen.Op("!").Id("c").Dot("leaves").Dot("Absent").Call(number(at.leaf))
	}
	g.If(there).BlockFunc(take).Else().BlockFunc(func(g *jen.Group) {
		w.standIn(g, v, fd)
		g.Add(w.advance(at.leaf, w.width(fd.Type)))
	})
}

// standIn sets v to its default.
func (w *writer) standIn(g *jen.Group, v *jen.Statement, fd *emit.Field) {
	if nested(fd.Type) {
		truncate(g, dot(v, "V"))
		g.Add(dot(v, "Valid")).Op("=").True()
		return
	}
	d := typed(w.plan, fd.Default)
	if fd.Opt {
		d = w.optType(fd.Type, true).Values(member("V", d), member("Valid", jen.True()))
	}
	g.Add(v.Clone()).Op("=").Add(d)
}

// scan is take for records, whose structs have defaults.
func (w *writer) scan(g *jen.Group, v *jen.Statement, t *model.Type, opt bool, at levels) {
	in := at
	in.def++
	switch {
	case t.Kind == model.List || t.Kind == model.Map:
		w.repeated(g, v, t, opt, at, w.scan)
		if t.Kind == model.Map {
			if opt {
				v = dot(v, "V")
			}
			g.Add(v.Clone()).Op("=").Add(dot(v, "Canonical")).Call()
		}
	case t.Kind == model.Struct && opt:
		g.If(dot(v, "Valid").Op("=").Add(above(at.leaf, at.def)), dot(v, "Valid")).BlockFunc(func(g *jen.Group) {
			w.scanFields(g, dot(v, "V"), w.plan.Named(t), in)
		}).Else().Block(w.advance(at.leaf, w.width(t)))
	case t.Kind == model.Struct:
		w.scanFields(g, v, w.plan.Named(t), in)
	default:
		w.take(g, v, t, opt, at)
	}
}
