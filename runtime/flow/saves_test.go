package flow

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// snapshot is the text of the index's snapshot, its parts included.
func (w *told) snapshot() (all []byte) {
	w.t.Helper()
	names, err := filepath.Glob(w.stateFile("t") + "*")
	if err != nil || len(names) == 0 {
		w.t.Fatalf("%v: %v", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		all = append(all, text...)
	}
	return all
}

// manyKeys gives an event for each of so many keys.
func manyKeys(n, seq int) (lines []string) {
	for i := range n {
		lines = append(lines, ev(fmt.Sprintf("k%06d", i), seq, "", "x"))
	}
	return lines
}

// TestSnapshotIsInProportion: a few changes of many keys do not write all of them again; the next run catches up with the
// commits, and knows what they deleted and what is late. When enough have changed the snapshot is written.
func TestSnapshotIsInProportion(t *testing.T) {
	for _, kind := range []string{"row", "slim"} {
		t.Run(kind, func(t *testing.T) {
			w := &told{world: newWorld(t), spec: spec{kind: kind, live: []string{"f"}}}
			const keys = fewKeys + 1000
			w.tell(manyKeys(keys, 3)...)
			w.run("all keys")
			first := w.snapshot()

			w.tell(ev("k000001", 5, "", "y"), ev("k000002", 5, "d", ""), ev("new", 4, "", "z"))
			w.run("few changes")
			w.tell(ev("k000001", 4, "", "late"), ev("k000002", 4, "", "late"), ev("new", 3, "d", ""), ev("k000003", 4, "d", ""))
			w.run("late ones")
			if !bytes.Equal(w.snapshot(), first) {
				t.Error("the snapshot was written again for a handful of changes")
			}
			if w.log.has("its snapshot") || w.log.has("cannot be followed") {
				t.Errorf("the snapshot was not caught up with: %q", w.log.events)
			}

			w.tell(manyKeys(keys/lagAtEnd, 6)...)
			w.run("enough")
			if bytes.Equal(w.snapshot(), first) {
				t.Error("the snapshot was not written again when an eighth of the keys had changed")
			}
			w.tell(ev("k000001", 5, "", "late"))
			w.run("from the new snapshot")
		})
	}
}

// TestCatchingUpReadsNewLogOnly: of the merge log a start reads what its snapshot does not know.
func TestCatchingUpReadsNewLogOnly(t *testing.T) {
	w := &told{world: newWorld(t), spec: spec{kind: "row", live: []string{"f"}}}
	w.tell(ev("a", 3, "d", ""), ev("b", 3, "", "x"))
	w.run("with a snapshot")
	w.lag = 1 << 40
	w.tell(ev("b", 5, "d", ""), ev("c", 1, "", "x"))
	w.run("without")

	logs, err := filepath.Glob(filepath.Join(w.table(), "_seamflow", "merge", "*"))
	if err != nil || len(logs) != 2 {
		t.Fatalf("%d files of the merge log, %v; want 2", len(logs), err)
	}
	newest := newestOf(t, logs)
	for _, name := range logs {
		if name != newest {
			if err := os.WriteFile(name, []byte("not to be read"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.tell(ev("a", 2, "", "late"), ev("b", 4, "", "late"), ev("d", 1, "", "x"))
	w.run("caught up")
}

// newestOf gives the file that was written last.
func newestOf(t *testing.T, names []string) (newest string) {
	var last time.Time
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.ModTime().After(last) {
			newest, last = name, info.ModTime()
		}
	}
	return newest
}

// TestIndexIsThereBeforeTheFirstChange: a pipeline that runs and has nothing to do makes its index ready.
func TestIndexIsThereBeforeTheFirstChange(t *testing.T) {
	w := &told{world: newWorld(t), spec: spec{kind: "row", live: []string{"f"}}}
	w.tell(firstStep...)
	w.run("first")
	if err := os.RemoveAll(w.stateDir()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	opt := w.options()
	opt.AvailableNow = false
	opt.Observer = stopAt{&w.log, "the key index is built from the table", stop}
	if _, err := w.spec.pipeline().Run(ctx, opt); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != context.Canceled {
		t.Error("an idle pipeline left its index to the first change")
	}
}
