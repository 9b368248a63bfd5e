package flow

import (
	"errors"
	"path"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
)

// This file is what the generator writes for a small pipeline, by hand: events of (id, seq, op, val) into a table of
// (id, seq, val), or of (id, val) with the sequence in the merge log.

type event struct {
	ID  value.Opt[string]
	Seq value.Opt[int64]
	Op  value.Opt[string]
	Val value.Opt[string]
}

func (e *event) DecodeJSON(r *jsonr.Reader) error {
	*e = event{}
	seen := false
	for r.Object(); r.Next(); {
		switch string(r.Key()) {
		case "id":
			e.ID, seen = r.OptString(), true
		case "seq":
			e.Seq = r.OptInt64()
		case "op":
			e.Op = r.OptString()
		case "val":
			e.Val = r.OptString()
		default:
			r.Skip()
		}
	}
	if !seen {
		r.Missing("id")
	}
	return r.End()
}

func (e *event) DecodeCSV(r *csvr.Reader) error {
	*e = event{ID: r.OptString(0), Seq: r.OptInt64(1), Op: r.OptString(2), Val: r.OptString(3)}
	return r.End()
}

var eventColumns = []string{"id", "seq", "op", "val"}

type row struct {
	ID  string
	Seq int64
	Val value.Opt[string]
}

var rowSchema = column.Schema{
	{Name: "id", Type: column.Of(column.String)},
	{Name: "seq", Type: column.Of(column.Int64)},
	{Name: "val", Type: column.Of(column.String)},
}

type rowRows struct {
	leaves *column.Leaves
	id     *column.Strings
	seq    *column.Int64s
	val    *column.Strings
}

func newRowRows() column.Rows[row] {
	l := column.NewLeaves(rowSchema)
	return &rowRows{l, l.Strings(0), l.Int64s(1), l.Strings(2)}
}

func (r *rowRows) Leaves() *column.Leaves { return r.leaves }

func (r *rowRows) Append(x *row) {
	r.id.Put(x.ID, 0, 1)
	r.seq.Put(x.Seq, 0, 1)
	if x.Val.Valid {
		r.val.Put(x.Val.V, 0, 1)
	} else {
		r.val.Null(0, 0)
	}
}

func (r *rowRows) Read(x *row) {
	x.ID = r.id.Take()
	x.Seq = r.seq.Take()
	x.Val.Valid = r.val.Def() == 1
	x.Val.V = r.val.Take()
}

func rowKey(dst []byte, x *row) []byte      { return value.AppendString(dst, x.ID) }
func rowSequence(dst []byte, x *row) []byte { return value.AppendInt64(dst, x.Seq) }

func rowAppend(dst []byte, x *row) []byte {
	dst = value.AppendString(dst, x.ID)
	dst = value.AppendInt64(dst, x.Seq)
	return appendOptString(dst, x.Val)
}

func appendOptString(dst []byte, v value.Opt[string]) []byte {
	if !v.Valid {
		return value.AppendNull(dst)
	}
	return value.AppendString(value.AppendPresent(dst), v.V)
}

var errRefused = errors.New(`CAST of "bad" AS BIGINT`)

func projectRow(e *event, _ *Meta, x *row, ch *merge.Change) (bool, error) {
	if e.Op.Valid && e.Op.V == "skip" {
		return false, nil
	}
	if e.Val.Valid && e.Val.V == "bad" {
		return false, BadColumn("val", errRefused)
	}
	x.ID, x.Seq, x.Val = e.ID.V, e.Seq.V, e.Val
	ch.Key = rowKey(ch.Key, x)
	ch.Seq = rowSequence(ch.Seq, x)
	ch.Delete = e.Op.Valid && e.Op.V == "d"
	if !e.ID.Valid {
		ch.NullKey = "id"
	}
	ch.NullSeq = !e.Seq.Valid
	return true, nil
}

func appendRow(e *event, _ *Meta, x *row, _ *merge.Change) (bool, error) {
	if e.Op.Valid && e.Op.V == "skip" {
		return false, nil
	}
	if e.Val.Valid && e.Val.V == "bad" {
		return false, BadColumn("val", errRefused)
	}
	x.ID, x.Seq, x.Val = e.ID.V, e.Seq.V, e.Val
	return true, nil
}

// slim is the row without its sequence.
type slim struct {
	ID  string
	Val value.Opt[string]
}

var slimSchema = column.Schema{
	{Name: "id", Type: column.Of(column.String)},
	{Name: "val", Type: column.Of(column.String)},
}

type slimRows struct {
	leaves *column.Leaves
	id     *column.Strings
	val    *column.Strings
}

func newSlimRows() column.Rows[slim] {
	l := column.NewLeaves(slimSchema)
	return &slimRows{l, l.Strings(0), l.Strings(1)}
}

func (r *slimRows) Leaves() *column.Leaves { return r.leaves }

func (r *slimRows) Append(x *slim) {
	r.id.Put(x.ID, 0, 1)
	if x.Val.Valid {
		r.val.Put(x.Val.V, 0, 1)
	} else {
		r.val.Null(0, 0)
	}
}

func (r *slimRows) Read(x *slim) {
	x.ID = r.id.Take()
	x.Val.Valid = r.val.Def() == 1
	x.Val.V = r.val.Take()
}

func slimKey(dst []byte, x *slim) []byte { return value.AppendString(dst, x.ID) }

func slimAppend(dst []byte, x *slim) []byte {
	return appendOptString(value.AppendString(dst, x.ID), x.Val)
}

func projectSlim(e *event, m *Meta, x *slim, ch *merge.Change) (bool, error) {
	var full row
	ok, err := projectRow(e, m, &full, ch)
	x.ID, x.Val = full.ID, full.Val
	return ok, err
}

