// Package contract holds the stateful facts of a pipeline's tables: what must not change under rows that are there.
//
// Generated code carries them as literals, the engine stores them in every table, and Compare says what a difference
// means. The running binary refuses by it; plan and review explain by it.
package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Domain is the domainMetadata domain that a table's contract is stored under.
const Domain = "seamflow.contract"

// Kinds of tables and flows.
const (
	Append = "append"
	SCD1   = "scd1"
	SCD2   = "scd2"
)

// Rewrite, as Table.Updates, is a table without deletion vectors.
const Rewrite = "rewrite"

// Table is one table's contract.
type Table struct {
	Name          string   `json:"name"`
	Was           string   `json:"was,omitempty"` // its earlier name
	Kind          string   `json:"kind"`
	Keys          []string `json:"keys,omitempty"`
	Sequence      []string `json:"sequence,omitempty"`       // canonical SQL over each flow's view, one text per part
	SequenceTypes []string `json:"sequence_types,omitempty"` // Spark type names
	Columns       []Column `json:"columns"`                  // in table order
	Snapshot      bool     `json:"snapshot,omitempty"`       // full extracts feed it; Sequence is their version
	Untracked     []string `json:"untracked,omitempty"`      // columns whose change makes no version
	IgnoreNulls   []string `json:"ignore_nulls,omitempty"`   // columns in which NULL keeps what is there
	// TombstoneRetention is how long a delete is remembered; 0 is for ever.
	TombstoneRetention time.Duration `json:"tombstone_retention,omitempty"`
	PartitionBy        []string      `json:"partition_by,omitempty"`
	ClusterBy          []string      `json:"cluster_by,omitempty"`
	OnBadRecord        string        `json:"on_bad_record"`
	OnTie              string        `json:"on_tie,omitempty"`
	Updates            string        `json:"updates,omitempty"`      // Rewrite; "" is by deletion vectors
	Expectations       []Expectation `json:"expectations,omitempty"` // of the views that its flows read, and its own
	Flows              []Flow        `json:"flows"`
}

// Column is a stored column; Type is Spark's name for it.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// Flow is one flow into the table.
type Flow struct {
	Name      string   `json:"name"`
	Was       string   `json:"was,omitempty"` // its earlier name
	Kind      string   `json:"kind"`
	Once      bool     `json:"once,omitempty"`
	Source    string   `json:"source"` // as the spec names it: a source or a view
	Inputs    []Input  `json:"inputs"`
	Deletes   string   `json:"deletes,omitempty"`   // canonical SQL of apply_as_deletes
	Truncates string   `json:"truncates,omitempty"` // canonical SQL of apply_as_truncates
	Columns   []string `json:"columns,omitempty"`   // that the flow fills, where not all
}

// Input is one source of a flow.
type Input struct {
	Source string   `json:"source"`
	Kind   string   `json:"kind"` // Files or Kafka
	Path   string   `json:"path"` // glob or topic, as in the spec, ${…} unread
	Format string   `json:"format"`
	Where  []string `json:"where,omitempty"` // canonical SQL over the source's columns
}

// Kinds of inputs.
const (
	Files = "files"
	Kafka = "kafka"
)

// Encode gives the text that is stored.
func (t *Table) Encode() (string, error) {
	b, err := json.Marshal(t)
	return string(b), err
}

// Decode reads what Encode wrote.
func Decode(text string) (*Table, error) {
	t := new(Table)
	if err := json.Unmarshal([]byte(text), t); err != nil {
		return nil, fmt.Errorf("stored contract: %w", err)
	}
	return t, nil
}

// Verdict is what a difference costs; a greater one is worse.
type Verdict uint8

const (
	Safe     Verdict = iota // the same table as if the new spec had always run
	Note                    // the same, and somebody must know
	Backfill                // old input must be read again, nothing is wiped
	Refresh                 // wipe and read again
	Refuse                  // rows would be lost, repeated or orphaned
)

func (v Verdict) String() string {
	return [...]string{Safe: "safe", Note: "note", Backfill: "backfill", Refresh: "refresh", Refuse: "refuse"}[v]
}

// Difference is one thing in which two contracts of a table differ.
type Difference struct {
	Verdict Verdict
	Field   string // "keys", "flows.x.once"
	Message string
	WayOut  string
}

// Stops reports whether a running pipeline must not go on with d.
func (d Difference) Stops() bool { return d.Verdict >= Refresh }

func (d Difference) String() string {
	s := d.Field + ": " + d.Message
	if d.WayOut != "" {
		s += " (" + d.WayOut + ")"
	}
	return s
}

