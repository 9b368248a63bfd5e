package flow

import (
	"context"
	"errors"
	"maps"
	"slices"
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
	Name        string `json:"name"`
	Path        string `json:"path"`
	Version     int64  `json:"version"` // -1: there is no table yet
	Rows        int64  `json:"rows"`
	Files       int    `json:"files"`
	Bytes       int64  `json:"bytes"`
	Commits     int    `json:"commits"`     // made by this run
	Quarantined int64  `json:"quarantined"` // records in the quarantine table
	// Owners are the processes that share the table now; of one that has it alone nothing is known here.
	Owners []delta.Owner `json:"owners,omitempty"`
	Flows  []FlowSummary `json:"flows"`
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
	Name      string         `json:"name"`
	Once      bool           `json:"once,omitempty"`
	State     string         `json:"state"`
	FilesRead int64          `json:"files_read"`
	BytesRead int64          `json:"bytes_read"`
	FilesLeft int            `json:"files_left,omitempty"` // once flows
	Run       observe.Counts `json:"run"`
	Total     observe.Counts `json:"total"`
	// Partitions are those of the streams that the flow reads.
	Partitions []PartitionSummary `json:"partitions,omitempty"`
	LastCommit *time.Time         `json:"last_commit,omitempty"`
	LastCounts *observe.Counts    `json:"last_counts,omitempty"`
	// Fresh is how old records were when they were committed, over the last five to ten minutes in which there were
	// commits, and Backlog what the last of them left; nil where nothing was read.
	Fresh   *observe.Freshness `json:"freshness,omitempty"`
	Backlog *observe.Backlog   `json:"backlog,omitempty"`
	// Expectations are those that the flow's rows are held against.
	Expectations []ExpectationSummary `json:"expectations,omitempty"`
}

// PartitionSummary is how far a flow has read a partition of a stream.
type PartitionSummary struct {
	Source    string `json:"source"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Next      int64  `json:"next_offset"`
	End       *int64 `json:"end_offset,omitempty"` // of a once flow: where it stops
	Lost      int64  `json:"lost,omitempty"`       // offsets that were passed over, with on_lost_offsets: earliest
}

// FlowNames gives the pipeline's flows, each with its table.
func (p Pipeline) FlowNames() (all []observe.Named) {
	for _, t := range p.Tables {
		for _, f := range t.flowNames() {
			all = append(all, observe.Named{Table: t.name(), Flow: f})
		}
	}
	return all
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
	for i, w := range workers {
		s.Tables[i].Owners = delta.Owners(env.fs, w.dir)
	}
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

func (f *flowState) partitionSummaries() (all []PartitionSummary) {
	for _, t := range f.topics {
		for _, p := range slices.Sorted(maps.Keys(t.units)) {
			u := &t.units[p].prog
			all = append(all, PartitionSummary{Source: t.in.source(), Topic: u.Topic, Partition: p, Next: u.Next, End: u.End, Lost: u.Lost})
		}
	}
	return all
}

func (f *flowState) summary() FlowSummary {
	s := FlowSummary{Name: f.name, Once: f.once, State: StateNew, Run: f.run}
	p := f.prog
	if p == nil {
		return s
	}
	all := f.tallied()
	s.FilesRead, s.BytesRead, s.Total = p.Files, all.Bytes, all.Total
	if all.Last != nil {
		s.LastCommit, s.LastCounts = &all.Last.At, &all.Last.Counts
	}
	if all.Fresh != nil {
		fresh := all.Fresh.Histogram().Freshness()
		s.Fresh, s.Backlog = &fresh, &all.Fresh.Backlog
	}
	s.Partitions = f.partitionSummaries()
	switch {
	case f.complete():
		s.State = StateComplete
	case f.once && p.Once != nil:
		s.State, s.FilesLeft = StateReading, p.Once.Files-p.Once.Next
	case !f.once && (f.stored != "" || len(s.Partitions) > 0):
		s.State = StateRunning
	}
	return s
}