// spec is what varies between the pipelines of the tests.
type spec struct {
	table       string
	kind        string // "row" (default), "slim" or "append"
	onBadRecord string
	onTie       string
	format      Format
	allowEmpty  bool
	maxFiles    int
	maxBytes    int64 // of a commit
	settle      time.Duration
	onChange    string                // "" is report
	live        []string              // flows that read in/<flow>/*
	once        []string              // once flows that read in/<flow>/*
	topics      map[string]*fakeTopic // flows of live and once that read a topic instead
	was         map[string]string
	dependsOn   map[string][]string
	rewrite     bool // updates: rewrite
	partition   []int
	cluster     []int
	retention   time.Duration // of tombstones
}

func (s spec) source(flow string) *Source[event] {
	format, ending := s.format, "*.csv"
	if format == 0 {
		format = JSON
	}
	if format == JSON {
		ending = "*.json*"
	}
	if topic := s.topics[flow]; topic != nil {
		return &Source[event]{Name: flow + "_topic", Format: JSON, Stream: topic, Store: true,
			JSON: func(r *jsonr.Reader, e *event) error { return e.DecodeJSON(r) }}
	}
	return &Source[event]{
		Name: flow + "_files", Format: format, Columns: eventColumns,
		Files: files.Spec{Path: path.Join("in", flow, ending), MaxFilesPerBatch: s.maxFiles, Settle: s.settle, OnChange: s.onChange, AllowEmpty: s.allowEmpty},
		JSON:  func(r *jsonr.Reader, e *event) error { return e.DecodeJSON(r) },
		CSV:   func(r *csvr.Reader, e *event) error { return e.DecodeCSV(r) },
	}
}

func (s spec) pipeline() Pipeline {
	return Pipeline{Name: "test", Version: "v0", Tables: []TableRunner{s.runner()}, Interval: 5 * time.Millisecond, MaxBytesPerCommit: s.maxBytes}
}

func (s spec) runner() TableRunner {
	if s.table == "" {
		s.table = "t"
	}
	switch s.kind {
	case "slim":
		return NewTable(flows(s, Table[slim]{
			Schema: slimSchema, Keys: []int{0}, NewRows: newSlimRows, Key: slimKey, AppendRow: slimAppend,
		}, projectSlim))
	case "append":
		return NewTable(flows(s, Table[row]{Schema: rowSchema, NewRows: newRowRows}, appendRow))
	}
	return NewTable(flows(s, Table[row]{
		Schema: rowSchema, Keys: []int{0}, SequenceColumns: []int{1}, NewRows: newRowRows, Key: rowKey, Sequence: rowSequence, AppendRow: rowAppend,
	}, projectRow))
}

// flows fills in what all tables have.
func flows[T any](s spec, t Table[T], project func(*event, *Meta, *T, *merge.Change) (bool, error)) Table[T] {
	t.Name, t.Path = s.table, "tables/"+s.table
	t.OnBadRecord, t.OnTie = s.onBadRecord, s.onTie
	rewrite := ""
	if s.rewrite {
		t.Updates, rewrite = Rewrite, contract.Rewrite
	}
	t.Contract = contract.Table{Name: s.table, Kind: contract.Append, OnBadRecord: s.onBadRecord, OnTie: s.onTie, Updates: rewrite}
	if len(t.Keys) > 0 {
		t.Contract.Kind = contract.SCD1
		t.Contract.Keys, t.Contract.Sequence, t.Contract.SequenceTypes = []string{"id"}, []string{"seq"}, []string{"bigint"}
	}
	t.PartitionBy, t.ClusterBy = s.partition, s.cluster
	t.TombstoneRetention = s.retention
	for _, i := range s.partition {
		t.Contract.PartitionBy = append(t.Contract.PartitionBy, t.Schema[i].Name)
	}
	for _, f := range t.Schema {
		t.Contract.Columns = append(t.Contract.Columns, contract.Column{Name: f.Name, Type: f.Type.String(), Nullable: true})
	}
	add := func(name string, once bool) {
		t.Flows = append(t.Flows, Flow[T]{Name: name, Was: s.was[name], Once: once, DependsOn: s.dependsOn[name], Inputs: []Input[T]{From(s.source(name), project)}})
		t.Contract.Flows = append(t.Contract.Flows, contract.Flow{Name: name, Once: once, Kind: t.Contract.Kind})
	}
	for _, name := range s.live {
		add(name, false)
	}
	for _, name := range s.once {
		add(name, true)
	}
	return t
}

// projectMended is the pipeline after its author has mended what made val "bad" a bad record.
func projectMended(s spec) Pipeline {
	p := s.pipeline()
	tab := p.Tables[0].(*table[row])
	src := s.source("f")
	tab.Flows[0].Inputs = []Input[row]{From(src, func(e *event, _ *Meta, x *row, ch *merge.Change) (bool, error) {
		x.ID, x.Seq, x.Val = e.ID.V, e.Seq.V, e.Val
		if len(tab.Keys) > 0 {
			ch.Key, ch.Seq = rowKey(ch.Key, x), rowSequence(ch.Seq, x)
		}
		return true, nil
	})}
	return p
}

// pairRows are the buffers of a table that has no val yet.
type pairRows struct{ *rowRows }

func newPairRows() pairRows {
	l := column.NewLeaves(rowSchema[:2])
	return pairRows{&rowRows{leaves: l, id: l.Strings(0), seq: l.Int64s(1)}}
}

func (r pairRows) Append(x *row) {
	r.id.Put(x.ID, 0, 1)
	r.seq.Put(x.Seq, 0, 1)
}
