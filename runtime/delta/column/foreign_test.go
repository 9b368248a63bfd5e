package column_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

// foreignSchema is the table of testdata/foreign.py.
var foreignSchema = column.Schema{
	{Name: "id", Type: column.Of(column.Int64)},
	{Name: "i32", Type: column.Of(column.Int32)},
	{Name: "i64", Type: column.Of(column.Int64)},
	{Name: "f32", Type: column.Of(column.Float32)},
	{Name: "f64", Type: column.Of(column.Float64)},
	{Name: "b", Type: column.Of(column.Bool)},
	{Name: "s", Type: column.Of(column.String)},
	{Name: "u", Type: column.Of(column.String)},
	{Name: "bin", Type: column.Of(column.Binary)},
	{Name: "day", Type: column.Of(column.Date)},
	{Name: "ts", Type: column.Of(column.Timestamp)},
	{Name: "d9", Type: column.DecimalOf(9, 2)},
	{Name: "d18", Type: column.DecimalOf(18, 3)},
	{Name: "d38", Type: column.DecimalOf(38, 2)},
	{Name: "l", Type: column.ListOf(column.Of(column.Int64))},
	{Name: "st", Type: column.StructOf(
		column.Field{Name: "x", Type: column.Of(column.Int64)},
		column.Field{Name: "in", Type: column.StructOf(column.Field{Name: "y", Type: column.Of(column.String)})},
	)},
	{Name: "ls", Type: column.ListOf(column.StructOf(
		column.Field{Name: "sku", Type: column.Of(column.String)},
		column.Field{Name: "tags", Type: column.ListOf(column.Of(column.String))},
	))},
	{Name: "m", Type: column.MapOf(column.Of(column.Int64))},
}

// TestReadForeign reads one table out of files of pyarrow, DuckDB, polars and Spark, in every layout they write.
func TestReadForeign(t *testing.T) {
	dir := t.TempDir()
	readers.Python(t, "runtime/delta/column/testdata/foreign.py", dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 40 {
		t.Fatalf("%d files: foreign.py writes more", len(files))
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".parquet")
		t.Run(filepath.Base(name), func(t *testing.T) {
			rows, err := os.ReadFile(name + ".rows")
			if err != nil {
				t.Fatal(err)
			}
			schema := foreignSchema
			if strings.HasPrefix(filepath.Base(name), "polars") {
				schema = schema[:len(schema)-1] // it has no maps
			}
			want := strings.Split(strings.TrimSuffix(string(rows), "\n"), "\n")
			if diff := cmp.Diff(want, readFile(t, file, schema)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// readFile returns the rows of all row groups.
func readFile(t *testing.T, file string, schema column.Schema) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, data)
	l := column.NewLeaves(schema)
	var rows []string
	for g := range f.RowGroups() {
		if err := f.ReadRowGroup(g, l, nil); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, readers.Rows(l)...)
	}
	return sorted(rows)
}
