package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// The scenario is a keyed table's life in steps, each one commit that moves domain "step" on. Whatever happens to the
// disk, the table must stand exactly behind some step, and never before one that was acknowledged.

const scenarioSteps = 6

// scenarioRows gives the ids that are live after a step.
func scenarioRows(step int) map[int64]int {
	ids := map[int64]int{}
	if step >= 1 {
		maps.Copy(ids, idRange(0, 400))
	}
	if step >= 2 {
		delete(ids, 3)
		maps.Copy(ids, idRange(400, 410))
	}
	if step >= 3 {
		for id := int64(0); id < 400; id += 3 {
			delete(ids, id)
		}
	}
	if step >= 4 {
		for id := int64(400); id < 410; id++ {
			delete(ids, id)
		}
	}
	if step >= 5 {
		ids[500] = 1
	}
	return ids
}

// scenarioLog gives the merge log's keys after a step.
func scenarioLog(step int) map[string]string {
	log := map[string]string{}
	for i := 1; i <= step; i++ {
		for _, e := range scenarioEntries(i) {
			log[string(e.Key)] = fmt.Sprintf("%s %d", e.Seq, e.Kind)
		}
	}
	return log
}

func scenarioEntries(step int) []MergeEntry {
	return []MergeEntry{
		{Key: []byte("k"), Seq: []byte{'0' + byte(step)}, Kind: Tombstone},
		{Key: []byte(fmt.Sprintf("k%d", step)), Seq: []byte("s"), Kind: Sequence},
	}
}

// runScenario goes on from where the table stands and tells ack of each step that was acknowledged.
func runScenario(fsys vfs.FS, ack func(step int)) error {
	ctx := context.Background()
	table, err := Open(ctx, fsys, "/data/t")
	if errors.Is(err, ErrNotExist) {
		table, err = Create(ctx, fsys, "/data/t", NewTable{Schema: people, Keyed: true, Domains: map[string]string{"step": "0"}})
	}
	if err != nil {
		return err
	}
	for {
		at := table.Domains("step")["step"]
		step, err := strconv.Atoi(at)
		if err != nil {
			return err
		}
		ack(step)
		if step == scenarioSteps {
			return nil
		}
		tx, err := scenarioTx(table, step+1)
		if err != nil {
			return err
		}
		tx.Expect = map[string]string{"step": at}
		tx.Domains["step"] = strconv.Itoa(step + 1)
		if _, err := table.Commit(ctx, tx); err != nil {
			return err
		}
	}
}

func scenarioTx(table *Table, step int) (*Tx, error) {
	log := table.NewMergeFile()
	for _, e := range scenarioEntries(step) {
		log.Add(e)
	}
	merge, err := log.Close()
	if err != nil {
		return nil, err
	}
	side, err := table.WriteSide("files", []byte(strconv.Itoa(step)))
	if err != nil {
		return nil, err
	}
	tx := &Tx{MergeAdds: []MergeFile{merge}, Domains: map[string]string{"side": side}, Deletes: map[string]*bitmap{}}
	add := func(from, to int64) error {
		f, err := writePeople(table, from, to, 150)
		tx.Adds = append(tx.Adds, f)
		return err
	}
	old := func(rows int64) string { // the file of so many rows
		for _, f := range table.Files() {
			if f.Rows == rows {
				return f.Path
			}
		}
		return "missing"
	}
	switch step {
	case 1:
		err = add(0, 400)
	case 2: // a small vector
		tx.Deletes[old(400)] = rowsOf(3)
		err = add(400, 410)
	case 3: // a large one
		dead := rowsOf()
		for id := uint32(0); id < 400; id += 3 {
			dead.Add(id)
		}
		tx.Deletes[old(400)] = dead
	case 4: // a file's last rows
		tx.Deletes[old(10)] = rowsOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	case 5: // a file that is born with dead rows
		if err = add(499, 501); err == nil {
			tx.Adds[0].Deleted = rowsOf(0)
		}
	case 6:
		tx.AddColumns = column.Schema{{Name: "more", Type: column.Of(column.Date)}}
	}
	return tx, err
}

