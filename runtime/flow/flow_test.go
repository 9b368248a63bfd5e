package flow

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/observe"
)

func wantRows(t *testing.T, w *world, table string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.rows(table)); diff != "" {
		t.Fatalf("rows of %s (-want +got):\n%s", table, diff)
	}
}

func TestEachFileIsReadOnceOverRestarts(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			s := spec{kind: kind, live: []string{"f"}}
			w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"))
			if n := w.counts(w.run(s), "f").Read; n != 2 {
				t.Fatalf("first run read %d records, want 2", n)
			}
			if n := w.counts(w.run(s), "f").Read; n != 0 {
				t.Fatalf("second run read %d records, want none", n)
			}
			w.put("f/2.json", ev("c", 1, "", "x"))
			if n := w.counts(w.run(s), "f").Read; n != 1 {
				t.Fatalf("third run read %d records, want 1", n)
			}
			wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x")
		})
	}
}

func TestOnceFlowNeverReadsWhatIsAddedLater(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, once: []string{"old"}}
	w.put("f/1.json", ev("a", 5, "", "new"))
	w.put("old/1.json", ev("a", 1, "", "old"), ev("b", 1, "", "old"))
	w.run(s)
	wantRows(t, w, "t", "a 5 new", "b 1 old")
	w.put("old/2.json", ev("c", 9, "", "never"))
	sum := w.run(s)
	wantRows(t, w, "t", "a 5 new", "b 1 old")
	if got := sum.Tables[0].Flows[1].State; got != StateComplete {
		t.Errorf("the once flow is %s, want complete", got)
	}
}

func TestOnceFlowIsReadAgainAfterReset(t *testing.T) {
	w := newWorld(t)
	s := spec{once: []string{"old"}}
	w.put("old/1.json", ev("a", 1, "", "x"))
	w.run(s)
	w.put("old/2.json", ev("b", 1, "", "x"))
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "old", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	c := w.counts(w.run(s), "old")
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	if c.Read != 2 || c.Deduplicated != 1 || c.Upserted != 1 {
		t.Errorf("counts %+v: want 2 read, one of them known", c)
	}
}

func TestEmptySourceOfOnceFlow(t *testing.T) {
	w := newWorld(t)
	os.MkdirAll(filepath.Join(w.dir, "in", "old"), 0o755)
	_, err := w.tryRun(spec{once: []string{"old"}})
	if err == nil || ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "allow_empty") {
		t.Fatalf("got %v: want an error that names allow_empty", err)
	}
	s := spec{once: []string{"old"}, allowEmpty: true}
	w.run(s)
	w.put("old/1.json", ev("a", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t")
}

func TestLateOrderChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.backlog = -1 // two passes call what is older than both the batch and the table a repeat
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 5, "", "new"))
	w.run(s)
	w.put("f/2.json", ev("a", 4, "", "older"), ev("a", 5, "", "new"), ev("a", 3, "d", ""))
	c := w.counts(w.run(s), "f")
	wantRows(t, w, "t", "a 5 new")
	if diff := cmp.Diff(observe.Counts{Read: 3, Late: 2, Deduplicated: 1}, c); diff != "" {
		t.Error(diff)
	}
}

func TestTombstonesOfAnEarlierCommit(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, maxFiles: 1}
	w.put("f/1.json", ev("a", 5, "d", ""), ev("b", 5, "d", ""), ev("c", 5, "d", ""))
	w.put("f/2.json", ev("a", 4, "", "x"), ev("b", 6, "d", ""), ev("c", 6, "", "x"))
	sum := w.run(s)
	want := observe.Counts{Read: 6, Deleted: 4, Upserted: 1, Late: 1}
	if diff := cmp.Diff(want, w.counts(sum, "f")); diff != "" {
		t.Error(diff)
	}
	wantRows(t, w, "t", "c 6 x")
}

func TestSequenceThatMovesOutOfTheColumnsIsRefused(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(spec{live: []string{"f"}})
	_, err := w.tryRun(spec{kind: "slim", live: []string{"f"}})
	if ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "merge log") {
		t.Fatalf("got %v", err)
	}
}

