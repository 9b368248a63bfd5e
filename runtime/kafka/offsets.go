package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seamflow/seamflow/runtime/stream"
)

// What ListOffsets understands instead of a time.
const (
	atEnd      = -1
	atEarliest = -2
)

// Who sees which records.
const (
	readAll       = 0
	readCommitted = 1
)

// byLeader groups partitions by the server that leads them.
func (s *topic) byLeader(partitions []int32) (map[int32][]int32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[int32][]int32{}
	for _, p := range partitions {
		l, ok := s.leaders[p]
		if !ok {
			return nil, &refusal{err: fmt.Errorf("partition %d", p), way: "the topic does not have it"}
		}
		if l.node < 0 {
			return nil, fmt.Errorf("partition %d has no leader: %w", p, errors.Join(l.err, kerr.LeaderNotAvailable))
		}
		all[l.node] = append(all[l.node], p)
	}
	return all, nil
}

func (s *topic) epochOf(partition int32) int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaders[partition].epoch
}

// routed calls do for each server that leads some of partitions, and asks for the leaders anew where that fails.
func (s *topic) routed(ctx context.Context, partitions []int32, do func(node int32, partitions []int32) error) error {
	leaders, err := s.byLeader(partitions)
	for node, led := range leaders {
		if err == nil {
			err = do(node, led)
		}
	}
	if err != nil && !isLost(err) && s.refused(err) == nil {
		if again := s.refresh(ctx); isLost(again) {
			return again
		}
	}
	return err
}

// list asks for the offset of each partition at a time (milliseconds since 1970) or one of the constants above; -1 is none.
func (s *topic) list(ctx context.Context, partitions []int32, at int64, isolation int8) (map[int32]int64, error) {
	all := map[int32]int64{}
	err := s.routed(ctx, partitions, func(node int32, led []int32) error {
		req := kmsg.NewPtrListOffsetsRequest()
		req.ReplicaID, req.IsolationLevel = -1, isolation
		t := kmsg.NewListOffsetsRequestTopic()
		t.Topic = s.spec.Topic
		for _, id := range led {
			p := kmsg.NewListOffsetsRequestTopicPartition()
			p.Partition, p.Timestamp, p.CurrentLeaderEpoch = id, at, s.epochOf(id)
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
		resp, err := req.RequestWith(ctx, s.client.Broker(int(node)))
		if err != nil {
			return err
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return fmt.Errorf("partition %d: %w", p.Partition, err)
				}
				all[p.Partition] = p.Offset
			}
		}
		return nil
	})
	if err == nil && len(all) != len(partitions) {
		err = fmt.Errorf("asked for the offsets of %d partitions, and those of %d came back", len(partitions), len(all))
	}
	return all, err
}

func (s *topic) Bounds(ctx context.Context, partitions []int32) (all []stream.Bounds, err error) {
	err = s.ask(ctx, "asking for offsets", func(ctx context.Context) error {
		all, err = s.boundsOf(ctx, partitions, readCommitted)
		return err
	})
	return all, err
}

func (s *topic) boundsOf(ctx context.Context, partitions []int32, isolation int8) (all []stream.Bounds, err error) {
	if len(partitions) == 0 {
		return nil, nil
	}
	earliest, err := s.list(ctx, partitions, atEarliest, isolation)
	if err != nil {
		return nil, err
	}
	end, err := s.list(ctx, partitions, atEnd, isolation)
	if err != nil {
		return nil, err
	}
	for _, p := range partitions {
		all = append(all, stream.Bounds{Partition: p, Earliest: earliest[p], End: end[p]})
	}
	return all, nil
}

