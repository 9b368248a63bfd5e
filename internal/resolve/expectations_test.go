package resolve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

const ruledHead = `pipeline: p
schemas: {A: a.json, B: b.json}
sources:
  a: {schema: A, files: {path: a/*.json, format: json}}
  b: {schema: B, files: {path: b/*.json, format: json}}
`

func TestExpectationErrors(t *testing.T) {
	table := func(expectations, more string) string {
		return ruledHead + "tables:\n  t:\n    delta: {path: t}\n" + more + "    expectations:\n" + expectations +
			"flows: {f: {append_flow: {target: t, source: a}}}\n"
	}
	view := func(expectations string) string {
		return ruledHead + "views:\n  v:\n    sql: SELECT id, n FROM a\n    expectations:\n" + expectations +
			"tables: {t: {delta: {path: t}, on_bad_record: fail}}\nflows: {f: {append_flow: {target: t, source: v}}}\n"
	}
	tests := map[string]struct {
		text string
		want string // in part
	}{
		"unknown column":            {table("      r: {expect: m > 1}\n", ""), "dir/p.yaml:10:19: SF0204: "},
		"no condition":              {table("      r: {expect: n + 1}\n", ""), "SF0217: "},
		"a view hides a column":     {view("      r: {expect: kind = 'x'}\n"), "dir/p.yaml:10:19: SF0204: "},
		"unique drops":              {table("      r: {unique: [n], on_violation: drop}\n", ""), "dir/p.yaml:10:38: SF0340: the expectation r of the table t is unique, and on_violation: drop cannot go with that"},
		"unique sets aside":         {table("      r: {unique: [n], on_violation: quarantine}\n", ""), "SF0340: "},
		"unique of a view":          {view("      r: {unique: [n]}\n"), "dir/p.yaml:10:11: SF0340: the expectation r of the view v is unique, and a view's rows are nowhere kept"},
		"unique of nothing":         {table("      r: {unique: [m]}\n", ""), "dir/p.yaml:10:20: SF0305: the table t has no column m, which the expectation r names"},
		"unique twice":              {table("      r: {unique: [n, N]}\n", ""), "dir/p.yaml:10:23: SF0305: the expectation r of the table t names the column n twice"},
		"unique of maps":            {table("      r: {unique: [tags]}\n", ""), "dir/p.yaml:10:20: SF0341: the expectation r of the table t compares the column tags"},
		"names that differ by case": {table("      r: {expect: n > 1}\n      R: {expect: n > 2}\n", ""), "SF0302: the expectation of tables.t R differs from r only by case"},
		"nothing is set aside":      {table("      r: {expect: n > 1, on_violation: quarantine}\n", "    on_bad_record: fail\n"), "dir/p.yaml:11:7: SF0342: the expectation r of the table t sets records aside, and the table t has on_bad_record: fail"},
		"nor for a view":            {view("      r: {expect: n > 1, on_violation: quarantine}\n"), "SF0342: the expectation r of the view v sets records aside"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, diags := resolveText(t, tt.text)
			if len(diags) != 1 || !strings.Contains(diags[0].Error(), tt.want) {
				t.Errorf("got %v\nwant %s", diags, tt.want)
			}
		})
	}
}

// Rules of views over views stand behind the conditions that their rows have passed, in each branch over its own source.
func TestWhereRulesStand(t *testing.T) {
	p, diags := resolveText(t, ruledHead+`views:
  low:
    sql: SELECT id, CAST(n AS STRING) AS n FROM a WHERE kind = 'x'
    expectations: {one: {expect: "n != ''", on_violation: drop}}
  other: SELECT id, 'x' AS n FROM b
  all:
    sql: SELECT * FROM low WHERE id != 'z' UNION ALL SELECT * FROM other
    expectations: {two: {expect: id != ''}, three: {expect: n = 'x', on_violation: quarantine}}
tables: {t: {delta: {path: t}, expectations: {four: {expect: n IS NOT NULL}, five: {unique: [id, n]}}}}
flows: {f: {append_flow: {target: t, source: all, where: n != 'q'}}}
`)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, b := range p.Flows[0].Branches {
		for _, x := range b.Expects {
			got = append(got, strings.Join([]string{b.Source.Name, x.Owner, x.Name, x.Action, string(rune('0' + x.After)), sqlexpr.Format(x.Cond, b.Source.Columns)}, " "))
		}
	}
	want := []string{
		"a views.low one drop 1 (CAST(n AS STRING) != '')",
		"a views.all two warn 2 (id != '')",
		"a views.all three quarantine 2 (CAST(n AS STRING) = 'x')",
		"b views.all two warn 0 (ID != '')",
		"b views.all three quarantine 0 ('x' = 'x')",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.Flows[0].Branches[0].Expects[1].Expectation != p.Flows[0].Branches[1].Expects[0].Expectation {
		t.Error("the branches of a view have rules of their own")
	}
	five := p.Tables[0].Expectations[1]
	if diff := cmp.Diff(model.Expectation{Name: "five", Owner: "tables.t", Unique: []int{0, 1}, Action: "warn", Pos: five.Pos}, *five); diff != "" {
		t.Error(diff)
	}
}