func TestCancelledRunIsNoError(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	lock, err := delta.Lock(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t"), 0, "other")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	opt := w.options()
	opt.Wait = time.Minute
	if _, err := s.pipeline().Run(ctx, opt); err == nil {
		t.Error("a run that waited longer than its caller's deadline gave no error")
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := s.pipeline().Run(ctx, opt); err != nil {
		t.Errorf("a run that was told to stop while it waited: %v", err)
	}
}

func TestCountsOfOneBatch(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, onBadRecord: Quarantine}
	w.put("f/1.json", ev("kept", 1, "", "x"), ev("gone", 1, "", "x"), ev("tie", 1, "", "m"))
	w.run(s)
	w.put("f/2.json",
		ev("a", 1, "", "x"), ev("a", 2, "", "y"), ev("a", 2, "", "y"), ev("a", 1, "", "z"), // three give way to one
		ev("b", 1, "", "x"), ev("b", 2, "d", ""), // upserted, then deleted
		ev("gone", 2, "d", ""), ev("never", 1, "d", ""), // deletes, of a row and of nothing
		ev("kept", 0, "", "older"), ev("kept", 1, "", "x"), // late, and a repeat
		ev("tie", 1, "", "a"), ev("tie", 1, "", "z"), // one tie is lost, one is won
		ev("s", 1, "skip", ""), "{broken", ev("q", 1, "", "bad"))
	c := w.counts(w.run(s), "f")
	want := observe.Counts{Read: 15, Filtered: 1, Upserted: 2, Deleted: 3, Deduplicated: 5, Late: 2, Quarantined: 2, Tied: 2}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	wantRows(t, w, "t", "a 2 y", "kept 1 x", "tie 1 z")
}

func TestTiesInAnyOrderAndSplit(t *testing.T) {
	values := []string{"m", "z", "a", "-"}
	for i := range values {
		for _, split := range []bool{false, true} {
			for _, rebuilt := range []bool{false, true} {
				t.Run(fmt.Sprintf("first_%s_split_%v_rebuilt_%v", values[i], split, rebuilt), func(t *testing.T) {
					w := newWorld(t)
					s := spec{live: []string{"f"}}
					if split {
						s.maxFiles = 1
					}
					for j := range values {
						w.put(fmt.Sprintf("f/%d.json", j), ev("k", 1, "", values[(i+j)%len(values)]), ev("k", 1, "d", ""))
						if rebuilt {
							w.run(s)
							os.Remove(w.stateFile("t"))
						}
					}
					w.run(s)
					wantRows(t, w, "t", "k 1 z")
				})
			}
		}
	}
}

// TestTiesWithRowsOfFlushedGroups makes row groups of a few rows, so that the holder of a tie is in the file that is
// being written.
func TestTiesWithRowsOfFlushedGroups(t *testing.T) {
	w := newWorld(t)
	var lines, all []string
	for round := range 40 {
		for key := range 50 {
			lines = append(lines, ev(fmt.Sprintf("k%02d", key), round/8, "", fmt.Sprintf("%03d", (round*37+key*11)%101)))
		}
		w.put(fmt.Sprintf("f/%02d.json", round), lines...)
		all = append(all, lines...)
		lines = lines[:0]
	}
	if err := w.runGroups(spec{live: []string{"f"}}, 1<<10); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fold("row", all), w.rows("t")); diff != "" {
		t.Fatal(diff)
	}
	sum, err := spec{live: []string{"f"}}.pipeline().Status(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	if c := sum.Tables[0].Flows[0].Total; !c.Balanced() || c.Upserted != 50 {
		t.Errorf("counts %+v: want 50 upserted", c)
	}
}

func TestTieStopsTheBatch(t *testing.T) {
	for name, lines := range map[string][]string{
		"two_upserts":   {ev("k", 1, "", "a"), ev("k", 1, "", "b")},
		"delete_upsert": {ev("k", 1, "d", ""), ev("k", 1, "", "b")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := spec{live: []string{"f"}, onTie: Fail}
			w.put("f/1.json", append([]string{ev("z", 1, "", "x")}, lines...)...)
			_, err := w.tryRun(s)
			var tie *TieError
			if !errors.As(err, &tie) || ExitCode(err) != ExitData || !strings.HasSuffix(tie.Record, "f/1.json:3") {
				t.Fatalf("got %v: want a tie at line 3", err)
			}
			wantRows(t, w, "t")
		})
	}
	w := newWorld(t)
	w.put("f/1.json", ev("k", 1, "", "a"), ev("k", 1, "", "a"))
	w.run(spec{live: []string{"f"}, onTie: Fail}) // a repeat is no tie
}

