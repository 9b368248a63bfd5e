package flow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// checkLayout sees that each file's rows are of its partition, and that row groups are sorted.
func (w *world) checkLayout(s spec) (files int) {
	w.t.Helper()
	table, err := delta.Open(context.Background(), w.fs, filepath.Join(w.dir, "tables", "t"))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for _, f := range table.Files() {
		r, err := w.fs.Open(filepath.Join(table.Dir(), filepath.FromSlash(f.Path)))
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		file, err := column.OpenFile(r, f.Size)
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		for g := range file.RowGroups() {
			w.checkGroup(table, f, file, g, s)
		}
		r.Close()
	}
	return len(table.Files())
}

func (w *world) checkGroup(table *delta.Table, f *delta.File, file *column.File, g int, s spec) {
	w.t.Helper()
	rows, one := column.NewLeaves(table.Schema()), column.NewLeaves(table.Schema())
	if err := file.ReadRowGroup(g, rows, nil); err != nil {
		w.t.Fatalf("%v", err)
	}
	var p column.Picker
	p.Reset(rows)
	order := make([]uint32, rows.Rows())
	for i := range order {
		order[i] = uint32(i)
		one.Reset()
		p.Into(one, order[i:i+1])
		if len(s.partition) > 0 && table.PartitionOf(one).Key() != f.Partition.Key() {
			w.t.Errorf("row %d of %s is of partition %s, the file of %s", i, f.Path, table.PartitionOf(one).Key(), f.Partition.Key())
		}
	}
	sorted := slices.Clone(order)
	p.Sort(sorted, leavesOf(table.Schema(), s.cluster))
	if !slices.Equal(order, sorted) {
		w.t.Errorf("row group %d of %s is not in order: %v", g, f.Path, sorted)
	}
}

// TestArrangedTableIsThePlainOne: partitions and clustering change where rows lie and nothing else, though updates move
// rows between partitions and the state is lost between runs.
func TestArrangedTableIsThePlainOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "arranged")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{t: t, dir: dir, fs: vfs.OS()}
		kind := rapid.SampledFrom([]string{"row", "slim"}).Draw(t, "kind")
		last := map[string]int{"row": 2, "slim": 1}[kind]
		column := rapid.IntRange(0, last)
		s := spec{kind: kind, live: []string{"f"}, maxFiles: rapid.IntRange(0, 2).Draw(t, "max files"),
			partition: rapid.SliceOfNDistinct(column, 0, last, rapid.ID).Draw(t, "partition"), cluster: rapid.SliceOfNDistinct(column, 0, 2, rapid.ID).Draw(t, "cluster")}
		one := rapid.Custom(func(t *rapid.T) string {
			return ev(rapid.SampledFrom([]string{"a", "b", "", "ä/%"}).Draw(t, "id"), rapid.IntRange(1, 5).Draw(t, "seq"),
				rapid.SampledFrom([]string{"", "", "d"}).Draw(t, "op"), rapid.SampledFrom([]string{"x", "", "a/b", "100% =", "-"}).Draw(t, "val"))
		})
		events := rapid.SliceOfN(one, 1, 40).Draw(t, "events")
		for i, rest := 0, events; len(rest) > 0; i++ {
			n := rapid.IntRange(1, len(rest)).Draw(t, "events in file")
			w.put(fmt.Sprintf("f/%d.json", i), rest[:n]...)
			rest = rest[n:]
			if len(rest) == 0 || rapid.Bool().Draw(t, "run") {
				w.run(s)
				if rapid.Bool().Draw(t, "state lost") {
					os.RemoveAll(filepath.Join(dir, ".seamflow"))
				}
			}
		}
		if diff := cmp.Diff(fold(kind, events), w.rows("t")); diff != "" {
			t.Fatalf("(-want +got):\n%s\nevents:\n%s", diff, strings.Join(events, "\n"))
		}
		w.checkLayout(s)
	})
}

