package resolve

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/spec"
)

// readIgnored settles the columns in which a NULL keeps the value that is there (R16).
func (r *resolver) readIgnored(f *feed, a *spec.Apply) bool {
	in := &a.IgnoreNulls
	ok := true
	switch {
	case in.Only.Pos.IsValid():
		named, found := r.selectedNamed(f, a, in.Only.Names, "ignore_null_updates")
		f.ignored, ok = named, found && r.noKeys(f, in.Only.Names)
	case in.Except.Pos.IsValid():
		named, found := r.selectedNamed(f, a, in.Except.Names, "ignore_null_updates_except_column_list")
		ok = found
		f.ignored = f.values(named)
	case in.All:
		f.ignored = f.values(nil)
	default:
		return true
	}
	if ok && len(f.ignored) == 0 {
		r.report("SF0326", in.Pos, "ignore_null_updates of the flow "+f.spec.Name.Value+" is of no column: keys are never NULL", "name a column that may be left out of an event, or take the option out")
		return false
	}
	return ok
}

// values are the selected columns but for the keys and those left out.
func (f *feed) values(out []int) []int {
	return slices.DeleteFunc(slices.Clone(f.selected), func(i int) bool { return slices.Contains(f.keys, i) || slices.Contains(out, i) })
}

func (r *resolver) noKeys(f *feed, list []spec.String) bool {
	ok := true
	for _, name := range list {
		i := columnNamed(f.rel.columns, name.Value)
		at := slices.Index(f.keys, i)
		if at < 0 {
			continue
		}
		ok = false
		r.report("SF0326", name.Pos, "ignore_null_updates of the flow "+f.spec.Name.Value+" names the key "+f.rel.columns[i].Name+", which is never NULL", "take it out of the list",
			diag.Related{Pos: f.spec.Apply.Keys[at].Pos, Message: "it is a key by this"})
	}
	return ok
}

// ignoredPos is where a flow says in which columns it ignores NULL, or could.
func ignoredPos(f *feed) diag.Pos { return firstValid(f.spec.Apply.IgnoreNulls.Pos, f.spec.Apply.Pos) }
