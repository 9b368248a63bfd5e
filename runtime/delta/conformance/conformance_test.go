// Package conformance_test has other engines read what package delta writes, and the other way round.
package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// table is a table with what it should hold: the rows of each file in order, and those of them that are dead.
type table struct {
	*delta.Table
	t    *testing.T
	rows map[string]*column.Leaves
	dead map[string]*roaring.Bitmap
	next int
}

func newTable(t *testing.T, m delta.NewTable) *table {
	t.Helper()
	made, err := delta.Create(context.Background(), vfs.OS(), filepath.Join(t.TempDir(), "table"), m) // without a space: polars does not find the files of "a table"
	must(t, err)
	return &table{Table: made, t: t, rows: map[string]*column.Leaves{}, dead: map[string]*roaring.Bitmap{}}
}

// file writes a data file of n rows in the columns of schema, in row groups of at most a hundred.
func (tb *table) file(schema column.Schema, n int) delta.AddFile {
	tb.t.Helper()
	d, err := tb.NewFile(schema)
	must(tb.t, err)
	tb.rows[d.Path()] = fill(schema, tb.next, n, 7)
	tb.dead[d.Path()] = roaring.New()
	for at := 0; at < n; at += 100 {
		group := fill(schema, tb.next, n, 7)
		var live column.Bitset
		for i := range n {
			live.Append(i >= at && i < at+100)
		}
		group.Keep(&live)
		must(tb.t, d.WriteRowGroup(group))
	}
	tb.next += n
	add, err := d.Close()
	must(tb.t, err)
	return add
}

func (tb *table) commit(tx *delta.Tx) {
	tb.t.Helper()
	_, err := tb.Commit(context.Background(), tx)
	must(tb.t, err)
	for path, rows := range tx.Deletes {
		tb.dead[path].Or(rows)
	}
	for _, a := range tx.Adds {
		if a.Deleted != nil {
			tb.dead[a.Path].Or(a.Deleted)
		}
	}
}

// want gives the rows that the table should hold, as all engines write them, sorted.
func (tb *table) want(take func(row map[string]any) bool) []string {
	out := []string{}
	for path, l := range tb.rows {
		for i, text := range texts(l, tb.Schema()) {
			if tb.dead[path].ContainsInt(i) {
				continue
			}
			var row map[string]any
			must(tb.t, json.Unmarshal([]byte(text), &row))
			if take == nil || take(row) {
				out = append(out, text)
			}
		}
	}
	slices.Sort(out)
	return out
}

// check has every engine read the whole table, and parts of it by conditions that statistics can answer.
func (tb *table) check() {
	tb.t.Helper()
	for _, e := range readers.OfDelta {
		tb.t.Run(string(e), func(t *testing.T) {
			if diff := cmp.Diff(tb.want(nil), readers.Read(t, e, tb.Dir())); diff != "" {
				t.Error(diff)
			}
			for where, take := range map[string]func(map[string]any) bool{
				"id >= 150 AND id < 250": func(r map[string]any) bool { id := r["id"].(float64); return id >= 150 && id < 250 },
				"id = 3":                 func(r map[string]any) bool { return r["id"] == 3.0 },
				"s = 'plain'":            func(r map[string]any) bool { return r["s"] == "plain" },
				"s >= 'l' AND s < 'q'":   func(r map[string]any) bool { s, ok := r["s"].(string); return ok && s >= "l" && s < "q" },
			} {
				if diff := cmp.Diff(tb.want(take), readers.ReadWhere(t, e, tb.Dir(), where)); diff != "" {
					t.Errorf("where %s: %s", where, diff)
				}
			}
		})
	}
}

var narrow = column.Schema{
	{Name: "id", Type: column.Of(column.Int64), Comment: "counts"},
	{Name: "s", Type: column.Of(column.String)},
}

var plainTypes = column.Schema{
	narrow[0], narrow[1],
	{Name: "b", Type: column.Of(column.Bool)}, {Name: "i", Type: column.Of(column.Int32)}, {Name: "l", Type: column.Of(column.Int64)},
	{Name: "f", Type: column.Of(column.Float32)}, {Name: "d", Type: column.Of(column.Float64)},
	{Name: "dec9", Type: column.DecimalOf(9, 2)}, {Name: "dec18", Type: column.DecimalOf(18, 0)}, {Name: "dec38", Type: column.DecimalOf(38, 9)},
	{Name: "x", Type: column.Of(column.Binary)}, {Name: "day", Type: column.Of(column.Date)}, {Name: "ts", Type: column.Of(column.Timestamp)},
}

var nestedTypes = column.Schema{
	narrow[0], narrow[1],
	{Name: "st", Type: column.StructOf(column.Field{Name: "chain", Type: column.Of(column.String)},
		column.Field{Name: "at", Type: column.Of(column.Timestamp)}, column.Field{Name: "in", Type: column.StructOf(column.Field{Name: "n", Type: column.Of(column.Int32)})})},
	{Name: "items", Type: column.ListOf(column.StructOf(column.Field{Name: "sku", Type: column.Of(column.String)}, column.Field{Name: "price", Type: column.DecimalOf(10, 2)}))},
	{Name: "lists", Type: column.ListOf(column.ListOf(column.Of(column.Int64)))},
	{Name: "m", Type: column.MapOf(column.ListOf(column.Of(column.String)))},
	{Name: "with space", Type: column.Of(column.Int32)}, {Name: "Größe, in cm", Type: column.Of(column.Float64)},
}

