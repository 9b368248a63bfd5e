package column_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// Rows that were picked, of any types and in any order, are those that would have been put in that order.
func TestPickedRowsAreTheRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		from := tab.leaves()
		var p column.Picker
		if rapid.Bool().Draw(rt, "used before") {
			p.Reset(column.NewLeaves(tab.schema))
			p.Reset(from)
		}
		p.Reset(from)
		dst := column.NewLeaves(tab.schema)
		want := table{schema: tab.schema}
		for range 2 {
			var rows []uint32
			if len(tab.rows) > 0 {
				rows = rapid.SliceOfN(rapid.Uint32Range(0, uint32(len(tab.rows)-1)), 0, 20).Draw(rt, "rows")
			}
			p.Into(dst, rows)
			for _, r := range rows {
				want.rows = append(want.rows, tab.rows[r])
			}
		}
		if dst.Rows() != len(want.rows) {
			rt.Fatalf("%d rows for %d", dst.Rows(), len(want.rows))
		}
		if len(want.rows) == 0 {
			return
		}
		file, _ := write(t, column.WriterOptions{}, dst)
		got := read(t, file, 0, tab.schema)
		ordered := func(l *column.Leaves) (out []string) {
			l.Rewind()
			for range l.Rows() {
				out = append(out, readers.Row(l))
			}
			return out
		}
		if diff := cmp.Diff(ordered(want.leaves()), ordered(got)); diff != "" {
			rt.Fatal(diff)
		}
		if !slices.Equal(readers.Rows(from), readers.Rows(tab.leaves())) {
			rt.Fatal("the rows that were picked from have changed")
		}
	})
}

var sortable = column.Schema{
	{Name: "s", Type: column.Of(column.String)}, {Name: "i", Type: column.Of(column.Int32)}, {Name: "l", Type: column.Of(column.Int64)},
	{Name: "f", Type: column.Of(column.Float32)}, {Name: "d", Type: column.Of(column.Float64)}, {Name: "dec", Type: column.DecimalOf(38, 2)},
	{Name: "b", Type: column.Of(column.Bool)},
}

// Each column holds its values in order, from NULL on, twice: sorted by any column, rows come in order.
func TestSortByEveryType(t *testing.T) {
	l := column.NewLeaves(sortable)
	inf := math.Inf(1)
	strings := []string{"", "\x00", "a", "a\x00", "abcdefgh", "abcdefgh\x00", "abcdefghi", "abcdefgj", "b", "ä", "日"}
	n := len(strings) + 1
	pick := func(i int) int { return (i - 1) % n }
	rows := 2 * n
	for r := range rows {
		i := r % n
		if i == 0 {
			for leaf := range l.Len() {
				l.At(leaf).Null(0, 0)
			}
			continue
		}
		k := pick(i)
		l.Strings(0).Put(strings[k], 0, 1)
		l.Int32s(1).Put([]int32{math.MinInt32, -256, -255, -1, 0, 1, 2, 255, 256, 65536, math.MaxInt32}[k], 0, 1)
		l.Int64s(2).Put([]int64{math.MinInt64, -1 << 40, -255, -1, 0, 1, 2, 255, 256, 1 << 40, math.MaxInt64}[k], 0, 1)
		l.Float32s(3).Put([]float32{float32(-inf), -3e38, -1.5, -1, -1e-40, 0, 1e-40, 1, 1.5, 3e38, float32(inf)}[k], 0, 1)
		l.Float64s(4).Put([]float64{-inf, -1e300, -1.5, -5e-324, 0, 5e-324, 1, 1.5, 1e300, inf, math.NaN()}[k], 0, 1)
		l.Decimals(5).Put(value.NewDecimal([]int64{-9, -1, -1, -1, 0, 0, 0, 0, 1, 2, 9}[k], []uint64{0, 0, 1, math.MaxUint64, 0, 1, 2, math.MaxUint64, 0, 0, 0}[k], 2), 0, 1)
		l.Bools(6).Put(k > 4, 0, 1)
	}
	var p column.Picker
	p.Reset(l)
	for leaf, f := range sortable {
		order := rapid.Permutation(numbers(rows)).Example(leaf)
		p.Sort(order, []int{leaf})
		if f.Name == "b" {
			p.Sort(order, []int{leaf, 0}) // of the same order as the strings, which tell its values apart
		}
		var want []uint32
		for i := range n {
			want = append(want, uint32(i), uint32(i+n))
		}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("%s: %s", f.Name, diff)
		}
		if !p.Equal(3, uint32(3+n), []int{leaf}) || p.Equal(0, 1, []int{leaf}) || p.Equal(1, uint32(n-1), []int{0, leaf}) {
			t.Errorf("%s: Equal is wrong", f.Name)
		}
	}
	order := []uint32{5, 3, 4}
	p.Sort(order, nil)
	if !slices.Equal(order, []uint32{3, 4, 5}) {
		t.Errorf("by nothing: %v", order)
	}
}

func numbers(n int) (out []uint32) {
	for i := range n {
		out = append(out, uint32(i))
	}
	return out
}

func TestZerosAreOneNumber(t *testing.T) {
	l := column.NewLeaves(column.Schema{{Name: "d", Type: column.Of(column.Float64)}, {Name: "i", Type: column.Of(column.Int32)}})
	for i, v := range []float64{0, math.Copysign(0, -1), 0} {
		l.Float64s(0).Put(v, 0, 1)
		l.Int32s(1).Put(int32(-i), 0, 1)
	}
	var p column.Picker
	p.Reset(l)
	order := numbers(3)
	p.Sort(order, []int{0, 1})
	if !slices.Equal(order, []uint32{2, 1, 0}) {
		t.Errorf("%v", order)
	}
}

func BenchmarkSortAndPick(b *testing.B) {
	l := column.NewLeaves(sortable[:3])
	const n = 200_000
	for i := range n {
		l.Strings(0).Put([]string{"north", "south", "east", "west"}[i*7%4], 0, 1)
		l.Int32s(1).Put(int32(i*7919%100_000), 0, 1)
		l.Int64s(2).Put(int64(i), 0, 1)
	}
	dst := column.NewLeaves(sortable[:3])
	var p column.Picker
	order := numbers(n)
	for b.Loop() {
		p.Reset(l)
		slices.Sort(order)
		p.Sort(order, []int{0, 1})
		dst.Reset()
		p.Into(dst, order)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
}
