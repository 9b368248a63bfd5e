package flow

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told is a world whose table is to be the fold of all that its files tell.
type told struct {
	*world
	spec  spec
	lines []string
	files int
}

func (w *told) tell(lines ...string) {
	w.files++
	w.put(fmt.Sprintf("f/%d.json", w.files), lines...)
	w.lines = append(w.lines, lines...)
}

// run runs, and compares the table with the fold.
func (w *told) run(when string) {
	w.t.Helper()
	w.world.run(w.spec)
	if diff := cmp.Diff(fold(w.spec.kind, w.lines), w.rows("t")); diff != "" {
		w.t.Fatalf("%s: the table is not the fold of its events (-want +got):\n%s", when, diff)
	}
}

func (w *told) table() string { return filepath.Join(w.dir, "tables", "t") }

// The three steps of a story in which what the state says matters: each changes rows, and deletes keys, of the one before,
// and repeats older events of them, which a state that knows less would take for news.
var (
	firstStep  = []string{ev("a", 1, "", "x"), ev("b", 3, "", "x"), ev("c", 3, "", "x"), ev("d", 1, "", "x"), ev("e", 5, "d", ""), ev("a", 2, "", "y")}
	secondStep = []string{ev("a", 4, "", "z"), ev("c", 4, "d", ""), ev("e", 4, "", "late"), ev("f", 3, "", "x"), ev("g", 3, "", "x"), ev("b", 2, "", "late")}
	thirdStep  = []string{ev("a", 3, "", "late"), ev("c", 3, "", "late"), ev("d", 2, "", "y"), ev("f", 4, "d", ""), ev("g", 2, "d", ""), ev("e", 6, "", "x"), ev("b", 3, "", "tie")}
)

// everyWay runs a test for both homes of sequences, with an index in memory and with one that is paged whenever it can.
func everyWay(t *testing.T, test func(t *testing.T, w *told)) {
	for _, kind := range []string{"row", "slim"} {
		for name, memory := range map[string]int64{"in memory": 0, "paged": 1} {
			t.Run(kind+", "+name, func(t *testing.T) {
				w := &told{world: newWorld(t), spec: spec{kind: kind, live: []string{"f"}}}
				w.memory = memory
				test(t, w)
			})
		}
	}
}