func TestBadRecordFails(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, onBadRecord: Fail}
	w.put("f/1.json", ev("a", 1, "", "x"), "{broken", `{"id":null,"seq":1}`, `{"id":"b","seq":null}`, ev("c", 1, "", "bad"), ev("d", 1, "", "bad"))
	_, err := w.tryRun(s)
	var bad *BadRecordsError
	if !errors.As(err, &bad) || ExitCode(err) != ExitData {
		t.Fatalf("got %v: want a BadRecordsError", err)
	}
	if bad.Total != 5 || bad.ByColumn["id"] != 1 || bad.ByColumn["val"] != 2 || !strings.Contains(bad.First, "1.json:2") {
		t.Errorf("got %+v", bad)
	}
	wantRows(t, w, "t")
}

func TestQuarantineAndReplay(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		for _, format := range []Format{JSON, CSV} {
			t.Run(fmt.Sprintf("%s_%d", kind, format), func(t *testing.T) {
				w := newWorld(t)
				s := spec{kind: kind, live: []string{"f"}, format: format}
				if format == CSV {
					w.put("f/1.csv", "seq,id,op,val", "1,a,,x", "nine,b,,y", "1,c,,bad")
				} else {
					w.put("f/1.json", ev("a", 1, "", "x"), `{"id":"b","seq":"nine","val":"y"}`, ev("c", 1, "", "bad"), "\xff")
				}
				c := w.counts(w.run(s), "f")
				wantRows(t, w, "t", "a 1 x")
				var got []*Rejected
				list := func() {
					got = nil
					if err := s.pipeline().QuarantineList(t.Context(), w.options(), "", func(r *Rejected) { got = append(got, r) }); err != nil {
						t.Fatal(err)
					}
				}
				list()
				if len(got) != int(c.Quarantined) || c.Quarantined < 2 || got[0].Column == "" || got[0].Flow != "f" {
					t.Fatalf("%d quarantined, listed %+v", c.Quarantined, got)
				}
				before := len(got)
				// The mistake is mended: "bad" is good now.
				errGood := errRefused
				mended := projectMended(s)
				r, err := mended.QuarantineReplay(t.Context(), w.options(), "f")
				if err != nil {
					t.Fatal(err)
				}
				if len(r) != 1 || r[0].Tried != int64(before) || r[0].Bad != int64(before)-1 {
					t.Fatalf("replay %+v (%v)", r, errGood)
				}
				wantRows(t, w, "t", "a 1 x", "c 1 bad")
				list()
				if len(got) != before-1 {
					t.Fatalf("%d records stay, want %d", len(got), before-1)
				}
				if r, err = mended.QuarantineReplay(t.Context(), w.options(), ""); err != nil || r[0].Bad != int64(before)-1 {
					t.Fatalf("second replay %+v, %v", r, err)
				}
				wantRows(t, w, "t", "a 1 x", "c 1 bad")
			})
		}
	}
}

func TestContractIsRefused(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(spec{live: []string{"f"}})
	w.put("f/2.json", ev("b", 1, "", "x"))
	_, err := w.tryRun(spec{kind: "append", live: []string{"f"}})
	var refused *ContractError
	if !errors.As(err, &refused) || ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "reset t") {
		t.Fatalf("got %v: want a ContractError that names the way out", err)
	}
	wantRows(t, w, "t", "a 1 x")
	// The way out works.
	s := spec{kind: "append", live: []string{"f"}}
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
}

