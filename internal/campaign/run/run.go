package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Main reads cases from standard input, one JSON value after the other, and prints the story of each as soon as it is known.
func Main(pipelines map[string]func() flow.Pipeline) {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	cases, stories := make(chan Case), make(chan Story)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for c := range cases {
				stories <- play(c, pipelines[c.Pipeline])
			}
		})
	}
	go func() {
		for {
			var c Case
			if err := in.Decode(&c); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				log.Fatal(err)
			}
			if pipelines[c.Pipeline] == nil {
				log.Fatalf("no pipeline %q", c.Pipeline)
			}
			cases <- c
		}
		close(cases)
		workers.Wait()
		close(stories)
	}()
	for s := range stories {
		if err := out.Encode(s); err != nil {
			log.Fatal(err)
		}
	}
}

// world is the folder of a case: sources lie on the machine's disk, tables and state in memory.
type world struct {
	Case
	pipeline func() flow.Pipeline
	dir      string
	disk     *vfs.Mem
	older    map[string][]byte // a copy of the state
	files    int
}

func play(c Case, pipeline func() flow.Pipeline) (s Story) {
	s.ID = c.ID
	dir, err := os.MkdirTemp("", "campaign")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	w := &world{Case: c, pipeline: pipeline, dir: dir, disk: vfs.NewMem()}
	defer func() {
		if r := recover(); r != nil {
			stack := make([]byte, 16<<10)
			s.Error = fmt.Sprintf("panic: %v\n%s", r, stack[:runtime.Stack(stack, false)])
		}
	}()
	if err := w.begin(); err != nil {
		log.Fatal(err)
	}
	for i, step := range c.Steps {
		seen, err := w.step(step)
		if err != nil {
			s.Error = fmt.Sprintf("run %d: %v", i+1, err)
			return s
		}
		s.Seen = append(s.Seen, seen)
	}
	return s
}

func (w *world) begin() error {
	if err := vfs.MkdirAllSync(w.disk, w.dir); err != nil {
		return err
	}
	for _, f := range w.Flows {
		if err := os.MkdirAll(filepath.Join(w.dir, "data", f), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) step(s Step) (Seen, error) {
	for _, f := range s.Files {
		if err := w.arrive(f); err != nil {
			return Seen{}, err
		}
	}
	if err := w.act(s); err != nil {
		return Seen{}, fmt.Errorf("%s: %w", s.Act, err)
	}
	if err := w.run(); err != nil {
		return Seen{}, err
	}
	return w.look()
}

// arrive writes a file under another name first: the sources take what is there at once.
func (w *world) arrive(f File) error {
	w.files++
	name := filepath.Join(w.dir, "data", f.Flow, fmt.Sprintf("%04d.json", w.files))
	text := strings.Join(f.Lines, "\n") + "\n"
	if err := os.WriteFile(name+".part", []byte(text), 0o644); err != nil {
		return err
	}
	at := time.Date(2024, 1, 1, 0, 0, w.files, 0, time.UTC)
	if err := os.Chtimes(name+".part", at, at); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

func (w *world) options() flow.Options {
	return flow.Options{Data: w.dir, AvailableNow: true, FS: w.disk, Memory: w.Memory, Backlog: w.Backlog}
}

func (w *world) run() error {
	sum, err := w.pipeline().Run(context.Background(), w.options())
	if err != nil {
		return err
	}
	for _, t := range sum.Tables {
		for _, f := range t.Flows {
			if !f.Run.Balanced() || !f.Total.Balanced() {
				return fmt.Errorf("the counts of flow %s do not add up: %+v, in all %+v", f.Name, f.Run, f.Total)
			}
		}
	}
	return nil
}

// look reads the table.
func (w *world) look() (Seen, error) {
	ctx := context.Background()
	seen := Seen{Rows: []string{}}
	t, err := delta.Open(ctx, w.disk, filepath.Join(w.dir, "tables", "target"))
	if errors.Is(err, delta.ErrNotExist) {
		return seen, nil
	} else if err != nil {
		return seen, err
	}
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path)
	}
	leaves := column.NewLeaves(t.Schema())
	if err := t.Scan(ctx, leaves, nil, paths, func(string, uint32) { seen.Rows = append(seen.Rows, readers.Row(leaves)) }); err != nil {
		return seen, err
	}
	slices.Sort(seen.Rows)
	err = w.pipeline().QuarantineList(ctx, w.options(), "", func(*flow.Rejected) { seen.Refused++ })
	return seen, err
}
