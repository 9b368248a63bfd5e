package foreign_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// events makes a file's events: new keys, updates, deletes, late ones and repeats.
func (w *world) events(r *rand.Rand) []event {
	var out []event
	for range 30 {
		if len(w.all) > 0 && r.IntN(8) == 0 {
			out = append(out, w.all[r.IntN(len(w.all))])
			continue
		}
		n := int64(len(w.all) + len(out))
		seq := (10*n + 1) / (1 + 3*int64(r.IntN(4)/3)) // a fourth of them is late
		out = append(out, event{ID: r.Int64N(40), Seq: seq*100000 + n, Val: fmt.Sprintf("v%d", n), Del: w.keyed && r.IntN(5) == 0})
	}
	return out
}

// age makes the log old enough for other engines to clean it up.
func (w *world) age() error {
	logs, err := filepath.Glob(filepath.Join(w.table(), "_delta_log", "*.json"))
	for i, name := range logs {
		at := time.Now().AddDate(0, 0, -60).Add(time.Duration(i) * time.Second)
		if err := os.Chtimes(name, at, at); err != nil {
			return err
		}
	}
	return err
}

// The moments at which somebody acts.
const (
	stopped = "while stopped"
	between = "between two commits"
	racer   = "racing with a commit"
)

// rearrangements change no row.
var rearrangements = []struct {
	name, do string
	by       readers.Engine
	keyed    []string // moments of a table of apply_changes
	append   []string // and of an append table
}{
	{"OPTIMIZE", "OPTIMIZE TABLE_PATH", readers.Spark, []string{stopped, between, racer}, []string{between, racer}},
	{"REORG", "REORG TABLE TABLE_PATH APPLY (PURGE)", readers.Spark, []string{stopped, racer}, nil},
	{"VACUUM RETAIN 0 HOURS", "VACUUM TABLE_PATH RETAIN 0 HOURS", readers.Spark, []string{between, racer}, []string{stopped, racer}},
	{"checkpoint", "checkpoint", readers.Spark, []string{between}, []string{racer}},
	{"log clean-up", "clean up", readers.Spark, []string{stopped, between}, []string{stopped}},
	{"a property that binds no writer", "ALTER TABLE TABLE_PATH SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 30 days', 'team' = 'them')", readers.Spark,
		[]string{stopped}, []string{between}},
	{"checkpoint", "checkpoint", readers.DeltaRS, []string{between}, []string{stopped}},
}

// TestRearrangementsAreFollowed: in each moment the pipeline goes on, with late, duplicate and update events of keys that
// have been moved.
func TestRearrangementsAreFollowed(t *testing.T) {
	readers.Start(t, readers.Spark)
	readers.Start(t, readers.DeltaRS)
	for _, keyed := range []bool{true, false} {
		w := newWorld(t, keyed)
		random := rand.New(rand.NewPCG(7, 7))
		w.put(w.events(random)...)
		w.run()
		for _, op := range rearrangements {
			moments := op.append
			if keyed {
				moments = op.keyed
			}
			for _, moment := range moments {
				t.Run(fmt.Sprintf("keyed %v/%s by %s/%s", keyed, op.name, op.by, moment), func(t *testing.T) {
					w.t = t
					w.disturb(moment, random, func() error {
						if op.name == "log clean-up" {
							if err := w.age(); err != nil {
								return err
							}
						}
						_, err := readers.Do(op.by, w.table(), op.do)
						return err
					})
				})
			}
		}
		w.t = t
		for _, e := range readers.OfDelta {
			if diff := cmp.Diff(w.want(), readers.Read(t, e, w.table())); diff != "" {
				t.Errorf("%s: %s", e, diff)
			}
		}
	}
}

// disturb has somebody act at a moment of a run of two commits.
func (w *world) disturb(moment string, random *rand.Rand, act func() error) {
	w.t.Helper()
	var failed error
	acted := false
	once := func() {
		if !acted {
			acted, failed = true, act()
		}
	}
	w.put(w.events(random)...)
	switch moment {
	case stopped:
		once()
	case between:
		w.put(w.events(random)...)
		w.commit = func(int64) { once() }
	default:
		w.fsys = &racing{FS: vfs.OS(), act: once}
	}
	w.run()
	w.commit, w.fsys = nil, vfs.OS()
	if failed != nil || !acted {
		w.t.Fatalf("acted %v: %v", acted, failed)
	}
	if diff := cmp.Diff(w.want(), w.got()); diff != "" {
		w.t.Error(diff)
	}
}
