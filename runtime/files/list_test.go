package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGlobs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"in/a.json", "in/b.csv", "in/b.json.gz", "in/2024/a.json", "in/2024/05/a.json", "in/2024-05/a.json", "in/2024.json", "in/[x]/a.json",
		"in/.a.json", "in/_a.json", "in/_tmp/a.json", "in/.git/a.json", "in/ä b.json", "in/{c}.json", "_in/a.json", "in/2024/.x/a.json",
	} {
		put(t, dir, name, "x", yesterday)
	}
	for glob, want := range map[string]string{
		"in/*.json":              "in/2024.json in/a.json in/{c}.json in/ä b.json",
		"./in//./*.json":         "in/2024.json in/a.json in/{c}.json in/ä b.json",
		"in/?.*":                 "in/a.json in/b.csv in/b.json.gz",
		"in/*.{csv,json.gz}":     "in/b.csv in/b.json.gz",
		"in/**/a.json":           "in/2024-05/a.json in/2024/05/a.json in/2024/a.json in/[x]/a.json in/a.json",
		"in/**":                  "in/2024-05/a.json in/2024.json in/2024/05/a.json in/2024/a.json in/[x]/a.json in/a.json in/b.csv in/b.json.gz in/{c}.json in/ä b.json",
		"in/*/a.json":            "in/2024-05/a.json in/2024/a.json in/[x]/a.json",
		"in/*/*/a.json":          "in/2024/05/a.json",
		"in/{2024,2024-05}/*":    "in/2024-05/a.json in/2024/a.json",
		"in/{2024/05,2024-05}/*": "in/2024-05/a.json in/2024/05/a.json",
		"{in,_in}/a.json":        "in/a.json",
		"_in/*.json":             "_in/a.json",
		"in/[0-9]*/**/*.json":    "in/2024-05/a.json in/2024/05/a.json in/2024/a.json",
		`in/\[x\]/*.json`:        "in/[x]/a.json",
		`in/\{c\}.json`:          "in/{c}.json",
		"in/a.json":              "in/a.json",
		"in/_a.json":             "in/_a.json",
		"in/*.avro":              "",
		"**/a.json":              "in/2024-05/a.json in/2024/05/a.json in/2024/a.json in/[x]/a.json in/a.json",
		"in/../in/a.*":           "in/a.json",
	} {
		got, _ := newSource(t, dir, Spec{Path: glob}).look()
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\n got %s\nwant %s", glob, strings.Join(got, " "), want)
		}
	}
}

func TestPathsBelowAndBesideTheDataFolder(t *testing.T) {
	root := t.TempDir()
	data := filepath.Join(root, "data")
	put(t, root, "data/in/a.json", "x", yesterday)
	put(t, root, "datax/a.json", "x", yesterday)
	for glob, want := range map[string]string{
		"in/*":                         "in/a.json",
		filepath.Join(data, "in/*"):    "in/a.json",
		filepath.Join(root, "datax/*"): filepath.Join(root, "datax/a.json"),
		"../datax/*":                   filepath.Join(root, "datax/a.json"),
		"../data/in/*":                 "in/a.json",
	} {
		s := newSource(t, data, Spec{Path: glob})
		got, _, _, err := s.list.List(t.Context(), s.store, s.done)
		must(t, err)
		if len(got) != 1 || got[0].Path != want {
			t.Fatalf("%s: got %v, want %s", glob, paths(got), want)
		}
		must(t, Unchanged(data, got[0]))
		rc, err := Open(data, got[0])
		must(t, err)
		must(t, rc.Close())
	}
}

