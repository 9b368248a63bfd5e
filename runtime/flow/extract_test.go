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
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// flushed are enough records that are none of the extract for what is before and behind them to be in flushes of their own,
// where row groups are small.
var flushed = slices.Repeat([]string{ev("-", 0, "", "skip")}, sizeTicks)

// extractModel is what extracts mean: the versions of each key, the last of which may be open.
type extractModel struct {
	history bool
	keys    map[string][]keptVersion
	counts  struct{ upserted, removed int64 }
}

type keptVersion struct{ val, note, start, end string }

// take takes an extract. Of the rows of one key the greatest is the key's (R5).
func (m *extractModel) take(version string, rows [][3]string, whole bool) {
	best := map[string][3]string{}
	for _, r := range rows {
		if b, ok := best[r[0]]; !ok || slices.Compare(nullFirst(b), nullFirst(r)) < 0 {
			best[r[0]] = r
		}
	}
	for id, r := range best {
		all := m.keys[id]
		open := len(all) > 0 && all[len(all)-1].end == "-"
		fresh := keptVersion{r[1], r[2], version, "-"}
		switch {
		case open && all[len(all)-1].val == r[1] && all[len(all)-1].note == r[2]:
			continue
		case open && (all[len(all)-1].val == r[1] || !m.history):
			fresh.start = all[len(all)-1].start
			all[len(all)-1] = fresh
		case open:
			all[len(all)-1].end = version
			fallthrough
		default:
			m.keys[id] = append(all, fresh)
		}
		m.counts.upserted++
	}
	for id, all := range m.keys {
		last := len(all) - 1
		if _, there := best[id]; !there && whole && last >= 0 && all[last].end == "-" {
			m.counts.removed++
			all[last].end = version
		}
	}
}

func nullFirst(r [3]string) []string {
	cell := func(s string) string {
		if s == "-" {
			return ""
		}
		return "+" + s
	}
	return []string{cell(r[1]), cell(r[2])}
}

func (m *extractModel) rows() []string {
	out := []string{}
	for id, all := range m.keys {
		for _, v := range all {
			switch {
			case m.history:
				out = append(out, strings.Join([]string{id, v.val, v.note, v.start, v.end}, " "))
			case v.end == "-":
				out = append(out, strings.Join([]string{id, v.val, v.note}, " "))
			}
		}
	}
	slices.Sort(out)
	return out
}

// trial is one random life of a table.
func (m *extractModel) trial(w *world, rng *rand.Rand) error {
	s := extracts{history: m.history, allowEmpty: true}
	full := []int{1, 300, 1 << 20}[rng.IntN(3)]
	for night := range 2 + rng.IntN(4) {
		version := fmt.Sprint("v", night)
		var lines []string
		var rows [][3]string
		whole := true
		for id := range 5 {
			for range rng.IntN(4) {
				r := [3]string{fmt.Sprint("k", id), []string{"a", "b", "c", "-"}[rng.IntN(4)], []string{"x", "y", "-"}[rng.IntN(3)]}
				rows, lines = append(rows, r), append(lines, ev(r[0], 0, strings.TrimPrefix(r[2], "-"), r[1]))
			}
		}
		if rng.IntN(6) == 0 {
			whole, lines = false, append(lines, ev("k1", 0, "", "bad"))
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		for file := 0; file == 0 || len(lines) > 0; file++ {
			n := rng.IntN(len(lines) + 1)
			var here []string
			for _, l := range lines[:n] {
				here = append(here, l)
				if rng.IntN(3) == 0 {
					here = append(here, flushed...)
				}
			}
			lines = lines[n:]
			w.put(fmt.Sprintf("f/%s/%d.json", version, file), here...)
		}
		m.take(version, rows, whole)
		if rng.IntN(3) == 0 {
			_ = w.fs.Remove(w.stateFile("t")) // there may be none yet
		}
		if rng.IntN(2) == 0 {
			if err := w.runGroups(s, full); err != nil {
				return err
			}
		}
	}
	return w.runGroups(s, full)
}

// TestExtractsAreTheModel: random extracts with ties, bad records, files, flushes, restarts and lost state.
func TestExtractsAreTheModel(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(t)
		w.fs = vfs.NewMem()
		if err := w.fs.MkdirAll(w.dir); err != nil {
			t.Fatal(err)
		}
		if seed%3 == 0 {
			w.compaction = eager
		}
		m := &extractModel{history: seed%2 == 0, keys: map[string][]keptVersion{}}
		if err := m.trial(w, rand.New(rand.NewPCG(seed, 7))); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if diff := cmp.Diff(m.rows(), w.rows("t")); diff != "" {
			t.Fatalf("seed %d, history %v (-want +got):\n%s", seed, m.history, diff)
		}
		f := w.run(extracts{history: m.history, allowEmpty: true}).Tables[0].Flows[0]
		if n := f.Total; !n.Balanced() || n.Upserted != m.counts.upserted || n.Removed != m.counts.removed {
			t.Fatalf("seed %d: want %+v, got %+v", seed, m.counts, n)
		}
	}
}

