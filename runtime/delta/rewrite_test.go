package delta

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
)

func TestRewriteNeedsNoDeletionVectors(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Rewrite: true})
	must(t, addPeople(table, 0, 20))
	must(t, addPeople(table, 20, 40))
	must(t, addPeople(table, 40, 60))
	before, err := spots(table)
	must(t, err)
	own, err := writePeople(table, 60, 70, 4)
	must(t, err)
	own.Deleted = rowsOf(0, 9)
	tx := &Tx{Adds: []AddFile{own}, Deletes: map[string]*bitmap{
		before[3].path: rowsOf(before[3].row), before[25].path: rowsOf(before[25].row),
	}}
	version, err := table.Commit(ctx, tx)
	must(t, err)
	want := idRange(0, 69)
	for _, id := range []int64{3, 25, 60} {
		delete(want, id)
	}
	got, err := readPeople(table)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	text := logText(t, table, version)
	if strings.Contains(text, "deletionVector") || !strings.Contains(text, `"dataChange":true`) {
		t.Errorf("the log says %s", text)
	}
	if text := logText(t, table, 0); !strings.Contains(text, `"minReaderVersion":1`) {
		t.Errorf("the protocol is %s", text)
	}
	if _, err := fsys.Stat(filepath.Join(table.Dir(), own.Path)); err == nil {
		t.Error("the file that was rewritten before it was added is left")
	}
	after, err := spots(table)
	must(t, err)
	if before[50] != after[50] {
		t.Error("a file that nothing died in was rewritten")
	}
	checkMoves(t, before, after, tx.Moved)
	born := slices.IndexFunc(tx.Moved, func(m Move) bool { return m.From == own.Path })
	if born < 0 || !tx.Moved[born].Born {
		t.Errorf("moves: %+v", tx.Moved)
	}
}

// TestFailedRewriteLeavesTheTable: what was written for a commit that was not made goes, and the table stands.
func TestFailedRewriteLeavesTheTable(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Rewrite: true})
	must(t, addPeople(table, 0, 20))
	other, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	must(t, addPeople(other, 20, 22))
	names, err := fsys.ReadDir(table.Dir())
	must(t, err)
	if _, err := killPeople(table, 3); !errors.Is(err, ErrConflict) {
		t.Fatalf("got %v", err)
	}
	after, err := fsys.ReadDir(table.Dir())
	must(t, err)
	redirects, err := fsys.ReadDir(filepath.Join(table.Dir(), "_seamflow", sideRedirect))
	must(t, err)
	if len(after)-1 != len(names) || len(redirects) > 0 { // _seamflow is new
		t.Errorf("%d names, there were %d; %d redirects", len(after), len(names), len(redirects))
	}
	_, err = killPeople(table, 3)
	must(t, err)
	if got, err := readPeople(table); err != nil || got[3] != 0 || len(got) != 21 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRewrittenTableTakesDeletionVectors(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Rewrite: true})
	must(t, addPeople(table, 0, 20))
	_, err := table.Commit(ctx, &Tx{EnableVectors: true, AddColumns: column.Schema{{Name: "more", Type: column.Of(column.Date)}}})
	must(t, err)
	_, err = killPeople(table, 3)
	must(t, err)
	reopened, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	f := reopened.Files()[0]
	if reopened.Rewrites() || !reopened.Keyed() || f.Dead != 1 || len(reopened.Schema()) != 3 || reopened.Configuration()[vectorsProperty] != "true" {
		t.Errorf("file %+v, %v", f, reopened.Configuration())
	}
	_, err = reopened.Commit(ctx, &Tx{Reset: &NewTable{Schema: people, Keyed: true, Rewrite: true}})
	if err == nil || !strings.Contains(err.Error(), "new path") {
		t.Errorf("back to files written anew: %v", err)
	}
}

// TestRewriteOfEveryRow leaves no file.
func TestRewriteOfEveryRow(t *testing.T) {
	_, table := memTable(t, NewTable{Schema: people, Keyed: true, Rewrite: true})
	must(t, addPeople(table, 0, 3))
	_, err := killPeople(table, 0, 1, 2)
	must(t, err)
	if len(table.Files()) != 0 {
		t.Errorf("files: %v", paths(table))
	}
}
