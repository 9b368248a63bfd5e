package column

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
	"github.com/seamflow/seamflow/runtime/value"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// TestHybridLevels: our own decoder and parquet-go's read what was packed, runs and all.
func TestHybridLevels(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(1, 8).Draw(rt, "width")
		var levels []uint8
		for range rapid.IntRange(0, 12).Draw(rt, "parts") {
			n := rapid.IntRange(1, 70).Draw(rt, "n")
			if rapid.Bool().Draw(rt, "run") {
				levels = append(levels, bytes.Repeat([]byte{uint8(rapid.IntRange(0, 1<<width-1).Draw(rt, "level"))}, n)...)
				continue
			}
			for range n {
				levels = append(levels, uint8(rapid.IntRange(0, 1<<width-1).Draw(rt, "level")))
			}
		}
		packed := appendHybrid(nil, levels, uint(width))
		ours := make([]uint8, len(levels))
		var r runs
		r.reset(packed, width)
		err := readRuns(&r, ours)
		if err != nil || !bytes.Equal(ours, levels) {
			rt.Fatalf("%v: %v became %v", err, levels, ours)
		}
		theirs, err := (&rle.Encoding{BitWidth: width}).DecodeLevels(nil, packed)
		if err != nil || !bytes.Equal(theirs[:min(len(theirs), len(levels))], levels) {
			rt.Fatalf("parquet-go: %v: %v became %v", err, levels, theirs)
		}
	})
}

// TestLevelsTakeNoMoreThanPacked: runs are used only where they are shorter.
func TestLevelsTakeNoMoreThanPacked(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for width := 1; width <= 8; width++ {
		for _, most := range []int{2, 20, 200} {
			var levels []uint8
			for len(levels) < 10_000 {
				levels = append(levels, bytes.Repeat([]byte{uint8(r.IntN(1 << width))}, 1+r.IntN(most))...)
			}
			if got, packed := len(appendHybrid(nil, levels, uint(width))), len(appendPacked(nil, levels, uint(width))); got > packed+packed/10 {
				t.Errorf("width %d, runs up to %d: %d bytes, packed they are %d", width, most, got, packed)
			}
		}
	}
}

// TestSnappyStores: what does not shrink is stored, in a form that Snappy reads.
func TestSnappyStores(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	text := bytes.Repeat([]byte("seamflow keeps tables up to date. "), 10_000)
	for _, n := range []int{0, 1, 59, 60, 61, 1000, sampled - 1, sampled, sampled + 1, 4*sampled + 3, len(noise)} {
		for _, src := range [][]byte{noise[:n], text[:n]} {
			out, err := new(snappyCodec).Encode(nil, src)
			if err != nil {
				t.Fatal(err)
			}
			back, err := s2.Decode(nil, out)
			if err != nil || !bytes.Equal(back, src) {
				t.Fatalf("%d bytes: %v", n, err)
			}
			if len(out) > n+n/100+20 {
				t.Errorf("%d bytes became %d", n, len(out))
			}
		}
	}
	if out, _ := new(snappyCodec).Encode(nil, text); len(out) > len(text)/5 {
		t.Errorf("%d bytes of text became %d", len(text), len(out))
	}
}

