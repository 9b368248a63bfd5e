package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// columns compares what a table's columns are. Names match ignoring case.
func (p *tablePair) columns() {
	folded := func(c *lock.Column) string { return strings.ToLower(c.Name) }
	gone, added := pair(p.was.Columns, p.is.Columns, folded, p.column)
	gone, added = renamed(gone, added, p.sameColumn, p.columnRenamed)
	interval := func(c *lock.Column) bool { return c.Name == "__START_AT" || c.Name == "__END_AT" }
	for _, col := range gone {
		if interval(col) && p.was.Kind != p.is.Kind {
			p.told["columns."+col.Name] = true // history tells of it
			continue
		}
		p.tell("SF0903", p.verdict("columns."+col.Name, contract.Note), "columns/"+col.Name, vars{"column": col.Name, "type": strings.ToUpper(col.Type)})
	}
	for _, col := range added {
		if interval(col) && p.was.Kind != p.is.Kind {
			p.told["columns."+col.Name] = true
			continue
		}
		v := p.verdict("columns."+col.Name, contract.Note)
		if p.hadIt(col.Name) {
			v = max(v, contract.Backfill)
		}
		if p.says["columns"].Verdict == contract.Refresh && !p.last(col.Name) {
			v = max(v, p.verdict("columns", v))
		}
		p.tell(word(col.Nullable, "SF0901", "SF0902"), v, "columns/"+col.Name, vars{"column": col.Name})
	}
	p.order()
}

// last reports whether a column comes after all that were there.
func (p *tablePair) last(name string) bool {
	for i := len(p.is.Columns) - 1; i >= 0; i-- {
		c := &p.is.Columns[i]
		if c.Name == name {
			return true
		}
		if find(p.was.Columns, c.Name) != nil {
			return false
		}
	}
	return false
}

func find(columns []lock.Column, name string) *lock.Column {
	for i := range columns {
		if strings.EqualFold(columns[i].Name, name) {
			return &columns[i]
		}
	}
	return nil
}

// hadIt reports whether records of before had what a new column is made of: then rows of before lack what they would have.
func (p *tablePair) hadIt(column string) bool {
	for i := range p.flows {
		was, is := p.flows[i].was, p.flows[i].is
		for j := range is.Inputs {
			in := &is.Inputs[j]
			if !slices.ContainsFunc(was.Inputs, func(o lock.Input) bool { return o.Source == in.Source }) {
				continue
			}
			over, err := sourceColumns(p.old.Facts, in.Source)
			if err != nil {
				continue
			}
			if over, err = addMeta(over, sourceOf(p.new.Facts, in.Source)); err != nil {
				continue
			}
			e, err := sqlexpr.Scalar(rowOf(in, column), over)
			if err == nil && !null(e) {
				return true
			}
		}
	}
	return false
}

// null reports whether an expression is NULL whatever comes.
func null(e *model.Expr) bool {
	if e.Op == model.OpCast {
		return null(e.Args[0])
	}
	return e.Op == model.OpLiteral && e.Lit.Null
}

// sameColumn reports whether two columns are one under two names: what is put there is the same, or a field that has another
// name too.
func (p *tablePair) sameColumn(a, b *lock.Column) bool {
	if a.Type != b.Type {
		return false
	}
	if p.madeAlike(a, b) || p.ofRenamedField(a, b) {
		return true
	}
	place := func(all []lock.Column, name string) int {
		return slices.IndexFunc(all, func(c lock.Column) bool { return c.Name == name })
	}
	return alike(a.Name, b.Name) && place(p.was.Columns, a.Name) == place(p.is.Columns, b.Name)
}

// madeAlike reports whether flows put the same into two columns.
func (p *tablePair) madeAlike(a, b *lock.Column) bool {
	return p.anyInput(func(was, is *lock.Input) bool { return rowOf(was, a.Name) == rowOf(is, b.Name) })
}

// ofRenamedField reports whether two columns are a field that has another name.
func (p *tablePair) ofRenamedField(a, b *lock.Column) bool {
	return p.anyInput(func(was, is *lock.Input) bool {
		s := sourceOf(p.new.Facts, is.Source)
		if s == nil || rowOf(was, a.Name) != sqlexpr.Quote(a.Name) || rowOf(is, b.Name) != sqlexpr.Quote(b.Name) {
			return false
		}
		return p.fields[[2]string{s.Record, a.Name}] == b.Name
	})
}

// anyInput asks of the inputs of flows that go on, one by one.
func (p *tablePair) anyInput(ask func(was, is *lock.Input) bool) bool {
	for i := range p.flows {
		was, is := p.flows[i].was, p.flows[i].is
		for j := range is.Inputs {
			if j < len(was.Inputs) && was.Inputs[j].Source == is.Inputs[j].Source && ask(&was.Inputs[j], &is.Inputs[j]) {
				return true
			}
		}
	}
	return false
}

