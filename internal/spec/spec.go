// Package spec reads a pipeline spec: YAML text in, a syntax tree with a position on every node out.
//
// It knows which keys there are and what form their values have; what names mean is internal/resolve's subject.
package spec

import (
	"github.com/seamflow/seamflow/internal/diag"
)

// Pipeline is a spec file. Entries of a mapping keep the file's order.
type Pipeline struct {
	File    string
	Pos     diag.Pos
	Name    String
	Go      Go
	Schemas []SchemaFile
	Sources []Source
	Views   []View
	Tables  []Table
	Flows   []Flow
	Trigger Trigger
	Targets []Target
}

// String is a scalar with its place. The zero String means that the key is not there.
type String struct {
	Value string
	Pos   diag.Pos
}

// IsSet reports whether the spec has the value.
func (s String) IsSet() bool { return s.Pos.IsValid() }

// Go says where generated code goes; both values are always there, by default derived from the pipeline's name.
type Go struct {
	Package String
	Out     String // slash path relative to the spec's folder
}

// SchemaFile names a schema file.
type SchemaFile struct {
	Name     String
	File     String // slash path relative to the spec's folder
	Fragment string // after '#', without it; "" is none
}

// Source is a folder of files, or a topic.
type Source struct {
	Name   String
	Schema String
	Files  Files
	Kafka  *Kafka // nil where there is no such key
	Rescue bool
}

// Format is how the source's bytes are read.
func (s *Source) Format() String {
	if s.Kafka != nil {
		return s.Kafka.Format
	}
	return s.Files.Format
}

// Files are a source's options under files:. OnChange is never empty.
type Files struct {
	Pos              diag.Pos // of the key files
	Path             String
	Format           String
	Multiline        bool
	SettleMicros     int64 // -1: not given
	MaxFilesPerBatch int   // 0: not given
	OnChange         string
	AllowEmpty       bool
}

// Kafka are a source's options under kafka:. Start and OnLostOffsets are never empty.
type Kafka struct {
	Pos            diag.Pos // of the key kafka
	Brokers        String   // those of a list are joined by commas
	Topic          String
	Format         String
	SchemaRegistry String
	Start          Start
	OnLostOffsets  string
	Group          String
	CommitOffsets  bool
	TimeoutMicros  int64 // 0: not given
	SASL           *SASL
	TLS            *TLS
}

// Start is where a partition is read from that was not read before.
type Start struct {
	Pos     diag.Pos
	At      string // "earliest", "latest", "timestamp" or "offsets"
	Micros  int64  // of "timestamp", since 1970
	Offsets []Offset
}

// Offset is a partition's first offset.
type Offset struct {
	Partition int32
	Offset    int64
}

// SASL is how to log in.
type SASL struct{ Mechanism, Username, Password String }

// TLS is how connections are encrypted.
type TLS struct {
	Pos                       diag.Pos // of the key tls
	CA, Cert, Key, ServerName String
}

// View is a named SELECT.
type View struct {
	Name         String
	SQL          Text
	Expectations []Expectation
}

// Expectation is a rule for rows: one of Expect and Unique is set. OnViolation is never empty.
type Expectation struct {
	Name        String
	Expect      Text
	Unique      List
	OnViolation String
}

// Table is a streaming table. OnBadRecord and OnTie are never empty.
type Table struct {
	Name        String
	Delta       String // the path
	PartitionBy List
	ClusterBy   List
	Comment     string
	OnBadRecord string
	OnTie       String
	Updates     String // "deletion_vectors" or "rewrite"
	// TombstoneRetentionMicros is 0 where nothing is forgotten; its position is that of the key.
	TombstoneRetentionMicros int64
	TombstoneRetentionPos    diag.Pos
	Expectations             []Expectation
	Was                      String
	// Accept holds, by gap, overlap and unproved, the reason why it is accepted.
	Accept map[string]String
}

// Flow moves rows into a table. One of Apply and Append is set.
type Flow struct {
	Name      String
	Once      bool
	OncePos   diag.Pos
	DependsOn []String
	Was       String
	Apply     *Apply
	Append    *Append
}

// Apply is apply_changes, or with Snapshot apply_changes_from_snapshot: SequenceBy is then version_by.
type Apply struct {
	Pos              diag.Pos // of the key apply_changes
	Snapshot         bool
	Target           String
	Source           String
	Keys             []String
	SequenceBy       []Text
	SCDType          int
	SCDTypePos       diag.Pos
	ApplyAsDeletes   Text
	ApplyAsTruncates Text
	ColumnList       List
	ExceptColumnList List
	IgnoreNulls      IgnoreNulls

	TrackHistoryColumnList       List
	TrackHistoryExceptColumnList List
}

// IgnoreNulls is ignore_null_updates in any of its forms. The zero value ignores none.
type IgnoreNulls struct {
	Pos    diag.Pos // of the key that is there
	All    bool
	Only   List
	Except List
}

// Append is append_flow.
type Append struct {
	Pos    diag.Pos // of the key append_flow
	Target String
	Source String
	Where  Text
}

// List is a list of names; Pos is valid where the key is there, though the list may be empty.
type List struct {
	Names []String
	Pos   diag.Pos
}

// Trigger bounds a micro-batch; zero values are not given.
type Trigger struct {
	IntervalMicros    int64
	MaxBytesPerCommit int64
}

// Target is a named set of other connection values.
type Target struct {
	Name   String
	Values []TargetValue
}

// TargetValue stands instead of the connection value at a dotted path such as sources.orders.files.path.
type TargetValue struct {
	Path  String
	Value String
}
