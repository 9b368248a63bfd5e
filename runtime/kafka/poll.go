package kafka

import (
	"context"

	"github.com/seamflow/seamflow/runtime/stream"
)

// chunk is what waits for Poll: some batches of one partition.
type chunk struct {
	partition *partition
	records   []stream.Record
	headers   []stream.Header
	began     int64 // where it begins
	next      int64 // behind it
	epoch     int32
	end       int64
	lost      int64
	bytes     int64
	topicID   string
}

// chunk gives an empty one that begins where the partition stands.
func (s *topic) chunk(p *partition, end int64) *chunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &chunk{}
	if n := len(s.free); n > 0 {
		c, s.free = s.free[n-1], s.free[:n-1]
	}
	*c = chunk{partition: p, records: c.records, headers: c.headers, began: p.next, next: p.next, epoch: p.epoch, end: end}
	return c
}

// handOn waits for room and puts c into the queue. It gives false where nobody wants it any more.
func (s *topic) handOn(r *request, c *chunk) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buffered >= most && r.turn == s.turn && s.ctx.Err() == nil {
		s.room.Wait()
	}
	if r.turn != s.turn || s.ctx.Err() != nil {
		return false
	}
	c.partition.next, c.partition.epoch = c.next, c.epoch
	s.push(c)
	return true
}

// push puts c into the queue.
func (s *topic) push(c *chunk) {
	c.topicID = idText(s.id)
	c.partition.held += c.bytes
	s.buffered += c.bytes
	s.queue = append(s.queue, c)
	s.wake()
}

// Poll gives what has come, in the order in which it came.
func (s *topic) Poll(ctx context.Context, max int) ([]stream.Batch, error) {
	s.recycle()
	for {
		batches, err := s.take(int64(max))
		if len(batches) > 0 || err != nil {
			return batches, err
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-s.ctx.Done():
			return nil, errClosed
		case <-s.arrived:
		}
	}
}

func (s *topic) take(most int64) ([]stream.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = s.out[:0]
	size, n := int64(0), 0
	for ; n < len(s.queue) && (n == 0 || size+s.queue[n].bytes <= most); n++ {
		c := s.queue[n]
		size += c.bytes
		c.partition.held -= c.bytes
		s.out = append(s.out, stream.Batch{Partition: c.partition.id, Records: c.records, End: c.end, Lost: c.lost,
			After: stream.Position{Partition: c.partition.id, Next: c.next, TopicID: c.topicID, Epoch: c.epoch}})
	}
	if n == 0 {
		return nil, s.failed
	}
	s.given = append(s.given, s.queue[:n]...)
	s.queue = append(s.queue[:0], s.queue[n:]...)
	s.buffered -= size
	s.room.Broadcast()
	return s.out, nil
}

// recycle takes back what the last Poll gave.
func (s *topic) recycle() {
	if len(s.given) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.given {
		clear(c.records)
		clear(c.headers)
		c.records, c.headers = c.records[:0], c.headers[:0]
		if len(s.free) < mostFree {
			s.free = append(s.free, c)
		}
	}
	clear(s.given)
	s.given = s.given[:0]
}

// mostFree bounds how many empty chunks are kept.
const mostFree = 64
