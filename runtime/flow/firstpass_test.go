package flow

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
)

// backlogFile is a file of random events, with all that files of lines may have.
func backlogFile(rng *rand.Rand, truncates bool) string {
	var b strings.Builder
	if rng.IntN(6) == 0 {
		b.WriteString("\xEF\xBB\xBF")
	}
	if rng.IntN(10) == 0 {
		b.WriteString(" \n")
	}
	end := pickOf(rng, "\n", "\n", "\r\n", "\n\n", "\n \t\r\n")
	array := rng.IntN(8) == 0
	if array {
		b.WriteString("[")
		end = ",\n"
	}
	ops := []string{"", "", "", "d", "skip"}
	if truncates {
		ops = append(ops, "t")
	}
	n := rng.IntN(40)
	for i := range n {
		id, seq := string(rune('a'+rng.IntN(6))), 1+rng.IntN(8)
		line := ev(id, seq, pickOf(rng, ops...), pickOf(rng, "x", "y", "-", strings.Repeat("long", rng.IntN(60))))
		switch rng.IntN(14) {
		case 0:
			line = ev(id, seq, "", "bad")
		case 1:
			line = `{"id": null, "seq": 3}`
		case 2:
			line = `{"id": "a", "seq": null}`
		case 3:
			if !array {
				line = `{"id": "a", "se`
			}
		case 4:
			line = fmt.Sprintf(`  {"seq":%d,  "id": "%s" }`, seq, id)
		}
		b.WriteString(line)
		if i < n-1 || !array && rng.IntN(3) > 0 {
			b.WriteString(end)
		}
	}
	if array {
		b.WriteString("]")
	}
	return b.String()
}

// truncating is a pipeline whose events may truncate the table.
func truncating(s spec) Pipeline {
	p := s.pipeline()
	tab := p.Tables[0].(*table[row])
	for i := range tab.Flows {
		tab.Flows[i].Inputs = []Input[row]{From(s.source(tab.Flows[i].Name), func(e *event, m *Meta, x *row, ch *merge.Change) (bool, error) {
			ok, err := projectRow(e, m, x, ch)
			ch.Truncate = ok && e.Op.V == "t"
			return ok, err
		})}
	}
	return p
}

// ending is what a run leaves, in comparable form.
type ending struct {
	Rows, Refused []string
	Counts        []observe.Counts
}

