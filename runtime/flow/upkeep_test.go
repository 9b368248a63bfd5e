package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
)

// TestUpkeepBesideCommits: after a hundred versions there is a checkpoint, without which the table cannot be read once its
// log is gone, and after a day the debris goes.
func TestUpkeepBesideCommits(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t) // the machine's disk: age is what keeps files of a commit to come
			s := spec{kind: kind, live: []string{"f"}, maxFiles: 1}
			for i := range 101 {
				w.put(fmt.Sprintf("f/%03d.json", i), ev(fmt.Sprint("k", i%20), i, "", "x"), "{broken")
			}
			w.run(s)
			want, set := w.rows("t"), w.outcome(s).Set
			dir := filepath.Join(w.dir, "tables", "t")
			ago := time.Now().Add(-9 * vacuumEvery)
			for _, table := range []string{dir, dir + "__quarantine"} {
				for v := range w.onlyCheckpoint(table) {
					must(t, os.Remove(filepath.Join(table, "_delta_log", fmt.Sprintf("%020d.json", v))))
				}
				debris := filepath.Join(table, "part-debris.parquet")
				must(t, os.WriteFile(debris, nil, 0o666))
				must(t, os.Chtimes(debris, ago, ago))
			}
			if diff := cmp.Diff(want, w.rows("t")); diff != "" {
				t.Errorf("from the checkpoint: %s", diff)
			}

			w.put("f/last.json", ev("last", 1, "", "x"), "{broken")
			opt := w.options()
			opt.now = func() time.Time { return time.Now().Add(2 * vacuumEvery) }
			_, err := s.pipeline().Run(context.Background(), opt)
			must(t, err)
			if n := len(w.rows("t")); n != len(want)+1 {
				t.Errorf("%d rows after %d", n, len(want))
			}
			if n := len(w.outcome(s).Set); n != len(set)+1 {
				t.Errorf("%d records set aside after %d", n, len(set))
			}
			for _, table := range []string{dir, dir + "__quarantine"} {
				if _, err := w.fs.Stat(filepath.Join(table, "part-debris.parquet")); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("debris is left in %s: %v", table, err)
				}
			}
			if !w.log.has("vacuum: removed") {
				t.Error("nothing was said of the vacuum")
			}
		})
	}
}

// onlyCheckpoint is the version of the one checkpoint in a table's log.
func (w *world) onlyCheckpoint(table string) (version int64) {
	w.t.Helper()
	entries, err := w.fs.ReadDir(filepath.Join(table, "_delta_log"))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	found := 0
	for _, e := range entries {
		if ok, _ := filepath.Match("*.checkpoint.parquet", e.Name()); ok {
			found++
			fmt.Sscanf(e.Name(), "%020d", &version)
		}
	}
	if found != 1 || version < 100 {
		w.t.Fatalf("%s: %d checkpoints, of version %d", table, found, version)
	}
	return version
}

// TestUpkeepThatFails is told of once, and no commit fails for it.
func TestUpkeepThatFails(t *testing.T) {
	w := newWorld(t)
	m := w.mem(nil)
	s := spec{kind: "append", live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	env := &environment{sink: &w.log, now: time.Now, fs: m}
	table, err := delta.Open(context.Background(), m, filepath.Join(w.dir, "tables", "t"))
	must(t, err)
	u := upkeep{env: env, table: "t"}
	m.StopAt(m.Calls() + 1)
	for range 3 {
		u.vacuum = time.Now().Add(-time.Hour)
		u.after(table)
		u.finish(context.Background())
	}
	told := 0
	for _, e := range w.log.events {
		if strings.HasPrefix(e, "vacuum of table") && strings.HasSuffix(e, "tried again later") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times: %q", told, w.log.events)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
