package flow

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
)

// offering sets what a part may hold of keys, and gives what sets it back.
func offering(n int) func() {
	was := mostOffered
	mostOffered = n
	return func() { mostOffered = was }
}

// TestPartOffersOnlySoMuch: what a part has no room for is for the second pass.
func TestPartOffersOnlySoMuch(t *testing.T) {
	defer offering(10)()
	p := &part{}
	for _, key := range []string{"abcd", "efgh", "ijkl", "m"} {
		p.offer(&merge.Change{Key: []byte(key), Seq: []byte("1")})
	}
	if want := []sight{changes, changes, unsure, unsure}; !slices.Equal(p.kinds, want) || p.offers.Len() != 2 {
		t.Errorf("%v, %d offers; want %v and 2", p.kinds, p.offers.Len(), want)
	}
}

// TestPartsOfFewOffersLoseNothing: the table is as without a first pass.
func TestPartsOfFewOffersLoseNothing(t *testing.T) {
	for seed := range uint64(6) {
		once := playBacklog(t, seed, func(*world) {})
		back := offering(50)
		twice := playBacklog(t, seed, func(w *world) { w.backlog = 1 })
		back()
		if diff := cmp.Diff(once, twice, cmpopts.IgnoreFields(ending{}, "Counts")); diff != "" {
			t.Fatalf("seed %d (-once +twice):\n%s", seed, diff)
		}
	}
}

// TestBacklogBesideAStream: what is older than a message of the same batch is a repeat, as it is in a batch that is read once.
func TestBacklogBesideAStream(t *testing.T) {
	for _, backlog := range []int64{-1, 1} {
		w, topic := newWorld(t), newFakeTopic(1)
		w.backlog = backlog
		s := spec{live: []string{"f"}}
		w.put("f/1.json", ev("old", 9, "", "x"))
		w.run(s)
		topic.put(0, ev("a", 9, "", "x"), ev("b", 9, "d", ""))
		w.put("f/2.json", ev("a", 5, "", "y"), ev("b", 5, "", "y"), ev("old", 5, "", "y"), ev("new", 5, "", "y"))
		p := s.pipeline()
		tab := p.Tables[0].(*table[row])
		streamed := spec{topics: map[string]*fakeTopic{"f": topic}}
		tab.Flows[0].Inputs = append(tab.Flows[0].Inputs, From(streamed.source("f"), projectRow))
		sum, err := p.Run(t.Context(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		want := observe.Counts{Read: 6, Upserted: 2, Deleted: 1, Deduplicated: 2, Late: 1}
		if c := w.counts(sum, "f"); c != want {
			t.Errorf("backlog from %d bytes on: counted %+v, want %+v", backlog, c, want)
		}
		wantRows(t, w, "t", "a 9 x", "new 5 y", "old 9 x")
	}
}

// TestConveyorHoldsFewPieces: what is on the way does not grow with the machine; the order is that of the pieces, also when
// taking ends early.
func TestConveyorHoldsFewPieces(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(64))
	var c conveyor[int]
	for _, until := range []int{1000, 1, 500, 0} {
		n, hands := 0, 0
		var mu sync.Mutex
		var got []int
		c.run(func(p *int) bool {
			*p = n
			n++
			return n <= 1000
		}, func() func(*int) {
			mu.Lock()
			defer mu.Unlock()
			hands++
			return func(p *int) { *p *= 2 }
		}, func(p *int) bool {
			got = append(got, *p)
			return len(got) < until
		})
		if len(got) != max(until, 1) || hands > maxHands || len(c.slots) > maxHands+2 {
			t.Errorf("until %d: %d taken, by %d hands, of %d pieces", until, len(got), hands, len(c.slots))
		}
		for i, v := range got {
			if v != 2*i {
				t.Fatalf("until %d: piece %d is %d, want %d", until, i, v, 2*i)
			}
		}
	}
}
