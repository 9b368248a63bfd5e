package sqlexpr

import (
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// compiler makes conditions of the expressions of one part, and notes which values they tell apart.
type compiler struct {
	space *space
	part  *part
}

// condition is what e, a BOOL over the part's columns, comes to.
func (c *compiler) condition(e *model.Expr) condition {
	switch e.Op {
	case model.OpLiteral:
		d, _ := datumOf(e.Lit)
		return always(d.truth(isNULL))
	case model.OpNot:
		of := c.condition(e.Args[0])
		return func(r row) truth { return of(r).not() }
	case model.OpAnd:
		return joined(c.conditions(e.Args), truth.both)
	case model.OpOr:
		return joined(c.conditions(e.Args), truth.either)
	case model.OpCompare:
		return c.compare(e, e.Args[0], e.Func, e.Args[1])
	case model.OpIn:
		return c.in(e)
	case model.OpIsNull:
		return c.null(e, e.Args[0])
	case model.OpIsTrue:
		return c.test(e.Args[0], isTRUE)
	case model.OpIsFalse:
		return c.test(e.Args[0], isFALSE)
	case model.OpCase:
		return c.cases(e, c.condition)
	case model.OpCall:
		if prefix, whole, ok := prefixOf(e); ok {
			return c.begins(e.Args[0], prefix, whole)
		}
	}
	return c.opaque(e)
}

func (c *compiler) conditions(es []*model.Expr) []condition {
	out := make([]condition, len(es))
	for i, e := range es {
		out[i] = c.condition(e)
	}
	return out
}

func always(t truth) condition { return func(row) truth { return t } }

func joined(all []condition, join func(truth, truth) truth) condition {
	return func(r row) truth {
		out := all[0](r)
		for _, of := range all[1:] {
			out = join(out, of(r))
		}
		return out
	}
}

// opaque is a condition that is not taken apart: a variable of its own.
func (c *compiler) opaque(e *model.Expr) condition {
	v := c.space.variable(c.part, e)
	unknown := anything(e.Nullable, e.CanFail)
	return func(r row) truth { return r[v.index].truth(unknown) }
}

func (c *compiler) test(e *model.Expr, of truth) condition {
	cond := c.condition(e)
	return func(r row) truth { return cond(r).test(of) }
}

// cases is CASE of which every branch is made a condition by of.
func (c *compiler) cases(e *model.Expr, of func(*model.Expr) condition) condition {
	var when, then []condition
	last := len(e.Args) - 1
	for i := 0; i < last; i += 2 {
		when, then = append(when, c.condition(e.Args[i])), append(then, of(e.Args[i+1]))
	}
	otherwise := of(e.Args[last])
	return func(r row) truth {
		var out truth
		for i, cond := range when {
			t := cond(r)
			out |= t & failed
			if t.has(isTRUE) {
				out |= then[i](r)
			}
			if !t.has(isFALSE | isNULL) {
				return out
			}
		}
		return out | otherwise(r)
	}
}

// in is x = a OR x = b.
func (c *compiler) in(e *model.Expr) condition {
	var all []condition
	for _, a := range e.Args[1:] {
		if _, ok := fold(a); !ok {
			return c.opaque(e)
		}
		all = append(all, c.compare(e, e.Args[0], "=", a))
	}
	return joined(all, truth.either)
}

var flipped = map[string]string{"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// compare is a how b; whole is the expression that it is all or part of.
func (c *compiler) compare(whole, a *model.Expr, how string, b *model.Expr) condition {
	x, aKnown := fold(a)
	y, bKnown := fold(b)
	switch {
	case aKnown && bKnown:
		return always(compares(how, x, y))
	case aKnown:
		return c.compare(whole, b, flipped[how], a)
	case a.Type.Kind == model.Bool:
		left, right := c.condition(a), c.condition(b)
		return func(r row) truth { return left(r).comparedTo(how, right(r)) }
	case !bKnown && hasDomain(a.Type) && !isFloat(a.Type):
		return c.compareTwo(a, how, b)
	case !bKnown || !hasDomain(a.Type):
		return c.opaque(whole)
	case a.Op == model.OpCase:
		return c.cases(a, func(e *model.Expr) condition { return c.compare(compareOf(e, how, b), e, how, b) })
	}
	return c.compareTo(a, how, y)
}

// compareTwo is a how b, neither of them constant, in terms of = and <. (NaN is neither below nor above anything.)
func (c *compiler) compareTwo(a *model.Expr, how string, b *model.Expr) condition {
	if how == ">" || how == "<=" {
		a, b, how = b, a, flipped[how]
	}
	negated := how == "!=" || how == ">="
	if negated {
		how = map[string]string{"!=": "=", ">=": "<"}[how]
	}
	of := c.opaque(compareOf(a, how, b))
	if negated {
		return func(r row) truth { return of(r).not() }
	}
	return of
}

// compareOf is the expression a how b.
func compareOf(a *model.Expr, how string, b *model.Expr) *model.Expr {
	return finish(&model.Expr{Op: model.OpCompare, Type: boolType, Func: how, Args: []*model.Expr{a, b}, Pos: a.Pos})
}

// compareTo is a how limit of a value with a domain.
func (c *compiler) compareTo(a *model.Expr, how string, limit datum) condition {
	steps, base := stepsOf(a)
	v := c.space.variable(c.part, base)
	v.requests = append(v.requests, request{steps: steps, limit: limit})
	return about(v, anything(base.Nullable, base.CanFail), func(d datum) truth { return compares(how, through(steps, d), limit) })
}

// about is a condition on the value of a variable; unknown is what it may be where nothing is known of that.
func about(v *variable, unknown truth, of func(datum) truth) condition {
	return func(r row) truth {
		switch d := r[v.index]; d.state {
		case isUnknown:
			return unknown
		case isError:
			return failed
		default:
			return of(d)
		}
	}
}

// stepsOf takes steps off e.
func stepsOf(e *model.Expr) (steps []step, base *model.Expr) {
	for {
		s, ok := stepOf(e)
		if !ok {
			return steps, e
		}
		steps, e = append(steps, s), e.Args[0]
	}
}

// null is a IS NULL; whole is the expression that it is all of.
func (c *compiler) null(whole, a *model.Expr) condition {
	if d, ok := fold(a); ok {
		return always(truthOf(d.state == isNull))
	}
	if a.Type.Kind == model.Bool {
		return c.test(a, isNULL)
	}
	if a.Op == model.OpCase {
		return c.cases(a, func(e *model.Expr) condition {
			return c.null(finish(&model.Expr{Op: model.OpIsNull, Type: boolType, Args: []*model.Expr{e}, Pos: e.Pos}), e)
		})
	}
	_, base := stepsOf(a)
	if !hasDomain(base.Type) {
		return c.opaque(whole)
	}
	v := c.space.variable(c.part, base)
	return about(v, anything(base.Nullable, base.CanFail).test(isNULL), func(d datum) truth { return truthOf(d.state == isNull) })
}

// prefixOf reads LIKE 'prefix%' and STARTS_WITH(s, 'prefix'); whole is LIKE without a wildcard.
func prefixOf(e *model.Expr) (prefix string, whole, ok bool) {
	if e.Func != "like" && e.Func != "starts_with" {
		return "", false, false
	}
	d, ok := fold(e.Args[1])
	if !ok || d.state != isString {
		return "", false, false
	}
	if e.Func == "starts_with" {
		return d.s, false, true
	}
	prefix = strings.TrimRight(d.s, "%")
	return prefix, prefix == d.s, !strings.ContainsAny(prefix, `%_\`)
}

// begins is a text's beginning with prefix, or with whole its being prefix.
func (c *compiler) begins(a *model.Expr, prefix string, whole bool) condition {
	if whole {
		return c.compareTo(a, "=", textOf(prefix))
	}
	above := c.compareTo(a, ">=", textOf(prefix))
	end, ok := afterPrefix(prefix)
	if !ok {
		return above
	}
	return joined([]condition{above, c.compareTo(a, "<", textOf(end))}, truth.both)
}

// fold is the value of an expression of constants, where it is simple.
func fold(e *model.Expr) (d datum, ok bool) {
	if e.Op == model.OpLiteral {
		return datumOf(e.Lit)
	}
	if s, ok := stepOf(e); ok {
		if d, ok = fold(e.Args[0]); ok {
			return s.apply(d), true
		}
	}
	return d, false
}