func TestPatternsThatAreRefused(t *testing.T) {
	for glob, part := range map[string]string{
		"": "empty", "in/": "in/*.json", "in/[a": "not closed", "in/{a": "not closed", `in/*\`: "backslash", "in/*/../x": "..", "in/..": "..",
	} {
		if _, err := NewLister("/data", Spec{Path: glob}); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: got %v, want an error with %q", glob, err, part)
		}
	}
}

func TestOldestFirstThenByName(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/c.json", "x", yesterday)
	put(t, dir, "in/b.json", "x", yesterday.Add(1))
	put(t, dir, "in/a.json", "x", yesterday.Add(1))
	put(t, dir, "in/z/0.json", "x", yesterday.Add(-1))
	newSource(t, dir, Spec{Path: "in/**/*.json"}).want(0, "in/z/0.json", "in/c.json", "in/a.json", "in/b.json")
}

func TestLinksAndOddThings(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "real/a.json", "four", yesterday)
	put(t, dir, "in/sub/b.json", "x", yesterday)
	must(t, os.Symlink(filepath.Join(dir, "real/a.json"), filepath.Join(dir, "in/link.json")))
	must(t, os.Symlink("nowhere", filepath.Join(dir, "in/dangling.json")))
	must(t, os.Symlink("self.json", filepath.Join(dir, "in/self2.json")))
	must(t, os.Symlink("..", filepath.Join(dir, "in/sub/cycle")))
	must(t, os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "in/folder.json")))
	must(t, os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "alias")))
	must(t, os.Mkdir(filepath.Join(dir, "in/d.json"), 0o755))
	must(t, syscall.Mkfifo(filepath.Join(dir, "in/pipe.json"), 0o644))
	s := newSource(t, dir, Spec{Path: "in/**/*.json"})
	s.want(0, "in/link.json", "in/sub/b.json")
	files, _, _, _ := s.list.List(t.Context(), s.store, s.done)
	if files[0].Size != 4 {
		t.Errorf("a link has the size %d, want that of what it names", files[0].Size)
	}
	newSource(t, dir, Spec{Path: "alias/*.json"}).want(0, "alias/a.json")
}

func TestFoldersThatCannotBeListed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/a.json", "x", yesterday)
	newSource(t, dir, Spec{Path: "missing/*.json"}).wantError(filepath.Join(dir, "missing"), "does not exist", "--data", "missing/*.json")
	newSource(t, dir, Spec{Path: "in/a.json/*"}).wantError(filepath.Join(dir, "in/a.json"), "not a directory")
	newSource(t, dir, Spec{Path: "missing/a.json"}).wantError(filepath.Join(dir, "missing"), "does not exist")
	newSource(t, dir, Spec{Path: "in/a.json/a"}).wantError(filepath.Join(dir, "in/a.json"), "not a directory")
	newSource(t, dir, Spec{Path: "in/missing.json"}).want(0)
	newSource(t, dir, Spec{Path: "in"}).wantError(filepath.Join(dir, "in"), "in/*.json")
	put(t, dir, "bad/\xff.json", "x", yesterday)
	newSource(t, dir, Spec{Path: "bad/*.json"}).wantError(`\xff.json`, "UTF-8")
	newSource(t, dir, Spec{Path: "bad/*.csv"}).want(0)
	s := newSource(t, dir, Spec{Path: "in/*"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := s.list.List(ctx, s.store, s.done); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if os.Getuid() == 0 {
		return // may read everything
	}
	put(t, dir, "in/locked/a.json", "x", yesterday)
	must(t, os.Chmod(filepath.Join(dir, "in/locked"), 0))
	defer os.Chmod(filepath.Join(dir, "in/locked"), 0o755)
	newSource(t, dir, Spec{Path: "in/**/*.json"}).wantError(filepath.Join(dir, "in/locked"), "permission denied")
}

func TestSettling(t *testing.T) {
	const settle = 10 * time.Second
	type step struct {
		after time.Duration
		write string // the file is written to then, with a time this far from our clock
		skew  time.Duration
		ready bool
	}
	for name, steps := range map[string][]step{
		"old_at_the_first_look":    {{write: "x", skew: -settle, ready: true}},
		"young_at_the_first_look":  {{write: "x", skew: -settle + 1}, {after: settle - 1}, {after: 1, ready: true}},
		"written_to_between_looks": {{write: "x"}, {after: settle - 1, write: "xy"}, {after: settle - 1}, {after: 1, ready: true}},
		"touched_between_looks":    {{write: "x"}, {after: settle - 1, write: "x"}, {after: settle - 1}, {after: 1, ready: true}},
		"clock_ahead":              {{write: "x", skew: 24 * time.Hour}, {after: settle, ready: true}},
		"clock_far_ahead":          {{write: "x", skew: 100 * 365 * 24 * time.Hour}, {after: settle, ready: true}},
		"clock_behind": {{}, {after: time.Minute, write: "x", skew: -time.Hour}, {after: 1, write: "xy", skew: -time.Hour},
			{after: settle - 1}, {after: 1, ready: true}},
		"moved_in_with_an_old_time": {{}, {after: time.Minute, write: "x", skew: -time.Hour}, {after: settle, ready: true}},
		"stays_ready":               {{write: "x", skew: -settle, ready: true}, {ready: true}, {after: 1, write: "xy", skew: -settle}, {after: settle, ready: true}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newSource(t, dir, Spec{Path: "*.json", Settle: settle})
			s.clock = s.clock.Add(1 - time.Duration(s.clock.Nanosecond())) // the step of whole seconds is another test's
			written := false
			for i, st := range steps {
				s.clock = s.clock.Add(st.after)
				if st.write != "" {
					put(t, dir, "a.json", st.write, s.clock.Add(st.skew))
					written = true
				}
				ready, young := s.look()
				if got := len(ready) == 1; got != st.ready || young != 0 != (written && !st.ready) {
					t.Fatalf("step %d: ready %v, %d young", i, ready, young)
				}
			}
		})
	}
}

func TestTimesOfWholeSecondsAreTakenForLate(t *testing.T) {
	dir := t.TempDir()
	s := newSource(t, dir, Spec{Path: "*.json", Settle: -1})
	at := s.clock.Truncate(time.Second)
	put(t, dir, "a.json", "x", at)
	s.clock = at.Add(DefaultSettle + coarse - 1)
	s.want(1)
	s.clock = s.clock.Add(DefaultSettle)
	s.want(0, "a.json")
}

func TestNoSettling(t *testing.T) {
	dir := t.TempDir()
	s := newSource(t, dir, Spec{Path: "*.json"})
	put(t, dir, "a.json", "x", s.clock.Add(time.Hour))
	s.want(0, "a.json")
	put(t, dir, "b.json", "x", s.clock)
	s.want(0, "b.json", "a.json")
}

func TestScopes(t *testing.T) {
	for scope, want := range map[Scope][]string{
		Everything:  {"later.json", "ready.json", "same.json", "written.json"},
		SamePresent: {"ready.json", "same.json"},
		AllPresent:  {"ready.json", "same.json", "written.json"},
	} {
		dir := t.TempDir()
		s := newSource(t, dir, Spec{Path: "*.json", Settle: time.Second})
		s.list.Limit(scope)
		put(t, dir, "same.json", "x", s.clock.Add(time.Hour))
		put(t, dir, "written.json", "x", s.clock)
		put(t, dir, "ready.json", "x", yesterday)
		s.want(2, "ready.json")
		put(t, dir, "written.json", "xy", s.clock)
		put(t, dir, "later.json", "x", yesterday)
		s.clock = s.clock.Add(time.Second)
		s.look()
		s.clock = s.clock.Add(time.Second)
		got, young := s.look()
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || young != 0 {
			t.Errorf("scope %d: %d young (-want +got):\n%s", scope, young, diff)
		}
	}
}

func TestChangedAfterItWasRead(t *testing.T) {
	for _, onChange := range []string{"", Report, Reread} {
		dir := t.TempDir()
		s := newSource(t, dir, Spec{Path: "*.json", OnChange: onChange})
		put(t, dir, "a.json", "x", yesterday)
		put(t, dir, "b.json", "x", yesterday)
		s.readAll()
		s.want(0)
		put(t, dir, "a.json", "xy", yesterday)
		put(t, dir, "b.json", "x", yesterday.Add(1))
		ready, _, changed, err := s.list.List(t.Context(), s.store, s.done)
		must(t, err)
		wantReady, wantChanged := []string(nil), []string{"a.json", "b.json"}
		if onChange == Reread {
			wantReady, wantChanged = wantChanged, nil
		}
		if diff := cmp.Diff([][]string{wantReady, wantChanged}, [][]string{paths(ready), paths(changed)}); diff != "" {
			t.Errorf("on_change: %s: %s", onChange, diff)
		}
		s.readAll()
		if onChange == Reread {
			s.want(0)
		}
	}
}

// readAll reads what is ready, as one commit.
func (s *source) readAll() (read []string) {
	s.t.Helper()
	ready, _, _, err := s.list.List(s.t.Context(), s.store, s.done)
	must(s.t, err)
	must(s.t, s.done.Add(s.store, ready...))
	return paths(ready)
}

// TestEachFileOnceOverCrashes adds and removes files while batches are read, committed, lost and restarted.
func TestEachFileOnceOverCrashes(t *testing.T) {
	dir := t.TempDir()
	spec := Spec{Path: "in/**/*.json"}
	must(t, os.MkdirAll(filepath.Join(dir, "in"), 0o755))
	s := newSource(t, dir, spec)
	read, made := map[string]int{}, 0
	committed := stored(t, s.done)
	for round := range 60 {
		for range 40 {
			put(t, dir, fmt.Sprintf("in/%d/%d.json", made*7%5, made*7919%10007), "x", yesterday.Add(time.Duration(made*31%17)))
			made++
		}
		ready, _, _, err := s.list.List(t.Context(), s.store, s.done)
		must(t, err)
		ready = ready[:len(ready)*(round%4+1)/4]
		must(t, s.done.Add(s.store, ready...))
		if round%3 == 1 { // the commit is not made: the rows are gone, and so must be the memory of their files
			s.done = stored(t, committed)
			s.restart(spec)
			continue
		}
		for _, f := range ready {
			read[f.Path]++
		}
		committed = stored(t, s.done)
		if round%5 == 0 && len(ready) > 0 {
			must(t, os.Remove(filepath.Join(dir, ready[0].Path)))
		}
		if round%7 == 0 {
			s.done = stored(t, committed)
		}
	}
	for _, path := range s.readAll() {
		read[path]++
	}
	if len(read) != made {
		t.Errorf("%d of %d files were read", len(read), made)
	}
	for path, n := range read {
		if n != 1 {
			t.Errorf("%s was read %d times", path, n)
		}
	}
	if len(s.done.levels) == 0 {
		t.Error("no side file was written: the test is too small")
	}
}

func BenchmarkList(b *testing.B) {
	dir := b.TempDir()
	const n = 100_000
	for i := range n {
		name := filepath.Join(dir, fmt.Sprintf("in/%02d/orders-%07d.json", i/2000, i))
		if i%2000 == 0 {
			must(b, os.MkdirAll(filepath.Dir(name), 0o755))
		}
		must(b, os.WriteFile(name, nil, 0o644))
	}
	s := newSource(b, dir, Spec{Path: "in/**/*.json"})
	look := func(b *testing.B, want int) {
		for b.Loop() {
			if ready, _ := s.look(); len(ready) != want {
				b.Fatalf("%d files, want %d", len(ready), want)
			}
		}
	}
	b.Run("all_new", func(b *testing.B) { look(b, n) })
	s.readAll()
	b.Run("all_done", func(b *testing.B) { look(b, 0) })
}
