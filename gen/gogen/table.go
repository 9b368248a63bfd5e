package gogen

import (
	"fmt"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// table writes a table's row type, its column buffers, encodings, contract and flow functions.
func (w *writer) table(f *jen.File, t *emit.Table) {
	w.structType(f, t.Row, t.Row.Go+" is a row of table "+t.Model.Name+" ("+w.plan.Spec+" "+t.Row.From+").")
	for _, n := range t.Types {
		w.namedType(f, n)
	}
	w.schema(f, t)
	leaves := w.leaves(t.Row)
	w.rowsType(f, t, leaves)
	w.rowsAppend(f, t)
	w.rowsRead(f, t)
	w.encodings(f, t)
	w.uniqueValues(f, t)
	for _, fl := range t.Flows {
		for _, b := range fl.Branches {
			w.flow(f, t, fl, b)
			if b.Version != "" {
				w.version(f, t, fl, b)
			}
		}
	}
	w.contract(f, t)
}

func (w *writer) schema(f *jen.File, t *emit.Table) {
	f.Func().Id(ident(t.Schema)).Params().Qual(columnPkg, "Schema").Block(
		jen.Return(jen.Qual(columnPkg, "Schema").Add(multi(w.columns(t.Row)...))))
}

func (w *writer) columns(n *emit.Named) []jen.Code {
	var out []jen.Code
	for i := range n.Fields {
		fd := &n.Fields[i]
		m := []jen.Code{member("Name", lit(fd.Name)), member("Type", w.columnType(fd.Type))}
		if fd.Doc != "" {
			m = append(m, member("Comment", lit(fd.Doc)))
		}
		out = append(out, jen.Values(m...))
	}
	return out
}

func (w *writer) columnType(t *model.Type) *jen.Statement {
	switch t.Kind {
	case model.Decimal:
		return jen.Qual(columnPkg, "DecimalOf").Call(number(t.Precision), number(t.Scale))
	case model.List:
		return jen.Qual(columnPkg, "ListOf").Call(w.columnType(t.Elem))
	case model.Map:
		return jen.Qual(columnPkg, "MapOf").Call(w.columnType(t.Elem))
	case model.Struct:
		var fields []jen.Code
		for _, c := range w.columns(w.plan.Named(t)) {
			fields = append(fields, jen.Qual(columnPkg, "Field").Add(c))
		}
		return jen.Qual(columnPkg, "StructOf").Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, fields...)
	}
	kind := kindNames[t.Kind]
	switch t.Kind {
	case model.Enum, model.UUID:
		kind = "String"
	case model.Bytes:
		kind = "Binary"
	}
	return jen.Qual(columnPkg, "Of").Call(jen.Qual(columnPkg, kind))
}

// leaves lists the kinds of a row's leaf columns, depth first, as column.NewLeaves numbers them.
func (w *writer) leaves(n *emit.Named) []model.Kind {
	var out []model.Kind
	for i := range n.Fields {
		out = w.appendLeaves(out, n.Fields[i].Type)
	}
	return out
}

func (w *writer) appendLeaves(out []model.Kind, t *model.Type) []model.Kind {
	switch t.Kind {
	case model.List:
		return w.appendLeaves(out, t.Elem)
	case model.Map:
		return w.appendLeaves(append(out, model.String), t.Elem)
	case model.Struct:
		return append(out, w.leaves(w.plan.Named(t))...)
	}
	return append(out, t.Kind)
}

// buffers name the column buffer of each kind, and its getter on column.Leaves.
var buffers = [...]string{
	model.Bool: "Bools", model.Int32: "Int32s", model.Int64: "Int64s", model.Float32: "Float32s", model.Float64: "Float64s",
	model.Decimal: "Decimals", model.String: "Strings", model.Bytes: "Strings", model.Date: "Int32s", model.Timestamp: "Int64s",
	model.UUID: "Strings", model.Enum: "Strings",
}

func buffer(i int) string { return fmt.Sprintf("c%d", i) }

func (w *writer) rowsType(f *jen.File, t *emit.Table, leaves []model.Kind) {
	f.Comment("// " + t.Rows + " buffers rows as columns.")
	f.Type().Id(ident(t.Rows)).StructFunc(func(g *jen.Group) {
		g.Id("leaves").Op("*").Qual(columnPkg, "Leaves")
		for i, k := range leaves {
			g.Id(buffer(i)).Op("*").Qual(columnPkg, buffers[k])
		}
	})
	f.Line()
	f.Func().Id(ident(t.NewRows)).Params().Qual(columnPkg, "Rows").Index(jen.Id(ident(t.Row.Go))).BlockFunc(func(g *jen.Group) {
		g.Id("l").Op(":=").Qual(columnPkg, "NewLeaves").Call(jen.Id(ident(t.Schema)).Call())
		fields := []jen.Code{member("leaves", jen.Id("l"))}
		for i, k := range leaves {
			fields = append(fields, member(buffer(i), jen.Id("l").Dot(buffers[k]).Call(number(i))))
		}
		g.Return(jen.Op("&").Id(ident(t.Rows)).Add(multi(fields...)))
	})
	f.Line()
	f.Func().Params(jen.Id("c").Op("*").Id(ident(t.Rows))).Id("Leaves").Params().Op("*").Qual(columnPkg, "Leaves").
		Block(jen.Return(jen.Id("c").Dot("leaves")))
}

