package flow

import (
	"context"
	"errors"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
)

// Summary is what a run did, or with Pipeline.Status how the tables stand.
type Summary struct {
	Pipeline string         `json:"pipeline"`
	Version  string         `json:"seamflow_version"`
	Took     time.Duration  `json:"took_ns,omitempty"`
	Tables   []TableSummary `json:"tables"`
}

// TableSummary is one table as it stands, with its flows.
type TableSummary struct {
	Name        string        `json:"name"`
	Path        string        `json:"path"`
	Version     int64         `json:"version"` // -1: there is no table yet
	Rows        int64         `json:"rows"`
	Files       int           `json:"files"`
	Bytes       int64         `json:"bytes"`
	Commits     int           `json:"commits"`     // made by this run
	Quarantined int64         `json:"quarantined"` // records in the quarantine table
	Flows       []FlowSummary `json:"flows"`
}

// States of flows.
const (
	StateNew      = "new"      // nothing was read yet
	StateReading  = "reading"  // once flow: its list is frozen, some of it is left
	StateComplete = "complete" // once flow: never reads again
	StateRunning  = "running"  // takes what its sources bring
)

// FlowSummary is one flow: Run is what this run did, Total what the table's log says of all runs since the flow began.
type FlowSummary struct {
	Name       string          `json:"name"`
	Once       bool            `json:"once,omitempty"`
	State      string          `json:"state"`
	FilesRead  int64           `json:"files_read"`
	BytesRead  int64           `json:"bytes_read"`
	FilesLeft  int             `json:"files_left,omitempty"` // once flows
	Run        observe.Counts  `json:"run"`
	Total      observe.Counts  `json:"total"`
	LastCommit *time.Time      `json:"last_commit,omitempty"`
	LastCounts *observe.Counts `json:"last_counts,omitempty"`
	// Expectations are those that the flow's rows are held against.
	Expectations []ExpectationSummary `json:"expectations,omitempty"`
}

// Status says how the tables stand. It takes no lock and changes nothing.
func (p Pipeline) Status(ctx context.Context, opt Options) (*Summary, error) {
	env, err := newEnvironment(&p, opt)
	if err != nil {
		return nil, err
	}
	var workers []*worker
	for _, t := range p.Tables {
		w, err := t.open(env)
		if err != nil {
			return nil, err
		}
		w.table, err = delta.Open(ctx, env.fs, w.dir)
		if err != nil && !errors.Is(err, delta.ErrNotExist) {
			return nil, w.wrap(err)
		}
		if err := w.loadStatus(ctx); err != nil {
			return nil, err
		}
		workers = append(workers, w)
	}
	s := summarize(ctx, env, workers)
	s.Took = 0
	return s, nil
}

// loadStatus reads progress without what only a run needs.
func (w *worker) loadStatus(ctx context.Context) (err error) {
	if w.table == nil {
		return nil
	}
	for _, f := range w.flows {
		if err := f.loadProgress(w); err != nil {
			return err
		}
	}
	return w.quarantine.open(ctx)
}

func summarize(ctx context.Context, env *environment, workers []*worker) *Summary {
	s := &Summary{Pipeline: env.pipeline.Name, Version: env.pipeline.Version, Took: env.now().Sub(env.started)}
	for _, w := range workers {
		s.Tables = append(s.Tables, w.summary(ctx))
	}
	return s
}

func (w *worker) summary(ctx context.Context) TableSummary {
	s := TableSummary{Name: w.def.name, Path: w.dir, Version: -1, Commits: w.commits}
	if w.table != nil {
		s.Version = w.table.Version()
		for _, f := range w.table.Files() {
			s.Rows += f.Rows - f.Dead
			s.Files++
			s.Bytes += f.Size
		}
		if w.quarantine.table == nil {
			_ = w.quarantine.open(context.WithoutCancel(ctx)) // a count beside others: a run does not fail for it
		}
		s.Quarantined = w.quarantine.count()
	}
	for _, f := range w.flows {
		sum := f.summary()
		sum.Expectations = w.expectations(f)
		s.Flows = append(s.Flows, sum)
	}
	return s
}

func (f *flowState) summary() FlowSummary {
	s := FlowSummary{Name: f.name, Once: f.once, State: StateNew, Run: f.run}
	p := f.prog
	if p == nil {
		return s
	}
	s.FilesRead, s.BytesRead, s.Total = p.Files, p.Bytes, p.Total
	if p.Last != nil {
		s.LastCommit, s.LastCounts = &p.Last.At, &p.Last.Counts
	}
	switch {
	case f.complete():
		s.State = StateComplete
	case f.once && p.Once != nil:
		s.State, s.FilesLeft = StateReading, p.Once.Files-p.Once.Next
	case !f.once && f.stored != "":
		s.State = StateRunning
	}
	return s
}
