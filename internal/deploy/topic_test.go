package deploy

import (
	"context"
	"slices"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/stream"
)

// topic is one whose partitions hold offsets from, inclusively, to; at is the first offset at or after any time.
type topic struct {
	stream.Stream
	start    model.KafkaStart
	from, to []int64
	at       []int64
	id       string
}

// topicOf gives sources whatever they say.
func topicOf(t topic) func(*model.KafkaSource) stream.Source {
	return func(s *model.KafkaSource) stream.Source {
		t := t
		t.start = s.Start
		return opener{&t}
	}
}

type opener struct{ *topic }

// noTopic is one with a partition in which nothing ever was.
var noTopic = topicOf(topic{from: []int64{5, 7}, to: []int64{5, 7}, at: []int64{5, 7}})

func (o opener) Open(context.Context, stream.Options) (stream.Stream, error) { return o.topic, nil }
func (t *topic) Topic() string                                               { return "actions" }
func (t *topic) TopicID() string                                             { return t.id }
func (t *topic) Close()                                                      {}

func (t *topic) Partitions(context.Context) (all []int32, _ error) {
	for i := range t.from {
		all = append(all, int32(i))
	}
	return all, nil
}

func (t *topic) Bounds(_ context.Context, partitions []int32) (all []stream.Bounds, _ error) {
	for _, p := range partitions {
		all = append(all, stream.Bounds{Partition: p, Earliest: t.from[p], End: t.to[p]})
	}
	return all, nil
}

func (t *topic) Begin(_ context.Context, partitions []int32) (all []stream.Position, _ error) {
	next := map[string][]int64{"earliest": t.from, "": t.from, "latest": t.to, "timestamp": t.at}[t.start.At]
	for _, p := range partitions {
		all = append(all, stream.Position{Partition: p, Next: slices.Concat(next)[p], Epoch: -1})
	}
	return all, nil
}