// Many flushes into more partitions than files may be open, with updates, repeats and ties of rows in files that are
// open, closed and of an earlier commit.
func TestMorePartitionsThanOpenFiles(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, partition: []int{2}, cluster: []int{1}}
	rng := rand.New(rand.NewPCG(3, 4))
	var events []string
	for file := range 3 {
		var lines []string
		for range 1000 {
			lines = append(lines, ev(fmt.Sprint("k", rng.IntN(300)), rng.IntN(20), "", fmt.Sprint("v/", rng.IntN(2*maxOpen))))
		}
		w.put(fmt.Sprintf("f/%d.json", file), lines...)
		if file != 1 { // the first commit is of one file, the second of two
			if err := w.runGroups(s, 1<<10); err != nil {
				t.Fatal(err)
			}
		}
		events = append(events, lines...)
	}
	if diff := cmp.Diff(fold("row", events), w.rows("t")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if files := w.checkLayout(s); files < 2*maxOpen {
		t.Errorf("only %d files", files)
	}
}

func TestOpenFilesAreBounded(t *testing.T) {
	schema := rowSchema[:2]
	table, err := delta.Create(t.Context(), vfs.NewMem(), "/t", delta.NewTable{Schema: schema, PartitionBy: []string{"seq"}})
	if err != nil {
		t.Fatal(err)
	}
	o := output{table: table, schema: schema}
	rows := newPairRows()
	for round := range 2 {
		for i := range int64(maxOpen + 10) {
			rows.Append(&row{ID: "x", Seq: i})
			if _, base, err := o.write(rows.leaves, table.PartitionOf(rows.leaves)); err != nil || len(o.open) > maxOpen || base != 0 {
				t.Fatalf("round %d, partition %d: row %d, %d files are open, %v", round, i, base, len(o.open), err)
			}
			rows.leaves.Reset()
		}
	}
	rows.Append(&row{ID: "x", Seq: maxOpen + 9})
	if _, base, err := o.write(rows.leaves, table.PartitionOf(rows.leaves)); err != nil || base != 1 {
		t.Errorf("an open file is not gone on with: row %d, %v", base, err)
	}
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, a := range o.adds {
		total += a.Rows
	}
	if total != 2*(maxOpen+10)+1 || len(o.adds) != 2*(maxOpen+10) {
		t.Errorf("%d rows in %d files", total, len(o.adds))
	}
}

// A partitioned append table; other partitions are refused until a reset; the quarantine has none.
func TestOtherPartitionsNeedAReset(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "bad"), ev("c", 3, "", "-"))
	s := spec{kind: "append", live: []string{"f"}, onBadRecord: Quarantine, partition: []int{2}}
	w.run(s)
	want := []string{"a 1 x", "c 3 -"}
	if diff := cmp.Diff(want, w.rows("t")); diff != "" {
		t.Error(diff)
	}
	if files := w.checkLayout(s); files != 2 {
		t.Errorf("%d files", files)
	}
	if q, err := delta.Open(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t__quarantine")); err != nil || len(q.PartitionColumns()) > 0 {
		t.Errorf("quarantine: %v", err)
	}
	s.partition = []int{1}
	var refused *ContractError
	if _, err := w.tryRun(s); !errors.As(err, &refused) || !strings.Contains(err.Error(), "partition_by") || !strings.Contains(err.Error(), "reset t") {
		t.Fatalf("%v", err)
	}
	s.cluster, s.partition = []int{0}, []int{2} // clustering alone goes on
	w.put("f/2.json", ev("z", 4, "", "x"), ev("y", 5, "", "x"))
	w.run(s)
	if diff := cmp.Diff(append(want, "y 5 x", "z 4 x"), w.rows("t")); diff != "" {
		t.Error(diff)
	}
	s.partition = []int{1}
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.run(s)
	if diff := cmp.Diff(append(want, "y 5 x", "z 4 x"), w.rows("t")); diff != "" {
		t.Error(diff)
	}
	if files := w.checkLayout(s); files != 4 {
		t.Errorf("%d files", files)
	}
}

func TestTooFinePartitionsAreTold(t *testing.T) {
	w := newWorld(t)
	env := &environment{sink: &w.log}
	b := &batch{w: &worker{env: env, arranged: newArrangement(rowSchema, []int{0}, nil)}, flow: &flowState{name: "f"}}
	b.out.adds = make([]delta.AddFile, manyFiles-1)
	b.warnOfManyFiles()
	if w.log.has("files") {
		t.Error("warned too early")
	}
	b.out.adds = make([]delta.AddFile, manyFiles)
	b.warnOfManyFiles()
	b.warnOfManyFiles()
	if !w.log.has("one commit makes 1000 files") || len(w.log.events) != 1 {
		t.Errorf("%q", w.log.events)
	}
}

