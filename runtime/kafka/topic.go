package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/runtime/stream"
)

// topic is an opened source: stream.Stream. One goroutine calls it; one watches the servers, and one for each server
// fetches.
type topic struct {
	spec    Spec
	o       stream.Options
	connect []kgo.Opt
	client  *kgo.Client
	ctx     context.Context // until Close
	stop    context.CancelFunc
	running sync.WaitGroup
	arrived chan struct{} // something for Poll
	hurry   chan struct{} // the servers' roles are to be asked for now

	mu       sync.Mutex
	room     *sync.Cond // on mu: there is room, other work, or none any more
	opened   bool
	id       [16]byte
	leaders  map[int32]leader
	fetchers map[int32]bool // servers that have a goroutine
	wanted   map[int32]*partition
	turn     int // moves on with every Seek: what was fetched for another is dropped
	queue    []*chunk
	buffered int64 // bytes in queue
	flying   int64 // bytes that were asked for
	deaf     error // why the servers' roles are not known
	failed   error // for Poll, after what is in queue
	member   *member

	given []*chunk // by the last Poll
	free  []*chunk
	out   []stream.Batch
}

// leader is the server of a partition.
type leader struct {
	node, epoch int32
	err         error // why there is none
}

func newTopic(spec Spec, o stream.Options, connect []kgo.Opt, client *kgo.Client) *topic {
	s := &topic{spec: spec, o: o, connect: connect, client: client, arrived: make(chan struct{}, 1), hurry: make(chan struct{}, 1),
		leaders: map[int32]leader{}, fetchers: map[int32]bool{}, wanted: map[int32]*partition{}}
	s.room = sync.NewCond(&s.mu)
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// begin asks for the topic for the first time.
func (s *topic) begin(ctx context.Context) error {
	began := time.Now()
	err := s.ask(ctx, "asking for the topic", func(ctx context.Context) error {
		err := s.refresh(ctx)
		if isMissing(err) && time.Since(began) > time.Second { // one that was made just now is not known everywhere
			return &refusal{err: err, way: fmt.Sprintf("%s does not have the topic; create it, or correct sources.%s.kafka.topic", s.spec.Brokers, s.o.Source)}
		}
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.opened = true
	s.mu.Unlock()
	s.running.Add(1)
	go s.watch()
	return nil
}

func (s *topic) opening() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.opened
}

// limited reports whether silence is an error.
func (s *topic) limited() bool {
	return s.o.Bounded || s.opening()
}

func (s *topic) Topic() string { return s.spec.Topic }

func (s *topic) TopicID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return idText(s.id)
}

// Partitions gives those that the servers last named; they are asked every few seconds.
func (s *topic) Partitions(context.Context) ([]int32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.leaders)), nil
}

// Close ends all goroutines and connections.
func (s *topic) Close() {
	s.mu.Lock()
	m := s.member
	s.member = nil
	s.mu.Unlock()
	if m != nil {
		m.Leave()
	}
	s.stop()
	s.mu.Lock()
	s.room.Broadcast()
	s.mu.Unlock()
	s.running.Wait()
	s.client.Close()
}
