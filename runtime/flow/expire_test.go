package flow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTombstonesExpire: a delete holds back what is older than it for as long as tombstone_retention says, counted from when it
// was applied, and no longer (R7); whatever becomes of the state.
func TestTombstonesExpire(t *testing.T) {
	for _, kind := range []string{"row", "slim"} { // the sequence is in the rows, and in the merge log
		for _, state := range []string{"kept", "lost", "older"} {
			t.Run(kind+"_"+state, func(t *testing.T) {
				w := newWorld(t)
				at := time.Now()
				w.now = func() time.Time { return at }
				s := spec{kind: kind, live: []string{"f"}, retention: 10 * time.Hour}
				rows := func(what string, want int) {
					t.Helper()
					if got := w.rows("t"); len(got) != want {
						t.Errorf("%s: %q, want %d rows", what, got, want)
					}
				}
				w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"), ev("b", 2, "", "y"))
				w.put("f/2.json", ev("a", 5, "d", ""))
				w.run(s)
				var older map[string][]byte
				if state == "older" {
					older = w.readState(t)
				}
				at = at.Add(9 * time.Hour)
				w.put("f/3.json", ev("a", 3, "", "late"))
				w.run(s)
				rows("before it expires", 1)
				if w.log.has("forgotten") {
					t.Error("a delete was forgotten too early")
				}
				at = at.Add(2 * time.Hour)
				before := w.run(s).Tables[0].Version
				if !w.log.has("1 deletes are older than tombstone_retention") {
					t.Errorf("nothing was told: %v", w.log.events)
				}
				at = at.Add(2 * time.Hour)
				if after := w.run(s).Tables[0].Version; after != before {
					t.Errorf("nothing expires, and version %d follows %d", after, before)
				}
				switch state {
				case "lost":
					w.writeState(t, nil)
				case "older":
					w.writeState(t, older)
				}
				w.put("f/4.json", ev("a", 3, "", "later still"))
				w.run(s)
				rows("after it has", 2)
			})
		}
	}
}

// TestTombstonesStay: nothing is forgotten unless it was asked for.
func TestTombstonesStay(t *testing.T) {
	w := newWorld(t)
	at := time.Now()
	w.now = func() time.Time { return at }
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 5, "d", ""))
	w.run(s)
	at = at.Add(10 * 365 * 24 * time.Hour)
	w.put("f/2.json", ev("a", 3, "", "late"))
	w.run(s)
	if got := w.rows("t"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// readState gives the files of the state.
func (w *world) readState(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(w.stateDir(), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(name)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// writeState makes these the files of the state.
func (w *world) writeState(t *testing.T, files map[string][]byte) {
	t.Helper()
	err := os.RemoveAll(w.stateDir())
	for name, data := range files {
		err = errors.Join(err, os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
}
