package emit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// TestFilterOfTheContract is over the source's columns, and the same however the filter is written.
func TestFilterOfTheContract(t *testing.T) {
	where := func(texts ...string) []string {
		p := appending(record("Order", field("id", str), field("Status", str)))
		b := &p.Flows[0].Branches[0]
		for _, sql := range texts {
			var ds diag.List
			text := sqlexpr.Text{SQL: sql, Pos: func(int) diag.Pos { return diag.Pos{} }}
			e := sqlexpr.ParseCondition(text, b.Source.Columns, &ds)
			if e == nil {
				t.Fatalf("%s: %v", sql, ds.Sorted())
			}
			b.Where = append(b.Where, e)
		}
		return build(t, p).Tables[0].Flows[0].Branches[0].WhereSQL()
	}
	want := []string{"(Status = 'complete')", "(NOT (id IS NULL))"}
	if diff := cmp.Diff(want, where("Status = 'complete'", "id IS NOT NULL")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, where("status   = \"complete\" -- done", "(id is not null)")); diff != "" {
		t.Error(diff)
	}
	if got := where(); got != nil {
		t.Errorf("no filter is %q", got)
	}
	if diff := cmp.Diff(where("Status = 'open'"), want[:1]); diff == "" {
		t.Error("another filter has the same text")
	}
}
