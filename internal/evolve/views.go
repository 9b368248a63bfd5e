package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// views tells of views that came and went, and of columns that a view makes otherwise. What a view takes otherwise is told
// when its flows are compared.
func (c *comparison) views() {
	gone, added := pair(c.old.Facts.Views, c.new.Facts.Views, func(v *lock.View) string { return v.Name }, c.projection)
	for _, v := range added {
		c.add("SF0972", contract.Safe, "views/"+v.Name, nil, vars{"view": v.Name})
	}
	for _, v := range gone {
		c.add("SF0973", contract.Safe, "views/"+v.Name, nil, vars{"view": v.Name})
	}
}

// projection tells of the columns that tables get otherwise because a view was written anew.
func (c *comparison) projection(a, b *lock.View) {
	if a.SQL == b.SQL {
		return
	}
	var columns, tables []string
	for _, p := range c.pairs {
		for i := range p.flows {
			f := &p.flows[i]
			if !slices.Contains(p.changedViews(f.is), b.Name) {
				continue
			}
			for _, col := range p.otherRows(f) {
				if !slices.Contains(columns, col) {
					columns = append(columns, col)
				}
				if !slices.Contains(tables, p.is.Name) {
					tables = append(tables, p.is.Name)
				}
			}
		}
	}
	if len(columns) > 0 {
		slices.Sort(columns)
		c.add("SF0975", contract.Backfill, "views/"+b.Name, tables, vars{"view": b.Name, "columns": some(columns, 8), "tables": list(tables)})
	}
}

// otherRows lists the columns of both versions that a flow makes otherwise.
func (p *tablePair) otherRows(f *flowPair) (out []string) {
	for i := range f.is.Inputs {
		is := &f.is.Inputs[i]
		if i >= len(f.was.Inputs) || f.was.Inputs[i].Source != is.Source {
			continue
		}
		was := &f.was.Inputs[i]
		for _, col := range p.is.Columns {
			old := find(p.was.Columns, col.Name)
			if old != nil && old.Type == col.Type && rowOf(was, old.Name) != rowOf(is, col.Name) && !slices.Contains(out, col.Name) {
				out = append(out, col.Name)
			}
		}
	}
	return out
}

// changedViews lists the views below a flow that are written otherwise, the nearest to the source first.
func (c *comparison) changedViews(f *lock.Flow) (out []string) {
	done := map[string]bool{}
	var walk func(name string)
	walk = func(name string) {
		if done[strings.ToLower(name)] {
			return
		}
		done[strings.ToLower(name)] = true
		for i := range c.new.Facts.Views {
			v := &c.new.Facts.Views[i]
			if !strings.EqualFold(v.Name, name) {
				continue
			}
			for _, used := range v.Uses {
				walk(used)
			}
			for j := range c.old.Facts.Views {
				if o := &c.old.Facts.Views[j]; o.Name == v.Name && o.SQL != v.SQL {
					out = append(out, v.Name)
				}
			}
		}
	}
	walk(f.Source)
	return out
}

// filteredView tells of a view through which a flow takes other rows; several flows may.
func (p *tablePair) filteredView(view string, v contract.Verdict, with vars) {
	for i := range p.out {
		f := &p.out[i]
		if f.ID == "SF0974" && f.Path == "views."+view && !slices.Contains(f.Tables, p.is.Name) {
			f.Tables = append(f.Tables, p.is.Name)
			f.Verdict = max(f.Verdict, v)
			old, now := f.Tables[:len(f.Tables)-1], f.Tables
			f.Message = strings.Replace(f.Message, "for "+list(old), "for "+list(now), 1)
			for j := range f.Effects {
				f.Effects[j] = strings.Replace(f.Effects[j], "of "+list(old), "of "+list(now), 1)
			}
			return
		}
		if f.ID == "SF0974" && f.Path == "views."+view {
			return
		}
	}
	p.add("SF0974", v, "views/"+view, []string{p.is.Name}, vars{"view": view, "was": with["was"], "now": with["now"], "more": "", "tables": p.is.Name})
}

