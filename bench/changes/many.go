package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tally is what many commits of a running pipeline wrote.
type tally struct {
	commits     int
	rows, json  int64 // bytes: of the new rows as the table stores them, of their records
	parts       map[string]int64
	all         int64 // that the process wrote by system calls
	compacted   int64
	compactions int
	took        []time.Duration
	cpu, peak   int64
}

// The parts of the table and of what is beside it.
var parts = []struct{ name, title string }{
	{"data", "data files of changes"},
	{"vectors", "deletion vectors"},
	{"log", "log and checkpoints"},
	{"merge", "merge log, its levels included"},
	{"files", "lists of files, redirects"},
	{"events", "event log"},
	{"state", "state, the save at the end included"},
}

// many gives one running pipeline set after set, each when the one before is in.
func (b *bench) many() (*tally, error) {
	t := &tally{commits: b.commits, parts: map[string]int64{}}
	if err := b.flow.start(); err != nil {
		return nil, err
	}
	warm, err := b.set(20)
	if err != nil {
		return nil, err
	}
	if _, err := b.flow.take(warm, 20); err != nil {
		return nil, err
	}
	before, err := sizes(b.flow.dir)
	if err != nil {
		return nil, err
	}
	wrote, err := b.flow.written()
	if err != nil {
		return nil, err
	}
	cpu, err := b.flow.cpu()
	if err != nil {
		return nil, err
	}
	from := b.flow.seen
	for range b.commits {
		set, err := b.set(b.change)
		if err != nil {
			return nil, err
		}
		f, err := b.flow.take(set, b.change)
		if err != nil {
			return nil, err
		}
		t.took = append(t.took, f.Wall)
		t.rows += b.flow.commit.adds
		t.json += b.json
		if err := os.Remove(set); err != nil {
			return nil, err
		}
	}
	now, err := b.flow.cpu()
	if err != nil {
		return nil, err
	}
	t.cpu = int64(now - cpu)
	after, err := b.flow.written()
	if err != nil {
		return nil, err
	}
	t.all = after - wrote
	ended := time.Now().Add(-10 * time.Millisecond) // the clock of a file system ticks
	if t.peak, err = b.flow.stop(); err != nil {
		return nil, err
	}
	if err := t.compactionsSince(b.flow, from); err != nil {
		return nil, err
	}
	if err := t.sort(b.flow.dir, before); err != nil {
		return nil, err
	}
	return t, t.addState(b.flow.dir, ended)
}

// addState adds what the run saved of its key index when it ended, for the sets before.
func (t *tally) addState(dir string, ended time.Time) error {
	return filepath.WalkDir(filepath.Join(dir, ".seamflow", "state"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(ended) {
			t.parts["state"] += info.Size()
		}
		return err
	})
}

// compactionsSince adds up what compactions wrote after a version.
func (t *tally) compactionsSince(s *seamflow, version int64) error {
	again := &seamflow{dir: s.dir, seen: version}
	for {
		c, err := again.next()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		if c.operation == "SEAMFLOW COMPACT" {
			t.compactions++
			t.compacted += c.adds
		}
	}
}

// sizes gives the sizes of all files below dir.
func sizes(dir string) (map[string]int64, error) {
	all := map[string]int64{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a temporary file
		} else if err != nil {
			return err
		}
		all[name] = info.Size()
		return nil
	})
	return all, err
}

// sort tells the parts apart by what the folders gained. Files that are replaced show only in what the process wrote.
func (t *tally) sort(dir string, before map[string]int64) error {
	after, err := sizes(dir)
	if err != nil {
		return err
	}
	known := int64(0)
	for name, size := range after {
		rel, _ := filepath.Rel(dir, name)
		part := partOf(filepath.ToSlash(rel))
		if part == "" {
			continue
		}
		t.parts[part] += size - before[name]
		known += size - before[name]
	}
	t.parts["data"] -= t.compacted
	t.parts["state"] = max(t.all-known, 0)
	return nil
}

// partOf gives the part of the table that a file is of, "" for input and state.
func partOf(name string) string {
	switch {
	case strings.HasPrefix(name, ".seamflow/events/"):
		return "events"
	case !strings.HasPrefix(name, "orders/"):
		return ""
	case strings.HasPrefix(name, "orders/_delta_log/"):
		return "log"
	case strings.HasPrefix(name, "orders/_seamflow/merge/"):
		return "merge"
	case strings.HasPrefix(name, "orders/_seamflow/deletion_vector_"):
		return "vectors"
	case strings.HasPrefix(name, "orders/_seamflow/"):
		return "files"
	}
	return "data"
}

func (t *tally) report(w io.Writer, b *bench) {
	slices.Sort(t.took)
	n := int64(t.commits)
	fmt.Fprintf(w, "\n%d such sets one after the other, each a commit, to one running pipeline: %.0f ms of wall from rename to version at the median, %.0f at the most; %.2f s of CPU a commit with everything (compaction beside it too); peak RSS %d MiB.\n",
		t.commits, float64(t.took[len(t.took)/2])/1e6, float64(t.took[len(t.took)-1])/1e6, float64(t.cpu)/1e9/float64(n), t.peak>>20)
	fmt.Fprintf(w, "The change is the new rows as the table stores them, %.2f MiB a commit (%.2f MiB of JSON).\n\n", mib(t.rows/n), mib(t.json/n))
	fmt.Fprintln(w, "| written, a commit | MiB | times the change |")
	fmt.Fprintln(w, "|---|---:|---:|")
	total := int64(0)
	for _, p := range parts {
		total += t.parts[p.name]
		fmt.Fprintf(w, "| %s | %.2f | %.2f |\n", p.title, mib(t.parts[p.name]/n), float64(t.parts[p.name])/float64(t.rows))
	}
	fmt.Fprintf(w, "| together | %.2f | %.2f |\n", mib(total/n), float64(total)/float64(t.rows))
	fmt.Fprintf(w, "| compaction, %d of them in all | %.2f | %.2f |\n", t.compactions, mib(t.compacted/n), float64(t.compacted)/float64(t.rows))
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
