package flow

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestFaultClock lets the clock jump, mostly backwards, by up to years between any two looks at it. Every batch is followed
// by compaction, checkpoint and vacuum, which judge by age.
func TestFaultClock(t *testing.T) {
	seed := faults.Seed()
	y := faults.Begin(t, "clock moving backwards")
	y.Note("seed %d", seed)
	cases := 20
	if faults.Long() {
		cases = 300
	}
	for n := range cases {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		h := &harmed{world: newWorld(t)}
		m := h.mem(vfs.NewMem())
		if err := vfs.MkdirAllSync(h.fs, h.dir); err != nil {
			t.Fatal(err)
		}
		prepareStandard(h.world)
		h.now = jumping(rng)
		m.SetClock(h.now)
		for range 3 {
			if err := h.actOn(standardSteps()[:3]); err != nil {
				y.Failed(fmt.Sprintf("case %d", n), "%v", err)
				break
			}
			_ = vacuumStandard(h.world) // it may refuse to judge by such a clock
		}
		h.finish(y, "case %d of seed %d", n, seed)
	}
}

// jumping gives a clock that jumps every now and then, more often back than on.
func jumping(rng *rand.Rand) func() time.Time {
	const day = 24 * time.Hour
	jumps := []time.Duration{-time.Millisecond, -time.Minute, -time.Hour, -26 * time.Hour, -40 * day, -5 * 365 * day, 26 * time.Hour, 40 * day}
	var mu sync.Mutex
	var shift time.Duration
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		if rng.IntN(8) == 0 {
			shift += jumps[rng.IntN(len(jumps))]
		}
		return time.Now().Add(shift)
	}
}
