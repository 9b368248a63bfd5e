package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// scene is something done to tables that a machine may die in the middle of.
type scene struct {
	spec    spec
	prepare func(w *world)       // before, undisturbed
	act     func(w *world) error // what is disturbed
	mend    func(w *world) error // after the machine came up again; nil is act
	rows    []string             // in the end
}

// outcome is what must not depend on where the machine died.
type outcome struct {
	Rows      []string
	Set       []string // what the quarantine holds
	FilesRead map[string]int64
}

func (w *world) outcome(s spec) outcome {
	w.t.Helper()
	o := outcome{Rows: w.rows("t"), FilesRead: map[string]int64{}}
	err := s.pipeline().QuarantineList(contextOf(w), w.options(), "", func(r *Rejected) {
		o.Set = append(o.Set, fmt.Sprintf("%s %s:%d %s", r.Flow, r.File, r.Line, r.Raw))
	})
	if err != nil {
		w.t.Fatalf("quarantine list: %v", err)
	}
	slices.Sort(o.Set)
	sum, err := s.pipeline().Status(contextOf(w), w.options())
	if err != nil {
		w.t.Fatalf("status: %v", err)
	}
	for _, f := range sum.Tables[0].Flows {
		o.FilesRead[f.Name] = f.FilesRead
	}
	return o
}

// mem makes the world's tables live in a file system that can crash.
func (w *world) mem(from *vfs.Mem) *vfs.Mem {
	if from == nil {
		from = vfs.NewMem()
		if err := vfs.MkdirAllSync(from, w.dir); err != nil {
			w.t.Fatalf("%v", err)
		}
	}
	w.fs = from
	return from
}

// everywhere plays the scene with the machine stopped at each call to the file system in turn, for each way in which
// what was not synced may survive, and with each call failing once.
func everywhere(t *testing.T, sc scene) {
	w := newWorld(t)
	start := w.mem(nil)
	sc.prepare(w)
	if sc.mend == nil {
		sc.mend = sc.act
	}
	begin := func() *vfs.Mem { return w.mem(start.Crash(vfs.KeepAll)) }

	calm := begin()
	if err := sc.act(w); err != nil {
		t.Fatalf("undisturbed: %v", err)
	}
	calls := calm.Calls()
	if err := sc.mend(w); err != nil {
		t.Fatalf("undisturbed, second time: %v", err)
	}
	want := w.outcome(sc.spec)
	if diff := cmp.Diff(sc.rows, want.Rows); diff != "" {
		t.Fatalf("undisturbed (-want +got):\n%s", diff)
	}
	t.Logf("%d calls to the file system", calls)

	check := func(how string, k int) {
		t.Helper()
		if err := sc.mend(w); err != nil {
			t.Fatalf("%s at call %d: the next run: %v", how, k, err)
		}
		if diff := cmp.Diff(want, w.outcome(sc.spec)); diff != "" {
			t.Fatalf("%s at call %d (-want +got):\n%s", how, k, diff)
		}
	}
	for k := 1; k <= calls; k++ {
		m := begin()
		m.StopAt(k)
		if err := sc.act(w); err != nil && !errors.Is(err, vfs.ErrStopped) && !strings.Contains(err.Error(), vfs.ErrStopped.Error()) {
			t.Fatalf("stopped at call %d: %v", k, err)
		}
		for name, keep := range map[string]vfs.Keep{
			"nothing kept": vfs.KeepNothing, "all kept": vfs.KeepAll, "names kept": vfs.KeepNames, "some kept": vfs.KeepSome(uint64(k)),
		} {
			w.mem(m.Crash(keep))
			check("stopped, "+name, k)
		}
	}
	for k := 1; k <= calls; k++ {
		m := begin()
		m.FailAt(k, syscall.ENOSPC)
		_ = sc.act(w)
		w.mem(m.Crash(vfs.KeepAll)) // the process ends: its locks are free
		check("disk full", k)
		m = begin()
		m.FailAfter(k, syscall.EIO)
		_ = sc.act(w)
		w.mem(m.Crash(vfs.KeepAll))
		check("answer lost", k)
	}
}

func TestCrashAnywhereInARun(t *testing.T) {
	want := map[string][]string{
		"row":    {"a 2 y", "b 2 z", "c 1 z", "g 1 x"},
		"slim":   {"a y", "b z", "c z", "g x"},
		"append": {"a 0 w", "a 1 x", "a 2 y", "b 2 x", "b 2 z", "c 1 ", "c 1 z", "e 1 x", "e 2 ", "g 1 x"},
	}
	for kind := range want {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := spec{kind: kind, live: []string{"f"}, once: []string{"old"}, maxFiles: 1}
			run := func(w *world) error {
				_, err := w.tryRun(s)
				return err
			}
			everywhere(t, scene{
				spec: s,
				prepare: func(w *world) {
					w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "x"), ev("c", 1, "d", ""), "{broken")
					w.put("f/2.json", ev("a", 2, "", "y"), ev("b", 2, "", "z"), ev("e", 1, "", "x"), ev("e", 2, "d", ""))
					w.put("old/1.json", ev("c", 1, "", "z"), ev("a", 0, "", "w"), ev("f", 1, "", "bad"))
					w.put("old/2.json", ev("g", 1, "", "x"))
				},
				act:  run,
				rows: want[kind],
			})
		})
	}
}

