package state_test

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// link is an event as a test knows it.
type link struct {
	Seq, Prev           string
	Upsert, Delete, Row bool
	File                string
	At                  uint32
}

func linkOf(x *state.Index, e state.Event) link {
	l := link{Seq: string(e.Seq), Prev: string(e.Prev), Upsert: e.Upsert, Delete: e.Delete, Row: e.HasRow}
	if e.HasRow {
		l.File, l.At = x.FilePath(e.Loc.File), e.Loc.Row
	}
	return l
}

// chainModel is a sorted slice of events per key.
type chainModel map[string][]link

func (m chainModel) put(key string, l link) {
	of := m[key]
	i, known := slices.BinarySearchFunc(of, l, func(a, b link) int { return cmp.Compare(a.Seq, b.Seq) })
	if known {
		of[i] = l
	} else {
		of = slices.Insert(of, i, l)
	}
	for i := range of {
		if of[i].Prev = ""; i > 0 {
			of[i].Prev = of[i-1].Seq
		}
	}
	m[key] = of
}

func (m chainModel) clone() chainModel {
	c := chainModel{}
	for key, of := range m {
		c[key] = slices.Clone(of)
	}
	return c
}

// newestFirst gives a key's chain as Walk must.
func (m chainModel) newestFirst(key string) []link {
	of := slices.Clone(m[key])
	slices.Reverse(of)
	return of
}

// Events come in any order, again and changed, with sequences of any length, while the index is paged, saved, dropped and
// loaded, and files move: the chains are what a sorted slice per key is.
func TestChainsAreSortedSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		place := paged(vfs.NewMem(), "/s", rapid.SampledFrom([]int64{0, 1}).Draw(t, "limit"))
		x := place.New()
		c := state.NewChains(x)
		want, saved := chainModel{}, chainModel{}
		keys := []string{"a;", "b;", "long key;"} // prefix-free
		seqs := rapid.SliceOfNDistinct(rapid.StringN(1, 12, 12), 1, 20, rapid.ID[string]).Draw(t, "seqs")
		moves := 0
		check := func(err error) {
			if err = errors.Join(err, x.Err()); err != nil {
				t.Fatal(err)
			}
		}
		steps := map[string]func(){
			"put": func() {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				l := link{Seq: rapid.SampledFrom(seqs).Draw(t, "seq"), Upsert: rapid.Bool().Draw(t, "upsert"), At: rapid.Uint32Range(0, 9).Draw(t, "row")}
				l.Delete = !l.Upsert || rapid.Bool().Draw(t, "delete")
				l.Row = l.Upsert && rapid.Bool().Draw(t, "hasRow")
				l.File = fmt.Sprint("file ", moves)
				e := state.Event{Seq: []byte(l.Seq), Upsert: l.Upsert, Delete: l.Delete, HasRow: l.Row, Loc: state.Loc{File: x.FileID(l.File), Row: l.At}}
				if !l.Row {
					l.File, l.At = "", 0
				}
				id := c.Put([]byte(key), e)
				if got := string(x.Key(id)); got != key+l.Seq {
					t.Fatalf("the entry is that of %q", got)
				}
				want.put(key, l)
			},
			"get": func() {
				key, seq := rapid.SampledFrom(keys).Draw(t, "key"), rapid.SampledFrom(seqs).Draw(t, "seq")
				e, ok := c.Get([]byte(key), []byte(seq))
				i := slices.IndexFunc(want[key], func(l link) bool { return l.Seq == seq })
				if ok != (i >= 0) {
					t.Fatalf("Get(%q, %q) = %v", key, seq, ok)
				}
				if ok {
					if diff := gocmp.Diff(want[key][i], linkOf(x, e)); diff != "" {
						t.Fatal(diff)
					}
				}
			},
			"setLoc": func() {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				for i, l := range want[key] {
					if l.Row {
						want[key][i].File, want[key][i].At = "settled", 7
						c.SetLoc([]byte(key), []byte(l.Seq), state.Loc{File: x.FileID("settled"), Row: 7})
						return
					}
				}
			},
			"move": func() {
				from := fmt.Sprint("file ", moves)
				moves++
				to := fmt.Sprint("file ", moves)
				x.Move(from, to, roaring.New(), 10)
				for _, of := range want {
					for i := range of {
						if of[i].File == from {
							of[i].File, of[i].At = to, of[i].At+10
						}
					}
				}
			},
			"spill": func() {
				if place.Limit > 0 {
					check(x.Spill())
				}
			},
			"save": func() { check(x.Save(stamp)); saved = want.clone() },
			"drop": func() {
				x.Close()
				next, _, err := place.Load()
				if len(saved) == 0 && err != nil {
					next, err = place.New(), nil
				}
				x, want, moves = next, saved.clone(), moves+1
				c = state.NewChains(x)
				check(err)
			},
		}
		names := []string{"put", "put", "put", "put", "put", "get", "setLoc", "move", "spill", "save", "drop"}
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			steps[rapid.SampledFrom(names).Draw(t, "step")]()
		}
		for _, key := range keys {
			var got []link
			c.Walk([]byte(key), func(e state.Event) bool {
				got = append(got, linkOf(x, e))
				return true
			})
			check(nil)
			if diff := gocmp.Diff(want.newestFirst(key), got); diff != "" {
				t.Fatalf("%q: %s", key, diff)
			}
			newest, ok := c.Newest([]byte(key))
			if ok != (len(got) > 0) || ok && string(newest) != got[0].Seq {
				t.Fatalf("%q: Newest = %q %v", key, newest, ok)
			}
		}
		x.Close()
	})
}

