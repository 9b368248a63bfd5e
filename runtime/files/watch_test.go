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

// until looks when hinted to, until the files have been seen.
func (s *source) until(hints <-chan struct{}, want int) {
	s.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		if ready, _ := s.look(); len(ready) == want {
			return
		}
		select {
		case <-hints:
		case <-timeout:
			s.t.Fatal("no hint came")
		}
	}
}

func TestHintsOfNewFilesAndFolders(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/old/a.json", "x", yesterday)
	s, hints := watched(t, dir, Spec{Path: "in/**/*.json"})
	s.until(hints, 1)
	time.Sleep(50 * time.Millisecond) // the watch is set up beside
	put(t, dir, "in/b.json", "x", yesterday)
	s.until(hints, 2)
	put(t, dir, "in/old/c.json", "x", yesterday)
	s.until(hints, 3)
	put(t, dir, "in/new/er/d.json", "x", yesterday)
	s.until(hints, 4)
	time.Sleep(50 * time.Millisecond)
	put(t, dir, "in/new/er/e.json", "x", yesterday)
	s.until(hints, 5)
}

func TestHintWhenAFileHasSettled(t *testing.T) {
	dir := t.TempDir()
	s, hints := watched(t, dir, Spec{Path: "*.json", Settle: 100 * time.Millisecond})
	put(t, dir, "a.json", "x", time.Now().Add(time.Hour))
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
