package gogen

import (
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/model"
)

// Operand is an expression as Go: Value is meaningful where Valid is true; a nil Valid is never NULL. Opt is both, where
// there is one Go value that is.
type Operand struct{ Value, Valid, Opt *jen.Statement }

// exprWriter writes expressions as plain Go. What needs no statement stays inside the Go expression that it gives; the
// rest (what may fail, CASE) goes before it, into locals e1, e2, … of the function that is written.
//
// An operand is evaluated where those before it leave the result open, from left to right, as far as it can be observed:
// a CASE evaluates the branch that it takes, FALSE AND x and TRUE OR x leave x alone, and in a condition, which asks
// for TRUE only, so does NULL AND x.
type exprWriter struct {
	*writer
	column func(i int) Operand
	fail   func(err *jen.Statement) []jen.Code

	out   func(...jen.Code)      // where statements go
	count *int                   // of locals
	used  map[*model.Expr]int    // how often an expression is met, for those that are shared
	known []map[*model.Expr]term // values at hand, by block, the innermost last
}

func newExprWriter(w *writer, g *jen.Group, column func(i int) Operand, fail func(err *jen.Statement) []jen.Code) *exprWriter {
	out := func(statements ...jen.Code) {
		for _, s := range statements {
			g.Add(s)
		}
	}
	return &exprWriter{writer: w, column: column, fail: fail, out: out, count: new(int), used: map[*model.Expr]int{},
		known: []map[*model.Expr]term{{}}}
}

// inside writes into a block g of the same function, with columns of its own.
func (x *exprWriter) inside(g *jen.Group, column func(i int) Operand) *exprWriter {
	y := newExprWriter(x.writer, g, column, x.fail)
	y.count = x.count
	return y
}

// Write gives e's value.
func (x *exprWriter) Write(e *model.Expr) Operand {
	x.meet(e)
	v := x.value(e)
	o := Operand{Value: v.code.in(precNone)}
	if v.valid != nil {
		o.Valid, o.Opt = v.valid.in(precNone), v.opt
	}
	return o
}

// WriteCondition gives a Go condition that holds where e is TRUE.
func (x *exprWriter) WriteCondition(e *model.Expr) *jen.Statement {
	x.meet(e)
	return x.isTrue(e).in(precNone)
}

// WriteNegation gives a Go condition that holds where e is not TRUE.
func (x *exprWriter) WriteNegation(e *model.Expr) *jen.Statement {
	x.meet(e)
	return not(x.isTrue(e)).in(precNone)
}

// meet counts expressions that stand in several places: each is evaluated once where it can be.
func (x *exprWriter) meet(e *model.Expr) {
	if x.used[e]++; x.used[e] > 1 {
		return
	}
	for _, a := range e.Args {
		x.meet(a)
	}
}

// code is a Go expression that has no effect and cannot fail.
type code struct {
	s        *jen.Statement
	prec     int
	constant bool    // to Go's compiler, which would compute with it
	opposite *code   // its negation, or nil
	joins    []*code // the operands of && or ||
}

// Go's precedences of binary operators, as precNone (none yet), and of everything else.
const (
	precNone    = 0
	precOr      = 1
	precAnd     = 2
	precCompare = 3
	precAdd     = 4
	precMul     = 5
	precUnary   = 6
	precPrimary = 7
)

// in is c as an operand of an operator of precedence prec.
func (c *code) in(prec int) *jen.Statement {
	if c.prec < prec {
		return jen.Parens(c.s.Clone())
	}
	return c.s.Clone()
}

func prime(s *jen.Statement) *code { return &code{s: s, prec: precPrimary} }

// composite is a composite literal, which needs parentheses in the header of an if.
func composite(s *jen.Statement) *code { return &code{s: s, prec: precNone} }

func binary(op string, prec int, a, b *code) *code {
	right := prec + 1
	if prec <= precAnd { // associative
		right = prec
	}
	return &code{s: a.in(prec).Op(op).Add(b.in(right)), prec: prec, constant: a.constant && b.constant}
}

// not is the negation of a. A comparison is turned round.
func not(a *code) *code {
	if a.opposite != nil {
		return a.opposite
	}
	return &code{s: jen.Op("!").Add(a.in(precUnary)), prec: precUnary, constant: a.constant, opposite: a}
}

func converted(to *jen.Statement, a *code) *code {
	return &code{s: to.Call(a.in(precNone)), prec: precPrimary, constant: a.constant}
}

// both is a && b, where nil is true. What stands in a already is left out.
func both(a, b *code) *code {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return joined("&&", precAnd, a, b)
}

// joined is a op b, operators of the same kind in b included, without what stands in a already.
func joined(op string, prec int, a, b *code) *code {
	parts := a.parts(prec)
	for _, c := range b.parts(prec) {
		if slices.ContainsFunc(parts, func(p *code) bool { return p.s.GoString() == c.s.GoString() }) {
			continue
		}
		a = binary(op, prec, a, c)
		parts = append(slices.Clip(parts), c)
		a.joins = parts
	}
	return a
}

// parts are the operands of c, if it is joined by an operator of precedence prec.
func (c *code) parts(prec int) []*code {
	if c.prec == prec && c.joins != nil {
		return c.joins
	}
	return []*code{c}
}