func TestForeignReaders(t *testing.T) {
	t.Run("append only", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: plainTypes, Name: "plain", Comment: "a table", Domains: map[string]string{"seamflow.x": "{}"}})
		for range 3 {
			tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(plainTypes, 150), tb.file(plainTypes, 10)}, Domains: map[string]string{"seamflow.x": fmt.Sprint(tb.next)}})
		}
		tb.check()
	})
	t.Run("nested", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: nestedTypes, Keyed: true})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(nestedTypes, 250)}})
		tb.check()
	})
	t.Run("deletion vectors", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: narrow, Keyed: true})
		small, large, dying := tb.file(narrow, 100), tb.file(narrow, 3000), tb.file(narrow, 40)
		born := tb.file(narrow, 60)
		born.Deleted = roaring.BitmapOf(0, 59)
		tb.commit(&delta.Tx{Adds: []delta.AddFile{small, large, dying, born}})
		scattered, runs, most := roaring.New(), roaring.New(), roaring.New()
		for i := range uint32(900) {
			scattered.Add(i * 3)
		}
		runs.AddRange(100, 700)
		runs.AddRange(2000, 2500)
		most.AddRange(0, 39)
		tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{small.Path: roaring.BitmapOf(0, 3, 99), large.Path: roaring.BitmapOf(5)}})
		tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{large.Path: scattered, dying.Path: most}}) // one vector in a file, one inline
		tb.check()
		tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{large.Path: runs, small.Path: roaring.BitmapOf(50), dying.Path: roaring.BitmapOf(39)}, MergeAdds: mergeFile(t, tb)})
		tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{large.Path: roaring.BitmapOf(2999)}, Adds: []delta.AddFile{tb.file(narrow, 5)}})
		if _, ok := tb.File(dying.Path); ok {
			t.Error("a file with no live row is still there")
		}
		tb.check()
	})
	t.Run("two vectors in one file", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: narrow, Keyed: true})
		a, b := tb.file(narrow, 2000), tb.file(narrow, 2000)
		tb.commit(&delta.Tx{Adds: []delta.AddFile{a, b}})
		odd, third := roaring.New(), roaring.New()
		for i := range uint32(600) {
			odd.Add(2*i + 1)
			third.Add(i * 3)
		}
		tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{a.Path: odd, b.Path: third}})
		tb.check()
	})
	t.Run("evolved", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: narrow, Keyed: true})
		first := tb.file(narrow, 120)
		tb.commit(&delta.Tx{Adds: []delta.AddFile{first}})
		tb.commit(&delta.Tx{AddColumns: plainTypes[2:], Adds: []delta.AddFile{tb.file(plainTypes, 60)}})
		tb.commit(&delta.Tx{AddColumns: nestedTypes[2:5], Deletes: map[string]*roaring.Bitmap{first.Path: roaring.BitmapOf(1, 2)}})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(slices.Concat(plainTypes, nestedTypes[2:5]), 60), tb.file(narrow, 10)}})
		tb.check()
	})
	t.Run("reset", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: plainTypes})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(plainTypes, 50)}})
		clear(tb.rows)
		again := tb.file(narrow, 80)
		again.Deleted = roaring.BitmapOf(7)
		tb.commit(&delta.Tx{Reset: &delta.NewTable{Schema: narrow, Keyed: true}, Adds: []delta.AddFile{again}})
		tb.check()
	})
}

func mergeFile(t *testing.T, tb *table) []delta.MergeFile {
	t.Helper()
	w := tb.NewMergeFile()
	w.Add(delta.MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: delta.Tombstone})
	f, err := w.Close()
	must(t, err)
	return []delta.MergeFile{f}
}

// ours reads a table through a fresh handle, as canonical JSON.
func ours(t *testing.T, dir string) (*delta.Table, []string) {
	t.Helper()
	ctx := context.Background()
	tb, err := delta.Open(ctx, vfs.OS(), dir)
	must(t, err)
	var paths []string
	for _, f := range tb.Files() {
		paths = append(paths, f.Path)
	}
	got := []string{}
	l := column.NewLeaves(tb.Schema())
	must(t, tb.Scan(ctx, l, func(int) bool { return true }, paths, func(string, uint32) { got = append(got, readers.Row(l)) }))
	slices.Sort(got)
	return tb, got
}