// TestStateThatDoesNotFit: whatever is put where the state was, the table is right.
func TestStateThatDoesNotFit(t *testing.T) {
	cases := map[string]func(t *testing.T, w *told){
		"gone": func(_ *testing.T, w *told) {
			w.tell(secondStep...)
			w.run("second")
			os.RemoveAll(w.stateDir())
		},
		"an older copy": func(_ *testing.T, w *told) {
			older := readFolder(w.stateDir())
			w.tell(secondStep...)
			w.run("second")
			writeFolder(w.stateDir(), older)
		},
		"an older copy of the table": func(_ *testing.T, w *told) {
			older := readFolder(w.table())
			w.tell(secondStep...)
			w.run("second")
			writeFolder(w.table(), older) // it reads the second file again
		},
		"an older copy of the table, and the file is gone": func(_ *testing.T, w *told) {
			older, lines := readFolder(w.table()), slices.Clone(w.lines)
			w.tell(secondStep...)
			w.run("second")
			writeFolder(w.table(), older)
			os.Remove(filepath.Join(w.dir, "in/f/2.json"))
			w.lines = lines
		},
		"another history of the same length": func(_ *testing.T, w *told) {
			older, lines := readFolder(w.table()), slices.Clone(w.lines)
			w.tell(secondStep...)
			w.run("second")
			newer := readFolder(w.stateDir())
			writeFolder(w.table(), older)
			os.Remove(filepath.Join(w.dir, "in/f/2.json"))
			w.lines = lines
			w.tell(ev("d", 4, "", "fork"), ev("h", 3, "", "fork"), ev("a", 5, "d", ""))
			w.run("fork")
			writeFolder(w.stateDir(), newer)
		},
		"of another table": func(t *testing.T, w *told) {
			other := &told{world: newWorld(t), spec: w.spec}
			other.memory = w.memory
			other.tell(ev("a", 9, "d", ""), ev("b", 9, "", "other"), ev("f", 9, "", "other"))
			other.run("other")
			other.tell(ev("z", 1, "", "x"))
			other.run("other")
			w.tell(secondStep...)
			w.run("second")
			writeFolder(w.stateDir(), readFolder(other.stateDir()))
		},
		"of the incarnation before a reset": func(t *testing.T, w *told) {
			w.tell(secondStep...)
			w.run("second")
			older := readFolder(w.stateDir())
			if _, err := w.spec.pipeline().Reset(t.Context(), w.options(), "t", func(*ResetPlan) bool { return true }); err != nil {
				t.Fatal(err)
			}
			os.Remove(filepath.Join(w.dir, "in/f/2.json"))
			w.lines = slices.Clone(firstStep)
			writeFolder(w.stateDir(), older)
		},
		"of a time to come": func(_ *testing.T, w *told) {
			w.now = func() time.Time { return time.Now().Add(-24 * time.Hour) } // the clock goes back
			w.tell(secondStep...)
			w.run("second")
			w.now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
		},
		"in two copies": func(_ *testing.T, w *told) { // a kill between a manifest and the removal of the flat snapshot, or the other way round
			older := readFolder(w.stateDir())
			w.memory = 1 - w.memory
			w.tell(secondStep...)
			w.run("second")
			all := readFolder(w.stateDir())
			maps.Copy(all, older)
			writeFolder(w.stateDir(), all)
			w.memory = 1 - w.memory
		},
	}
	for name, harm := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, w *told) {
				w.tell(firstStep...)
				w.run("first")
				harm(t, w)
				w.tell(thirdStep...)
				w.run("third")
				w.tell(ev("h", 1, "", "x"))
				w.run("and on")
			})
		})
	}
}

// TestCloneOfAFolder: a copy of all, state included, goes on by itself, and so does the original.
func TestCloneOfAFolder(t *testing.T) {
	everyWay(t, func(t *testing.T, w *told) {
		w.tell(firstStep...)
		w.run("first")
		clone := *w
		clone.world = newWorld(t)
		clone.memory, clone.lines = w.memory, slices.Clone(w.lines)
		if err := os.CopyFS(clone.dir, os.DirFS(w.dir)); err != nil {
			t.Fatal(err)
		}
		w.tell(secondStep...)
		w.run("original")
		clone.tell(thirdStep...)
		clone.run("clone")
		if !clone.log.has("of another table") {
			t.Error("the clone used the original's state")
		}
		w.tell(thirdStep...)
		w.run("original")
	})
}

// TestDamagedState flips a bit in each of the state's files, and cuts each off, at some places; package state tries them
// all. The run makes the right table, and says so where it noticed.
func TestDamagedState(t *testing.T) {
	everyWay(t, func(t *testing.T, w *told) {
		w.tell(firstStep...)
		w.run("first")
		w.tell(secondStep...)
		w.run("second")
		good, table := readFolder(w.stateDir()), readFolder(w.table())
		w.tell(thirdStep...)
		tried, noticed := 0, 0
		for name, data := range good {
			for part := range 5 {
				i := part * (len(data) - 1) / 4
				flipped := slices.Clone(data)
				flipped[i] ^= 4
				for _, bad := range [][]byte{flipped, data[:i]} {
					all := maps.Clone(good)
					all[name] = bad
					writeFolder(w.stateDir(), all)
					writeFolder(w.table(), table)
					w.log.events = nil
					w.run(fmt.Sprintf("%s damaged at byte %d of %d", name, i, len(data)))
					if tried++; w.log.has("is built from the table") {
						noticed++
					}
				}
			}
		}
		if noticed < tried*3/4 {
			t.Errorf("%d times of %d the state was built anew", noticed, tried)
		}
	})
}

