package flow

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/observe"
)

// flowDomain is the domainMetadata domain of a flow's progress.
func flowDomain(flow string) string { return flowDomains + flow }

const flowDomains = "seamflow.flow/"

// progress is what the table knows of a flow. It is stored with every commit of the flow and stands on its own.
type progress struct {
	V        int                       `json:"v"`
	Once     *onceProgress             `json:"once,omitempty"`
	Inputs   map[string]*inputProgress `json:"inputs,omitempty"`  // by source, of flows that are not once
	Extract  string                    `json:"extract,omitempty"` // sequence of the last extract that was taken, in hex
	Files    int64                     `json:"files"`             // read so far
	Bytes    int64                     `json:"bytes"`
	Total    observe.Counts            `json:"total"`
	Violated map[string]int64          `json:"violated,omitempty"` // by expectation
	Last     *lastCommit               `json:"last,omitempty"`
}

type inputProgress struct {
	Done *files.Set `json:"done"`
}

// onceProgress is a once flow's way through the list that was frozen before its first row.
type onceProgress struct {
	Frozen string `json:"frozen"` // side file with the list
	Files  int    `json:"files"`  // in the list
	Next   int    `json:"next"`   // the first of the list that is not committed
	Done   bool   `json:"done"`
}

type lastCommit struct {
	At     time.Time      `json:"at"`
	Counts observe.Counts `json:"counts"`
}

const progressVersion = 1

func decodeProgress(text string) (*progress, error) {
	p := &progress{V: progressVersion}
	if text != "" {
		if err := json.Unmarshal([]byte(text), p); err != nil {
			return nil, fmt.Errorf("stored progress: %w", err)
		}
		if p.V != progressVersion {
			return nil, fmt.Errorf("stored progress is of version %d, which a newer seamflow wrote; this one reads version %d", p.V, progressVersion)
		}
	}
	if p.Inputs == nil {
		p.Inputs = map[string]*inputProgress{}
	}
	return p, nil
}

// flowState is a flow as a worker runs it.
type flowState struct {
	name      string
	once      bool
	dependsOn []string
	inputs    []reader
	extracts  bool   // of apply_changes_from_snapshot
	extract   []byte // sequence of the extract that is read
	until     []byte // with AvailableNow: of the last extract that is read
	prog      *progress
	stored    string    // prog as the table has it
	frozen    []pick    // what is left of a once flow's list
	pending   []pick    // of the last look at the sources
	waiting   bool      // the last look saw files that are not settled
	looked    time.Time // the last look at the sources, and the first
	lookTook  time.Duration
	firstLook time.Time
	patient   bool           // it was said that files are waited for
	run       observe.Counts // of this run
	judge     *judge
	violated  map[string]int64 // of this run, by expectation
	done      totals           // of this run
	warned    map[string]time.Time
}

type totals struct {
	files int
	bytes int64
}

// pick is a file to be read, with the input that reads it.
type pick struct {
	input int
	file  files.File
}

func sum(picks []pick) (t totals) {
	for _, p := range picks {
		t.files++
		t.bytes += p.file.Size
	}
	return t
}

// load takes the flow's progress as the table has it, and forgets what was planned.
func (f *flowState) load(w *worker) error {
	f.pending, f.frozen, f.looked = nil, nil, time.Time{}
	f.stored, _ = w.table.Domain(flowDomain(f.name))
	var err error
	if f.prog, err = decodeProgress(f.stored); err != nil {
		return fmt.Errorf("table %s, flow %s: %w", w.def.name, f.name, err)
	}
	if f.once && f.prog.Once != nil && !f.prog.Once.Done {
		f.frozen, err = f.readFrozen(w)
	}
	return err
}

func (f *flowState) complete() bool { return f.once && f.prog.Once != nil && f.prog.Once.Done }

func (f *flowState) set(input int) *files.Set {
	name := f.inputs[input].source()
	in := f.prog.Inputs[name]
	if in == nil {
		in = &inputProgress{Done: new(files.Set)}
		f.prog.Inputs[name] = in
	}
	return in.Done
}

