package gogen

import (
	"fmt"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/model"
)

// pull is a reader that gives what comes next, by the names that differ: of the method of a struct that reads itself, and
// of the reader's that enters a map.
type pull struct{ nested, entries string }

var (
	fromJSON = pull{"decodeJSON", "Object"}
	fromAvro = pull{"decodeAvro", "Map"}
)

// pulled reads the value that r is at into dst; depth keeps loop variables apart.
func (w *writer) pulled(g *jen.Group, from pull, dst *jen.Statement, t *model.Type, opt bool, depth int) {
	if opt {
		if w.plain(t) {
			g.Add(dst.Clone()).Op("=").Add(readCall("Opt"+kindNames[t.Kind], t))
			return
		}
		valid := dot(dst, "Valid")
		g.If(valid.Clone().Op("=").Op("!").Id("r").Dot("Null").Call(), valid).BlockFunc(func(g *jen.Group) {
			w.pulled(g, from, dot(dst, "V"), t, false, depth)
		})
		return
	}
	switch t.Kind {
	case model.Struct:
		g.Add(dot(dst, from.nested)).Call(jen.Id("r"))
	case model.List:
		w.pulledList(g, from, dst, t, depth+1)
	case model.Map:
		w.pulledMap(g, from, dst, t, depth+1)
	default:
		g.Add(dst.Clone()).Op("=").Add(w.pulledScalar(t, false))
	}
}

// plain reports whether one call of the reader gives a value of t, NULL included.
func (w *writer) plain(t *model.Type) bool {
	switch t.Kind {
	case model.Enum, model.List, model.Map, model.Struct:
		return false
	}
	return true
}

func (w *writer) pulledScalar(t *model.Type, opt bool) *jen.Statement {
	if t.Kind == model.Enum {
		n := w.plan.Named(t)
		return jen.Id(ident(n.Go)).Call(jen.Id("r").Dot("Enum").Call(jen.Id(ident(n.SymbolsGo))))
	}
	if opt {
		return readCall("Opt"+kindNames[t.Kind], t)
	}
	return readCall(kindNames[t.Kind], t)
}

func readCall(method string, t *model.Type) *jen.Statement {
	if t.Kind == model.Decimal {
		return jen.Id("r").Dot(method).Call(number(t.Precision), number(t.Scale))
	}
	return jen.Id("r").Dot(method).Call()
}

func (w *writer) pulledList(g *jen.Group, from pull, dst *jen.Statement, t *model.Type, depth int) {
	truncate(g, dst)
	g.For(jen.Id("r").Dot("Array").Call(), jen.Id("r").Dot("Elem").Call(), jen.Empty()).BlockFunc(func(g *jen.Group) {
		if w.plain(t.Elem) || t.Elem.Kind == model.Enum && !t.ElemNullable {
			g.Add(dst.Clone()).Op("=").Append(dst.Clone(), w.pulledScalar(t.Elem, t.ElemNullable))
			return
		}
		w.pulled(g, from, grown(g, dst, t, depth), t.Elem, t.ElemNullable, depth)
	})
}

func (w *writer) pulledMap(g *jen.Group, from pull, dst *jen.Statement, t *model.Type, depth int) {
	truncate(g, dst)
	g.For(jen.Id("r").Dot(from.entries).Call(), jen.Id("r").Dot("Next").Call(), jen.Empty()).BlockFunc(func(g *jen.Group) {
		e := grown(g, dst, t, depth)
		g.Add(dot(e, "Key")).Op("=").Id("r").Dot("KeyString").Call()
		w.pulled(g, from, dot(e, "Value"), t.Elem, t.ElemNullable, depth)
	})
	g.Add(dst.Clone()).Op("=").Add(dot(dst, "Canonical")).Call()
}

func truncate(g *jen.Group, dst *jen.Statement) {
	g.Add(dst.Clone()).Op("=").Add(dst.Clone()).Index(jen.Empty(), jen.Lit(0))
}

// grown makes dst, a list or map of type t, one element longer and gives that element.
func grown(g *jen.Group, dst *jen.Statement, t *model.Type, depth int) *jen.Statement {
	g.Add(dst.Clone()).Op("=").Qual(valuePkg, "Grow").Call(dst.Clone())
	last := dst.Clone().Index(jen.Len(dst.Clone()).Op("-").Lit(1))
	if addressed(t) {
		e := fmt.Sprintf("e%d", depth)
		g.Id(e).Op(":=").Op("&").Add(last)
		return jen.Id(e)
	}
	if !nested(t.Elem) {
		return last
	}
	i := fmt.Sprintf("i%d", depth)
	g.Id(i).Op(":=").Len(dst.Clone()).Op("-").Lit(1)
	return dst.Clone().Index(jen.Id(i))
}

// element gives the element of list that the loop over i<depth> is at.
func element(g *jen.Group, list *jen.Statement, t *model.Type, depth int) *jen.Statement {
	at := list.Clone().Index(jen.Id(fmt.Sprintf("i%d", depth)))
	e := fmt.Sprintf("e%d", depth)
	switch {
	case addressed(t):
		g.Id(e).Op(":=").Op("&").Add(at)
	case nested(t.Elem):
		g.Id(e).Op(":=").Add(at)
	default:
		return at
	}
	return jen.Id(e)
}

// addressed reports whether t's elements have members, so that a pointer to one saves repeating the way to it.
func addressed(t *model.Type) bool {
	return t.Kind == model.Map || t.ElemNullable || t.Elem.Kind == model.Struct
}

func nested(t *model.Type) bool {
	return t.Kind == model.List || t.Kind == model.Map || t.Kind == model.Struct
}
