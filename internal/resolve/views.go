package resolve

import (
	"strconv"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// Bounds of what views over views may grow to: each branch becomes a function, each expression code.
const (
	maxBranches  = 128
	maxExprNodes = 10_000
)

// viewState is a view on its way from text to branches.
type viewState struct {
	spec    *spec.View
	query   *sqlexpr.Query
	started bool
	done    bool
}

func (r *resolver) resolveViews() {
	for i := range r.spec.Views {
		if rel := r.relationNamed(r.spec.Views[i].Name.Value); rel != nil && rel.view != nil && rel.view.spec == &r.spec.Views[i] {
			r.resolveView(rel, nil)
		}
	}
}

// resolveView flattens a view after those that it reads. through are the views that led here, for a circle's report.
func (r *resolver) resolveView(rel *relation, through []*relation) {
	v := rel.view
	if v == nil || v.done {
		return
	}
	if v.started {
		r.circle(rel, through)
		return
	}
	v.started = true
	defer func() { v.done = true }()
	m := &model.View{Name: v.spec.Name.Value, SQL: v.spec.SQL.Value, Pos: v.spec.Name.Pos}
	if !v.spec.SQL.IsSet() {
		rel.broken = true
		return
	}
	if v.query = sqlexpr.ParseQuery(text(v.spec.SQL), r.diags); v.query == nil {
		rel.broken = true
		return
	}
	sides, bases, ok := r.sides(rel, m, append(through, rel))
	if !ok {
		rel.broken = true
		return
	}
	columns, exprs, ok := v.query.Union(sides, r.diags)
	if !ok || !r.flatten(rel, sides, bases, exprs) {
		rel.broken = true
		return
	}
	rel.columns, m.Columns = columns, columns
	r.expectView(rel, m)
	m.Branches = rel.branches
	r.out.Views = append(r.out.Views, m)
}

// sides types each side of a view over what it reads.
func (r *resolver) sides(rel *relation, m *model.View, through []*relation) (sides []sqlexpr.Side, bases []*relation, ok bool) {
	ok = true
	for _, s := range rel.view.query.Sides {
		base := r.relationNamed(s.From)
		if base == nil {
			r.missing("source or view", spec.String{Value: s.From, Pos: s.FromPos}, r.relationNames())
			ok = false
			continue
		}
		m.Uses = append(m.Uses, base.name.Value)
		r.resolveView(base, through)
		if base.broken || base.view != nil && !base.view.done {
			ok = false
			continue
		}
		side := s.Resolve(base.columns, r.diags)
		ok = ok && side.OK
		sides, bases = append(sides, side), append(bases, base)
	}
	return sides, bases, ok
}

// flatten puts the branches of what a view reads into its own.
func (r *resolver) flatten(rel *relation, sides []sqlexpr.Side, bases []*relation, exprs [][]*model.Expr) bool {
	for i := range sides {
		for _, b := range bases[i].branches {
			if len(rel.branches) == maxBranches {
				r.report("SF0322", rel.name.Pos, "the view "+rel.name.Value+" reads its sources in more than "+strconv.Itoa(maxBranches)+" ways", "let several flows feed the table instead")
				return false
			}
			branch := model.Branch{Source: b.Source, Where: b.Where[:len(b.Where):len(b.Where)], Expects: b.Expects[:len(b.Expects):len(b.Expects)]}
			if sides[i].Where != nil {
				branch.Where = append(branch.Where, sqlexpr.Inline(sides[i].Where, b.Exprs))
			}
			for _, e := range exprs[i] {
				branch.Exprs = append(branch.Exprs, sqlexpr.Inline(e, b.Exprs))
			}
			if !r.bounded(rel, &branch) {
				return false
			}
			rel.branches = append(rel.branches, branch)
		}
	}
	return true
}

// bounded refuses expressions that views over views have blown up.
func (r *resolver) bounded(rel *relation, b *model.Branch) bool {
	for _, list := range [][]*model.Expr{b.Where, b.Exprs} {
		for _, e := range list {
			if sqlexpr.Size(e, maxExprNodes+1) > maxExprNodes {
				r.report("SF0322", e.Pos, "with the views that the view "+rel.name.Value+" reads, this expression has more than "+strconv.Itoa(maxExprNodes)+" parts",
					"a view that names a column several times repeats how the column is made: compute less, or once", diag.Related{Pos: rel.name.Pos, Message: "the view is declared here"})
				return false
			}
		}
	}
	return true
}

// circle reports views that read each other, once.
func (r *resolver) circle(rel *relation, through []*relation) {
	start := 0
	for i, t := range through {
		if t == rel {
			start = i
		}
	}
	message := "the view " + rel.name.Value + " reads itself"
	var related []diag.Related
	if circle := through[start:]; len(circle) > 1 {
		message += ": " + rel.name.Value
		for _, t := range circle[1:] {
			message += " reads " + t.name.Value + ", which"
			related = append(related, diag.Related{Pos: t.name.Pos, Message: t.name.Value + " is declared here"})
		}
		message += " reads " + rel.name.Value
	}
	for _, t := range through[start:] {
		t.broken = true
	}
	r.report("SF0304", rel.name.Pos, message, "one of them has to read a source", related...)
}
