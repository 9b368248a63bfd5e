package column_test

import (
	"bytes"
	"encoding/json"
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
	"pgregory.net/rapid"
)

func TestStatsJSON(t *testing.T) {
	s := column.Of(column.String)
	tab := table{
		schema: column.Schema{
			{Name: "n", Type: column.Of(column.Int32)},
			{Name: "f", Type: column.Of(column.Float64)},
			{Name: "nan", Type: column.Of(column.Float32)},
			{Name: "in \"q\"", Type: column.StructOf(column.Field{Name: "s", Type: s}, column.Field{Name: "b", Type: column.Of(column.Bool)},
				column.Field{Name: "l", Type: column.ListOf(s)})},
			{Name: "d", Type: column.DecimalOf(20, 2)},
			{Name: "day", Type: column.Of(column.Date)},
			{Name: "ts", Type: column.Of(column.Timestamp)},
			{Name: "bin", Type: column.Of(column.Binary)},
			{Name: "never", Type: s},
			{Name: "top", Type: s},
		},
		rows: [][]any{
			{int32(7), 0.5, float32(1), []any{"a" + strings.Repeat("x", 40), true, []any{"q"}}, decimal(t, "-1.50", 20, 2), int32(-1), int64(-1), []byte{1}, nil, strings.Repeat("\U0010ffff", 9)},
			{int32(-2147483648), -1e300, float32(math.NaN()), []any{"zé" + strings.Repeat("y", 28) + "ü and more", nil, nil}, decimal(t, "999999999999999999.99", 20, 2), int32(0), int64(1715656326123456), nil, nil, "a"},
			{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		},
	}
	first, second := table{tab.schema, tab.rows[:1]}, table{tab.schema, tab.rows[1:]}
	_, info := write(t, column.WriterOptions{}, first.leaves(), second.leaves())
	want := `{"numRecords":3,` +
		`"minValues":{"n":-2147483648,"f":-1e+300,"in \"q\"":{"s":"axxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},"d":-1.50,"day":"1969-12-31","ts":"1969-12-31T23:59:59.999999Z"},` +
		`"maxValues":{"n":7,"f":0.5,"in \"q\"":{"s":"zéyyyyyyyyyyyyyyyyyyyyyyyyyyyz"},"d":999999999999999999.99,"day":"1970-01-01","ts":"2024-05-14T03:12:06.123456Z"},` +
		`"nullCount":{"n":1,"f":1,"nan":1,"in \"q\"":{"s":1,"b":2},"d":1,"day":1,"ts":1,"bin":2,"never":3,"top":1}}`
	got := info.StatsJSON()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !json.Valid([]byte(got)) {
		t.Error("no JSON")
	}
}

// TestStatsBound: no value is beyond the statistics, and numbers reach them.
func TestStatsBound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := table{schema: column.Schema{{Name: "i", Type: column.Of(column.Int64)}, {Name: "s", Type: column.Of(column.String)}}}
		least, most := int64(math.MaxInt64), int64(math.MinInt64)
		var groups []*column.Leaves
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(a|é|𝄞|\x{10ffff}|\x{d7ff}){20,40}`))
		nulls := int64(0)
		for range rapid.IntRange(1, 3).Draw(rt, "groups") {
			tab.rows = nil
			for range rapid.IntRange(1, 5).Draw(rt, "rows") {
				i := rapid.Int64().Draw(rt, "i")
				least, most = min(least, i), max(most, i)
				row := []any{i, nil}
				if rapid.Bool().Draw(rt, "present") {
					row[1] = text.Draw(rt, "s")
				} else {
					nulls++
				}
				tab.rows = append(tab.rows, row)
			}
			groups = append(groups, tab.leaves())
		}
		_, info := write(t, column.WriterOptions{}, groups...)
		if i := info.Stats[0]; i.Min != strconv.FormatInt(least, 10) || i.Max != strconv.FormatInt(most, 10) || i.Nulls != 0 {
			rt.Fatalf("%s to %s, %d NULL, not %d to %d", i.Min, i.Max, i.Nulls, least, most)
		}
		s := info.Stats[1]
		if s.Nulls != nulls {
			rt.Fatalf("%d NULL, not %d", s.Nulls, nulls)
		}
		if s.Min == "" {
			return // all NULL, or nothing short is above
		}
		var lo, hi string
		if json.Unmarshal([]byte(s.Min), &lo) != nil || json.Unmarshal([]byte(s.Max), &hi) != nil {
			rt.Fatalf("%s and %s are no JSON", s.Min, s.Max)
		}
		for _, g := range groups {
			g.Rewind()
			for range g.Rows() {
				present := g.Strings(1).Def() == 1
				if v := g.Strings(1).Take(); present && (v < lo || v > hi) {
					rt.Fatalf("%q is not between %q and %q", v, lo, hi)
				}
			}
		}
	})
}

// TestEnginesFilter: engines that skip row groups by our statistics still find every row.
func TestEnginesFilter(t *testing.T) {
	schema := column.Schema{
		{Name: "k", Type: column.Of(column.Int64)},
		{Name: "s", Type: column.Of(column.String)},
		{Name: "f", Type: column.Of(column.Float64)},
		{Name: "d", Type: column.DecimalOf(38, 10)},
		{Name: "c", Type: column.DecimalOf(9, 2)},
	}
	var file bytes.Buffer
	w := column.NewFileWriter(&file, schema, column.WriterOptions{})
	prefix := strings.Repeat("é", 35)
	var conditions []string
	for i := range 6 {
		s := fmt.Sprintf("%s%c", prefix, 'a'+i)
		tab := table{schema: schema, rows: [][]any{{int64(i) - 3, s, float64(i) - 2.5,
			decimal(t, fmt.Sprintf("%d.0000000001", int64(i-3)*1_000_000_000_000_000), 38, 10), decimal(t, fmt.Sprintf("%d.25", (i-3)*1000), 9, 2)}}}
		if err := w.WriteRowGroup(tab.leaves()); err != nil {
			t.Fatal(err)
		}
		conditions = append(conditions, fmt.Sprintf("k = %d", i-3), "s = '"+s+"'", fmt.Sprintf("f = %g", float64(i)-2.5),
			fmt.Sprintf("d = %d.0000000001", int64(i-3)*1_000_000_000_000_000), fmt.Sprintf("c = %d.25", (i-3)*1000))
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "f.parquet")
	if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, e := range []readers.Engine{readers.DuckDB, readers.Polars, readers.Spark} {
		for _, c := range conditions {
			if e == readers.Polars && (c[0] == 'd' || c[0] == 'c') {
				continue // it takes a decimal in SQL for a float
			}
			if rows := readers.ReadParquet(t, e, path, c); len(rows) != 1 {
				t.Errorf("%s: %d rows with %s", e, len(rows), c)
			}
		}
	}
}
