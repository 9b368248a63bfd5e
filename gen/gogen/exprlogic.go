package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/model"
)

// isTrue is a condition that holds where e is TRUE.
func (x *exprWriter) isTrue(e *model.Expr) *code {
	switch e.Op {
	case model.OpNot:
		return x.isFalse(e.Args[0])
	case model.OpAnd:
		return x.lazily("&&", precAnd, e.Args, x.isTrue)
	case model.OpOr:
		return x.lazily("||", precOr, e.Args, x.isTrue)
	case model.OpIsTrue:
		return x.isTrue(e.Args[0])
	case model.OpIsFalse:
		return x.isFalse(e.Args[0])
	}
	v := x.value(e)
	return both(v.valid, v.code)
}

// isFalse is a condition that holds where e is FALSE.
func (x *exprWriter) isFalse(e *model.Expr) *code {
	switch e.Op {
	case model.OpNot:
		return x.isTrue(e.Args[0])
	case model.OpAnd:
		return x.lazily("||", precOr, e.Args, x.isFalse)
	case model.OpOr:
		return x.lazily("&&", precAnd, e.Args, x.isFalse)
	case model.OpIsTrue:
		return not(x.isTrue(e.Args[0]))
	case model.OpIsFalse:
		return not(x.isFalse(e.Args[0]))
	}
	v := x.value(e)
	return both(v.valid, not(v.code))
}

// lazily joins what is holds of all operands. One that needs statements is evaluated in a block that those before it
// lead to.
func (x *exprWriter) lazily(op string, prec int, operands []*model.Expr, is func(*model.Expr) *code) *code {
	all := is(operands[0])
	for _, e := range operands[1:] {
		var c *code
		statements := x.block(func() { c = is(e) })
		if len(statements) == 0 {
			all = joined(op, prec, all, c)
			continue
		}
		name := x.local()
		x.out(name.Clone().Op(":=").Add(all.in(precNone)))
		open := name.Clone()
		if prec == precOr {
			open = jen.Op("!").Add(open)
		}
		x.out(jen.If(open).Block(append(statements, name.Clone().Op("=").Add(c.in(precNone)))...))
		all = prime(name)
	}
	return all
}

// logic gives the value of an operation of three-valued logic.
func (x *exprWriter) logic(e *model.Expr) term {
	switch e.Op {
	case model.OpNot:
		v := x.value(e.Args[0])
		return term{code: not(v.code), valid: v.valid}
	case model.OpIsNull:
		return x.isNull(e.Args[0])
	case model.OpAnd, model.OpOr:
		if e.Nullable {
			return x.kleene(e)
		}
	}
	return term{code: x.isTrue(e)}
}

func (x *exprWriter) isNull(e *model.Expr) term {
	before := *x.count
	v := x.value(e)
	if *x.count > before && v.opt == nil { // Go wants every local used
		x.out(jen.Id("_").Op("=").Add(v.in(precNone)))
	}
	if v.valid != nil {
		return term{code: not(v.valid)}
	}
	return term{code: &code{s: jen.False(), prec: precPrimary, constant: true}}
}

// kleene gives a value that may be NULL: the operands so far, in a local.
func (x *exprWriter) kleene(e *model.Expr) term {
	join, decided := "And", "IsFalse"
	if e.Op == model.OpOr {
		join, decided = "Or", "IsTrue"
	}
	var name *jen.Statement
	for i, a := range e.Args {
		var opt *jen.Statement
		statements := x.block(func() { opt = x.opt(a) })
		if i == 0 {
			name = x.local()
			x.out(append(statements, name.Clone().Op(":=").Add(opt))...)
			continue
		}
		joined := name.Clone().Op("=").Qual(sqlfnPkg, join).Call(name.Clone(), opt)
		if len(statements) == 0 {
			x.out(joined)
			continue
		}
		x.out(jen.If(jen.Op("!").Qual(sqlfnPkg, decided).Call(name.Clone())).Block(append(statements, joined)...))
	}
	return whole(name)
}

// opt is e as a value.Opt.
func (x *exprWriter) opt(e *model.Expr) *jen.Statement {
	return x.optOf(x.value(e), e.Type)
}

func (x *exprWriter) optOf(v term, t *model.Type) *jen.Statement {
	switch {
	case v.opt != nil:
		return v.opt.Clone()
	case v.valid == nil:
		return jen.Qual(valuePkg, "Opt").Index(x.goType(t)).Values(member("V", v.in(precNone)), member("Valid", jen.True()))
	}
	return jen.Qual(valuePkg, "Opt").Index(x.goType(t)).Values(member("V", v.in(precNone)), member("Valid", v.valid.in(precNone)))
}
