package resolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// expectView types the rules of a view over its columns. Each of its branches holds its rows against them once they have
// passed all WHERE so far: what reads the view filters what is left.
func (r *resolver) expectView(rel *relation, m *model.View) {
	columns := rel.columns
	for _, s := range r.expectations("views."+m.Name, rel.view.spec.Expectations) {
		if s.Unique.Pos.IsValid() {
			r.report("SF0340", s.Unique.Pos, "the expectation "+s.Name.Value+" of the view "+m.Name+" is unique, and a view's rows are nowhere kept to be compared",
				"give it to the table that the view feeds")
			continue
		}
		e := r.expect("views."+m.Name, s, columns)
		if e == nil {
			continue
		}
		m.Expectations = append(m.Expectations, e)
		for i, cond := range rel.inline(e.Cond) {
			b := &rel.branches[i]
			b.Expects = append(b.Expects, model.Expect{Expectation: e, After: len(b.Where), Cond: cond})
			if !r.bounded(rel, &model.Branch{Where: []*model.Expr{cond}}) {
				return
			}
		}
	}
}

// expectTable types the rules of a table over the columns that its flows fill.
func (r *resolver) expectTable(t *model.Table, s *spec.Table) {
	columns := t.Columns
	if t.Keyed != nil && t.Keyed.SCDType == 2 && t.Keyed.End == len(columns)-1 {
		columns = columns[:t.Keyed.Start] // the versions' own are none of a flow's
	}
	for _, x := range r.expectations("tables."+t.Name, s.Expectations) {
		e := r.expectUnique(t, x, columns)
		if !x.Unique.Pos.IsValid() {
			e = r.expect("tables."+t.Name, x, columns)
		}
		if e != nil {
			t.Expectations = append(t.Expectations, e)
		}
	}
}

// expectations gives the rules of a list that have a name of their own.
func (r *resolver) expectations(owner string, list []spec.Expectation) (named []*spec.Expectation) {
	taken := names{}
	for i := range list {
		if r.claim(taken, "expectation of "+owner, list[i].Name) {
			named = append(named, &list[i])
		}
	}
	return named
}

func (r *resolver) expect(owner string, s *spec.Expectation, columns []model.Column) *model.Expectation {
	if !s.Expect.IsSet() {
		return nil // the spec's reader has said so
	}
	cond := sqlexpr.ParseCondition(text(s.Expect), columns, r.diags)
	if cond == nil {
		return nil
	}
	return &model.Expectation{Name: s.Name.Value, Owner: owner, SQL: sqlexpr.Format(cond, columns), Cond: cond, Action: s.OnViolation.Value, Pos: s.Name.Pos}
}

// expectUnique resolves a rule that no two rows have the same values. Which of two is to go would depend on the order in
// which they come.
func (r *resolver) expectUnique(t *model.Table, s *spec.Expectation, columns []model.Column) *model.Expectation {
	if !s.Unique.Pos.IsValid() {
		return nil
	}
	e := &model.Expectation{Name: s.Name.Value, Owner: "tables." + t.Name, Action: s.OnViolation.Value, Pos: s.Name.Pos}
	ok := true
	if e.Action != "warn" && e.Action != "fail" {
		r.report("SF0340", s.OnViolation.Pos, "the expectation "+e.Name+" of the table "+t.Name+" is unique, and on_violation: "+e.Action+" cannot go with that: which of two equal rows is left out would depend on the order in which they come",
			"take warn or fail; keys of apply_changes keep one row per key")
		ok = false
	}
	for _, name := range s.Unique.Names {
		i := columnNamed(columns, name.Value)
		switch {
		case i < 0:
			r.report("SF0305", name.Pos, "the table "+t.Name+" has no column "+name.Value+", which the expectation "+e.Name+" names", suggestColumn(name.Value, columns),
				diag.Related{Pos: t.Pos, Message: t.Name + " is declared here"})
		case slices.Contains(e.Unique, i):
			r.report("SF0305", name.Pos, "the expectation "+e.Name+" of the table "+t.Name+" names the column "+columns[i].Name+" twice", "take one of them out")
		case !sqlexpr.Comparable(columns[i].Type):
			r.report("SF0341", name.Pos, "the expectation "+e.Name+" of the table "+t.Name+" compares the column "+columns[i].Name+", which is of type "+sqlexpr.TypeName(columns[i].Type),
				"name columns whose values can be compared: no maps", diag.Related{Pos: columns[i].Pos, Message: "the column comes from here"})
		default:
			e.Unique = append(e.Unique, i)
			continue
		}
		ok = false
	}
	if !ok || len(e.Unique) == 0 {
		return nil
	}
	return e
}

// warnOfQuarantines tells of rules that set records aside on their way into a table that sets none aside.
func (r *resolver) warnOfQuarantines(t *model.Table, s *spec.Table, feeds []*feed) {
	if t.OnBadRecord != "fail" {
		return
	}
	told := map[*model.Expectation]bool{}
	say := func(e *model.Expectation) {
		if e.Action != "quarantine" || told[e] {
			return
		}
		told[e] = true
		owner, name, _ := strings.Cut(e.Owner, ".")
		r.warn("SF0342", e.Pos, "the expectation "+e.Name+" of the "+strings.TrimSuffix(owner, "s")+" "+name+" sets records aside, and the table "+t.Name+" has on_bad_record: fail: such a record stops the run",
			"say on_violation: fail, or on_bad_record: quarantine", diag.Related{Pos: s.Name.Pos, Message: t.Name + " is declared here"})
	}
	for _, f := range feeds {
		for i := range f.rel.branches {
			for _, x := range f.rel.branches[i].Expects {
				say(x.Expectation)
			}
		}
	}
	for _, e := range t.Expectations {
		say(e)
	}
}
