// Package model is the resolved, language-neutral description of one pipeline: facts only, no I/O, no Go names.
//
// internal/resolve is the only maker of a Pipeline; check, evolve, graph and emit read it.
package model

import "github.com/seamflow/seamflow/internal/diag"

// Kind is the kind of a Type.
type Kind uint8

const (
	Invalid Kind = iota
	Bool
	Int32
	Int64
	Float32
	Float64
	Decimal   // Precision 1..38, Scale 0..Precision
	String    // UTF-8
	Bytes     //
	Date      // days since 1970-01-01
	Timestamp // microseconds since 1970-01-01T00:00:00Z
	UUID      //
	Enum      // one of Symbols, a string everywhere else
	List      // of Elem
	Map       // from string to Elem
	Struct    // of Fields
	Null      // the type of a bare NULL literal; never the type of a column
)

// Type is a column's type. Types are immutable once made and may be shared.
type Type struct {
	Kind         Kind
	Precision    int      // Decimal
	Scale        int      // Decimal
	Symbols      []string // Enum, in declared order
	Elem         *Type    // List element, Map value
	ElemNullable bool     // whether Elem may be NULL
	Fields       []Field  // Struct
	// Name is the declared name of a named Enum or Struct (an Avro record, a JSON Schema $defs entry), else "".
	Name string
	Doc  string // of the named type
}

// Field is a column of a record or a field of a struct.
type Field struct {
	Name     string
	Type     *Type
	Nullable bool // may be NULL
	// Optional: the source record may leave the field out, which means NULL (or Default). A field that is neither
	// Optional nor Nullable must be present and not null, or the record is bad.
	Optional bool
	Default  *Literal // value when left out; nil for none
	Doc      string
	Pos      diag.Pos
	Tag      int // pinned by seamflow.lock, from 1; 0 before that
}

// Record is a named row shape read from a schema.
type Record struct {
	Name   string
	Fields []Field
	Doc    string
	Pos    diag.Pos
	// Images: a source of change events reads it. A delete may show no more than a row's key and a truncate shows no row, so
	// every column may be NULL; in what other events and sources hold, fields are as required as they say.
	Images bool
	// Avro is the Avro schema that the record was read from, with all types that it uses, in lines; "" for other formats.
	Avro string
}

// Literal is a constant. Exactly the member that Type.Kind selects is meaningful; of lists and maps there is the empty
// one, as a default.
type Literal struct {
	Type  *Type
	Null  bool
	Bool  bool
	Int   int64   // Int32, Int64, Date, Timestamp
	Float float64 // Float32, Float64
	Str   string  // String, Enum, UUID (canonical text), Bytes (raw); Decimal as digits with the type's scale ("-12.30")
}

// Pipeline is everything one spec says, resolved.
type Pipeline struct {
	Name      string
	GoPackage string // package name
	GoOut     string // slash path relative to the spec's folder
	SpecFile  string // as given on the command line
	Trigger   Trigger
	Targets   []Target  // sorted by name
	Records   []*Record // sorted by name
	Sources   []*Source // in spec order, as all below
	Views     []*View
	Tables    []*Table
	Flows     []*Flow
	Pos       diag.Pos
}

// Trigger bounds a micro-batch.
type Trigger struct {
	IntervalMicros    int64 // 0: the engine's default
	MaxBytesPerCommit int64 // 0: the engine's default
}

// Target overrides connection values under a name ("dev", "prod"): Values maps a dotted spec path
// ("sources.online_orders.files.path") to the text that stands instead.
type Target struct {
	Name   string
	Values []TargetValue // sorted by path
	Pos    diag.Pos
}

type TargetValue struct{ Path, Value string }

// Format is how a source's bytes are read.
type Format uint8

const (
	JSON Format = iota + 1
	CSV
	DebeziumJSON // change events of Debezium as JSON: Record is what before and after hold
	Avro         // Avro's binary encoding
	Parquet      // rows in columns
)

