package expectations

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// world is a data folder.
type world struct {
	*testing.T
	dir string
}

func newWorld(t *testing.T) world { return world{t, t.TempDir()} }

func sale(id string, number int, amount, status string, second int) string {
	return fmt.Sprintf(`{"id": %q, "number": %d, "amount": %q, "status": %q, "at": "2024-01-01T00:00:%02dZ"}`, id, number, amount, status, second)
}

func (w world) put(name string, lines ...string) {
	w.Helper()
	path := filepath.Join(w.dir, "data", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		w.Fatal(err)
	}
}

func (w world) run() (*flow.Summary, error) {
	return Pipeline().Run(context.Background(), flow.Options{Data: w.dir, AvailableNow: true})
}

// must runs, and checks that every record is accounted for.
func (w world) must() *flow.Summary {
	w.Helper()
	s, err := w.run()
	if err != nil {
		w.Fatal(err)
	}
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			if !f.Run.Balanced() {
				w.Errorf("flow %s: counts do not add up: %+v", f.Name, f.Run)
			}
		}
	}
	return s
}

func flowOf(t *testing.T, s *flow.Summary, name string) flow.FlowSummary {
	t.Helper()
	for _, table := range s.Tables {
		for _, f := range table.Flows {
			if f.Name == name {
				return f
			}
		}
	}
	t.Fatalf("no flow %s", name)
	return flow.FlowSummary{}
}

// violated gives the counts that are not 0, as "owner.name n".
func violated(f flow.FlowSummary, count func(flow.ExpectationSummary) int64) (out []string) {
	for _, e := range f.Expectations {
		if n := count(e); n != 0 {
			out = append(out, fmt.Sprintf("%s.%s %d", e.Owner, e.Name, n))
		}
	}
	return out
}

func inRun(e flow.ExpectationSummary) int64   { return e.Violated }
func inTotal(e flow.ExpectationSummary) int64 { return e.Total }

