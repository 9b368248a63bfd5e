package conformance_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
)

// partitions writes rows into a file for each partition, as a flow does, and remembers them.
func (tb *table) partitions(rows *column.Leaves, by ...int) (adds []delta.AddFile) {
	tb.t.Helper()
	var p column.Picker
	p.Reset(rows)
	var order []uint32
	for i := range rows.Rows() {
		order = append(order, uint32(i))
	}
	p.Sort(order, by)
	for len(order) > 0 {
		n := 1
		for n < len(order) && p.Equal(order[0], order[n], by) {
			n++
		}
		group := column.NewLeaves(rows.Schema())
		p.Into(group, order[:n])
		order = order[n:]
		d, err := tb.NewPartitionFile(rows.Schema(), tb.PartitionOf(group))
		must(tb.t, err)
		must(tb.t, d.WriteRowGroup(group))
		add, err := d.Close()
		must(tb.t, err)
		tb.rows[add.Path], tb.dead[add.Path] = group, roaring.New()
		adds = append(adds, add)
	}
	return adds
}

// read has every engine read the table by conditions. An empty text in a partition column is NULL in the log, which all
// go by but polars: it reads the file.
func (tb *table) read(partition []string, conditions map[string]func(row map[string]any) bool) {
	tb.t.Helper()
	asNull := func(texts []string) (out []string) {
		for _, text := range texts {
			for _, name := range partition {
				text = strings.Replace(text, fmt.Sprintf("%q: \"\"", name), fmt.Sprintf("%q: null", name), 1)
				text = strings.Replace(text, fmt.Sprintf("%q:\"\"", name), fmt.Sprintf("%q:null", name), 1)
			}
			out = append(out, text)
		}
		slices.Sort(out)
		return out
	}
	rows := func(e readers.Engine, where string, take func(map[string]any) bool) (out []string) {
		texts := tb.want(nil)
		if e != readers.Polars {
			texts = asNull(texts)
		}
		for _, text := range texts {
			var row map[string]any
			must(tb.t, json.Unmarshal([]byte(text), &row))
			if where == "" || take(row) {
				out = append(out, text)
			}
		}
		return out
	}
	for _, e := range readers.OfDelta {
		tb.t.Run(string(e), func(t *testing.T) {
			if diff := cmp.Diff(rows(e, "", nil), readers.Read(t, e, tb.Dir())); diff != "" {
				t.Error(diff)
			}
			for where, take := range conditions {
				want, got := rows(e, where, take), readers.ReadWhere(t, e, tb.Dir(), where)
				if len(want) == 0 {
					t.Errorf("no row has %s: the case proves nothing", where)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("where %s: %s", where, diff)
				}
			}
		})
	}
	if _, got := ours(tb.t, tb.Dir()); !cmp.Equal(tb.want(nil), got) { // of the files, where an empty text is one
		tb.t.Error(cmp.Diff(tb.want(nil), got))
	}
}

var oddTexts = []string{
	"a/b", "100%", "%2F", "ä", "日本", "two words", " lead", "trail ", "", "a=b", `a:b#c?d*"'\{}[]^|<>&+`, "line\nbreak\ttab", "..", ".", "~",
	"1", "007", "true", "2024-01-01", "null", strings.Repeat("x", 300), strings.Repeat("long ä/", 200),
}