func TestNewColumnIsAdded(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	s := spec{live: []string{"f"}, kind: "append"}
	narrow := s.pipeline()
	tab := narrow.Tables[0].(*table[row])
	tab.Schema = rowSchema[:2]
	tab.Contract.Columns = tab.Contract.Columns[:2]
	tab.NewRows = func() column.Rows[row] { return newPairRows() }
	if _, err := narrow.Run(t.Context(), w.options()); err != nil {
		t.Fatal(err)
	}
	w.put("f/2.json", ev("b", 1, "", "y"))
	w.run(s)
	wantRows(t, w, "t", "a 1 -", "b 1 y")
}

func TestSecondProcessIsToldWhoOwnsTheTable(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	s := spec{live: []string{"f"}}
	w.run(s)
	lock, err := delta.Lock(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t"), 0, "other")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.tryRun(s)
	var owned *delta.OwnedError
	if !errors.As(err, &owned) || ExitCode(err) != ExitEnvironment {
		t.Fatalf("got %v: want an OwnedError", err)
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		lock.Close()
	}()
	opt := w.options()
	opt.Wait = 10 * time.Second
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatalf("with --wait: %v", err)
	}
}

func TestMissingFolderAndTruncatedGzip(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	_, err := w.tryRun(s)
	if err == nil || ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "in/f") {
		t.Fatalf("got %v: want an error that names the folder", err)
	}
	w.put("f/1.json", ev("a", 1, "", "x"))
	var b strings.Builder
	z := gzip.NewWriter(&b)
	for i := range 1000 {
		fmt.Fprintln(z, ev(fmt.Sprint(i*7919), i, "", "x"))
	}
	z.Close()
	w.put("f/2.json.gz")
	os.WriteFile(filepath.Join(w.dir, "in/f/2.json.gz"), []byte(b.String()[:b.Len()/2]), 0o644)
	_, err = w.tryRun(s)
	if err == nil || ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "2.json.gz") {
		t.Fatalf("got %v: want an error that names the file", err)
	}
	wantRows(t, w, "t")
}

func TestResetOfAppendFlowIsRefused(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	_, err := s.pipeline().Reset(t.Context(), w.options(), "f", func(*ResetPlan) bool { return true })
	if ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "carry no flow") {
		t.Fatalf("got %v", err)
	}
}

func TestResetSaysWhatIsLost(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, once: []string{"old"}}
	w.put("f/1.json", ev("a", 1, "", "x"), "{broken")
	w.put("f/2.json", ev("b", 1, "d", ""))
	w.put("old/1.json", ev("c", 1, "", "x"))
	w.run(s)
	os.Remove(filepath.Join(w.dir, "in/old/1.json"))
	plan, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	if plan.Rows != 2 || plan.Files != 3 || len(plan.Lost) != 1 || !strings.Contains(plan.Lost[0], "in/old/1.json") {
		t.Fatalf("plan %+v", plan)
	}
	wantRows(t, w, "t", "a 1 x", "c 1 x") // not confirmed
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t")
	w.put("old/2.json", ev("d", 1, "", "x"))
	w.put("f/3.json", ev("b", 0, "", "x")) // the tombstone of b at 1 is read again
	sum := w.run(s)
	wantRows(t, w, "t", "a 1 x", "d 1 x")
	if sum.Tables[0].Quarantined != 1 {
		t.Errorf("%d records in quarantine, want the one that was read again", sum.Tables[0].Quarantined)
	}
}

