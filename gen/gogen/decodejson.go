package gogen

import (
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// decodeJSON writes the decoder of a whole record.
func (w *writer) decodeJSON(f *jen.File, n *emit.Named) {
	f.Comment("// DecodeJSON replaces o by the JSON object that r is at.")
	decodes(f, n, "DecodeJSON", jsonrPkg).Error().BlockFunc(func(g *jen.Group) {
		w.members(g, n)
		g.Return(jen.Id("r").Dot("End").Call())
	})
}

// decodeNested writes the decoder of a struct inside a record.
func (w *writer) decodeNested(f *jen.File, n *emit.Named) {
	f.Line()
	decodes(f, n, "decodeJSON", jsonrPkg).BlockFunc(func(g *jen.Group) { w.members(g, n) })
}

// decodes begins a method of o, an n, that reads from r, a Reader of a package.
func decodes(f *jen.File, n *emit.Named, method, pkg string) *jen.Statement {
	return f.Func().Params(jen.Id("o").Op("*").Id(ident(n.Go))).Id(method).Params(jen.Id("r").Op("*").Qual(pkg, "Reader"))
}

// members writes the loop over an object's members.
func (w *writer) members(g *jen.Group, n *emit.Named) {
	g.Id("o").Dot("Reset").Call()
	if w.hasDefaults(n) && n.Images {
		g.If(jen.Op("!").Id("r").Dot("Relaxed").Call()).BlockFunc(func(g *jen.Group) { w.defaults(g, n) }) // what is not told is not known
	} else {
		w.defaults(g, n)
	}
	words := (len(n.Required) + 63) / 64
	switch {
	case words == 1:
		g.Var().Id("seen").Uint64()
	case words > 1:
		g.Var().Id("seen").Index(number(words)).Uint64()
	}
	names := jen.Id(ident(n.MembersGo))
	g.For(jen.Id("m").Op(":=").Id("r").Dot("Members").Call(names), jen.Id("m").Op("!=").Nil(),
		jen.Id("m").Op("=").Id("r").Dot("Member").Call(jen.Id("m"))).Block(
		jen.Switch(jen.Id("m").Dot("Number")).BlockFunc(func(g *jen.Group) {
			for i := range n.Fields {
				fd := &n.Fields[i]
				g.Case(jen.Id(ident(fd.MemberGo))).BlockFunc(func(g *jen.Group) {
					w.jsonField(g, jen.Id("o").Dot(ident(fd.Go)), fd)
					w.mark(g, fd, words)
				})
			}
			unknown := "Skip"
			if n.Rescue {
				unknown = "Rescue"
			}
			g.Default().Block(jen.Id("r").Dot(unknown).Call())
		}))
	w.missing(g, n, words)
}

// jsonField reads the value of a member.
func (w *writer) jsonField(g *jen.Group, dst *jen.Statement, fd *emit.Field) {
	if !fd.Image {
		w.pulled(g, fromJSON, dst, fd.Type, fd.Opt, 0)
		return
	}
	lacks := "Blank"
	if fd.Type.Kind == model.String || fd.Type.Kind == model.Bytes {
		lacks = "Lacks"
	}
	valid := dot(dst, "Valid")
	g.If(valid.Clone().Op("=").Op("!").Id("r").Dot(lacks).Call(), valid).BlockFunc(func(g *jen.Group) {
		w.pulled(g, fromJSON, dot(dst, "V"), fd.Type, false, 0)
	})
}

// mark notes that a required field was there.
func (w *writer) mark(g *jen.Group, fd *emit.Field, words int) {
	if fd.Required < 0 {
		return
	}
	bit := jen.Op(fmt.Sprintf("%#x", uint64(1)<<(fd.Required%64)))
	if words == 1 {
		g.Id("seen").Op("|=").Add(bit)
		return
	}
	g.Id("seen").Index(number(fd.Required / 64)).Op("|=").Add(bit)
}

// missing reports the first required field that was not there.
func (w *writer) missing(g *jen.Group, n *emit.Named, words int) {
	if words == 0 {
		return
	}
	if len(n.Required) == 1 {
		g.If(jen.Id("seen").Op("==").Lit(0)).Block(jen.Id("r").Dot("Missing").Call(lit(n.Required[0])))
		return
	}
	for i := range words {
		seen := jen.Id("seen")
		first := jen.Qual(bitsPkg, "TrailingZeros64").Call(jen.Op("^").Add(seen.Clone()))
		if words > 1 {
			seen = jen.Id("seen").Index(number(i))
			first = jen.Qual(bitsPkg, "TrailingZeros64").Call(jen.Op("^").Add(seen.Clone()))
			if i > 0 {
				first = number(i * 64).Op("+").Add(first)
			}
		}
		all := ^uint64(0) >> (64 - min(64, len(n.Required)-i*64))
		g.If(seen.Clone().Op("!=").Op(fmt.Sprintf("%#x", all))).Block(
			jen.Id("r").Dot("Missing").Call(jen.Id(ident(n.RequiredGo)).Index(first)))
	}
}

func (w *writer) hasDefaults(n *emit.Named) bool {
	return slices.ContainsFunc(n.Fields, func(fd emit.Field) bool { return fd.Default != nil && !fd.Default.Null })
}

// defaults sets what fields hold that the record leaves out.
func (w *writer) defaults(g *jen.Group, n *emit.Named) {
	for i := range n.Fields {
		fd := &n.Fields[i]
		if fd.Default == nil || fd.Default.Null {
			continue
		}
		if fd.Type.Kind == model.List || fd.Type.Kind == model.Map { // the empty one, as Reset left it
			if fd.Opt {
				g.Id("o").Dot(ident(fd.Go)).Dot("Valid").Op("=").True()
			}
			continue
		}
		v := typed(w.plan, fd.Default)
		if fd.Opt {
			v = w.optType(fd.Type, true).Values(member("V", v), member("Valid", jen.True()))
		}
		g.Id("o").Dot(ident(fd.Go)).Op("=").Add(v)
	}
}
