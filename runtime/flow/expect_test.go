package flow

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
)

// ruled is a pipeline of a spec whose flows hold records against one rule: val is not "odd".
type ruled struct {
	spec
	action string
	unique string // action of a rule that val is unique, "" for none
}

func (r ruled) pipeline() Pipeline {
	project := projectRow
	t := Table[row]{Schema: rowSchema, Keys: []int{0}, SequenceColumns: []int{1}, NewRows: newRowRows, Key: rowKey, Sequence: rowSequence, AppendRow: rowAppend}
	if r.kind == "append" {
		t, project = Table[row]{Schema: rowSchema, NewRows: newRowRows}, appendRow
	}
	r.table = "t"
	t = flows(r.spec, t, func(e *event, m *Meta, x *row, ch *merge.Change) (bool, error) {
		if ok, err := project(e, m, x, ch); !ok || err != nil {
			return ok, err
		}
		switch {
		case e.Val.V != "odd":
		case r.action == Warn:
			m.Warn(0)
		default:
			return m.Refuse(0)
		}
		return true, nil
	})
	if r.action != "" {
		for i := range t.Flows {
			t.Flows[i].Expectations = []Expectation{{Owner: "tables.t", Name: "even", Rule: "val != 'odd'", Action: r.action}}
		}
	}
	if r.unique != "" {
		t.Uniques = []Unique[row]{{
			Expectation: Expectation{Owner: "tables.t", Name: "one", Rule: "unique (val)", Action: r.unique}, Columns: []int{2},
			Values: func(dst []byte, x *row) ([]byte, bool) {
				if !x.Val.Valid {
					return dst, false
				}
				return value.AppendString(dst, x.Val.V), true
			},
		}}
	}
	return Pipeline{Name: "test", Version: "v0", Tables: []TableRunner{NewTable(t)}}
}

func (r ruled) run(w *world) (FlowSummary, error) {
	sum, err := r.pipeline().Run(contextOf(w), w.options())
	if sum == nil {
		return FlowSummary{}, err
	}
	f := sum.Tables[0].Flows[0]
	if !f.Run.Balanced() {
		w.t.Errorf("counts do not add up: %+v", f.Run)
	}
	return f, err
}

func TestDropInAOnceFlow(t *testing.T) {
	w := newWorld(t)
	w.put("old/1.json", ev("a", 1, "", "odd"), ev("b", 1, "", "x"))
	f, err := ruled{spec: spec{once: []string{"old"}}, action: Drop}.run(w)
	if err != nil {
		t.Fatal(err)
	}
	if f.State != StateComplete || f.Run.Dropped != 1 || f.Expectations[0].Violated != 1 {
		t.Errorf("got %+v", f)
	}
	wantRows(t, w, "t", "b 1 x")
}

// A dropped event did not happen: the older row of its key stays.
func TestDroppedEventDidNotHappen(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"), ev("a", 2, "", "odd"))
	if _, err := (ruled{spec: spec{live: []string{"f"}}, action: Drop}).run(w); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a 1 x")
}

func TestReplayAfterARuleWasLoosened(t *testing.T) {
	w := newWorld(t)
	r := ruled{spec: spec{live: []string{"f"}, onBadRecord: Quarantine}, action: Quarantine}
	w.put("f/1.json", ev("a", 1, "", "odd"), ev("b", 1, "", "x"))
	if _, err := r.run(w); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		action string
		bad    int64
		rows   []string
	}{{Quarantine, 1, []string{"b 1 x"}}, {Fail, 1, []string{"b 1 x"}}, {Warn, 0, []string{"a 1 odd", "b 1 x"}}} {
		r.action = c.action
		all, err := r.pipeline().QuarantineReplay(t.Context(), w.options(), "t")
		if broken := (*ViolationError)(nil); c.action == Fail != errors.As(err, &broken) || c.action != Fail && err != nil {
			t.Fatalf("%s: %v", c.action, err)
		}
		if c.action != Fail && all[0].Bad != c.bad {
			t.Errorf("%s: %d are still bad, want %d", c.action, all[0].Bad, c.bad)
		}
		wantRows(t, w, "t", c.rows...)
	}
}

func TestQuarantineWhereNothingIsSetAsideStopsTheRun(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "odd"), ev("b", 1, "", "x"))
	_, err := ruled{spec: spec{live: []string{"f"}, onBadRecord: Fail}, action: Quarantine}.run(w)
	if ExitCode(err) != ExitData || !strings.Contains(fmt.Sprint(err), "f/1.json:1: expectation even: val != 'odd'") {
		t.Fatalf("got %v", err)
	}
	wantRows(t, w, "t")
}

// liveRow is a row as the reference below knows it.
type liveRow struct {
	seq     int
	val     string
	deleted bool
}