// TestTiesInSeveralFlushes: rows of one key are joined before they meet the table, wherever they are.
func TestTiesInSeveralFlushes(t *testing.T) {
	for name, c := range map[string]struct{ first, then, want string }{
		"back_to_what_it_was":      {ev("k", 0, "y", "a"), ev("k", 0, "x", "b"), "k b x v1 -"},
		"closed_as_it_was_before":  {ev("k", 0, "z", "b"), ev("k", 0, "x", "c"), "k b x v1 v2, k c x v2 -"},
		"closed_and_open_no_more":  {ev("k", 0, "x", "a"), ev("k", 0, "z", "b"), "k b z v1 -"},
		"the_first_one_stays":      {ev("k", 0, "x", "c"), ev("k", 0, "x", "a"), "k b x v1 v2, k c x v2 -"},
		"the_same_row_again":       {ev("k", 0, "x", "b"), ev("k", 0, "x", "b"), "k b x v1 -"},
		"a_greater_one_of_the_two": {ev("k", 0, "x", "c"), ev("k", 0, "x", "d"), "k b x v1 v2, k d x v2 -"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put("f/v1/1.json", ev("k", 0, "x", "b"))
			w.put("f/v2/1.json", slices.Concat([]string{c.first}, flushed, []string{c.then}, flushed)...)
			if err := w.runGroups(extracts{history: true}, 1); err != nil {
				t.Fatal(err)
			}
			wantRows(t, w, "t", strings.Split(c.want, ", ")...)
		})
	}
}

