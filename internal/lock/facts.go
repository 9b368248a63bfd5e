package lock

// Facts is the canonical model of one pipeline: all that its tables, readers and generated code depend on, as plain texts.
// SQL is canonical (it changes with what is meant, not with how it is written), connection values are as the spec has them.
//
// Describe makes it of a model, a lock file holds it, and evolve compares two of them. Lists whose order has no meaning are
// sorted by name.
type Facts struct {
	Pipeline       string
	Package        string // of the generated code
	Out            string
	IntervalMicros int64
	CommitBytes    int64
	Targets        []Target
	Records        []Record
	Sources        []Source
	Views          []View
	Tables         []Table
	Flows          []Flow
	Expectations   []Expectation
}

// Target is a set of other connection values: spec paths, each with its value behind it.
type Target struct {
	Name   string
	Values []string // sorted by path
}

// Record is a scope of fields: a schema, or as "Order/Address" a named type inside one.
type Record struct {
	Name   string
	Doc    string // a hash; "" for none
	Images bool   // change events hold it
	Fields []Field
}

// Field is a field of a record, or of an unnamed struct inside it. Fields of structs come right behind their struct's.
type Field struct {
	Path     string // from the record: "items[].sku"
	In       string // the path of the struct that it is in, "" for the record itself
	Tag      int
	Type     string // SQL; a struct is STRUCT, and its fields are fields of their own
	Named    string // the declared name of the struct or enum in Type
	Nullable bool
	Optional bool
	Default  string // SQL; "" for none
	Doc      string // a hash; "" for none
}

// Name is the last part of the path.
func (f *Field) Name() string {
	if f.In == "" {
		return f.Path
	}
	return f.Path[len(f.In)+1:]
}

// Source is where records come from. Kafka tells the kind: Path is then a topic.
type Source struct {
	Name      string
	Record    string
	Kafka     bool
	Path      string
	Format    string
	Rescue    bool
	Multiline bool
	Settle    string // microseconds; "" is the engine's default
	MostFiles int    // in a batch
	OnChange  string
	Empty     bool // allow_empty
	Brokers   string
	Registry  string
	Start     string
	LostRule  string // on_lost_offsets
	Group     string
	Offsets   bool // commit_offsets
	Timeout   int64
	SASL      string // mechanism; names and passwords are left out
	TLS       []string
	Meta      []string // metadata columns that flows use, each with its SQL type behind it
}

// View is a view as it is written.
type View struct {
	Name string
	SQL  string // blanks folded
	Uses []string
}

// Table is a streaming table.
type Table struct {
	Name        string
	Path        string
	Kind        string // contract's append, scd1 or scd2
	Snapshot    bool
	Keys        []string
	SequenceBy  []string // canonical SQL over its first flow's view
	Sequence    []string // Spark types
	InColumns   []string // the columns that hold the sequence
	Untracked   []string
	IgnoreNulls []string
	Retention   int64 // microseconds; 0 is for ever
	PartitionBy []string
	ClusterBy   []string
	OnBadRecord string
	OnTie       string
	Rewrite     bool
	Comment     string
	Was         string
	Accept      []string // words, each with its reason behind it
	Columns     []Column
}

// Column is a column of a table, in order.
type Column struct {
	Name     string
	Type     string // Spark's
	Nullable bool
	Doc      string // a hash; "" for none
}

// Flow moves rows into a table.
type Flow struct {
	Name       string
	Was        string
	Kind       string // append_flow, apply_changes or apply_changes_from_snapshot
	Target     string
	Source     string
	Once       bool
	DependsOn  []string
	Where      string // as it is written, blanks folded
	Keys       []string
	SequenceBy []string
	NullSeq    bool // the sequence may be NULL
	Deletes    string
	Truncates  string
	Only       []string // column_list
	Except     []string // except_column_list
	Columns    []string // that it fills, where not all
	Inputs     []Input  // in order
}

// Input is one way from a source to the table.
type Input struct {
	Source  string
	Where   []string // SQL over the source's columns
	Expects []string // expectations of views that it passes
	Rows    []string // columns that are not the source's column of their name, sorted, each with its SQL behind it
}

// Expectation is a rule of a view ("views.x") or table ("tables.x").
type Expectation struct {
	Owner  string
	Name   string
	Action string
	Rule   string   // SQL over the owner's columns
	Unique []string // columns, instead of a rule
}
