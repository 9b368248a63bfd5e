package emit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// Unique is a table's expectation that no two rows have the same values.
type Unique struct {
	*model.Expectation
	Func string // gives the values' bytes
}

// Rule is the expectation as it is told.
func (u *Unique) Rule(t *Table) string {
	return "unique (" + strings.Join(t.ColumnNames(u.Unique), ", ") + ")"
}

// ColumnNames are the names of columns, by index.
func (t *Table) ColumnNames(columns []int) (out []string) {
	for _, i := range columns {
		out = append(out, t.Model.Columns[i].Name)
	}
	return out
}

// Expectations are all rules that rows of the table are held against: those of the views that its flows read, then its own.
func (t *Table) Expectations() (out []*model.Expectation) {
	for _, fl := range t.Flows {
		for _, e := range fl.Rules {
			if !slices.Contains(out, e) && !slices.Contains(t.Model.Expectations, e) {
				out = append(out, e)
			}
		}
	}
	return append(out, t.Model.Expectations...)
}

// Rule is the number of e among the flow's rules.
func (f *Flow) Rule(e *model.Expectation) int { return slices.Index(f.Rules, e) }

// RowRules are the conditions of the table itself.
func (f *Flow) RowRules(t *Table) []*model.Expectation {
	var out []*model.Expectation
	for _, e := range t.Model.Expectations {
		if e.Unique == nil {
			out = append(out, e)
		}
	}
	return out
}

// expect numbers the rules of a flow: those of its views in the order in which rows meet them, then the table's.
func (b *builder) expect(tb *Table, fl *Flow) {
	for i := range fl.Model.Branches {
		for _, x := range fl.Model.Branches[i].Expects {
			if !slices.Contains(fl.Rules, x.Expectation) {
				fl.Rules = append(fl.Rules, x.Expectation)
			}
			b.built(tb, x.Cond, "Struct")
		}
	}
	fl.Rules = append(fl.Rules, fl.RowRules(tb)...)
	for _, e := range fl.RowRules(tb) {
		b.built(tb, e.Cond, "Struct")
	}
}

// uniques names the functions of the table's unique expectations.
func (b *builder) uniques(tb *Table, base string) {
	for _, e := range tb.Model.Expectations {
		if e.Unique != nil {
			tb.Uniques = append(tb.Uniques, &Unique{e, b.pkg.claim(base + "Unique" + strconv.Itoa(len(tb.Uniques)+1))})
		}
	}
}
