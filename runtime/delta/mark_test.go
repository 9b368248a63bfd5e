package delta

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// A blind commit that lands one version later than it was meant for says so in its mark.
func TestMarkOfACommitThatWasRebased(t *testing.T) {
	ctx := context.Background()
	fsys, a := memTable(t, NewTable{Schema: people})
	b, err := Open(ctx, fsys, a.Dir())
	must(t, err)
	if _, ok := a.Mark(); ok {
		t.Error("a table that nobody marked has a mark")
	}
	for i, table := range []*Table{a, b} {
		version, err := table.Commit(ctx, &Tx{Domains: map[string]string{"unit/" + string(rune('a'+i)): "1"}, Guarded: true})
		must(t, err)
		for _, handle := range []*Table{table, reopened(t, table)} {
			if m, ok := handle.Mark(); !ok || m.Version != version || version != int64(i+1) || m.Shape != table.Shape() {
				t.Errorf("commit of version %d left mark %+v", version, m)
			}
		}
	}
}

func reopened(t *testing.T, table *Table) *Table {
	t.Helper()
	again, err := Open(context.Background(), table.fsys, table.Dir())
	must(t, err)
	return again
}

// A version may set a domain once: readers that go through it from its end, and those that go from its start, would not
// agree otherwise. A reset takes all domains away, and leaves a mark.
func TestResetSetsTheMarkOnce(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people})
	_, err := table.Commit(ctx, &Tx{Domains: map[string]string{"unit": "1"}, Guarded: true})
	must(t, err)
	version, err := table.Commit(ctx, &Tx{Reset: &NewTable{Schema: people}, Guarded: true})
	must(t, err)
	if n := strings.Count(logText(t, table, version), `"`+markDomain+`"`); n != 1 {
		t.Errorf("the mark is set %d times in one version", n)
	}
	if m, ok := reopened(t, table).Mark(); !ok || m.Version != version {
		t.Errorf("mark %+v, %v", m, ok)
	}
}

// The mark is of the shape after the commit, and notes and retention are no part of it.
func TestShapeIsWhatACommitMustFit(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people})
	before := table.Shape()
	_, err := table.Commit(ctx, &Tx{AddColumns: column.Schema{{Name: "more", Type: column.Of(column.Int64)}}, Guarded: true})
	must(t, err)
	if m, _ := table.Mark(); m.Shape != table.Shape() || m.Shape == before {
		t.Errorf("mark %+v, shape %s, before %s", m, table.Shape(), before)
	}
	for property, want := range map[string]bool{
		"delta.appendOnly": true, "delta.enableDeletionVectors": true, "seamflow.updates": true, "delta.constraints.positive": true, "delta.columnMapping.mode": true,
		"delta.logRetentionDuration": false, "delta.checkpoint.writeStatsAsJson": false, "delta.autoOptimize.autoCompact": false, "owner": false,
	} {
		if binds(property) != want {
			t.Errorf("%s binds writers: %v, want %v", property, !want, want)
		}
	}
}

// Somebody's VACUUM without retention takes the files of a commit that is about to be made.
func TestFilesThatAreGoneBeforeTheirCommit(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people})
	add, err := writePeople(table, 0, 3, 10)
	must(t, err)
	must(t, fsys.Remove(filepath.Join(table.Dir(), add.Path)))
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{add}, Guarded: true})
	if !errors.Is(err, ErrConflict) || reopened(t, table).Version() != 0 {
		t.Errorf("a file that is gone was committed: %v", err)
	}
}
