package column_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

func sorted(rows []string) []string {
	rows = slices.Clone(rows)
	slices.Sort(rows)
	return rows
}

// TestReadEvolved reads a file under a schema with columns and fields that the file lacks, in another order: they are
// NULL where what is around them is present, and go back into a file.
func TestReadEvolved(t *testing.T) {
	str, long := column.Of(column.String), column.Of(column.Int64)
	old := table{
		schema: column.Schema{
			{Name: "n", Type: column.Of(column.Int32)},
			{Name: "items", Type: column.ListOf(column.StructOf(column.Field{Name: "sku", Type: str}))},
			{Name: "s", Type: column.StructOf(column.Field{Name: "gone", Type: column.ListOf(long)}, column.Field{Name: "f", Type: column.Of(column.Float32)})},
			{Name: "m", Type: column.MapOf(column.StructOf(column.Field{Name: "v", Type: long}))},
		},
		rows: [][]any{
			{int32(-5), []any{[]any{"a"}, nil, []any{nil}}, []any{[]any{int64(1), int64(2)}, float32(0.5)}, []any{[2]any{"k", []any{int64(1)}}, [2]any{"l", nil}}},
			{int32(7), []any{}, []any{[]any{}, nil}, []any{}},
			{nil, nil, nil, nil},
		},
	}
	schema := column.Schema{
		{Name: "new", Type: column.ListOf(str)},
		{Name: "s", Type: column.StructOf(column.Field{Name: "f", Type: column.Of(column.Float64)}, column.Field{Name: "more", Type: column.ListOf(long)})},
		{Name: "items", Type: column.ListOf(column.StructOf(
			column.Field{Name: "price", Type: column.DecimalOf(10, 2)}, column.Field{Name: "sku", Type: str},
			column.Field{Name: "tags", Type: column.ListOf(str)}))},
		{Name: "n", Type: long},
		{Name: "m", Type: column.MapOf(column.StructOf(column.Field{Name: "w", Type: long}))},
	}
	want := sorted([]string{
		`{"items":[{"price":null,"sku":"a","tags":null},null,{"price":null,"sku":null,"tags":null}],` +
			`"m":[{"key":"k","value":{"w":null}},{"key":"l","value":null}],"n":-5,"new":null,"s":{"f":"0.5","more":null}}`,
		`{"items":[],"m":[],"n":7,"new":null,"s":{"f":null,"more":null}}`,
		`{"items":null,"m":null,"n":null,"new":null,"s":null}`,
	})
	file, _ := write(t, column.WriterOptions{}, old.leaves())
	l := read(t, file, 0, schema)
	if diff := cmp.Diff(want, readers.Rows(l)); diff != "" {
		t.Fatal(diff)
	}
	file, _ = write(t, column.WriterOptions{}, l)
	if diff := cmp.Diff(want, readers.Rows(read(t, file, 0, schema))); diff != "" {
		t.Fatal(diff)
	}
	// A struct of which the file has no field at all is still there or NULL as in the file.
	only := column.Schema{{Name: "s", Type: column.StructOf(column.Field{Name: "other", Type: str})}}
	if diff := cmp.Diff(sorted([]string{`{"s":{"other":null}}`, `{"s":{"other":null}}`, `{"s":null}`}), readers.Rows(read(t, file, 0, only))); diff != "" {
		t.Fatal(diff)
	}
}

// TestReadRefused: what a column cannot hold without loss is an error that names it.
func TestReadRefused(t *testing.T) {
	dec := table{schema: column.Schema{{Name: "d", Type: column.DecimalOf(20, 4)}, {Name: "n", Type: column.Of(column.Int64)},
		{Name: "l", Type: column.ListOf(column.Of(column.String))}}, rows: [][]any{{nil, int64(1), []any{"x"}}}}
	file, _ := write(t, column.WriterOptions{}, dec.leaves())
	for _, tc := range []struct {
		field column.Field
		want  string
	}{
		{column.Field{Name: "n", Type: column.Of(column.Int32)}, "column n is INT64 in the file, which cannot be read as int"},
		{column.Field{Name: "n", Type: column.Of(column.Timestamp)}, "cannot be read as timestamp"},
		{column.Field{Name: "n", Type: column.Of(column.Float64)}, "cannot be read as double"},
		{column.Field{Name: "d", Type: column.DecimalOf(38, 2)}, "cannot be read as decimal(38,2)"},
		{column.Field{Name: "n", Type: column.ListOf(column.Of(column.Int64))}, "array<bigint> was expected"},
		{column.Field{Name: "l", Type: column.Of(column.String)}, "column l is a group (list) in the file"},
		{column.Field{Name: "l", Type: column.ListOf(column.Of(column.Bool))}, "column l.element is BYTE_ARRAY STRING in the file"},
		{column.Field{Name: "l", Type: column.MapOf(column.Of(column.String))}, "column l"},
	} {
		l := column.NewLeaves(column.Schema{tc.field})
		err := open(t, file).ReadRowGroup(0, l, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s as %s: %v, not %q", tc.field.Name, tc.field.Type, err, tc.want)
		}
		if l.Rows() != 0 {
			t.Errorf("%s as %s: rows are left after an error", tc.field.Name, tc.field.Type)
		}
	}
}

// TestWriteRefused: what would make a broken file is an error before anything is written of it.
func TestWriteRefused(t *testing.T) {
	long := column.Schema{{Name: "a", Type: column.Of(column.Int64)}, {Name: "b", Type: column.Of(column.String)}}
	uneven := column.NewLeaves(long)
	uneven.Int64s(0).Put(1, 0, 1)
	dec := column.Schema{{Name: "d", Type: column.DecimalOf(4, 2)}}
	for _, tc := range []struct {
		name   string
		schema column.Schema
		rows   *column.Leaves
		want   string
	}{
		{"uneven", long, uneven, "column b has 0 rows, the first column has 1"},
		{"other schema", column.Schema{long[1], long[0]}, uneven, "column b is string, its rows are bigint"},
		{"fewer columns", long[:1], uneven, "2 leaf columns for a file of 1"},
		{"no columns", nil, column.NewLeaves(nil), "at least one column"},
		{"empty struct", column.Schema{{Name: "s", Type: column.StructOf()}}, column.NewLeaves(nil), "struct without fields"},
		{"decimal", column.Schema{{Name: "d", Type: column.DecimalOf(39, 2)}}, column.NewLeaves(nil), "not within decimal(38,s)"},
		{"too large", dec, (&table{schema: dec, rows: [][]any{{decimal(t, "100.00", 5, 2)}}}).leaves(), "column d: 100.00 is no decimal(4,2)"},
		{"other scale", dec, (&table{schema: dec, rows: [][]any{{decimal(t, "1.0", 4, 1)}}}).leaves(), "column d: 1.0 is no decimal(4,2)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := column.NewFileWriter(&strings.Builder{}, tc.schema, column.WriterOptions{})
			err := w.WriteRowGroup(tc.rows)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, not %q", err, tc.want)
			}
			if _, err := w.Close(); err == nil {
				t.Error("Close is fine after an error")
			}
		})
	}
}
