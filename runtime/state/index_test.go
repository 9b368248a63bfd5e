package state_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// known is what a test believes of a key.
type known struct {
	Seq  string
	Hash uint64
	Loc  state.Loc
	Row  bool
	Dead bool
}

func look(x *state.Index, id state.ID) known {
	e := x.Get(id)
	return known{Seq: string(e.Seq), Hash: e.Hash, Loc: e.Loc, Row: e.HasRow, Dead: e.Tombstone}
}

func drawEntry(t *rapid.T) state.Entry {
	return state.Entry{
		Seq:       rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "seq"),
		Hash:      rapid.Uint64().Draw(t, "hash"),
		Loc:       state.Loc{File: rapid.Uint32Range(0, 9).Draw(t, "file"), Row: rapid.Uint32().Draw(t, "row")},
		HasRow:    rapid.Bool().Draw(t, "hasRow"),
		Tombstone: rapid.Bool().Draw(t, "tombstone"),
	}
}

func TestIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, want := state.New(), map[string]known{}
		keys := rapid.SliceOfN(rapid.StringN(0, 6, 12), 1, 40).Draw(t, "keys")
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			e := drawEntry(t)
			id, fresh := x.Put([]byte(key))
			if _, had := want[key]; had == fresh {
				t.Fatalf("Put(%q) fresh=%v, had=%v", key, fresh, had)
			}
			x.Set(id, e)
			want[key] = known{Seq: string(e.Seq), Hash: e.Hash, Loc: e.Loc, Row: e.HasRow, Dead: e.Tombstone}
		}
		if x.Len() != len(want) {
			t.Fatalf("%d keys, want %d", x.Len(), len(want))
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			id, ok := x.Find([]byte(key))
			if !ok || string(x.Key(id)) != key {
				t.Fatalf("Find(%q) = %v %v", key, id, ok)
			}
			if diff := cmp.Diff(want[key], look(x, id)); diff != "" {
				t.Fatalf("%q: %s", key, diff)
			}
		}
		if _, ok := x.Find([]byte("a key that nobody draws")); ok {
			t.Fatal("found what was not put")
		}
	})
}

func TestManyKeysSurviveGrowth(t *testing.T) {
	x := state.New()
	const n = 300_000
	for i := range uint64(n) {
		id, _ := x.Put(binary.BigEndian.AppendUint64(nil, i))
		x.Set(id, state.Entry{Seq: binary.BigEndian.AppendUint64(nil, ^i), HasRow: true, Loc: state.Loc{Row: uint32(i)}})
	}
	for i := range uint64(n) {
		id, ok := x.Find(binary.BigEndian.AppendUint64(nil, i))
		if e := x.Get(id); !ok || e.Loc.Row != uint32(i) || binary.BigEndian.Uint64(e.Seq) != ^i {
			t.Fatalf("key %d: %v %+v", i, ok, e)
		}
	}
	if perKey := float64(x.Bytes())/n - 9; perKey > 48 {
		t.Errorf("%.1f bytes a key beside the key, at most 48 are promised", perKey)
	}
}

func TestHugeKeyAndSequence(t *testing.T) {
	x := state.New()
	key, seq := bytes.Repeat([]byte("k"), 20<<20), bytes.Repeat([]byte("s"), 5<<20)
	x.Put([]byte("before"))
	id, _ := x.Put(key)
	x.Set(id, state.Entry{Seq: seq})
	after, _ := x.Put([]byte("after"))
	if !bytes.Equal(x.Key(id), key) || !bytes.Equal(x.Get(id).Seq, seq) || string(x.Key(after)) != "after" {
		t.Fatal("huge key or sequence came back changed")
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	x := state.New()
	keys := make([][]byte, 100)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key-%d", i)
		x.Put(keys[i])
	}
	seq := make([]byte, 12)
	i := 0
	allocs := testing.AllocsPerRun(1000, func() {
		id, _ := x.Put(keys[i%len(keys)])
		e := x.Get(id)
		e.Seq = seq
		x.Set(id, e)
		i++
	})
	if allocs >= 1 {
		t.Errorf("%.1f allocations per update", allocs)
	}
}

// TestManyAtATimeIsOneByOne: FindAll and PutAll give what Find and Put do, for keys in memory and on disk.
func TestManyAtATimeIsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := paged(vfs.NewMem(), "/s", 1).New(), state.New()
		keys := rapid.SliceOfN(rapid.StringN(0, 6, 12), 1, 200).Draw(t, "keys")
		var o state.Offers
		var ids []state.ID
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			o.Reset()
			var drawn []string
			for range rapid.IntRange(0, 100).Draw(t, "offers") {
				drawn = append(drawn, rapid.SampledFrom(keys).Draw(t, "key"))
				o.Add([]byte(drawn[len(drawn)-1]), nil, 0)
			}
			ids = x.FindAll(&o, ids[:0])
			for i, key := range drawn {
				if id, ok := y.Find([]byte(key)); ok != (ids[i] != 0) || ok && string(x.Key(ids[i])) != string(y.Key(id)) {
					t.Fatalf("FindAll of %q: %d, want %v", key, ids[i], ok)
				}
			}
			ids = x.PutAll(&o, ids[:0])
			for i, key := range drawn {
				if y.Put([]byte(key)); ids[i] == 0 || string(x.Key(ids[i])) != key {
					t.Fatalf("PutAll of %q: %d", key, ids[i])
				}
				x.Set(ids[i], state.Entry{Seq: []byte(key)})
			}
			if x.Len() != y.Len() {
				t.Fatalf("%d keys, want %d", x.Len(), y.Len())
			}
			if rapid.Bool().Draw(t, "spill") {
				if err := x.Spill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		x.Close()
	})
}

// BenchmarkIndex looks up and sets a million of five million keys of 22 bytes.
func BenchmarkIndex(b *testing.B) {
	const keys = 5_000_000
	x := state.New()
	key, seq := make([]byte, 0, 32), make([]byte, 8)
	at := func(i uint64) []byte {
		return binary.BigEndian.AppendUint64(append(key[:0], "order-00000000"...), i*0x9e3779b97f4a7c15)
	}
	for i := range uint64(keys) {
		id, _ := x.Put(at(i))
		x.Set(id, state.Entry{Seq: seq, HasRow: true})
	}
	r := rand.New(rand.NewPCG(1, 2))
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			id, _ := x.Put(at(r.Uint64N(keys)))
			x.Set(id, state.Entry{Seq: seq, HasRow: true})
		}
	})
	b.Run("many", func(b *testing.B) {
		var o state.Offers
		var ids []state.ID
		for b.Loop() {
			if o.Add(at(r.Uint64N(keys)), seq, 0); o.Len() == 1000 {
				ids = x.PutAll(&o, ids[:0])
				for i, id := range ids {
					_, seq := o.At(i)
					x.Set(id, state.Entry{Seq: seq, HasRow: true})
				}
				o.Reset()
			}
		}
	})
}
