// Package stream is what the engine (package flow) asks of a source that has no end and lies in partitions, each a
// sequence of records with increasing offsets: a Kafka topic. It holds interfaces and plain values only, so that a
// pipeline links a client just where its generated code names one.
//
// A stream keeps no progress. Where it is read from is told by Seek, out of the table that the records go to; what was
// committed to that table is the only memory of what was read.
package stream

import (
	"context"
	"fmt"
	"time"
)

// Source is a stream as a pipeline declares it. It does nothing until it is opened.
type Source interface {
	// Open connects. It fails where nothing answers within the source's timeout.
	Open(ctx context.Context, o Options) (Stream, error)
}

// Options is what a run gives a source.
type Options struct {
	Pipeline, Flow string
	Source         string // its name in the spec
	// Value gives a connection value of the chosen target, ${NAME} read: path is as "sources.orders.kafka.brokers", text
	// what the spec says.
	Value func(path, text string) (string, error)
	// Dir is where relative paths of files (certificates) start from.
	Dir string
	// Bounded is a run that ends (--available-now): what does not answer is an error after the source's timeout, where
	// another run goes on trying.
	Bounded bool
	// Warn takes what an operator should know: a broker that has gone, offsets that are lost.
	Warn func(message string)
}

// Position is where a partition is to be read from.
type Position struct {
	Partition int32
	Next      int64 // offset of the first record that was not read
	// TopicID tells this topic from another one of its name, in this cluster or elsewhere; "" is not known.
	TopicID string
	// Epoch is the leader epoch of the last record that was read; -1 is not known.
	Epoch int32
}

// Bounds are a partition's offsets at a moment.
type Bounds struct {
	Partition int32
	Earliest  int64 // of the first record that is still there
	End       int64 // after the last record that readers of committed records may see
}

// Header is a header of a record.
type Header struct {
	Name  string
	Value []byte // nil is NULL
}

// Record is one message. Its memory may be used until the next Poll.
type Record struct {
	Offset    int64
	Timestamp int64  // microseconds since 1970
	Key       []byte // nil is NULL
	Value     []byte // nil is NULL
	Headers   []Header
}

// Batch is what has come of one partition.
type Batch struct {
	Partition int32
	Records   []Record // may be none: what there was is not for readers (aborted records, control records)
	// After is the position behind the batch; it passes over what no reader sees.
	After Position
	// End is Bounds.End as the server last said, so that End-After.Next is what is left.
	End int64
	// Lost counts offsets that were passed over because nothing is there any more, with on_lost_offsets: earliest.
	Lost int64
}

// Stream is an opened source. One goroutine uses it.
type Stream interface {
	// Topic is the stream's name with all connection values read.
	Topic() string
	// TopicID is as Position.TopicID.
	TopicID() string
	// Partitions gives the partitions that there are now, sorted. It asks the server now and then, not each time.
	Partitions(ctx context.Context) ([]int32, error)
	// Bounds asks for those of the partitions, in their order.
	Bounds(ctx context.Context, partitions []int32) ([]Bounds, error)
	// Begin gives where partitions are to be read from that were never read, as the source's start says.
	Begin(ctx context.Context, partitions []int32) ([]Position, error)
	// Seek makes the stream fetch these positions and nothing else. What it had fetched of other partitions, or from
	// other offsets, is dropped. A position that is no longer there is a *LostError, unless the source says how to go on.
	Seek(ctx context.Context, positions []Position) error
	// Poll gives what has been fetched, about max bytes of it at most but at least one record where there is one. It
	// waits until something is there, or ctx is done (then it gives nothing, and no error). Servers that have gone away
	// are waited for.
	Poll(ctx context.Context, max int) ([]Batch, error)
	// Store tells the server where readers of group stand, for tools that show lag. Nothing is ever read from there.
	Store(ctx context.Context, group string, positions []Position) error
	// Join makes this process a member of group.
	Join(ctx context.Context, group string) (Membership, error)
	Close()
}

// Membership is this process's part in a group of processes that share a stream's partitions.
type Membership interface {
	// Changed gets a value when Assigned may give something else.
	Changed() <-chan struct{}
	// Assigned gives the partitions that this member may read, sorted, and the group's generation. What others wait for is
	// not among them any more.
	Assigned() (generation int32, partitions []int32)
	// Released says that nothing is read but what Assigned last gave, and that what was read of the others is committed or
	// given up.
	Released()
	// Leave gives everything back.
	Leave()
	// ID is how the group knows this member, "" as long as it does not. It is another one once it was expelled.
	ID() string
	// Expel makes another member leave, of which it is known that it has died: the group would wait for it.
	Expel(ctx context.Context, id string) error
}

// LostError is a position that the server does not have any more: nothing was read from anywhere else.
type LostError struct {
	Topic     string
	Partition int32
	Next      int64  // what was to be read
	Earliest  int64  // what is there
	End       int64  // what is there
	Reason    string // "records were removed before they were read", "the topic was made anew"
	// Removed: it is the topic that was read, and on_lost_offsets: earliest goes on in it.
	Removed bool
}

func (e *LostError) Error() string {
	return fmt.Sprintf("topic %s, partition %d: offset %d is to be read next, and the topic holds offsets %d to %d: %s",
		e.Topic, e.Partition, e.Next, e.Earliest, e.End, e.Reason)
}

// Unavailable is a fault of the surroundings (a broker, a schema registry), not of a record: the same call may succeed
// later.
type Unavailable struct{ Err error }

func (e *Unavailable) Error() string { return e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }

// Framing is what stands around the payload of a message, as a pipeline declares it.
type Framing interface {
	Open(ctx context.Context, o Options) (Framer, error)
}

// Framer takes messages out of their frames.
type Framer interface {
	// Payload gives what the frame holds, which aliases value. An *Unavailable is no fault of the message.
	Payload(ctx context.Context, value []byte) ([]byte, error)
}

// Format is a binary format with its schemas, whose records decode into S.
type Format[S any] interface {
	Open(ctx context.Context, o Options) (Decoder[S], error)
}

// Decoder decodes messages; what it sets may alias value. An *Unavailable is no fault of the message.
type Decoder[S any] interface {
	Decode(ctx context.Context, value []byte, s *S) error
}

// Timeout is how long a source waits for its server where the spec does not say.
const Timeout = 30 * time.Second