// levels is the state of the walk over a row's columns: the next leaf, the definition level that is present around it,
// the repetition level of the lists around it, and the entry's own repetition level as code.
type levels struct {
	leaf  int
	def   int
	lists int
	rep   *jen.Statement
}

func (w *writer) rowsAppend(f *jen.File, t *emit.Table) {
	f.Comment("// Append adds a row.")
	f.Func().Params(jen.Id("c").Op("*").Id(ident(t.Rows))).Id("Append").Params(jen.Id("r").Op("*").Id(ident(t.Row.Go))).
		BlockFunc(func(g *jen.Group) { w.putFields(g, jen.Id("r"), t.Row, levels{rep: jen.Lit(0)}) })
}

func (w *writer) putFields(g *jen.Group, v *jen.Statement, n *emit.Named, at levels) {
	for i := range n.Fields {
		fd := &n.Fields[i]
		w.put(g, dot(v, fd.Go), fd.Type, fd.Opt, at)
		at.leaf += w.width(fd.Type)
	}
}

// width is the number of leaves of t.
func (w *writer) width(t *model.Type) int { return len(w.appendLeaves(nil, t)) }

// put appends v to its columns. Every column is optional on disk: a value that is there adds a level.
func (w *writer) put(g *jen.Group, v *jen.Statement, t *model.Type, opt bool, at levels) {
	present := at
	present.def++
	null := w.nulls(at.leaf, w.width(t), at.rep, at.def)
	if t.Kind == model.List || t.Kind == model.Map {
		w.putRepeated(g, v, t, opt, at, null)
		return
	}
	if !opt {
		w.putValue(g, v, t, present)
		return
	}
	g.If(dot(v, "Valid")).BlockFunc(func(g *jen.Group) { w.putValue(g, dot(v, "V"), t, present) }).Else().Block(null)
}

// nulls writes a NULL into n leaves.
func (w *writer) nulls(leaf, n int, rep *jen.Statement, def int) *jen.Statement {
	if n == 1 {
		return jen.Id("c").Dot(buffer(leaf)).Dot("Null").Call(rep.Clone(), number(def))
	}
	return jen.Id("c").Dot("leaves").Dot("Nulls").Call(number(leaf), number(leaf+n), rep.Clone(), number(def))
}

func (w *writer) putValue(g *jen.Group, v *jen.Statement, t *model.Type, at levels) {
	c := jen.Id("c").Dot(buffer(at.leaf))
	switch t.Kind {
	case model.Struct:
		w.putFields(g, v, w.plan.Named(t), at)
	case model.Bytes:
		g.Add(c).Dot("PutBytes").Call(v.Clone(), at.rep.Clone(), number(at.def))
	case model.UUID:
		g.Add(c).Dot("PutUUID").Call(v.Clone(), at.rep.Clone(), number(at.def))
	default:
		g.Add(c).Dot("Put").Call(stored(v, t), at.rep.Clone(), number(at.def))
	}
}

// stored converts v to what its column buffer takes.
func stored(v *jen.Statement, t *model.Type) *jen.Statement {
	switch t.Kind {
	case model.Date:
		return jen.Int32().Call(v.Clone())
	case model.Timestamp:
		return jen.Int64().Call(v.Clone())
	case model.Enum:
		return jen.String().Call(v.Clone())
	}
	return v.Clone()
}

// putRepeated appends a list or map: NULL, empty, or its elements, of which all but the first repeat at this list's
// level.
func (w *writer) putRepeated(g *jen.Group, v *jen.Statement, t *model.Type, opt bool, at levels, null *jen.Statement) {
	width := w.width(t)
	list := v
	var branch *jen.Statement
	if opt {
		list = dot(v, "V")
		branch = jen.If(jen.Op("!").Add(dot(v, "Valid"))).Block(null).Else()
	} else {
		branch = jen.Null()
	}
	rep, i := fmt.Sprintf("rep%d", at.lists+1), fmt.Sprintf("i%d", at.lists+1)
	in := levels{leaf: at.leaf, def: at.def + 2, lists: at.lists + 1, rep: jen.Id(rep)}
	branch.If(jen.Len(list.Clone()).Op("==").Lit(0)).Block(w.nulls(at.leaf, width, at.rep, at.def+1)).Else().BlockFunc(func(g *jen.Group) {
		if at.lists == 0 {
			g.Id(rep).Op(":=").Uint8().Call(jen.Lit(0))
		} else {
			g.Id(rep).Op(":=").Add(at.rep.Clone())
		}
		g.For(jen.Id(i).Op(":=").Range().Add(list.Clone())).BlockFunc(func(g *jen.Group) {
			e := element(g, list, t, in.lists)
			if t.Kind == model.Map {
				g.Id("c").Dot(buffer(in.leaf)).Dot("Put").Call(dot(e, "Key"), in.rep.Clone(), number(in.def))
				in.leaf++
				e = dot(e, "Value")
			}
			w.put(g, e, t.Elem, t.ElemNullable, in)
			g.Id(rep).Op("=").Add(number(in.lists))
		})
	})
	g.Add(branch)
}

