package sqlexpr

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// part is a predicate whose expressions speak of columns by names that are the same for all parts.
type part struct {
	*Predicate
	columns []shared       // what names speak of
	names   []model.Column // columns, by names that texts of all parts agree on
	shown   []model.Column // columns, by names for people
	bare    []int          // by column of Over: into columns
	conds   []condition    // all TRUE
	vars    []int          // that conds depend on, by index
	// What q's source never has, by index of variable.
	neverNull, neverNaN []int
}

// shared is a column that parts may have in common: one of the table, or one of their source that is not in it.
type shared struct {
	name, shown string
	typ         *model.Type
	nullable    bool
	expr        *model.Expr // over Over, casts that lose nothing taken off; nil for a column of Over as it is
	bases       []string    // names of what expr is made of
	onto        bool        // expr has every value of its type
}

// condition is what a row's values make of an expression.
type condition func(row) truth

// row has a value for every variable, by its index.
type row []datum

func newPart(p *Predicate) *part {
	q := &part{Predicate: p, bare: make([]int, len(p.Over))}
	for i := range p.Over {
		q.bare[i] = -1
	}
	for k, e := range p.Row {
		if e = withoutCasts(e); e.Op == model.OpColumn {
			if q.bare[e.Column] < 0 {
				q.bare[e.Column] = len(q.columns)
			}
			c := &p.Over[e.Column]
			q.add(shared{name: strings.ToLower(p.Table[k].Name), shown: p.Table[k].Name, typ: c.Type, nullable: c.Nullable, onto: true})
		}
	}
	for i := range p.Over {
		if c := &p.Over[i]; q.bare[i] < 0 {
			q.bare[i] = len(q.columns)
			q.add(shared{name: strings.ToLower(p.Source + "." + c.Name), shown: c.Name, typ: c.Type, nullable: c.Nullable, onto: true})
		}
	}
	for k, e := range p.Row {
		if e = withoutCasts(e); e.Op != model.OpColumn {
			if bases := q.bases(e); len(bases) > 0 {
				q.add(shared{name: strings.ToLower(p.Table[k].Name), shown: p.Table[k].Name, typ: e.Type, nullable: e.Nullable, expr: e, bases: bases, onto: onto(e)})
			}
		}
	}
	return q
}

func (q *part) add(s shared) {
	q.columns = append(q.columns, s)
	q.names = append(q.names, model.Column{Name: s.name, Type: s.typ, Nullable: s.nullable})
	q.shown = append(q.shown, model.Column{Name: s.shown, Type: s.typ, Nullable: s.nullable})
}

// named finds a column that q has.
func (q *part) named(name string) *shared {
	i := slices.IndexFunc(q.columns, func(s shared) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return &q.columns[i]
}

// bases are the names of the columns that e, over Over, is made of.
func (q *part) bases(e *model.Expr) (out []string) {
	for i := range columnsIn(e) {
		out = append(out, q.columns[q.bare[i]].name)
	}
	slices.Sort(out)
	return out
}

func columnsIn(e *model.Expr) map[int]bool {
	out := map[int]bool{}
	seen := map[*model.Expr]bool{}
	var walk func(*model.Expr)
	walk = func(e *model.Expr) {
		if seen[e] {
			return
		}
		seen[e] = true
		if e.Op == model.OpColumn {
			out[e.Column] = true
		}
		for _, a := range e.Args {
			walk(a)
		}
	}
	walk(e)
	return out
}

// prefer lets a source column that feeds several columns of the table be the one that all parts have.
func (q *part) prefer(all []*part) {
	for k, e := range q.Row {
		if e = withoutCasts(e); e.Op != model.OpColumn || everywhere(all, q.columns[q.bare[e.Column]].name) {
			continue
		}
		if name := strings.ToLower(q.Table[k].Name); everywhere(all, name) {
			q.bare[e.Column] = slices.IndexFunc(q.columns, func(s shared) bool { return s.name == name })
		}
	}
}

func everywhere(all []*part, name string) bool {
	return !slices.ContainsFunc(all, func(q *part) bool { return q.named(name) == nil })
}

// withoutCasts is e without casts around it that tell all its values apart.
func withoutCasts(e *model.Expr) *model.Expr {
	for e.Op == model.OpCast && e.Func == "cast" {
		from, to := e.Args[0].Type, e.Type
		switch {
		case isInt(from) && isInt(to) && castOf(from, to) == castAlways, isText(from) && to.Kind == model.String,
			from.Kind == model.Decimal && to.Kind == model.Decimal && from.Scale == to.Scale && castOf(from, to) == castAlways:
			e = e.Args[0]
		default:
			return e
		}
	}
	return e
}

// onto reports whether e, of one column, has every value of its type.
func onto(e *model.Expr) bool {
	switch {
	case e.Op == model.OpField:
		return e.Args[0].Op == model.OpColumn || onto(e.Args[0])
	case len(e.Args) != 1 || e.Args[0].Op != model.OpColumn:
		return false
	case e.Op == model.OpCast:
		from, to := e.Args[0].Type.Kind, e.Type.Kind
		return from == model.String && hasDomain(e.Type) || from == model.Timestamp && to == model.Date
	case e.Op == model.OpCall:
		return e.Func == "date" || e.Func == "extract_date"
	}
	return false
}

// rename makes e, over Over, speak of columns.
func (q *part) rename(e *model.Expr) *model.Expr {
	return q.renamed(e, map[*model.Expr]*model.Expr{})
}

func (q *part) renamed(e *model.Expr, done map[*model.Expr]*model.Expr) *model.Expr {
	if out := done[e]; out != nil {
		return out
	}
	out := *e
	i := slices.IndexFunc(q.columns, func(s shared) bool { return s.expr != nil && equal(s.expr, e) })
	if e.Op == model.OpColumn {
		i = q.bare[e.Column]
	}
	if i >= 0 {
		out = model.Expr{Op: model.OpColumn, Column: i, Name: q.columns[i].shown, Type: e.Type, Nullable: e.Nullable, Pos: e.Pos}
	} else {
		out.Args = make([]*model.Expr, len(e.Args))
		for k, a := range e.Args {
			out.Args[k] = q.renamed(a, done)
		}
	}
	done[e] = &out
	return &out
}

// take is what q's conditions come to together. With has, a row is taken only if q's source can have it.
func (q *part) take(r row, has bool) truth {
	if has && q.lacks(r) {
		return isFALSE
	}
	out := isTRUE
	for _, c := range q.conds {
		out = out.both(c(r))
	}
	return out
}

// lacks reports whether r has a NULL or NaN where q's source never has.
func (q *part) lacks(r row) bool {
	never := func(in []int, s state) bool {
		return slices.ContainsFunc(in, func(v int) bool { return r[v].state == s })
	}
	return never(q.neverNull, isNull) || never(q.neverNaN, isNaN)
}
