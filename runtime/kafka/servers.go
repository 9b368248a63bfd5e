package kafka

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seamflow/seamflow/runtime/stream"
)

// often is how often the servers are asked for partitions, leaders and the topic's id.
const often = 3 * time.Second

// idText is a topic's id as Kafka's tools print it; "" where servers have none.
func idText(id [16]byte) string {
	if id == [16]byte{} {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func isMissing(err error) bool {
	return errors.Is(err, kerr.UnknownTopicOrPartition) || errors.Is(err, kerr.UnknownTopicID)
}

// refresh asks who leads which partition.
func (s *topic) refresh(ctx context.Context) error {
	req := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &s.spec.Topic
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, s.client)
	if err != nil {
		return err
	}
	if len(resp.Topics) != 1 {
		return fmt.Errorf("asked for one topic, and %d came back", len(resp.Topics))
	}
	if err := kerr.ErrorForCode(resp.Topics[0].ErrorCode); err != nil {
		return err
	}
	return s.roles(&resp.Topics[0])
}

// roles takes what a server says of the topic. A topic of another id is another topic.
func (s *topic) roles(t *kmsg.MetadataResponseTopic) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened && s.id != t.TopicID {
		return s.madeAnew(t.TopicID)
	}
	s.id = t.TopicID
	for _, p := range t.Partitions {
		now := leader{p.Leader, p.LeaderEpoch, kerr.ErrorForCode(p.ErrorCode)}
		if was, known := s.leaders[p.Partition]; known && now.epoch < was.epoch && now.epoch >= 0 {
			continue // a server that has not heard of the newest election yet
		}
		s.leaders[p.Partition] = now
		if now.node >= 0 && !s.fetchers[now.node] {
			s.fetchers[now.node] = true
			s.running.Add(1)
			go s.fetchFrom(now.node)
		}
	}
	s.room.Broadcast()
	return nil
}

// madeAnew ends reading: the topic of this name is not the one that was opened.
func (s *topic) madeAnew(id [16]byte) error {
	lost := &stream.LostError{Topic: s.spec.Topic, Reason: fmt.Sprintf("the topic was made anew (id %s, was %s)", idText(id), idText(s.id))}
	for _, p := range s.sorted() {
		lost.Partition, lost.Next = p.id, p.next
		break
	}
	s.fail(lost)
	return lost
}

// sorted gives the wanted partitions by number.
func (s *topic) sorted() []*partition {
	var all []*partition
	for _, p := range s.wanted {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *partition) int { return int(a.id - b.id) })
	return all
}

// fail ends reading with an error, the first one.
func (s *topic) fail(err error) {
	if s.failed == nil {
		s.failed = err
	}
	s.room.Broadcast()
	s.wake()
}

// wake tells Poll to look.
func (s *topic) wake() {
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// askSoon makes watch ask for leaders.
func (s *topic) askSoon() {
	select {
	case s.hurry <- struct{}{}:
	default:
	}
}

// watch asks for the topic now and then, and says when servers are silent.
func (s *topic) watch() {
	defer s.running.Done()
	var quiet silence
	next := time.Now().Add(often)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	missing := time.Time{}
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.hurry:
			next = time.Now()
		case <-tick.C:
		}
		if !time.Now().Before(next) {
			ctx, stop := context.WithTimeout(s.ctx, 5*time.Second)
			err := s.refresh(ctx)
			stop()
			missing = s.gone(err, missing)
			s.mu.Lock()
			s.deaf = err
			s.mu.Unlock()
			next = time.Now().Add(often)
			if err != nil && !isLost(err) {
				next = time.Now().Add(500 * time.Millisecond)
			}
		}
		quiet.look(s)
		s.pause(100 * time.Millisecond) // bounds how often leaders are asked for
	}
}

// gone fails where servers say for some seconds that there is no such topic; since is when they began to.
func (s *topic) gone(err error, since time.Time) time.Time {
	switch {
	case !isMissing(err):
		return time.Time{}
	case since.IsZero():
		return time.Now()
	case time.Since(since) < 5*time.Second:
		return since
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := &stream.LostError{Topic: s.spec.Topic, Reason: "the topic was deleted"}
	for _, p := range s.sorted() {
		lost.Partition, lost.Next = p.id, p.next
		break
	}
	s.fail(lost)
	return since
}

// pause waits, and reports whether the stream is still open.
func (s *topic) pause(d time.Duration) bool {
	select {
	case <-s.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// silence is what was said of servers that do not answer.
type silence struct{ since time.Time }

// look finds the partition that was heard of least lately. Runs that end fail after the timeout; others say so once, and
// once more when all answer again.
func (q *silence) look(s *topic) {
	s.mu.Lock()
	var worst *partition
	for _, p := range s.sorted() {
		idle := !p.busy && p.err == nil && s.deaf == nil && s.leaders[p.id].node >= 0
		if idle || p.held > 0 || s.buffered >= most { // nothing is asked for, or Poll has yet to take what came
			p.heard = time.Now()
		}
		if worst == nil || p.heard.Before(worst.heard) {
			worst = p
		}
	}
	now := time.Now()
	if worst == nil || now.Sub(worst.heard) < patience && q.since.IsZero() {
		s.mu.Unlock()
		if worst != nil && s.o.Bounded {
			q.limit(s, worst.id, worst.heard, worst.err)
		}
		return
	}
	id, heard, why := worst.id, worst.heard, worst.err
	if l := s.leaders[id]; s.deaf != nil {
		why = s.deaf
	} else if l.node < 0 {
		why = errors.Join(errors.New("it has no leader"), l.err)
	}
	s.mu.Unlock()
	switch {
	case now.Sub(heard) < patience:
		s.o.Warn(fmt.Sprintf("topic %s: all partitions answer again after %s", s.spec.Topic, now.Sub(q.since).Round(time.Second)))
		q.since = time.Time{}
	case q.since.IsZero():
		q.since = heard
		s.o.Warn(fmt.Sprintf("topic %s, partition %d: no answer for %s, still trying: %v", s.spec.Topic, id, patience, why))
	}
	q.limit(s, id, heard, why)
}

func (q *silence) limit(s *topic, id int32, heard time.Time, why error) {
	if s.o.Bounded && time.Since(heard) > s.spec.Timeout {
		s.mu.Lock()
		defer s.mu.Unlock()
		if why == nil {
			why = errors.New("no answer")
		}
		s.fail(s.silent(fmt.Sprintf("reading partition %d", id), why))
	}
}