// Spark changes a table of ours in every way that it knows, writes a checkpoint, and the log before it goes: after each
// step we must see what Spark sees.
func TestTablesThatSparkChanged(t *testing.T) {
	tb := newTable(t, delta.NewTable{Schema: slices.Concat(plainTypes, nestedTypes[2:6]), Keyed: true, Domains: map[string]string{"seamflow.x": "kept"}})
	a := tb.file(tb.Schema(), 300)
	tb.commit(&delta.Tx{Adds: []delta.AddFile{a, tb.file(tb.Schema(), 30)}})
	tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{a.Path: roaring.BitmapOf(1, 2, 3)}})
	follower, err := delta.Open(context.Background(), vfs.OS(), tb.Dir())
	must(t, err)

	var steps []struct {
		Name       string
		Rows       []string
		DataChange bool
	}
	script := filepath.Join("runtime", "delta", "conformance", "testdata", "spark.py")
	snapshots := t.TempDir()
	must(t, json.Unmarshal(readers.Python(t, script, tb.Dir(), snapshots), &steps))
	for i, step := range steps {
		t.Run(step.Name, func(t *testing.T) {
			read, got := ours(t, filepath.Join(snapshots, fmt.Sprint(i)))
			if diff := cmp.Diff(step.Rows, got); diff != "" {
				t.Error(diff)
			}
			if config, _ := read.Domain("seamflow.x"); config != "kept" {
				t.Errorf("domain %q", config)
			}
			if !read.Keyed() {
				t.Error("the protocol is not what it was")
			}
		})
	}
	if len(steps) < 6 {
		t.Fatalf("%d steps", len(steps))
	}

	commits, err := follower.Refresh(context.Background())
	must(t, err)
	changes := map[string]bool{}
	for _, c := range commits {
		if c.Ours || !strings.Contains(c.Engine, "Delta-Lake") {
			t.Errorf("version %d: ours %v, engine %s", c.Version, c.Ours, c.Engine)
		}
		changes[c.Operation] = c.DataChange
	}
	want := map[string]bool{"DELETE": true, "UPDATE": true, "WRITE": true, "OPTIMIZE": false, "MERGE": true}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Error(diff)
	}
}

// A checkpoint by delta-rs, and the log before it gone: the table is what it was, and a path that it once had stays used.
func TestCheckpointOfDeltaRS(t *testing.T) {
	tb := newTable(t, delta.NewTable{Schema: plainTypes, Keyed: true, Name: "name", Domains: map[string]string{"seamflow.x": "kept"}})
	a, gone := tb.file(plainTypes, 900), tb.file(plainTypes, 2)
	tb.commit(&delta.Tx{Adds: []delta.AddFile{a, gone}, MergeAdds: mergeFile(t, tb)})
	scattered := roaring.New()
	for i := range uint32(300) {
		scattered.Add(i * 3)
	}
	tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{a.Path: scattered, gone.Path: roaring.BitmapOf(0, 1)}})
	readers.Python(t, filepath.Join("runtime", "delta", "conformance", "testdata", "deltars.py"), tb.Dir())
	for v := range int64(3) {
		must(t, os.Remove(filepath.Join(tb.Dir(), "_delta_log", fmt.Sprintf("%020d.json", v))))
	}
	read, got := ours(t, tb.Dir())
	if diff := cmp.Diff(tb.want(nil), got); diff != "" {
		t.Error(diff)
	}
	if config, _ := read.Domain("seamflow.x"); config != "kept" || read.Version() != 2 || read.ID() != tb.ID() || read.Name() != "name" || len(read.MergeFiles()) != 1 {
		t.Errorf("domain %q, version %d, id %s, name %s, merge log %v", config, read.Version(), read.ID(), read.Name(), read.MergeFiles())
	}
	version, err := read.Commit(context.Background(), &delta.Tx{Adds: []delta.AddFile{gone}, Domains: map[string]string{"seamflow.x": "next"}})
	must(t, err)
	if _, ok := read.File(gone.Path); ok || version != 3 {
		t.Errorf("version %d; the removed file is back: %v", version, ok)
	}
	if _, got := ours(t, tb.Dir()); !cmp.Equal(tb.want(nil), got) {
		t.Error("after a commit on top of the checkpoint the rows are others")
	}
}

// BenchmarkCommit is of a file of a hundred rows and its commit, synced to the disk that the test runs on.
func BenchmarkCommit(b *testing.B) {
	ctx := context.Background()
	tb, err := delta.Create(ctx, vfs.OS(), filepath.Join(b.TempDir(), "t"), delta.NewTable{Schema: narrow, Keyed: true})
	must(b, err)
	rows := fill(narrow, 0, 100, 7)
	last := ""
	var took time.Duration
	for b.Loop() {
		d, err := tb.NewFile(narrow)
		must(b, err)
		must(b, d.WriteRowGroup(rows))
		add, err := d.Close()
		must(b, err)
		tx := &delta.Tx{Adds: []delta.AddFile{add}, Domains: map[string]string{"p": add.Path}, Expect: map[string]string{"p": last}}
		if last != "" {
			tx.Removes = []string{last}
		}
		start := time.Now()
		_, err = tb.Commit(ctx, tx)
		must(b, err)
		took += time.Since(start)
		last = add.Path
	}
	b.ReportMetric(float64(took.Microseconds())/float64(b.N), "µs/commit")
}
