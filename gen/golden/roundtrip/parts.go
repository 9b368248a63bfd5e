package roundtrip

import (
	"bytes"
	"cmp"
	"reflect"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/merge"
)

// Parts takes rows apart and puts them together again. split says that structs are taken apart too: one whose leaves are
// all NULL comes back as NULL.
func Parts[T any](t testing.TB, fold *flow.Fold[T], split bool, rows []T) {
	t.Helper()
	var reused T
	for i := range rows {
		parts := fold.AppendParts(nil, &rows[i])
		if err := merge.NewRules(fold.Parts).Check(parts); err != nil {
			t.Fatal(err)
		}
		var got T
		again := func(row *T) []byte {
			if err := fold.ReadParts(parts, row); err != nil {
				t.Fatalf("%x: %v", parts, err)
			}
			return fold.AppendParts(nil, row)
		}
		if back := again(&got); !bytes.Equal(parts, back) {
			t.Fatalf("%+v\n%x\nbecomes\n%+v\n%x", rows[i], parts, got, back)
		}
		// What a row held before must not show.
		if back := again(&reused); !bytes.Equal(parts, back) {
			t.Fatalf("%+v\nbecomes, in a row that is used again,\n%+v", rows[i], reused)
		}
		if want := without(rows[i], "StartAt", "EndAt"); !split {
			Same(t, want, got)
		}
		damaged(t, fold, parts)
	}
}

// damaged cuts the parts of a row short: inside one that is an error, between two the rest is NULL.
func damaged[T any](t testing.TB, fold *flow.Fold[T], parts []byte) {
	t.Helper()
	rules := merge.NewRules(fold.Parts)
	for n := range min(len(parts), 200) {
		var row T
		if err := fold.ReadParts(parts[:n:n], &row); (err == nil) != (rules.Check(parts[:n:n]) == nil) {
			t.Fatalf("%x, the first %d of %d bytes: %v", parts[:n], n, len(parts), err)
		}
	}
	var row T
	if fold.ReadParts(merge.AppendNullParts(bytes.Clone(parts), 1), &row) == nil {
		t.Fatal("a part too many is taken")
	}
}

// Intervals sets and reads the interval of a version for each sequence that a row's StartAt is.
func Intervals[T any](t testing.TB, fold *flow.Fold[T], rows []T) {
	t.Helper()
	for i := range rows {
		start := field(&rows[i], "StartAt")
		if !start.FieldByName("Valid").Bool() {
			continue
		}
		seq, _ := fold.Interval(nil, &rows[i])
		var got T
		set := func(start, end []byte) (begins []byte, open bool) {
			if err := fold.SetInterval(&got, start, end); err != nil {
				t.Fatalf("%x, %x: %v", start, end, err)
			}
			return fold.Interval(nil, &got)
		}
		begins, open := set(seq, seq)
		Same(t, start.Interface(), field(&got, "StartAt").Interface())
		Same(t, start.Interface(), field(&got, "EndAt").Interface())
		if !bytes.Equal(begins, seq) || open {
			t.Fatalf("%x becomes %x, open: %v", seq, begins, open)
		}
		if begins, open = set(seq, nil); !bytes.Equal(begins, seq) || !open {
			t.Fatalf("%x becomes %x, open: %v", seq, begins, open)
		}
		if fold.SetInterval(&got, seq[:len(seq)-1:len(seq)-1], nil) == nil || fold.SetInterval(&got, seq, append(bytes.Clone(seq), 0)) == nil {
			t.Fatal("bytes that are no sequence are taken")
		}
	}
}

func field[T any](row *T, name string) reflect.Value {
	return reflect.ValueOf(row).Elem().FieldByName(name)
}

// without is row with some fields zero.
func without[T any](row T, names ...string) T {
	for _, name := range names {
		if f := field(&row, name); f.IsValid() {
			f.SetZero()
		}
	}
	return row
}

// Flags writes what parts are: k for a key, t for tracked, i for ignoring NULL, - for nothing.
func Flags(parts []merge.Part) string {
	var words []string
	for _, p := range parts {
		word := ""
		for _, flag := range []struct {
			is   bool
			text string
		}{{p.Key, "k"}, {p.Tracked, "t"}, {p.Ignore, "i"}} {
			if flag.is {
				word += flag.text
			}
		}
		words = append(words, cmp.Or(word, "-"))
	}
	return strings.Join(words, " ")
}

// SteadyParts proves that taking a row apart and putting it together allocates nothing.
func SteadyParts[T any](t testing.TB, fold *flow.Fold[T], row T) {
	t.Helper()
	var parts []byte
	var back T
	one := func() {
		parts = fold.AppendParts(parts[:0], &row)
		if err := fold.ReadParts(parts, &back); err != nil {
			t.Fatal(err)
		}
	}
	one()
	if n := testing.AllocsPerRun(100, one); n != 0 {
		t.Errorf("a row costs %v allocations", n)
	}
}
