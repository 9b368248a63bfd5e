package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/state"
)

// listed gives the names in a folder of the table that start with prefix.
func (w *world) listed(dir, prefix string) (names []string) {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, dir))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			names = append(names, e.Name())
		}
	}
	return names
}

// interrupted runs s until its once flow has made its list, and not further.
func (w *world) interrupted(s spec) {
	w.t.Helper()
	opt := w.options()
	ctx, stop := context.WithCancel(contextOf(w))
	opt.Observer = stopAt{&w.log, "once flow: will read", stop}
	if _, err := s.pipeline().Run(ctx, opt); err != nil {
		w.t.Fatalf("interrupted run: %v", err)
	}
}

// TestFileOfAFrozenListThatIsGone is not waited for, and the way out is one that works.
func TestFileOfAFrozenListThatIsGone(t *testing.T) {
	for kind, way := range map[string]string{"row": "reset old", "append": "reset t"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			s := spec{kind: kind, once: []string{"old"}}
			w.put("old/1.json", ev("a", 1, "", "x"))
			w.put("old/2.json", ev("b", 1, "", "x"))
			w.interrupted(s)
			os.Remove(filepath.Join(w.dir, "in/old/1.json"))
			_, err := w.tryRun(s)
			if ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), way+"`") || !strings.Contains(err.Error(), "in/old/1.json") {
				t.Fatalf("got %v: want an error that names the file and the way out, %s", err, way)
			}
			if _, err := s.pipeline().Reset(t.Context(), w.options(), strings.Fields(way)[1], func(*ResetPlan) bool { return true }); err != nil {
				t.Fatal(err)
			}
			w.run(s)
			wantRows(t, w, "t", "b 1 x")
		})
	}
}

// TestRepairedFileOfAFrozenList: a once flow that met a damaged file goes on when the file is sound.
func TestRepairedFileOfAFrozenList(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", once: []string{"old"}}
	w.put("old/1.json", ev("a", 1, "", "x"))
	w.put("old/2.json", "["+ev("b", 1, "", "x"))
	if _, err := w.tryRun(s); ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "put a sound file in its place") {
		t.Fatalf("got %v", err)
	}
	wantRows(t, w, "t")
	w.put("old/2.json", ev("b", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
}

// TestFileThatGoesAwayBeforeItIsRead is no error of a flow that looks again.
func TestFileThatGoesAwayBeforeItIsRead(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("f/2.json", ev("b", 1, "", "x"))
	s := spec{live: []string{"f"}, maxFiles: 1}
	opt := w.options()
	opt.Observer = onCommit{&w.log, func() { os.Remove(filepath.Join(w.dir, "in/f/2.json")) }}
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a 1 x")
}

func TestDamagedFileNamesTheWayOut(t *testing.T) {
	for name, file := range map[string]struct {
		name, text string
		format     Format
	}{
		"array_without_end": {"1.json", "[" + ev("a", 1, "", "x") + ",\n" + ev("b", 1, "", "x"), JSON},
		"not_gzip":          {"1.json.gz", ev("a", 1, "", "x"), JSON},
		"header_twice":      {"1.csv", "id,id\na,b\n", CSV},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := spec{live: []string{"f"}, format: file.format}
			w.put("f/0" + file.name[1:]) // nothing in it, and that is fine
			w.put("f/" + file.name)
			path := filepath.Join(w.dir, "in/f", file.name)
			if strings.HasSuffix(name, "gzip") {
				os.Remove(filepath.Join(w.dir, "in/f/0.json.gz"))
			}
			os.WriteFile(path, []byte(file.text), 0o644)
			os.Chtimes(path, w.clock, w.clock)
			_, err := w.tryRun(s)
			if ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), file.name) || !strings.Contains(err.Error(), "move it out") {
				t.Fatalf("got %v", err)
			}
			wantRows(t, w, "t")
			if left := w.listed("tables/t", "part-"); len(left) > 0 {
				t.Errorf("files of no commit are left: %v", left)
			}
			os.Remove(path)
			w.run(s)
		})
	}
}

