package flow

import (
	"context"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/stream"
)

// groups is a topic with a group for each name.
type groups struct {
	*fakeTopic
	all map[string]*fakeGroup
}

func (g *groups) Open(ctx context.Context, o stream.Options) (stream.Stream, error) {
	s, err := g.fakeTopic.Open(ctx, o)
	return groupsStream{s, g}, err
}

type groupsStream struct {
	stream.Stream
	g *groups
}

func (s groupsStream) Join(_ context.Context, name string) (stream.Membership, error) {
	s.g.mu.Lock()
	g := s.g.all[name]
	if g == nil {
		g = newFakeGroup(len(s.g.partitions))
		s.g.all[name] = g
	}
	s.g.mu.Unlock()
	return g.join(), nil
}

// TestTwoTablesOfOnePipelineShareNoGroup: one pipeline runs in two places (targets), over one topic.
func TestTwoTablesOfOnePipelineShareNoGroup(t *testing.T) {
	w1, topic, s := sharedWorld(t, 2)
	w2 := newWorld(t)
	g := &groups{topic, map[string]*fakeGroup{}}
	var all []*instance
	for _, w := range []*world{w1, w2} {
		in := &instance{done: make(chan error, 1)}
		ctx, stop := context.WithCancel(t.Context())
		in.stop = stop
		opt := w.options()
		opt.AvailableNow, opt.Shared, opt.Observer = false, true, &in.log
		opt.Streams = map[string]stream.Source{"f_topic": g}
		go func() { _, err := s.pipeline().Run(ctx, opt); in.done <- err }()
		all = append(all, in)
	}
	time.Sleep(300 * time.Millisecond)
	topic.put(0, ev("a", 1, "", "x"))
	topic.put(1, ev("b", 1, "", "x"))
	time.Sleep(700 * time.Millisecond)
	if a, b := w1.there("t"), w2.there("t"); len(a) != 2 || len(b) != 2 {
		t.Errorf("tables hold %v and %v: want all rows in both", a, b)
	}
	for _, in := range all {
		in.end(t)
	}
}
