package vfs_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

func exists(fsys vfs.FS, name string) bool {
	_, err := fsys.Stat(name)
	return err == nil
}

func TestCrashDropsWhatWasNotSynced(t *testing.T) {
	m := vfs.NewMem()
	must(t, vfs.MkdirAllSync(m, "/d"))
	must(t, vfs.WriteFile(m, "/d/named", []byte("durable")))
	must(t, m.SyncDir("/d"))
	must(t, vfs.WriteFile(m, "/d/unnamed", []byte("content only")))
	f, err := m.Create("/d/grown")
	must(t, err)
	_, err = f.Write([]byte("synced"))
	must(t, err)
	must(t, f.Sync())
	must(t, m.SyncDir("/d"))
	_, err = f.Write([]byte(" and not"))
	must(t, err)
	must(t, vfs.WriteFile(m, "/d/late", nil))
	must(t, m.Remove("/d/named"))

	after := m.Crash(vfs.KeepNothing)
	if got := content(t, after, "/d/named"); got != "durable" {
		t.Errorf("a removal that was not synced took effect: %q", got)
	}
	if got := content(t, after, "/d/grown"); got != "synced" {
		t.Errorf("grown: %q", got)
	}
	if exists(after, "/d/late") {
		t.Error("a name that was not synced is there")
	}
	if !exists(after, "/d/unnamed") { // the second SyncDir was of the whole folder
		t.Error("a synced name is gone")
	}

	all := m.Crash(vfs.KeepAll)
	if got := content(t, all, "/d/grown"); got != "synced and not" {
		t.Errorf("kept all: %q", got)
	}
	if exists(all, "/d/named") || !exists(all, "/d/late") {
		t.Error("kept all: names are not those in sight")
	}
	if got := content(t, m.Crash(vfs.KeepNames), "/d/grown"); got != "synced" {
		t.Errorf("kept names: %q", got)
	}
}

func TestCrashTearsWrites(t *testing.T) {
	m := vfs.NewMem()
	f, err := m.Create("/f")
	must(t, err)
	must(t, m.SyncDir("/"))
	_, err = f.Write([]byte("12345678"))
	must(t, err)
	seen := map[string]bool{}
	for seed := range uint64(100) {
		seen[content(t, m.Crash(vfs.KeepSome(seed)), "/f")] = true
	}
	for _, want := range []string{"", "1234", "\x00\x00\x00\x005678", "12345678"} {
		if !seen[want] {
			t.Errorf("no crash gave %q: %v", want, seen)
		}
	}
}

// A rename whose target folder is synced must not let the old name come back.
func TestRenameIsDurableAsAWhole(t *testing.T) {
	m := vfs.NewMem()
	must(t, vfs.MkdirAllSync(m, "/a"))
	must(t, vfs.MkdirAllSync(m, "/b"))
	must(t, vfs.WriteFile(m, "/a/f", []byte("x")))
	must(t, m.Rename("/a/f", "/b/f"))
	must(t, m.SyncDir("/b"))
	for seed := range uint64(50) {
		after := m.Crash(vfs.KeepSome(seed))
		if exists(after, "/a/f") || content(t, after, "/b/f") != "x" {
			t.Fatalf("seed %d: the rename is half there", seed)
		}
	}
}

func TestCrashedFolderTakesItsFilesWithIt(t *testing.T) {
	m := vfs.NewMem()
	must(t, m.MkdirAll("/x/y"))
	must(t, vfs.WriteFile(m, "/x/y/f", []byte("x")))
	must(t, m.SyncDir("/x/y"))
	if exists(m.Crash(nil), "/x") {
		t.Fatal("a folder whose name was not synced is there")
	}
	must(t, m.SyncDir("/x"))
	must(t, m.SyncDir("/"))
	if got := content(t, m.Crash(nil), "/x/y/f"); got != "x" {
		t.Fatalf("content %q", got)
	}
}

func TestLinkedContentIsOneFile(t *testing.T) {
	m := vfs.NewMem()
	must(t, vfs.WriteFile(m, "/a", []byte("x")))
	must(t, m.Link("/a", "/b"))
	must(t, m.SyncDir("/"))
	after := m.Crash(nil)
	if content(t, after, "/a") != "x" || content(t, after, "/b") != "x" {
		t.Fatal("a link lost its content")
	}
}

func TestFaults(t *testing.T) {
	broken := errors.New("broken")
	m := vfs.NewMem()
	m.FailAt(2, broken)
	m.FailAfter(3, broken)
	must(t, m.MkdirAll("/d"))
	if err := m.MkdirAll("/e"); !errors.Is(err, broken) || exists(m.Crash(vfs.KeepAll), "/e") {
		t.Fatalf("FailAt: %v", err)
	}
	if err := m.MkdirAll("/f"); !errors.Is(err, broken) || !exists(m.Crash(vfs.KeepAll), "/f") {
		t.Fatalf("FailAfter: %v", err)
	}
	if m.Calls() != 3 {
		t.Fatalf("%d calls", m.Calls())
	}
	m.StopAt(5)
	must(t, vfs.MkdirAllSync(m.Crash(vfs.KeepAll), "/d")) // another machine
	_, err := m.Stat("/d")
	must(t, err)
	for range 2 {
		if _, err := m.Stat("/d"); !errors.Is(err, vfs.ErrStopped) {
			t.Fatalf("after StopAt: %v", err)
		}
	}
	if _, err := m.Open("/nowhere"); errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a stopped machine answers")
	}
	if trace := m.Trace(); trace[0] != (vfs.Call{Op: "mkdir", Name: "/d"}) {
		t.Fatalf("trace %v", trace)
	}
}

func TestFullDisk(t *testing.T) {
	full := errors.New("full")
	m := vfs.NewMem()
	must(t, vfs.WriteFile(m, "/a", []byte("x")))
	m.FullAt(m.Calls()+1, full)
	if _, err := m.Create("/b"); !errors.Is(err, full) {
		t.Fatalf("create: %v", err)
	}
	if err := m.Link("/a", "/b"); !errors.Is(err, full) || exists(m, "/b") {
		t.Fatalf("link: %v", err)
	}
	must(t, m.Rename("/a", "/c")) // takes no space
	if got := content(t, m, "/c"); got != "x" {
		t.Fatalf("content %q", got)
	}
	m.Free()
	must(t, vfs.WriteFile(m, "/b", nil))
}
