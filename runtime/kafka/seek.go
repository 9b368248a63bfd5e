package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/runtime/stream"
)

// partition is one that is being read.
type partition struct {
	id    int32
	next  int64 // what is fetched next
	epoch int32 // of the last record that was fetched; -1 is not known
	held  int64 // bytes that wait for Poll
	// busy: a request for it is on its way.
	busy bool
	// alone: an answer had nothing of it though there is more, so it is asked for by itself; barren counts such answers.
	alone  bool
	barren int
	moved  time.Time // when something last came
	heard  time.Time // when a server last answered for it, or nothing was asked
	after  time.Time // when it may be asked for again
	err    error     // why there was no answer
}

func (s *topic) Seek(ctx context.Context, positions []stream.Position) error {
	s.drop()
	if err := s.ask(ctx, "seeking", func(ctx context.Context) error { return s.check(ctx, positions) }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range positions {
		s.wanted[at.Partition] = &partition{id: at.Partition, next: at.Next, epoch: at.Epoch, heard: time.Now()}
	}
	s.room.Broadcast()
	return nil
}

// drop stops fetching and forgets what was fetched.
func (s *topic) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	clear(s.wanted)
	for _, c := range s.queue {
		s.buffered -= c.bytes
	}
	s.queue, s.failed = nil, nil
	s.room.Broadcast()
}

// check finds positions that are not in the topic. Where records were removed and reading may go on, fetching finds it too
// and says how many.
func (s *topic) check(ctx context.Context, positions []stream.Position) error {
	if err := s.refresh(ctx); err != nil {
		return err
	}
	var ids []int32
	id := s.TopicID()
	for _, at := range positions {
		if at.TopicID != "" && id != "" && at.TopicID != id {
			return s.another(ctx, at, id)
		}
		ids = append(ids, at.Partition)
	}
	if len(ids) == 0 {
		return nil
	}
	bounds, err := s.boundsOf(ctx, ids, readAll)
	if err != nil {
		return err
	}
	for i, at := range positions {
		if at.Next < bounds[i].Earliest && s.spec.OnLostOffsets != "earliest" {
			return s.removed(at.Next, bounds[i])
		}
	}
	return s.truncated(ctx, positions)
}

// another is the error of a position in a topic that is not this one.
func (s *topic) another(ctx context.Context, at stream.Position, id string) error {
	lost := &stream.LostError{Topic: s.spec.Topic, Partition: at.Partition, Next: at.Next,
		Reason: fmt.Sprintf("the topic was made anew, or is one of another cluster: its id is %s, and what was read was of %s", id, at.TopicID)}
	if b, err := s.boundsOf(ctx, []int32{at.Partition}, readAll); err == nil {
		lost.Earliest, lost.End = b[0].Earliest, b[0].End
	}
	return lost
}

func (s *topic) removed(next int64, b stream.Bounds) error {
	return &stream.LostError{Topic: s.spec.Topic, Partition: b.Partition, Next: next, Earliest: b.Earliest, End: b.End, Removed: true,
		Reason: fmt.Sprintf("records were removed before they were read: %d offsets, %d to %d", b.Earliest-next, next, b.Earliest-1)}
}