// Row groups that are clustered are small, so that their statistics tell something.
func TestClusteredRowGroups(t *testing.T) {
	rows := newRowRows()
	pad := strings.Repeat("x", 1000)
	for i := range 10_000 {
		rows.Append(&row{ID: pad, Seq: int64(i * 7919 % 10_000)})
	}
	a := newArrangement(rowSchema, nil, []int{1})
	last, groups, n := int64(-1), 0, 0
	err := a.write(rows.Leaves(), func(group *column.Leaves, numbers []uint32) error {
		if bytes := group.Bytes(); bytes > clusteredGroup+2000 || group.Rows() != len(numbers) {
			t.Errorf("a group of %d rows and %d bytes", group.Rows(), bytes)
		}
		for range group.Rows() {
			v := group.Int64s(1).Take()
			if v <= last {
				t.Fatalf("%d after %d", v, last)
			}
			last = v
		}
		groups++
		n += group.Rows()
		return nil
	})
	if err != nil || n != 10_000 || groups != 3 {
		t.Errorf("%d rows in %d groups, %v", n, groups, err)
	}
}

// Folders of partitions are made, filled and synced in the middle of a batch.
func TestCrashAnywhereInAPartitionedRun(t *testing.T) {
	t.Parallel()
	s := spec{live: []string{"f"}, partition: []int{1}, maxFiles: 1}
	everywhere(t, scene{
		spec: s,
		prepare: func(w *world) {
			w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "x"), ev("c", 1, "", "x"))
			w.run(s)
			w.put("f/2.json", ev("a", 2, "", "y"), ev("b", 1, "", "late"), ev("c", 3, "d", ""), ev("d", 4, "", "x"))
		},
		act: func(w *world) error {
			_, err := w.tryRun(s)
			return err
		},
		rows: []string{"a 2 y", "b 2 x", "d 4 x"},
	})
}

// TestForeignFilesLackPartitionColumns: the key is one, and is found in the log; the empty one, which is NULL there, too.
func TestForeignFilesLackPartitionColumns(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, partition: []int{0}}
	w.put("f/1.json", ev("", 1, "", "x"), ev("a/b", 2, "", "x"), ev("c", 1, "", "x"))
	w.run(s)
	table, err := delta.Open(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t"))
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for i, f := range table.Files() {
		rest := column.NewLeaves(rowSchema[1:])
		err := table.Scan(t.Context(), rest, nil, []string{f.Path}, func(string, uint32) { rest.SkipRows(1) })
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("moved%d.parquet", i)
		out, err := os.Create(filepath.Join(table.Dir(), name))
		if err != nil {
			t.Fatal(err)
		}
		cw := column.NewFileWriter(out, rowSchema[1:], column.WriterOptions{})
		if err := cw.WriteRowGroup(rest); err != nil {
			t.Fatal(err)
		}
		info, err := cw.Close()
		if err = errors.Join(err, out.Close()); err != nil {
			t.Fatal(err)
		}
		actions = append(actions, fmt.Sprintf(`{"remove":{"path":%q,"deletionTimestamp":1,"dataChange":false}}`, f.Path),
			fmt.Sprintf(`{"add":{"path":%q,"partitionValues":%s,"size":%d,"modificationTime":1,"dataChange":false}}`, name, f.Partition.Key(), info.Size))
	}
	w.foreignCommit("OPTIMIZE", actions...)
	w.put("f/2.json", ev("", 2, "", "y"), ev("a/b", 1, "", "late"), ev("c", 2, "d", ""))
	w.run(s)
	if diff := cmp.Diff([]string{" 2 y", "a/b 2 x"}, w.rows("t")); diff != "" {
		t.Error(diff)
	}
	os.RemoveAll(filepath.Join(w.dir, ".seamflow"))
	w.put("f/3.json", ev("", 3, "d", ""), ev("a/b", 3, "", "z"))
	w.run(s)
	if diff := cmp.Diff([]string{"a/b 3 z"}, w.rows("t")); diff != "" {
		t.Error(diff)
	}
}
