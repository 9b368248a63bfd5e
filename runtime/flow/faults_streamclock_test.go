package flow

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/runtime/observe"
)

// TestFaultClockOverTopics lets the clock jump, mostly backwards, by up to years between any two looks at it, while topics
// are read in runs that are stopped after a commit or two.
func TestFaultClockOverTopics(t *testing.T) {
	seed := faults.Seed()
	y := faults.Begin(t, "clock moving backwards, topics")
	y.Note("seed %d", seed)
	cases := 20
	if faults.Long() {
		cases = 300
	}
	for n := range cases {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		w, topic := newWorld(t), newFakeTopic(3)
		topic.rand = rng
		w.now = jumping(rand.New(rand.NewPCG(seed, uint64(n)+1<<32)))
		s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
		var want []string
		for run := range 4 {
			for i := range 40 {
				id := fmt.Sprintf("m%d_%d", run, i)
				topic.put(rng.IntN(3), ev(id, 1, "", "x"))
				want = append(want, id+" 1 x")
			}
			opt := w.options()
			ctx, stop := context.WithCancel(t.Context())
			left := 1 + rng.IntN(2)
			opt.Observer = commits(func(observe.Commit) {
				if left--; left == 0 && run < 3 {
					stop()
				}
			})
			if _, err := s.pipeline().Run(ctx, opt); err != nil {
				y.Failed(fmt.Sprintf("case %d, run %d", n, run), "%v", err)
			}
			stop()
		}
		y.Rows(fmt.Sprintf("case %d of seed %d", n, seed), want, w.rows("t"))
	}
}
