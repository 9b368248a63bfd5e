package delta

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestVacuumBesideTheWork: the clock goes back while a vacuum is on its way, and what the next batch writes looks old.
func TestVacuumBesideTheWork(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "t")
	table, err := Create(ctx, vfs.OS(), dir, NewTable{Schema: people, Keyed: true})
	must(t, err)
	debris, err := writePeople(table, 0, 5, 1000)
	must(t, err)
	s := table.Snapshot()
	must(t, s.Note())
	next, err := writePeople(table, 5, 10, 1000)
	must(t, err)
	side, err := table.WriteSide("files", []byte("x"))
	must(t, err)
	old(t, dir, 2*week)
	log := table.logPath(0)
	old(t, log, 0)
	r, err := s.Vacuum(ctx, VacuumOptions{})
	must(t, err)
	if !slices.Equal(r.Files, []string{debris.Path}) {
		t.Errorf("removed %q, not %q alone: the next commit is to name %s and %s", r.Files, debris.Path, next.Path, side)
	}
}