// checkScenario opens the table and compares all of it with the step that it says it is at, which must be acked or later.
func checkScenario(fsys vfs.FS, acked int) error {
	table, err := Open(context.Background(), fsys, "/data/t")
	if errors.Is(err, ErrNotExist) && acked < 0 {
		return nil
	}
	if err != nil {
		return err
	}
	step, err := strconv.Atoi(table.Domains("step")["step"])
	if err != nil || step < acked || int64(step) != table.Version() {
		return fmt.Errorf("version %d is at step %d (%v), and %d was acknowledged", table.Version(), step, err, acked)
	}
	rows, err := readPeople(table)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(scenarioRows(step), rows); diff != "" {
		return fmt.Errorf("rows of step %d: %s", step, diff)
	}
	log := map[string]string{}
	if err := table.ScanMergeLog(context.Background(), table.MergeFiles(), func(e MergeEntry) {
		log[string(e.Key)] = fmt.Sprintf("%s %d", e.Seq, e.Kind)
	}); err != nil {
		return err
	}
	if diff := cmp.Diff(scenarioLog(step), log); diff != "" {
		return fmt.Errorf("merge log of step %d: %s", step, diff)
	}
	if want := 2 + step/6; len(table.Schema()) != want {
		return fmt.Errorf("%d columns at step %d", len(table.Schema()), step)
	}
	if step > 0 {
		if side, err := table.ReadSide(table.Domains("side")["side"]); err != nil || string(side) != strconv.Itoa(step) {
			return fmt.Errorf("side file of step %d: %q, %v", step, side, err)
		}
	}
	return nil
}

// scenarioCalls is how many calls the whole scenario takes.
func scenarioCalls(t *testing.T) int {
	t.Helper()
	fsys := vfs.NewMem()
	must(t, runScenario(fsys, func(int) {}))
	calls := fsys.Calls()
	must(t, checkScenario(fsys, scenarioSteps))
	return calls
}

var crashPolicies = map[string]func(seed uint64) vfs.Keep{
	"nothing": func(uint64) vfs.Keep { return vfs.KeepNothing },
	"names":   func(uint64) vfs.Keep { return vfs.KeepNames },
	"all":     func(uint64) vfs.Keep { return vfs.KeepAll },
	"some":    vfs.KeepSome,
	"others":  func(seed uint64) vfs.Keep { return vfs.KeepSome(^seed) },
}

func TestCrashAtEveryCall(t *testing.T) {
	calls := scenarioCalls(t)
	for name, policy := range crashPolicies {
		t.Run(name, func(t *testing.T) {
			for k := 1; k <= calls; k++ {
				fsys := vfs.NewMem()
				fsys.StopAt(k)
				acked := -1
				if err := runScenario(fsys, func(step int) { acked = step }); !errors.Is(err, vfs.ErrStopped) {
					t.Fatalf("call %d: the scenario went on: %v", k, err)
				}
				after := fsys.Crash(policy(uint64(k)))
				if err := checkScenario(after, acked); err != nil {
					t.Fatalf("crash at call %d (%v): %v", k, fsys.Trace()[k-1], err)
				}
				if err := runScenario(after, func(int) {}); err != nil {
					t.Fatalf("crash at call %d: going on: %v", k, err)
				}
				if err := checkScenario(after, scenarioSteps); err != nil {
					t.Fatalf("crash at call %d: after going on: %v", k, err)
				}
			}
		})
	}
}

// A disk that fails once, before or after it did its work, and a process that goes on with the table or dies.
func TestFailureOfEveryCall(t *testing.T) {
	calls := scenarioCalls(t)
	broken := errors.New("broken disk")
	for name, fail := range map[string]func(*vfs.Mem, int, error){"before": (*vfs.Mem).FailAt, "after": (*vfs.Mem).FailAfter} {
		t.Run(name, func(t *testing.T) {
			for k := 1; k <= calls; k++ {
				fsys := vfs.NewMem()
				fail(fsys, k, broken)
				acked := -1
				err := runScenario(fsys, func(step int) { acked = step })
				if err != nil && !errors.Is(err, broken) {
					t.Fatalf("call %d (%v): the cause is lost: %v", k, fsys.Trace()[k-1], err)
				}
				for _, disk := range []*vfs.Mem{fsys, fsys.Crash(vfs.KeepNothing), fsys.Crash(vfs.KeepSome(uint64(k)))} {
					if err := checkScenario(disk, acked); err != nil {
						t.Fatalf("failure of call %d (%v): %v", k, fsys.Trace()[k-1], err)
					}
					if err := runScenario(disk, func(int) {}); err != nil {
						t.Fatalf("failure of call %d: going on: %v", k, err)
					}
					if err := checkScenario(disk, scenarioSteps); err != nil {
						t.Fatalf("failure of call %d: after going on: %v", k, err)
					}
				}
			}
		})
	}
}

