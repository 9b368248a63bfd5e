package sqlexpr

import (
	"slices"

	"github.com/seamflow/seamflow/internal/model"
)

// finish computes Nullable and CanFail of e from its operands, and gives e.
func finish(e *model.Expr) *model.Expr {
	e.CanFail = fails(e) || slices.ContainsFunc(e.Args, func(a *model.Expr) bool { return a.CanFail })
	e.Nullable = nullable(e)
	return e
}

// fails reports whether e itself may fail.
func fails(e *model.Expr) bool {
	switch e.Op {
	case model.OpIndex:
		return e.Func == "offset" || e.Func == "ordinal"
	case model.OpCast:
		return e.Func == "cast" && castOf(e.Args[0].Type, e.Type) == castFails
	case model.OpCall:
		return signatureOf(e).fails
	}
	return false
}

func nullable(e *model.Expr) bool {
	anyArg := slices.ContainsFunc(e.Args, func(a *model.Expr) bool { return a.Nullable })
	switch e.Op {
	case model.OpColumn:
		return e.Nullable
	case model.OpLiteral:
		return e.Lit.Null
	case model.OpField:
		i := fieldOf(e.Args[0].Type, e.Name)
		return anyArg || nullableField(e.Args[0].Type.Fields[i])
	case model.OpIndex:
		return anyArg || e.Args[0].Type.ElemNullable || e.Func == "safe_offset" || e.Func == "safe_ordinal"
	case model.OpKey:
		return true
	case model.OpIsNull, model.OpIsTrue, model.OpIsFalse, model.OpStruct:
		return false
	case model.OpCase:
		return nullableCase(e)
	case model.OpCast:
		return anyArg || e.Func == "safe_cast" && castOf(e.Args[0].Type, e.Type) == castFails
	case model.OpCall:
		return anyArg || signatureOf(e).null
	}
	return anyArg
}

// nullableCase looks at the branches, but for those that are reached only where they are not NULL: the way COALESCE,
// which is CASE WHEN NOT (a IS NULL) THEN a ELSE b END, gets rid of NULL.
func nullableCase(e *model.Expr) bool {
	var known []*model.Expr // not NULL from here on
	for i := 0; i < len(e.Args); i += 2 {
		if i == len(e.Args)-1 {
			return e.Args[i].Nullable && !isOneOf(e.Args[i], known)
		}
		cond, branch := e.Args[i], e.Args[i+1]
		if branch.Nullable && !isOneOf(branch, slices.Concat(known, notNullWhere(cond))) {
			return true
		}
		if cond.Op == model.OpIsNull {
			known = append(known, cond.Args[0])
		}
	}
	return false
}

// notNullWhere lists what is not NULL where cond is TRUE.
func notNullWhere(cond *model.Expr) []*model.Expr {
	switch {
	case cond.Op == model.OpNot && cond.Args[0].Op == model.OpIsNull:
		return cond.Args[0].Args
	case cond.Op == model.OpAnd:
		var all []*model.Expr
		for _, a := range cond.Args {
			all = append(all, notNullWhere(a)...)
		}
		return all
	}
	return nil
}

// isOneOf reports whether e, casts that keep NULL aside, is one of known.
func isOneOf(e *model.Expr, known []*model.Expr) bool {
	for {
		if slices.ContainsFunc(known, func(k *model.Expr) bool { return equal(e, k) }) {
			return true
		}
		if e.Op != model.OpCast || e.Func != "cast" {
			return false
		}
		e = e.Args[0]
	}
}

// equal reports whether a and b compute the same; there is nothing in SQL here that could give two results.
func equal(a, b *model.Expr) bool {
	if a == b {
		return true
	}
	if a.Op != b.Op || a.Column != b.Column || a.Name != b.Name || a.Func != b.Func || !EqualTypes(a.Type, b.Type) {
		return false
	}
	if a.Lit != nil && !equalLiterals(a.Lit, b.Lit) {
		return false
	}
	return slices.EqualFunc(a.Args, b.Args, equal)
}

func equalLiterals(a, b *model.Literal) bool {
	return a.Null == b.Null && a.Bool == b.Bool && a.Int == b.Int && a.Str == b.Str && (a.Float == b.Float || a.Float != a.Float && b.Float != b.Float)
}

// maxNodes bounds what one expression is written out to: CASE x WHEN, BETWEEN and COALESCE name x several times, and
// those in each other multiply.
const maxNodes = 20_000

// Size counts the nodes of e, those that are named several times as often; at most limit.
func Size(e *model.Expr, limit int) int {
	return size(e, limit, map[*model.Expr]int{})
}

func size(e *model.Expr, limit int, known map[*model.Expr]int) int {
	if n, ok := known[e]; ok {
		return n
	}
	n := 1
	for _, a := range e.Args {
		n = min(limit, n+size(a, limit, known))
	}
	known[e] = n
	return n
}

// Inline replaces every OpColumn i of e by exprs[i] (views over views), recomputing Nullable and CanFail. e is not
// changed. What e shares stays shared.
func Inline(e *model.Expr, exprs []*model.Expr) *model.Expr {
	return inline(e, exprs, map[*model.Expr]*model.Expr{})
}

func inline(e *model.Expr, exprs []*model.Expr, done map[*model.Expr]*model.Expr) *model.Expr {
	if e.Op == model.OpColumn {
		return exprs[e.Column]
	}
	if out := done[e]; out != nil || len(e.Args) == 0 {
		if out != nil {
			return out
		}
		return e
	}
	out := *e
	out.Args = make([]*model.Expr, len(e.Args))
	for i, a := range e.Args {
		out.Args[i] = inline(a, exprs, done)
	}
	done[e] = finish(&out)
	return &out
}
