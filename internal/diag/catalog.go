package diag

import (
	"cmp"
	"slices"
)

// Entry explains one diagnostic ID: what it means, an example and what to do.
type Entry struct {
	ID    string
	Title string // one line
	Text  string // Markdown without a heading: meaning, example, way out
}

// All gives every entry, by ID.
func All() []Entry {
	all := slices.Concat(catalogSpec, catalogSchema, catalogSQL, catalogGen, catalogCDC, catalogExpect, catalogFixture, catalogKafka, catalogCutover, catalogReview, changeEntries())
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Lookup finds the entry of an ID.
func Lookup(id string) (Entry, bool) {
	all := All()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}
