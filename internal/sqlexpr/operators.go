package sqlexpr

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

var (
	comparisons = map[ast.BinaryOp]string{ast.OpEqual: "=", ast.OpNotEqual: "!=", ast.OpLess: "<", ast.OpLessEqual: "<=", ast.OpGreater: ">", ast.OpGreaterEqual: ">="}
	arithmetic  = map[ast.BinaryOp]string{ast.OpAdd: "add", ast.OpSub: "sub", ast.OpMul: "mul", ast.OpDiv: "div", ast.OpConcat: "concat"}
)

func (t *typer) unary(n *ast.UnaryExpr) *model.Expr {
	switch n.Op {
	case ast.OpNot:
		return t.not(true, t.condition(n.Expr))
	case ast.OpBitNot:
		return t.fail("SF0203", n, "", "bit operators are not supported")
	}
	e := t.expr(n.Expr)
	switch {
	case e == nil:
		return nil
	case !isNumber(e.Type) && e.Type.Kind != model.Null:
		return t.fail("SF0206", n.Expr, "", "%s takes a number, this is %s", string(n.Op), TypeName(e.Type))
	case n.Op == ast.OpPlus:
		return e
	case e.Op == model.OpLiteral && !e.Lit.Null && (isInt(e.Type) || isFloat(e.Type) && plainFloat(e.Lit.Float)), t.numbers[e] != "":
		return t.negative(n, e)
	}
	return t.callOf("neg", t.pos(n), n, e)
}

// negative is a constant with a minus before it that the parser did not make part of it: -(5).
func (t *typer) negative(n *ast.UnaryExpr, e *model.Expr) *model.Expr {
	text := t.numbers[e]
	if text == "" {
		text = literalText(e.Lit)
	}
	text, was := strings.CutPrefix(text, "-")
	if !was {
		text = "-" + text
	}
	if isFloat(e.Type) {
		return t.floatLiteral(&ast.FloatLiteral{ValuePos: n.Pos(), Value: text})
	}
	return t.intLiteral(&ast.IntLiteral{ValuePos: n.Pos(), Base: 10, Value: text})
}

func (t *typer) binary(n *ast.BinaryExpr) *model.Expr {
	switch n.Op {
	case ast.OpAnd, ast.OpOr:
		return t.logic(n)
	case ast.OpLike, ast.OpNotLike:
		return t.like(n)
	}
	a, b := t.expr(n.Left), t.expr(n.Right)
	if a == nil || b == nil {
		return nil
	}
	if how, ok := comparisons[n.Op]; ok {
		return t.compare(how, a, b, n.Right)
	}
	if name, ok := arithmetic[n.Op]; ok {
		return t.callOf(name, a.Pos, n, a, b)
	}
	return t.fail("SF0203", n, "", "bit operators are not supported")
}

// logic is a chain of one of AND and OR, flat. The parser nests chains to the left, as deep as they are long.
func (t *typer) logic(n *ast.BinaryExpr) *model.Expr {
	op := model.OpAnd
	if n.Op == ast.OpOr {
		op = model.OpOr
	}
	nodes := []ast.Expr{n.Right}
	left := n.Left
	for {
		deeper, ok := left.(*ast.BinaryExpr)
		if !ok || deeper.Op != n.Op {
			break
		}
		nodes = append(nodes, deeper.Right)
		left = deeper.Left
	}
	nodes = append(nodes, left)
	var args []*model.Expr
	for _, node := range slices.Backward(nodes) {
		args = append(args, t.condition(node))
	}
	return t.joined(op, args...)
}

// joined is AND or OR of args, those that are the same operation already taken in.
func (t *typer) joined(op model.Op, args ...*model.Expr) *model.Expr {
	var flat []*model.Expr
	for _, a := range args {
		switch {
		case a == nil:
			return nil
		case a.Op == op:
			flat = append(flat, a.Args...)
		default:
			flat = append(flat, a)
		}
	}
	return t.op(op, boolType, flat[0].Pos, flat...)
}