// TestExtractWaitsForItsFiles: an extract with a file that is still written to is not taken, and is once it has settled.
// The last look must not be believed for ever.
func TestExtractWaitsForItsFiles(t *testing.T) {
	w := newWorld(t)
	s := extracts{settle: 300 * time.Millisecond}
	w.put("f/v1/1.json", ev("a", 0, "", "x"))
	w.put("f/v1/2.json", ev("b", 0, "", "x"))
	young := filepath.Join(w.dir, "in/f/v1/2.json")
	if err := os.Chtimes(young, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	sum, err := s.pipeline().Run(ctx, w.options())
	if err != nil || ctx.Err() != nil {
		t.Fatal("it waits for ever: ", err)
	}
	wantRows(t, w, "t", "a x -", "b x -")
	if v := sum.Tables[0].Version; v != 1 {
		t.Errorf("version %d: the extract came in parts", v)
	}
}

// TestWhatArrivesDuringARun: a file of an extract that is waited for is of it, also where a run takes only what is there;
// a later extract is the next run's.
func TestWhatArrivesDuringARun(t *testing.T) {
	w := newWorld(t)
	s := extracts{settle: 300 * time.Millisecond}
	w.put("f/v1/1.json", ev("a", 0, "", "x"))
	young := filepath.Join(w.dir, "in/f/v1/1.json")
	if err := os.Chtimes(young, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() {
		w.put("f/v1/2.json", ev("b", 0, "", "x"))
		w.put("f/v2/1.json", ev("c", 0, "", "x"))
	})
	w.run(s)
	wantRows(t, w, "t", "a x -", "b x -")
	w.run(s)
	wantRows(t, w, "t", "c x -")
}

// TestYoungFilesOfLaterExtractsAreNoReason to wait with one that is whole.
func TestYoungFilesOfLaterExtractsAreNoReason(t *testing.T) {
	w := newWorld(t)
	s := extracts{settle: time.Hour}
	w.put("f/v1/1.json", ev("a", 0, "", "x"))
	w.put("f/v2/1.json", ev("b", 0, "", "x"))
	w.put("f/v3/1.json", ev("c", 0, "", "x"))
	then := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{"v1", "v3"} {
		if err := os.Chtimes(filepath.Join(w.dir, "in/f", name, "1.json"), then, then); err != nil {
			t.Fatal(err)
		}
	}
	young := filepath.Join(w.dir, "in/f/v2/1.json")
	if err := os.Chtimes(young, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	opt := w.options()
	opt.AvailableNow, opt.Observer = false, onCommit{&w.log, func() { time.AfterFunc(200*time.Millisecond, stop) }}
	time.AfterFunc(10*time.Second, stop)
	if _, err := s.pipeline().Run(ctx, opt); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "t", "a x -") // v3 must not overtake v2
}

// TestReplayOfAnExtractsRecord: it is one of its extract's rows, if that is the last one; it deletes nothing.
func TestReplayOfAnExtractsRecord(t *testing.T) {
	for _, history := range []bool{false, true} {
		w := newWorld(t)
		s := extracts{history: history}
		w.put("f/v1/1.json", ev("a", 0, "", "x"), ev("b", 0, "", "x"), ev("c", 0, "", "x"), ev("d", 0, "", "bad"))
		w.put("f/v2/1.json", ev("a", 0, "", "y"), ev("b", 0, "", "bad"), ev("e", 0, "", "bad"), ev("a", 0, "z", "bad"))
		w.run(s)
		if !w.log.has("whose keys are not known") {
			t.Error("nobody was told that nothing is deleted")
		}
		s.mended = true
		r, err := s.pipeline().QuarantineReplay(t.Context(), w.options(), "")
		if err != nil || r[0].Tried != 4 || r[0].Bad != 0 || r[0].Counts.Late != 1 || !r[0].Counts.Balanced() {
			t.Fatalf("%+v, %v", r, err)
		}
		if !history {
			wantRows(t, w, "t", "a y -", "b bad -", "c x -", "e bad -")
			continue
		}
		wantRows(t, w, "t", "a x - v1 v2", "a y - v2 -", "b bad - v2 -", "b x - v1 v2", "c x - v1 -", "e bad - v2 -")
		w.put("f/v3/1.json", ev("a", 0, "", "y"), ev("b", 0, "", "bad"))
		s.mended = true
		w.run(s)
		wantRows(t, w, "t", "a x - v1 v2", "a y - v2 -", "b bad - v2 -", "b x - v1 v2", "c x - v1 v3", "e bad - v2 v3")
	}
}

// TestAnEqualExtractWritesNoRow, and tells so.
func TestAnEqualExtractWritesNoRow(t *testing.T) {
	for _, history := range []bool{false, true} {
		w := newWorld(t)
		s := extracts{history: history}
		lines := []string{ev("a", 0, "n", "x"), ev("b", 0, "", "-")}
		w.put("f/v1/1.json", lines...)
		before := w.run(s).Tables[0]
		w.put("f/v2/1.json", lines[1])
		w.put("f/v2/2.json", lines[0])
		if err := os.RemoveAll(w.stateDir()); err != nil {
			t.Fatal(err)
		}
		after := w.run(s).Tables[0]
		if after.Files != before.Files || after.Bytes != before.Bytes || after.Version != before.Version+1 {
			t.Errorf("%+v, then %+v", before, after)
		}
		if n := after.Flows[0].Run; n.Deduplicated != 2 || n.Upserted+n.Removed != 0 {
			t.Errorf("%+v", n)
		}
	}
}

// TestExtractsInOrder: all that are there are taken in order, a commit each; what comes too late is refused by name.
func TestExtractsInOrder(t *testing.T) {
	w := newWorld(t)
	s := extracts{history: true}
	w.put("f/v2/1.json", ev("a", 0, "", "y"))
	w.put("f/v1/1.json", ev("a", 0, "", "x"))
	w.put("f/v3/1.json", ev("b", 0, "", "z"))
	if v := w.run(s).Tables[0].Version; v != 3 {
		t.Errorf("version %d, want 3", v)
	}
	want := []string{"a x - v1 v2", "a y - v2 v3", "b z - v3 -"}
	wantRows(t, w, "t", want...)
	for _, name := range []string{"f/v3/2.json", "f/v1/2.json", "f/null/1.json"} {
		w.put(name, ev("c", 0, "", "late"))
		_, err := w.tryRun(s)
		var source *SourceError
		if !errors.As(err, &source) || !strings.Contains(err.Error(), "in/"+name) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(filepath.Join(w.dir, "in", name)); err != nil {
			t.Fatal(err)
		}
		w.run(s)
		wantRows(t, w, "t", want...)
	}
	w.put("f/v3/2.json", ev("c", 0, "", "late"))
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true }); err != nil {
		t.Fatal(err)
	}
	w.run(s)
	wantRows(t, w, "t", "a x - v1 v2", "a y - v2 v3", "b z - v3 -", "c late - v3 -")
}

