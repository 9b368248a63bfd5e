package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var yesterday = time.Date(2024, 5, 14, 3, 12, 4, 123456789, time.UTC)

// put writes a file below dir that was last written to at the given time, as a writer does that renames it into place.
func put(t testing.TB, dir, name, text string, at time.Time) {
	t.Helper()
	full := filepath.Join(dir, name)
	part := filepath.Join(filepath.Dir(full), ".part")
	must(t, os.MkdirAll(filepath.Dir(full), 0o755))
	must(t, os.WriteFile(part, []byte(text), 0o644))
	must(t, os.Chtimes(part, at, at))
	must(t, os.Rename(part, full))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// source is a lister with what a table would remember, and a clock that stands still.
type source struct {
	t     testing.TB
	dir   string
	list  *Lister
	store *memStore
	done  *Set
	clock time.Time
}

func newSource(t testing.TB, dir string, spec Spec) *source {
	t.Helper()
	s := &source{t: t, dir: dir, store: newMemStore(), done: new(Set), clock: time.Now()}
	s.restart(spec)
	return s
}

func (s *source) restart(spec Spec) {
	s.t.Helper()
	var err error
	s.list, err = NewLister(s.dir, spec)
	must(s.t, err)
	s.list.now = func() time.Time { return s.clock }
}

// look gives what a look finds, as text.
func (s *source) look() (ready []string, young int) {
	s.t.Helper()
	files, young, _, err := s.list.List(s.t.Context(), s.store, s.done)
	must(s.t, err)
	return paths(files), young
}

func (s *source) want(young int, ready ...string) {
	s.t.Helper()
	got, n := s.look()
	if !slices.Equal(got, ready) || n != young {
		s.t.Fatalf("ready %v and %d young, want %v and %d", got, n, ready, young)
	}
}

func (s *source) wantError(parts ...string) {
	s.t.Helper()
	_, _, _, err := s.list.List(s.t.Context(), s.store, s.done)
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			s.t.Fatalf("got error %v, want one with %q", err, p)
		}
	}
}

func paths(files []File) (out []string) {
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

// memStore is a Store that counts what is written.
type memStore struct {
	side    map[string][]byte
	written int
	reads   int
}

func newMemStore() *memStore { return &memStore{side: map[string][]byte{}} }

func (m *memStore) WriteSide(kind string, data []byte) (string, error) {
	name := fmt.Sprintf("%s/%d.bin", kind, len(m.side))
	m.side[name] = slices.Clone(data)
	m.written += len(data)
	return name, nil
}

func (m *memStore) ReadSide(name string) ([]byte, error) {
	m.reads++
	data, ok := m.side[name]
	if !ok {
		return nil, errors.New(name + " is missing")
	}
	return data, nil
}
