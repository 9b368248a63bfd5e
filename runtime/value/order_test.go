package value

import (
	"bytes"
	"cmp"
	"math"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// checkOrder proves of an encoding that bytes order as values do, that values come back, and that no encoding is a prefix
// of another, so that what follows never decides.
func checkOrder[T any](t *testing.T, gen *rapid.Generator[T], enc func([]byte, T) []byte, dec func([]byte) (T, []byte, error), order func(a, b T) int) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		ea, eb := enc(nil, a), enc(nil, b)
		want := order(a, b)
		if got := bytes.Compare(ea, eb); got != want {
			t.Fatalf("%v and %v compare as %d, want %d: %x %x", a, b, got, want, ea, eb)
		}
		if want != 0 && (bytes.HasPrefix(ea, eb) || bytes.HasPrefix(eb, ea)) {
			t.Fatalf("%v and %v: one encoding begins the other: %x %x", a, b, ea, eb)
		}
		tail := rapid.SliceOf(rapid.Byte()).Draw(t, "tail")
		back, rest, err := dec(append(ea[:len(ea):len(ea)], tail...))
		if err != nil || order(back, a) != 0 || !bytes.Equal(rest, tail) {
			t.Fatalf("%v reads back as %v, %x, %v", a, back, rest, err)
		}
		for n := range len(ea) {
			if v, rest, err := dec(ea[:n]); err == nil || !bytes.Equal(rest, ea[:n]) {
				t.Fatalf("%d bytes of %v read as %v, %x, %v", n, a, v, rest, err)
			}
		}
	})
}

// near draws from a few values and their like, so that equal ones and neighbours meet.
func near[T any](any *rapid.Generator[T], few ...T) *rapid.Generator[T] {
	return rapid.OneOf(any, rapid.SampledFrom(few))
}

func floatOrder[F float32 | float64](a, b F) int {
	switch {
	case a != a && b != b:
		return 0
	case a != a:
		return 1
	case b != b:
		return -1
	}
	return cmp.Compare(a, b)
}

func TestOrder(t *testing.T) {
	t.Run("bool", func(t *testing.T) {
		checkOrder(t, rapid.Bool(), AppendBool, ReadBool, func(a, b bool) int { return cmp.Compare(n(a), n(b)) })
	})
	t.Run("int32", func(t *testing.T) {
		checkOrder(t, near(rapid.Int32(), 0, -1, 1, math.MinInt32, math.MaxInt32), AppendInt32, ReadInt32, cmp.Compare)
	})
	t.Run("int64", func(t *testing.T) {
		checkOrder(t, near(rapid.Int64(), 0, -1, 1, math.MinInt64, math.MaxInt64), AppendInt64, ReadInt64, cmp.Compare)
	})
	t.Run("float32", func(t *testing.T) {
		nan := float32(math.NaN())
		few := []float32{0, float32(math.Copysign(0, -1)), nan, -nan, math.Float32frombits(0x7F800001), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32}
		checkOrder(t, near(rapid.Float32(), few...), AppendFloat32, ReadFloat32, floatOrder)
	})
	t.Run("float64", func(t *testing.T) {
		few := []float64{0, math.Copysign(0, -1), math.NaN(), -math.NaN(), math.Float64frombits(0xFFF0000000000001), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64}
		checkOrder(t, near(rapid.Float64(), few...), AppendFloat64, ReadFloat64, floatOrder)
	})
	t.Run("decimal", func(t *testing.T) {
		gen := rapid.Map(anyDecimal(), func(d Decimal) Decimal { return NewDecimal(d.hi, d.lo, 3) })
		few := []Decimal{{0, 0, 3}, {-1, ^uint64(0), 3}, {-1 << 63, 0, 3}, {1<<63 - 1, ^uint64(0), 3}}
		checkOrder(t, near(gen, few...), AppendDecimal, func(b []byte) (Decimal, []byte, error) { return ReadDecimal(b, 3) }, Decimal.Cmp)
	})
	t.Run("string", func(t *testing.T) {
		gen := rapid.StringOf(rapid.SampledFrom([]rune{0, 1, 2, 'a', 0xFF, '🙂'}))
		checkOrder(t, near(gen, "", "\x00", "\x00\x01", "\x00\xff", "a", "a\x00", "a\x00\x01"), AppendString, ReadString, strings.Compare)
	})
	t.Run("bytes", func(t *testing.T) {
		gen := rapid.SliceOf(rapid.SampledFrom([]byte{0, 1, 2, 'a', 0xFE, 0xFF}))
		checkOrder(t, near(gen, nil, []byte{0}, []byte{0, 1}, []byte{0, 0xFF}), AppendBytes, ReadBytes, bytes.Compare)
	})
	t.Run("date", func(t *testing.T) {
		checkOrder(t, rapid.Map(rapid.Int32(), func(n int32) Date { return Date(n) }), AppendDate, ReadDate, cmp.Compare)
	})
	t.Run("timestamp", func(t *testing.T) {
		checkOrder(t, rapid.Map(rapid.Int64(), func(n int64) Timestamp { return Timestamp(n) }), AppendTimestamp, ReadTimestamp, cmp.Compare)
	})
	t.Run("uuid", func(t *testing.T) {
		checkOrder(t, anyUUID(), AppendUUID, ReadUUID, func(a, b UUID) int { return strings.Compare(a.String(), b.String()) })
	})
}