// TestStringsThatBeginAlike are written by what is new in each, and others are not.
func TestStringsThatBeginAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, tc := range []struct {
		name string
		of   func(i int) string
		want format.Encoding
	}{
		{"numbers", func(int) string { return fmt.Sprintf("%012d", r.IntN(1e6)) }, format.DeltaByteArray},
		{"times", func(i int) string {
			return fmt.Sprintf("2024-05-%02dT10:%02d:%02d.%03dZ", 1+i/4000, i/60%60, i%60, r.IntN(1000))
		}, format.DeltaByteArray},
		{"long in common", func(i int) string { return strings.Repeat("abc", 30) + fmt.Sprint(i) }, format.DeltaByteArray},
		{"lengths up and down", func(i int) string { return strings.Repeat("x", i%70) + fmt.Sprint(i) }, format.DeltaByteArray},
		{"random", func(int) string { return fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()) }, format.Plain},
	} {
		t.Run(tc.name, func(t *testing.T) {
			schema := Schema{{Name: "s", Type: Of(String)}}
			l := NewLeaves(schema)
			var want []string
			for i := range 100_000 {
				if i%10 == 3 {
					l.Strings(0).Null(0, 0)
					want = append(want, "NULL")
					continue
				}
				want = append(want, tc.of(i))
				l.Strings(0).Put(want[i], 0, 1)
			}
			file := writeTo(t, l, 1)
			f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Metadata().RowGroups[0].Columns[0].MetaData.Encoding; !slices.Contains(got, tc.want) {
				t.Errorf("encodings %v", got)
			}
			ours := NewLeaves(schema)
			mine, err := OpenFile(bytes.NewReader(file), int64(len(file)))
			if err == nil {
				err = mine.ReadRowGroup(0, ours, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			type row struct {
				S *string `parquet:"s,optional"`
			}
			theirs := make([]row, len(want))
			r := parquet.NewGenericReader[row](f)
			for n := 0; n < len(theirs); {
				m, err := r.Read(theirs[n:])
				if n += m; err != nil && n < len(theirs) {
					t.Fatal(err)
				}
			}
			for i := range want {
				present, got := ours.Strings(0).Def() == 1, ours.Strings(0).Take()
				if !present {
					got = "NULL"
				}
				if got != want[i] {
					t.Fatalf("row %d: %q, not %q", i, got, want[i])
				}
				if s := theirs[i].S; want[i] != "NULL" && *s != want[i] || want[i] == "NULL" && s != nil {
					t.Fatalf("row %d, parquet-go: not %q", i, want[i])
				}
			}
		})
	}
}

// writeTo is a file of one row group, encoded by so many workers.
func writeTo(t *testing.T, l *Leaves, workers int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewFileWriter(&b, l.schema, WriterOptions{})
	w.workers = workers
	for range 2 {
		if err := w.WriteRowGroup(l); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWorkersWriteTheSame: the file does not depend on how many encode it, and none of them stays.
func TestWorkersWriteTheSame(t *testing.T) {
	defer goleak.VerifyNone(t)
	rows := newOnlineRows()
	for _, o := range makeOnline(20_000) {
		rows.Append(&o)
	}
	want := writeTo(t, rows.leaves, 1)
	for _, workers := range []int{2, 3, 13, 50} {
		for range 3 {
			if got := writeTo(t, rows.leaves, workers); !bytes.Equal(got, want) {
				t.Fatalf("%d workers wrote other bytes", workers)
			}
		}
	}
	// The file says the same of its rows however it came to be.
	f, err := OpenFile(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	back := newOnlineRows()
	if err := f.ReadRowGroup(1, back.leaves, nil); err != nil {
		t.Fatal(err)
	}
	if again := writeTo(t, back.leaves, 2); !bytes.Equal(again, want) {
		t.Error("rows that were read are written differently")
	}
}

// TestWorkersReportTheFirstError: of the errors of several columns it is the first column's.
func TestWorkersReportTheFirstError(t *testing.T) {
	defer goleak.VerifyNone(t)
	schema := Schema{{Name: "s", Type: Of(String)}, {Name: "a", Type: DecimalOf(4, 2)}, {Name: "b", Type: DecimalOf(30, 2)}, {Name: "c", Type: DecimalOf(4, 2)}}
	l := NewLeaves(schema)
	for range 1000 {
		l.Strings(0).Put("x", 0, 1)
		for i := 1; i < 4; i++ {
			l.Decimals(i).Put(dec(100, 3), 0, 1)
		}
	}
	for _, workers := range []int{1, 2, 4} {
		w := NewFileWriter(new(bytes.Buffer), schema, WriterOptions{})
		w.workers = workers
		err := w.WriteRowGroup(l)
		if want := "parquet: column a: 0.100 is no decimal(4,2)"; err == nil || err.Error() != want {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}

// TestDecimalsOfAnotherType stay what they are until they are written, and go with their rows.
func TestDecimalsOfAnotherType(t *testing.T) {
	schema := Schema{{Name: "d", Type: DecimalOf(4, 2)}}
	l := NewLeaves(schema)
	d := l.Decimals(0)
	for _, n := range []int64{9999, -9999, 10000, 5, -10000} {
		d.Put(dec(n, 2), 0, 1)
	}
	d.Null(0, 0)
	var got []string
	for range 6 {
		got = append(got, d.Take().String())
	}
	if diff := cmp.Diff([]string{"99.99", "-99.99", "100.00", "0.05", "-100.00", "0"}, got); diff != "" {
		t.Error(diff)
	}
	err := NewFileWriter(new(bytes.Buffer), schema, WriterOptions{}).WriteRowGroup(l)
	if err == nil || !strings.Contains(err.Error(), "100.00 is no decimal(4,2)") {
		t.Errorf("it was written: %v", err)
	}
	var live Bitset
	for _, in := range []bool{true, true, false, true, false, true} {
		live.Append(in)
	}
	l.Keep(&live)
	writeTo(t, l, 1)
	if d.Take().String() != "99.99" || d.Take().String() != "-99.99" || d.Take().String() != "0.05" {
		t.Error("the rows that stayed changed")
	}
}

// TestDictionaryFindsLongStrings that differ at any place, and at the end of the buffer.
func TestDictionaryFindsLongStrings(t *testing.T) {
	var values []string
	for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 49, 70} {
		values = append(values, strings.Repeat("a", n), strings.Repeat("\x00", n))
		for at := range n {
			b := bytes.Repeat([]byte("a"), n)
			b[at] = 'b'
			values = append(values, string(b))
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	l := NewLeaves(Schema{{Name: "s", Type: Of(String)}})
	for range 200 {
		for _, v := range values {
			l.Strings(0).Put(v, 0, 1)
		}
	}
	var d dictionary
	if !d.build(l.Strings(0)) || len(d.keys) != len(values) {
		t.Fatalf("%d values instead of %d", len(d.keys), len(values))
	}
	for i, n := range d.indexes {
		if string(d.at(n)) != values[i%len(values)] {
			t.Fatalf("value %d is %q, not %q", i, d.at(n), values[i%len(values)])
		}
	}
	var b bounds
	b.addStrings(l.Strings(0).data, l.Strings(0).ends)
	if lo, hi := values[0], values[len(values)-1]; string(b.min.s) != lo || string(b.max.s) != hi {
		t.Errorf("bounds %q and %q, not %q and %q", b.min.s, b.max.s, lo, hi)
	}
	if bits.Len(uint(maxDictionary/4+1)) > numberBits {
		t.Error("a dictionary may have more values than its slots can tell")
	}
}

func dec(unscaled int64, scale uint8) value.Decimal {
	return value.NewDecimal(unscaled>>63, uint64(unscaled), scale)
}