// A handle outlives failures: a commit that failed for whatever reason is settled by Refresh, and tried again.
func TestHandleGoesOnAfterFailures(t *testing.T) {
	ctx := context.Background()
	for _, after := range []bool{false, true} {
		for k := 1; ; k++ {
			fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
			_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "f", Rows: 5000}}})
			must(t, err)
			dead := rowsOf()
			for i := range uint32(500) {
				dead.Add(i * 9)
			}
			tx := &Tx{Deletes: map[string]*bitmap{"f": dead}, Domains: map[string]string{"n": "1"}, Expect: map[string]string{"n": ""}}
			from := fsys.Calls()
			if after {
				fsys.FailAfter(from+k, errors.New("broken disk"))
			} else {
				fsys.FailAt(from+k, errors.New("broken disk"))
			}
			version, err := table.Commit(ctx, tx)
			if fsys.Calls() < from+k {
				break // the commit takes fewer calls
			}
			if err != nil {
				seen, rerr := table.Refresh(ctx)
				must(t, rerr)
				if len(seen) == 0 {
					version, err = table.Commit(ctx, tx)
					must(t, err)
				} else if !errors.Is(err, ErrUnclear) {
					t.Fatalf("call %d: the commit was made, and the error was %v", k, err)
				} else {
					version = seen[0].Version
				}
			} else if seen, err := table.Refresh(ctx); err != nil || len(seen) > 0 {
				t.Fatalf("call %d: an acknowledged commit is told as news: %v, %v", k, seen, err)
			}
			reopened, err := Open(ctx, fsys, table.Dir())
			must(t, err)
			for _, h := range []*Table{table, reopened} {
				f, ok := h.File("f")
				if version != 2 || h.Version() != 2 || !ok || f.Dead != 500 || h.Domains("")["n"] != "1" {
					t.Fatalf("call %d (%v): version %d, handle at %d, file %+v", k, fsys.Trace()[from+k-1], version, h.Version(), f)
				}
			}
		}
	}
}

// A version that its maker could not sync, and then died: whoever has read it may rely on it, and so it must last.
func TestReadVersionsAreDurable(t *testing.T) {
	ctx := context.Background()
	for name, read := range map[string]func(fsys vfs.FS, old *Table) (*Table, error){
		"open": func(fsys vfs.FS, old *Table) (*Table, error) { return Open(ctx, fsys, old.Dir()) },
		"refresh": func(fsys vfs.FS, old *Table) (*Table, error) {
			_, err := old.Refresh(ctx)
			return old, err
		},
	} {
		fsys, table := memTable(t, NewTable{Schema: people})
		reader, err := Open(ctx, fsys, table.Dir())
		must(t, err)
		fsys.FailAt(fsys.Calls()+callsToSync(t), errors.New("broken disk"))
		if _, err := table.Commit(ctx, &Tx{Domains: map[string]string{"a": "1"}}); !errors.Is(err, ErrUnclear) {
			t.Fatalf("the sync of the log failed, and the error is %v", err)
		}
		if reader, err = read(fsys, reader); err != nil || reader.Version() != 1 {
			t.Fatalf("%s: version %d, %v", name, reader.Version(), err)
		}
		after, err := Open(ctx, fsys.Crash(nil), table.Dir())
		must(t, err)
		if after.Version() != 1 {
			t.Errorf("%s: the version that was read is gone after a crash", name)
		}
	}
}

// callsToSync is how many calls a commit makes up to the sync of the log folder, that one included.
func callsToSync(t *testing.T) int {
	t.Helper()
	fsys, table := memTable(t, NewTable{Schema: people})
	from := fsys.Calls()
	_, err := table.Commit(context.Background(), &Tx{Domains: map[string]string{"a": "1"}})
	must(t, err)
	for k, call := range fsys.Trace()[from:] {
		if call.Op == "syncdir" {
			return k + 1
		}
	}
	t.Fatal("the log folder is not synced")
	return 0
}
