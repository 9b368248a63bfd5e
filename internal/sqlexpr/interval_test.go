package sqlexpr

import (
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/model"
)

// over are the predicates of flows f1, f2, … of different sources into a table of those columns.
func over(t testing.TB, columns string, wheres ...string) []Predicate {
	t.Helper()
	var out []Predicate
	cols := columnsOf(columns)
	for i, where := range wheres {
		name := string(rune('1' + i))
		p := Predicate{Flow: "f" + name, Source: "s" + name, Over: cols, Table: cols}
		for k := range cols {
			p.Row = append(p.Row, &model.Expr{Op: model.OpColumn, Column: k, Name: cols[k].Name, Type: cols[k].Type, Nullable: cols[k].Nullable})
		}
		if where != "" {
			e, err := conditionOf(where, cols)
			if err != nil {
				t.Fatal(err)
			}
			p.Where = []*model.Expr{e}
		}
		out = append(out, p)
	}
	return out
}

func TestSmoke(t *testing.T) {
	for _, c := range [][]string{
		{"d DATE", "d < '2024-04-01'", "d >= '2024-04-01'"},
		{"d DATE NOT NULL", "d < '2024-04-01'", "d >= '2024-04-01'"},
		{"d DATE", "d < '2024-04-01'", "d > '2024-04-01'"},
		{"d DATE NOT NULL", "d <= '2024-04-01'", "d >= '2024-04-01'"},
		{"d DATE NOT NULL", "d <= '2024-03-31'", "d >= '2024-04-01'"},
		{"d TIMESTAMP NOT NULL", "CAST(d AS DATE) < '2024-04-01'", "d >= '2024-04-01'"},
		{"d STRING", "d < 'a'", "d >= 'a'"},
		{"s STRING NOT NULL", "s LIKE 'a%'", "s < 'a'", "s >= 'b'"},
		{"s STRING NOT NULL", "s LIKE 'a%c'", "NOT s LIKE 'a%c'"},
		{"n INT NOT NULL, b BOOL", "n < 5 AND b IS TRUE", "n >= 5 OR b IS NOT TRUE"},
		{"n INT NOT NULL, m INT NOT NULL", "n < m", "n >= m"},
	} {
		p := Cutover(over(t, c[0], c[1:]...))
		t.Logf("%s\n%s", strings.Join(c, " | "), p.Text())
	}
}
