package column_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// TestEnginesReadOurs: Parquet files of ours are the same rows to every engine.
func TestEnginesReadOurs(t *testing.T) {
	files := map[string]string{}
	want := map[string][]string{}
	dir := t.TempDir()
	add := func(name string, tab table, opt column.WriterOptions) {
		rows := tab.leaves()
		file, _ := write(t, opt, rows)
		files[name] = filepath.Join(dir, name+".parquet")
		want[name] = readers.Rows(rows)
		if err := os.WriteFile(files[name], file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	add("hazards", hazards(), column.WriterOptions{})
	add("hazards_zstd", hazards(), column.WriterOptions{Compression: column.Zstd})
	add("hazards_none", hazards(), column.WriterOptions{Compression: column.None})
	add("nested", nested(), column.WriterOptions{})
	add("pages", pages(), column.WriterOptions{})
	for seed := range 20 {
		tab := rapid.Custom(drawTable).Filter(func(tab table) bool { return len(tab.rows) > 0 }).Example(seed)
		add("random"+strconv.Itoa(seed), tab, column.WriterOptions{})
	}
	for _, e := range readers.OfParquet {
		t.Run(string(e), func(t *testing.T) {
			for name, file := range files {
				if diff := cmp.Diff(want[name], readers.ReadParquet(t, e, file, "")); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		})
	}
}

// hazards has one column for every type and values at the types' limits.
func hazards() table {
	dec := func(text string, p, s int) any {
		d, err := value.ParseDecimal([]byte(text), p, s)
		if err != nil {
			panic(err)
		}
		return d
	}
	tab := table{schema: column.Schema{
		{Name: "b", Type: column.Of(column.Bool)},
		{Name: "i32", Type: column.Of(column.Int32)},
		{Name: "i64", Type: column.Of(column.Int64)},
		{Name: "f32", Type: column.Of(column.Float32)},
		{Name: "f64", Type: column.Of(column.Float64)},
		{Name: "d9", Type: column.DecimalOf(9, 2)},
		{Name: "d18", Type: column.DecimalOf(18, 18)},
		{Name: "d19", Type: column.DecimalOf(19, 0)},
		{Name: "d38", Type: column.DecimalOf(38, 10)},
		{Name: "s", Type: column.Of(column.String)},
		{Name: "bin", Type: column.Of(column.Binary)},
		{Name: "day", Type: column.Of(column.Date)},
		{Name: "ts", Type: column.Of(column.Timestamp)},
		{Name: "never", Type: column.Of(column.Int64)},
		{Name: "odd name, with.dots; and ünïcode=", Type: column.Of(column.String)},
	}}
	nines := strings.Repeat("9", 28) + "." + strings.Repeat("9", 10)
	tab.rows = [][]any{
		{true, int32(math.MaxInt32), int64(math.MaxInt64), float32(math.MaxFloat32), math.MaxFloat64, dec("9999999.99", 9, 2),
			dec("0.999999999999999999", 18, 18), dec("9999999999999999999", 19, 0), dec(nines, 38, 10),
			"plain", []byte{0, 255}, int32(-719162), int64(-62135596800000000), nil, "x"},
		{false, int32(math.MinInt32), int64(math.MinInt64), float32(math.SmallestNonzeroFloat32), -math.MaxFloat64, dec("-9999999.99", 9, 2),
			dec("-0.999999999999999999", 18, 18), dec("-9999999999999999999", 19, 0), dec("-"+nines, 38, 10),
			"", []byte{}, int32(2932896), int64(253402300799999999), nil, ""},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		{true, int32(0), int64(-1), float32(math.Inf(1)), math.NaN(), dec("0.01", 9, 2), dec("0", 18, 18), dec("1", 19, 0), dec("-0.0000000001", 38, 10),
			"𝄞 ünï\x00\n\"", []byte("text"), int32(-1), int64(-1), nil, "y"},
		{false, int32(math.MaxInt32), int64(math.MaxInt64), float32(math.Copysign(0, -1)), math.Inf(-1), dec("-0.01", 9, 2), dec("0.1", 18, 18), dec("0", 19, 0),
			dec("1", 38, 10), strings.Repeat("long", 100), []byte{128}, int32(0), int64(1715656326123456), nil, "z"},
	}
	return tab
}

// nested has lists, maps and structs in one another, present, empty and NULL at every level.
func nested() table {
	item := column.StructOf(
		column.Field{Name: "sku", Type: column.Of(column.String)},
		column.Field{Name: "tags", Type: column.ListOf(column.Of(column.String))},
		column.Field{Name: "price", Type: column.DecimalOf(10, 2)},
	)
	return table{
		schema: column.Schema{
			{Name: "id", Type: column.Of(column.Int64)},
			{Name: "items", Type: column.ListOf(item)},
			{Name: "m", Type: column.MapOf(column.ListOf(column.Of(column.Int32)))},
			{Name: "s", Type: column.StructOf(column.Field{Name: "in", Type: column.StructOf(column.Field{Name: "x", Type: column.Of(column.Bool)})})},
			{Name: "ll", Type: column.ListOf(column.ListOf(column.Of(column.Int64)))},
		},
		rows: [][]any{
			{int64(1), []any{[]any{"a", []any{"x", nil, "y"}, nil}, nil, []any{nil, []any{}, nil}, []any{"b", nil, value.NewDecimal(0, 1999, 2)}},
				[]any{[2]any{"k", []any{int32(1), nil}}, [2]any{"l", nil}, [2]any{"m", []any{}}}, []any{[]any{true}}, []any{[]any{int64(1), int64(2)}, []any{}, nil, []any{nil}}},
			{int64(2), []any{}, []any{}, []any{[]any{nil}}, []any{}},
			{int64(3), nil, nil, []any{nil}, nil},
			{nil, []any{nil}, []any{[2]any{"", []any{int32(-1)}}}, nil, []any{nil}},
		},
	}
}

// pages has several pages in a column, values of very different sizes, a dictionary, and columns that give one up.
func pages() table {
	tab := table{schema: column.Schema{
		{Name: "id", Type: column.Of(column.Int64)},
		{Name: "status", Type: column.Of(column.String)},
		{Name: "unique", Type: column.Of(column.String)},
		{Name: "one", Type: column.Of(column.String)},
		{Name: "large", Type: column.Of(column.Binary)},
		{Name: "on", Type: column.Of(column.Bool)},
		{Name: "l", Type: column.ListOf(column.Of(column.Int32))},
		{Name: "name", Type: column.Of(column.String)},
		{Name: "price", Type: column.Of(column.Float64)},
	}}
	for i := range 40_000 {
		row := []any{int64(i) * 7, nil, fmt.Sprintf("a value of sixty bytes that is like no other value, %09d", i), "one", nil, i%3 == 0, nil, "product " + strconv.Itoa(i*i%3001), float64(i*i%2003) / -100}
		if i%5 != 0 {
			row[1] = []string{"complete", "open", "cancelled", ""}[i%4]
		}
		if i%20_000 == 0 {
			row[4] = make([]byte, 3<<20)
		}
		if i%1000 == 0 {
			l := make([]any, i/5)
			for j := range l {
				l[j] = int32(i + j)
			}
			row[6] = l
		}
		tab.rows = append(tab.rows, row)
	}
	return tab
}
