package gogen

import (
	"strings"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// cast gives CAST and SAFE_CAST.
func (x *exprWriter) cast(e *model.Expr) term {
	of := e.Args[0]
	v := x.value(of)
	from, to := of.Type, e.Type
	switch {
	case from.Kind == model.Null:
		return x.null(to)
	case x.plan.Same(from, to):
		return v
	case nested(from):
		return x.reshape(e, v)
	case from.Kind == model.Enum:
		v, from = term{code: converted(jen.String(), v.code), valid: v.valid}, &model.Type{Kind: model.String}
		if to.Kind == model.String {
			return v
		}
	}
	if c := x.plainCast(v.code, from, to); c != nil {
		return term{code: c, valid: v.valid, atom: from.Kind == to.Kind && v.atom}
	}
	return x.checkedCast(e, v, from, to)
}

// reshape gives a list, map or struct of another shape: a local, filled value by value.
func (x *exprWriter) reshape(e *model.Expr, v term) term {
	if e.Func == "safe_cast" && e.CanFail {
		panic(badValue("a SAFE_CAST of a " + kindNames[e.Type.Kind]))
	}
	v = x.repeatable(v)
	name := x.local()
	x.out(jen.Var().Add(name.Clone()).Add(x.goType(e.Type)))
	fill := jen.Null()
	if v.valid != nil {
		fill = jen.If(v.valid.in(precNone))
	}
	x.out(fill.BlockFunc(func(g *jen.Group) {
		p := &projector{writer: x.writer, g: g, exprs: x, what: "a part of a cast"}
		p.convertValue(g, name, e.Type, v.in(precPrimary), e.Args[0].Type, 0)
	}))
	return term{code: prime(name), valid: v.valid, atom: true}
}

// plainCast gives a cast that every value has; nil where some have none.
func (x *exprWriter) plainCast(v *code, from, to *model.Type) *code {
	fn := func(name string, arg *code) *code { return prime(jen.Qual(sqlfnPkg, name).Call(arg.in(precNone))) }
	switch from.Kind {
	case model.Bool:
		switch to.Kind {
		case model.Int64:
			return fn("BoolToInt64", v)
		case model.Int32:
			return converted(jen.Int32(), fn("BoolToInt64", v))
		case model.String:
			return fn("BoolToString", v)
		}
	case model.Int32, model.Int64:
		switch to.Kind {
		case model.Bool:
			return binary("!=", precCompare, v, prime(jen.Lit(0)))
		case model.Int64, model.Float32, model.Float64:
			return converted(x.goType(to), v)
		case model.String:
			return fn("Int64ToString", wide(v, from))
		}
	case model.Float32, model.Float64:
		switch {
		case to.Kind == model.Float64:
			return converted(jen.Float64(), v)
		case to.Kind == model.String && from.Kind == model.Float32:
			return fn("Float32ToString", v)
		case to.Kind == model.String:
			return fn("FloatToString", v)
		}
	case model.Decimal:
		switch to.Kind {
		case model.Float64:
			return fn("DecimalToFloat", v)
		case model.Float32:
			return converted(jen.Float32(), fn("DecimalToFloat", v))
		case model.String:
			return fn("DecimalToString", v)
		}
	case model.String:
		if to.Kind == model.Bytes {
			return converted(jen.Index().Byte(), v)
		}
	case model.Date, model.Timestamp, model.UUID:
		switch {
		case to.Kind == model.String:
			return fn(kindNames[from.Kind]+"ToString", v)
		case to.Kind == model.Timestamp:
			return fn("Midnight", v)
		case to.Kind == model.Date:
			return fn("DateOf", v)
		}
	}
	return nil
}

// wide is v as int64.
func wide(v *code, t *model.Type) *code {
	if t.Kind == model.Int32 {
		return converted(jen.Int64(), v)
	}
	return v
}

// checkedCast gives a cast that not every value has: NULL then, or an error that names the value.
func (x *exprWriter) checkedCast(e *model.Expr, v term, from, to *model.Type) term {
	if e.Func != "safe_cast" {
		v = x.repeatable(v)
	}
	call, t := x.castCall(v.code, from, to), x.goType(to)
	if to.Kind == model.Enum {
		t = jen.String()
	}
	var r term
	switch {
	case always(from, to):
		name := x.local()
		x.out(name.Clone().Op(",").Id("_").Op(":=").Add(call))
		r = term{code: prime(name), valid: v.valid, atom: true}
	case e.Func != "safe_cast" && v.valid == nil:
		name := x.local()
		x.out(name.Clone().Op(",").Id("ok").Op(":=").Add(call))
		x.out(jen.If(jen.Op("!").Id("ok")).Block(x.fail(notA(v.code, to))...))
		r = term{code: prime(name), atom: true}
	default:
		var name *jen.Statement
		name, r = x.optional(t)
		take := dot(name, "V").Op(",").Add(dot(name, "Valid")).Op("=").Add(call)
		if e.Func != "safe_cast" {
			take = jen.If(take, jen.Op("!").Add(dot(name, "Valid"))).Block(x.fail(notA(v.code, to))...)
		}
		if v.valid != nil {
			take = jen.If(v.valid.in(precNone)).Block(take)
		}
		x.out(take)
	}
	if to.Kind == model.Enum {
		return term{code: converted(x.goType(to), r.code), valid: r.valid}
	}
	return r
}

func notA(v *code, to *model.Type) *jen.Statement {
	name := strings.ToUpper(emit.SparkType(to))
	switch to.Kind {
	case model.UUID:
		name = "UUID"
	case model.Enum:
		name = "symbol of the enum " + to.Name
	}
	return jen.Qual(sqlfnPkg, "NotA").Call(v.in(precNone), lit(name))
}

// castCall calls the function of sqlfn that casts and says whether it could.
func (x *exprWriter) castCall(v *code, from, to *model.Type) *jen.Statement {
	source, target := kindNames[from.Kind], kindNames[to.Kind]
	switch from.Kind {
	case model.Int32:
		v, source = wide(v, from), "Int64"
	case model.Float32:
		if to.Kind != model.Decimal {
			v, source = converted(jen.Float64(), v), "Float"
		}
	case model.Float64:
		source = "Float"
	}
	args := []jen.Code{v.in(precNone)}
	switch to.Kind {
	case model.Decimal:
		args = append(args, number(to.Precision), number(to.Scale))
	case model.Enum:
		fn := "Symbol"
		for _, s := range to.Symbols {
			args = append(args, lit(s))
		}
		return jen.Qual(sqlfnPkg, fn).Call(args...)
	}
	if !casts[source+"To"+target] {
		panic(badValue("a cast of a " + source + " to a " + target))
	}
	return jen.Qual(sqlfnPkg, source+"To"+target).Call(args...)
}

// casts are the functions of sqlfn that cast and may find no value.
var casts = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(`Int64ToInt32 Int64ToDecimal FloatToInt32 FloatToInt64 FloatToFloat32 FloatToDecimal Float32ToDecimal
		DecimalToInt32 DecimalToInt64 DecimalToDecimal BytesToString
		StringToBool StringToInt32 StringToInt64 StringToFloat32 StringToFloat64 StringToDecimal StringToDate StringToTimestamp StringToUUID`) {
		all[name] = true
	}
	return all
}()

// always reports whether the target has room for every value of from.
func always(from, to *model.Type) bool {
	if to.Kind != model.Decimal {
		return false
	}
	room := to.Precision - to.Scale
	switch from.Kind {
	case model.Int32:
		return room >= 10
	case model.Int64:
		return room >= 19
	case model.Decimal:
		need := from.Precision - from.Scale
		if to.Scale < from.Scale {
			need++ // rounding may carry
		}
		return room >= need
	}
	return false
}
