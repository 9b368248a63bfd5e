package flow

import (
	"context"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/stream"
)

// blocking is a topic whose Seek waits for servers that have gone away.
type blocking struct{ stream.Source }

func (b blocking) Open(ctx context.Context, o stream.Options) (stream.Stream, error) {
	s, err := b.Source.Open(ctx, o)
	return blockingStream{s}, err
}

type blockingStream struct{ stream.Stream }

func (b blockingStream) Seek(ctx context.Context, _ []stream.Position) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestTablesBesideTopicsThatAreAway: a table of files goes on while the topics of others do not answer.
func TestTablesBesideTopicsThatAreAway(t *testing.T) {
	w := newWorld(t)
	topics := map[string]*fakeTopic{}
	opt := w.options()
	opt.AvailableNow, opt.Streams = false, map[string]stream.Source{}
	var p Pipeline
	for _, name := range []string{"a", "b", "c", "d"} {
		topics[name] = newFakeTopic(1)
		opt.Streams[name+"_topic"] = blocking{topics[name]}
		s := spec{table: "t" + name, kind: "append", live: []string{name}, topics: topics}
		if p.Name == "" {
			p = s.pipeline()
		} else {
			p.Tables = append(p.Tables, s.runner())
		}
	}
	p.Tables = append(p.Tables, spec{table: "t", kind: "append", live: []string{"g"}}.runner())
	w.put("g/0.json", ev("g0", 1, "", "x"))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := p.Run(ctx, opt); done <- err }()
	select {
	case err := <-done:
		t.Fatal(err)
	case <-time.After(300 * time.Millisecond):
	}
	time.Sleep(200 * time.Millisecond)
	w.put("g/1.json", ev("g1", 1, "", "x"))
	defer func() { stop(); <-done }()
	for range 400 {
		if len(w.there("t")) == 2 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("a table of files stands still because the topics of other tables are away")
}