// TestAnExtractIsDrainedWhole: a run that is stopped between the files of an extract leaves nothing of it.
func TestAnExtractIsDrainedWhole(t *testing.T) {
	w := newWorld(t)
	s := extracts{}
	w.put("f/v1/1.json", ev("a", 0, "", "x"), ev("b", 0, "", "x"))
	w.run(s)
	w.put("f/v2/1.json", ev("a", 0, "", "y"))
	w.put("f/v2/2.json", ev("c", 0, "", "y"))
	ctx, stop := context.WithCancel(t.Context())
	watch := &stopper{stop: stop}
	opt := w.options()
	opt.Observer = watch
	if _, err := s.pipeline().Run(ctx, opt); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil {
		t.Fatal("it was not stopped")
	}
	wantRows(t, w, "t", "a x -", "b x -")
	w.run(s)
	wantRows(t, w, "t", "a y -", "c y -")
}

// TestEmptyExtracts are refused unless they are meant, whatever it is that leaves no row.
func TestEmptyExtracts(t *testing.T) {
	w := newWorld(t)
	w.put("f/v1/1.json", ev("a", 0, "", "x"))
	w.run(extracts{})
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{nil, "has no record"},
		{[]string{ev("a", 0, "", "skip")}, "none of the 1 records"},
		{[]string{ev("a", 0, "", "bad")}, ""}, // they are set aside, and nothing is deleted
	} {
		w.put("f/v2/1.json", c.lines...)
		_, err := w.tryRun(extracts{})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "allow_empty")) {
			t.Errorf("%q: %v", c.lines, err)
		}
		wantRows(t, w, "t", "a x -")
	}
	w.put("f/v3/1.json")
	w.run(extracts{allowEmpty: true})
	wantRows(t, w, "t")
}

// TestExtractsOfMoreKeysThanMemory pages the index in the middle of extracts, and deletes most keys at once.
func TestExtractsOfMoreKeysThanMemory(t *testing.T) {
	const n = 60_000
	for _, history := range []bool{false, true} {
		w := newWorld(t)
		w.memory = 8 << 20
		s := extracts{history: history}
		night := func(version, val string, from, to int) {
			var lines []string
			for i := from; i < to; i++ {
				lines = append(lines, fmt.Sprintf(`{"id":"key-%06d","val":"%s"}`, i, val))
			}
			w.put("f/"+version+"/1.json", lines...)
			w.run(s)
		}
		night("v1", "x", 0, n)
		night("v2", "y", n/2-1000, n/2+1000)
		night("v3", "y", n/2, n)
		if !w.log.has("paged to disk") {
			t.Error("the index was not paged: the test is too small")
		}
		got := map[string]int{}
		for _, row := range w.rows("t") {
			_, rest, _ := strings.Cut(row, " ")
			got[rest]++
		}
		want := map[string]int{"y -": n / 2}
		if history {
			want = map[string]int{"x - v1 v2": n, "y - v2 v3": 1000, "y - v2 -": 1000, "y - v3 -": n/2 - 1000}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history %v (-want +got):\n%s", history, diff)
		}
	}
}
