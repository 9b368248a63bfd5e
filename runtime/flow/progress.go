package flow

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/observe"
)

// flowDomain is the domainMetadata domain of a flow's progress.
func flowDomain(flow string) string { return flowDomains + flow }

const flowDomains = "seamflow.flow/"

// flowTexts is all that a table knows of a flow's progress, its units' too, by domain.
func flowTexts(t *delta.Table, flow string) map[string]string {
	texts := t.Domains(flowDomain(flow) + "/")
	if text, ok := t.Domain(flowDomain(flow)); ok {
		texts[flowDomain(flow)] = text
	}
	return texts
}

// progress is what the table knows of a flow. It is stored with every commit of the flow and stands on its own.
type progress struct {
	V       int                       `json:"v"`
	Once    *onceProgress             `json:"once,omitempty"`
	Inputs  map[string]*inputProgress `json:"inputs,omitempty"`  // by source, of flows that are not once
	Extract string                    `json:"extract,omitempty"` // sequence of the last extract that was taken, in hex
	Files   int64                     `json:"files"`             // read so far
	// CaughtUp says that the flow has once read all that there was: flows that depend on it may run for good.
	CaughtUp bool `json:"caught_up,omitempty"`
	tally
}

// tally is what was read so far. Of a flow that reads streams it is the sum of its own and of its units', so that
// processes that share the units do not wait for each other.
type tally struct {
	Bytes    int64            `json:"bytes"`
	Total    observe.Counts   `json:"total"`
	Violated map[string]int64 `json:"violated,omitempty"` // by expectation
	Last     *lastCommit      `json:"last,omitempty"`
	Fresh    *observe.Window  `json:"fresh,omitempty"`
}

// tallied is the flow's own tally with its units'.
func (f *flowState) tallied() tally {
	t := f.prog.tally
	t.Violated = maps.Clone(t.Violated)
	tallies := []*tally{&f.prog.tally}
	for _, topic := range f.topics {
		for _, u := range topic.units {
			tallies = append(tallies, &u.prog.tally)
			t.Bytes += u.prog.Bytes
			t.Total.Add(u.prog.Total)
			addViolations(&t.Violated, u.prog.Violated)
			if last := u.prog.Last; last != nil && (t.Last == nil || t.Last.At.Before(last.At)) {
				t.Last = last
			}
		}
	}
	t.Fresh = freshOf(tallies)
	return t
}

