package kafka

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seamflow/seamflow/runtime/stream"
)

const (
	// most bounds what waits for Poll. One record batch that is larger goes over it.
	most = 32 << 20
	// mostAsked bounds an answer, and leastAsked what is asked of a partition.
	mostAsked  = 8 << 20
	leastAsked = 1 << 20
	// linger is how long a server waits for records before it answers that there are none. A Seek waits for it too: a
	// connection answers one request after the other.
	linger = 100 * time.Millisecond
	// glance is linger while some partition cannot be asked for.
	glance = 10 * time.Millisecond
)

// request is a fetch that was sent.
type request struct {
	*kmsg.FetchRequest
	turn       int
	partitions map[int32]*partition
	bytes      int64
	alone      bool
}

// fetchFrom fetches from one server as long as the stream is open.
func (s *topic) fetchFrom(node int32) {
	defer s.running.Done()
	d := newDecoder(s)
	failures := 0
	for {
		r := s.plan(node)
		if r == nil {
			return
		}
		began := time.Now()
		resp, err := r.RequestWith(s.ctx, s.client.Broker(int(node)))
		moved := false
		if err == nil {
			if err = kerr.ErrorForCode(resp.ErrorCode); err == nil {
				moved = s.answer(r, resp, d)
			}
		}
		s.landed(r, err)
		switch {
		case err != nil:
			s.askSoon()
			failures++
			s.pause(min(50*time.Millisecond<<min(failures, 5), time.Second))
			continue
		case !moved && time.Since(began) < 2*time.Millisecond: // a server that does not linger is not asked in a loop
			s.pause(5 * time.Millisecond)
		}
		failures = 0
	}
}

// plan waits until something is to be fetched from a server; nil is the end.
func (s *topic) plan(node int32) *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.ctx.Err() == nil {
		r, wait := s.choose(node)
		if r != nil {
			return r
		}
		if wait > 0 {
			timer := time.AfterFunc(wait, func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.room.Broadcast()
			})
			s.room.Wait()
			timer.Stop()
			continue
		}
		s.room.Wait()
	}
	return nil
}

// choose makes a request of the partitions of a server that have room. wait is when to look again; 0 is when something
// changes.
func (s *topic) choose(node int32) (r *request, wait time.Duration) {
	if s.failed != nil || len(s.wanted) == 0 {
		return nil, 0
	}
	now, left := time.Now(), most-s.buffered-s.flying
	share := max(leastAsked, most/int64(len(s.wanted)))
	var free []*partition
	full := left < leastAsked
	for _, p := range s.wanted {
		switch {
		case s.leaders[p.id].node != node || p.busy:
		case p.held >= share || left < leastAsked:
			full = true
		case p.after.After(now):
			if d := p.after.Sub(now); wait == 0 || d < wait {
				wait = d
			}
		case p.alone:
			return s.onlyOf(p, min(left, mostAsked)), 0
		default:
			free = append(free, p)
		}
	}
	if len(free) == 0 {
		return nil, wait
	}
	// An answer's limit falls on those that come last.
	slices.SortFunc(free, func(a, b *partition) int { return a.moved.Compare(b.moved) })
	bytes := min(left, mostAsked)
	each := max(leastAsked, bytes/int64(len(free)))
	lingers := linger
	if full || wait > 0 {
		lingers = glance
	}
	return s.requestOf(free, bytes, each, lingers), wait
}

func (s *topic) onlyOf(p *partition, bytes int64) *request {
	r := s.requestOf([]*partition{p}, bytes, bytes, linger)
	r.alone = true
	return r
}

func (s *topic) requestOf(partitions []*partition, bytes, each int64, lingers time.Duration) *request {
	f := kmsg.NewPtrFetchRequest()
	f.ReplicaID, f.IsolationLevel = -1, readCommitted
	f.MinBytes, f.MaxBytes, f.MaxWaitMillis = 1, int32(bytes), int32(lingers.Milliseconds())
	f.SessionID, f.SessionEpoch = 0, -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = s.spec.Topic, s.id
	r := &request{FetchRequest: f, turn: s.turn, partitions: map[int32]*partition{}, bytes: bytes}
	for _, p := range partitions {
		q := kmsg.NewFetchRequestTopicPartition()
		q.Partition, q.FetchOffset, q.PartitionMaxBytes = p.id, p.next, int32(each)
		q.CurrentLeaderEpoch, q.LastFetchedEpoch, q.LogStartOffset = s.leaders[p.id].epoch, p.epoch, -1
		t.Partitions = append(t.Partitions, q)
		p.busy = true
		r.partitions[p.id] = p
	}
	f.Topics = append(f.Topics, t)
	s.flying += bytes
	return r
}

