package vfs_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// both runs a test on the machine's file system and on Mem: what the store relies on must hold on either.
func both(t *testing.T, run func(t *testing.T, fsys vfs.FS, dir string)) {
	t.Run("os", func(t *testing.T) { run(t, vfs.OS(), t.TempDir()) })
	t.Run("mem", func(t *testing.T) {
		m := vfs.NewMem()
		must(t, m.MkdirAll("/d"))
		run(t, m, "/d")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, fsys vfs.FS, name string) string {
	t.Helper()
	data, err := vfs.ReadFile(fsys, name)
	must(t, err)
	return string(data)
}

func TestCreateNeverOverwrites(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := filepath.Join(dir, "a")
		must(t, vfs.WriteFile(fsys, name, []byte("first")))
		if _, err := fsys.Create(name); !errors.Is(err, fs.ErrExist) {
			t.Fatalf("second Create: %v", err)
		}
		if got := content(t, fsys, name); got != "first" {
			t.Fatalf("content %q", got)
		}
	})
}

func TestLinkIsPutIfAbsent(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
		must(t, vfs.WriteFile(fsys, a, []byte("a")))
		must(t, vfs.WriteFile(fsys, b, []byte("b")))
		must(t, fsys.Link(a, c))
		if err := fsys.Link(b, c); !errors.Is(err, fs.ErrExist) {
			t.Fatalf("link over a file: %v", err)
		}
		must(t, fsys.Remove(a))
		if got := content(t, fsys, c); got != "a" {
			t.Fatalf("content %q", got)
		}
		if _, err := fsys.Open(a); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("open of a removed name: %v", err)
		}
		if err := fsys.Link(a, filepath.Join(dir, "x")); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("link of a missing file: %v", err)
		}
	})
}

func TestRenameReplaces(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		must(t, vfs.WriteFile(fsys, a, []byte("a")))
		must(t, vfs.WriteFile(fsys, b, []byte("b")))
		must(t, fsys.Rename(a, b))
		if got := content(t, fsys, b); got != "a" {
			t.Fatalf("content %q", got)
		}
		entries, err := fsys.ReadDir(dir)
		must(t, err)
		if len(entries) != 1 || entries[0].Name() != "b" {
			t.Fatalf("entries %v", entries)
		}
	})
}

func TestReadsAtTheEnd(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := filepath.Join(dir, "a")
		must(t, vfs.WriteFile(fsys, name, []byte("0123456789")))
		f, err := fsys.Open(name)
		must(t, err)
		defer f.Close()
		buf := make([]byte, 4)
		if n, err := f.ReadAt(buf, 8); n != 2 || err != io.EOF || !bytes.Equal(buf[:n], []byte("89")) {
			t.Fatalf("short ReadAt: %d, %v", n, err)
		}
		if n, err := f.ReadAt(buf, 6); n != 4 || err != nil && err != io.EOF {
			t.Fatalf("ReadAt up to the end: %d, %v", n, err)
		}
		all, err := io.ReadAll(f)
		if err != nil || string(all) != "0123456789" {
			t.Fatalf("ReadAll: %q, %v", all, err)
		}
		if size, err := f.Size(); size != 10 || err != nil {
			t.Fatalf("size %d, %v", size, err)
		}
		if _, err := f.Write([]byte("x")); err == nil {
			t.Fatal("a file opened for reading was written")
		}
	})
}

func TestMissingFolders(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		deep := filepath.Join(dir, "x", "y", "z")
		if _, err := fsys.Create(filepath.Join(deep, "f")); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("create in a missing folder: %v", err)
		}
		must(t, vfs.MkdirAllSync(fsys, deep))
		must(t, vfs.MkdirAllSync(fsys, deep))
		must(t, vfs.WriteFile(fsys, filepath.Join(deep, "f"), nil))
		if err := fsys.Remove(deep); err == nil {
			t.Fatal("a folder with a file in it was removed")
		}
		info, err := fsys.Stat(deep)
		must(t, err)
		if !info.IsDir() {
			t.Fatal("not a folder")
		}
		if err := fsys.MkdirAll(filepath.Join(deep, "f", "g")); err == nil {
			t.Fatal("a folder was made in a file")
		}
	})
}

func TestLockExcludes(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := filepath.Join(dir, "lock")
		l, err := fsys.Lock(name)
		must(t, err)
		if _, err := fsys.Lock(name); !errors.Is(err, vfs.ErrLocked) {
			t.Fatalf("second lock: %v", err)
		}
		must(t, l.Close())
		l, err = fsys.Lock(name)
		must(t, err)
		must(t, l.Close())
	})
}

func TestSharedLocks(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := filepath.Join(dir, "lock")
		a, err := fsys.LockShared(name)
		must(t, err)
		b, err := fsys.LockShared(name)
		must(t, err)
		if _, err := fsys.Lock(name); !errors.Is(err, vfs.ErrLocked) {
			t.Fatalf("exclusive lock beside two shared ones: %v", err)
		}
		must(t, a.Close())
		if err := a.Close(); err == nil {
			t.Fatal("a lock was closed twice")
		}
		if _, err := fsys.Lock(name); !errors.Is(err, vfs.ErrLocked) {
			t.Fatalf("exclusive lock beside a shared one: %v", err)
		}
		must(t, b.Close())
		l, err := fsys.Lock(name)
		must(t, err)
		if _, err := fsys.LockShared(name); !errors.Is(err, vfs.ErrLocked) {
			t.Fatalf("shared lock beside an exclusive one: %v", err)
		}
		must(t, l.Close())
	})
}

// A lock must not outlive its process, however that ends.
func TestLockDiesWithItsProcess(t *testing.T) {
	if name := os.Getenv("VFS_TEST_LOCK"); name != "" {
		if _, err := vfs.OS().Lock(name); err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
		return
	}
	name := filepath.Join(t.TempDir(), "lock")
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockDiesWithItsProcess$")
	cmd.Env = append(os.Environ(), "VFS_TEST_LOCK="+name)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if _, err := io.ReadFull(out, make([]byte, len("locked\n"))); err != nil {
		t.Fatal(err)
	}
	if _, err := vfs.OS().Lock(name); !errors.Is(err, vfs.ErrLocked) {
		t.Fatalf("lock of a living process: %v", err)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	l, err := vfs.OS().Lock(name)
	must(t, err)
	must(t, l.Close())
}