// TestFailedBatchLeavesNoFiles: a file that is damaged stays so, and run after run would fill the disk.
func TestFailedBatchLeavesNoFiles(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	for round := range 40 { // ties with rows of the file that is being written complete it
		var lines []string
		for key := range 50 {
			lines = append(lines, ev(fmt.Sprintf("k%02d", key), round/8, "", fmt.Sprintf("%03d", (round*37+key*11)%101)))
		}
		w.put(fmt.Sprintf("f/%02d.json", round), append(lines, "{broken")...)
	}
	w.put("f/damaged.json.gz", "no gzip")
	if err := w.runGroups(s, 1<<10); ExitCode(err) != ExitEnvironment {
		t.Fatalf("got %v", err)
	}
	if left := w.listed("tables/t", "part-"); len(left) > 0 {
		t.Errorf("data files are left: %v", left)
	}
	if left := w.listed("tables/t__quarantine", "part-"); len(left) > 0 {
		t.Errorf("quarantine files are left: %v", left)
	}
}

// TestRecordThatWasCutIsNotReplayed: the start of a CSV record may look like a whole one.
func TestRecordThatWasCutIsNotReplayed(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}, format: CSV}
	p := s.pipeline()
	env, err := newEnvironment(&p, w.options())
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.Tables[0].open(env)
	if err != nil {
		t.Fatal(err)
	}
	raw := append([]byte("1,a,,"), make([]byte, csvr.DefaultMaxRecord-5)...)
	for i := range raw[5:] {
		raw[5+i] = 'x'
	}
	b := &batch{w: k, flow: k.flows[0], rows: k.rows}
	bad, err := k.flows[0].folders[0].replay(t.Context(), &quarantined{Flow: "f", Raw: raw, Header: "seq,id,op,val\n"}, b)
	if bad == nil || err != nil {
		t.Fatalf("it was taken: %v, %v", bad, err)
	}
}

func TestBadRecordsOfManyPaths(t *testing.T) {
	r := rejects{b: &batch{w: &worker{def: definition{onBadRecord: Fail}}}, columns: map[string]int64{}}
	for i := range 1000 {
		for _, column := range []string{"items[" + string(rune('0'+i%10)) + "].price", "name" + strings.Repeat("x", i)} {
			if err := r.add(t.Context(), &quarantined{Column: column}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(r.columns) > columnsTold+1 || r.columns["items[].price"] != 1000 || r.columns[otherColumns] == 0 {
		t.Errorf("%d columns are told apart, items[].price %d times", len(r.columns), r.columns["items[].price"])
	}
}

// TestResetSparesTablesOfOthers even where their protocol would let us write.
func TestResetSparesTablesOfOthers(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Join(w.dir, "tables/t")
	if _, err := delta.Create(t.Context(), w.fs, dir, delta.NewTable{Schema: rowSchema, Keyed: true}); err != nil {
		t.Fatal(err)
	}
	s := spec{live: []string{"f"}}
	_, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true })
	if ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "did not make") {
		t.Fatalf("got %v", err)
	}
}

