package flow

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/merge"
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