func TestWalkStopsWhenItHasEnough(t *testing.T) {
	c := state.NewChains(state.New())
	for i := range byte(5) {
		c.Put([]byte("k;"), state.Event{Seq: []byte{i + 1}, Upsert: true})
	}
	var got []byte
	c.Walk([]byte("k;"), func(e state.Event) bool {
		got = append(got, e.Seq...)
		return len(got) < 2
	})
	if diff := gocmp.Diff([]byte{5, 4}, got); diff != "" {
		t.Error(diff)
	}
}

// What a chain refers to is there, or the index is of no use.
func TestChainThatLacksAnEventIsDamage(t *testing.T) {
	x := state.New()
	id, _ := x.Put([]byte("k;"))
	x.Set(id, state.Entry{Seq: []byte{9}})
	c := state.NewChains(x)
	c.Put([]byte("k;"), state.Event{Seq: []byte{1}, Upsert: true})
	if !errors.Is(x.Err(), state.ErrDamaged) {
		t.Error(x.Err())
	}
}

func TestChainsAllocateNothingOfTheirOwn(t *testing.T) {
	c := state.NewChains(state.New())
	key, seq := []byte("key;"), make([]byte, 9)
	for i := range uint64(2000) {
		binary.BigEndian.PutUint64(seq, i)
		c.Put(key, state.Event{Seq: seq, Upsert: true})
	}
	n := testing.AllocsPerRun(100, func() {
		c.Put(key, state.Event{Seq: seq, Upsert: true, Delete: true})
		c.Newest(key)
		c.Get(key, seq)
		c.Walk(key, func(state.Event) bool { return true })
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkChains appends a million events in order, ten to a key of 9 bytes, with sequences of 8.
func BenchmarkChains(b *testing.B) {
	const keys, each = 100_000, 10
	var held int64
	for b.Loop() {
		x := state.New()
		c := state.NewChains(x)
		key, seq := make([]byte, 9), make([]byte, 8)
		for s := range uint64(each) {
			for k := range uint64(keys) {
				binary.BigEndian.PutUint64(key, k*0x9e3779b97f4a7c15)
				binary.BigEndian.PutUint64(seq, s*keys+k)
				c.Put(key, state.Event{Seq: seq, Upsert: true, HasRow: true, Loc: state.Loc{Row: uint32(k)}})
			}
		}
		held = x.Bytes()
	}
	b.ReportMetric(float64(held)/(keys*each), "held-B/event")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(keys*each), "ns/event")
}