func TestTablesInOnePlace(t *testing.T) {
	for _, path := range []string{"tables/t", "tables/t__quarantine", "tables/t/inner", "./tables/../tables/t/"} {
		w := newWorld(t)
		w.put("f/1.json", ev("a", 1, "", "x"))
		p := spec{live: []string{"f"}}.pipeline()
		other := spec{live: []string{"g"}, table: "u"}.runner().(*table[row])
		other.Path = path
		p.Tables = append(p.Tables, other)
		if _, err := p.Run(t.Context(), w.options()); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "folder of its own") {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestWaitingForATableIsTold(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	s := spec{live: []string{"f"}}
	lock, err := delta.Lock(t.Context(), w.fs, filepath.Join(w.dir, "tables/t"), 0, "other")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	opt := w.options()
	opt.Wait = 10 * time.Millisecond
	var owned *delta.OwnedError
	if _, err := s.pipeline().Run(t.Context(), opt); !errors.As(err, &owned) || owned.Pipeline != "other" {
		t.Fatalf("got %v", err)
	}
	if !w.log.has("waiting up to 10ms") {
		t.Error("nobody was told that it waited")
	}
}

// TestOlderCopyOfTheTable: what is set aside after it was put back is not lost, although the quarantine is ahead of it.
func TestOlderCopyOfTheTable(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	dir, copied := filepath.Join(w.dir, "tables/t"), filepath.Join(w.dir, "copy")
	w.put("f/1.json", ev("a", 1, "", "x"), "{one")
	w.run(s)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"two", "three"} {
		w.put("f/"+name+".json", "{"+name)
		w.run(s)
	}
	os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	w.put("f/4.json", "{four", ev("b", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	set := w.outcome(s).Set
	if len(set) != 6 || !strings.Contains(strings.Join(set, " "), "{four") { // two and three a second time
		t.Errorf("set aside: %q", set)
	}
}

func TestBacklogGoesInChunks(t *testing.T) {
	w := newWorld(t)
	var size int64
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		line := ev("k"+name, 1, "", "x")
		w.put("f/"+name+".json", line)
		size = int64(len(line)) + 1
	}
	p := spec{live: []string{"f"}}.pipeline()
	p.MaxBytesPerCommit = 2*size + 1
	commits := 0
	opt := w.options()
	opt.Observer = onCommit{&w.log, func() { commits++ }}
	if _, err := p.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if commits != 3 {
		t.Errorf("5 files of which 2 fit into a commit took %d commits", commits)
	}
}

func TestSourceFilesThatAreEmptiedOrDeletedLater(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		w := newWorld(t)
		s := spec{kind: kind, live: []string{"f"}}
		w.put("f/1.json", ev("a", 1, "", "x"))
		w.put("f/2.json", ev("b", 1, "", "x"))
		w.run(s)
		os.Remove(filepath.Join(w.dir, "in/f/1.json"))
		w.put("f/2.json")
		if n := w.counts(w.run(s), "f").Read; n != 0 {
			t.Errorf("%s: %d records were read", kind, n)
		}
		wantRows(t, w, "t", "a 1 x", "b 1 x")
		if !w.log.has("in/f/2.json changed after it was read") {
			t.Errorf("%s: nobody was told of the file that was emptied", kind)
		}
	}
}

// TestTwoFlowsOfOneSource each read all of it.
func TestTwoFlowsOfOneSource(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "d", ""), "{broken")
	p := spec{kind: "append", live: []string{"f", "g"}}.pipeline()
	src := spec{}.source("f")
	for i := range 2 {
		p.Tables[0].(*table[row]).Flows[i].Inputs = []Input[row]{From(src, appendRow)}
	}
	for range 2 {
		if _, err := p.Run(t.Context(), w.options()); err != nil {
			t.Fatal(err)
		}
		wantRows(t, w, "t", "a 1 x", "a 1 x", "b 1 ", "b 1 ")
	}
}

// TestChangedFilterIsTold by the running binary, once, and stops nothing.
func TestChangedFilterIsTold(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	run := func(where string) {
		w.log.events = nil
		p := spec{kind: "append", live: []string{"f"}}.pipeline()
		p.Tables[0].(*table[row]).Contract.Flows[0].Inputs = []contract.Input{{Source: "f_files", Kind: "files", Where: []string{where}}}
		if _, err := p.Run(t.Context(), w.options()); err != nil {
			t.Fatal(err)
		}
	}
	const told = "flows.f.where: the filter on f_files was (day < 5) and is now (day < 9)"
	run("(day < 5)")
	for i := range 2 {
		if run("(day < 9)"); w.log.has(told) != (i == 0) {
			t.Errorf("run %d: %q", i, w.log.events)
		}
	}
}

