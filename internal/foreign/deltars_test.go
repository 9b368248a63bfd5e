package foreign_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
)

// TestDeltaRSWritesNothing: it does not know the feature domainMetadata, and says so. What it may do (checkpoints) is
// followed.
func TestDeltaRSWritesNothing(t *testing.T) {
	readers.Start(t, readers.DeltaRS)
	for _, keyed := range []bool{true, false} {
		w := newWorld(t, keyed)
		w.put(first...)
		w.run()
		w.put(second...)
		w.run()
		w.debris()
		versions, side := w.versions(), w.sideFiles()
		if keyed && len(side) == 0 {
			t.Fatal("the table has no merge log, whose fate this is about")
		}
		for _, act := range []string{"append", "overwrite", "delete", "update", "optimize", "restore", "vacuum", "vacuum full"} {
			t.Run(fmt.Sprintf("%s/keyed %v", act, keyed), func(t *testing.T) {
				w.t = t
				// Its plain vacuum looks only at files that the log names as removed, and finds none here.
				if _, err := readers.Do(readers.DeltaRS, w.table(), act); err == nil && act != "vacuum" || !w.hasDebris() {
					t.Errorf("delta-rs does it (%v); debris is left: %v", err, w.hasDebris())
				}
				if w.versions() != versions {
					t.Error("there is a new version")
				}
				if diff := cmp.Diff(side, w.sideFiles()); diff != "" {
					t.Error(diff)
				}
			})
		}
		w.t = t
		if _, err := readers.Do(readers.DeltaRS, w.table(), "checkpoint"); err != nil {
			t.Fatal(err)
		}
		w.put(event{1, 30, "z", false}, event{3, 15, "late", false})
		w.run()
		if diff := cmp.Diff(w.want(), w.got()); diff != "" {
			t.Error(diff)
		}
	}
}

// sideFiles are those below _seamflow.
func (w *world) sideFiles() []string {
	w.t.Helper()
	out := []string{}
	err := filepath.WalkDir(filepath.Join(w.table(), "_seamflow"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// debris is a data file that no version names, old enough for anybody's vacuum.
func (w *world) debris() {
	w.t.Helper()
	name := filepath.Join(w.table(), "debris.parquet")
	if err := os.WriteFile(name, []byte("debris"), 0o644); err != nil {
		w.t.Fatal(err)
	}
	at := time.Now().AddDate(0, -3, 0)
	if err := os.Chtimes(name, at, at); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) hasDebris() bool {
	_, err := os.Stat(filepath.Join(w.table(), "debris.parquet"))
	return err == nil
}
