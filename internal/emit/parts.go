package emit

import (
	"slices"

	"github.com/seamflow/seamflow/internal/model"
)

// Fold are the Go names of the functions of a table whose rows are taken apart; "" where there is none.
type Fold struct {
	Func, AppendParts, ReadParts     string
	SetInterval, Interval, ReadBound string // SCD type 2
}

// Part is a part of a row: a column, or a leaf of one in which NULL is ignored.
type Part struct{ Key, Tracked, Ignore bool }

// Parts are those of a row, in the order of columns.
func (t *Table) Parts() (parts []Part) {
	k := t.Model.Keyed
	for i := range t.Columns() {
		key := slices.Contains(k.Keys, i)
		part := Part{Key: key, Tracked: !key && !slices.Contains(k.Untracked, i), Ignore: slices.Contains(k.IgnoreNulls, i)}
		for range t.partsOf(i) {
			parts = append(parts, part)
		}
	}
	return parts
}

// Columns are the row's fields that are taken apart: all but the interval of a version.
func (t *Table) Columns() []Field {
	if k := t.Model.Keyed; k != nil && k.SCDType == 2 {
		return t.Row.Fields[:k.Start]
	}
	return t.Row.Fields
}

// Split reports whether a column is taken apart into leaves.
func (t *Table) Split(i int) bool { return slices.Contains(t.Model.Keyed.IgnoreNulls, i) }

func (t *Table) partsOf(i int) int {
	if !t.Split(i) {
		return 1
	}
	return LeafCount(t.Row.Fields[i].Type)
}

// LeafCount is the number of leaves of a type: the fields of structs one by one; lists and maps are leaves (R16).
func LeafCount(t *model.Type) int {
	if t.Kind != model.Struct {
		return 1
	}
	n := 0
	for i := range t.Fields {
		n += LeafCount(t.Fields[i].Type)
	}
	return n
}

// fold names the functions of a folded table.
func (b *builder) fold(tb *Table, base string) {
	if tb.Model.Keyed == nil || !tb.Model.Keyed.Folded() {
		return
	}
	tb.Fold = &Fold{Func: b.pkg.claim(base + "Fold"), AppendParts: b.pkg.claim(base + "AppendParts"), ReadParts: b.pkg.claim(base + "ReadParts")}
	if tb.Model.Keyed.SCDType == 2 {
		tb.Fold.SetInterval = b.pkg.claim(base + "SetInterval")
		tb.Fold.Interval = b.pkg.claim(base + "Interval")
		tb.Fold.ReadBound = b.pkg.claim(base + "ReadBound")
	}
}
