package gogen

import (
	"strings"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// field gives a field of a struct.
func (x *exprWriter) field(e *model.Expr) term {
	of := e.Args[0]
	if of.Op == model.OpStruct {
		for i := range of.Type.Fields {
			if of.Type.Fields[i].Name == e.Name {
				return x.value(of.Args[i])
			}
		}
	}
	base := x.repeatable(x.value(of))
	fd := x.structField(of.Type, e.Name)
	v := term{code: prime(base.in(precPrimary).Dot(ident(fd.Go))), valid: base.valid, atom: true}
	switch {
	case fd.Opt && base.valid == nil:
		v = whole(v.s)
	case fd.Opt:
		v = term{code: prime(dot(v.s, "V")), valid: both(base.valid, prime(dot(v.s, "Valid"))), atom: true}
	}
	return v
}

func (x *exprWriter) structField(t *model.Type, name string) *emit.Field {
	n := x.named(t)
	for i := range n.Fields {
		if n.Fields[i].Name == name {
			return &n.Fields[i]
		}
	}
	for i := range n.Fields {
		if strings.EqualFold(n.Fields[i].Name, name) {
			return &n.Fields[i]
		}
	}
	panic(badValue("field " + name + " of " + n.Go))
}

// named is the Go type of a struct; one that no schema and no table has is nowhere.
func (x *exprWriter) named(t *model.Type) *emit.Named {
	n := x.plan.Named(t)
	if n == nil {
		panic(badValue("a struct of no schema and no table"))
	}
	return n
}

// construct gives a struct of its fields.
func (x *exprWriter) construct(e *model.Expr) term {
	n := x.named(e.Type)
	var fields []jen.Code
	for i, a := range e.Args {
		v := x.value(a)
		fd := &n.Fields[i]
		if !fd.Opt {
			fields = append(fields, member(fd.Go, v.in(precNone)))
			continue
		}
		fields = append(fields, member(fd.Go, x.optOf(v, fd.Type)))
	}
	return x.variable(term{code: composite(jen.Id(ident(n.Go)).Values(fields...))})
}

// elements are how subscripts count.
var elements = map[string]struct {
	fn    string
	fails bool
}{"offset": {"Offset", true}, "ordinal": {"Ordinal", true}, "safe_offset": {"SafeOffset", false}, "safe_ordinal": {"SafeOrdinal", false}}

// index gives an element of a list.
func (x *exprWriter) index(e *model.Expr) term {
	list, i := x.repeatable(x.value(e.Args[0])), x.value(e.Args[1])
	n := x.untyped(e.Args[1], i).in(precNone)
	if (e.Args[1].Op != model.OpLiteral || e.Args[1].Lit.Null) && e.Args[1].Type.Kind == model.Int32 {
		n = jen.Int64().Call(n)
	}
	how := elements[e.Func]
	at := jen.Id("at")
	found := jen.Qual(sqlfnPkg, how.fn).Call(jen.Len(list.in(precNone)), n)
	name, v := x.optional(x.goType(e.Type))
	take := dot(name, "V").Op(",").Add(dot(name, "Valid")).Op("=").Add(list.in(precPrimary).Index(at)).Op(",").True()
	if e.Args[0].Type.ElemNullable {
		take = name.Clone().Op("=").Add(list.in(precPrimary).Index(at))
	}
	var body []jen.Code
	if how.fails {
		body = append([]jen.Code{at.Clone().Op(",").Err().Op(":=").Add(found)}, x.check()...)
		body = append(body, take)
	} else {
		body = []jen.Code{jen.If(at.Clone().Op(",").Id("ok").Op(":=").Add(found), jen.Id("ok")).Block(take)}
	}
	x.where(both(list.valid, i.valid), body)
	return v
}

// where puts statements under a condition; without one they stand in a block of their own.
func (x *exprWriter) where(cond *code, body []jen.Code) {
	if cond == nil {
		x.out(jen.Block(body...))
		return
	}
	x.out(jen.If(cond.in(precNone)).Block(body...))
}

// check leaves the function where err is one.
func (x *exprWriter) check() []jen.Code {
	return []jen.Code{jen.If(jen.Err().Op("!=").Nil()).Block(x.fail(jen.Err())...)}
}

// key gives the value of a map's key; NULL where there is none.
func (x *exprWriter) key(e *model.Expr) term {
	m, k := x.repeatable(x.value(e.Args[0])), x.value(e.Args[1])
	name, v := x.optional(x.goType(e.Type))
	get := m.in(precPrimary).Dot("Get").Call(k.in(precNone))
	take := dot(name, "V").Op(",").Add(dot(name, "Valid")).Op("=").Add(get)
	if e.Args[0].Type.ElemNullable {
		take = name.Clone().Op(",").Id("_").Op("=").Add(get)
	}
	if cond := both(m.valid, k.valid); cond != nil {
		take = jen.If(cond.in(precNone)).Block(take)
	}
	x.out(take)
	return v
}

// choose gives a CASE: a local that the branch taken sets.
func (x *exprWriter) choose(e *model.Expr) term {
	if e.Type.Kind == model.Null {
		return x.null(e.Type)
	}
	name := x.local()
	v := term{code: prime(name), atom: true}
	if e.Nullable {
		x.out(jen.Var().Add(name.Clone()).Qual(valuePkg, "Opt").Index(x.goType(e.Type)))
		v = whole(name)
	} else {
		x.out(jen.Var().Add(name.Clone()).Add(x.goType(e.Type)))
	}
	x.branch(name, e, 0)
	return v
}

// branch writes the branches from i on.
func (x *exprWriter) branch(name *jen.Statement, e *model.Expr, i int) {
	if i == len(e.Args)-1 {
		x.set(name, e, e.Args[i])
		return
	}
	cond := x.isTrue(e.Args[i])
	then := x.block(func() { x.set(name, e, e.Args[i+1]) })
	rest := x.block(func() { x.branch(name, e, i+2) })
	if len(then) == 0 && len(rest) > 0 {
		x.out(jen.If(not(cond).in(precNone)).Block(rest...))
		return
	}
	s := jen.If(cond.in(precNone)).Block(then...)
	switch {
	case len(rest) == 0:
	case len(rest) == 1 && i+2 < len(e.Args)-1: // an if of its own
		s.Else().Add(rest[0])
	default:
		s.Else().Block(rest...)
	}
	x.out(s)
}

// set assigns a branch's value to a CASE's local, which is zero so far.
func (x *exprWriter) set(name *jen.Statement, e, branch *model.Expr) {
	if branch.Op == model.OpLiteral && branch.Lit.Null {
		return
	}
	v := x.value(branch)
	switch {
	case e.Nullable && v.opt != nil:
		x.out(name.Clone().Op("=").Add(v.opt.Clone()))
	case !e.Nullable:
		x.out(name.Clone().Op("=").Add(v.in(precNone)))
	case v.valid == nil:
		x.out(dot(name, "V").Op(",").Add(dot(name, "Valid")).Op("=").Add(v.in(precNone)).Op(",").True())
	default:
		x.out(dot(name, "V").Op(",").Add(dot(name, "Valid")).Op("=").Add(v.in(precNone)).Op(",").Add(v.valid.in(precNone)))
	}
}
