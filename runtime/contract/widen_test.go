package contract_test

import (
	"testing"

	"github.com/seamflow/seamflow/runtime/contract"
)

func TestWidens(t *testing.T) {
	for _, c := range []struct {
		was, is string
		want    bool
	}{
		{"int", "bigint", true}, {"bigint", "int", false}, {"int", "int", false}, {"int", "double", true}, {"bigint", "double", false},
		{"float", "double", true}, {"double", "float", false}, {"int", "float", false},
		{"int", "decimal(10,0)", true}, {"int", "decimal(11,2)", false}, {"bigint", "decimal(21,2)", true}, {"bigint", "decimal(18,0)", false},
		{"decimal(10,2)", "decimal(12,4)", true}, {"decimal(10,2)", "decimal(11,4)", false}, {"decimal(10,2)", "decimal(12,1)", false},
		{"decimal(10,2)", "decimal(10,2)", false}, {"date", "timestamp", false}, {"int", "string", false}, {"array<int>", "array<bigint>", false},
	} {
		if got := contract.Widens(c.was, c.is); got != c.want {
			t.Errorf("%s to %s: %v", c.was, c.is, got)
		}
	}
}

// TestWhereTypesStay: what tells rows apart, and what is remembered in the old type, is not carried over.
func TestWhereTypesStay(t *testing.T) {
	for name, c := range map[string]struct {
		shape func(*contract.Table)
		want  contract.Verdict
	}{
		"a column":               {func(*contract.Table) {}, contract.Note},
		"a key":                  {func(c *contract.Table) { c.Keys = []string{"id", "N"} }, contract.Refresh},
		"a partition":            {func(c *contract.Table) { c.PartitionBy = []string{"n"} }, contract.Refresh},
		"rows are remembered":    {func(c *contract.Table) { c.IgnoreNulls = []string{"n"} }, contract.Refresh},
		"untracked ones as well": {func(c *contract.Table) { c.Kind, c.Untracked = contract.SCD2, []string{"updated"} }, contract.Refresh},
		"a history of all":       {func(c *contract.Table) { c.Kind = contract.SCD2 }, contract.Note},
	} {
		before, now := orders(), orders()
		before.Columns = append(before.Columns, contract.Column{Name: "n", Type: "int"})
		now.Columns = append(now.Columns, contract.Column{Name: "n", Type: "bigint"})
		c.shape(before)
		c.shape(now)
		got := compare(before, now)
		if len(got) != 1 || got[0].Verdict != c.want || got[0].Field != "columns.n" {
			t.Errorf("%s: %v", name, got)
		}
	}
}
