package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/model"
)

// comparisons are SQL's in Go, and opposites those that hold where the comparison does not.
var (
	comparisons = map[string]string{"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
	opposites   = map[string]string{"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
)

// compare gives a op b; both have one type.
func (x *exprWriter) compare(op string, a, b *model.Expr) term {
	if a.Type.Kind == model.Struct {
		return x.compareStructs(op, a, b)
	}
	left, right := x.value(a), x.value(b)
	l, r := left.code, right.code
	switch {
	case a.Op != model.OpLiteral:
		r = x.untyped(b, right)
	case b.Op != model.OpLiteral:
		l = x.untyped(a, left)
	}
	c := comparison(op, a.Type.Kind, l, r)
	if ordered(op, a.Type.Kind) {
		c.opposite = comparison(opposites[op], a.Type.Kind, l, r)
		c.opposite.opposite = c
	}
	return term{code: c, valid: both(left.valid, right.valid)}
}

func comparison(op string, kind model.Kind, a, b *code) *code {
	by := ""
	switch kind {
	case model.Decimal, model.Bytes:
		by = "Compare" + kindNames[kind]
	case model.Bool, model.UUID:
		if op != "=" && op != "!=" {
			by = "Compare" + kindNames[kind]
		}
	case model.List, model.Map:
		panic(badValue("a comparison of lists"))
	}
	if by == "" {
		return binary(comparisons[op], precCompare, a, b)
	}
	return binary(comparisons[op], precCompare, prime(jen.Qual(sqlfnPkg, by).Call(a.in(precNone), b.in(precNone))), prime(jen.Lit(0)))
}

// ordered reports whether op's opposite holds wherever op does not: NaN makes < and >= FALSE both.
func ordered(op string, kind model.Kind) bool {
	return op == "=" || op == "!=" || kind != model.Float32 && kind != model.Float64
}

// compareStructs compares field by field: = is the AND of the fields', != its NOT.
func (x *exprWriter) compareStructs(op string, a, b *model.Expr) term {
	given := func(e *model.Expr) *model.Expr {
		v := x.repeatable(x.value(e))
		same := &model.Expr{Op: model.OpColumn, Type: e.Type, Nullable: v.valid != nil}
		x.know(same, v)
		return same
	}
	a, b = given(a), given(b)
	all := &model.Expr{Op: model.OpAnd, Type: &model.Type{Kind: model.Bool}}
	for i := range a.Type.Fields {
		left, right := fieldOf(a, i), fieldOf(b, i)
		all.Args = append(all.Args, &model.Expr{Op: model.OpCompare, Func: "=", Type: all.Type, Args: []*model.Expr{left, right},
			Nullable: left.Nullable || right.Nullable})
		all.Nullable = all.Nullable || left.Nullable || right.Nullable
	}
	v := x.value(all)
	if op == "!=" {
		return term{code: not(v.code), valid: v.valid}
	}
	return v
}

func fieldOf(e *model.Expr, i int) *model.Expr {
	f := &e.Type.Fields[i]
	return &model.Expr{Op: model.OpField, Name: f.Name, Type: f.Type, Args: []*model.Expr{e},
		Nullable: e.Nullable || f.Nullable || f.Optional && f.Default == nil}
}

// contains gives a IN (…): the OR of comparisons.
func (x *exprWriter) contains(e *model.Expr) term {
	a := e.Args[0]
	v := x.repeatable(x.value(a))
	given := &model.Expr{Op: model.OpColumn, Type: a.Type, Nullable: v.valid != nil}
	x.know(given, v)
	any := &model.Expr{Op: model.OpOr, Type: e.Type, Nullable: e.Nullable}
	simple := a.Type.Kind != model.Struct
	for _, item := range e.Args[1:] {
		simple = simple && item.Op == model.OpLiteral && !item.Lit.Null
		any.Args = append(any.Args, &model.Expr{Op: model.OpCompare, Func: "=", Type: e.Type, Args: []*model.Expr{given, item},
			Nullable: given.Nullable || item.Nullable})
	}
	if !simple {
		if len(any.Args) == 1 {
			return x.value(any.Args[0])
		}
		return x.value(any)
	}
	var one *code
	for _, c := range any.Args {
		this := comparison("=", a.Type.Kind, v.code, x.untyped(c.Args[1], x.value(c.Args[1])))
		if one == nil {
			one = this
		} else {
			one = binary("||", precOr, one, this)
		}
	}
	return term{code: one, valid: v.valid}
}