func (p *tablePair) columnRenamed(a, b *lock.Column) {
	v := max(contract.Note, p.verdict("columns."+a.Name, contract.Note), p.verdict("columns."+b.Name, contract.Note))
	if p.hadIt(b.Name) {
		v = max(v, contract.Backfill) // records of before had it
	}
	p.tellMoved("SF0904", v, "columns/"+a.Name, "columns/"+b.Name, vars{"column": a.Name, "new": b.Name})
}

// column compares a column that is in both.
func (p *tablePair) column(a, b *lock.Column) {
	field, at := "columns."+b.Name, "columns/"+b.Name
	with := vars{"column": b.Name, "was": a.Type, "now": b.Type}
	key := slices.ContainsFunc(p.is.Keys, func(k string) bool { return strings.EqualFold(k, b.Name) })
	switch {
	case a.Name != b.Name:
		p.tell("SF0912", p.verdict(field, contract.Refuse), at, vars{"was": a.Name, "now": b.Name})
	case a.Type != b.Type && strings.EqualFold(a.Type, b.Type):
		p.tell("SF0912", p.verdict(field, contract.Refuse), at, vars{"was": a.Name + " " + a.Type, "now": b.Name + " " + b.Type})
	case a.Type == b.Type:
	case key:
		p.tell("SF0923", p.verdict(field, contract.Refresh), at, with)
	default:
		p.typeChanged(a, b, field, at, with)
	}
	if a.Nullable != b.Nullable {
		p.tell(word(b.Nullable, "SF0911", "SF0910"), contract.Note, at, with)
	}
	if a.Doc != b.Doc {
		p.tell("SF0916", contract.Safe, at, with)
	}
}

func (p *tablePair) typeChanged(a, b *lock.Column, field, at string, with vars) {
	v := p.verdict(field, contract.Refresh)
	was, err := sqlexpr.ParseType(a.Type)
	is, err2 := sqlexpr.ParseType(b.Type)
	switch {
	case err != nil || err2 != nil:
		p.tell("SF0908", v, at, with)
	case inside(was) && inside(is):
		p.insideChanged(was, is, v, at, with)
	case contract.Widens(a.Type, b.Type):
		p.tell("SF0906", v, at, with)
	case contract.Widens(b.Type, a.Type):
		p.tell("SF0907", v, at, with)
	case was.Kind == model.Decimal && is.Kind == model.Decimal:
		p.tell("SF0909", v, at, with)
	default:
		p.tell("SF0908", v, at, with)
	}
}

func inside(t *model.Type) bool {
	return t.Kind == model.List || t.Kind == model.Map || t.Kind == model.Struct
}

// insideChanged tells apart fields that came, fields that went, and all else.
func (p *tablePair) insideChanged(was, is *model.Type, v contract.Verdict, at string, with vars) {
	before, now := leaves(was, ""), leaves(is, "")
	var gone, added []string
	changed := false
	for path, t := range before {
		switch other, ok := now[path]; {
		case !ok:
			gone = append(gone, path)
		case other != t:
			changed = true
		}
	}
	for path := range now {
		if _, ok := before[path]; !ok {
			added = append(added, path)
		}
	}
	slices.Sort(gone)
	slices.Sort(added)
	tell := func(id string, fields []string) {
		with := vars{"column": with["column"], "field": some(fields, 5)}
		p.tell(id, v, at, with)
	}
	switch {
	case changed || len(gone)+len(added) == 0:
		p.tell("SF0915", v, at, with)
	default:
		if len(added) > 0 {
			tell("SF0913", added)
		}
		if len(gone) > 0 {
			tell("SF0914", gone)
		}
	}
}

// leaves are the scalars inside a type, by path.
func leaves(t *model.Type, path string) map[string]string {
	out := map[string]string{}
	var walk func(t *model.Type, path string)
	walk = func(t *model.Type, path string) {
		switch t.Kind {
		case model.List:
			walk(t.Elem, path+"[]")
		case model.Map:
			walk(t.Elem, path+"{}")
		case model.Struct:
			for i := range t.Fields {
				walk(t.Fields[i].Type, strings.TrimPrefix(path+"."+t.Fields[i].Name, "."))
			}
		default:
			out[path] = model.SparkType(t)
		}
	}
	walk(t, path)
	return out
}

// order tells of columns that stand in another order.
func (p *tablePair) order() {
	var was, is []string
	for _, c := range p.was.Columns {
		if find(p.is.Columns, c.Name) != nil {
			was = append(was, strings.ToLower(c.Name))
		}
	}
	for _, c := range p.is.Columns {
		if find(p.was.Columns, c.Name) != nil {
			is = append(is, strings.ToLower(c.Name))
		}
	}
	if !slices.Equal(was, is) {
		p.tell("SF0905", p.verdict("columns", contract.Safe), "", nil)
	}
}
