package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// record writes a schema's types and decoders.
func (w *writer) record(f *jen.File, r *emit.Record) {
	w.structType(f, r.Struct, r.Struct.Go+" is a record of schema "+r.Model.Name+" ("+w.plan.Spec+" "+r.Struct.From+
		"). Decoded strings are valid until the next record is decoded.")
	w.decoders(f, r.Struct)
	if r.JSON {
		w.decodeJSON(f, r.Struct)
	}
	if r.CSV {
		w.decodeCSV(f, r.Struct)
	}
	if r.Avro {
		w.decodeAvro(f, r)
	}
	if r.Parquet {
		w.decodeParquet(f, r)
	}
	for _, n := range r.Types {
		w.namedType(f, n)
		w.decoders(f, n)
		if n.JSON && n.Type.Kind == model.Struct {
			w.decodeNested(f, n)
		}
		if n.Avro && n.Type.Kind == model.Struct {
			w.decodeNestedAvro(f, n)
		}
	}
}

// decoders writes what the decoders of n stand on.
func (w *writer) decoders(f *jen.File, n *emit.Named) {
	switch {
	case !n.Decoded:
	case n.Type.Kind == model.Enum:
		stringList(f, n.SymbolsGo, symbolValues(n))
	default:
		if n.RequiredGo != "" && n.JSON {
			stringList(f, n.RequiredGo, n.Required)
		}
		if n.JSON || n.Avro {
			w.memberNumbers(f, n)
		}
		if n.JSON {
			w.memberNames(f, n)
		}
		w.reset(f, n)
	}
}

// memberNumbers writes what decoders call the fields by. A field more adds lines and changes none.
func (w *writer) memberNumbers(f *jen.File, n *emit.Named) {
	f.Const().DefsFunc(func(g *jen.Group) {
		for i := range n.Fields {
			g.Id(ident(n.Fields[i].MemberGo)).Do(func(s *jen.Statement) {
				if i == 0 {
					s.Op("=").Id("iota")
				}
			})
		}
	})
}

// memberNames writes what decodeJSON finds the fields by.
func (w *writer) memberNames(f *jen.File, n *emit.Named) {
	f.Line()
	f.Var().Id(ident(n.MembersGo)).Op("=").Qual(jsonrPkg, "NewMembers").CustomFunc(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, func(g *jen.Group) {
		for i := range n.Fields {
			g.Add(lit(n.Fields[i].Name))
		}
	})
}

func symbolValues(n *emit.Named) []string {
	out := make([]string, len(n.Symbols))
	for i, s := range n.Symbols {
		out[i] = s.Value
	}
	return out
}

func stringList(f *jen.File, name string, values []string) {
	f.Var().Id(ident(name)).Op("=").Index().String().ValuesFunc(func(g *jen.Group) {
		for _, v := range values {
			g.Add(lit(v))
		}
	})
}

func (w *writer) namedType(f *jen.File, n *emit.Named) {
	about := n.Go + " is " + w.plan.Spec + " " + n.From + "."
	if n.Type.Kind == model.Struct {
		w.structType(f, n, about)
		return
	}
	w.doc(f, about, n.Doc)
	f.Type().Id(ident(n.Go)).String()
	if len(n.Symbols) == 0 {
		return
	}
	f.Comment("// The symbols of " + n.Go + ".")
	f.Const().DefsFunc(func(g *jen.Group) {
		for _, s := range n.Symbols {
			g.Id(ident(s.Go)).Id(ident(n.Go)).Op("=").Add(lit(s.Value))
		}
	})
}

func (w *writer) structType(f *jen.File, n *emit.Named, about string) {
	w.doc(f, about, n.Doc)
	f.Type().Id(ident(n.Go)).StructFunc(func(g *jen.Group) {
		for i := range n.Fields {
			fd := &n.Fields[i]
			s := jen.Id(ident(fd.Go)).Add(w.optType(fd.Type, fd.Opt))
			if fd.Doc != "" {
				g.Add(comment(fd.Doc))
			}
			g.Add(s)
		}
	})
}

// doc writes a doc comment: what the thing is, then the schema's own words.
func (w *writer) doc(f *jen.File, about, words string) {
	c := comment(about)
	if words != "" {
		c.Line().Comment("//").Line().Add(comment(words))
	}
	f.Add(c)
}

// reset writes Reset, which zeroes everything but capacity.
func (w *writer) reset(f *jen.File, n *emit.Named) {
	f.Comment("// Reset makes o empty and keeps its memory.")
	f.Func().Params(jen.Id("o").Op("*").Id(ident(n.Go))).Id("Reset").Params().BlockFunc(func(g *jen.Group) {
		var kept []jen.Code
		for i := range n.Fields {
			if fd := &n.Fields[i]; w.plan.Holds(fd.Type) {
				kept = append(kept, member(fd.Go, w.kept(fd)))
			}
		}
		empty := jen.Id(ident(n.Go)).Values()
		if len(kept) > 0 {
			empty = jen.Id(ident(n.Go)).Add(multi(kept...))
		}
		g.Op("*").Id("o").Op("=").Add(empty)
		for i := range n.Fields {
			if fd := &n.Fields[i]; w.plan.Holds(fd.Type) && fd.Type.Kind == model.Struct && !fd.Opt {
				g.Id("o").Dot(ident(fd.Go)).Dot("Reset").Call()
			}
		}
	})
}

// kept is fd's value after Reset: no content, the same capacity.
func (w *writer) kept(fd *emit.Field) *jen.Statement {
	v := jen.Id("o").Dot(ident(fd.Go))
	if fd.Opt {
		v.Dot("V")
	}
	if fd.Type.Kind != model.Struct {
		v.Index(jen.Empty(), jen.Lit(0))
	}
	if fd.Opt {
		return w.optType(fd.Type, true).Values(member("V", v))
	}
	return v
}
