package gogen

import (
	"fmt"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// parts writes how rows of a folded table are taken apart and put together again (merge.Row).
func (w *writer) parts(f *jen.File, t *emit.Table) {
	w.encoding(f, t, t.Fold.AppendParts, "appends the parts of a row", func(g *jen.Group) {
		if w.opens(t) {
			g.Var().Id("at").Int()
		}
		for i := range t.Columns() {
			fd := &t.Row.Fields[i]
			w.appendParts(g, jen.Id("r").Dot(ident(fd.Go)), fd.Type, fd.Opt, t.Split(i))
		}
	})
	f.Comment("// " + t.Fold.ReadParts + " sets the columns of parts, whose memory it uses.")
	f.Func().Id(ident(t.Fold.ReadParts)).Params(jen.Id("src").Index().Byte(), jen.Id("r").Op("*").Id(ident(t.Row.Go))).Error().BlockFunc(func(g *jen.Group) {
		g.Id("p").Op(":=").Qual(mergePkg, "ReadParts").Call(jen.Id("src"))
		in := &partReader{writer: w}
		for i := range t.Columns() {
			fd := &t.Row.Fields[i]
			v := jen.Id("r").Dot(ident(fd.Go))
			if t.Split(i) {
				in.leaves(g, v, fd.Type, fd.Opt)
			} else {
				in.marked(g, v, fd.Type, fd.Opt, "Next", 0)
			}
		}
		g.Return(jen.Id("p").Dot("Done").Call())
	})
	if t.Fold.SetInterval != "" {
		w.interval(f, t)
	}
	w.fold(f, t)
}

// appendParts appends the part that v is, or the parts of its leaves.
func (w *writer) appendParts(g *jen.Group, v *jen.Statement, t *model.Type, opt, split bool) {
	dst := jen.Id("dst")
	call := func(fn string, args ...jen.Code) {
		g.Add(dst.Clone()).Op("=").Qual(mergePkg, fn).Call(append([]jen.Code{dst.Clone()}, args...)...)
	}
	switch {
	case split && t.Kind == model.Struct && opt:
		g.If(dot(v, "Valid")).BlockFunc(func(g *jen.Group) { w.appendParts(g, dot(v, "V"), t, false, true) }).
			Else().Block(dst.Clone().Op("=").Qual(mergePkg, "AppendNullParts").Call(dst.Clone(), number(emit.LeafCount(t))))
	case split && t.Kind == model.Struct:
		n := w.plan.Named(t)
		for i := range n.Fields {
			w.appendParts(g, dot(v, n.Fields[i].Go), n.Fields[i].Type, n.Fields[i].Opt, true)
		}
	case w.plain(t) && opt:
		call("AppendOptPart", v.Clone(), jen.Qual(valuePkg, "Append"+kindNames[t.Kind]))
	case w.plain(t):
		call("AppendPart", v.Clone(), jen.Qual(valuePkg, "Append"+kindNames[t.Kind]))
	case t.Kind == model.Enum && !opt:
		call("AppendPart", jen.String().Call(v.Clone()), jen.Qual(valuePkg, "AppendString"))
	default:
		g.Id("at").Op("=").Len(dst.Clone())
		call("OpenPart")
		w.encodeMarked(g, dst, v, t, opt, 0)
		g.Qual(mergePkg, "ClosePart").Call(dst.Clone(), jen.Id("at"))
	}
}

// opens reports whether a part of the table is written step by step.
func (w *writer) opens(t *emit.Table) bool {
	for i := range t.Columns() {
		if w.openPart(t.Row.Fields[i].Type, t.Row.Fields[i].Opt, t.Split(i)) {
			return true
		}
	}
	return false
}

func (w *writer) openPart(t *model.Type, opt, split bool) bool {
	if t.Kind != model.Struct || !split {
		return !w.plain(t) && (opt || t.Kind != model.Enum)
	}
	n := w.plan.Named(t)
	for i := range n.Fields {
		if w.openPart(n.Fields[i].Type, n.Fields[i].Opt, true) {
			return true
		}
	}
	return false
}

// partReader writes what reads canonical bytes by p, a merge.Parts or value.Reader.
type partReader struct {
	*writer
	structs int // that are split, so far
}

// leaves sets v of the parts of its leaves. A struct whose leaves are all NULL is NULL (R16).
func (in *partReader) leaves(g *jen.Group, v *jen.Statement, t *model.Type, opt bool) {
	if t.Kind != model.Struct {
		in.marked(g, v, t, opt, "Next", 0)
		return
	}
	fields := v
	count := jen.Id("p").Dot("Count").Call()
	before := jen.Null()
	if opt {
		fields = dot(v, "V")
		in.structs++
		before = jen.Id(fmt.Sprintf("n%d", in.structs))
		g.Add(before.Clone()).Op(":=").Add(count.Clone())
	}
	n := in.plan.Named(t)
	for i := range n.Fields {
		in.leaves(g, dot(fields, n.Fields[i].Go), n.Fields[i].Type, n.Fields[i].Opt)
	}
	if opt {
		g.Add(dot(v, "Valid")).Op("=").Add(count).Op(">").Add(before)
	}
}

// marked sets v of a value and its mark, which the method mark of p reads. What is NULL reads as zero.
func (in *partReader) marked(g *jen.Group, v *jen.Statement, t *model.Type, opt bool, mark string, depth int) {
	present := jen.Id("p").Dot(mark).Call()
	value := v
	if opt {
		value = dot(v, "V")
	}
	if t.Kind == model.List || t.Kind == model.Map {
		truncate(g, value)
	}
	switch {
	case nested(t) && opt:
		g.If(dot(v, "Valid").Op("=").Add(present), dot(v, "Valid")).BlockFunc(func(g *jen.Group) { in.value(g, value, t, depth) })
	case t.Kind == model.Struct:
		in.orZero(g, present, v, v, t, depth)
	case nested(t):
		g.If(present).BlockFunc(func(g *jen.Group) { in.value(g, v, t, depth) })
	case opt:
		g.Add(dot(v, "Valid")).Op("=").Add(present)
		in.value(g, value, t, depth)
	default:
		g.Add(present)
		in.value(g, v, t, depth)
	}
}

// orZero sets v, a struct that is never NULL now. One that was, when that was allowed, becomes zero: whole is all of v.
func (in *partReader) orZero(g *jen.Group, present, v, whole *jen.Statement, t *model.Type, depth int) {
	g.If(present).BlockFunc(func(g *jen.Group) { in.value(g, v, t, depth) }).
		Else().Block(whole.Clone().Op("=").Add(in.goType(t)).Values())
}

// value sets v, whose mark was read; a list or map is empty.
func (in *partReader) value(g *jen.Group, v *jen.Statement, t *model.Type, depth int) {
	p := jen.Id("p")
	switch t.Kind {
	case model.Struct:
		n := in.plan.Named(t)
		for i := range n.Fields {
			in.marked(g, dot(v, n.Fields[i].Go), n.Fields[i].Type, n.Fields[i].Opt, "Present", depth)
		}
	case model.List, model.Map:
		g.For(p.Clone().Dot("Elem").Call()).BlockFunc(func(g *jen.Group) {
			e := grown(g, v, t, depth+1)
			if t.Kind == model.Map {
				g.Add(dot(e, "Key")).Op("=").Add(p.Clone()).Dot("String").Call()
				e = dot(e, "Value")
			}
			if t.Kind == model.List && t.Elem.Kind == model.Struct && !t.ElemNullable {
				in.orZero(g, p.Clone().Dot("Present").Call(), e, jen.Op("*").Add(e.Clone()), t.Elem, depth+1)
				return
			}
			in.marked(g, e, t.Elem, t.ElemNullable, "Present", depth+1)
		})
	case model.Decimal:
		g.Add(v.Clone()).Op("=").Add(p).Dot("Decimal").Call(number(t.Scale))
	case model.Enum:
		g.Add(v.Clone()).Op("=").Add(in.goType(t)).Call(p.Dot("String").Call())
	default:
		g.Add(v.Clone()).Op("=").Add(p).Dot(kindNames[t.Kind]).Call()
	}
}

// interval writes how the interval of a version is set and read. Its bounds are bytes of sequences.
func (w *writer) interval(f *jen.File, t *emit.Table) {
	k := t.Model.Keyed
	start, end := &t.Row.Fields[k.Start], &t.Row.Fields[k.End]
	f.Comment("// " + t.Fold.ReadBound + " sets a bound of a version to a sequence; nil is NULL.")
	f.Func().Id(ident(t.Fold.ReadBound)).Params(jen.Id("seq").Index().Byte(), jen.Id("v").Op("*").Add(w.optType(start.Type, true))).Error().BlockFunc(func(g *jen.Group) {
		g.Id("v").Dot("Valid").Op("=").Id("seq").Op("!=").Nil()
		g.If(jen.Op("!").Id("v").Dot("Valid")).Block(jen.Return(jen.Nil()))
		g.Var().Id("p").Qual(valuePkg, "Reader")
		g.Id("p").Dot("Reset").Call(jen.Id("seq"))
		if start.Type.Kind == model.List {
			truncate(g, jen.Id("v").Dot("V"))
		}
		(&partReader{writer: w}).value(g, jen.Id("v").Dot("V"), start.Type, 0)
		g.Return(jen.Id("p").Dot("Done").Call())
	})
	f.Comment("// " + t.Fold.SetInterval + " sets where a version begins and ends.")
	f.Func().Id(ident(t.Fold.SetInterval)).Params(jen.Id("r").Op("*").Id(ident(t.Row.Go)), jen.List(jen.Id("start"), jen.Id("end")).Index().Byte()).Error().Block(
		jen.If(jen.Err().Op(":=").Id(ident(t.Fold.ReadBound)).Call(jen.Id("start"), jen.Op("&").Id("r").Dot(ident(start.Go))), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
		jen.Return(jen.Id(ident(t.Fold.ReadBound)).Call(jen.Id("end"), jen.Op("&").Id("r").Dot(ident(end.Go)))))
	f.Comment("// " + t.Fold.Interval + " appends the sequence that a version begins at, and reports whether it has no end.")
	f.Func().Id(ident(t.Fold.Interval)).Params(jen.Id("dst").Index().Byte(), jen.Id("r").Op("*").Id(ident(t.Row.Go))).Params(jen.Index().Byte(), jen.Bool()).BlockFunc(func(g *jen.Group) {
		w.encode(g, jen.Id("dst"), jen.Id("r").Dot(ident(start.Go)).Dot("V"), start.Type, 0)
		g.Return(jen.Id("dst"), jen.Op("!").Id("r").Dot(ident(end.Go)).Dot("Valid"))
	})
}

// fold writes the flow.Fold of a table.
func (w *writer) fold(f *jen.File, t *emit.Table) {
	var parts []jen.Code
	for _, p := range t.Parts() {
		var flags []jen.Code
		for _, flag := range []struct {
			name string
			is   bool
		}{{"Key", p.Key}, {"Tracked", p.Tracked}, {"Ignore", p.Ignore}} {
			if flag.is {
				flags = append(flags, member(flag.name, jen.True()))
			}
		}
		parts = append(parts, jen.Values(flags...))
	}
	items := []jen.Code{
		member("Parts", jen.Index().Qual(mergePkg, "Part").Add(multi(parts...))),
		member("AppendParts", jen.Id(ident(t.Fold.AppendParts))), member("ReadParts", jen.Id(ident(t.Fold.ReadParts))),
	}
	if t.Fold.SetInterval != "" {
		items = append(items, member("SetInterval", jen.Id(ident(t.Fold.SetInterval))), member("Interval", jen.Id(ident(t.Fold.Interval))))
	}
	if t.Model.Keyed.Snapshot {
		items = append(items, member("Snapshot", jen.True()))
	}
	fold := jen.Qual(flowPkg, "Fold").Index(jen.Id(ident(t.Row.Go)))
	f.Comment("// " + t.Fold.Func + " is how rows are taken apart and put together again.")
	f.Func().Id(ident(t.Fold.Func)).Params().Op("*").Add(fold.Clone()).Block(jen.Return(jen.Op("&").Add(fold, multi(items...))))
}
