package deploy

import (
	"context"
	"slices"
	"time"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/stream"
)

// left looks what a source has that the flow has not read. Of a topic that the spec does not have any more it is not known
// where its brokers are; files are where the table's contract says.
func (l *look) left(f *Flow, out *Input, at *flow.Standing, source *model.Source) (err error) {
	switch {
	case out.Kind == contract.Kafka:
		if source != nil && source.Kafka != nil {
			out.Left, err = l.leftOffsets(f, out, at, source)
		}
	default:
		spec := files.Spec{Path: out.Path, Settle: -1}
		if source != nil && source.Files != nil {
			spec = filesOf(source.Files)
		}
		out.Left, err = l.leftFiles(at, out.Source, spec)
	}
	return err
}

func filesOf(f *model.FilesSource) files.Spec {
	spec := files.Spec{Path: f.Path, Settle: time.Duration(f.SettleMicros) * time.Microsecond, OnChange: f.OnChange}
	if f.SettleMicros < 0 {
		spec.Settle = -1
	}
	return spec
}

// leftFiles lists the folder.
func (l *look) leftFiles(at *flow.Standing, source string, spec files.Spec) (_ *Left, err error) {
	if spec.Path, err = l.m.value("sources."+source+".files.path", spec.Path); err != nil {
		return nil, err
	}
	lister, err := files.NewLister(l.m.data, spec)
	if err != nil {
		return nil, err
	}
	done := new(files.Set)
	if at != nil && at.Files[source] != nil {
		done = at.Files[source]
	}
	ready, young, _, err := lister.List(l.m.ctx, l.table, done)
	return &Left{Files: len(ready), Writing: young}, err
}

// topic opens a topic as a run would.
func (l *look) topic(f *Flow, source *model.Source, start model.KafkaStart) (stream.Stream, error) {
	spec := *source.Kafka
	spec.Start = start
	return l.m.opt.Topic(&spec).Open(l.m.ctx, stream.Options{
		Pipeline: l.m.pipeline.Name, Flow: f.Name, Source: source.Name, Value: l.m.value, Dir: l.m.data, Bounded: true, Warn: func(string) {},
	})
}

// leftOffsets asks where the topic ends, and whether it is the one that the flow has read.
func (l *look) leftOffsets(f *Flow, out *Input, at *flow.Standing, source *model.Source) (*Left, error) {
	s, err := l.topic(f, source, source.Kafka.Start)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	left := &Left{}
	stands := out.next()
	anew, told := madeAnew(at, out.Source, s), false
	return left, eachPartition(l.m.ctx, s, func(b stream.Bounds, begin stream.Position) {
		next, ok := stands[b.Partition]
		lost := &stream.LostError{Topic: s.Topic(), Partition: b.Partition, Next: next, Earliest: b.Earliest, End: b.End}
		switch {
		case ok && anew: // so is each partition: once is enough
			lost.Reason = "the topic was made anew, or is one of another cluster"
			if !told {
				f.lost(l, source, lost)
			}
			told = true
		case ok && next > b.End:
			lost.Reason = "the topic's end was cut off, or it is one of another cluster"
			f.lost(l, source, lost)
		case ok && next < b.Earliest:
			lost.Reason, lost.Removed = "records were removed before they were read", true
			f.lost(l, source, lost)
		case !ok && len(stands) > 0: // a partition that is new is read from its first record on
			next = b.Earliest
		case !ok:
			next = begin.Next
			out.Partitions = append(out.Partitions, Partition{b.Partition, next})
		}
		left.Offsets += max(b.End-max(next, b.Earliest), 0)
	})
}

// next gives the stored offsets by partition.
func (in *Input) next() map[int32]int64 {
	next := map[int32]int64{}
	for _, p := range in.Partitions {
		next[p.Partition] = p.Next
	}
	return next
}

// eachPartition calls visit with the bounds of each partition, and where it would begin.
func eachPartition(ctx context.Context, s stream.Stream, visit func(b stream.Bounds, begin stream.Position)) error {
	partitions, err := s.Partitions(ctx)
	if err != nil {
		return err
	}
	bounds, err := s.Bounds(ctx, partitions)
	if err != nil {
		return err
	}
	begins, err := s.Begin(ctx, partitions)
	if err != nil {
		return err
	}
	for i, b := range bounds {
		visit(b, begins[i])
	}
	return nil
}

// madeAnew reports whether the topic of a name is another one than the flow has read.
func madeAnew(at *flow.Standing, source string, s stream.Stream) bool {
	if at == nil || s.TopicID() == "" {
		return false
	}
	return slices.ContainsFunc(at.Partitions, func(p flow.Partition) bool {
		return p.Source == source && p.TopicID != "" && p.TopicID != s.TopicID()
	})
}

// lost is a flow whose next record the topic does not have any more.
func (f *Flow) lost(l *look, source *model.Source, lost *stream.LostError) {
	c := Change{Verdict: contract.Refuse, Field: "flows." + f.Name + ".source", Message: lost.Error(), WayOut: "run `reset " + l.resets(f) + "` to read the topic as it is now"}
	switch {
	case lost.Removed && source.Kafka.OnLostOffsets == "earliest":
		c.Verdict, c.WayOut = contract.Note, ""
	case lost.Removed:
		c.WayOut = "on_lost_offsets: earliest on source " + source.Name + " goes on without them"
	}
	f.Changes = append(f.Changes, c)
}

// otherTopic refuses a source that names another topic than the one that the flow has read.
func (l *look) otherTopic(f *Flow, in *Input, at *flow.Standing, source *model.Source) error {
	if at == nil || source == nil || source.Kafka == nil {
		return nil
	}
	topic, err := l.m.value("sources."+source.Name+".kafka.topic", source.Kafka.Topic)
	if err != nil {
		return err
	}
	for _, p := range at.Partitions {
		if p.Source == in.Source && p.Topic != topic {
			f.Changes = append(f.Changes, Change{Verdict: contract.Refuse, Field: "flows." + f.Name + ".source",
				Message: "the flow has read topic " + p.Topic + ", and source " + in.Source + " now names topic " + topic + ", whose offsets are others",
				WayOut:  "give the source of the other topic a name of its own, or run `reset " + l.resets(f) + "`"})
			return nil
		}
	}
	return nil
}

// resets is what a reset has to name for the flow to read its source again.
func (l *look) resets(f *Flow) string {
	if l.emitted.Model.Keyed == nil {
		return l.out.Name
	}
	return f.Name
}