func (t *typer) like(n *ast.BinaryExpr) *model.Expr {
	s, pattern := t.expr(n.Left), t.expr(n.Right)
	if s == nil || pattern == nil {
		return nil
	}
	if lit := pattern.Lit; lit != nil && lit.Type.Kind == model.String {
		if end := strings.TrimRight(lit.Str, `\`); (len(lit.Str)-len(end))%2 == 1 {
			return t.fail("SF0210", n.Right, `a backslash is written \\\\ in a pattern`, "the pattern ends in a backslash that escapes nothing")
		}
	}
	return t.not(n.Op == ast.OpNotLike, t.callOf("like", s.Pos, n, s, pattern))
}

// compare is a how b; at is where b stands.
func (t *typer) compare(how string, a, b *model.Expr, at ast.Node) *model.Expr {
	t.warnOfSymbols([]*model.Expr{a, b})
	both := t.typed(t.unify([]*model.Expr{a, b}))
	if both == nil {
		return nil
	}
	typ := both[0].Type
	equality := how == "=" || how == "!="
	if !t.comparable(typ, equality, at) {
		return nil
	}
	return t.make(&model.Expr{Op: model.OpCompare, Type: boolType, Func: how, Args: both, Pos: a.Pos})
}

func (t *typer) comparable(typ *model.Type, equality bool, at ast.Node) bool {
	switch {
	case holdsList(typ):
		t.fail("SF0206", at, "", "values of %s cannot be compared", TypeName(typ))
	case !equality && !sqlOrdered(typ):
		t.fail("SF0206", at, "only = and != compare them", "values of %s have no order in SQL", TypeName(typ))
	default:
		return true
	}
	return false
}

func holdsList(typ *model.Type) bool {
	if typ.Kind == model.Struct {
		return slices.ContainsFunc(typ.Fields, func(f model.Field) bool { return holdsList(f.Type) })
	}
	return typ.Kind == model.List || typ.Kind == model.Map
}

func (t *typer) in(n *ast.InExpr) *model.Expr {
	values, ok := n.Right.(*ast.ValuesInCondition)
	if !ok {
		t.expr(n.Left)
		return t.fail("SF0203", n.Right, "list the values: IN (1, 2, 3)", "subqueries and UNNEST are not supported")
	}
	all := []*model.Expr{t.expr(n.Left)}
	for _, v := range values.Exprs {
		all = append(all, t.expr(v))
	}
	t.warnOfSymbols(all)
	if all = t.typed(t.unify(all)); all == nil || !t.comparable(all[0].Type, true, n.Left) {
		return nil
	}
	return t.not(n.Not, t.op(model.OpIn, boolType, all[0].Pos, all...))
}

// between is x >= a AND x <= b, each comparison with its own types.
func (t *typer) between(n *ast.BetweenExpr) *model.Expr {
	x, low, high := t.expr(n.Left), t.expr(n.RightStart), t.expr(n.RightEnd)
	if x == nil || low == nil || high == nil {
		return nil
	}
	return t.not(n.Not, t.joined(model.OpAnd, t.compare(">=", x, low, n.RightStart), t.compare("<=", x, high, n.RightEnd)))
}

// unify gives all of es one type. Constants take the type of the others where they can. nil is an error, at the operand
// that does not fit; es may hold nil for what was reported already.
func (t *typer) unify(es []*model.Expr) []*model.Expr {
	typ, first := nullType, (*model.Expr)(nil)
	for _, e := range es {
		if e == nil {
			return nil
		}
		if t.isConstant(e) {
			continue
		}
		common := comparedType(typ, e.Type)
		if common == nil {
			return t.mismatch(first.Type, e)
		}
		if typ = common; first == nil || first.Type.Kind == model.Null {
			first = e
		}
	}
	out := make([]*model.Expr, len(es))
	for i, e := range es {
		out[i] = e
		if !t.isConstant(e) {
			continue
		}
		if typ.Kind != model.Null {
			fitted, ok := t.adapt(e, typ)
			if fitted == nil {
				return nil
			}
			if out[i] = fitted; ok {
				continue
			}
		}
		own := t.constantType(e, typ)
		common := comparedType(typ, own)
		if common == nil {
			return t.mismatch(typ, e)
		}
		if fitted, ok := t.adapt(e, own); ok {
			out[i] = fitted
		}
		typ = common
	}
	for i, e := range out {
		out[i] = CastTo(e, typ)
	}
	return out
}

func (t *typer) mismatch(typ *model.Type, e *model.Expr) []*model.Expr {
	hint := "CAST one of them"
	if t.numbers[e] != "" && isText(typ) {
		hint = "write '" + t.numbers[e] + "'"
	}
	t.failAt("SF0206", e.Pos, hint, "%s and %s do not go together", TypeName(typ), TypeName(e.Type))
	return nil
}

// typed gives es, of one type, a type where they are all a bare NULL.
func (t *typer) typed(es []*model.Expr) []*model.Expr {
	if len(es) > 0 && es[0].Type.Kind == model.Null {
		for i, e := range es {
			es[i] = CastTo(e, boolType)
		}
	}
	return es
}

// warnOfSymbols reports texts compared with an enum that are none of its symbols, so that it is never true.
func (t *typer) warnOfSymbols(es []*model.Expr) {
	i := slices.IndexFunc(es, func(e *model.Expr) bool { return e != nil && e.Type.Kind == model.Enum })
	if i < 0 || slices.Contains(es, nil) {
		return
	}
	typ := es[i].Type
	for _, e := range es {
		if t.isConstant(e) && e.Type.Kind == model.String && !slices.Contains(typ.Symbols, e.Lit.Str) {
			t.diags.Add(diag.Diagnostic{ID: "SF0219", Severity: diag.Warning, Pos: e.Pos, Message: quoteText(e.Lit.Str) + " is none of " + strings.Join(typ.Symbols, ", "),
				Hint: didYouMean(e.Lit.Str, typ.Symbols)})
		}
	}
}

// caseOf is CASE WHEN and CASE x WHEN, which compares x with each.
func (t *typer) caseOf(n *ast.CaseExpr) *model.Expr {
	var x *model.Expr
	if n.Expr != nil {
		if x = t.expr(n.Expr); x == nil {
			return nil
		}
	}
	var args []*model.Expr
	for _, w := range n.Whens {
		if x == nil {
			args = append(args, t.condition(w.Cond), t.expr(w.Then))
			continue
		}
		var cond *model.Expr
		if v := t.expr(w.Cond); v != nil {
			cond = t.compare("=", x, v, w.Cond)
		}
		args = append(args, cond, t.expr(w.Then))
	}
	if n.Else == nil {
		return t.branches(t.pos(n), append(args, nullOf(nullType, t.pos(n))))
	}
	return t.branches(t.pos(n), append(args, t.expr(n.Else.Expr)))
}

// branches makes an OpCase of conditions and values as OpCase has them, the values not yet of one type.
func (t *typer) branches(pos diag.Pos, args []*model.Expr) *model.Expr {
	var values []*model.Expr
	for i, a := range args {
		if a == nil {
			return nil
		}
		if i%2 == 1 || i == len(args)-1 {
			values = append(values, a)
		}
	}
	if values = t.unify(values); values == nil {
		return nil
	}
	typ := values[0].Type
	for i := range args {
		if i%2 == 1 {
			args[i] = values[i/2]
		}
	}
	args[len(args)-1] = values[len(values)-1]
	return t.op(model.OpCase, typ, pos, args...)
}
