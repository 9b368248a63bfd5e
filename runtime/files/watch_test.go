package files

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched starts a watch that ends with the test, and waits until it has begun.
func watched(t *testing.T, dir string, spec Spec) (*source, <-chan struct{}) {
	t.Helper()
	s := newSource(t, dir, spec)
	s.list.now = time.Now
	ctx, cancel := context.WithCancel(t.Context())
	hints := s.list.Watch(ctx)
	t.Cleanup(func() {
		cancel()
		for range hints {
		}
	})
	return s, hints
}

// until looks when hinted to, and only then, until the files have been seen.
func (s *source) until(hints <-chan struct{}, want int) {
	s.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case <-hints:
		case <-timeout:
			s.t.Fatal("no hint came")
		}
		if ready, _ := s.look(); len(ready) == want {
			return
		}
	}
}

// quiet waits until all that happened so far has been hinted at.
func quiet(hints <-chan struct{}) {
	for {
		select {
		case <-hints:
		case <-time.After(5 * calm):
			return
		}
	}
}

func TestHintsOfNewFilesAndFolders(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/old/a.json", "x", yesterday)
	s, hints := watched(t, dir, Spec{Path: "in/**/*.json"})
	s.look()
	quiet(hints) // the watch is set up beside
	put(t, dir, "in/b.json", "x", yesterday)
	s.until(hints, 2)
	quiet(hints)
	put(t, dir, "in/old/c.json", "x", yesterday)
	s.until(hints, 3)
	quiet(hints)
	put(t, dir, "in/new/er/d.json", "x", yesterday)
	s.until(hints, 4)
	quiet(hints)
	put(t, dir, "in/new/er/e.json", "x", yesterday)
	s.until(hints, 5)
}

func TestHintWhenAFileHasSettled(t *testing.T) {
	dir := t.TempDir()
	s, hints := watched(t, dir, Spec{Path: "*.json", Settle: 100 * time.Millisecond})
	put(t, dir, "a.json", "x", time.Now().Add(time.Hour))
	s.look()
	s.until(hints, 1)
}

func TestNoHintOfWhatIsNotTheSources(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/a.json", "x", yesterday)
	_, hints := watched(t, dir, Spec{Path: "in/*.json"})
	time.Sleep(50 * time.Millisecond)
	must(t, os.WriteFile(filepath.Join(dir, "in/b.csv"), nil, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "in/.b.json"), nil, 0o644))
	must(t, os.MkdirAll(filepath.Join(dir, "in/sub"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "in/sub/c.json"), nil, 0o644))
	select {
	case <-hints:
		t.Error("a hint came")
	case <-time.After(5 * calm):
	}
}

func TestWatchOfAMissingFolder(t *testing.T) {
	_, hints := watched(t, t.TempDir(), Spec{Path: "missing/*.json"})
	select {
	case <-hints:
		t.Error("a hint came")
	case <-time.After(2 * calm):
	}
}

// TestHintsWithoutNotifications is a machine that has no watch left.
func TestHintsWithoutNotifications(t *testing.T) {
	dir := t.TempDir()
	s := newSource(t, dir, Spec{Path: "*.json", Settle: 50 * time.Millisecond})
	s.list.now = time.Now
	put(t, dir, "a.json", "x", time.Now())
	w := &watcher{l: s.list, timer: time.NewTimer(time.Hour)}
	s.look()
	ctx, cancel := context.WithCancel(t.Context())
	hints, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		defer w.close()
		w.run(ctx, hints)
	}()
	s.until(hints, 1)
	cancel()
	<-done
}