// TestRenamedFlowOfAnAppendTableIsRefused: it would read its source from the start.
func TestRenamedFlowOfAnAppendTableIsRefused(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	run := func(name string) error {
		p := spec{kind: "append", live: []string{"f"}}.pipeline()
		tab := p.Tables[0].(*table[row])
		tab.Flows[0].Name, tab.Contract.Flows[0].Name = name, name
		tab.Contract.Flows[0].Inputs = []contract.Input{{Source: "f_files", Kind: "files", Path: "in/f/*.json*"}}
		_, err := p.Run(t.Context(), w.options())
		return err
	}
	if err := run("f"); err != nil {
		t.Fatal(err)
	}
	if err := run("g"); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "`was: f`") {
		t.Fatalf("got %v", err)
	}
	wantRows(t, w, "t", "a 1 x")
}

// TestNameOfATableAndAFlow is not taken for either: a reset of the one wipes rows that a reset of the other keeps.
func TestNameOfATableAndAFlow(t *testing.T) {
	w := newWorld(t)
	w.put("t/1.json", ev("a", 1, "", "x"))
	s := spec{live: []string{"t"}}
	w.run(s)
	reset := func(name string) (*ResetPlan, error) {
		return s.pipeline().Reset(t.Context(), w.options(), name, func(*ResetPlan) bool { return false })
	}
	if _, err := reset("t"); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "flow:t") {
		t.Errorf("got %v", err)
	}
	if plan, err := reset("flow:t"); err != nil || plan.Flow != "t" || plan.Rows != 0 {
		t.Errorf("the flow: %+v, %v", plan, err)
	}
	if plan, err := reset("table:t"); err != nil || plan.Flow != "" || plan.Rows != 1 {
		t.Errorf("the table: %+v, %v", plan, err)
	}
}

// TestManyDeletesOfOneKey take one place in the batch.
func TestManyDeletesOfOneKey(t *testing.T) {
	var counts observe.Counts
	k := newKeyed(state.New(), 1, &counts, false)
	id, _ := k.index.Put([]byte("a"))
	for seq := range 100 {
		e := k.index.Get(id)
		k.judge(id, &e, &merge.Change{Key: []byte("a"), Seq: []byte{byte(seq)}, Delete: true}, 0)
	}
	if e := k.index.Get(id); len(k.tombs) != 1 || !k.buried(&e) || counts.Deleted != 1 || counts.Deduplicated != 99 {
		t.Errorf("%d tombstones, counts %+v", len(k.tombs), counts)
	}
}

func TestReasonsAreBrief(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", `{"id":"a","seq":1,"`+strings.Repeat("é", 1<<20)+`":}`)
	s := spec{live: []string{"f"}}
	w.run(s)
	err := s.pipeline().QuarantineList(t.Context(), w.options(), "", func(r *Rejected) {
		if len(r.Reason) > 2000 || len(r.Column) > 2000 {
			t.Errorf("reason of %d bytes, column of %d", len(r.Reason), len(r.Column))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestIndexThatIsBuiltIsTold, where there is something to build it of.
func TestIndexThatIsBuiltIsTold(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	if w.run(s); w.log.has("is built from the table") {
		t.Error("told of a table that has nothing in it")
	}
	os.Remove(w.stateFile("t"))
	w.put("f/2.json", ev("b", 1, "", "x"))
	if w.run(s); !w.log.has("is built from the table") {
		t.Error("not told")
	}
}

// TestWrongFolderIsLeftAlone: where the sources are not, no table is made.
func TestWrongFolderIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	for _, s := range []spec{{live: []string{"f", "missing"}}, {live: []string{"f"}, once: []string{"missing"}}} {
		if _, err := w.tryRun(s); ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "in/missing does not exist") {
			t.Fatalf("got %v", err)
		}
		if _, err := os.Stat(filepath.Join(w.dir, "tables")); !os.IsNotExist(err) {
			t.Fatalf("something was made: %v", err)
		}
	}
}