// TestLargeBatchIsPagedWithin: a batch of many records pages the index out on its way. Table and counts are those of a
// batch that does not.
func TestLargeBatchIsPagedWithin(t *testing.T) {
	var first, second []string
	op := []string{"", "", "d", "", "u"}
	for i := range 4000 { // keys come again soon, late and after they were deleted, with ties
		first = append(first, ev(fmt.Sprint("k", (i*i+i/3)%400), i*7%90, op[i*i%5], fmt.Sprint("v", i%3)))
		second = append(second, ev(fmt.Sprint("k", i*i%500), 40+i*11%70, op[i*3%5], fmt.Sprint("v", i%4)))
	}
	for _, kind := range []string{"row", "slim"} {
		t.Run(kind, func(t *testing.T) {
			counts := map[int64]string{}
			for _, memory := range []int64{0, 1, 20 << 10} {
				w := &told{world: newWorld(t), spec: spec{kind: kind, live: []string{"f"}}}
				w.memory = memory
				w.tell(first...)
				w.run("first")
				w.tell(second...)
				w.run("second")
				os.RemoveAll(w.stateDir()) // what the merge log holds must do
				w.tell(second[:1000]...)
				w.run("built anew")
				w.tell(first[2000:]...)
				w.run("again")
				sum, err := w.spec.pipeline().Status(t.Context(), w.options())
				if err != nil {
					t.Fatal(err)
				}
				total := sum.Tables[0].Flows[0].Total
				total.Late += total.Deduplicated // which of them, and whether it is a tie, depends on when rows are flushed
				total.Deduplicated, total.Tied = 0, 0
				counts[memory] = fmt.Sprintf("%+v", total)
				if cold := len(readFolder(filepath.Join(w.stateDir(), "t.cold"))); (cold > 0) != (memory != 0) {
					t.Errorf("memory %d: %d files of pages", memory, cold)
				}
				if w.log.has("paged to disk") != (memory != 0) {
					t.Errorf("memory %d: paging is told wrongly", memory)
				}
			}
			for memory, got := range counts {
				if got != counts[0] {
					t.Errorf("memory %d: counts %s, in memory %s", memory, got, counts[0])
				}
			}
		})
	}
}

// TestBatchGivenUpCostsNoRebuild: what an abandoned batch has told the index, and paged out, is forgotten by going back
// to the last save.
func TestBatchGivenUpCostsNoRebuild(t *testing.T) {
	w := &told{world: newWorld(t), spec: spec{live: []string{"f"}, onBadRecord: Fail}}
	w.memory = 1
	var many []string
	for i := range 1000 {
		many = append(many, ev(fmt.Sprint("k", i), 1, "", "x"))
	}
	w.tell(many...)
	w.run("first")
	for i := range many {
		many[i] = ev(fmt.Sprint("k", i), 2, "", "y")
	}
	w.put("f/bad.json", append(many, "{broken")...)
	if _, err := w.tryRun(w.spec); err == nil {
		t.Fatal("the broken record did not stop the batch")
	}
	os.Remove(filepath.Join(w.dir, "in/f/bad.json"))
	w.log.events = nil
	w.tell(ev("k1", 2, "d", ""), ev("k2", 2, "", "z"))
	w.run("after it")
	if w.log.has("is built from the table") {
		t.Errorf("the index was built anew: %s", strings.Join(w.log.events, "; "))
	}
}

func TestCrashAnywhereInAPagedRun(t *testing.T) {
	t.Parallel()
	s := spec{live: []string{"f"}}
	run := func(w *world) error {
		_, err := w.tryRun(s)
		return err
	}
	everywhere(t, scene{
		spec: s,
		prepare: func(w *world) {
			w.memory = 1
			w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "x"), ev("c", 3, "d", ""), ev("d", 1, "", "x"))
			w.run(s)
			w.put("f/2.json", ev("a", 2, "", "y"), ev("b", 1, "", "late"), ev("c", 2, "", "late"), ev("d", 2, "d", ""))
		},
		act:  run,
		rows: []string{"a 2 y", "b 2 x"},
	})
}