// TestUniqueCountsAsDefined draws events in files, a commit each, and compares what is counted with the definition: the rows
// that a commit stores and whose value another row has then, where one of equal new rows is the first. Whatever is done
// between the commits changes nothing.
func TestUniqueCountsAsDefined(t *testing.T) {
	configs := map[string]ruled{
		"keyed":   {spec: spec{live: []string{"f"}}},
		"append":  {spec: spec{kind: "append", live: []string{"f"}}},
		"rewrite": {spec: spec{live: []string{"f"}, rewrite: true}},
		"ordered": {spec: spec{live: []string{"f"}, cluster: []int{2}}},
	}
	for name, r := range configs {
		r.unique = Warn
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(name, "_", seed), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 5))
				w := newWorld(t)
				if seed > 1 {
					w.memory = 1 << 10 // the indexes are paged
				}
				if seed%2 == 1 {
					w.compaction = eager
				}
				table, seq := map[string]liveRow{}, 0
				for n := range 7 {
					lines, fresh := drawSales(rnd, r.kind == "append", &seq, table)
					w.put(fmt.Sprintf("f/%d.json", n), lines...)
					f, err := r.run(w)
					if err != nil {
						t.Fatal(err)
					}
					if got, want := f.Expectations[0].Violated, violationsOf(table, fresh); got != want {
						t.Fatalf("commit %d: %d violations, want %d\n%s", n, got, want, strings.Join(lines, "\n"))
					}
					if rnd.IntN(3) == 0 {
						os.RemoveAll(w.stateDir())
					}
				}
			})
		}
	}
}

// drawSales gives a file of events, applies them to table, and says which of its rows it stores.
func drawSales(rnd *rand.Rand, appends bool, seq *int, table map[string]liveRow) (lines []string, fresh map[string]bool) {
	fresh = map[string]bool{}
	for range 1 + rnd.IntN(8) {
		*seq++
		e := liveRow{seq: *seq, val: []string{"a", "b", "c", "d", "-"}[rnd.IntN(5)]}
		key := fmt.Sprint("k", rnd.IntN(6))
		if appends {
			key = fmt.Sprint("k", *seq)
		} else {
			e.seq -= rnd.IntN(2) * 1000 // late, as often as not
			e.deleted = rnd.IntN(5) == 0
		}
		op := ""
		if e.deleted {
			op = "d"
		}
		lines = append(lines, ev(key, e.seq, op, e.val))
		if old, ok := table[key]; !ok || old.seq < e.seq {
			table[key], fresh[key] = e, true
		}
	}
	return lines, fresh
}

func violationsOf(table map[string]liveRow, fresh map[string]bool) (n int64) {
	live, stored := map[string]int64{}, map[string]int64{}
	for key, r := range table {
		if r.deleted || r.val == "-" {
			continue
		}
		live[r.val]++
		if fresh[key] {
			stored[r.val]++
		}
	}
	for val, s := range stored {
		if s == live[val] {
			s-- // the first of them has nobody's value
		}
		n += s
	}
	return n
}

// Row groups of a few rows: holders are in files that are open, in groups of the same batch, and die there.
func TestUniqueOverGroupsOfOneBatch(t *testing.T) {
	w := newWorld(t)
	r := ruled{spec: spec{live: []string{"f"}}, unique: Fail}
	var lines []string
	for i := range 500 {
		lines = append(lines, ev(fmt.Sprint("k", i%50), i, "", fmt.Sprint("v", i%50)))
	}
	lines = append(lines, ev("late", 1, "", "v7"), ev("late", 2, "", "free"))
	w.put("f/1.json", lines...)
	w.memory = 1 << 12
	p := r.pipeline()
	env, err := newEnvironment(&p, w.options())
	if err != nil {
		t.Fatal(err)
	}
	workers, err := p.open(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	workers[0].full = 1 << 9
	if err := errors.Join(p.start(t.Context(), workers), runAll(t.Context(), env, workers)); err != nil {
		t.Fatal(err)
	}
	closeAll(workers)
	if n := len(w.rows("t")); n != 51 {
		t.Errorf("%d rows, want 51", n)
	}
	w.put("f/2.json", ev("new", 1, "", "fine"), ev("late", 9, "", "v9"))
	_, err = r.run(w)
	if err == nil || !strings.Contains(err.Error(), "f/2.json:2 has the values of another row") {
		t.Fatalf("got %v", err)
	}
	if n := len(w.rows("t")); n != 51 {
		t.Errorf("%d rows after a run that failed, want 51", n)
	}
}

// A snapshot that is damaged is built again, and one of other columns is not taken.
func TestDamagedUniqueIndexIsBuiltAgain(t *testing.T) {
	w := newWorld(t)
	r := ruled{spec: spec{kind: "append", live: []string{"f"}}, unique: Warn}
	w.put("f/1.json", ev("a", 1, "", "x"))
	if _, err := r.run(w); err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(w.stateDir(), "t.unique", "one.state")
	data, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(index, data, 0o644); err != nil {
		t.Fatal(err)
	}
	w.put("f/2.json", ev("b", 1, "", "x"))
	f, err := r.run(w)
	if err != nil || f.Expectations[0].Violated != 1 {
		t.Errorf("%v, %+v", err, f.Expectations)
	}
	want := []ExpectationSummary{{Owner: "tables.t", Name: "one", Rule: "unique (val)", Action: Warn, Violated: 1, Total: 1}}
	if diff := cmp.Diff(want, slices.Clone(f.Expectations)); diff != "" {
		t.Error(diff)
	}
}
