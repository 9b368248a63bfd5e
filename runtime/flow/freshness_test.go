package flow

import (
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/observe"
)

// ageSink keeps the last commit.
type ageSink struct {
	observe.Discard
	last observe.Commit
}

func (s *ageSink) Commit(c observe.Commit) { s.last = c }

// TestFreshnessOfATopic: records are as old as their timestamps say, when they are committed; what was committed long ago,
// in another partition's progress, is not of the recent past.
func TestFreshnessOfATopic(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(2)
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
	var sink ageSink
	freshAfter := func(age time.Duration) *observe.Freshness {
		t.Helper()
		opt := w.options()
		opt.Observer = &sink
		opt.now = func() time.Time { return time.UnixMicro(fakeTime).Add(age) }
		sum, err := s.pipeline().Run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		f := sum.Tables[0].Flows[0]
		if f.Fresh == nil || f.Backlog == nil || *f.Backlog != (observe.Backlog{}) {
			t.Fatalf("freshness %v, backlog %v", f.Fresh, f.Backlog)
		}
		return f.Fresh
	}
	topic.put(0, ev("a", 1, "", "x"))
	topic.put(1, ev("b", 1, "", "x"))
	if f := freshAfter(3 * time.Second); f.Records != 2 || f.P50 < 2850*time.Millisecond || f.P50 > 3150*time.Millisecond {
		t.Errorf("%+v after 3 s", f)
	}
	if c := sink.last; !c.Streams || c.Fresh.Max != 3*time.Second || c.Ages == nil || c.Bytes == 0 {
		t.Errorf("the commit says %+v", c)
	}
	topic.put(1, ev("c", 1, "", "x"))
	if f := freshAfter(time.Hour); f.Records != 1 || f.P50 < 57*time.Minute || f.P50 > 63*time.Minute {
		t.Errorf("%+v after an hour", f)
	}
}
