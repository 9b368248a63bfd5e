package flow

import (
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// fullDisk takes so many bytes and no more until there is room again.
type fullDisk struct {
	vfs.FS
	room atomic.Int64
}

type fullFile struct {
	vfs.File
	disk *fullDisk
	name string
}

func (d *fullDisk) Create(name string) (vfs.File, error) {
	f, err := d.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return fullFile{f, d, name}, nil
}

func (f fullFile) Write(p []byte) (int, error) {
	if f.disk.room.Add(-int64(len(p))) < 0 {
		return 0, &fs.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	return f.File.Write(p)
}

// TestDiskThatStaysFull leaves the table readable at its last whole batch, says so, and loses nothing once there is room.
func TestDiskThatStaysFull(t *testing.T) {
	for _, kind := range []string{"row", "slim", "append"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			disk := &fullDisk{FS: w.fs}
			w.fs = disk
			s := spec{kind: kind, live: []string{"f"}, maxFiles: 1}
			var lines []string
			for i := range 6 {
				line := ev(fmt.Sprint("k", i), i, "", "x")
				w.put(fmt.Sprintf("f/%d.json", i), line, "{broken")
				lines = append(lines, line)
			}
			failed := 0
			for room := int64(0); ; room += 1_500 {
				disk.room.Store(room)
				_, err := w.tryRun(s)
				disk.room.Store(1 << 40)
				if err == nil {
					break
				}
				if failed++; ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "no space left") {
					t.Fatalf("with room for %d bytes: %v", room, err)
				}
				if sum, err := s.pipeline().Status(t.Context(), w.options()); err != nil {
					t.Fatalf("with room for %d bytes the table is not readable: %v", room, err)
				} else if sum.Tables[0].Version >= 0 {
					w.rows("t")
				}
			}
			if failed < 3 {
				t.Fatalf("the disk was full %d times only", failed)
			}
			want := fold(kind, lines)
			if kind == "append" {
				want = fold("row", lines)
			}
			wantRows(t, w, "t", want...)
			if set := w.outcome(s).Set; len(set) != 6 {
				t.Errorf("set aside: %q", set)
			}
		})
	}
}
