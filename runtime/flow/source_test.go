package flow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// touch gives a file a time that lies that far from now.
func (w *world) touch(name string, from time.Duration) {
	w.t.Helper()
	at := time.Now().Add(from)
	if err := os.Chtimes(filepath.Join(w.dir, "in", name), at, at); err != nil {
		w.t.Fatalf("%v", err)
	}
}

func TestFilesThatTheWritersClockPutsIntoTheFuture(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, once: []string{"old"}, settle: 50 * time.Millisecond}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("old/1.json", ev("b", 1, "", "x"))
	w.touch("f/1.json", time.Hour)
	w.touch("old/1.json", time.Hour)
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
}

// TestFileThatIsWrittenToWithoutEnd lets a once flow wait for it, and no other flow with --available-now.
func TestFileThatIsWrittenToWithoutEnd(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}, once: []string{"old"}, settle: 400 * time.Millisecond}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.put("f/2.json", ev("b", 1, "", "x"))
	w.put("old/1.json", ev("c", 1, "", "x"))
	w.put("old/2.json", ev("d", 1, "", "x"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			w.touch("f/2.json", 0)
			w.touch("old/2.json", 0)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	time.AfterFunc(800*time.Millisecond, cancel)
	time.Sleep(20 * time.Millisecond)
	w.run(s)
	<-done
	wantRows(t, w, "t", "a 1 x", "c 1 x", "d 1 x")
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x", "d 1 x")
}

func TestFrozenFileThatIsMended(t *testing.T) {
	w := newWorld(t)
	s := spec{once: []string{"old"}, onBadRecord: Fail}
	w.put("old/1.json", ev("a", 1, "", "x"), "{broken")
	if _, err := w.tryRun(s); ExitCode(err) != ExitData {
		t.Fatalf("got %v", err)
	}
	w.put("old/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "longer"))
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 longer")
}

func TestFrozenFileThatIsGone(t *testing.T) {
	w := newWorld(t)
	s := spec{once: []string{"old"}, onBadRecord: Fail}
	w.put("old/1.json", "{broken")
	if _, err := w.tryRun(s); ExitCode(err) != ExitData {
		t.Fatalf("got %v", err)
	}
	os.Remove(filepath.Join(w.dir, "in/old/1.json"))
	_, err := w.tryRun(s)
	if ExitCode(err) != ExitEnvironment || !strings.Contains(err.Error(), "in/old/1.json") || !strings.Contains(err.Error(), "reset old") {
		t.Fatalf("got %v: want an error that names file and way out", err)
	}
}

func TestFileThatChangedAfterItWasRead(t *testing.T) {
	for _, onChange := range []string{"report", "reread"} {
		w := newWorld(t)
		s := spec{live: []string{"f"}, onChange: onChange}
		w.put("f/1.json", ev("a", 1, "", "x"))
		w.run(s)
		w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"))
		w.run(s)
		if onChange == "report" {
			wantRows(t, w, "t", "a 1 x")
			if !w.log.has("in/f/1.json changed after it was read") {
				t.Errorf("nothing was said: %q", w.log.events)
			}
			continue
		}
		wantRows(t, w, "t", "a 1 x", "b 1 x")
		if c := w.counts(w.run(s), "f"); c.Read != 0 {
			t.Errorf("read %d records again", c.Read)
		}
	}
}

// TestManyFilesOverRestarts has more files than the stored progress names one by one.
func TestManyFilesOverRestarts(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}, maxFiles: 150}
	var want []string
	for round := range 3 {
		for i := range 400 {
			name := string(rune('a'+round)) + string(rune('a'+i/26)) + string(rune('a'+i%26))
			w.put("f/"+name+".json", ev(name, 1, "", "x"))
			want = append(want, name+" 1 x")
		}
		w.run(s)
		w.run(s)
	}
	wantRows(t, w, "t", want...)
}
