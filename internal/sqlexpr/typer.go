package sqlexpr

import (
	"fmt"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	sqltoken "github.com/cloudspannerecosystem/memefish/token"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// typer types the expressions of one text. Its methods give nil for what is wrong, after reporting it, so that the rest
// is looked at too.
type typer struct {
	text    *prepared
	columns []model.Column
	from    string // what a qualified column may start with, "" for nothing
	diags   *diag.List
	failed  bool
	numbers map[*model.Expr]string // number literals as they are written: DECIMALs keep all digits
	sizes   map[*model.Expr]int
	large   bool
}

func newTyper(p *prepared, columns []model.Column, diags *diag.List) *typer {
	return &typer{text: p, columns: columns, diags: diags, numbers: map[*model.Expr]string{}, sizes: map[*model.Expr]int{}}
}

func parseScalar(t Text, columns []model.Column, diags *diag.List) *model.Expr {
	if e := reservedColumn(t, columns); e != nil {
		return e
	}
	return parseOne(t, columns, diags, (*typer).expr)
}

// reservedColumn is the column that the whole text names, where that name is a reserved word: alone, such a word can
// mean nothing else, so that `sequence_by: at` needs no backticks.
func reservedColumn(t Text, columns []model.Column) *model.Expr {
	name := strings.TrimSpace(t.SQL)
	upper := strings.ToUpper(name)
	if _, reserved := sqltoken.KeywordsMap[sqltoken.TokenKind(upper)]; !reserved || upper == "TRUE" || upper == "FALSE" || upper == "NULL" {
		return nil
	}
	i := find(len(columns), name, func(i int) string { return columns[i].Name })
	if i < 0 {
		return nil
	}
	c := &columns[i]
	return &model.Expr{Op: model.OpColumn, Type: c.Type, Nullable: c.Nullable, Column: i, Name: c.Name, Pos: t.Pos(strings.Index(t.SQL, name))}
}

func parseCondition(t Text, columns []model.Column, diags *diag.List) *model.Expr {
	return parseOne(t, columns, diags, (*typer).condition)
}

func parseOne(t Text, columns []model.Column, diags *diag.List, typed func(*typer, ast.Expr) *model.Expr) *model.Expr {
	p := prepare(t, diags)
	if p == nil {
		return nil
	}
	node := p.parseExpr(diags)
	if node == nil {
		return nil
	}
	ty := newTyper(p, columns, diags)
	if e := typed(ty, node); !ty.failed && noBareNull(e, diags) {
		return e
	}
	return nil
}

func (t *typer) pos(n ast.Node) diag.Pos { return t.text.Pos(int(n.Pos())) }

// fail reports an error at n; it gives nil, for the caller to give on.
func (t *typer) fail(id string, n ast.Node, hint, format string, args ...any) *model.Expr {
	return t.failAt(id, t.pos(n), hint, format, args...)
}

func (t *typer) failAt(id string, pos diag.Pos, hint, format string, args ...any) *model.Expr {
	t.failed = true
	t.diags.Add(diag.Diagnostic{ID: id, Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint})
	return nil
}

// make finishes e and refuses what is written out too large.
func (t *typer) make(e *model.Expr) *model.Expr {
	if size(e, maxNodes, t.sizes) >= maxNodes {
		if !t.large {
			t.large = true
			t.failAt("SF0202", e.Pos, "compute parts of it in a view of their own", "the expression is too large: CASE, COALESCE and BETWEEN inside each other name their operands many times")
		}
		t.failed = true
		return nil
	}
	return finish(e)
}

func (t *typer) op(op model.Op, typ *model.Type, pos diag.Pos, args ...*model.Expr) *model.Expr {
	return t.make(&model.Expr{Op: op, Type: typ, Args: args, Pos: pos})
}

// condition is a BOOL.
func (t *typer) condition(n ast.Expr) *model.Expr {
	e := t.expr(n)
	if e == nil || e.Type.Kind == model.Bool {
		return e
	}
	if e.Type.Kind == model.Null {
		return nullOf(boolType, e.Pos)
	}
	return t.fail("SF0217", n, "", "a condition is BOOLEAN, this is %s", TypeName(e.Type))
}

// expr types n.
func (t *typer) expr(n ast.Expr) *model.Expr {
	switch n := n.(type) {
	case *ast.ParenExpr:
		return t.expr(n.Expr)
	case *ast.Ident:
		return t.path([]*ast.Ident{n})
	case *ast.Path:
		return t.path(n.Idents)
	case *ast.SelectorExpr:
		return t.fields(t.expr(n.Expr), []*ast.Ident{n.Ident})
	case *ast.IndexExpr:
		return t.index(n)
	case *ast.UnaryExpr:
		return t.unary(n)
	case *ast.BinaryExpr:
		return t.binary(n)
	case *ast.InExpr:
		return t.in(n)
	case *ast.BetweenExpr:
		return t.between(n)
	case *ast.IsNullExpr:
		e := t.expr(n.Left)
		if e == nil {
			return nil
		}
		return t.not(n.Not, t.op(model.OpIsNull, boolType, e.Pos, t.typed([]*model.Expr{e})...))
	case *ast.IsBoolExpr:
		return t.isBool(n)
	case *ast.CaseExpr:
		return t.caseOf(n)
	case *ast.IfExpr:
		return t.branches(t.pos(n), []*model.Expr{t.condition(n.Expr), t.expr(n.TrueResult), t.expr(n.ElseResult)})
	case *ast.CastExpr:
		return t.cast(n)
	case *ast.ExtractExpr:
		return t.extract(n)
	case *ast.CallExpr:
		return t.call(n)
	case *ast.TypelessStructLiteral:
		return t.structOf(n)
	}
	return t.literalOrRefuse(n)
}

// not negates e if it is to be.
func (t *typer) not(negated bool, e *model.Expr) *model.Expr {
	if !negated || e == nil {
		return e
	}
	return t.op(model.OpNot, boolType, e.Pos, e)
}

func (t *typer) isBool(n *ast.IsBoolExpr) *model.Expr {
	e := t.condition(n.Left)
	if e == nil {
		return nil
	}
	op := model.OpIsFalse
	if n.Right {
		op = model.OpIsTrue
	}
	return t.not(n.Not, t.op(op, boolType, e.Pos, e))
}

// column is the column with index i.
func (t *typer) column(i int, pos diag.Pos) *model.Expr {
	c := t.columns[i]
	return t.make(&model.Expr{Op: model.OpColumn, Type: c.Type, Nullable: c.Nullable, Column: i, Name: c.Name, Pos: pos})
}

// columnOf finds a column: -1 is none, -2 several that differ by case.
func (t *typer) columnOf(name string) int {
	return find(len(t.columns), name, func(i int) string { return t.columns[i].Name })
}

// path is column.field.field, or from.column.field. Where both can be meant it is the column, as in GoogleSQL.
func (t *typer) path(ids []*ast.Ident) *model.Expr {
	i := t.columnOf(ids[0].Name)
	if i == -1 && len(ids) > 1 && t.from != "" && strings.EqualFold(ids[0].Name, t.from) {
		ids = ids[1:]
		i = t.columnOf(ids[0].Name)
	}
	switch {
	case i == -2:
		return t.fail("SF0205", ids[0], "write it as it is declared", "%s could be several columns that differ by case", ids[0].Name)
	case i == -1:
		return t.unknownColumn(ids)
	}
	return t.fields(t.column(i, t.pos(ids[0])), ids[1:])
}

func (t *typer) unknownColumn(ids []*ast.Ident) *model.Expr {
	name := ids[0].Name
	if reason := unsteady[strings.ToUpper(name)]; reason != "" && len(ids) == 1 {
		return t.fail("SF0208", ids[0], reason, "%s is not supported", strings.ToUpper(name))
	}
	hint := ""
	if t.from != "" && len(ids) > 1 {
		hint = "columns are written " + quoteName(t.from) + ".name or name"
	} else {
		hint = didYouMean(name, columnNames(t.columns))
	}
	if hint == "" && len(t.columns) > 0 && len(t.columns) <= 12 {
		hint = "there are " + strings.Join(columnNames(t.columns), ", ")
	}
	return t.fail("SF0204", ids[0], hint, "there is no column %s", name)
}

// fields goes down into a struct.
func (t *typer) fields(e *model.Expr, ids []*ast.Ident) *model.Expr {
	for _, id := range ids {
		if e == nil {
			return nil
		}
		if e.Type.Kind == model.Map {
			return t.fail("SF0206", id, "write ["+quoteText(id.Name)+"]", "%s has entries and no fields", TypeName(e.Type))
		}
		if e.Type.Kind != model.Struct {
			return t.fail("SF0206", id, "", "%s has no fields", TypeName(e.Type))
		}
		i := fieldOf(e.Type, id.Name)
		switch {
		case i == -2:
			return t.fail("SF0205", id, "write it as it is declared", "%s could be several fields that differ by case", id.Name)
		case i == -1:
			names := make([]string, len(e.Type.Fields))
			for j, f := range e.Type.Fields {
				names[j] = f.Name
			}
			return t.fail("SF0204", id, didYouMean(id.Name, names), "there is no field %s in %s", id.Name, TypeName(e.Type))
		}
		e = t.field(e, e.Type.Fields[i], e.Pos)
	}
	return e
}

func (t *typer) field(e *model.Expr, f model.Field, pos diag.Pos) *model.Expr {
	return t.make(&model.Expr{Op: model.OpField, Type: f.Type, Name: f.Name, Args: []*model.Expr{e}, Pos: pos})
}

// index is list[i], list[OFFSET(i)] and map[key].
func (t *typer) index(n *ast.IndexExpr) *model.Expr {
	e := t.expr(n.Expr)
	how, at := "offset", ast.Expr(nil)
	switch s := n.Index.(type) {
	case *ast.SubscriptSpecifierKeyword:
		how, at = strings.ToLower(string(s.Keyword)), s.Expr
	case *ast.ExprArg:
		at = s.Expr
	}
	i := t.expr(at)
	if e == nil || i == nil {
		return nil
	}
	switch e.Type.Kind {
	case model.List:
		if !isInt(i.Type) {
			return t.fail("SF0206", at, "", "a subscript is BIGINT, this is %s", TypeName(i.Type))
		}
		return t.make(&model.Expr{Op: model.OpIndex, Type: e.Type.Elem, Func: how, Args: []*model.Expr{e, CastTo(i, int64Type)}, Pos: e.Pos})
	case model.Map:
		if _, plain := n.Index.(*ast.ExprArg); !plain || !isText(i.Type) {
			return t.fail("SF0206", at, "write m['key']", "the keys of a MAP are STRING")
		}
		return t.op(model.OpKey, e.Type.Elem, e.Pos, e, CastTo(i, stringType))
	}
	return t.fail("SF0206", n, "", "%s has no elements", TypeName(e.Type))
}

func (t *typer) structOf(n *ast.TypelessStructLiteral) *model.Expr {
	typ := &model.Type{Kind: model.Struct}
	var args []*model.Expr
	for _, v := range n.Values {
		name, at, e := "", ast.Node(v), (*model.Expr)(nil)
		switch v := v.(type) {
		case *ast.Alias:
			name, at, e = v.As.Alias.Name, v.As.Alias, t.expr(v.Expr)
		case *ast.ExprArg:
			name, e = nameOf(v.Expr), t.expr(v.Expr)
		}
		if e == nil {
			continue
		}
		if name == "" {
			name = fmt.Sprintf("_%d", len(args)+1)
		}
		if fieldOf(typ, name) != -1 {
			t.fail("SF0211", at, "give one of them another name: STRUCT(x AS name)", "two fields are named %s", name)
		}
		typ.Fields = append(typ.Fields, model.Field{Name: name, Type: e.Type, Nullable: e.Nullable, Pos: t.pos(at)})
		args = append(args, e)
	}
	if len(args) < len(n.Values) {
		return nil
	}
	if len(args) == 0 {
		return t.fail("SF0206", n, "", "a STRUCT has fields")
	}
	return t.op(model.OpStruct, typ, t.pos(n), args...)
}
