// Package deploy says what deploying a pipeline does to the tables as they stand: `seamflow plan`.
//
// It takes a resolved model, reads the tables' own checkpoints and, where asked, the sources, and gives a Plan, which is
// printed as text or JSON. It compares with the function that a running pipeline refuses by (contract.Compare), and adds
// what that one does not know: SQL (the cutover proof), files' statistics and sources. It writes nothing and takes no lock.
package deploy

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// Options say where the tables are, and what is asked.
type Options struct {
	Data    string // the folder that relative paths start from
	Target  string // whose connection values to use; "" is the spec's own
	Connect bool   // look at the sources, too
	FS      vfs.FS // where tables are; nil is the machine's
	// Topic makes the stream of a topic; nil is runtime/kafka's.
	Topic func(s *model.KafkaSource) stream.Source
}

// Plan is what a deployment does.
type Plan struct {
	Pipeline string
	Spec     string
	Data     string
	Target   string
	Looked   bool // at the sources
	Tables   []Table
}

// Stops reports whether something is refused or lost.
func (p *Plan) Stops() bool {
	return slices.ContainsFunc(p.Tables, func(t Table) bool { return t.Verdict() >= contract.Refresh })
}

// Table is a table and what happens to it.
type Table struct {
	Name, Path string
	State      State
	Version    int64
	Rows       int64
	Changes    []Change // of the table as a whole
	Flows      []Flow
	Proof      []string // the cutover proof, in lines; none where there is nothing to prove
}

// State is what a table or flow does.
type State string

// The states.
const (
	Starts    State = "starts"
	Continues State = "continues"
	Ends      State = "ends"
)

// Flow is a flow and what happens to it.
type Flow struct {
	Name, Was string
	State     State
	Once      bool
	Complete  bool // a once flow that has read its list
	Inputs    []Input
	Changes   []Change
}

// Input is where a flow goes on, or starts, in a source.
type Input struct {
	Source, Kind, Path string // Path as the spec has it
	From               string // in words
	FilesRead          int64
	Partitions         []Partition
	Left               *Left // with Options.Connect
}

// Partition is the offset of the first record that a flow reads next.
type Partition struct {
	Partition int32 `json:"partition"`
	Next      int64 `json:"next_offset"`
}

// Left is what a source has that the flow has not read.
type Left struct {
	Files   int   `json:"files"`
	Writing int   `json:"being_written"` // of them, as far as one can tell
	Offsets int64 `json:"offsets"`
}

func (l *Left) none() bool { return l != nil && l.Files+l.Writing == 0 && l.Offsets == 0 }

// Change is one thing that a deployment changes, or that stands against it.
type Change struct {
	Verdict                contract.Verdict
	Field, Message, WayOut string
	Accepted               string // why the spec accepts it, "" where it does not
}

// counts is the verdict with what is accepted taken for a note.
func (c *Change) counts() contract.Verdict {
	if c.Accepted != "" {
		return min(c.Verdict, contract.Note)
	}
	return c.Verdict
}

func worst(changes []Change) (v contract.Verdict) {
	for i := range changes {
		v = max(v, changes[i].counts())
	}
	return v
}

// Verdict is the greatest of the flow's changes.
func (f *Flow) Verdict() contract.Verdict { return worst(f.Changes) }

// Verdict is the greatest of the table's and of its flows'.
func (t *Table) Verdict() contract.Verdict {
	v := worst(t.Changes)
	for i := range t.Flows {
		v = max(v, t.Flows[i].Verdict())
	}
	return v
}

// Make looks at the tables of p, and says what happens. What is wrong with a table is in the plan; an error is about the
// surroundings (a *flow.UsageError about the command).
func Make(ctx context.Context, p *model.Pipeline, opt Options) (*Plan, error) {
	emitted, diags := emit.Build(p, emit.Options{})
	if emitted == nil {
		return nil, fmt.Errorf("%s: %s", p.SpecFile, diags[0].Message)
	}
	data, err := filepath.Abs(opt.Data)
	if err != nil {
		return nil, err
	}
	if opt.FS == nil {
		opt.FS = vfs.OS()
	}
	if opt.Topic == nil {
		opt.Topic = kafkaTopic
	}
	if _, err := opt.FS.Stat(data); err != nil { // a wrong folder has no tables, so that all of them would seem new
		return nil, fmt.Errorf("the folder that paths start from: %w", err)
	}
	m := &maker{ctx: ctx, pipeline: p, opt: opt, data: data}
	if m.values, err = target(p, opt.Target); err != nil {
		return nil, err
	}
	out := &Plan{Pipeline: p.Name, Spec: p.SpecFile, Data: data, Target: opt.Target, Looked: opt.Connect}
	for _, t := range emitted.Tables {
		table, err := m.table(t)
		if err != nil {
			return nil, err
		}
		out.Tables = append(out.Tables, *table)
	}
	return out, nil
}

// maker is what the tables of a plan share.
type maker struct {
	ctx      context.Context
	pipeline *model.Pipeline
	opt      Options
	data     string
	values   map[string]string // of the chosen target
}

// target gives a target's values by path.
func target(p *model.Pipeline, name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	var names []string
	for _, t := range p.Targets {
		if t.Name == name {
			values := map[string]string{}
			for _, v := range t.Values {
				values[v.Path] = v.Value
			}
			return values, nil
		}
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	return nil, &flow.UsageError{Message: fmt.Sprintf("no target %s in this pipeline; it has %s", name, strings.Join(names, ", "))}
}

// value is a connection value as a run has it.
func (m *maker) value(path, text string) (string, error) {
	return flow.Connection(m.values, path, text)
}

// ExitCode gives the exit code that an error of Make stands for, as that of a pipeline.
func ExitCode(err error) int { return flow.ExitCode(err) }