// Compare lists how now differs from the contract before that the table's rows were written under, in a fixed order. It
// knows no SQL: of filters it tells whether they are the same, and where rows may be lost or repeated nonetheless it is
// `seamflow plan` that looks.
func Compare(before, now *Table, there There) []Difference {
	c := comparison{before: before, now: now, there: there}
	c.name()
	c.kind()
	if before.Kind == now.Kind {
		c.keys()
		c.sequence()
		c.history()
		c.parts()
	}
	c.columns()
	c.layout()
	c.policies()
	c.retention()
	c.expectations()
	c.updates()
	c.flows()
	return c.out
}

type comparison struct {
	before, now *Table
	there       There
	out         []Difference
}

func (c *comparison) add(v Verdict, field, wayOut, format string, args ...any) {
	c.out = append(c.out, Difference{Verdict: v, Field: field, Message: fmt.Sprintf(format, args...), WayOut: wayOut})
}

func (c *comparison) refresh() string {
	return "run `reset " + c.now.Name + "` to wipe the table and read its sources again, or give the new shape a table of its own"
}

// name tells of a table that is called otherwise. Whose rows they are is not to be guessed from a path.
func (c *comparison) name() {
	switch was := c.before.Name; {
	case was == c.now.Name:
	case was == c.now.Was, c.before.Was == c.now.Name: // a spec that is rolled back says nothing of names that came after it
		c.add(Note, "was", "", "the table was called %s: its rows and its flows go on under the new name", was)
	default:
		c.add(Refuse, "name", "say `was: "+was+"` on the table if it is the same one, or give "+c.now.Name+" a path of its own",
			"the folder holds table %s, and the spec calls it %s", was, c.now.Name)
	}
}

func (c *comparison) kind() {
	if c.before.Kind != c.now.Kind {
		c.add(Refresh, "kind", c.refresh(), "the table was fed by %s flows, the spec now has %s",
			kindName(c.before.Kind), kindName(c.now.Kind))
	}
}

func kindName(kind string) string {
	if kind == Append {
		return "append_flow"
	}
	return "apply_changes (SCD type " + strings.TrimPrefix(kind, "scd") + ")"
}

func (c *comparison) keys() {
	if !slices.Equal(c.before.Keys, c.now.Keys) {
		c.add(Refresh, "keys", c.refresh(), "the table's rows are one per %s, the spec now says one per %s",
			list(c.before.Keys), list(c.now.Keys))
	}
}

func (c *comparison) sequence() {
	field := "sequence_by"
	if c.now.Snapshot {
		field = "version_by"
	}
	if !slices.Equal(c.before.SequenceTypes, c.now.SequenceTypes) {
		c.add(Refresh, field, c.refresh(), "its type was %s and is now %s", list(c.before.SequenceTypes), list(c.now.SequenceTypes))
		return
	}
	if !slices.Equal(c.before.Sequence, c.now.Sequence) {
		c.add(Refresh, field, c.refresh(),
			"rows were ordered by %s and would now be ordered by %s; what is stored cannot be compared with what arrives",
			list(c.before.Sequence), list(c.now.Sequence))
	}
}

// layout compares how rows lie in files. A table's partitions are those of all its files.
func (c *comparison) layout() {
	if !slices.Equal(c.before.PartitionBy, c.now.PartitionBy) {
		c.add(Refresh, "partition_by", c.refresh(), "the table is partitioned by %s, the spec now says by %s", list(c.before.PartitionBy), list(c.now.PartitionBy))
	}
	if !slices.Equal(c.before.ClusterBy, c.now.ClusterBy) {
		c.add(Note, "cluster_by", "", "new files are ordered by %s, those that are there by %s", list(c.now.ClusterBy), list(c.before.ClusterBy))
	}
}

// updates is a one-way street: what a table's protocol asks of its readers is never taken back.
func (c *comparison) updates() {
	switch {
	case c.before.Updates == c.now.Updates || c.before.Kind != c.now.Kind:
	case c.now.Updates == Rewrite:
		c.add(Refuse, "updates", "keep deletion_vectors, or give the table a new path and read its sources again",
			"rows were updated by deletion vectors, which stay in the table's protocol: its readers have to know them whatever comes now")
	default:
		c.add(Note, "updates", "", "rows are updated by deletion vectors from now on: readers have to know these, and there is no way back")
	}
}

func (c *comparison) policies() {
	if c.before.OnBadRecord != c.now.OnBadRecord {
		c.add(Note, "on_bad_record", "", "was %s, is now %s", c.before.OnBadRecord, c.now.OnBadRecord)
	}
	if c.before.OnTie != c.now.OnTie && c.before.Kind == c.now.Kind {
		c.add(Note, "on_tie", "", "was %s, is now %s", c.before.OnTie, c.now.OnTie)
	}
}

func list(texts []string) string {
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, ", ")
}