// next gives the files of the flow's next batch, none when there is nothing to read now.
func (f *flowState) next(ctx context.Context, w *worker) ([]pick, error) {
	if f.complete() {
		return nil, nil
	}
	if f.once {
		if f.prog.Once == nil {
			if err := f.freeze(ctx, w); err != nil || f.prog.Once == nil {
				return nil, err
			}
		}
		return f.asTheyAre(w, f.bounded(f.frozen, w.env.maxBytes()))
	}
	if len(f.pending) == 0 || f.extracts { // an extract that has gained a file is not as it was seen
		var err error
		if f.pending, err = f.look(ctx, w); err != nil {
			return nil, err
		}
	}
	if f.extracts {
		return f.nextExtract(w)
	}
	return f.bounded(f.pending, w.env.maxBytes()), nil
}

// bounded is the start of picks that one commit may hold: at least one file, and whole ones.
func (f *flowState) bounded(picks []pick, maxBytes int64) []pick {
	var bytes int64
	counts := make([]int, len(f.inputs))
	for i, p := range picks {
		limit := f.inputs[p.input].spec().MaxFilesPerBatch
		if i > 0 && (bytes+p.file.Size > maxBytes || limit > 0 && counts[p.input] >= limit) {
			return picks[:i]
		}
		bytes += p.file.Size
		counts[p.input]++
	}
	return picks
}

// look lists the flow's sources.
func (f *flowState) look(ctx context.Context, w *worker) ([]pick, error) {
	began := time.Now()
	defer func() { f.lookTook = time.Since(began) }()
	var picks []pick
	f.waiting = false
	for i, in := range f.inputs {
		in.lister().Limit(f.scope(w))
		ready, young, changed, err := in.lister().List(ctx, w.table, f.set(i))
		if err != nil {
			return nil, &SourceError{Flow: f.name, Source: in.source(), Err: err}
		}
		f.reportChanged(w, in, changed)
		for _, file := range ready {
			picks = append(picks, pick{i, file})
		}
		f.waiting = f.waiting || young > 0
	}
	f.looked = w.env.now()
	return picks, nil
}

// scope is what the flow takes of what it finds after its first look. With AvailableNow a file that is being written to
// without end is left to a later run; a once flow has no later run.
func (f *flowState) scope(w *worker) files.Scope {
	switch {
	case f.once:
		return files.AllPresent
	case f.extracts:
		return files.Everything // see present
	case w.env.opt.AvailableNow:
		return files.SamePresent
	}
	return files.Everything
}

func (f *flowState) reportChanged(w *worker, in reader, changed []files.File) {
	for _, file := range changed {
		if at, ok := f.warned[file.Path]; ok && at.Equal(file.ModTime) {
			continue
		}
		f.warned[file.Path] = file.ModTime
		w.warn(f.name, "file "+file.Path+" changed after it was read: what was added is not in the table (source "+in.source()+
			", on_change: report); write new records to a new file, or set on_change: reread")
	}
}

// advance is the progress after a batch of picks.
func (f *flowState) advance(w *worker, picks []pick, counts observe.Counts) error {
	p := f.prog
	t := sum(picks)
	p.Files += int64(t.files)
	p.Bytes += t.bytes
	p.Total.Add(counts)
	p.Last = &lastCommit{At: w.env.now().UTC(), Counts: counts}
	if f.extracts {
		p.Extract = hex.EncodeToString(f.extract)
	}
	if f.once {
		p.Once.Next += len(picks)
		p.Once.Done = p.Once.Next == p.Once.Files
		return nil
	}
	read := make([][]files.File, len(f.inputs))
	for _, pick := range picks {
		read[pick.input] = append(read[pick.input], pick.file)
	}
	for i, list := range read {
		if len(list) == 0 {
			continue
		}
		if err := f.set(i).Add(w.table, list...); err != nil {
			return err
		}
	}
	return nil
}

// committed forgets the picks that a commit holds.
func (f *flowState) committed(picks []pick, counts observe.Counts, stored string) {
	f.stored = stored
	f.run.Add(counts)
	t := sum(picks)
	f.done.files += t.files
	f.done.bytes += t.bytes
	if f.once {
		f.frozen = f.frozen[len(picks):]
	} else {
		f.pending = f.pending[len(picks):]
	}
}
