// Package foreign_test has other engines, for real, work on the tables of a pipeline: what may be followed is followed,
// what changes rows or schema stops the pipeline, and nothing is corrupted, skipped or repeated.
package foreign_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// event is the record, and without del the row, of the tests' pipeline.
type event struct {
	ID, Seq int64
	Val     string
	Del     bool
}

func (e event) String() string {
	return fmt.Sprintf(`{"id":%d,"seq":%d,"val":%q,"del":%v}`, e.ID, e.Seq, e.Val, e.Del)
}

// row is e as the engines give it.
func (e event) row() string {
	return fmt.Sprintf(`{"id":%d,"seq":%d,"val":%q}`, e.ID, e.Seq, e.Val)
}

func decode(r *jsonr.Reader, e *event) error {
	*e = event{}
	for r.Object(); r.Next(); {
		switch string(r.Key()) {
		case "id":
			e.ID = r.Int64()
		case "seq":
			e.Seq = r.Int64()
		case "val":
			e.Val = r.String()
		case "del":
			e.Del = r.Bool()
		default:
			r.Skip()
		}
	}
	return r.End()
}

var schema = column.Schema{
	{Name: "id", Type: column.Of(column.Int64)}, {Name: "seq", Type: column.Of(column.Int64)}, {Name: "val", Type: column.Of(column.String)},
}

type rows struct {
	leaves  *column.Leaves
	id, seq *column.Int64s
	val     *column.Strings
}

func newRows() column.Rows[event] {
	l := column.NewLeaves(schema)
	return &rows{l, l.Int64s(0), l.Int64s(1), l.Strings(2)}
}

func (r *rows) Leaves() *column.Leaves { return r.leaves }

func (r *rows) Append(e *event) {
	r.id.Put(e.ID, 0, 1)
	r.seq.Put(e.Seq, 0, 1)
	r.val.Put(e.Val, 0, 1)
}

func (r *rows) Read(e *event) { e.ID, e.Seq, e.Val = r.id.Take(), r.seq.Take(), r.val.Take() }

func key(dst []byte, e *event) []byte      { return value.AppendInt64(dst, e.ID) }
func sequence(dst []byte, e *event) []byte { return value.AppendInt64(dst, e.Seq) }

func canonical(dst []byte, e *event) []byte {
	return value.AppendString(sequence(key(dst, e), e), e.Val)
}

// pipeline is one table of apply_changes, or of an append flow, that takes a file a commit.
func pipeline(keyed bool) flow.Pipeline {
	src := &flow.Source[event]{Name: "events", Format: flow.JSON, Files: files.Spec{Path: "in/*.json", MaxFilesPerBatch: 1}, JSON: decode}
	t := flow.Table[event]{
		Name: "t", Path: "t", Schema: schema, OnBadRecord: flow.Fail, OnTie: flow.Fail, NewRows: newRows,
		Contract: contract.Table{Name: "t", Kind: contract.Append, OnBadRecord: flow.Fail, OnTie: flow.Fail},
		Flows: []flow.Flow[event]{{Name: "events", Inputs: []flow.Input[event]{
			flow.From(src, func(e *event, _ *flow.Meta, x *event, ch *merge.Change) (bool, error) {
				*x = *e
				if keyed {
					ch.Key, ch.Seq, ch.Delete = key(ch.Key, e), sequence(ch.Seq, e), e.Del
				}
				return true, nil
			}),
		}}},
	}
	for _, c := range schema {
		t.Contract.Columns = append(t.Contract.Columns, contract.Column{Name: c.Name, Type: c.Type.String(), Nullable: true})
	}
	if keyed {
		t.Keys, t.SequenceColumns, t.Key, t.Sequence, t.AppendRow = []int{0}, []int{1}, key, sequence, canonical
		t.Contract.Kind, t.Contract.Keys, t.Contract.Sequence, t.Contract.SequenceTypes = contract.SCD1, []string{"id"}, []string{"seq"}, []string{"bigint"}
	}
	t.Contract.Flows = []contract.Flow{{Name: "events", Kind: t.Contract.Kind}}
	return flow.Pipeline{Name: "p", Version: "v0", Tables: []flow.TableRunner{flow.NewTable(t)}, Interval: 5 * time.Millisecond}
}

// world is a folder that the pipeline works in, and what it should make of its files.
type world struct {
	t      *testing.T
	dir    string
	keyed  bool
	newest map[int64]event
	all    []event
	files  int
	fsys   vfs.FS
	commit func(version int64) // after each commit
}

func newWorld(t *testing.T, keyed bool) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), keyed: keyed, newest: map[int64]event{}, fsys: vfs.OS()}
	if err := os.Mkdir(filepath.Join(w.dir, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) table() string { return filepath.Join(w.dir, "t") }

// put writes a file of events. Its time is in the past, for it to be taken as whole, and orders it behind the others.
func (w *world) put(events ...event) {
	w.t.Helper()
	var text strings.Builder
	for _, e := range events {
		fmt.Fprintln(&text, e)
		w.all = append(w.all, e)
		if now, ok := w.newest[e.ID]; !ok || e.Seq > now.Seq {
			w.newest[e.ID] = e
		}
	}
	name := filepath.Join(w.dir, "in", fmt.Sprintf("%04d.json", w.files))
	if err := os.WriteFile(name, []byte(text.String()), 0o644); err != nil {
		w.t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour).Add(time.Duration(w.files) * time.Second)
	if err := os.Chtimes(name, at, at); err != nil {
		w.t.Fatal(err)
	}
	w.files++
}

func (w *world) options() flow.Options {
	return flow.Options{Data: w.dir, AvailableNow: true, FS: w.fsys, Observer: w}
}

func (w *world) tryRun() error {
	_, err := pipeline(w.keyed).Run(w.t.Context(), w.options())
	return err
}

func (w *world) run() {
	w.t.Helper()
	if err := w.tryRun(); err != nil {
		w.t.Fatal(err)
	}
}

// Progress, Commit and Event make the world an observe.Sink.
func (w *world) Progress(observe.Progress) {}
func (w *world) Event(observe.Event)       {}
func (w *world) Commit(c observe.Commit) {
	if w.commit != nil {
		w.commit(c.Version)
	}
}

// want gives the rows that the table should hold.
func (w *world) want() []string {
	out := []string{}
	if !w.keyed {
		for _, e := range w.all {
			out = append(out, e.row())
		}
	}
	for _, e := range w.newest {
		if w.keyed && !e.Del {
			out = append(out, e.row())
		}
	}
	slices.Sort(out)
	return out
}

// got gives the rows that the table holds, as our own reader sees them.
func (w *world) got() []string {
	w.t.Helper()
	t := w.open()
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path)
	}
	l := column.NewLeaves(t.Schema())
	out := []string{}
	if err := t.Scan(context.Background(), l, func(int) bool { return true }, paths, func(string, uint32) { out = append(out, readers.Row(l)) }); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (w *world) open() *delta.Table {
	w.t.Helper()
	t, err := delta.Open(context.Background(), vfs.OS(), w.table())
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

// racing is a file system on which somebody acts between the writing of a commit and the moment that it is made.
type racing struct {
	vfs.FS
	act func()
}

func (r *racing) Create(name string) (vfs.File, error) {
	f, err := r.FS.Create(name)
	if base := filepath.Base(name); r.act != nil && strings.HasPrefix(base, ".tmp-") && strings.HasSuffix(base, ".json") {
		act := r.act
		r.act = nil
		act()
	}
	return f, err
}
