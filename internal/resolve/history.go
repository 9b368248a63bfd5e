package resolve

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
)

// readTracking settles the columns whose change makes no version (R25). By default every change makes one.
func (r *resolver) readTracking(f *feed, a *spec.Apply) bool {
	option, list := "track_history_column_list", a.TrackHistoryColumnList
	if a.TrackHistoryExceptColumnList.Pos.IsValid() {
		option, list = "track_history_except_column_list", a.TrackHistoryExceptColumnList
	}
	if !list.Pos.IsValid() {
		return true
	}
	if a.SCDType != 2 {
		r.report("SF0325", list.Pos, option+" of the flow "+f.spec.Name.Value+" says which changes make a version, and SCD type 1 keeps none",
			"say stored_as_scd_type: 2, or take the list out; column_list is for the columns that the table has", f.scdType()...)
		return false
	}
	named, ok := r.selectedNamed(f, a, list.Names, option)
	for _, i := range f.selected {
		listed := slices.Contains(named, i)
		if listed == a.TrackHistoryExceptColumnList.Pos.IsValid() && !slices.Contains(f.keys, i) {
			f.untracked = append(f.untracked, i)
		}
	}
	return ok
}

// scdType points at what says which SCD type the flow has.
func (f *feed) scdType() []diag.Related {
	if pos := f.spec.Apply.SCDTypePos; pos.IsValid() {
		return []diag.Related{{Pos: pos, Message: "the SCD type is given here"}}
	}
	return nil
}

// selectedNamed finds the columns of a list that must be among the table's.
func (r *resolver) selectedNamed(f *feed, a *spec.Apply, list []spec.String, option string) (found []int, ok bool) {
	found, ok = r.columnsNamed(f, list, option)
	for _, name := range list {
		i := columnNamed(f.rel.columns, name.Value)
		if i < 0 || slices.Contains(f.selected, i) {
			continue
		}
		ok = false
		var related []diag.Related
		hint := "select the metadata column in a view"
		switch {
		case a.ColumnList.Pos.IsValid():
			hint, related = "add it to column_list, or take it out here", []diag.Related{{Pos: a.ColumnList.Pos, Message: "column_list leaves it out"}}
		case a.ExceptColumnList.Pos.IsValid():
			hint, related = "take it out of one of the two lists", []diag.Related{{Pos: a.ExceptColumnList.Pos, Message: "except_column_list names it"}}
		}
		r.report("SF0305", name.Pos, "the column "+f.rel.columns[i].Name+", which "+option+" of the flow "+f.spec.Name.Value+" names, is not among the table's", hint, related...)
	}
	return found, ok
}

// keepHistory gives a table of SCD type 2 the interval of each version (R20): two columns of the sequence's type, the last.
func (r *resolver) keepHistory(t *model.Table, feeds []*feed) {
	k := t.Keyed
	if k.SCDType != 2 {
		return
	}
	pos := feeds[0].spec.Apply.SCDTypePos
	k.Start, k.End = len(t.Columns), len(t.Columns)+1
	t.Columns = append(t.Columns,
		model.Column{Name: startColumn, Type: intervalType(k, feeds[0]), Nullable: true, Doc: "the sequence at which the version begins", Pos: pos},
		model.Column{Name: endColumn, Type: intervalType(k, feeds[0]), Nullable: true, Doc: "the sequence at which the version ends; NULL of the current one", Pos: pos})
}

const (
	startColumn = "__START_AT"
	endColumn   = "__END_AT"
)

// intervalType is the sequence's type; of several parts a struct of them (R13).
func intervalType(k *model.Keyed, f *feed) *model.Type {
	if len(k.Sequence) == 1 {
		return k.Sequence[0]
	}
	typ := &model.Type{Kind: model.Struct}
	taken := names{}
	for i, part := range k.Sequence {
		name := f.partNames[i]
		if _, twice := taken[fold(name)]; twice || name == "" {
			name = "col" + strconv.Itoa(i+1)
		}
		taken[fold(name)] = spec.String{}
		typ.Fields = append(typ.Fields, model.Field{Name: name, Type: part, Nullable: true})
	}
	return typ
}

// namePart names a part of a sequence as Spark does: by its column or alias, and by its place ("") where it has neither.
func (f *feed) namePart(part *model.Expr, field string) string {
	switch {
	case field != "" && !strings.HasPrefix(field, "_"):
		return field
	case part.Op == model.OpColumn:
		return f.rel.columns[part.Column].Name
	}
	return ""
}

// perColumn settles what flows say of each column: those that have one must agree on it (R30), and one that only some have
// is as these say. said are a flow's columns that are special, positions where it says so.
func (r *resolver) perColumn(t *model.Table, feeds []*feed, what, hint string, said func(*feed) []int, at func(*feed) diag.Pos) (columns []int, ok bool) {
	ok = true
	for i := range t.Columns {
		var first *feed
		special := false
		for _, f := range feeds {
			mine := f.find(t.Columns[i].Name)
			if mine < 0 {
				continue
			}
			is := slices.Contains(said(f), f.selected[mine])
			if first == nil {
				first, special = f, is
				continue
			}
			if is != special {
				ok = false
				r.report("SF0314", at(f), "the flows "+first.model.Name+" and "+f.model.Name+" of the table "+t.Name+" disagree on "+what+": the column "+t.Columns[i].Name, hint,
					diag.Related{Pos: at(first), Message: first.model.Name + " says so here"})
				break
			}
		}
		if special {
			columns = append(columns, i)
		}
	}
	return columns, ok
}

// trackingPos is where a flow says what it tracks, or could.
func trackingPos(f *feed) diag.Pos {
	a := f.spec.Apply
	return firstValid(a.TrackHistoryColumnList.Pos, a.TrackHistoryExceptColumnList.Pos, a.SCDTypePos, a.Pos)
}

func firstValid(list ...diag.Pos) diag.Pos {
	for _, pos := range list {
		if pos.IsValid() {
			return pos
		}
	}
	return diag.Pos{}
}
