package foreign_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// changes are what a pipeline cannot know of: rows, schema, protocol, and properties that bind writers.
var changes = []struct {
	name, do string
	append   bool // is tried on an append table too
	final    bool // even a reset cannot write to the table any more
}{
	{"INSERT", "INSERT INTO TABLE_PATH VALUES (900, 1, 'theirs')", true, false},
	{"DELETE", "DELETE FROM TABLE_PATH WHERE id = 1", true, false},
	{"UPDATE", "UPDATE TABLE_PATH SET val = 'theirs' WHERE id = 2", false, false},
	{"MERGE", "MERGE INTO TABLE_PATH t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE", false, false},
	{"RESTORE", "RESTORE TABLE TABLE_PATH TO VERSION AS OF 1", true, false},
	{"TRUNCATE", "DELETE FROM TABLE_PATH", false, false},
	{"overwrite", "overwrite", false, false},
	{"ADD COLUMNS", "ALTER TABLE TABLE_PATH ADD COLUMNS (theirs STRING)", true, false},
	{"a property that binds writers", "ALTER TABLE TABLE_PATH SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')", false, false},
	{"protocol upgrade", "ALTER TABLE TABLE_PATH SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')", false, true},
}

var first = []event{{1, 10, "a", false}, {2, 10, "b", false}, {3, 10, "c", false}, {6, 10, "gone", true}}
var second = []event{{3, 20, "d", false}, {4, 10, "e", false}}

// TestChangesStopThePipeline: with version, engine and way out, nothing written; and the way out works.
func TestChangesStopThePipeline(t *testing.T) {
	readers.Start(t, readers.Spark)
	for _, op := range changes {
		for _, keyed := range []bool{true, false} {
			if !keyed && !op.append {
				continue
			}
			t.Run(fmt.Sprintf("%s/keyed %v", op.name, keyed), func(t *testing.T) {
				w := newWorld(t, keyed)
				w.put(first...)
				w.run()
				w.put(second...)
				w.run()
				if _, err := readers.Do(readers.Spark, w.table(), op.do); err != nil {
					t.Fatal(err)
				}
				w.put(event{5, 10, "f", false})
				versions := w.versions()
				err := w.tryRun()
				w.wantStop(err, versions-1)
				if w.versions() != versions {
					t.Error("a version was made all the same")
				}
				if !op.final {
					w.wayOut()
				}
			})
		}
	}
}

func (w *world) versions() int64 {
	w.t.Helper()
	logs, err := filepath.Glob(filepath.Join(w.table(), "_delta_log", "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	return int64(len(logs))
}

func (w *world) wantStop(err error, version int64) {
	w.t.Helper()
	if err == nil || flow.ExitCode(err) != flow.ExitData {
		w.t.Fatalf("got %v, exit code %d", err, flow.ExitCode(err))
	}
	var upgraded *delta.ProtocolError
	for _, part := range []string{fmt.Sprintf("version %d", version), "Apache-Spark/4.1", "reset t"} {
		if part == "reset t" && errors.As(err, &upgraded) {
			part = "restore the table"
		}
		if !strings.Contains(err.Error(), part) {
			w.t.Errorf("no %q in: %v", part, err)
		}
	}
}

// wayOut takes the ways that the message names. After adopt the rows are those of others and what came since, after a
// reset they are those of the sources.
func (w *world) wayOut() {
	w.t.Helper()
	if !w.keyed {
		theirs := w.got()
		a, err := pipeline(false).Adopt(w.t.Context(), w.options(), "t")
		if err != nil || len(a.Versions) != 1 || a.Versions[0].Operation == "" {
			w.t.Fatalf("adopt: %+v, %v", a, err)
		}
		w.run()
		if got := w.got(); len(got) != len(theirs)+1 || !containsAll(got, theirs) {
			w.t.Errorf("after adopt: %s", cmp.Diff(theirs, got))
		}
	} else if _, err := pipeline(true).Adopt(w.t.Context(), w.options(), "t"); flow.ExitCode(err) != flow.ExitUsage {
		w.t.Errorf("a table of apply_changes was adopted: %v", err)
	}
	if _, err := pipeline(w.keyed).Reset(w.t.Context(), w.options(), "t", func(*flow.ResetPlan) bool { return true }); err != nil {
		w.t.Fatal(err)
	}
	w.run()
	if diff := cmp.Diff(w.want(), w.got()); diff != "" {
		w.t.Errorf("after reset: %s", diff)
	}
}

// containsAll reports whether all of part are in rows.
func containsAll(rows, part []string) bool {
	return !slices.ContainsFunc(part, func(r string) bool { return !slices.Contains(rows, r) })
}

// TestChangesThatRaceWithACommit are noticed before the next one, and neither side's work is lost: the batch is either
// before the change or not made.
func TestChangesThatRaceWithACommit(t *testing.T) {
	readers.Start(t, readers.Spark)
	for _, keyed := range []bool{true, false} {
		t.Run(fmt.Sprintf("keyed %v", keyed), func(t *testing.T) {
			w := newWorld(t, keyed)
			w.put(first...)
			w.run()
			var failed error
			w.fsys = &racing{FS: vfs.OS(), act: func() { _, failed = readers.Do(readers.Spark, w.table(), "DELETE FROM TABLE_PATH WHERE id = 1") }}
			w.put(second...)
			before := w.versions()
			err := w.tryRun()
			if failed != nil {
				t.Fatal(failed)
			}
			w.wantStop(err, before)
			if w.versions() != before+1 {
				t.Errorf("%d versions, and there were %d before Spark's", w.versions(), before)
			}
			w.fsys = vfs.OS()
			if _, err := pipeline(keyed).Reset(t.Context(), w.options(), "t", func(*flow.ResetPlan) bool { return true }); err != nil {
				t.Fatal(err)
			}
			w.run()
			if diff := cmp.Diff(w.want(), w.got()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAChangeWhoseVersionIsGone: a DELETE, and then the log that told of it is cleaned up while nobody looks.
func TestAChangeWhoseVersionIsGone(t *testing.T) {
	readers.Start(t, readers.Spark)
	w := newWorld(t, true)
	w.put(first...)
	w.run()
	for _, do := range []string{"DELETE FROM TABLE_PATH WHERE id = 1", "OPTIMIZE TABLE_PATH"} {
		if _, err := readers.Do(readers.Spark, w.table(), do); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.age(); err != nil {
		t.Fatal(err)
	}
	if _, err := readers.Do(readers.Spark, w.table(), "clean up"); err != nil {
		t.Fatal(err)
	}
	w.put(second...)
	err := w.tryRun()
	var history *flow.HistoryError
	var foreign *flow.ForeignError
	if !errors.As(err, &history) && !errors.As(err, &foreign) || flow.ExitCode(err) != flow.ExitData || !strings.Contains(err.Error(), "reset t") {
		t.Fatalf("got %v", err)
	}
}
