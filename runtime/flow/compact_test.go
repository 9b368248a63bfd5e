package flow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// eager compacts whatever can be: two files, a row that died.
var eager = delta.CompactPolicy{Target: 1 << 20, Files: 2, DeadShare: 0.01}

// open reads a table by the store alone.
func (w *world) open(name string) *delta.Table {
	w.t.Helper()
	t, err := delta.Open(context.Background(), w.fs, filepath.Join(w.dir, "tables", name))
	if err != nil {
		w.t.Fatalf("open table: %v", err)
	}
	return t
}

// operations counts the versions of a table by what made them.
func operations(t *delta.Table) map[string]int {
	n := map[string]int{}
	for v := range t.Version() + 1 {
		if c, err := t.CommitAt(v); err == nil {
			n[c.Operation]++
		}
	}
	return n
}

// TestCompactionChangesNothing is TestAnySplitGivesTheSameTable with compaction at every chance, with deletion vectors
// and files written anew: the table is the fold of the events all the same, and each run's counts are those of a world
// that never compacts.
func TestCompactionChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"row", "slim", "append"}).Draw(t, "kind")
		compactedLikePlain(t, kind, kind != "append" && rapid.Bool().Draw(t, "rewrite"))
	})
}

func compactedLikePlain(t *rapid.T, kind string, rewrite bool) {
	dir, err := os.MkdirTemp("", "compact")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	plain := &world{t: t, dir: filepath.Join(dir, "plain"), fs: vfs.OS()}
	w := &world{t: t, dir: filepath.Join(dir, "compacted"), fs: vfs.OS(), compaction: eager, memory: rapid.SampledFrom([]int64{0, 1 << 10}).Draw(t, "memory")}
	for _, x := range []*world{plain, w} {
		os.MkdirAll(filepath.Join(x.dir, "in/f"), 0o755)
	}
	events := drawEvents(t)
	rest := rapid.Permutation(events).Draw(t, "order")
	s := spec{kind: kind, live: []string{"f"}, maxFiles: 1}
	var older map[string][]byte
	for run := 0; run == 0 || len(rest) > 0; run++ {
		n := len(rest)
		if run < 5 {
			n = rapid.IntRange(0, len(rest)).Draw(t, "events")
		}
		for i, lines := range cut(t, rest[:n]) {
			for _, x := range []*world{plain, w} {
				x.put(fmt.Sprintf("f/%d_%d.json", run, i), lines...)
			}
		}
		rest = rest[n:]
		compacting := s
		compacting.rewrite = rewrite
		want, got := plain.run(s), w.run(compacting)
		if diff := cmp.Diff(plain.counts(want, "f"), w.counts(got, "f")); diff != "" {
			t.Fatalf("run %d counts otherwise (-plain +compacted):\n%s", run, diff)
		}
		name := rapid.SampledFrom([]string{"an older copy", "damaged", "deleted", "nothing", "nothing"}).Draw(t, "state")
		harms[name](t, filepath.Dir(w.stateFile("t")), older)
		if rapid.Bool().Draw(t, "keep copy") {
			older = readFolder(filepath.Dir(w.stateFile("t")))
		}
	}
	if diff := cmp.Diff(plain.rows("t"), w.rows("t")); diff != "" {
		t.Fatalf("(-plain +compacted):\n%s\nevents:\n%s", diff, strings.Join(events, "\n"))
	}
	if kind != "append" {
		if diff := cmp.Diff(fold(kind, events), w.rows("t")); diff != "" {
			t.Fatalf("the table is not the fold of its events (-want +got):\n%s", diff)
		}
	}
	if n := len(w.open("t").Files()); n > 1 {
		t.Fatalf("%d files are left of a table that compacts two", n)
	}
}

// cut makes files of events.
func cut(t *rapid.T, events []string) (files [][]string) {
	for len(events) > 0 {
		n := rapid.IntRange(1, len(events)).Draw(t, "events in file")
		files, events = append(files, events[:n]), events[n:]
	}
	return files
}

