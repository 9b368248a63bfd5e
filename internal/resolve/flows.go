package resolve

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// feed is a flow on its way into its table: what it selects, by index into its relation's columns.
type feed struct {
	spec     *spec.Flow
	model    *model.Flow
	rel      *relation
	selected []int
	where    []*model.Expr // per branch; nil where there is none
	// apply_changes only
	keys      []int         // into rel.columns, in the order of the spec
	sequence  []*model.Expr // over rel.columns, one per part
	partNames []string      // of the sequence, "" where a part has none
	deletes   []*model.Expr // per branch
	truncates []*model.Expr // per branch
	untracked []int         // into rel.columns
	ignored   []int         // into rel.columns
}

func (f *feed) target() spec.String {
	if f.spec.Apply != nil {
		return f.spec.Apply.Target
	}
	return f.spec.Append.Target
}

func (f *feed) source() spec.String {
	if f.spec.Apply != nil {
		return f.spec.Apply.Source
	}
	return f.spec.Append.Source
}

// column is a column that the flow selects.
func (f *feed) column(i int) *model.Column { return &f.rel.columns[f.selected[i]] }

// find gives the index into selected of the column of that name, or -1.
func (f *feed) find(name string) int {
	return slices.IndexFunc(f.selected, func(i int) bool { return strings.EqualFold(f.rel.columns[i].Name, name) })
}

// readFlow resolves all of a flow that does not depend on other flows. It gives nil where the flow has errors.
func (r *resolver) readFlow(s *spec.Flow) *feed {
	if s.Apply == nil && s.Append == nil {
		return nil // the spec's reader has said so
	}
	f := &feed{spec: s, model: &model.Flow{Name: s.Name.Value, Once: s.Once, Was: s.Was.Value, Pos: s.Name.Pos}}
	f.rel = r.flowSource(f)
	if f.rel == nil {
		return nil
	}
	f.model.Source = f.rel.name.Value
	ok := false
	if s.Apply != nil {
		f.model.KindPos = s.Apply.Pos
		ok = r.readApply(f, s.Apply)
	} else {
		f.model.KindPos = s.Append.Pos
		ok = r.readAppend(f, s.Append)
	}
	if !ok {
		return nil
	}
	return f
}

func (r *resolver) flowSource(f *feed) *relation {
	name := f.source()
	if !name.IsSet() {
		return nil
	}
	rel := r.relationNamed(name.Value)
	if rel == nil || rel.name.Value != name.Value {
		r.missing("source or view", name, r.relationNames())
		return nil
	}
	if rel.broken {
		return nil
	}
	if len(rel.branches) == 0 {
		return nil
	}
	return rel
}

func (r *resolver) readAppend(f *feed, a *spec.Append) (ok bool) {
	f.selected = selectable(f.rel.columns)
	f.model.Where = a.Where.Value
	_, f.where, ok = r.condition(f.rel, a.Where)
	return ok
}

// selectable are the columns that a flow takes when nothing else is said.
func selectable(columns []model.Column) (out []int) {
	for i := range columns {
		if !columns[i].Meta {
			out = append(out, i)
		}
	}
	return out
}

func (r *resolver) readApply(f *feed, a *spec.Apply) bool {
	f.where = make([]*model.Expr, len(f.rel.branches))
	f.model.Apply = &model.Apply{SCDType: a.SCDType, Snapshot: a.Snapshot}
	listed := r.readColumnLists(f, a)
	keyed := r.readKeys(f, a, listed)
	ok := listed && keyed
	if ok {
		tracked, ignored := r.readTracking(f, a), r.readIgnored(f, a)
		ok = tracked && ignored
	}
	sequenced := r.readSequence(f, a)
	ok = sequenced && ok
	if a.Snapshot {
		return r.readSnapshot(f, f.spec) && ok
	}
	return r.readPredicates(f, a) && ok
}