// refused gives the records that were set aside, each with all that is told of it but when.
func (w *world) refused(t *testing.T, table string) (all []string) {
	tab, err := delta.Open(t.Context(), w.fs, filepath.Join(w.dir, "tables", table+"__quarantine"))
	if err != nil {
		return nil
	}
	rows, q := newQuarantineRows(), quarantined{}
	err = tab.Scan(t.Context(), rows.leaves, everyLeaf, filePaths(tab.Files()), func(string, uint32) {
		rows.Read(&q)
		all = append(all, fmt.Sprintf("%s %s %q %s:%d:%d %s", q.Flow, q.Column, q.Raw, q.File, q.Line, q.Offset, q.Reason))
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// play runs a story of two runs in a world of its own.
func playBacklog(t *testing.T, seed uint64, set func(w *world)) ending {
	rng := rand.New(rand.NewPCG(seed, 23))
	w := newWorld(t)
	w.backlog = -1
	set(w)
	p := truncating(spec{live: []string{"f"}, once: []string{"old"}})
	var out ending
	for run := range 2 {
		for _, flow := range []string{"f", "old"} {
			for i := range 1 + rng.IntN(4) {
				w.putText(fmt.Sprintf("%s/%d-%d.json", flow, run, i), backlogFile(rng, seed%2 > 0), rng.IntN(8) == 0)
			}
		}
		sum, err := p.Run(t.Context(), w.options())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, f := range sum.Tables[0].Flows {
			if !f.Run.Balanced() {
				t.Fatalf("seed %d: counts do not add up: %+v", seed, f.Run)
			}
			out.Counts = append(out.Counts, f.Run)
		}
	}
	out.Rows, out.Refused = w.rows("t"), w.refused(t, "t")
	return out
}

// putText writes a file as it is, or packed.
func (w *world) putText(name, text string, packed bool) {
	w.t.Helper()
	if packed {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		name, text = name+".gz", b.String()
	}
	w.put(name)
	full := filepath.Join(w.dir, "in", name)
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		w.t.Fatalf("%v", err)
	}
	if err := os.Chtimes(full, w.clock, w.clock); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// TestBacklogReadTwiceIsAsReadOnce holds tables, quarantine and counts of both ways against each other. Of the counts only
// what a record is that changes nothing may differ: a tie, a repeat or late. With truncates, in every other story, it depends on
// the order of records which of them was a row for a while.
func TestBacklogReadTwiceIsAsReadOnce(t *testing.T) {
	seeds := uint64(60)
	if testing.Short() {
		seeds = 12
	}
	ways := map[string]func(w *world){
		"twice":                        func(w *world) { w.backlog = 1 },
		"twice, in parts of one line":  func(w *world) { w.backlog, w.partBytes = 1, 1 },
		"twice, in parts of few lines": func(w *world) { w.backlog, w.partBytes = 1, 300 },
		"twice, with no memory":        func(w *world) { w.backlog, w.surveyed, w.partBytes = 1, 1, 200 },
		"twice, index paged":           func(w *world) { w.backlog, w.memory = 1, 2 },
	}
	for seed := range seeds {
		once := playBacklog(t, seed, func(*world) {})
		for name, set := range ways {
			twice := playBacklog(t, seed, set)
			for i := range twice.Counts {
				if x, y := &once.Counts[i], &twice.Counts[i]; x.Read != y.Read || x.Filtered != y.Filtered || x.Quarantined != y.Quarantined ||
					seed%2 == 0 && (x.Upserted != y.Upserted || x.Deleted != y.Deleted || x.Late+x.Deduplicated != y.Late+y.Deduplicated) {
					t.Errorf("seed %d, %s: run and flow %d counted %+v, read once %+v", seed, name, i, *y, *x)
				}
			}
			if diff := cmp.Diff(once, twice, cmpopts.IgnoreFields(ending{}, "Counts")); diff != "" {
				t.Fatalf("seed %d, %s (-once +twice):\n%s", seed, name, diff)
			}
		}
	}
}

// TestFirstPassDoesNotDependOnWhoIsFirst counts the same with any number of goroutines.
func TestFirstPassDoesNotDependOnWhoIsFirst(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for seed := range uint64(10) {
		var want ending
		for i, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			got := playBacklog(t, seed, func(w *world) { w.backlog, w.partBytes = 1, 200 })
			if i == 0 {
				want = got
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, GOMAXPROCS %d (-1 +%d):\n%s", seed, n, n, diff)
			}
		}
	}
}

// TestFirstPassLeavesFewToTheSecond: it is what it is for.
func TestFirstPassLeavesFewToTheSecond(t *testing.T) {
	w := newWorld(t)
	w.backlog, w.partBytes = 1, 500
	for file := range 3 {
		var lines []string
		for i := range 300 {
			lines = append(lines, ev(fmt.Sprint("k", i%20), file*1000+i, "", "x"))
		}
		w.put(fmt.Sprintf("f/%d.json", file), lines...)
	}
	var survived []int
	w.between = func(b *batch) {
		for _, k := range b.first.survivors {
			survived = append(survived, k.set.Count())
		}
	}
	s := spec{live: []string{"f"}, once: []string{"old"}}
	w.put("old/1.json", ev("k1", 1, "", "late"), ev("k2", 5000, "", "newer"), ev("new", 1, "", "x"))
	w.run(s)
	if diff := cmp.Diff([]int{0, 0, 20, 2}, survived); diff != "" {
		t.Errorf("records that the first passes left (-want +got):\n%s", diff)
	}
	if c := w.counts(w.run(s), "f"); c.Read != 0 {
		t.Errorf("read again: %+v", c)
	}
}

// TestTiesSurviveTheFirstPass: which of two rows of one sequence wins is for the second pass to say.
func TestTiesSurviveTheFirstPass(t *testing.T) {
	for _, order := range [][]string{{"x", "y"}, {"y", "x"}} {
		w := newWorld(t)
		w.backlog = 1
		w.put("f/1.json", ev("a", 1, "", "z"), ev("a", 5, "", order[0]), ev("a", 5, "", order[0]))
		w.put("f/2.json", ev("a", 5, "", order[1]), ev("a", 4, "", "z"))
		c := w.counts(w.run(spec{live: []string{"f"}}), "f")
		wantRows(t, w, "t", "a 5 y")
		if want := (observe.Counts{Read: 5, Upserted: 1, Deduplicated: 4, Tied: 1}); c != want {
			t.Errorf("%q: counted %+v, want %+v", order, c, want)
		}
	}
}

// TestFirstPassInVain is given up where each key comes once.
func TestFirstPassInVain(t *testing.T) {
	for _, keys := range []int{30_000, 5_000} {
		w := newWorld(t)
		w.backlog = 1
		var lines []string
		for i := range 30_000 {
			lines = append(lines, ev(fmt.Sprint("k", i%keys), i, "", "x"))
		}
		w.put("f/1.json", lines[:16_000]...)
		w.put("f/2.json", lines[16_000:]...)
		whole := false
		w.between = func(*batch) { whole = true }
		c := w.counts(w.run(spec{live: []string{"f"}}), "f")
		if c.Read != 30_000 || c.Upserted != int64(keys) || whole == (keys == 30_000) {
			t.Errorf("%d keys: counted %+v; a second pass came after a whole first: %v", keys, c, whole)
		}
	}
}

// TestFileThatChangesBetweenThePasses: nothing is taken of a file that is not what the first pass saw, whatever its size and
// time say.
func TestFileThatChangesBetweenThePasses(t *testing.T) {
	for name, change := range map[string]func(w *world, full string){
		"in place": func(w *world, full string) {
			text, _ := os.ReadFile(full)
			os.WriteFile(full, bytes.Replace(text, []byte(`"seq":9`), []byte(`"seq":1`), 1), 0o644)
			os.Chtimes(full, w.clock, w.clock)
		},
		"longer": func(w *world, full string) { os.WriteFile(full, []byte(ev("z", 1, "", "x")+"\n"), 0o644) },
		"gone":   func(w *world, full string) { os.Remove(full) },
	} {
		w := newWorld(t)
		w.backlog = 1
		w.put("f/1.json", ev("a", 1, "", "old"), ev("b", 2, "", "x"))
		w.put("f/2.json", ev("a", 9, "", "new"))
		full := filepath.Join(w.dir, "in/f/2.json")
		w.between = func(*batch) { w.between = nil; change(w, full) }
		opt := w.options()
		opt.between = func(b *batch) {
			if w.between != nil {
				w.between(b)
			}
		}
		if _, err := (spec{live: []string{"f"}}).pipeline().Run(t.Context(), opt); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.run(spec{live: []string{"f"}}) // the file may have been left to settle
		want := map[string][]string{"in place": {"a 1 old", "b 2 x"}, "longer": {"a 1 old", "b 2 x", "z 1 x"}, "gone": {"a 1 old", "b 2 x"}}[name]
		if got := w.rows("t"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if !w.log.has("changed while it was being read") {
			t.Errorf("%s: nothing was said: %q", name, w.log.events)
		}
	}
}

// TestDrainBetweenThePasses: a batch that is read twice is whole or nothing.
func TestDrainBetweenThePasses(t *testing.T) {
	w := newWorld(t)
	w.backlog = 1
	w.put("f/1.json", ev("a", 1, "", "old"))
	w.put("f/2.json", ev("a", 9, "", "new"))
	ctx, stop := context.WithCancel(t.Context())
	opt := w.options()
	opt.between = func(b *batch) {
		stop()
		b.drainBy = b.began // it has taken too long
	}
	s := spec{live: []string{"f"}}
	sum, err := s.pipeline().Run(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.counts(sum, "f").Read; n != 0 {
		t.Errorf("%d records were read", n)
	}
	w.run(s)
	wantRows(t, w, "t", "a 9 new")
}

// TestFirstPassTakesNoMemory: what it allocates does not grow with its records.
func TestFirstPassTakesNoMemory(t *testing.T) {
	allocs := func(records int) float64 {
		w := newWorld(t)
		w.backlog = 1
		var lines []string
		for i := range records {
			lines = append(lines, ev(fmt.Sprint("k", i%500), i*31%97, "", "x"))
		}
		w.put("f/1.json", lines...)
		s, n := spec{live: []string{"f"}}, 0
		return testing.AllocsPerRun(1, func() {
			p := s.pipeline()
			n++
			p.Tables[0].(*table[row]).Path = fmt.Sprint("tables/", n)
			if _, err := p.Run(t.Context(), w.options()); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := allocs(2_000), allocs(42_000)
	if perRecord := (many - few) / 40_000; perRecord > 0.02 {
		t.Errorf("%.3f allocations a record (%.0f for 2,000, %.0f for 42,000)", perRecord, few, many)
	}
}

func TestSurvivors(t *testing.T) {
	k := &survivors{}
	for range 200 {
		k.set.Append(false)
	}
	for _, i := range []int{0, 63, 64, 130, 199} {
		k.set.Set(i)
	}
	for i := range 200 {
		for j := i; j <= 200; j++ {
			want := false
			for r := i; r < j; r++ {
				want = want || k.has(r)
			}
			if got := k.any(i, j); got != want {
				t.Fatalf("any(%d, %d) is %v", i, j, got)
			}
		}
	}
	if k.set.Count() != 5 || k.has(200) {
		t.Errorf("count %d, has(200) %v", k.set.Count(), k.has(200))
	}
}
