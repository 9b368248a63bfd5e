package parquet_files

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// write writes rows as a file of a data folder.
func write(t *testing.T, dir, name string, rows []AllTypes, cut int) {
	t.Helper()
	buffer := newAllTypesRows()
	for i := range rows {
		buffer.Append(&rows[i])
	}
	var b bytes.Buffer
	w := column.NewFileWriter(&b, way.Schema, column.WriterOptions{})
	if err := w.WriteRowGroup(buffer.Leaves()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", name), b.Bytes()[:b.Len()-cut], 0o644); err != nil {
		t.Fatal(err)
	}
}

func options(dir string) flow.Options { return flow.Options{Data: dir, AvailableNow: true} }

// A row that is no record is set aside, with its place, and is still none when it is tried again. The others are rows.
func TestBadRowIsSetAside(t *testing.T) {
	dir := t.TempDir()
	row := rapid.Custom(func(t *rapid.T) AllTypes { return decode(t, drawRecord(t, func(string) bool { return false })) })
	rows := []AllTypes{row.Example(1), row.Example(2), row.Example(3)}
	rows[1].E = "PINK"
	write(t, dir, "a.parquet", rows, 0)
	sum, err := Pipeline().Run(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if got := sum.Tables[0].Rows; got != 2 {
		t.Errorf("%d rows", got)
	}
	var set []*flow.Rejected
	if err := Pipeline().QuarantineList(t.Context(), options(dir), "all_types", func(r *flow.Rejected) { set = append(set, r) }); err != nil {
		t.Fatal(err)
	}
	if len(set) != 1 || set[0].File != "data/a.parquet" || set[0].Line != 2 || set[0].Column != "e" ||
		!strings.HasSuffix(set[0].Reason, `found the string "PINK" (row 2, row group 0)`) || !strings.Contains(set[0].Raw, `"e":"PINK"`) {
		t.Fatalf("%+v", set)
	}
	again, err := Pipeline().QuarantineReplay(t.Context(), options(dir), "all_types")
	if err != nil || again[0].Tried != 1 || again[0].Bad != 1 {
		t.Errorf("%+v %v", again, err)
	}
}

// A file that is damaged stops the run, by its name, with nothing of its batch applied.
func TestDamagedFileStopsTheRun(t *testing.T) {
	dir := t.TempDir()
	row := rapid.Custom(func(t *rapid.T) AllTypes { return decode(t, drawRecord(t, func(string) bool { return false })) })
	write(t, dir, "a.parquet", []AllTypes{row.Example(1)}, 0)
	write(t, dir, "b.parquet", []AllTypes{row.Example(2)}, 3)
	_, err := Pipeline().Run(t.Context(), options(dir))
	if err == nil || !strings.Contains(err.Error(), "data/b.parquet") || !strings.Contains(err.Error(), "cut short") {
		t.Fatal(err)
	}
	sum, err := Pipeline().Status(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if got := sum.Tables[0].Rows; got != 0 {
		t.Errorf("%d rows of a batch that failed", got)
	}
}

// What a table holds does not depend on whether its files were read twice.
func TestTwoPasses(t *testing.T) {
	row := rapid.Custom(func(t *rapid.T) AllTypes { return decode(t, drawRecord(t, func(string) bool { return false })) })
	var files [4][]AllTypes
	for file := range files {
		for n := range 25 {
			r := row.Example(100*file + n)
			r.Ts = value.Timestamp(n % 7)
			if n == 13 {
				r.E = "PINK"
			}
			files[file] = append(files[file], r)
		}
	}
	var sums [2]*flow.Summary
	var stored [2]map[string][]string
	for i, backlog := range []int64{-1, 1} {
		dir := t.TempDir()
		for file, rows := range files {
			write(t, dir, string(rune('a'+file))+".parquet", rows, 0)
		}
		opt := options(dir)
		opt.Backlog = backlog
		var err error
		if sums[i], err = Pipeline().Run(t.Context(), opt); err != nil {
			t.Fatal(err)
		}
		stored[i] = map[string][]string{}
		for _, table := range sums[i].Tables {
			stored[i][table.Name] = rowsOf(t, dir, table.Name)
		}
	}
	for i := range sums[0].Tables {
		a, b := sums[0].Tables[i], sums[1].Tables[i]
		if a.Name != b.Name || a.Rows != b.Rows || a.Rows == 0 || a.Quarantined != b.Quarantined || a.Quarantined != 4 {
			t.Errorf("read once %d rows and %d set aside in %s, read twice %d and %d", a.Rows, a.Quarantined, a.Name, b.Rows, b.Quarantined)
		}
	}
	if len(stored[0]["newest"]) == 0 || len(stored[0]["all_types"]) == 0 {
		t.Error("tables without rows")
	}
	if diff := cmp.Diff(stored[0], stored[1]); diff != "" {
		t.Errorf("rows read once (-) and twice (+):\n%s", diff)
	}
}

// rowsOf gives the rows of a table, as sorted JSON.
func rowsOf(t *testing.T, dir, name string) []string {
	t.Helper()
	table, err := delta.Open(t.Context(), vfs.OS(), filepath.Join(dir, "tables", name))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range table.Files() {
		paths = append(paths, f.Path)
	}
	leaves := column.NewLeaves(table.Schema())
	var rows []string
	if err := table.Scan(t.Context(), leaves, func(int) bool { return true }, paths, func(string, uint32) { rows = append(rows, readers.Row(leaves)) }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

// Reading records allocates nothing: a file of many rows allocates what one of few does, but for what its pages take.
func TestRecordsAllocateNothing(t *testing.T) {
	row := rapid.Custom(func(t *rapid.T) AllTypes { return decode(t, drawRecord(t, func(string) bool { return false })) })
	var some []AllTypes
	for n := range 50 {
		some = append(some, row.Example(n))
	}
	records := newAllColumns()
	scan := records.Scan()
	allocs := func(rows int) float64 {
		buffer := newAllTypesRows()
		for i := range rows {
			buffer.Append(&some[i%len(some)])
		}
		var b bytes.Buffer
		w := column.NewFileWriter(&b, way.Schema, column.WriterOptions{})
		if err := w.WriteRowGroup(buffer.Leaves()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file := bytes.NewReader(b.Bytes())
		var o All
		return testing.AllocsPerRun(2, func() {
			if err := scan.Open(file, file.Size()); err != nil {
				t.Fatal(err)
			}
			n := 0
			for scan.Next() {
				for range scan.Rows() {
					records.Read(&o)
					n++
				}
			}
			if n != rows || scan.Err() != nil {
				t.Fatal(n, scan.Err())
			}
		})
	}
	few, many := allocs(2000), allocs(12000)
	if per := (many - few) / 10000; per > 0.02 {
		t.Errorf("%.0f allocations for 2,000 rows, %.0f for 12,000: %.3f a row", few, many, per)
	}
	t.Logf("%.0f allocations for 2,000 rows, %.0f for 12,000", few, many)
}