// readPredicates types what makes an event a delete or a truncate.
func (r *resolver) readPredicates(f *feed, a *spec.Apply) bool {
	over, deletes, ok := r.condition(f.rel, a.ApplyAsDeletes)
	if over != nil {
		f.model.Apply.ApplyAsDeletes = sqlexpr.Format(over, f.rel.columns)
	}
	f.deletes = deletes
	if a.ApplyAsTruncates.IsSet() && a.SCDType == 2 {
		r.report("SF0327", a.ApplyAsTruncates.At, "apply_as_truncates of the flow "+f.spec.Name.Value+" takes rows away, and SCD type 2 keeps them all",
			"let the table be of SCD type 1, or close versions one by one with apply_as_deletes", f.scdType()...)
		return false
	}
	over, truncates, truncatesOK := r.condition(f.rel, a.ApplyAsTruncates)
	if over != nil {
		f.model.Apply.ApplyAsTruncates = sqlexpr.Format(over, f.rel.columns)
	}
	f.truncates = truncates
	return ok && truncatesOK
}

// readColumnLists settles which columns the table gets (R14): the source's order stays.
func (r *resolver) readColumnLists(f *feed, a *spec.Apply) bool {
	f.selected = selectable(f.rel.columns)
	list, except := a.ColumnList, a.ExceptColumnList
	switch {
	case list.Pos.IsValid():
		named, ok := r.columnsNamed(f, list.Names, "column_list")
		f.selected = named
		slices.Sort(f.selected)
		for _, i := range f.selected {
			f.model.Apply.ColumnList = append(f.model.Apply.ColumnList, f.rel.columns[i].Name)
		}
		return ok
	case except.Pos.IsValid():
		named, ok := r.columnsNamed(f, except.Names, "except_column_list")
		f.selected = slices.DeleteFunc(f.selected, func(i int) bool { return slices.Contains(named, i) })
		for _, i := range named {
			f.model.Apply.ExceptColumnList = append(f.model.Apply.ExceptColumnList, f.rel.columns[i].Name)
		}
		return ok
	}
	return true
}

// columnsNamed finds the columns of a list of names, each once.
func (r *resolver) columnsNamed(f *feed, list []spec.String, what string) (found []int, ok bool) {
	ok = true
	for n, name := range list {
		i := columnNamed(f.rel.columns, name.Value)
		switch {
		case i < 0:
			r.report("SF0305", name.Pos, "the "+f.rel.kind+" "+f.rel.name.Value+" has no column "+name.Value+", which "+what+" of the flow "+f.spec.Name.Value+" names",
				suggestColumn(name.Value, f.rel.columns), diag.Related{Pos: f.rel.name.Pos, Message: f.rel.name.Value + " is declared here"})
			ok = false
		case slices.Contains(found, i):
			first := slices.IndexFunc(list[:n], func(s spec.String) bool { return columnNamed(f.rel.columns, s.Value) == i })
			r.report("SF0305", name.Pos, what+" of the flow "+f.spec.Name.Value+" names the column "+f.rel.columns[i].Name+" twice", "take one of them out",
				diag.Related{Pos: list[first].Pos, Message: "it is first here"})
			ok = false
		default:
			found = append(found, i)
		}
	}
	return found, ok
}

func suggestColumn(name string, columns []model.Column) string {
	if head, _, nested := strings.Cut(name, "."); nested && columnNamed(columns, head) >= 0 {
		return "for a field of a struct, select it in a view first: SELECT *, " + name + " AS " + strings.ReplaceAll(name, ".", "_") + " FROM …"
	}
	return suggest("column", name, columnNames(columns))
}

// readKeys checks keys (R11): columns of the table that can be told apart.
func (r *resolver) readKeys(f *feed, a *spec.Apply, listed bool) bool {
	found, ok := r.columnsNamed(f, a.Keys, "keys")
	f.keys = found
	for _, name := range a.Keys {
		i := columnNamed(f.rel.columns, name.Value)
		if i < 0 {
			continue
		}
		c := &f.rel.columns[i]
		if !sqlexpr.Comparable(c.Type) {
			r.report("SF0306", name.Pos, "the key "+c.Name+" of the flow "+f.spec.Name.Value+" is of type "+sqlexpr.TypeName(c.Type)+", whose values cannot be compared",
				"use an entry of the map, selected in a view", diag.Related{Pos: c.Pos, Message: "the column comes from here"})
			ok = false
		}
		if listed && !slices.Contains(f.selected, i) {
			ok = false
			r.keyLeftOut(f, a, name, c)
		}
	}
	for _, i := range f.keys {
		f.model.Apply.Keys = append(f.model.Apply.Keys, f.rel.columns[i].Name)
	}
	return ok && len(f.keys) > 0
}