// expectations compares the rules that rows are held against.
func (c *comparison) expectations() {
	tables := func(e *lock.Expectation) (out []string) {
		for _, p := range c.pairs {
			for _, x := range slices.Concat(p.before.Expectations, p.now.Expectations) {
				if x.Owner == e.Owner && x.Name == e.Name && !slices.Contains(out, p.is.Name) {
					out = append(out, p.is.Name)
				}
			}
		}
		return out
	}
	path := func(e *lock.Expectation) string {
		return strings.ReplaceAll(e.Owner, ".", "/") + "/expectations/" + e.Name
	}
	with := func(e *lock.Expectation) vars {
		return vars{"name": e.Name, "owner": e.Owner, "action": e.Action, "effect": effect(e.Action)}
	}
	gone, added := pair(c.old.Facts.Expectations, c.new.Facts.Expectations, func(e *lock.Expectation) string { return e.Owner + "\x00" + e.Name }, func(a, b *lock.Expectation) {
		if rule(a) != rule(b) {
			w := with(b)
			w["was"], w["now"] = rule(a), rule(b)
			c.add(c.direction(a, b), contract.Note, path(b), tables(b), w)
		}
		if a.Action != b.Action {
			w := with(b)
			w["was"], w["now"] = a.Action, b.Action
			c.add("SF0998", contract.Note, path(b), tables(b), w)
		}
	})
	for _, e := range added {
		if c.isNew(e.Owner) {
			continue
		}
		w := with(e)
		w["now"] = rule(e)
		c.add("SF0993", contract.Note, path(e), tables(e), w)
	}
	for _, e := range gone {
		w := with(e)
		w["was"] = rule(e)
		c.add("SF0997", contract.Note, path(e), tables(e), w)
	}
}

// isNew reports whether an owner of expectations is new as a whole.
func (c *comparison) isNew(owner string) bool {
	kind, name, _ := strings.Cut(owner, ".")
	if kind == "views" {
		return !slices.ContainsFunc(c.old.Facts.Views, func(v lock.View) bool { return v.Name == name })
	}
	return !slices.ContainsFunc(c.pairs, func(p *tablePair) bool { return p.is.Name == name })
}

func rule(e *lock.Expectation) string {
	if len(e.Unique) > 0 {
		return "unique " + list(e.Unique)
	}
	return e.Rule
}

func effect(action string) string {
	switch action {
	case "drop":
		return "rows that break it are dropped"
	case "fail":
		return "a row that breaks it stops the run"
	case "quarantine":
		return "rows that break it are set aside"
	}
	return ""
}

// direction says whether a rule takes less than before, more, or neither. Of a view the columns are those of the tables that
// it feeds.
func (c *comparison) direction(a, b *lock.Expectation) string {
	if len(a.Unique)+len(b.Unique) > 0 {
		return "SF0996"
	}
	for _, p := range c.pairs {
		if b.Owner != "tables."+p.is.Name && !slices.ContainsFunc(p.now.Expectations, func(x contract.Expectation) bool { return x.Owner == b.Owner && x.Name == b.Name }) {
			continue
		}
		var columns []sqlexpr.StoredColumn
		for _, col := range p.is.Columns {
			columns = append(columns, sqlexpr.StoredColumn{Name: col.Name, Type: col.Type, Nullable: col.Nullable})
		}
		was, err := sqlexpr.StoredPredicate("was", "rows", []string{a.Rule}, columns)
		is, err2 := sqlexpr.StoredPredicate("is", "rows", []string{b.Rule}, columns)
		if err != nil || err2 != nil {
			continue
		}
		before, now := []sqlexpr.Predicate{was}, []sqlexpr.Predicate{is}
		switch {
		case sqlexpr.Covers(now, before).Complete == sqlexpr.Proved:
			return "SF0994"
		case sqlexpr.Covers(before, now).Complete == sqlexpr.Proved:
			return "SF0995"
		}
	}
	return "SF0996"
}
