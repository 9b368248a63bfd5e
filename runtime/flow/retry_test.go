package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/stream"
)

// flaky is a source whose Poll fails as often as fails says: each time until the next Seek, or, where that is passing, once.
type flaky struct {
	stream.Source
	mu      sync.Mutex
	fails   int
	passing bool
}

func (f *flaky) Open(ctx context.Context, o stream.Options) (stream.Stream, error) {
	s, err := f.Source.Open(ctx, o)
	return &flakyStream{Stream: s, f: f}, err
}

type flakyStream struct {
	stream.Stream
	f      *flaky
	failed error
}

func (s *flakyStream) Seek(ctx context.Context, positions []stream.Position) error {
	s.failed = nil
	return s.Stream.Seek(ctx, positions)
}

func (s *flakyStream) Poll(ctx context.Context, most int) ([]stream.Batch, error) {
	s.f.mu.Lock()
	if s.f.fails > 0 {
		s.f.fails--
		if s.f.passing {
			s.f.mu.Unlock()
			return nil, &stream.Unavailable{Err: errors.New("no right to read the topic")}
		}
		s.failed = &stream.Unavailable{Err: errors.New("no right to read the topic")}
	}
	s.f.mu.Unlock()
	if s.failed != nil {
		return nil, s.failed
	}
	return s.Stream.Poll(ctx, most)
}

// running runs p until the test ends.
func running(t *testing.T, p Pipeline, opt Options) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := p.Run(ctx, opt); done <- err }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestTopicBesideOneThatFails: what came of one topic of a flow is not dropped when another one fails.
func TestTopicBesideOneThatFails(t *testing.T) {
	w, a, b := newWorld(t), newFakeTopic(1), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f", "k"}, topics: map[string]*fakeTopic{"f": a, "k": b}}
	p := s.pipeline()
	tab := p.Tables[0].(*table[row])
	tab.Flows[0].Inputs = append(tab.Flows[0].Inputs, tab.Flows[1].Inputs...)
	tab.Flows = tab.Flows[:1]
	a.put(0, ev("a1", 1, "", "x"))
	opt := w.options()
	opt.AvailableNow = false
	opt.Streams = map[string]stream.Source{"f_topic": a, "k_topic": &flaky{Source: b, fails: 1, passing: true}}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := p.Run(ctx, opt); done <- err }()
	soon(t, "it is told", func() bool { return w.log.has("no right to read") })
	time.Sleep(50 * time.Millisecond)
	a.put(0, ev("a2", 1, "", "x"))
	b.put(0, ev("b1", 1, "", "x"))
	soon(t, "what came last is there", func() bool {
		rows := w.there("t")
		return slices.Contains(rows, "a2 1 x") && slices.Contains(rows, "b1 1 x")
	})
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a1 1 x", "a2 1 x", "b1 1 x")
}

// TestTopicThatCanBeReadAgain: a source that refused for a while is read as soon as it does not.
func TestTopicThatCanBeReadAgain(t *testing.T) {
	w, a := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": a}}
	a.put(0, ev("a1", 1, "", "x"))
	opt := w.options()
	opt.AvailableNow = false
	opt.Streams = map[string]stream.Source{"f_topic": &flaky{Source: a, fails: 1}}
	running(t, s.pipeline(), opt)
	soon(t, "its row is there", func() bool { return len(w.there("t")) == 1 })
}

// TestWaitsForATopicThatEndsInMarkers: of a shared table.
func TestWaitsForATopicThatEndsInMarkers(t *testing.T) {
	w, topic, s := sharedWorld(t, 1)
	s.live, s.dependsOn = []string{"f", "g"}, map[string][]string{"g": {"f"}}
	topic.add(0, fakeMessage{hidden: true})
	w.put("g/1.json", ev("g1", 1, "", "x"))
	in := w.share(s, nil)
	soon(t, "what waits for the topic goes on", func() bool { return len(w.there("t")) == 1 })
	in.end(t)
}

// TestOnceFlowOverATopicThatGotShorter: its list is not read as long as it says.
func TestOnceFlowOverATopicThatGotShorter(t *testing.T) {
	w, topic := newWorld(t), newFakeTopic(1)
	s := spec{kind: "append", once: []string{"o"}, topics: map[string]*fakeTopic{"o": topic}}
	topic.put(0, ev("a", 1, "", "x"), ev("b", 1, "", "x"), ev("c", 1, "", "x"))
	opt := w.options()
	opt.Streams = map[string]stream.Source{"o_topic": &flaky{Source: topic, fails: 1}}
	if _, err := s.pipeline().Run(t.Context(), opt); err == nil {
		t.Fatal("the run did not fail after the list was frozen")
	}
	topic.partitions[0] = topic.partitions[0][:1]
	_, err := w.tryRun(s)
	var source *SourceError
	if !errors.As(err, &source) || !strings.Contains(err.Error(), "up to offset 3") || !strings.Contains(err.Error(), "reset t") {
		t.Fatalf("got %v: want that two offsets are missing, with a way out", err)
	}
}