func n(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestEqualFloatsHaveEqualBytes(t *testing.T) {
	zero := math.Copysign(0, -1)
	if !bytes.Equal(AppendFloat64(nil, 0), AppendFloat64(nil, zero)) || !bytes.Equal(AppendFloat32(nil, 0), AppendFloat32(nil, float32(zero))) {
		t.Error("the zeros differ")
	}
	if nan := AppendFloat64(nil, math.NaN()); !bytes.Equal(nan, AppendFloat64(nil, math.Float64frombits(0xFFF0000000000123))) || bytes.Compare(nan, AppendFloat64(nil, math.Inf(1))) <= 0 {
		t.Error("the NaNs differ, or are not the greatest")
	}
}

// tuple is a row of several types, a NULL among them: its encoding is that of its parts, one after the other.
type tuple struct {
	S    Opt[string]
	List []Opt[string]
	N    Opt[int32]
}

func (x tuple) encode(dst []byte) []byte {
	dst = AppendOpt(dst, x.S, AppendString)
	for _, e := range x.List {
		dst = AppendOpt(AppendElem(dst), e, AppendString)
	}
	return AppendOpt(AppendEnd(dst), x.N, AppendInt32)
}

func compareOpt[T any](a, b Opt[T], order func(a, b T) int) int {
	if !a.Valid || !b.Valid {
		return cmp.Compare(n(a.Valid), n(b.Valid))
	}
	return order(a.V, b.V)
}

func compareTuples(a, b tuple) int {
	if c := compareOpt(a.S, b.S, strings.Compare); c != 0 {
		return c
	}
	for i := range min(len(a.List), len(b.List)) {
		if c := compareOpt(a.List[i], b.List[i], strings.Compare); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(a.List), len(b.List)), compareOpt(a.N, b.N, cmp.Compare))
}

func optOf[T any](gen *rapid.Generator[T]) *rapid.Generator[Opt[T]] {
	return rapid.Custom(func(t *rapid.T) Opt[T] {
		if rapid.Bool().Draw(t, "null") {
			return None[T]()
		}
		return Some(gen.Draw(t, "value"))
	})
}

func readTuple(src []byte) (x tuple, err error) {
	read := func() (o Opt[string]) {
		if err == nil {
			o.Valid, src, err = ReadPresent(src)
		}
		if err == nil && o.Valid {
			o.V, src, err = ReadString(src)
		}
		return o
	}
	x.S = read()
	for more := true; err == nil; {
		if more, src, err = ReadElem(src); err != nil || !more {
			break
		}
		x.List = append(x.List, read())
	}
	if err == nil {
		x.N.Valid, src, err = ReadPresent(src)
	}
	if err == nil && x.N.Valid {
		x.N.V, src, err = ReadInt32(src)
	}
	return x, err
}