// TestSnapshotFollowsCompactions: an index of before catches up by the redirects, and by them alone; without them it is
// built from the table. Both know what the rows are.
func TestSnapshotFollowsCompactions(t *testing.T) {
	for _, rewrite := range []bool{false, true} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("rewrite_%v_lost_%v", rewrite, lost), func(t *testing.T) {
				w := newWorld(t)
				s := spec{live: []string{"f"}, maxFiles: 1, rewrite: rewrite}
				w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"), ev("c", 1, "", "x"))
				w.run(s)
				before, err := os.ReadFile(w.stateFile("t"))
				if err != nil {
					t.Fatal(err)
				}
				w.compaction = eager
				for i, lines := range [][]string{{ev("b", 2, "", "y"), ev("d", 1, "", "x")}, {ev("e", 1, "", "x"), ev("a", 2, "d", "")}, {ev("d", 2, "", "z")}} {
					w.put(fmt.Sprintf("f/%d.json", i+2), lines...)
					w.run(s)
				}
				if n := operations(w.open("t"))[delta.OpCompact]; n == 0 {
					t.Fatal("nothing was compacted")
				}
				if err := os.WriteFile(w.stateFile("t"), before, 0o644); err != nil {
					t.Fatal(err)
				}
				if lost {
					os.RemoveAll(filepath.Join(w.dir, "tables/t/_seamflow/redirect"))
				}
				w.log = recorder{}
				w.put("f/9.json", ev("a", 3, "", "w"), ev("b", 1, "", "late"), ev("c", 2, "", "w"), ev("d", 2, "d", ""), ev("e", 2, "d", ""))
				sum := w.run(s)
				if built := w.log.has("is built from the table"); built != lost {
					t.Errorf("built from the table: %v", built)
				}
				wantRows(t, w, "t", "a 3 w", "b 2 y", "c 2 w", "d 2 z")
				if c := w.counts(sum, "f"); c.Late != 2 || c.Upserted != 2 || c.Deleted != 1 {
					t.Errorf("counts %+v", c)
				}
			})
		}
	}
}

// TestCompactionBesideTheWork lets a pipeline run for a while with compaction on: batches go on, and rows that die while a
// compaction is on its way stay dead.
func TestCompactionBesideTheWork(t *testing.T) {
	w := newWorld(t)
	w.compaction = eager
	s := spec{live: []string{"f"}, maxFiles: 1}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	opt := w.options()
	opt.AvailableNow = false
	var events []string
	next := func() {
		n := len(events) / 20
		if n >= 40 && w.log.has("compacted") || n == 900 { // on a busy machine the first may take its time
			cancel()
			return
		}
		var lines []string
		for i := range 20 {
			lines = append(lines, ev(fmt.Sprint("k", (n*7+i)%50), n+1, "", fmt.Sprint(i)))
		}
		events = append(events, lines...)
		w.put(fmt.Sprintf("f/%03d.json", n), lines...)
	}
	next()
	opt.Observer = onCommit{&w.log, next}
	if _, err := s.pipeline().Run(ctx, opt); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fold("row", events), w.rows("t")); diff != "" {
		t.Fatalf("%d events (-want +got):\n%s", len(events), diff)
	}
	if n := operations(w.open("t"))[delta.OpCompact]; n == 0 {
		t.Errorf("no compaction beside %d batches", len(events)/20)
	}
}

// TestDrainStopsACompaction leaves debris of none.
func TestDrainStopsACompaction(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}, maxFiles: 1}
	for i := range 4 {
		w.put(fmt.Sprintf("f/%d.json", i), ev("a", i, "", "x"))
	}
	w.run(s)
	p, ctx := s.pipeline(), t.Context()
	opt := w.options()
	opt.compaction = eager
	env, err := newEnvironment(&p, opt)
	if err != nil {
		t.Fatal(err)
	}
	workers, err := p.open(ctx, env)
	defer closeAll(workers)
	if err != nil {
		t.Fatal(err)
	}
	k := workers[0].compactors[0]
	k.begin(ctx, eager)
	if k.job == nil {
		t.Fatal("nothing was begun")
	}
	workers[0].stopCompactions()
	entries, err := os.ReadDir(filepath.Join(w.dir, "tables/t"))
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".parquet") {
			files++
		}
	}
	if files != 4 {
		t.Errorf("%d data files, there were 4", files)
	}
}

// TestFailedCompactionFailsNothing: the disk is full for the compaction alone.
func TestFailedCompactionFailsNothing(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}, maxFiles: 1}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("f/2.json", ev("b", 1, "", "x"))
	w.run(s)
	name := w.open("t").Files()[0].Path
	full := filepath.Join(w.dir, "tables/t", name)
	if err := os.Rename(full, full+".away"); err != nil {
		t.Fatal(err)
	}
	w.compaction = eager
	w.put("f/3.json", ev("c", 1, "", "x"))
	w.run(s)
	if !w.log.has("a compaction failed") {
		t.Error("it is not told")
	}
	if err := os.Rename(full+".away", full); err != nil {
		t.Fatal(err)
	}
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x")
	if n := len(w.open("t").Files()); n != 1 {
		t.Errorf("%d files", n)
	}
}