func (s *topic) Begin(ctx context.Context, partitions []int32) ([]stream.Position, error) {
	bounds, err := s.Bounds(ctx, partitions)
	if err != nil {
		return nil, err
	}
	var timed map[int32]int64
	if s.spec.Start.At == "timestamp" && len(partitions) > 0 {
		err := s.ask(ctx, "asking for the offsets of a time", func(ctx context.Context) error {
			timed, err = s.list(ctx, partitions, millis(s.spec.Start.Micros), readCommitted)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var all []stream.Position
	for _, b := range bounds {
		next, err := s.spec.Start.of(b, timed)
		if err != nil {
			return nil, fmt.Errorf("topic %s, partition %d: %w; correct sources.%s.kafka.start", s.spec.Topic, b.Partition, err, s.o.Source)
		}
		all = append(all, stream.Position{Partition: b.Partition, Next: next, TopicID: s.TopicID(), Epoch: -1})
	}
	return all, nil
}

// millis is the first millisecond that is not before a time in microseconds.
func millis(micros int64) int64 {
	ms := micros / 1000
	if micros%1000 > 0 {
		ms++
	}
	return ms
}

// of gives the first offset of a partition.
func (start Start) of(b stream.Bounds, timed map[int32]int64) (int64, error) {
	switch start.At {
	case "", "earliest":
		return b.Earliest, nil
	case "latest":
		return b.End, nil
	case "timestamp":
		if next := timed[b.Partition]; next >= 0 {
			return next, nil
		}
		return b.End, nil
	case "offsets":
		next, listed := start.Offsets[b.Partition]
		if !listed {
			return b.Earliest, nil
		}
		if next < b.Earliest || next > b.End {
			return 0, fmt.Errorf("start names offset %d, and the topic holds offsets %d to %d", next, b.Earliest, b.End)
		}
		return next, nil
	}
	return 0, fmt.Errorf("start %q: expected earliest, latest, timestamp or offsets", start.At)
}

// truncated asks the leaders whether the records before the positions are still those that were read (KIP-320): a log that
// lost its end in an unclean election ends the epoch earlier.
func (s *topic) truncated(ctx context.Context, positions []stream.Position) error {
	at := map[int32]stream.Position{}
	var known []int32
	for _, p := range positions {
		if p.Epoch >= 0 {
			at[p.Partition] = p
			known = append(known, p.Partition)
		}
	}
	return s.routed(ctx, known, func(node int32, led []int32) error {
		req := kmsg.NewPtrOffsetForLeaderEpochRequest()
		req.ReplicaID = -1
		t := kmsg.NewOffsetForLeaderEpochRequestTopic()
		t.Topic = s.spec.Topic
		for _, id := range led {
			p := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
			p.Partition, p.LeaderEpoch, p.CurrentLeaderEpoch = id, at[id].Epoch, s.epochOf(id)
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
		resp, err := req.RequestWith(ctx, s.client.Broker(int(node)))
		if err != nil {
			return err
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return fmt.Errorf("partition %d: %w", p.Partition, err)
				}
				if p.EndOffset >= 0 && p.EndOffset < at[p.Partition].Next {
					return s.cutShort(ctx, p.Partition, at[p.Partition].Next, p.EndOffset)
				}
			}
		}
		return nil
	})
}

// cutShort is the error of a log that does not have what was read from it any more.
func (s *topic) cutShort(ctx context.Context, partition int32, next, end int64) error {
	lost := &stream.LostError{Topic: s.spec.Topic, Partition: partition, Next: next, End: end,
		Reason: fmt.Sprintf("records that were read from offset %d on are not in the topic any more: a server that lacked them took over, or the topic was made anew", end)}
	if b, err := s.boundsOf(ctx, []int32{partition}, readAll); err == nil {
		lost.Earliest, lost.End = b[0].Earliest, b[0].End
	}
	return lost
}

// Store commits positions to a group. Within a membership its generation fences: one that was left behind is refused.
func (s *topic) Store(ctx context.Context, group string, positions []stream.Position) error {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = group, -1
	s.mu.Lock()
	m, id := s.member, s.id
	s.mu.Unlock()
	if m != nil && m.group == group {
		req.MemberID, req.Generation = m.identity()
	}
	t := kmsg.NewOffsetCommitRequestTopic()
	t.Topic, t.TopicID = s.spec.Topic, id
	for _, at := range positions {
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset, p.LeaderEpoch = at.Partition, at.Next, at.Epoch
		t.Partitions = append(t.Partitions, p)
	}
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, s.client)
	if err != nil {
		return fmt.Errorf("topic %s: telling group %s the offsets: %w", s.spec.Topic, group, s.explained(err))
	}
	var bad []string
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				bad = append(bad, fmt.Sprintf("partition %d: %v", p.Partition, s.explained(err)))
			}
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("topic %s: telling group %s the offsets: %s", s.spec.Topic, group, strings.Join(bad, "; "))
	}
	return nil
}

// explained adds the way out where one is known.
func (s *topic) explained(err error) error {
	if r := s.refused(err); r != nil {
		return r
	}
	return err
}
