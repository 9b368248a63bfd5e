package column_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"pgregory.net/rapid"
)

// TestAppendAll compares rows that were joined with rows that were put one after the other, and writes them: a file is
// what shows levels that do not fit.
func TestAppendAll(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		cut := rapid.IntRange(0, len(tab.rows)).Draw(rt, "cut")
		first, second := table{schema: tab.schema, rows: tab.rows[:cut]}, table{schema: tab.schema, rows: tab.rows[cut:]}
		joined, rest := first.leaves(), second.leaves()
		joined.AppendAll(rest)
		want := tab.leaves()
		if joined.Rows() != want.Rows() || joined.Bytes() != want.Bytes() {
			rt.Fatalf("%d rows in %d bytes, not %d in %d", joined.Rows(), joined.Bytes(), want.Rows(), want.Bytes())
		}
		if len(tab.rows) == 0 {
			return
		}
		file, _ := write(t, column.WriterOptions{}, joined)
		if diff := cmp.Diff(readers.Rows(want), readers.Rows(read(t, file, 0, tab.schema))); diff != "" {
			rt.Fatal(diff)
		}
		if !slices.Equal(readers.Rows(rest), readers.Rows(second.leaves())) {
			rt.Fatal("the rows that were appended have changed")
		}
	})
}