// TestCrashAnywhereInARunOverTopics: the topics bring a message at a time and a partition, in commits of their own.
func TestCrashAnywhereInARunOverTopics(t *testing.T) {
	want := map[string][]string{
		"row":    {"a 2 y", "b 2 x", "c 1 z", "g 1 x"},
		"append": {"a 0 w", "a 1 x", "a 2 y", "b 2 x", "c 1 ", "c 1 z", "g 1 x"},
	}
	for kind := range want {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			live, old := newFakeTopic(2), newFakeTopic(1)
			live.put(0, ev("a", 1, "", "x"), "{broken")
			live.add(0, fakeMessage{hidden: true})
			live.put(0, ev("a", 2, "", "y"))
			live.put(1, ev("b", 2, "", "x"), ev("c", 1, "d", ""))
			old.put(0, ev("c", 1, "", "z"), ev("a", 0, "", "w"), ev("f", 1, "", "bad"), ev("g", 1, "", "x"))
			live.most, old.most = 1, 2
			s := spec{kind: kind, live: []string{"f"}, once: []string{"old"}, topics: map[string]*fakeTopic{"f": live, "old": old}, maxBytes: 1}
			everywhere(t, scene{
				spec:    s,
				prepare: func(*world) {},
				act: func(w *world) error {
					_, err := w.tryRun(s)
					return err
				},
				rows: want[kind],
			})
		})
	}
}

func TestCrashAnywhereInAReplay(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := spec{kind: kind, live: []string{"f"}}
			everywhere(t, scene{
				spec: s,
				prepare: func(w *world) {
					w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 2, "", "bad"), "{broken", ev("c", 2, "", "bad"))
					w.run(s)
				},
				act: func(w *world) error {
					_, err := projectMended(s).QuarantineReplay(contextOf(w), w.options(), "")
					return err
				},
				rows: []string{"a 1 x", "b 2 bad", "c 2 bad"},
			})
		})
	}
}

func TestCrashAnywhereInAReset(t *testing.T) {
	for _, name := range []string{"t", "f"} { // the table, a flow
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec{live: []string{"f", "g"}}
			run := func(w *world) error {
				_, err := w.tryRun(s)
				return err
			}
			reset := func(w *world) error {
				_, err := s.pipeline().Reset(contextOf(w), w.options(), name, func(*ResetPlan) bool { return true })
				return err
			}
			everywhere(t, scene{
				spec: s,
				prepare: func(w *world) {
					w.put("f/1.json", ev("a", 1, "", "x"), "{broken", ev("b", 2, "", "bad"))
					w.put("g/1.json", ev("a", 2, "", "y"), "{broken")
					if err := run(w); err != nil {
						t.Fatal(err)
					}
				},
				act: reset,
				mend: func(w *world) error {
					if err := reset(w); err != nil {
						return err
					}
					_ = w.fs.Remove(w.stateFile("t"))
					return run(w)
				},
				rows: []string{"a 2 y"},
			})
		})
	}
}

// TestUnclearCommitThatSetRecordsAside: the disk failed when the commit was in the log and not yet durable, and the same
// run goes on to a batch that sets records aside too.
func TestUnclearCommitThatSetRecordsAside(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}, maxFiles: 1}
	w.put("f/1.json", "{one")
	w.put("f/2.json", "{two")
	start := w.mem(nil)
	calm := w.mem(start.Crash(vfs.KeepAll))
	w.run(s)
	want := w.outcome(s)
	if len(want.Set) != 2 {
		t.Fatalf("undisturbed: %q", want.Set)
	}
	tried := 0
	for i, call := range calm.Trace() {
		if call.Op == "syncdir" && strings.HasSuffix(call.Name, "tables/t/_delta_log") {
			tried++
			m := w.mem(start.Crash(vfs.KeepAll))
			m.FailAt(i+1, syscall.EIO)
			_, _ = w.tryRun(s)
			w.mem(m.Crash(vfs.KeepAll)) // the process ends
			w.run(s)
			if diff := cmp.Diff(want, w.outcome(s)); diff != "" {
				t.Errorf("call %d: %s", i+1, diff)
			}
		}
	}
	if tried < 3 {
		t.Errorf("%d commits", tried)
	}
}
