package flow

import (
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestGraveTakesAnyOrder: rows that die in any order, some of them twice, are the same set, also when it is asked for in
// between.
func TestGraveTakesAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var g grave
	want := roaring.New()
	for i := range 3 * mostRecent {
		row := rng.Uint32N(1 << 20)
		g.add(row)
		want.Add(row)
		if i%50_000 == 0 && !g.all().Equals(want) {
			t.Fatalf("after %d rows the grave is not the set of them", i+1)
		}
	}
	if !g.all().Equals(want) {
		t.Error("the grave is not the set of its rows")
	}
}

// BenchmarkGrave is a set of 50,000 changes to a file of five million rows.
func BenchmarkGrave(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	rows := make([]uint32, 50_000)
	for i := range rows {
		rows[i] = rng.Uint32N(5_000_000)
	}
	b.Run("grave", func(b *testing.B) {
		for b.Loop() {
			var g grave
			for _, row := range rows {
				g.add(row)
			}
			g.all()
		}
	})
	b.Run("bitmap", func(b *testing.B) {
		for b.Loop() {
			g := roaring.New()
			for _, row := range rows {
				g.Add(row)
			}
		}
	})
}
