// Package campaign holds apply_changes to its rules on random events: pipelines of every kind are generated, fed in random
// batches by several flows, restarted, compacted, crashed and robbed of their state, and their tables are compared with a
// reference model (reference.go) after every run.
package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/campaign/run"
)

// Trial is a random story of one pipeline.
type Trial struct {
	Seed   uint64
	Pipe   *Pipe
	Memory int64
	Acts   []Act // before each run
	Events []Event
}

// Act is an act of package run; Calls is its Step.Calls.
type Act struct {
	Act   run.Act
	Calls int
}

// Event is a record that comes by a flow, in a file, before a run.
type Event struct {
	Row       Row
	Flow      string
	Run, File int
}

// NewTrial draws the trial of a seed.
func NewTrial(seed uint64, matrix []*Pipe) *Trial {
	rng := rand.New(rand.NewPCG(seed, 5))
	t := &Trial{Seed: seed, Pipe: matrix[rng.IntN(len(matrix))]}
	if rng.IntN(4) == 0 {
		t.Memory = []int64{2, 4096}[rng.IntN(2)] // the key index pages to disk
	}
	files := 1 + rng.IntN([]int{4, 32}[rng.IntN(2)])
	runs := 1 + rng.IntN(min(files, 8))
	for range runs {
		a := Act{Act: run.Acts[rng.IntN(len(run.Acts))]}
		if a.Act == run.Crash {
			a.Calls = 1 + rng.IntN(400)
		}
		t.Acts = append(t.Acts, a)
	}
	t.Acts[0] = Act{}
	flows := make([]string, files) // of each file
	for i := range flows {
		flows[i] = t.Pipe.Flows[rng.IntN(len(t.Pipe.Flows))]
	}
	rows := t.Pipe.draw(rng, 1+rng.IntN(60))
	for _, r := range rows {
		file := rng.IntN(files)
		t.Events = append(t.Events, Event{Row: r, Flow: flows[file], Run: file * runs / files, File: file})
	}
	slices.SortStableFunc(t.Events, func(a, b Event) int { return a.File - b.File })
	return t
}

// draw gives events of few keys. One in six is an earlier one again.
func (p *Pipe) draw(rng *rand.Rand, n int) (events []Row) {
	keys := make([]Row, 1+rng.IntN(4))
	for i := range keys {
		keys[i] = p.event(rng)
	}
	for range n {
		if len(events) > 0 && rng.IntN(6) == 0 {
			events = append(events, events[rng.IntN(len(events))])
			continue
		}
		e, key := p.event(rng), keys[rng.IntN(len(keys))]
		for _, k := range p.Keys {
			e[k] = key[k]
			if rng.IntN(30) == 0 {
				e[k] = nil
			}
		}
		events = append(events, e)
	}
	return events
}

// event draws each column. A key or sequence of one column is seldom NULL, other columns often.
func (p *Pipe) event(rng *rand.Rand) Row {
	e := Row{}
	for _, c := range p.Columns {
		seldom := slices.Contains(p.Keys, c.Name) || len(p.Sequence) == 1 && p.Sequence[0] == c.Name
		if seldom && rng.IntN(30) > 0 {
			e[c.Name] = c.Type.draw(rng)
		} else {
			e[c.Name] = c.Type.orNull(rng)
		}
	}
	return e
}

// backlog has every other trial read its files twice.
func (t *Trial) backlog() int64 { return 1 - 2*int64(t.Seed%2) }

// Case is the trial for package run.
func (t *Trial) Case(id int) run.Case {
	c := run.Case{ID: id, Pipeline: t.Pipe.Name, Flows: t.Pipe.Flows, Memory: t.Memory, Backlog: t.backlog(), Steps: make([]run.Step, len(t.Acts))}
	for i, a := range t.Acts {
		c.Steps[i] = run.Step{Act: a.Act, Calls: a.Calls}
	}
	last := -1
	for _, e := range t.Events {
		files := &c.Steps[e.Run].Files
		if e.File != last || len(*files) == 0 {
			*files = append(*files, run.File{Flow: e.Flow})
			last = e.File
		}
		f := &(*files)[len(*files)-1]
		f.Lines = append(f.Lines, t.Pipe.Line(e.Row))
	}
	return c
}

// Arrived gives what was there for the table to take at the end of a run. A once flow takes what its first run finds (R32).
func (t *Trial) Arrived(after int) (events []Row) {
	for _, e := range t.Events {
		if e.Run == 0 || e.Run <= after && !Once(e.Flow) {
			events = append(events, e.Row)
		}
	}
	return events
}

// Wrong says what is wrong with a story by the rules; "" is nothing.
func (t *Trial) Wrong(s run.Story, rules Rules) string {
	for i, seen := range s.Seen {
		rows, refused := rules.Table(t.Arrived(i))
		if want := t.Pipe.Texts(rows); !slices.Equal(want, seen.Rows) {
			return fmt.Sprintf("after run %d the table has\n\t%s\nand by the rules it has\n\t%s", i+1, strings.Join(seen.Rows, "\n\t"), strings.Join(want, "\n\t"))
		}
		if refused != seen.Refused {
			return fmt.Sprintf("after run %d the quarantine has %d records, and by the rules %d", i+1, seen.Refused, refused)
		}
	}
	return s.Error
}

// String tells the trial.
func (t *Trial) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, memory %d, backlog %d\n", t.Pipe.Name, t.Memory, t.backlog())
	for i, a := range t.Acts {
		fmt.Fprintf(&b, "run %d", i+1)
		if a.Act != run.Nothing {
			fmt.Fprintf(&b, ", before it: %s", a.Act)
		}
		if a.Act == run.Crash {
			fmt.Fprintf(&b, " (%d calls)", a.Calls)
		}
		b.WriteString("\n")
		for _, e := range t.Events {
			if e.Run == i {
				fmt.Fprintf(&b, "\t%s, file %d: %s\n", e.Flow, e.File, t.Pipe.Line(e.Row))
			}
		}
	}
	return b.String()
}

// Twin is the same story of the pipeline's twin.
func (t *Trial) Twin() *Trial {
	twin := *t
	twin.Pipe = t.Pipe.Twin()
	return &twin
}