func TestPartitionsOfOddTexts(t *testing.T) {
	schema := column.Schema{narrow[0], narrow[1], {Name: "größe in cm", Type: column.Of(column.Int32)}, {Name: "v", Type: column.Of(column.Float64)}}
	by := []string{"s", "größe in cm"}
	tb := newTable(t, delta.NewTable{Schema: schema, Keyed: true, PartitionBy: by})
	rows := func() *column.Leaves {
		l := column.NewLeaves(schema)
		for _, s := range append(oddTexts, oddTexts...) {
			tb.next++
			l.Int64s(0).Put(int64(tb.next), 0, 1)
			l.Strings(1).Put(s, 0, 1)
			l.Int32s(2).Put(int32(tb.next%2), 0, 1)
			l.Float64s(3).Put(float64(tb.next)/4, 0, 1)
		}
		for range 3 {
			tb.next++
			l.Int64s(0).Put(int64(tb.next), 0, 1)
			for leaf := 1; leaf < 4; leaf++ {
				l.At(leaf).Null(0, 0)
			}
		}
		return l
	}
	first := tb.partitions(rows(), 1, 2)
	tb.commit(&delta.Tx{Adds: first})
	dead := map[string]*roaring.Bitmap{}
	for _, a := range first {
		if a.Rows > 1 {
			dead[a.Path] = roaring.BitmapOf(0)
		}
	}
	tb.commit(&delta.Tx{Deletes: dead, Adds: tb.partitions(rows(), 1, 2), Domains: map[string]string{"seamflow.x": "1"}})
	tb.commit(&delta.Tx{AddColumns: column.Schema{{Name: "more", Type: column.ListOf(column.Of(column.String))}}})
	tb.read(by, map[string]func(map[string]any) bool{
		"s = 'a/b'":       func(r map[string]any) bool { return r["s"] == "a/b" },
		"s = '100%'":      func(r map[string]any) bool { return r["s"] == "100%" },
		"s = 'two words'": func(r map[string]any) bool { return r["s"] == "two words" },
		"s = '007'":       func(r map[string]any) bool { return r["s"] == "007" },
		"s >= 'l'":        func(r map[string]any) bool { s, ok := r["s"].(string); return ok && s >= "l" },
		"s IS NULL":       func(r map[string]any) bool { return r["s"] == nil },
		"id > 60":         func(r map[string]any) bool { return r["id"].(float64) > 60 },
	})
}

func TestPartitionsOfEveryType(t *testing.T) {
	schema := column.Schema{
		narrow[0], narrow[1], {Name: "b", Type: column.Of(column.Bool)}, {Name: "i", Type: column.Of(column.Int32)}, {Name: "l", Type: column.Of(column.Int64)},
		{Name: "dec", Type: column.DecimalOf(38, 9)}, {Name: "day", Type: column.Of(column.Date)}, {Name: "ts", Type: column.Of(column.Timestamp)},
	}
	rows := func(tb *table) *column.Leaves {
		l := column.NewLeaves(schema)
		for k := range 12 {
			tb.next++
			l.Int64s(0).Put(int64(tb.next), 0, 1)
			l.Strings(1).Put("plain", 0, 1)
			if k == 0 {
				for leaf := 2; leaf < l.Len(); leaf++ {
					l.At(leaf).Null(0, 0)
				}
				continue
			}
			n := int64(k%3 - 1)
			l.Bools(2).Put(n > 0, 0, 1)
			l.Int32s(3).Put(int32(n)*2147483647, 0, 1)
			l.Int64s(4).Put(n*9223372036854775807, 0, 1)
			l.Decimals(5).Put(value.NewDecimal(n>>63, uint64(n*1_500_000_000), 9), 0, 1)
			l.Int32s(6).Put(int32(19782+n*9000), 0, 1)
			l.Int64s(7).Put(1704103200123456+n*86_400_000_000, 0, 1)
		}
		return l
	}
	b := func(r map[string]any) bool { return r["b"] == true }
	for name, c := range map[string]struct {
		by    []int
		where map[string]func(map[string]any) bool
	}{
		"folders": {[]int{6, 5, 4, 3, 2}, map[string]func(map[string]any) bool{"b": b, "day IS NULL": func(r map[string]any) bool { return r["day"] == nil },
			"i = 2147483647 AND l > 5": b}},
		"no folders": {[]int{7, 6}, map[string]func(map[string]any) bool{"ts IS NOT NULL": func(r map[string]any) bool { return r["ts"] != nil }}},
	} {
		t.Run(name, func(t *testing.T) {
			var by []string
			for _, i := range c.by {
				by = append(by, schema[i].Name)
			}
			tb := newTable(t, delta.NewTable{Schema: schema, Keyed: true, PartitionBy: by})
			first := tb.partitions(rows(tb), c.by...)
			tb.commit(&delta.Tx{Adds: first})
			tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{first[1].Path: roaring.BitmapOf(0)}, Adds: tb.partitions(rows(tb), c.by...)})
			if folders := strings.Contains(first[0].Path, "/"); folders != (name == "folders") {
				t.Errorf("file %s", first[0].Path)
			}
			tb.read(by, c.where)
			before := tb.Version()
			_, err := readers.Do(readers.Spark, tb.Dir(), "OPTIMIZE TABLE_PATH") // an error may be that of showing its metrics
			h, got := ours(t, tb.Dir())
			if diff := cmp.Diff(tb.want(nil), got); diff != "" || h.Version() == before { // Spark's files lack the partition columns
				t.Errorf("version %d, of files that Spark wrote: %s (%v)", h.Version(), diff, err)
			}
		})
	}
}
