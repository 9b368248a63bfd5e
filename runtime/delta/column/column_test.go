package column_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"pgregory.net/rapid"
)

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		rows := tab.leaves()
		want := readers.Rows(rows)
		opt := column.WriterOptions{Compression: rapid.SampledFrom([]column.Compression{column.Snappy, column.Zstd, column.None}).Draw(rt, "codec")}
		file, info := write(t, opt, rows, rows)
		if info.Rows != int64(2*len(tab.rows)) {
			rt.Fatalf("%d rows instead of %d", info.Rows, 2*len(tab.rows))
		}
		if len(tab.rows) == 0 {
			return
		}
		f := open(t, file)
		if f.RowGroups() != 2 || f.Rows(1) != len(tab.rows) || f.NumRows() != info.Rows {
			rt.Fatalf("%d row groups, %d rows in the second, %d in all", f.RowGroups(), f.Rows(1), f.NumRows())
		}
		for g := range 2 {
			if diff := cmp.Diff(want, readers.Rows(read(t, file, g, tab.schema))); diff != "" {
				rt.Fatal(diff)
			}
		}
	})
}

// TestKeep compares dropping rows with never having added them, and skipping with reading on.
func TestKeep(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		rows := tab.leaves()
		kept := table{schema: tab.schema}
		var live column.Bitset
		for _, r := range tab.rows {
			in := rapid.Bool().Draw(rt, "live")
			live.Append(in)
			if in {
				kept.rows = append(kept.rows, r)
			}
		}
		rows.Keep(&live)
		want := kept.leaves()
		for i := range rows.Len() {
			if a, b := rows.At(i), want.At(i); a.Rows() != len(kept.rows) || a.Bytes() != b.Bytes() {
				rt.Fatalf("leaf %d: %d rows in %d bytes, not %d in %d", i, a.Rows(), a.Bytes(), b.Rows(), b.Bytes())
			}
		}
		if diff := cmp.Diff(readers.Rows(want), readers.Rows(rows)); diff != "" {
			rt.Fatal(diff)
		}
		// What is added after Keep follows what stayed.
		for _, r := range tab.rows {
			putRow(rows, r)
			putRow(want, r)
		}
		if diff := cmp.Diff(readers.Rows(want), readers.Rows(rows)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestSkipRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		rows := tab.leaves()
		for at := 0; at < len(tab.rows); {
			n := rapid.IntRange(0, len(tab.rows)-at).Draw(rt, "n")
			rows.SkipRows(n)
			if at += n; at == len(tab.rows) {
				break
			}
			one := table{schema: tab.schema, rows: tab.rows[at : at+1]}
			if diff := cmp.Diff(readers.Rows(one.leaves())[0], readers.Row(rows)); diff != "" {
				rt.Fatal(diff)
			}
			at++
		}
		for i := range rows.Len() {
			if l := rows.At(i); l.Rep() != 0 || l.Def() != 0 {
				rt.Fatalf("leaf %d is not at its end", i)
			}
		}
	})
}

// TestWanted reads some columns only: the others are NULL.
func TestWanted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		if len(tab.rows) == 0 {
			return
		}
		file, _ := write(t, column.WriterOptions{}, tab.leaves())
		want := make([]bool, len(tab.schema))
		rows := slices.Clone(tab.rows)
		for i := range rows {
			rows[i] = slices.Clone(rows[i])
		}
		for c := range want {
			want[c] = rapid.Bool().Draw(rt, "want")
			for i := range rows {
				if !want[c] {
					rows[i][c] = nil
				}
			}
		}
		l := column.NewLeaves(tab.schema)
		if err := open(t, file).ReadRowGroup(0, l, func(leaf int) bool { return want[l.At(leaf).Column().Column] }); err != nil {
			rt.Fatal(err)
		}
		only := table{schema: tab.schema, rows: rows}
		if diff := cmp.Diff(readers.Rows(only.leaves()), readers.Rows(l)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestBitset(t *testing.T) {
	var b column.Bitset
	b.Fill(130, true)
	if b.Count() != 130 || !b.Has(129) || b.Has(130) {
		t.Errorf("130 rows: %d, has 129 %v, has 130 %v", b.Count(), b.Has(129), b.Has(130))
	}
	b.Clear(64)
	b.Append(false)
	b.Set(140)
	if b.Len() != 141 || b.Count() != 130 || b.Has(64) || b.Has(130) || !b.Has(140) {
		t.Errorf("len %d, count %d", b.Len(), b.Count())
	}
	b.Fill(3, false)
	if b.Len() != 3 || b.Count() != 0 {
		t.Errorf("filled with nothing: len %d, count %d", b.Len(), b.Count())
	}
}

func TestTypeString(t *testing.T) {
	typ := column.StructOf(
		column.Field{Name: "chain", Type: column.Of(column.String)},
		column.Field{Name: "user device", Type: column.ListOf(column.DecimalOf(10, 2))},
		column.Field{Name: "m", Type: column.MapOf(column.Of(column.Int64))},
	)
	if got, want := typ.String(), "struct<chain:string,`user device`:array<decimal(10,2)>,m:map<string,bigint>>"; got != want {
		t.Errorf("%s instead of %s", got, want)
	}
}
