package delta

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestSharedOwners: several processes have a table together, or one has it alone; whoever does not get it is told who has.
func TestSharedOwners(t *testing.T) {
	fsys, dir := vfs.OS(), filepath.Join(t.TempDir(), "t")
	share := func() interface{ Close() error } {
		t.Helper()
		lock, err := LockShared(t.Context(), fsys, dir, 0, "orders")
		if err != nil {
			t.Fatal(err)
		}
		return lock
	}
	a, b := share(), share()
	if n := len(Owners(fsys, dir)); n != 2 {
		t.Fatalf("%d owners are told of, want 2", n)
	}
	var owned *OwnedError
	if _, err := Lock(t.Context(), fsys, dir, 0, ""); !errors.As(err, &owned) || owned.PID != os.Getpid() || owned.Others != 1 {
		t.Fatalf("the table alone: %v", err)
	}
	if text := owned.Error(); !strings.Contains(text, "and another process") || !strings.Contains(text, "(pipeline orders)") {
		t.Errorf("%s", text)
	}
	a.Close()
	b.Close()
	alone, err := Lock(t.Context(), fsys, dir, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockShared(t.Context(), fsys, dir, 0, ""); !errors.As(err, &owned) || owned.Others != 0 {
		t.Fatalf("a part of the table: %v", err)
	}
	alone.Close()
	if entries, err := os.ReadDir(filepath.Join(dir, "_seamflow", "owners")); err != nil || len(entries) > 0 {
		t.Errorf("owners that have left are still told of: %v %v", entries, err)
	}
}

// TestDeadOwnersAreForgotten: what a killed process said of itself is not believed, and the next one takes it away.
func TestDeadOwnersAreForgotten(t *testing.T) {
	fsys, dir := vfs.NewMem(), "/t"
	dead, err := LockShared(t.Context(), fsys, dir, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	if !Alive(fsys, dir, dead.ID()) {
		t.Error("one who is there is taken for dead")
	}
	dead.entry.lock.Close() // what the kernel does
	dead.lock.Close()
	if Alive(fsys, dir, dead.ID()) {
		t.Error("a dead one is taken for alive")
	}
	if n := len(Owners(fsys, dir)); n != 0 {
		t.Errorf("%d owners are told of, and nobody is there", n)
	}
	again, err := LockShared(t.Context(), fsys, dir, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if list, _ := fsys.ReadDir("/t/_seamflow/owners"); len(list) != 2 {
		t.Errorf("%d files, want those of the one who is there", len(list))
	}
}

func TestOneLeads(t *testing.T) {
	fsys, dir := vfs.NewMem(), "/t"
	if err := fsys.MkdirAll("/t/_seamflow"); err != nil {
		t.Fatal(err)
	}
	first, err := Lead(fsys, dir)
	if err != nil || first == nil {
		t.Fatal(first, err)
	}
	if second, err := Lead(fsys, dir); second != nil || err != nil {
		t.Fatal(second, err)
	}
	first.Close()
	if second, err := Lead(fsys, dir); second == nil || err != nil {
		t.Fatal(second, err)
	}
}