func (f Format) String() string {
	return [...]string{JSON: "json", CSV: "csv", DebeziumJSON: "debezium-json", Avro: "avro", Parquet: "parquet"}[f]
}

// Source is where records come from.
type Source struct {
	Name   string
	Record *Record
	Files  *FilesSource // or Kafka
	Kafka  *KafkaSource
	Rescue bool // unknown fields are kept as JSON text in _rescued_data
	// Columns is what SQL sees: Record.Fields, then the metadata columns (Meta, hidden from "*").
	Columns []Column
	Pos     diag.Pos
}

// Format is how the source's bytes are read.
func (s *Source) Format() Format {
	if s.Kafka != nil {
		return s.Kafka.Format
	}
	return s.Files.Format
}

// FilesSource is a watched folder. Path may hold ${NAME} and ${NAME:-default}, read when the pipeline runs.
type FilesSource struct {
	Path             string // glob, relative to --data
	Format           Format
	Multiline        bool   // JSON: values may span lines
	SettleMicros     int64  // -1: the engine's default
	MaxFilesPerBatch int    // 0: no bound
	OnChange         string // "report" or "reread"
	AllowEmpty       bool
}

// KafkaSource is a topic. Texts that connect (Brokers, Topic, Group, Registry, SASL and TLS) may hold ${NAME} and
// ${NAME:-default}, read when the pipeline runs.
type KafkaSource struct {
	Brokers string // host:port, separated by commas
	Topic   string
	Format  Format
	// Confluent: messages have Confluent's frame, and their schemas are in Registry.
	Confluent     bool
	Registry      string // URL; "" without Confluent
	Start         KafkaStart
	OnLostOffsets string // "fail" or "earliest"
	Group         string // consumer group; "" is the engine's default
	CommitOffsets bool   // tell the group where the flow stands, for lag tools
	TimeoutMicros int64  // 0: the engine's default
	SASL          *KafkaSASL
	TLS           *KafkaTLS
}

// KafkaStart is where a topic's partitions are read from that were never read.
type KafkaStart struct {
	At      string // "earliest", "latest", "timestamp" or "offsets"
	Micros  int64  // "timestamp": since 1970
	Offsets []KafkaOffset
}

// KafkaOffset is a partition's first offset. Partitions that are not listed start at the earliest.
type KafkaOffset struct {
	Partition int32
	Offset    int64
}

// KafkaSASL is how a client says who it is.
type KafkaSASL struct {
	Mechanism          string // "plain", "scram-sha-256" or "scram-sha-512"
	Username, Password string
}

// KafkaTLS is an encrypted connection; files are relative to --data.
type KafkaTLS struct {
	CA, Cert, Key string // PEM files; "" is the system's roots, and no client certificate
	ServerName    string // "" is the broker's host
}

// Column is a column that SQL sees.
type Column struct {
	Name     string
	Type     *Type
	Nullable bool
	Meta     bool // _file_path and the like: named only, not part of "*"
	Doc      string
	Pos      diag.Pos
}

// View is a SELECT over sources or other views, flattened: each Branch reads one source.
type View struct {
	Name     string
	SQL      string
	Columns  []Column
	Branches []Branch
	// Expectations are those of the view itself.
	Expectations []*Expectation
	Uses         []string // sources and views named in FROM, for the graph
	Pos          diag.Pos
}

// Branch is one path from a source to a view's (or flow's) columns: views over views are inlined, and UNION ALL gives
// one branch per side. Exprs speak of the source's columns only.
type Branch struct {
	Source  *Source
	Where   []*Expr  // all must be TRUE; in the order of the views passed
	Expects []Expect // in the order of the views passed
	Exprs   []*Expr  // one per column
}

