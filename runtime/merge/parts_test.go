package merge_test

import (
	"bytes"
	"testing"

	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
)

// row is a number, a text that may be NULL, and two NULLs.
func row(n int64, s value.Opt[string]) []byte {
	dst := merge.AppendPart(nil, n, value.AppendInt64)
	dst = merge.AppendOptPart(dst, s, value.AppendString)
	return merge.AppendNullParts(dst, 2)
}

func TestPartsAreReadOneAfterTheOther(t *testing.T) {
	p := merge.ReadParts(row(7, value.Some("x")))
	if !p.Next() || p.Int64() != 7 || !p.Next() || p.String() != "x" || p.Count() != 2 {
		t.Error("values are not what was written")
	}
	for range 3 { // the last is one that the row lacks
		if p.Next() || p.String() != "" || p.Count() != 2 {
			t.Error("a NULL is a value")
		}
	}
	if err := p.Done(); err != nil {
		t.Error(err)
	}
}

func TestPartsAreTheirValuesWithMarks(t *testing.T) {
	for want, got := range map[string][]byte{
		string(value.AppendInt64(value.AppendPresent(nil), -7)):  merge.AppendPart(nil, int64(-7), value.AppendInt64),
		string(value.AppendString(value.AppendPresent(nil), "")): merge.AppendOptPart(nil, value.Some(""), value.AppendString),
		string(value.AppendNull(nil)):                            merge.AppendOptPart(nil, value.None[string](), value.AppendString),
	} {
		part, rest, err := merge.NextPart(got)
		if string(part) != want || len(rest) != 0 || err != nil || len(got) != 4+len(want) {
			t.Errorf("%x has the part %x, want %x; %v", got, part, want, err)
		}
	}
}

func TestNullPartsAreThoseOfRows(t *testing.T) {
	want := row(0, value.None[string]())[:0:0]
	for range 2 {
		at := len(want)
		want = merge.OpenPart(want)
		want = value.AppendNull(want)
		merge.ClosePart(want, at)
	}
	if got := merge.AppendNullParts(nil, 2); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestDamagedPartsAreRefused(t *testing.T) {
	whole := row(7, value.Some("x"))
	read := func(src []byte) error {
		p := merge.ReadParts(src)
		p.Next()
		p.Int64()
		p.Next()
		_ = p.String()
		p.Next()
		p.Next()
		return p.Done()
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	ends := map[int]bool{0: true, 13: true, 21: true, 26: true} // between parts: those that are not there are NULL
	for n := range whole {
		if err := read(whole[:n]); (err == nil) != ends[n] {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if err := read(merge.AppendNullParts(whole, 1)); err == nil {
		t.Error("a part too many is taken")
	}
	p := merge.ReadParts(whole)
	p.Next()
	p.Int32()
	if p.Next() || p.Done() == nil {
		t.Error("a part that is read in part is taken")
	}
}