func TestRowsOrderLikeTuples(t *testing.T) {
	text := optOf(rapid.StringOfN(rapid.SampledFrom([]rune{0, 1, 'a', 'b'}), 0, 3, -1))
	gen := rapid.Custom(func(t *rapid.T) tuple {
		return tuple{text.Draw(t, "s"), rapid.SliceOfN(text, 0, 3).Draw(t, "list"), optOf(rapid.Int32Range(-2, 2)).Draw(t, "n")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		if got, want := bytes.Compare(a.encode(nil), b.encode(nil)), compareTuples(a, b); got != want {
			t.Fatalf("%v and %v compare as %d, want %d", a, b, got, want)
		}
		back, err := readTuple(a.encode(nil))
		if err != nil || compareTuples(a, back) != 0 {
			t.Fatalf("%v reads back as %v, %v", a, back, err)
		}
	})
}

func TestGoldenBytes(t *testing.T) {
	// Keys and sequences are stored in tables: their bytes may never change.
	d, _ := ParseDecimal([]byte("-1.5"), 10, 2)
	id, _ := ParseUUID([]byte("123e4567-e89b-12d3-a456-426614174000"))
	var got []byte
	got = AppendBool(AppendNull(AppendPresent(got)), true)
	got = AppendInt64(AppendInt32(got, -2), 258)
	got = AppendFloat64(AppendFloat32(got, 1.5), -1.5)
	got = AppendDecimal(got, d)
	got = AppendBytes(AppendString(got, "a\x00b"), []byte{0xFF})
	got = AppendTimestamp(AppendDate(got, 1), 2)
	got = AppendEnd(AppendElem(AppendUUID(got, id)))
	want := "\x01\x00\x01" + "\x7f\xff\xff\xfe" + "\x80\x00\x00\x00\x00\x00\x01\x02" + "\xbf\xc0\x00\x00" + "\x40\x07\xff\xff\xff\xff\xff\xff" +
		"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x6a" + "a\x00\xffb\x00\x01" + "\xff\x00\x01" + "\x80\x00\x00\x01" +
		"\x80\x00\x00\x00\x00\x00\x00\x02" + "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00" + "\x01\x00"
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if h := Hash([]byte("seamflow")); h != 0x41b0c0e7fd221362 {
		t.Errorf("the hash is %#x: snapshots on disk hold hashes, which may not change", h)
	}
}

func TestReadersRefuseMarksThatAreNone(t *testing.T) {
	for _, src := range []string{"\x02", "\xff"} {
		if _, _, err := ReadPresent([]byte(src)); err == nil {
			t.Errorf("%x is taken as a mark", src)
		}
	}
	for _, src := range []string{"a\x00\x02", "\x00\x00\x00\x01", "abc\x00", "abc", ""} {
		if v, rest, err := ReadString([]byte(src)); err == nil || string(rest) != src {
			t.Errorf("%x is taken as %q", src, v)
		}
	}
}

func FuzzReadBytes(f *testing.F) {
	f.Add([]byte("a\x00\xffb\x00\x01rest"))
	f.Add([]byte("\x00\x02"))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, rest, err := ReadBytes(src)
		if err == nil && !bytes.Equal(append(AppendBytes(nil, v), rest...), src) {
			t.Fatalf("%x reads as %x and %x", src, v, rest)
		}
	})
}

func BenchmarkAppendKey(b *testing.B) {
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendTimestamp(AppendString(buf[:0], "order-1234567"), 1715656326123456)
	}
}

func BenchmarkHash(b *testing.B) {
	data := bytes.Repeat([]byte("seamflow"), 64)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Hash(data)
	}
}