// Expectation is a rule that a view's or table's rows must meet.
type Expectation struct {
	Name   string
	Owner  string // "views.orders" or "tables.orders"
	SQL    string // canonical text of the condition; "" with Unique
	Cond   *Expr  // over the owner's columns; nil with Unique
	Unique []int  // columns of the table; nil for a condition
	Action string // "warn", "drop", "fail" or "quarantine"
	Pos    diag.Pos
}

// Expect is where a branch's rows are held against an expectation: after the first After conditions of Where.
type Expect struct {
	*Expectation
	After int
	Cond  *Expr // over the source's columns
}

// Table is a streaming table.
type Table struct {
	Name        string
	Path        string // of the Delta table, relative to --data; may hold ${NAME}
	Columns     []Column
	PartitionBy []ColumnAt // files hold rows of one value of these
	ClusterBy   []ColumnAt // rows of a file are ordered by these
	Keyed       *Keyed     // nil for an append table
	OnBadRecord string     // "quarantine" or "fail"
	OnTie       string     // "count" or "fail"
	Rewrite     bool       // updates: rewrite
	// Expectations are those of the table; conditions are held against rows that are to be stored, not against deletes.
	Expectations []*Expectation
	Comment      string
	Was          string            // its earlier name, "" for none
	Accept       map[string]string // what is known and wanted, with the reason: "gap", "overlap", "unproved"
	Pos          diag.Pos
}

// ColumnAt is a column of a table and where the spec names it.
type ColumnAt struct {
	Column int
	Pos    diag.Pos
}

// Keyed is what all apply_changes flows of a table agree on.
type Keyed struct {
	Keys     []int // indexes into Table.Columns
	Sequence []*Type
	SCDType  int
	// SequenceColumns are the table columns that hold the sequence as it is, in order; nil when the sequence cannot
	// be read back from the table (left out by a column list, or an expression).
	SequenceColumns []int
	// Start and End are the columns __START_AT and __END_AT of SCD type 2, the last two of the table; else 0.
	Start, End int
	// Snapshot: the table is fed by full extracts (apply_changes_from_snapshot).
	Snapshot bool
	// Untracked are the columns whose change makes no version (SCD type 2).
	Untracked []int
	// IgnoreNulls are the columns in which a NULL keeps the value that is there (R16); nil for none.
	IgnoreNulls []int
	// TombstoneRetentionMicros is how long a delete is remembered; 0 for ever.
	TombstoneRetentionMicros int64
}

// Folded reports whether a row depends on more than the newest event of its key.
func (k *Keyed) Folded() bool { return k.SCDType == 2 || k.IgnoreNulls != nil || k.Snapshot }

// Flow moves rows from a source or view into a table.
type Flow struct {
	Name      string
	Target    *Table
	Source    string // the name in the spec: a source or a view
	Once      bool
	DependsOn []string
	Was       string
	Where     string // append_flow's where text, "" for none
	Apply     *Apply // nil for append_flow
	Branches  []FlowBranch
	Pos       diag.Pos
	KindPos   diag.Pos // of apply_changes or append_flow
}

// Apply is the options of apply_changes, or with Snapshot of apply_changes_from_snapshot, as the contract stores them.
type Apply struct {
	Snapshot         bool
	Keys             []string
	SequenceBy       []string // SQL text, one per part; version_by of a snapshot
	SCDType          int
	ApplyAsDeletes   string // SQL text or ""
	ApplyAsTruncates string // SQL text or ""
	ColumnList       []string
	ExceptColumnList []string
}

// FlowBranch is one branch, ready for code: every Expr speaks of Source's columns.
type FlowBranch struct {
	Source   *Source
	Where    []*Expr
	Expects  []Expect // the views'; the table's speak of its own columns
	Row      []*Expr  // one per Target.Columns; a NULL literal where this flow has no such column, and for Start and End
	Sequence []*Expr  // apply_changes
	Delete   *Expr    // apply_as_deletes, or nil
	Truncate *Expr    // apply_as_truncates, or nil
}
