// Package flow is the engine of a compiled pipeline: it turns sources into micro-batches and each micro-batch into one
// commit of a table that holds rows, progress and merge log.
//
// Generated code builds a Pipeline from Source, From, Flow and NewTable; package app runs it. The engine prints
// nothing: what it has to say goes to an observe.Sink.
package flow

import (
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/debezium"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/parquetr"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
)

// Format is how a file holds records.
type Format uint8

// The formats of files.
const (
	JSON Format = iota + 1
	CSV
	DebeziumJSON // change events of Debezium: the row is in before or after, and Meta.Event is what else an event says
	Binary       // of messages, as Source.Binary decodes it
	Parquet      // rows of Parquet files, as Source.Parquet fills records from them
)

// What a table does with records that it cannot take, and with ties.
const (
	Quarantine = "quarantine" // OnBadRecord: set the record aside and go on
	Fail       = "fail"       // OnBadRecord, OnTie: stop, nothing of the batch is applied
	Count      = "count"      // OnTie: rule R5 decides, the tie is counted
)

// Rewrite, as Table.Updates, writes the files anew that rows are updated in: for readers that know no deletion vectors.
const Rewrite = "rewrite"

// Meta is what a source says of a record beside its content.
type Meta struct {
	FilePath    string // of files: slash-separated, relative to the data folder
	FileModTime value.Timestamp
	Line        int64

	Topic     string // of streams
	Partition int32
	Offset    int64
	Timestamp value.Timestamp
	Key       []byte // nil is NULL; used up with the record, as Headers
	Headers   []stream.Header

	Rescued string // unknown members as JSON text, with Source.Rescue; "" is none
	Event   *debezium.Event

	judge *judge // of the flow; nil where it has no expectations

	headerMap value.Map[value.Opt[[]byte]] // of Headers where mapped; else memory
	mapped    bool
}

// Source is a folder of files, or a stream, whose records decode into S. JSON, CSV, Binary or Parquet is set, by Format; JSON for
// DebeziumJSON too.
type Source[S any] struct {
	Name      string
	Files     files.Spec
	Stream    stream.Source  // nil for files
	Framing   stream.Framing // around the payload of a message; nil for none
	Group     string         // of a stream: the consumer group of the processes that share it; "" is named after pipeline and flow
	Store     bool           // of a stream: tell the group where the flow stands, for tools that show lag
	Format    Format
	Multiline bool // JSON values may span lines
	Rescue    bool
	JSON      func(r *jsonr.Reader, s *S) error
	CSV       func(r *csvr.Reader, s *S) error
	Binary    stream.Format[S]
	Parquet   func() parquetr.Records[S] // JSON is set too, for records that were set aside
	Columns   []string                   // what CSV fields are bound to, in field order
}

// Input is one source of a flow with the function that makes rows of it. From is its only maker.
type Input[T any] interface {
	open(env *environment, into *sink[T], j *judge, flow string) (reader, error)
	// join adds the projections of other when it reads the very same source, so that a record is decoded (and, if it is
	// bad, quarantined) once.
	join(other Input[T]) bool
	clone() Input[T]
}

// From makes an input of src. project fills row and, for apply_changes flows, ch, which the engine has reset; append
// flows leave ch alone. It reports false for a record that WHERE does not take, and an error (see BadColumn) for one
// that cannot be a row. row may share s's memory; both are used up when project returns and the row is appended.
func From[S, T any](src *Source[S], project func(s *S, m *Meta, row *T, ch *merge.Change) (bool, error)) Input[T] {
	return &input[S, T]{src: src, projects: []projection[S, T]{project}}
}

// Flow feeds a table. A Once flow reads what is there when it first runs, and never again.
type Flow[T any] struct {
	Name      string
	Was       string // its earlier name: it goes on from that one's progress
	Once      bool
	DependsOn []string // flows that must have completed (once flows) or caught up first
	Inputs    []Input[T]
	// Expectations are what the functions of Inputs hold rows against, by the numbers that they give Meta.Warn and
	// Meta.Refuse.
	Expectations []Expectation
}

// Table is a table of rows T and the flows into it. Keys is empty for append tables.
type Table[T any] struct {
	Name, Path, Comment string
	Schema              column.Schema
	Keys                []int // column indexes
	PartitionBy         []int // column indexes, of plain columns as delta takes them
	ClusterBy           []int // column indexes, of plain columns
	SequenceColumns     []int // nil: the sequence is not among the columns and lives in the merge log
	OnTie               string
	OnBadRecord         string
	Updates             string // Rewrite; "" is by deletion vectors

	NewRows   func() column.Rows[T]
	AppendRow func(dst []byte, row *T) []byte // canonical encoding of all columns; keyed tables only
	Key       func(dst []byte, row *T) []byte // the bytes of merge.Change.Key
	Sequence  func(dst []byte, row *T) []byte // the bytes of merge.Change.Seq; nil when SequenceColumns is nil

	// Fold is of tables whose rows depend on more than the newest event of their key: SCD type 2, ignore_null_updates, and
	// full extracts. AppendRow is then not used.
	Fold *Fold[T]
	// TombstoneRetention is how long a delete is remembered (R7); 0 is for ever.
	TombstoneRetention time.Duration

	Contract contract.Table
	Flows    []Flow[T]
	Uniques  []Unique[T]
}

// Fold is how a table's rows are taken apart and put together again.
type Fold[T any] struct {
	Parts       []merge.Part
	AppendParts func(dst []byte, row *T) []byte                    // the parts form of a row, see merge.Row
	ReadParts   func(src []byte, row *T) error                     // its inverse; what it sets may alias src; __START_AT and __END_AT are left alone
	SetInterval func(row *T, start, end []byte) error              // SCD type 2: sets __START_AT and __END_AT, of bytes as in merge.Change.Seq; end nil is NULL
	Interval    func(dst []byte, row *T) (start []byte, open bool) // SCD type 2: __START_AT as bytes, and whether __END_AT is NULL
	Snapshot    bool                                               // apply_changes_from_snapshot
}

// TableRunner is a table of any row type, as a Pipeline holds it. NewTable is its only maker.
type TableRunner interface {
	name() string
	flowNames() []string
	dependencies() []string // flows that flows of the table depend on
	keyed() bool
	indexes() int // that share the run's memory
	open(env *environment) (*worker, error)
}

// NewTable makes a runner of t.
func NewTable[T any](t Table[T]) TableRunner { return &table[T]{Table: t} }

// Pipeline is a compiled pipeline.
type Pipeline struct {
	Name              string
	Graph             string // text rendering
	Tables            []TableRunner
	Interval          time.Duration // between looks at the sources; 0 is DefaultInterval
	MaxBytesPerCommit int64         // 0 is DefaultMaxBytesPerCommit
	Version           string        // of the tool that generated it
	// Targets holds, by target, other connection values: "sources.orders.files.path", "tables.orders.delta.path".
	Targets map[string]map[string]string
}

// Defaults of Pipeline.
const (
	DefaultInterval          = 500 * time.Millisecond
	DefaultMaxBytesPerCommit = 8 << 30
)

// BadColumn is the error of a projection that cannot make a column, such as a CAST that fails.
func BadColumn(column string, err error) error { return &columnError{column: column, err: err} }

type columnError struct {
	column string
	err    error
}

func (e *columnError) Error() string { return e.column + ": " + e.err.Error() }
func (e *columnError) Unwrap() error { return e.err }