// TestForeignOptimizeMeanwhile: the compaction is dropped, or follows.
func TestCompactionIsDroppedWhereItsFilesWent(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, maxFiles: 1}
	for i := range 3 {
		w.put(fmt.Sprintf("f/%d.json", i), ev(fmt.Sprint("k", i), i, "", "x"))
	}
	w.run(s)
	p, ctx := s.pipeline(), t.Context()
	opt := w.options()
	opt.compaction = eager
	env, _ := newEnvironment(&p, opt)
	workers, err := p.open(ctx, env)
	defer closeAll(workers)
	if err != nil {
		t.Fatal(err)
	}
	k := workers[0].compactors[0]
	k.begin(ctx, eager)
	<-k.job.done
	other := w.open("t")
	c, err := other.NewCompaction(filePaths(other.Files())[:2])
	if err == nil {
		err = c.Write(ctx, 1<<20)
	}
	if err == nil {
		_, err = other.Compact(ctx, c, time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := k.handOver(ctx); ok || err != nil {
		t.Fatalf("handed over: %v, %v", ok, err)
	}
	if !w.log.has("was dropped") {
		t.Error("it is not told")
	}
	closeAll(workers)
	w.put("f/9.json", ev("k1", 5, "", "y"))
	w.run(s)
	wantRows(t, w, "t", "k0 0 x", "k1 5 y", "k2 2 x")
}

func TestCrashAnywhereInACompactingRun(t *testing.T) {
	want := map[string][]string{
		"row":    {"a 2 y", "b 2 z", "c 1 z"},
		"append": {"a 1 x", "a 2 y", "b 2 x", "b 2 z", "c 1 z"},
	}
	for kind := range want {
		for _, rewrite := range []bool{false, true} {
			if rewrite && kind != "row" {
				continue
			}
			t.Run(fmt.Sprintf("%s_rewrite_%v", kind, rewrite), func(t *testing.T) {
				t.Parallel()
				s := spec{kind: kind, live: []string{"f"}, maxFiles: 1, rewrite: rewrite}
				everywhere(t, scene{
					spec: s,
					prepare: func(w *world) {
						w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "x"))
						w.run(s)
						w.put("f/2.json", ev("a", 2, "", "y"), "{broken")
						w.put("f/3.json", ev("b", 2, "", "z"), ev("c", 1, "", "z"))
						w.compaction = eager
					},
					act: func(w *world) error {
						_, err := w.tryRun(s)
						return err
					},
					rows: want[kind],
				})
			})
		}
	}
}

// TestSwitchToDeletionVectors is a protocol upgrade, and there is no way back.
func TestSwitchToDeletionVectors(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, rewrite: true}
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"))
	w.run(s)
	w.put("f/2.json", ev("a", 2, "", "y"))
	w.run(s)
	if table := w.open("t"); !table.Rewrites() || table.Files()[0].Dead+table.Files()[len(table.Files())-1].Dead > 0 {
		t.Fatalf("rewrites: %v, files %+v", table.Rewrites(), table.Files())
	}
	s.rewrite = false
	w.put("f/3.json", ev("a", 3, "", "z"))
	w.run(s)
	table := w.open("t")
	if table.Rewrites() || !slices.ContainsFunc(table.Files(), func(f *delta.File) bool { return f.Dead > 0 }) && len(table.Files()) > 2 {
		t.Errorf("rewrites: %v, %d files", table.Rewrites(), len(table.Files()))
	}
	wantRows(t, w, "t", "a 3 z", "b 1 x")
	s.rewrite = true
	if _, err := w.tryRun(s); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "updates") {
		t.Errorf("the way back: %v", err)
	}
}

// TestQuarantineIsCompacted: its records are those that were set aside, and a replay finds each of them.
func TestQuarantineIsCompacted(t *testing.T) {
	w := newWorld(t)
	w.compaction = eager
	s := spec{live: []string{"f"}, maxFiles: 1}
	for i := range 4 {
		w.put(fmt.Sprintf("f/%d.json", i), ev(fmt.Sprint("k", i), i+1, "", "bad"), "{broken")
		w.run(s)
	}
	table := w.open("t__quarantine")
	if n := operations(table)[delta.OpCompact]; n == 0 || len(table.Files()) != 1 {
		t.Fatalf("%d compactions, %d files", n, len(table.Files()))
	}
	before := w.outcome(s)
	if len(before.Set) != 8 {
		t.Fatalf("%d records are set aside: %v", len(before.Set), before.Set)
	}
	if _, err := projectMended(s).QuarantineReplay(t.Context(), w.options(), ""); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "k0 1 bad", "k1 2 bad", "k2 3 bad", "k3 4 bad")
	w.run(s)
	if n := len(w.outcome(s).Set); n != 4 {
		t.Errorf("%d records are left", n)
	}
}