func (w *writer) rowsRead(f *jen.File, t *emit.Table) {
	f.Comment("// Read gives the row at the cursors and moves on; its strings alias the buffers.")
	f.Func().Params(jen.Id("c").Op("*").Id(ident(t.Rows))).Id("Read").Params(jen.Id("r").Op("*").Id(ident(t.Row.Go))).
		BlockFunc(func(g *jen.Group) { w.takeFields(g, jen.Id("r"), t.Row, levels{}) })
}

func (w *writer) takeFields(g *jen.Group, v *jen.Statement, n *emit.Named, at levels) {
	for i := range n.Fields {
		fd := &n.Fields[i]
		w.take(g, dot(v, fd.Go), fd.Type, fd.Opt, at)
		at.leaf += w.width(fd.Type)
	}
}

func above(leaf, def int) *jen.Statement {
	return jen.Id("c").Dot(buffer(leaf)).Dot("Def").Call().Op(">").Add(number(def))
}

func (w *writer) take(g *jen.Group, v *jen.Statement, t *model.Type, opt bool, at levels) {
	in := at
	in.def++
	switch {
	case t.Kind == model.List || t.Kind == model.Map:
		w.repeated(g, v, t, opt, at, w.take)
	case t.Kind == model.Struct && opt:
		g.If(dot(v, "Valid").Op("=").Add(above(at.leaf, at.def)), dot(v, "Valid")).BlockFunc(func(g *jen.Group) {
			w.takeFields(g, dot(v, "V"), w.plan.Named(t), in)
		}).Else().Block(w.advance(at.leaf, w.width(t)))
	case t.Kind == model.Struct:
		w.takeFields(g, v, w.plan.Named(t), in)
	case opt:
		g.Add(dot(v, "Valid")).Op("=").Add(above(at.leaf, at.def))
		g.Add(dot(v, "V")).Op("=").Add(w.taken(t, at.leaf))
	default:
		g.Add(v.Clone()).Op("=").Add(w.taken(t, at.leaf))
	}
}

func (w *writer) advance(leaf, n int) *jen.Statement {
	if n == 1 {
		return jen.Id("c").Dot(buffer(leaf)).Dot("Advance").Call()
	}
	return jen.Id("c").Dot("leaves").Dot("Advance").Call(number(leaf), number(leaf+n))
}

// taken is the value of the entry at a leaf's cursor, as the row's type; taking moves the cursor.
func (w *writer) taken(t *model.Type, leaf int) *jen.Statement {
	c := jen.Id("c").Dot(buffer(leaf))
	switch t.Kind {
	case model.UUID:
		return c.Dot("TakeUUID").Call()
	case model.Bytes:
		return c.Dot("TakeBytes").Call()
	case model.Date, model.Timestamp, model.Enum:
		return w.goType(t).Call(c.Dot("Take").Call())
	}
	return c.Dot("Take").Call()
}

// repeated takes a list or map, whose elements take does.
func (w *writer) repeated(g *jen.Group, v *jen.Statement, t *model.Type, opt bool, at levels,
	take func(*jen.Group, *jen.Statement, *model.Type, bool, levels)) {
	list := v
	if opt {
		g.Add(dot(v, "Valid")).Op("=").Add(above(at.leaf, at.def))
		list = dot(v, "V")
	}
	in := levels{leaf: at.leaf, def: at.def + 2, lists: at.lists + 1}
	more := fmt.Sprintf("more%d", in.lists)
	truncate(g, list)
	g.If(above(at.leaf, at.def+1)).BlockFunc(func(g *jen.Group) {
		again := jen.Id(more).Op("=").Id("c").Dot(buffer(at.leaf)).Dot("Rep").Call().Op("==").Add(number(in.lists))
		g.For(jen.Id(more).Op(":=").True(), jen.Id(more), again).BlockFunc(func(g *jen.Group) {
			e := grown(g, list, t, in.lists)
			if t.Kind == model.Map {
				g.Add(dot(e, "Key")).Op("=").Id("c").Dot(buffer(in.leaf)).Dot("Take").Call()
				in.leaf++
				e = dot(e, "Value")
			}
			take(g, e, t.Elem, t.ElemNullable, in)
		})
	}).Else().Block(w.advance(at.leaf, w.width(t)))
}