func (t *tally) add(b *batch, bytes int64) {
	t.Bytes += bytes
	t.Total.Add(b.counts)
	addViolations(&t.Violated, b.unmet)
	t.Last = &lastCommit{At: b.w.env.now().UTC(), Counts: b.counts}
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

// readable refuses progress of a version that this one does not know.
func readable(version int) error {
	if version != progressVersion {
		return fmt.Errorf("stored progress is of version %d, which a newer seamflow wrote; this one reads version %d", version, progressVersion)
	}
	return nil
}

func decodeProgress(text string) (*progress, error) {
	p := &progress{V: progressVersion}
	if text != "" {
		if err := json.Unmarshal([]byte(text), p); err != nil {
			return nil, fmt.Errorf("stored progress: %w", err)
		}
		if err := readable(p.V); err != nil {
			return nil, err
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
	was       string // its earlier name
	once      bool
	dependsOn []string
	folders   []fileReader
	topics    []*topicState
	extracts  bool   // of apply_changes_from_snapshot
	extract   []byte // sequence of the extract that is read
	until     []byte // with AvailableNow: of the last extract that is read
	prog      *progress
	stored    string    // prog as the table has it
	frozen    []pick    // what is left of a once flow's list
	pending   []pick    // of the last look at the folders
	waiting   bool      // the last look saw files that are not settled
	looked    time.Time // the last look at the folders, and the first
	lookTook  time.Duration
	firstLook time.Time
	patient   bool           // it was said that files are waited for
	run       observe.Counts // of this run
	judge     *judge
	violated  map[string]int64 // of this run, by expectation
	done      totals           // of this run
	warned    map[string]time.Time
}

// work is what one batch of a flow begins with.
type work struct {
	picks   []pick
	arrived []arrival
}

func (k *work) empty() bool { return len(k.picks)+len(k.arrived) == 0 }

// load takes the flow's progress as the table has it, and forgets what was planned.
func (f *flowState) load(w *worker) error {
	f.pending, f.frozen, f.looked = nil, nil, time.Time{}
	if err := f.loadProgress(w); err != nil {
		return err
	}
	var err error
	if f.once && f.prog.Once != nil && !f.prog.Once.Done {
		f.frozen, err = f.readFrozen(w)
	}
	return err
}

// loadProgress reads what the table has, and plans nothing.
func (f *flowState) loadProgress(w *worker) (err error) {
	f.stored, _ = w.table.Domain(flowDomain(f.name))
	if f.prog, err = decodeProgress(f.stored); err != nil {
		return fmt.Errorf("table %s, flow %s: %w", w.def.name, f.name, err)
	}
	return f.loadTopics(w)
}

func (f *flowState) loadTopics(w *worker) error {
	for _, t := range f.topics {
		if err := t.load(w.table, f.name); err != nil {
			return fmt.Errorf("table %s, flow %s: %w", w.def.name, f.name, err)
		}
	}
	return nil
}

func (f *flowState) complete() bool { return f.once && f.prog.Once != nil && f.prog.Once.Done }

// caughtUp reports whether the flow has read all that its last look saw.
func (f *flowState) caughtUp() bool {
	if f.complete() {
		return true
	}
	if f.once || len(f.pending) > 0 || f.waiting || len(f.folders) > 0 && f.looked.IsZero() {
		return false
	}
	return f.level()
}

func (f *flowState) encode() (string, error) {
	b, err := json.Marshal(f.prog)
	return string(b), err
}

// next gives what the flow's next batch begins with, nothing when there is nothing to read now.
func (f *flowState) next(ctx context.Context, w *worker) (k work, err error) {
	if f.complete() {
		return k, nil
	}
	if f.once && f.prog.Once == nil {
		if err := f.freeze(ctx, w); err != nil || f.prog.Once == nil || f.complete() {
			return k, err
		}
	}
	if len(f.folders) > 0 && w.leads() {
		if k.picks, err = f.nextFiles(ctx, w); err != nil {
			return k, err
		}
	}
	k.arrived, err = f.arrive(ctx, w)
	return k, err
}

// advance is the progress after a batch, which read picks. It gives the texts of the domains that say so, and what they
// were.
func (f *flowState) advance(b *batch, picks []pick) (texts, before map[string]string, err error) {
	home, bytes := &f.prog.tally, sum(picks).bytes
	units := b.units()
	if len(picks) == 0 && len(units) > 0 {
		home, bytes = &units[0].prog.tally, bytes+b.streamed
	}
	home.add(b, bytes)
	home.settle(b, picks)
	for _, u := range units {
		u.advance(b.reached[u])
	}
	if texts, before, err = encodeUnits(units); err != nil {
		return nil, nil, err
	}
	if f.extracts {
		f.prog.Extract = hex.EncodeToString(f.extract)
	}
	if err := f.advanceFiles(b.w, picks); err != nil {
		return nil, nil, err
	}
	if f.once {
		f.prog.Once.Done = f.prog.Once.Next == f.prog.Once.Files && f.level()
	}
	if len(picks) > 0 || len(units) == 0 || f.complete() {
		before[flowDomain(f.name)] = f.stored
		texts[flowDomain(f.name)], err = f.encode()
	}
	return texts, before, err
}

// committed forgets the picks that a commit holds.
func (f *flowState) committed(b *batch, picks []pick, texts map[string]string) {
	if text, ok := texts[flowDomain(f.name)]; ok {
		f.stored = text
	}
	for u := range b.reached {
		u.stored = texts[u.domain]
	}
	f.run.Add(b.counts)
	addViolations(&f.violated, b.unmet)
	t := sum(picks)
	f.done.files += t.files
	f.done.bytes += t.bytes + b.streamed
	if f.once {
		f.frozen = f.frozen[len(picks):]
	} else {
		f.pending = f.pending[len(picks):]
	}
}