// landed frees what a request held; err is that of the whole request.
func (s *topic) landed(r *request, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying -= r.bytes
	for _, p := range r.partitions {
		p.busy = false
		if err != nil {
			p.err = err
		}
	}
	s.room.Broadcast()
}

// answer takes what has come, and reports whether any partition moved on.
func (s *topic) answer(r *request, resp *kmsg.FetchResponse, d *decoder) (moved bool) {
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			got := &resp.Topics[i].Partitions[j]
			p := r.partitions[got.Partition]
			if p == nil {
				continue
			}
			if err := s.answerOf(r, p, got, resp.ThrottleMillis > 0, d, &moved); err != nil {
				s.trouble(r, p, err)
			}
		}
	}
	return moved
}

// answerOf takes what has come of one partition.
func (s *topic) answerOf(r *request, p *partition, got *kmsg.FetchResponseTopicPartition, throttled bool, d *decoder, moved *bool) error {
	if err := kerr.ErrorForCode(got.ErrorCode); err != nil {
		return err
	}
	if e := got.DivergingEpoch; e.EndOffset >= 0 && e.EndOffset < p.next {
		return s.cutShort(s.ctx, p.id, p.next, e.EndOffset)
	}
	end := got.LastStableOffset
	if end < 0 {
		end = got.HighWatermark
	}
	before := p.next
	err := d.decode(r, p, got, end)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.heard = time.Now()
	if p.next > before {
		*moved, p.moved, p.alone, p.barren = true, p.heard, false, 0
	}
	if err != nil {
		return err
	}
	p.err = nil
	if p.next == before && p.next < end && r.turn == s.turn && !throttled {
		s.barren(r, p, end)
	}
	return nil
}

// barren is an answer without anything though the partition has more. Where an answer's limit is not the reason, all
// that was between here and the end has been compacted away.
func (s *topic) barren(r *request, p *partition, end int64) {
	if p.alone = true; !r.alone {
		return
	}
	if p.barren++; p.barren < 2 {
		return
	}
	p.next, p.alone, p.barren = end, false, 0
	s.push(&chunk{partition: p, next: end, epoch: p.epoch, end: end})
}

// trouble takes a partition's error: what passes is waited for, what does not ends reading.
func (s *topic) trouble(r *request, p *partition, err error) {
	switch {
	case kerr.OffsetOutOfRange.Code == codeOf(err):
		err = s.outOfRange(r, p)
	case s.refused(err) != nil:
		err = &stream.Unavailable{Err: fmt.Errorf("topic %s, partition %d: %w", s.spec.Topic, p.id, s.refused(err))}
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.turn == s.turn {
			s.fail(err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || r.turn != s.turn {
		return
	}
	if isLost(err) {
		s.fail(err)
		return
	}
	p.err, p.after = err, time.Now().Add(100*time.Millisecond)
	s.askSoon()
}

func codeOf(err error) int16 {
	if e, ok := err.(*kerr.Error); ok {
		return e.Code
	}
	return 0
}

// outOfRange finds out what a server means that does not have the next offset.
func (s *topic) outOfRange(r *request, p *partition) error {
	ctx, stop := context.WithTimeout(s.ctx, 10*time.Second)
	defer stop()
	bounds, err := s.boundsOf(ctx, []int32{p.id}, readAll)
	if err != nil {
		return err
	}
	b := bounds[0]
	switch {
	case p.next > b.End:
		return s.cutShort(ctx, p.id, p.next, b.End)
	case p.next >= b.Earliest:
		return kerr.OffsetOutOfRange // it is there by now
	case s.spec.OnLostOffsets != "earliest":
		return s.removed(p.next, b)
	}
	s.mu.Lock()
	lost := b.Earliest - p.next
	if r.turn == s.turn {
		p.next, p.epoch = b.Earliest, -1
		s.push(&chunk{partition: p, next: p.next, epoch: -1, end: b.End, lost: lost})
	}
	s.mu.Unlock()
	s.o.Warn(fmt.Sprintf("topic %s, partition %d: %d offsets were removed before they were read; reading goes on at offset %d", s.spec.Topic, p.id, lost, b.Earliest))
	return nil
}