func (r *resolver) keyLeftOut(f *feed, a *spec.Apply, name spec.String, c *model.Column) {
	message := "the key " + c.Name + " of the flow " + f.spec.Name.Value + " is not among the table's columns"
	switch {
	case a.ColumnList.Pos.IsValid():
		r.report("SF0307", name.Pos, message, "add it to column_list", diag.Related{Pos: a.ColumnList.Pos, Message: "column_list leaves it out"})
	case a.ExceptColumnList.Pos.IsValid():
		r.report("SF0307", name.Pos, message, "take it out of except_column_list", diag.Related{Pos: a.ExceptColumnList.Pos, Message: "except_column_list names it"})
	default:
		r.report("SF0307", name.Pos, message, "select the metadata column in a view: SELECT *, "+c.Name+" AS "+strings.TrimLeft(c.Name, "_")+" FROM "+f.rel.name.Value)
	}
}

// readSequence types sequence_by (R12, R13), or version_by. STRUCT(a, b) is the same as the list of its parts.
func (r *resolver) readSequence(f *feed, a *spec.Apply) bool {
	ok, option := len(a.SequenceBy) > 0, "sequence_by"
	if a.Snapshot {
		option = "version_by"
	}
	for _, t := range a.SequenceBy {
		e := sqlexpr.ParseScalar(text(t), f.rel.columns, r.diags)
		if e == nil {
			ok = false
			continue
		}
		parts, fields := []*model.Expr{e}, []model.Field{{}}
		if e.Op == model.OpStruct && len(a.SequenceBy) == 1 {
			parts, fields = e.Args, e.Type.Fields
		}
		for i, part := range parts {
			if !sqlexpr.Orderable(part.Type) {
				r.report("SF0308", part.Pos, option+" of the flow "+f.spec.Name.Value+" is of type "+sqlexpr.TypeName(part.Type)+", which has no order",
					"use a timestamp, a number or a text that grows with every change")
				ok = false
				continue
			}
			f.sequence = append(f.sequence, part)
			f.partNames = append(f.partNames, f.namePart(part, fields[i].Name))
			f.model.Apply.SequenceBy = append(f.model.Apply.SequenceBy, sqlexpr.Format(part, f.rel.columns))
		}
	}
	return ok
}

// branches makes the flow's branches once its table's columns are known.
func (f *feed) branches(t *model.Table) []model.FlowBranch {
	var out []model.FlowBranch
	for n, b := range f.rel.branches {
		fb := model.FlowBranch{Source: b.Source, Where: b.Where[:len(b.Where):len(b.Where)], Expects: b.Expects}
		if f.where[n] != nil {
			fb.Where = append(fb.Where, f.where[n])
		}
		for i := range t.Columns {
			fb.Row = append(fb.Row, f.rowExpr(&t.Columns[i], b.Exprs))
		}
		for i, e := range f.sequence {
			fb.Sequence = append(fb.Sequence, sqlexpr.CastTo(sqlexpr.Inline(e, b.Exprs), t.Keyed.Sequence[i]))
		}
		if f.deletes != nil {
			fb.Delete = f.deletes[n]
		}
		if f.truncates != nil {
			fb.Truncate = f.truncates[n]
		}
		out = append(out, fb)
	}
	return out
}

// rowExpr makes a column of the table, NULL where the flow has no such column.
func (f *feed) rowExpr(c *model.Column, exprs []*model.Expr) *model.Expr {
	i := f.find(c.Name)
	if i < 0 {
		return &model.Expr{Op: model.OpLiteral, Type: c.Type, Nullable: true, Lit: &model.Literal{Type: c.Type, Null: true}, Pos: f.model.Pos}
	}
	return exprs[f.selected[i]]
}

// sequenceType is how a part of a sequence is compared: enums by their texts, as SQL compares them.
func sequenceType(t *model.Type) *model.Type {
	if t.Kind == model.Enum {
		return &model.Type{Kind: model.String}
	}
	return t
}

func sequenceName(types []*model.Type) string {
	if len(types) == 1 {
		return sqlexpr.TypeName(types[0])
	}
	parts := make([]string, len(types))
	for i, t := range types {
		parts[i] = sqlexpr.TypeName(t)
	}
	return strconv.Itoa(len(parts)) + " parts (" + strings.Join(parts, ", ") + ")"
}