// term is a value: code is meaningful where valid, which is nil for never NULL, holds. Where it does not, code is
// still harmless.
type term struct {
	*code
	valid *code
	opt   *jen.Statement // both as one Go value, or nil
	atom  bool           // may be written twice
}

// value gives e's value, evaluated in the block at hand.
func (x *exprWriter) value(e *model.Expr) term {
	for i := len(x.known) - 1; i >= 0; i-- {
		if v, ok := x.known[i][e]; ok {
			return v
		}
	}
	v := x.evaluate(e)
	if !e.Nullable {
		v.valid, v.opt = nil, nil
	}
	if x.used[e] > 1 && !v.atom {
		v = x.variable(v)
	}
	x.know(e, v)
	return v
}

func (x *exprWriter) know(e *model.Expr, v term) {
	if v.atom {
		x.known[len(x.known)-1][e] = v
	}
}

func (x *exprWriter) evaluate(e *model.Expr) term {
	switch e.Op {
	case model.OpColumn:
		return columnOperand(x.column(e.Column))
	case model.OpLiteral:
		return x.literal(e.Type, e.Lit)
	case model.OpField:
		return x.field(e)
	case model.OpIndex:
		return x.index(e)
	case model.OpKey:
		return x.key(e)
	case model.OpNot, model.OpAnd, model.OpOr, model.OpIsNull, model.OpIsTrue, model.OpIsFalse:
		return x.logic(e)
	case model.OpCompare:
		return x.compare(e.Func, e.Args[0], e.Args[1])
	case model.OpIn:
		return x.contains(e)
	case model.OpCase:
		return x.choose(e)
	case model.OpCast:
		return x.cast(e)
	case model.OpCall:
		return x.call(e)
	case model.OpStruct:
		return x.construct(e)
	}
	panic(badValue(fmt.Sprintf("operation %d", e.Op)))
}

func columnOperand(c Operand) term {
	v := term{code: prime(c.Value), opt: c.Opt, atom: true}
	if c.Valid != nil {
		v.valid = prime(c.Valid)
	}
	return v
}

func (x *exprWriter) literal(t *model.Type, l *model.Literal) term {
	if l.Null {
		return x.null(t)
	}
	c := prime(typed(x.plan, l))
	switch l.Type.Kind {
	case model.UUID:
		return term{code: composite(c.s)}
	case model.Decimal, model.Bytes:
		return term{code: c}
	}
	c.constant = true
	return term{code: c, atom: true}
}

// null is a NULL of type t.
func (x *exprWriter) null(t *model.Type) term {
	return term{code: x.zero(t), valid: prime(jen.False()), atom: true}
}

func (x *exprWriter) zero(t *model.Type) *code {
	switch t.Kind {
	case model.Bool:
		return prime(jen.False())
	case model.String, model.Enum, model.Null:
		return prime(x.goType(t).Call(lit("")))
	case model.Bytes, model.List, model.Map:
		return prime(jen.Parens(x.goType(t)).Call(jen.Nil()))
	case model.Decimal, model.UUID, model.Struct:
		return composite(x.goType(t).Values())
	}
	return prime(x.goType(t).Call(jen.Lit(0)))
}

// untyped is v, the value of e, where the Go around it says the type: a whole number needs none of its own.
func (x *exprWriter) untyped(e *model.Expr, v term) *code {
	if e.Op == model.OpLiteral && !e.Lit.Null {
		switch e.Lit.Type.Kind {
		case model.Int32, model.Int64:
			return &code{s: number(e.Lit.Int), prec: precPrimary, constant: true}
		}
	}
	return v.code
}

// local names the next local.
func (x *exprWriter) local() *jen.Statement {
	*x.count++
	return jen.Id(fmt.Sprintf("e%d", *x.count))
}

// variable puts v's value into a local, so that it can be written twice and is no constant to the compiler.
func (x *exprWriter) variable(v term) term {
	if v.atom && !v.constant {
		return v
	}
	name := x.local()
	x.out(name.Clone().Op(":=").Add(v.in(precNone)))
	return term{code: prime(name), valid: v.valid, atom: true}
}

// repeatable is v so that it can be written twice.
func (x *exprWriter) repeatable(v term) term {
	if v.atom {
		return v
	}
	return x.variable(v)
}

// optional declares a local of type Opt.
func (x *exprWriter) optional(t *jen.Statement) (name *jen.Statement, v term) {
	name = x.local()
	x.out(jen.Var().Add(name.Clone()).Qual(valuePkg, "Opt").Index(t))
	return name, whole(name)
}

// whole is the value of an Opt.
func whole(opt *jen.Statement) term {
	return term{code: prime(dot(opt, "V")), valid: prime(dot(opt, "Valid")), opt: opt, atom: true}
}

// block gives the statements that write makes, for a block of their own.
func (x *exprWriter) block(write func()) []jen.Code {
	var statements []jen.Code
	out := x.out
	x.out = func(c ...jen.Code) { statements = append(statements, c...) }
	x.known = append(x.known, map[*model.Expr]term{})
	write()
	x.known = x.known[:len(x.known)-1]
	x.out = out
	return statements
}
