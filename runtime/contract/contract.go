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

// Compare lists how now differs from the contract before that the table's rows were written under, in a fixed order.
func Compare(before, now *Table) []Difference {
	c := comparison{before: before, now: now}
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
	out         []Difference
}

func (c *comparison) add(v Verdict, field, wayOut, format string, args ...any) {
	c.out = append(c.out, Difference{Verdict: v, Field: field, Message: fmt.Sprintf(format, args...), WayOut: wayOut})
}

func (c *comparison) refresh() string {
	return "run `reset " + c.now.Name + "` to wipe the table and read its sources again, or give the new shape a table of its own"
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

func (c *comparison) columns() {
	was := map[string]Column{}
	for _, col := range c.before.Columns {
		was[strings.ToLower(col.Name)] = col
	}
	for _, col := range c.now.Columns {
		old, ok := was[strings.ToLower(col.Name)]
		delete(was, strings.ToLower(col.Name))
		switch {
		case !ok:
			c.add(Note, "columns."+col.Name, "", "a new column: NULL in the rows that are there")
		case old.Type != col.Type && c.widens(old, col):
			c.add(Note, "columns."+col.Name, "", "its type was %s and is now %s, which holds every value of it: the table's files are written anew", old.Type, col.Type)
		case old.Type != col.Type:
			c.add(Refresh, "columns."+col.Name, c.refresh(), "its type was %s and is now %s", old.Type, col.Type)
		}
	}
	for _, col := range c.before.Columns {
		_, gone := was[strings.ToLower(col.Name)]
		switch {
		case !gone:
		case c.before.readsRowsBack() && c.before.Kind == c.now.Kind:
			c.add(Refuse, "columns."+col.Name, "keep it in the view that feeds the table: CAST(NULL AS "+strings.ToUpper(col.Type)+") AS "+col.Name+"; or "+c.refresh(),
				"the spec has no such column any more, and rows that are there would lose its values when they are written anew")
		default:
			c.add(Note, "columns."+col.Name, "", "the column is not filled any more: it stays, NULL in new rows")
		}
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

func (c *comparison) flows() {
	was, is := map[string]Flow{}, map[string]bool{}
	for _, f := range c.before.Flows {
		was[f.Name] = f
	}
	for _, f := range c.now.Flows {
		is[f.Name] = true
	}
	var ended []Input
	for _, f := range c.before.Flows {
		if !is[f.Name] {
			ended = append(ended, f.Inputs...)
		}
	}
	for _, f := range c.now.Flows {
		if old, ok := was[f.Name]; ok {
			c.flow(old, f)
		} else {
			c.newFlow(f, ended)
		}
	}
	for _, f := range c.before.Flows {
		if !is[f.Name] {
			c.add(Note, "flows."+f.Name, "", "the flow ends: what it wrote stays")
		}
	}
}

func (c *comparison) newFlow(f Flow, ended []Input) {
	field := "flows." + f.Name
	if c.now.Snapshot && c.before.Snapshot {
		c.add(Refuse, field, "give the flow its earlier name; or "+c.refresh(),
			"the flow is new and takes all extracts from the first on, over rows that later ones have made")
		return
	}
	for _, in := range f.Inputs {
		if c.repeats(in, ended) {
			c.add(Refuse, field, "give the flow its earlier name; or "+c.refresh(),
				"the flow is new and reads %s from the start, which a flow that ends has appended already: its rows would be there twice", in.Source)
			return
		}
	}
	c.add(Note, field, "", "a new flow: it reads its source from the start")
}

// repeats reports whether reading in from its start appends rows that an input of ended has appended. In a table of
// apply_changes an event that is known changes nothing.
func (c *comparison) repeats(in Input, ended []Input) bool {
	return c.appends() && slices.ContainsFunc(ended, func(old Input) bool {
		return (old.Source == in.Source || old.Path == in.Path) && slices.Equal(old.Where, in.Where)
	})
}

func (c *comparison) appends() bool { return c.before.Kind == Append && c.now.Kind == Append }

func (c *comparison) flow(old, now Flow) {
	field := "flows." + now.Name
	switch {
	case old.Once == now.Once:
	case c.appends():
		c.add(Refuse, field+".once", "leave `once` as it was; or "+c.refresh(),
			"was %v, is now %v: the flow would read its source from the start, and append again what is there", old.Once, now.Once)
	default:
		c.add(Note, field+".once", "", "was %v, is now %v: the flow reads its source from the start", old.Once, now.Once)
	}
	if old.Deletes != now.Deletes {
		c.add(Backfill, field+".apply_as_deletes", c.again(now.Name),
			"was %q, is now %q: events that were read before stay as they were judged", old.Deletes, now.Deletes)
	}
	if old.Truncates != now.Truncates {
		c.add(Backfill, field+".apply_as_truncates", c.again(now.Name),
			"was %q, is now %q: events that were read before stay as they were judged", old.Truncates, now.Truncates)
	}
	if !slices.Equal(old.Columns, now.Columns) {
		c.add(Backfill, field+".columns", c.again(now.Name), "it filled %s and now fills %s", list(old.Columns), list(now.Columns))
	}
	c.inputs(field, old, now)
}

// again is how what a flow has read is read once more.
func (c *comparison) again(flow string) string {
	if c.now.Kind == Append || c.now.Snapshot { // append: rows carry no flow; extracts are taken in order, each over the one before
		return "run `reset " + c.now.Name + "` to wipe the table and read its sources again"
	}
	return "run `reset " + flow + "` to read its source again"
}

func (c *comparison) inputs(field string, old, now Flow) {
	before, ended := pair(old.Inputs, now.Inputs)
	for i, in := range now.Inputs {
		switch {
		case before[i] != nil:
			c.input(field, now.Name, *before[i], in)
		case slices.ContainsFunc(old.Inputs, func(o Input) bool { return o.Source == in.Source }):
			c.add(Backfill, field+".source", c.again(now.Name), "it reads %s in one more way: what was read before is not read again for it", in.Source)
		case c.repeats(in, ended):
			c.add(Refuse, field+".source", "give the source its earlier name; or "+c.refresh(),
				"it reads %s from the start, which it has appended under another name of the source: its rows would be there twice", in.Source)
		default:
			c.add(Note, field+".source", "", "it now reads %s too, from the start", in.Source)
		}
	}
}

// pair gives each input of now the one that it goes on from, nil where there is none, and those of old that are left. The
// sides of a UNION ALL may read one source: those of equal filters belong together.
func pair(old, now []Input) (before []*Input, ended []Input) {
	before, used := make([]*Input, len(now)), make([]bool, len(old))
	for _, exact := range []bool{true, false} {
		for i, in := range now {
			for j := range old {
				if before[i] == nil && !used[j] && old[j].Source == in.Source && (!exact || slices.Equal(old[j].Where, in.Where)) {
					before[i], used[j] = &old[j], true
				}
			}
		}
	}
	for j := range old {
		if !used[j] {
			ended = append(ended, old[j])
		}
	}
	return before, ended
}

func (c *comparison) input(field, flow string, old, now Input) {
	if !slices.Equal(old.Where, now.Where) {
		c.add(Backfill, field+".where", c.again(flow), "the filter on %s was %s and is now %s: what was read before stays as it was judged",
			now.Source, list(old.Where), list(now.Where))
	}
	if old.Path != now.Path || old.Format != now.Format {
		c.add(Note, field+".source", "", "%s was %s (%s) and is now %s (%s): files are known by their paths, so what was read under a path is not read again, and what lies under a new one is",
			now.Source, old.Path, old.Format, now.Path, now.Format)
	}
}

func list(texts []string) string {
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, ", ")
}
