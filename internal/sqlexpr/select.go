package sqlexpr

import (
	"fmt"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// selectList gathers the columns of a SELECT.
type selectList struct {
	*typer
	side Side
}

func resolveSelect(s *Select, columns []model.Column, diags *diag.List) Side {
	t := newTyper(s.text, columns, diags)
	t.from = s.alias
	list := &selectList{typer: t, side: Side{Pos: s.Pos}}
	for _, item := range s.node.Results {
		list.item(item)
	}
	if s.node.Where != nil {
		if where := t.condition(s.node.Where.Expr); where != nil && noBareNull(where, diags) {
			list.side.Where = where
		} else {
			t.failed = true
		}
	}
	list.unique()
	list.side.OK = !t.failed
	return list.side
}

func (l *selectList) item(item ast.SelectItem) {
	switch item := item.(type) {
	case *ast.Star:
		l.star(item.Except, item.Replace, int(item.Star))
	case *ast.DotStar:
		l.dotStar(item)
	case *ast.Alias:
		l.add(item.As.Alias.Name, l.expr(item.Expr), int(item.As.Alias.Pos()))
	case *ast.ExprSelectItem:
		name := nameOf(item.Expr)
		if name == "" {
			l.fail("SF0212", item, l.nameHint(item), "this column has no name")
		}
		if e := l.expr(item.Expr); name != "" {
			if e != nil && e.Op == model.OpColumn {
				name = l.columns[e.Column].Name
			}
			l.add(name, e, int(item.Pos()))
		}
	default:
		l.fail("SF0203", item, "", "this is not supported in a SELECT list")
	}
}

// nameOf is the name that an item has by itself: a column's or a field's.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.Path:
		return e.Idents[len(e.Idents)-1].Name
	case *ast.SelectorExpr:
		return e.Ident.Name
	case *ast.ParenExpr:
		return nameOf(e.Expr)
	}
	return ""
}

func (l *selectList) nameHint(item *ast.ExprSelectItem) string {
	if s, ok := item.Expr.(*ast.StringLiteral); ok && l.text.SQL[s.ValuePos] == '"' {
		return "double quotes make a text; a column is written `" + s.Value + "`"
	}
	return "add AS and a name"
}

func (l *selectList) add(name string, e *model.Expr, offset int) {
	if e == nil {
		return
	}
	pos := l.text.Pos(offset)
	l.side.Columns = append(l.side.Columns, model.Column{Name: name, Type: e.Type, Nullable: e.Nullable, Doc: l.docOf(e), Pos: pos})
	l.side.Exprs = append(l.side.Exprs, e)
}

// docOf keeps the doc of a column that is passed on as it is.
func (l *selectList) docOf(e *model.Expr) string {
	switch e.Op {
	case model.OpColumn:
		return l.columns[e.Column].Doc
	case model.OpField:
		return e.Args[0].Type.Fields[fieldOf(e.Args[0].Type, e.Name)].Doc
	}
	return ""
}

// starItem is one column that a star stands for.
type starItem struct {
	name string
	expr *model.Expr
}

func (l *selectList) star(except *ast.StarModifierExcept, replace *ast.StarModifierReplace, offset int) {
	var items []starItem
	for i, c := range l.columns {
		if !c.Meta {
			items = append(items, starItem{c.Name, l.column(i, l.text.Pos(offset))})
		}
	}
	l.modified(items, except, replace, offset)
}

func (l *selectList) dotStar(item *ast.DotStar) {
	if id, ok := item.Expr.(*ast.Ident); ok && l.columnOf(id.Name) == -1 && strings.EqualFold(id.Name, l.from) {
		l.star(item.Except, item.Replace, int(item.Star))
		return
	}
	e := l.expr(item.Expr)
	if e == nil {
		return
	}
	if e.Type.Kind != model.Struct {
		l.fail("SF0206", item, "", "%s has no fields for .*", TypeName(e.Type))
		return
	}
	var items []starItem
	for _, f := range e.Type.Fields {
		items = append(items, starItem{f.Name, l.field(e, f, l.text.Pos(int(item.Star)))})
	}
	l.modified(items, item.Except, item.Replace, int(item.Star))
}

// modified adds items as EXCEPT and REPLACE leave them.
func (l *selectList) modified(items []starItem, except *ast.StarModifierExcept, replace *ast.StarModifierReplace, offset int) {
	places, gone := make([]int, len(items)), map[int]bool{}
	for i := range places {
		places[i] = offset
	}
	if except != nil {
		for _, id := range except.Columns {
			if i := l.starred(items, id, "EXCEPT"); i >= 0 {
				gone[i] = true
			}
		}
	}
	if replace != nil {
		for _, r := range replace.Columns {
			e := l.expr(r.Expr)
			if i := l.starred(items, r.Name, "REPLACE"); i >= 0 {
				items[i].expr, places[i] = e, int(r.Name.Pos())
			}
		}
	}
	for i, item := range items {
		if !gone[i] {
			l.add(item.name, item.expr, places[i])
		}
	}
}

func (l *selectList) starred(items []starItem, id *ast.Ident, what string) int {
	i := find(len(items), id.Name, func(i int) string { return items[i].name })
	if i < 0 {
		names := make([]string, len(items))
		for j, item := range items {
			names[j] = item.name
		}
		if i == -2 {
			l.fail("SF0205", id, "write it as it is declared", "%s could be several columns that differ by case", id.Name)
		} else {
			l.fail("SF0204", id, didYouMean(id.Name, names), "%s of * names %s, which is no column of it", what, id.Name)
		}
	}
	return i
}

// maxTwice is how many equal names of one SELECT are reported: "*, *" has as many as there are columns.
const maxTwice = 20

// unique reports names that come twice; tables take them for one, whatever their case.
func (l *selectList) unique() {
	first, reported := map[string]int{}, 0
	for i, c := range l.side.Columns {
		key := strings.ToLower(c.Name)
		j, twice := first[key]
		if !twice {
			first[key] = i
			continue
		}
		if reported++; reported > maxTwice {
			return
		}
		l.failed = true
		other := l.side.Columns[j]
		l.diags.Add(diag.Diagnostic{ID: "SF0211", Pos: c.Pos, Message: fmt.Sprintf("two columns are named %s", c.Name),
			Hint: "leave one out (* EXCEPT), replace it (* REPLACE (… AS name)) or give it another name (AS)", Related: []diag.Related{{Pos: other.Pos, Message: "the first is here"}}})
	}
}
