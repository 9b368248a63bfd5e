package flow

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/seamflow/seamflow/runtime/stream"
)

// fakeTopic is a topic in memory, and the streams of it.
type fakeTopic struct {
	mu         sync.Mutex
	id         string
	partitions [][]fakeMessage
	earliest   map[int32]int64 // what is before it was removed
	start      string          // "latest", or "" for the earliest
	rand       *rand.Rand      // of how much comes at a time; nil: most, or all
	most       int64           // offsets of a partition that come at a time; 0: all
	opened     int
	told       []stream.Position // by Store
	group      *fakeGroup        // nil for none
}

// fakeMessage is a message, or an offset that no reader sees.
type fakeMessage struct {
	value  []byte
	key    string
	noKey  bool // it is NULL
	hidden bool

	headers []stream.Header
}

func newFakeTopic(partitions int) *fakeTopic {
	return &fakeTopic{id: "id-1", partitions: make([][]fakeMessage, partitions), earliest: map[int32]int64{}}
}

// put appends messages to a partition.
func (t *fakeTopic) put(partition int, lines ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, line := range lines {
		t.partitions[partition] = append(t.partitions[partition], fakeMessage{value: []byte(line)})
	}
}

func (t *fakeTopic) add(partition int, m fakeMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partitions[partition] = append(t.partitions[partition], m)
}

// fakeTime is the time of every message: microseconds since 1970.
const fakeTime = 1_700_000_000_000_000

func (t *fakeTopic) Open(_ context.Context, o stream.Options) (stream.Stream, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened++
	return &fakeStream{t: t, at: map[int32]int64{}}, nil
}

type fakeStream struct {
	t  *fakeTopic
	at map[int32]int64 // what is fetched next
}

func (s *fakeStream) Topic() string   { return "topic" }
func (s *fakeStream) TopicID() string { return s.t.id }

func (s *fakeStream) Partitions(context.Context) (all []int32, _ error) {
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	for p := range s.t.partitions {
		all = append(all, int32(p))
	}
	return all, nil
}

func (s *fakeStream) Bounds(_ context.Context, partitions []int32) (all []stream.Bounds, _ error) {
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	for _, p := range partitions {
		all = append(all, stream.Bounds{Partition: p, Earliest: s.t.earliest[p], End: int64(len(s.t.partitions[p]))})
	}
	return all, nil
}

func (s *fakeStream) Begin(ctx context.Context, partitions []int32) (all []stream.Position, _ error) {
	bounds, err := s.Bounds(ctx, partitions)
	for _, b := range bounds {
		p := stream.Position{Partition: b.Partition, Next: b.Earliest, TopicID: s.t.id, Epoch: -1}
		if s.t.start == "latest" {
			p.Next = b.End
		}
		all = append(all, p)
	}
	return all, err
}

func (s *fakeStream) Seek(_ context.Context, positions []stream.Position) error {
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	clear(s.at)
	for _, p := range positions {
		end := int64(len(s.t.partitions[p.Partition]))
		if p.TopicID != s.t.id || p.Next < s.t.earliest[p.Partition] || p.Next > end {
			return &stream.LostError{Topic: "topic", Partition: p.Partition, Next: p.Next, Earliest: s.t.earliest[p.Partition], End: end, Reason: "gone",
				Removed: p.TopicID == s.t.id && p.Next <= end}
		}
		s.at[p.Partition] = p.Next
	}
	return nil
}

func (s *fakeStream) Poll(ctx context.Context, most int) ([]stream.Batch, error) {
	if all := s.poll(most); len(all) > 0 {
		return all, nil
	}
	<-ctx.Done()
	return nil, nil
}

func (s *fakeStream) poll(most int) (all []stream.Batch) {
	t := s.t
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := range int32(len(t.partitions)) {
		next, sought := s.at[p]
		log := t.partitions[p]
		end := int64(len(log))
		if t.rand != nil && end > next {
			end = next + t.rand.Int64N(end-next+1)
		}
		if t.most > 0 {
			end = min(end, next+t.most)
		}
		if !sought || end <= next {
			continue
		}
		b := stream.Batch{Partition: p, End: int64(len(log)), After: stream.Position{Partition: p, Next: end, TopicID: t.id, Epoch: 1}}
		for ; next < end; next++ {
			if m := log[next]; !m.hidden {
				r := stream.Record{Offset: next, Timestamp: fakeTime, Key: []byte(m.key), Value: slices.Clone(m.value), Headers: m.headers}
				if m.noKey {
					r.Key = nil
				}
				b.Records = append(b.Records, r)
			}
		}
		s.at[p] = end
		all = append(all, b)
	}
	return all
}

func (s *fakeStream) Store(_ context.Context, group string, positions []stream.Position) error {
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	s.t.told = slices.Clone(positions)
	return nil
}

func (s *fakeStream) Join(context.Context, string) (stream.Membership, error) {
	if s.t.group == nil {
		return nil, fmt.Errorf("this fake topic has no groups")
	}
	return s.t.group.join(), nil
}

func (s *fakeStream) Close() {}

// soon waits until something holds.
func soon(t tb, what string, holds func() bool) {
	t.Helper()
	for range 2000 {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("it did not come to be: %s", what)
}
