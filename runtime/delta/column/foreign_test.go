package column_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
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
			switch base := filepath.Base(name); {
			case strings.HasPrefix(base, "polars"):
				schema = columns("m", false) // it has no maps
			case base == "only_two_level":
				schema = columns("id l ls", true)
			case base == "only_uuid":
				schema = columns("id u", true)
			}
			want := strings.Split(strings.TrimSuffix(string(rows), "\n"), "\n")
			if diff := cmp.Diff(want, readFile(t, file, schema)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// columns are the columns of foreignSchema that are named, or those that are not.
func columns(names string, named bool) (out column.Schema) {
	for _, f := range foreignSchema {
		if slices.Contains(strings.Fields(names), f.Name) == named {
			out = append(out, f)
		}
	}
	return out
}

// TestReadBareRepeated reads lists that are a repeated field and nothing around it, as parquet-go writes slices.
func TestReadBareRepeated(t *testing.T) {
	type item struct {
		Sku string `parquet:"sku"`
	}
	type row struct {
		ID int64   `parquet:"id"`
		L  []int64 `parquet:"l"`
		LS []item  `parquet:"ls"`
	}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file)
	if _, err := w.Write([]row{{1, []int64{1, 2}, []item{{"a"}, {"b"}}}, {2, nil, nil}, {3, []int64{3}, nil}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"id":1,"l":[1,2],"ls":[{"sku":"a","tags":null},{"sku":"b","tags":null}]}`,
		`{"id":2,"l":[],"ls":[]}`,
		`{"id":3,"l":[3],"ls":[]}`,
	}
	if diff := cmp.Diff(want, readers.Rows(read(t, file.Bytes(), 0, columns("id l ls", true)))); diff != "" {
		t.Error(diff)
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
