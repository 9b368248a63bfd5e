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

// TestOlderCopyOfTheTable: what is set aside after it was put back is not lost, although the quarantine is ahead of it.
func TestOlderCopyOfTheTable(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	dir, copied := filepath.Join(w.dir, "tables/t"), filepath.Join(w.dir, "copy")
	w.put("f/1.json", ev("a", 1, "", "x"), "{one")
	w.run(s)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"two", "three"} {
		w.put("f/"+name+".json", "{"+name)
		w.run(s)
	}
	os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	w.put("f/4.json", "{four", ev("b", 1, "", "x"))
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
	set := w.outcome(s).Set
	if len(set) != 6 || !strings.Contains(strings.Join(set, " "), "{four") { // two and three a second time
		t.Errorf("set aside: %q", set)
	}
}

func TestBacklogGoesInChunks(t *testing.T) {
	w := newWorld(t)
	var size int64
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		line := ev("k"+name, 1, "", "x")
		w.put("f/"+name+".json", line)
		size = int64(len(line)) + 1
	}
	p := spec{live: []string{"f"}}.pipeline()
	p.MaxBytesPerCommit = 2*size + 1
	commits := 0
	opt := w.options()
	opt.Observer = onCommit{&w.log, func() { commits++ }}
	if _, err := p.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if commits != 3 {
		t.Errorf("5 files of which 2 fit into a commit took %d commits", commits)
	}
}

func TestSourceFilesThatAreEmptiedOrDeletedLater(t *testing.T) {
	for _, kind := range []string{"row", "append"} {
		w := newWorld(t)
		s := spec{kind: kind, live: []string{"f"}}
		w.put("f/1.json", ev("a", 1, "", "x"))
		w.put("f/2.json", ev("b", 1, "", "x"))
		w.run(s)
		os.Remove(filepath.Join(w.dir, "in/f/1.json"))
		w.put("f/2.json")
		if n := w.counts(w.run(s), "f").Read; n != 0 {
			t.Errorf("%s: %d records were read", kind, n)
		}
		wantRows(t, w, "t", "a 1 x", "b 1 x")
		if !w.log.has("in/f/2.json changed after it was read") {
			t.Errorf("%s: nobody was told of the file that was emptied", kind)
		}
	}
}

// TestTwoFlowsOfOneSource each read all of it.
func TestTwoFlowsOfOneSource(t *testing.T) {
	w := newWorld(t)
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "d", ""), "{broken")
	p := spec{kind: "append", live: []string{"f", "g"}}.pipeline()
	src := spec{}.source("f")
	for i := range 2 {
		p.Tables[0].(*table[row]).Flows[i].Inputs = []Input[row]{From(src, appendRow)}
	}
	for range 2 {
		if _, err := p.Run(t.Context(), w.options()); err != nil {
			t.Fatal(err)
		}
		wantRows(t, w, "t", "a 1 x", "a 1 x", "b 1 ", "b 1 ")
	}
}
