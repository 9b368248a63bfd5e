package value

import (
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func anyUUID() *rapid.Generator[UUID] {
	return rapid.Custom(func(t *rapid.T) UUID {
		return UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
	})
}

func TestUUID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := anyUUID().Draw(t, "id")
		for _, s := range []string{id.String(), strings.ToUpper(id.String())} {
			if got, ok := ParseUUID([]byte(s)); !ok || got != id {
				t.Fatalf("%s is %s (%t)", s, got, ok)
			}
		}
		broken := []byte(id.String())
		at := rapid.IntRange(0, 35).Draw(t, "at")
		broken[at] = rapid.SampledFrom([]byte{'g', 'G', '/', ':', '@', '`', ' ', 0, 0x80, 0xFF}).Draw(t, "byte")
		if got, ok := ParseUUID(broken); ok || got != (UUID{}) {
			t.Fatalf("%q is taken as %s", broken, got)
		}
	})
	for _, s := range []string{"", "123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456-4266141740000", "123e4567-e89b-12d3-a456_426614174000"} {
		if id, ok := ParseUUID([]byte(s)); ok {
			t.Errorf("%q is taken as %s", s, id)
		}
	}
}

func TestGrowKeepsMemory(t *testing.T) {
	var s [][]int
	s = Grow(s)
	s[0] = append(s[0], 1, 2, 3)
	s = Grow(s[:0])
	if len(s) != 1 || cap(s[0]) < 3 {
		t.Errorf("got %v: the element's memory is lost", s)
	}
	if s = Grow(s); len(s) != 2 || s[1] != nil {
		t.Errorf("got %v, want a second element, zero", s)
	}
}

func TestMapGet(t *testing.T) {
	m := Map[int]{{"b", 1}, {"a", 2}, {"b", 3}}
	if v, ok := m.Get("b"); v != 3 || !ok {
		t.Errorf("b is %d, %t", v, ok)
	}
	if v, ok := m.Get("c"); v != 0 || ok {
		t.Errorf("c is %d, %t", v, ok)
	}
}

func TestCanonicalMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Entry[[]int] {
			return Entry[[]int]{rapid.StringOfN(rapid.SampledFrom([]rune("abc")), 0, 2, -1).Draw(t, "key"), []int{rapid.Int().Draw(t, "v")}}
		})).Draw(t, "entries")
		last := map[string][]int{}
		for _, e := range entries {
			last[e.Key] = e.Value
		}
		m := Map[[]int](slices.Clone(entries)).Canonical()
		var want Map[[]int]
		for _, key := range slices.Sorted(maps.Keys(last)) {
			want = append(want, Entry[[]int]{key, last[key]})
		}
		if diff := gocmp.Diff([]Entry[[]int](want), []Entry[[]int](m)); diff != "" && len(want)+len(m) > 0 {
			t.Fatal(diff)
		}
		// Every value's memory is there once, so that reuse of what was dropped changes nothing that was kept.
		seen := map[*int]bool{}
		for _, e := range m[:len(entries)] {
			if p := &e.Value[0]; seen[p] {
				t.Fatal("two entries share memory")
			} else {
				seen[p] = true
			}
		}
	})
}

func TestOpt(t *testing.T) {
	if o := Some(3); o.V != 3 || !o.Valid {
		t.Errorf("got %v", o)
	}
	if o := None[int](); o.Valid {
		t.Errorf("got %v", o)
	}
}

func TestNothingAllocates(t *testing.T) {
	stamp, day, number := []byte("2024-05-14 03:12:06.123456+02:00"), []byte("2024-05-14"), []byte("-12345.67")
	id := []byte("123e4567-e89b-12d3-a456-426614174000")
	m := Map[[]int]{{Key: "c"}, {Key: "a"}, {Key: "c"}, {Key: "b"}}
	scratch := make(Map[[]int], len(m))
	buf := make([]byte, 0, 256)
	allocs := testing.AllocsPerRun(100, func() {
		at, _ := ParseTimestamp(stamp)
		d, _ := ParseDate(day)
		u, _ := ParseUUID(id)
		n, _ := ParseDecimal(number, 10, 2)
		buf = AppendTimestamp(buf[:0], at)
		buf = AppendOpt(buf, Some("a\x00b"), AppendString)
		buf = AppendDecimal(AppendUUID(AppendDate(buf, d), u), n)
		buf = n.AppendText(u.AppendText(d.AppendText(at.AppendText(buf))))
		Hash(buf)
		copy(scratch, m)
		scratch.Canonical()
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