func (w world) want(what string, want, got []string) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// rows gives the texts of a table's id column, and its version.
func (w world) rows(table string) (ids []string, version int64) {
	w.Helper()
	ctx := context.Background()
	t, err := delta.Open(ctx, vfs.OS(), filepath.Join(w.dir, "tables", table))
	if err != nil {
		w.Fatal(err)
	}
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path)
	}
	rows := newNewestRows() // both tables have these columns
	var row Newest
	err = t.Scan(ctx, rows.Leaves(), func(int) bool { return true }, paths, func(string, uint32) {
		rows.Read(&row)
		ids = append(ids, fmt.Sprintf("%s %d", row.ID.V, row.Amount))
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(ids)
	return ids, t.Version()
}

func TestEachRuleCountsARecordOnce(t *testing.T) {
	w := newWorld(t)
	w.put("1.json",
		sale("a", 1, "50", "paid", 1),
		sale("b", 2, "200", "odd", 1),                                   // warned of, and stored
		sale("test", 3, "-1", "odd", 1),                                 // WHERE comes first
		strings.Replace(sale("c", 4, "-1", "odd", 1), `"c"`, "null", 1), // dropped before the rules behind
		sale("d", 5, "0", "odd", 1),                                     // set aside, after a warning
		sale("e", 6, "x", "paid", 1),                                    // bad, whatever the rules are
		sale("f", 7, "20000", "paid", 1),                                // dear to the view, and dropped by the table
		sale("g", 8, "20000", "gone", 1))                                // a delete is held against the view's rules only
	s := w.must()
	log, newest := flowOf(t, s, "log"), flowOf(t, s, "newest")
	w.want("log", []string{"views.real.has_id 1", "views.real.known_status 2", "views.real.positive 1"}, violated(log, inRun))
	w.want("newest", []string{"views.real.has_id 1", "views.real.known_status 2", "views.real.positive 1", "views.large.dear 2", "tables.newest.dear 1"},
		violated(newest, inRun))
	if got := log.Run; got.Read != 8 || got.Filtered != 1 || got.Dropped != 1 || got.Quarantined != 2 || got.Appended != 4 {
		t.Errorf("log: %+v", got)
	}
	ids, _ := w.rows("log")
	w.want("rows of log", []string{"a 50", "b 200", "f 20000", "g 20000"}, ids)
	ids, _ = w.rows("newest")
	w.want("rows of newest", []string{"a 50", "b 200"}, ids)

	w.put("2.json", sale("h", 9, "60", "odd", 1))
	s = w.must()
	w.want("second run", []string{"views.real.known_status 1"}, violated(flowOf(t, s, "log"), inRun))
	w.want("total", []string{"views.real.has_id 1", "views.real.known_status 3", "views.real.positive 1"}, violated(flowOf(t, s, "log"), inTotal))
	s, err := Pipeline().Status(context.Background(), flow.Options{Data: w.dir})
	if err != nil {
		t.Fatal(err)
	}
	w.want("status", []string{"views.real.has_id 1", "views.real.known_status 3", "views.real.positive 1"}, violated(flowOf(t, s, "log"), inTotal))
}

// judged keeps what each commit says of the expectations.
type judged struct {
	observe.Discard
	by map[string][]string // flow -> "owner.name passed/failed"
}

func (j judged) Commit(c observe.Commit) {
	for _, e := range c.Judged {
		j.by[c.Flow] = append(j.by[c.Flow], fmt.Sprintf("%s.%s %d/%d", e.Owner, e.Name, e.Passed, e.Failed))
	}
}

// What met a rule is told of each commit, also where nothing failed: a share of failures is over both.
func TestCommitTellsWhatPassed(t *testing.T) {
	w := newWorld(t)
	told := judged{by: map[string][]string{}}
	run := func() {
		clear(told.by)
		if _, err := Pipeline().Run(context.Background(), flow.Options{Data: w.dir, AvailableNow: true, Observer: told}); err != nil {
			t.Fatal(err)
		}
	}
	w.put("1.json", sale("a", 1, "50", "paid", 1), sale("b", 2, "200", "paid", 1), sale("test", 3, "-1", "odd", 1))
	run()
	w.want("log", []string{"views.real.has_id 2/0", "views.real.known_status 2/0", "views.real.positive 2/0", "tables.log.sane 2/0", "tables.log.one_number 2/0"}, told.by["log"])

	w.put("2.json",
		sale("c", 4, "60", "odd", 2),                                    // warned of
		strings.Replace(sale("d", 5, "60", "odd", 2), `"d"`, "null", 1), // dropped before the rules behind
		sale("e", 6, "0", "paid", 2),                                    // set aside
		sale("f", 7, "x", "paid", 2),                                    // bad, whatever the rules are
		sale("g", 8, "20000", "paid", 2),                                // dropped by the last rule of the table newest
		sale("test", 9, "1", "odd", 2), sale("h", 4, "70", "paid", 2))
	run()
	w.want("log", []string{"views.real.has_id 4/1", "views.real.known_status 3/1", "views.real.positive 3/1", "tables.log.sane 3/0", "tables.log.one_number 2/1"}, told.by["log"])
	w.want("newest", []string{"views.real.has_id 4/1", "views.real.known_status 3/1", "views.real.positive 3/1", "views.large.dear 2/1", "tables.newest.dear 2/1",
		"tables.newest.one_number 4/0"}, told.by["newest"])
}

func TestCommitTellsViolations(t *testing.T) {
	w := newWorld(t)
	w.put("1.json", sale("a", 1, "50", "odd", 1), sale("b", 1, "50", "odder", 1))
	w.must()
	log, err := os.ReadFile(filepath.Join(w.dir, "tables", "log", "_delta_log", fmt.Sprintf("%020d.json", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"expectation.views.real.known_status":"2"`, `"expectation.tables.log.one_number":"1"`} {
		if !strings.Contains(string(log), want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
}

func TestQuarantinedRecordsSayWhy(t *testing.T) {
	w := newWorld(t)
	w.put("1.json", sale("a", 1, "0", "paid", 1), sale("b", 2, "x", "paid", 1))
	w.must()
	var got []string
	err := Pipeline().QuarantineList(context.Background(), flow.Options{Data: w.dir}, "table:log", func(r *flow.Rejected) {
		got = append(got, fmt.Sprintf("%s:%d %s", r.File, r.Line, r.Reason))
	})
	if err != nil {
		t.Fatal(err)
	}
	w.want("quarantine", []string{"data/1.json:1 expectation positive: (amount > 0)", "data/1.json:2 expectation positive: \"x\" is not a BIGINT"}, got)
}

// A rule fails in the second of two files of one batch: the table is as it was, and the next run goes on.
func TestFailLeavesTheTableAsItWas(t *testing.T) {
	w := newWorld(t)
	w.put("1.json", sale("a", 1, "50", "paid", 1))
	w.must()
	before, version := w.rows("log")
	w.put("2.json", sale("b", 2, "50", "paid", 1))
	w.put("3.json", sale("c", 3, "50", "paid", 1), sale("d", 4, "1000000", "paid", 1), sale("e", 5, "50", "paid", 1))
	s, err := w.run()
	var broken *flow.ViolationError
	if !errors.As(err, &broken) || flow.ExitCode(err) != flow.ExitData {
		t.Fatalf("got %v, exit %d", err, flow.ExitCode(err))
	}
	for _, want := range []string{"data/3.json:2", "sane", "(amount < 1000000)", "tables.log", "the next run goes on"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if got := violated(flowOf(t, s, "log"), inTotal); got != nil {
		t.Errorf("counts of a batch that was given up: %q", got)
	}
	after, again := w.rows("log")
	w.want("rows", before, after)
	if again != version {
		t.Errorf("the table went from version %d to %d", version, again)
	}
	w.put("3.json", sale("c", 3, "50", "paid", 1))
	w.must()
	ids, _ := w.rows("log")
	w.want("rows", []string{"a 50", "b 50", "c 50"}, ids)
}

// What unique counts is the same with the index kept, and built from the table.
func TestUniqueCountsOfAnAppendTable(t *testing.T) {
	for _, kept := range []bool{true, false} {
		t.Run(fmt.Sprint("kept_", kept), func(t *testing.T) {
			w := newWorld(t)
			var got []string
			for i, numbers := range [][]int{{1, 2, 2}, {3}, {2, 3, 4}, {4, 4, 5}} {
				var lines []string
				for j, n := range numbers {
					lines = append(lines, sale(fmt.Sprint(i, j), n, "5", fmt.Sprintf("new%d%d", i, j), i))
				}
				lines = append(lines, strings.Replace(sale(fmt.Sprint(i), 0, "5", fmt.Sprint("new", i), i), `"number": 0`, `"number": null`, 1))
				w.put(fmt.Sprint(i, ".json"), lines...)
				for _, e := range flowOf(t, w.must(), "log").Expectations {
					if e.Name == "one_number" {
						got = append(got, fmt.Sprint(e.Violated, " of ", e.Total))
					}
				}
				if !kept {
					if err := os.RemoveAll(filepath.Join(w.dir, ".seamflow", "state")); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.want("counts", []string{"1 of 1", "0 of 1", "2 of 3", "2 of 5"}, got)
			if index := filepath.Join(w.dir, ".seamflow", "state", "expectations", "log.unique", "one_number.state"); kept {
				if _, err := os.Stat(index); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestUniqueOfAKeyedTable(t *testing.T) {
	w := newWorld(t)
	w.put("1.json", sale("a", 1, "5", "new", 1), sale("b", 2, "5", "new", 1))
	w.must()
	// a gives its number up, b takes it and gives it up, c takes it, and an older a comes late: one row has it in the end
	w.put("2.json", sale("b", 1, "5", "new", 2), sale("a", 7, "5", "new", 2), sale("b", 3, "5", "new", 3), sale("c", 1, "5", "new", 1),
		sale("a", 1, "6", "new", 1), sale("d", 3, "5", "paid", 1))
	w.must()
	// deleted keys free their values
	w.put("3.json", sale("c", 1, "5", "gone", 2), sale("e", 1, "5", "new", 2))
	w.must()
	before, version := w.rows("newest")
	w.put("4.json", sale("f", 9, "5", "new", 1), sale("g", 1, "5", "new", 1))
	_, err := w.run()
	if flow.ExitCode(err) != flow.ExitData || !strings.Contains(fmt.Sprint(err), "data/4.json:2 has the values of another row of table newest, and the expectation one_number is unique (number, status)") {
		t.Fatalf("got %v", err)
	}
	after, again := w.rows("newest")
	w.want("rows", before, after)
	if version != again {
		t.Errorf("the table went from version %d to %d", version, again)
	}
	w.put("4.json", sale("f", 9, "5", "new", 1))
	w.must()
	ids, _ := w.rows("newest")
	w.want("rows", []string{"a 5", "b 5", "d 5", "e 5", "f 5"}, ids)
}

// A row that is refused costs no memory: rules are judged once per record.
func TestNothingIsAllocatedPerRecord(t *testing.T) {
	id, status := value.Opt[string]{V: "a", Valid: true}, value.Opt[string]{V: "odd", Valid: true}
	s, m := Sale{ID: id, Amount: "20", Status: status}, flow.Meta{}
	var r Newest
	var ch merge.Change
	allocated := testing.AllocsPerRun(100, func() {
		ch.Reset()
		if ok, err := newestFlow_2(&s, &m, &r, &ch); !ok || err != nil {
			t.Fatal(ok, err)
		}
	})
	if allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}
