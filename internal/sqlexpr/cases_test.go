package sqlexpr

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

var update = flag.Bool("update", false, "write what is over what was expected in testdata")

// TestExpressions: a line of SQL, and below it, indented, the typed expression with its type, or what is wrong.
func TestExpressions(t *testing.T) {
	rewrite(t, "testdata/expressions.txt", func(old string) string {
		var b strings.Builder
		for line := range strings.Lines(old) {
			sql := strings.TrimSuffix(line, "\n")
			if sql == "" || strings.HasPrefix(sql, "  ") {
				continue
			}
			b.WriteString(sql + "\n" + indent(expression(t, sql)) + "\n")
		}
		return b.String()
	})
}

func expression(t *testing.T, sql string) string {
	var diags diag.List
	e := ParseScalar(sqlText(sql), orders, &diags)
	if e == nil {
		if !diags.HasErrors() {
			t.Errorf("%s: neither an expression nor an error", sql)
		}
		return show(&diags)
	}
	if diags.HasErrors() {
		t.Errorf("%s: an expression and errors", sql)
	}
	readsBack(t, e, orders)
	out := Format(e, orders) + " : " + flags(e)
	if diags.Len() > 0 {
		out += "\n" + show(&diags)
	}
	return out
}

// readsBack checks that SQL made of e is e.
func readsBack(t interface{ Errorf(string, ...any) }, e *model.Expr, columns []model.Column) {
	sql := Format(e, columns)
	var diags diag.List
	again := ParseScalar(sqlText(sql), columns, &diags)
	if again == nil && diags.Sorted()[0].ID == "SF0202" {
		return // brackets that Format adds nest deeper than SQL may
	}
	if again == nil {
		t.Errorf("%s does not read back:\n%s", sql, show(&diags))
		return
	}
	if got := Format(again, columns); got != sql || !equal(again, e) {
		t.Errorf("reads back as another expression:\nfirst %s\nthen  %s", sql, got)
	}
	if flags(e) != flags(again) {
		t.Errorf("%s is %s, and %s when read back", sql, flags(e), flags(again))
	}
}

// TestQueries: SQL, a line of ----, and the columns and conditions of each side, or what is wrong.
func TestQueries(t *testing.T) {
	rewrite(t, "testdata/queries.txt", func(old string) string {
		var b strings.Builder
		for _, block := range strings.Split(strings.TrimSpace(old), "\n\n") {
			sql, _, _ := strings.Cut(block, "\n----")
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString(sql + "\n----\n" + query(t, sql) + "\n")
		}
		return b.String()
	})
}

func query(t *testing.T, sql string) string {
	var diags diag.List
	var b strings.Builder
	columns, exprs, sides := resolved(sql, &diags)
	for s, row := range exprs {
		for i, e := range row {
			b.WriteString(quoteName(columns[i].Name) + " " + flags(&model.Expr{Type: columns[i].Type, Nullable: columns[i].Nullable}) + " = " + Format(e, orders) + "\n")
			readsBack(t, e, orders)
			if !EqualTypes(e.Type, columns[i].Type) || e.Nullable && !columns[i].Nullable {
				t.Errorf("%s: %s is %s, its column %s", sql, Format(e, orders), flags(e), TypeName(columns[i].Type))
			}
		}
		b.WriteString("from " + sides[s].From)
		if w := sides[s].where; w != nil {
			b.WriteString(" where " + Format(w, orders))
		}
		b.WriteString("\n")
	}
	if exprs == nil && !diags.HasErrors() {
		t.Errorf("%s: neither columns nor errors", sql)
	}
	return strings.TrimSuffix(b.String()+show(&diags), "\n")
}

type resolvedSide struct {
	*Select
	where *model.Expr
}

func resolved(sql string, diags *diag.List) (columns []model.Column, exprs [][]*model.Expr, sides []resolvedSide) {
	q := ParseQuery(sqlText(sql), diags)
	if q == nil {
		return nil, nil, nil
	}
	var typed []Side
	for _, s := range q.Sides {
		side := s.Resolve(orders, diags)
		typed = append(typed, side)
		sides = append(sides, resolvedSide{s, side.Where})
	}
	columns, exprs, ok := q.Union(typed, diags)
	if !ok {
		return nil, nil, nil
	}
	return columns, exprs, sides
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

func rewrite(t *testing.T, file string, run func(old string) string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	now := run(string(old))
	if *update {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(old), now); diff != "" {
		t.Errorf("%s (-was +is; -update writes it):\n%s", file, diff)
	}
}
