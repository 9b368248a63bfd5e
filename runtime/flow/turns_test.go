package flow

import (
	"testing"

	"github.com/seamflow/seamflow/runtime/stream"
)

// TestFlowBesideOneThatIsTriedAgain: a flow whose source is away does not hold up the others of its table.
func TestFlowBesideOneThatIsTriedAgain(t *testing.T) {
	w, a := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f", "g"}, topics: map[string]*fakeTopic{"f": a}}
	w.put("g/1.json", ev("g1", 1, "", "x"))
	opt := w.options()
	opt.AvailableNow = false
	opt.Streams = map[string]stream.Source{"f_topic": &flaky{Source: a, fails: 1 << 30}}
	running(t, s.pipeline(), opt)
	soon(t, "the row of the other flow is there", func() bool { return len(w.there("t")) == 1 })
}
