package flow

import (
	"path"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
)

// This file is what the generator writes for full extracts, by hand: events of (id, val, op) into a table of the columns
// id, val, note, where note is not tracked, of SCD type 1, or of type 2 with __START_AT and __END_AT. The version is the
// name of the folder that a file is in.

type kept struct {
	ID         string
	Val, Note  value.Opt[string]
	Start, End value.Opt[string]
}

var keptSchema = column.Schema{
	{Name: "id", Type: column.Of(column.String)},
	{Name: "val", Type: column.Of(column.String)},
	{Name: "note", Type: column.Of(column.String)},
	{Name: "__START_AT", Type: column.Of(column.String)},
	{Name: "__END_AT", Type: column.Of(column.String)},
}

type keptRows struct {
	leaves *column.Leaves
	cols   []*column.Strings
}

func newKeptRows(columns int) column.Rows[kept] {
	r := &keptRows{leaves: column.NewLeaves(keptSchema[:columns])}
	for i := range columns {
		r.cols = append(r.cols, r.leaves.Strings(i))
	}
	return r
}

func (r *keptRows) Leaves() *column.Leaves { return r.leaves }

func (x *kept) cells() []*value.Opt[string] {
	return []*value.Opt[string]{&x.Val, &x.Note, &x.Start, &x.End}
}

func (r *keptRows) Append(x *kept) {
	r.cols[0].Put(x.ID, 0, 1)
	for i, c := range x.cells()[:len(r.cols)-1] {
		if c.Valid {
			r.cols[i+1].Put(c.V, 0, 1)
		} else {
			r.cols[i+1].Null(0, 0)
		}
	}
}

func (r *keptRows) Read(x *kept) {
	x.ID = r.cols[0].Take()
	for i, c := range x.cells()[:len(r.cols)-1] {
		c.Valid = r.cols[i+1].Def() == 1
		c.V = r.cols[i+1].Take()
	}
}

func keptKey(dst []byte, x *kept) []byte { return value.AppendString(dst, x.ID) }

func keptFold(history bool) *Fold[kept] {
	f := &Fold[kept]{
		Parts: []merge.Part{{Key: true}, {Tracked: true}, {Tracked: !history}},
		AppendParts: func(dst []byte, x *kept) []byte {
			dst = merge.AppendPart(dst, x.ID, value.AppendString)
			dst = merge.AppendOptPart(dst, x.Val, value.AppendString)
			return merge.AppendOptPart(dst, x.Note, value.AppendString)
		},
		ReadParts: func(src []byte, x *kept) error {
			p := merge.ReadParts(src)
			p.Next()
			x.ID = p.String()
			x.Val.Valid = p.Next()
			x.Val.V = p.String()
			x.Note.Valid = p.Next()
			x.Note.V = p.String()
			return p.Done()
		},
		Snapshot: true,
	}
	if !history {
		return f
	}
	bound := func(seq []byte, v *value.Opt[string]) error {
		if v.Valid = seq != nil; !v.Valid {
			return nil
		}
		var p value.Reader
		p.Reset(seq)
		v.V = p.String()
		return p.Done()
	}
	f.SetInterval = func(x *kept, start, end []byte) error {
		if err := bound(start, &x.Start); err != nil {
			return err
		}
		return bound(end, &x.End)
	}
	f.Interval = func(dst []byte, x *kept) ([]byte, bool) {
		return value.AppendString(dst, x.Start.V), !x.End.Valid
	}
	return f
}

func projectKept(e *event, m *Meta, x *kept, ch *merge.Change) (bool, error) {
	if e.Val.Valid && e.Val.V == "bad" {
		return false, BadColumn("val", errRefused)
	}
	*x = kept{ID: e.ID.V, Val: e.Val, Note: e.Op}
	ch.Key = keptKey(ch.Key, x)
	ch.Seq = value.AppendString(ch.Seq, path.Base(path.Dir(m.FilePath)))
	return !e.Val.Valid || e.Val.V != "skip", nil
}

// extracts is a pipeline of full extracts, in/f/VERSION/*.json.
type extracts struct {
	history    bool
	allowEmpty bool
	settle     time.Duration
	mended     bool // "bad" is a value like others
}

func (s extracts) pipeline() Pipeline {
	columns := 3
	t := Table[kept]{
		Name: "t", Path: "tables/t", Keys: []int{0}, OnTie: Count, OnBadRecord: Quarantine, Key: keptKey, Fold: keptFold(s.history),
		Contract: contract.Table{
			Name: "t", Kind: contract.SCD1, Snapshot: true, Keys: []string{"id"}, Sequence: []string{"_file_path"}, SequenceTypes: []string{"string"},
			Flows: []contract.Flow{{Name: "f", Kind: "apply_changes_from_snapshot"}},
		},
	}
	if s.history {
		columns, t.Contract.Kind = 5, contract.SCD2
	}
	t.Schema = keptSchema[:columns]
	t.NewRows = func() column.Rows[kept] { return newKeptRows(columns) }
	for _, f := range t.Schema {
		t.Contract.Columns = append(t.Contract.Columns, contract.Column{Name: f.Name, Type: f.Type.String(), Nullable: true})
	}
	src := &Source[event]{
		Name: "f_files", Format: JSON, Files: files.Spec{Path: "in/f/*/*.json", Settle: s.settle, OnChange: files.Report, AllowEmpty: s.allowEmpty},
		JSON: func(r *jsonr.Reader, e *event) error { return e.DecodeJSON(r) },
	}
	project := projectKept
	if s.mended {
		project = func(e *event, m *Meta, x *kept, ch *merge.Change) (bool, error) {
			val := e.Val
			e.Val.V = ""
			ok, err := projectKept(e, m, x, ch)
			x.Val = val
			return ok, err
		}
	}
	t.Flows = []Flow[kept]{{Name: "f", Inputs: []Input[kept]{FromSnapshot(src, project, func(m *Meta, dst []byte) ([]byte, bool, error) {
		name := path.Base(path.Dir(m.FilePath))
		return value.AppendString(dst, name), name != "null", nil
	})}}}
	return Pipeline{Name: "test", Version: "v0", Tables: []TableRunner{NewTable(t)}, Interval: 5 * time.Millisecond}
}
