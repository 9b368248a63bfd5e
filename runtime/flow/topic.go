package flow

import (
	"context"
	"errors"

	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
)

// topicReader reads a stream.
type topicReader interface {
	reader
	// connect opens the stream, once.
	connect(ctx context.Context) (stream.Stream, error)
	// take takes the records of a batch into b, those before the offset until.
	take(ctx context.Context, records *stream.Batch, until int64, b *batch) error
	// sharing gives the consumer group of those who share the stream, "" where the spec names none, and whether it is told
	// where the flow stands.
	sharing() (group string, store bool)
	close()
}

// topic is the topicReader of records that decode into S.
type topic[S, T any] struct {
	*taker[S, T]
	options stream.Options
	stream  stream.Stream // nil until connect
	framer  stream.Framer
	decoder stream.Decoder[S]
	name    string // of the topic
	group   string // as the source has it, "" for none
}

func newTopic[S, T any](t *taker[S, T], env *environment, flow string) reader {
	in := &topic[S, T]{taker: t}
	env.readers[t.src.Name]++
	in.options = stream.Options{
		Pipeline: env.pipeline.Name, Flow: flow, Source: t.src.Name, Value: env.connection, Dir: env.data, Bounded: env.opt.AvailableNow,
		Warn: func(message string) { env.warnOf(flow, "source "+t.src.Name+": "+message) },
	}
	if s := env.opt.Streams[t.src.Name]; s != nil {
		src := *t.src
		src.Stream, src.Framing = s, nil
		in.input = &input[S, T]{src: &src, projects: t.projects}
	}
	return in
}

func (in *topic[S, T]) sharing() (string, bool) {
	return in.group, in.src.Store
}

func (in *topic[S, T]) connect(ctx context.Context) (stream.Stream, error) {
	if in.stream != nil {
		return in.stream, nil
	}
	if err := in.openFormat(ctx); err != nil {
		return nil, err
	}
	group, err := in.options.Value("sources."+in.src.Name+".kafka.group", in.src.Group)
	if err != nil {
		return nil, err
	}
	in.group = group
	s, err := in.src.Stream.Open(ctx, in.options)
	if err != nil {
		return nil, err
	}
	in.stream, in.name = s, s.Topic()
	return s, nil
}

// openFormat readies what stands between a message and its record.
func (in *topic[S, T]) openFormat(ctx context.Context) (err error) {
	if in.src.Framing != nil && in.framer == nil {
		if in.framer, err = in.src.Framing.Open(ctx, in.options); err != nil {
			return err
		}
	}
	if in.src.Binary != nil && in.decoder == nil {
		in.decoder, err = in.src.Binary.Open(ctx, in.options)
	}
	return err
}

func (in *topic[S, T]) close() {
	if in.stream != nil {
		in.stream.Close()
		in.stream = nil
	}
}

func (in *topic[S, T]) take(ctx context.Context, records *stream.Batch, until int64, b *batch) error {
	in.sink.b = b
	in.meta = Meta{Topic: in.name, Partition: records.Partition, judge: in.judge}
	for i := range records.Records {
		r := &records.Records[i]
		if r.Offset >= until {
			return nil
		}
		b.counts.Read++
		b.startMessage(r)
		in.at(r.Offset, r.Timestamp, r.Key, r.Headers)
		if err := in.takeMessage(ctx, r.Value); err != nil {
			if err := in.failed(ctx, b, err, in.rejected(r.Value)); err != nil {
				return err
			}
		}
		if err := b.tick(ctx, b.streamed); err != nil {
			return err
		}
	}
	return nil
}

func (in *topic[S, T]) at(offset, timestamp int64, key []byte, headers []stream.Header) {
	in.meta.Offset, in.meta.Timestamp, in.meta.Key, in.meta.Headers = offset, value.Timestamp(timestamp), key, headers
	in.meta.mapped = false
}

var errNullValue = errors.New("the message has no value (NULL); a topic of whole records has none")

func (in *topic[S, T]) takeMessage(ctx context.Context, message []byte) error {
	if message == nil {
		if in.src.Format == DebeziumJSON { // it lets the topic's compaction forget a key whose delete came before
			in.sink.b.leaveOutAll(len(in.projects))
			return nil
		}
		return &badRecord{errNullValue}
	}
	if in.framer != nil {
		payload, err := in.framer.Payload(ctx, message)
		if err != nil {
			return sorted(err)
		}
		message = payload
	}
	if len(message) > jsonr.DefaultMaxRecord {
		return &badRecord{errTooLong}
	}
	if in.decoder == nil {
		return in.takeJSON(message)
	}
	if err := in.decoder.Decode(ctx, message, &in.record); err != nil {
		return sorted(err)
	}
	return in.project()
}

// sorted makes an error the record's own unless it is that of what surrounds it.
func sorted(err error) error {
	var surroundings *stream.Unavailable
	if errors.As(err, &surroundings) {
		return err
	}
	return &badRecord{err}
}

func (in *topic[S, T]) rejected(value []byte) *quarantined {
	m := &in.meta
	return &quarantined{Source: in.src.Name, Raw: value, Message: message{Topic: in.name, Partition: m.Partition, Offset: m.Offset,
		Timestamp: m.Timestamp, Key: m.Key, Headers: m.Headers, Null: value == nil}}
}

func (in *topic[S, T]) replay(ctx context.Context, q *quarantined, b *batch) (bad, err error) {
	if err := in.openFormat(ctx); err != nil {
		return nil, err
	}
	in.sink.b = b
	m := &q.Message
	in.meta = Meta{Topic: m.Topic, Partition: m.Partition, judge: in.judge}
	in.at(m.Offset, int64(m.Timestamp), m.Key, m.Headers)
	if m.Null {
		return fault(in.takeMessage(ctx, nil))
	}
	return fault(in.takeMessage(ctx, append([]byte{}, q.Raw...)))
}