func TestForeignCommitStopsThePipeline(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	sum := w.run(s)
	dir := filepath.Join(w.dir, "tables/t")
	tab, err := delta.Open(t.Context(), w.fs, dir)
	if err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(dir, "_delta_log", fmt.Sprintf("%020d.json", sum.Tables[0].Version+1))
	f := tab.Files()[0]
	text := `{"commitInfo":{"timestamp":1,"operation":"DELETE","engineInfo":"Apache-Spark/4"}}` + "\n" +
		`{"remove":{"path":"` + f.Path + `","deletionTimestamp":1,"dataChange":true}}` + "\n"
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = w.tryRun(s)
	var foreign *ForeignError
	if !errors.As(err, &foreign) || ExitCode(err) != ExitData || foreign.Engine != "Apache-Spark/4" || foreign.Version != sum.Tables[0].Version+1 {
		t.Fatalf("got %v: want a ForeignError", err)
	}
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.run(s)
	wantRows(t, w, "t", "a 1 x")
}

func TestTablePathThatHoldsSomethingElse(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	os.MkdirAll(filepath.Join(w.dir, "tables/t"), 0o755)
	os.WriteFile(filepath.Join(w.dir, "tables/t/letter.txt"), nil, 0o644)
	if _, err := w.tryRun(spec{live: []string{"f"}}); !errors.Is(err, delta.ErrNotDelta) {
		t.Fatalf("got %v", err)
	}
	entries, _ := os.ReadDir(filepath.Join(w.dir, "tables/t"))
	if len(entries) != 1 {
		t.Errorf("the folder was written to: %v", entries)
	}
}

func TestContinuousRunTakesNewFilesAndDrains(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	ctx, cancel := context.WithCancel(t.Context())
	opt := w.options()
	opt.AvailableNow = false
	done := make(chan error)
	go func() {
		_, err := s.pipeline().Run(ctx, opt)
		done <- err
	}()
	waitFor(t, func() bool { return hasRows(w, 1) })
	w.put("f/2.json", ev("b", 1, "", "x"))
	waitFor(t, func() bool { return hasRows(w, 2) })
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("drain: %v", err)
	}
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	if c := w.counts(w.run(s), "f"); c.Read != 0 {
		t.Errorf("read %d records again", c.Read)
	}
}

func hasRows(w *world, n int) bool {
	tab, err := delta.Open(context.Background(), w.fs, filepath.Join(w.dir, "tables/t"))
	if err != nil {
		return false
	}
	rows := 0
	for _, f := range tab.Files() {
		rows += int(f.Rows - f.Dead)
	}
	return rows == n
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("waited in vain")
}

func TestDependsOnWaitsForTheOtherTable(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("g/1.json", ev("b", 1, "", "x"))
	first, second := spec{table: "one", once: []string{"f"}}, spec{table: "two", live: []string{"g"}, dependsOn: map[string][]string{"g": {"f"}}}
	p := first.pipeline()
	p.Tables = append([]TableRunner{second.runner()}, p.Tables...)
	if _, err := p.Run(t.Context(), w.options()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "one", "a 1 x")
	wantRows(t, w, "two", "b 1 x")
}

func TestStatusOfNothingAndOfARun(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, once: []string{"old"}}
	sum, err := s.pipeline().Status(t.Context(), w.options())
	if err != nil || sum.Tables[0].Version != -1 || sum.Tables[0].Flows[0].State != StateNew {
		t.Fatalf("%+v, %v", sum, err)
	}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("old/1.json", ev("b", 1, "", "x"))
	w.run(s)
	sum, err = s.pipeline().Status(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	tab := sum.Tables[0]
	if tab.Rows != 2 || tab.Flows[0].State != StateRunning || tab.Flows[1].State != StateComplete || tab.Flows[0].FilesRead != 1 || tab.Flows[1].Total.Upserted != 1 {
		t.Fatalf("%+v", tab)
	}
}

func TestUnionReadsARecordOnce(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "skip", ""), "{broken")
	s := spec{kind: "append", live: []string{"f"}}
	p := s.pipeline()
	tab := p.Tables[0].(*table[row])
	src := s.source("f")
	tab.Flows[0].Inputs = []Input[row]{From(src, appendRow), From(src, appendRow)}
	sum, err := p.Run(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a 1 x", "a 1 x")
	if c := w.counts(sum, "f"); c.Quarantined != 1 || c.Appended != 2 || !c.Balanced() {
		t.Errorf("counts %+v", c)
	}
}
