//go:build linux

package main_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/flow"
)

// TestFaultFullDisk gives tables and state a disk of 64 MB that somebody else has filled but for a little: the run stops
// with exit 3, what is there can be read by us and by delta-rs, and once there is room the next run goes on to the table of
// a run that had all the room there is.
func TestFaultFullDisk(t *testing.T) {
	y := faults.Begin(t, "a disk of 64 MB that is full, and freed")
	binary := build(t)
	calm, source, disk := t.TempDir(), t.TempDir(), t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		y.Skip()
		t.Skipf("NOT TESTED: a full disk. A tmpfs cannot be mounted (it takes root): %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	for _, dir := range []string{calm, source} {
		command(t, binary.gen, "-rows", "100000", "-file-rows", "2500", "-seed", "11", "-out", dir)
		pipeline{t, dir}.age()
	}
	command(t, binary.pipeline, "run", "--available-now", "--data", calm)
	want := standing(t, calm)
	free := []int{0, 160, 1200}
	if faults.Long() {
		free = append(free, 4, 16, 640, 2000, 32, 48, 64, 96, 128, 256, 384, 512, 800, 1000, 1400, 1600, 1800, 2200, 2400, 2800, 3200)
	}
	stopped := 0
	for _, kib := range free {
		how := fmt.Sprintf("%d KiB free", kib)
		empty(t, disk)
		if err := os.Symlink(filepath.Join(source, "data"), filepath.Join(disk, "data")); err != nil {
			t.Fatal(err)
		}
		fill(t, filepath.Join(disk, "ballast"), kib<<10)
		files := arrivals{t: t, dir: source}
		files.hold()
		asked := false
		for files.left != nil {
			files.bring(8)
			switch code, said := runAgain(t, binary.pipeline, disk); code {
			case flow.ExitFine:
			case flow.ExitEnvironment:
				stopped++
				if !asked || faults.Long() {
					asked = readable(t, y, how, disk)
				}
			default:
				y.Failed(how, "exit %d: %s", code, said)
			}
		}
		if err := os.Remove(filepath.Join(disk, "ballast")); err != nil {
			t.Fatal(err)
		}
		if code, said := runAgain(t, binary.pipeline, disk); code != flow.ExitFine {
			y.Failed(how+", freed", "exit %d: %s", code, said)
			continue
		}
		y.Rows(how+", freed", want, standing(t, disk))
	}
	if stopped == 0 {
		t.Error("no run was stopped by the full disk")
	}
	y.Note("%d runs stopped", stopped)
}

// readable asks delta-rs for a table that was made before the disk was full. It reports false where there is none.
func readable(t *testing.T, y *faults.Tally, how, disk string) bool {
	t.Helper()
	table := filepath.Join(disk, "tables", "online_order_completed")
	if _, err := os.Stat(filepath.Join(table, "_delta_log", "00000000000000000001.json")); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if rows := readers.Read(t, readers.DeltaRS, table); len(rows) == 0 {
		y.Failed(how, "delta-rs finds no rows")
	}
	return true
}

func runAgain(t *testing.T, binary, dir string) (code int, said string) {
	t.Helper()
	out, err := exec.Command(binary, "run", "--available-now", "--data", dir).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return code, string(out)
}

func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// fill writes a file that leaves so many bytes of its disk free.
func fill(t *testing.T, name string, leave int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4<<10)
	for {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	info, err := f.Stat()
	if err == nil {
		err = f.Truncate(max(info.Size()-int64(leave), 0))
	}
	if err != nil {
		t.Fatal(err)
	}
}
