package flow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

const opReset = "SEAMFLOW RESET"

// ResetPlan says what a reset will do, before it does it.
type ResetPlan struct {
	Table string `json:"table"`
	Flow  string `json:"flow,omitempty"` // "" is the table with all its flows
	Rows  int64  `json:"rows"`           // that are removed: none for a flow
	Files int64  `json:"files"`          // that were read, and will be again where they still are
	// Offsets of streams that were read, and will be again where they still are.
	Offsets int64    `json:"offsets,omitempty"`
	Lost    []string `json:"lost,omitempty"` // files and offsets that were read and are gone: "flow: path"
}

// Reset makes a table, or a flow of a table of apply_changes, as if it had never run: the next run reads its sources as
// they are then. confirm is asked before anything is changed; the plan says what cannot be read again.
func (p Pipeline) Reset(ctx context.Context, opt Options, name string, confirm func(*ResetPlan) bool) (*ResetPlan, error) {
	if name == "" {
		return nil, usage("reset needs the name of a table or flow")
	}
	tables, flow, err := p.find(name)
	if err != nil {
		return nil, err
	}
	w, err := p.only(ctx, opt, tables[0])
	if err != nil {
		return nil, err
	}
	defer w.close()
	if _, ours := w.table.Domain(contract.Domain); !ours {
		_, err := w.storedContract()
		return nil, err
	}
	if flow != "" && !w.def.keyed() {
		return nil, usage("flow %s appends to table %s, whose rows carry no flow: they cannot be told from those of other flows; `reset %s` wipes the table and reads all its flows again",
			flow, w.def.name, w.def.name)
	}
	if flow != "" { // a table's reset clears the quarantine, whatever was pending, and all that others did to the table
		if err := w.checkHistory(ctx); err != nil {
			return nil, err
		}
		if err := w.quarantine.rollForward(ctx); err != nil {
			return nil, err
		}
	}
	plan, err := w.planReset(ctx, flow)
	if err != nil {
		return nil, err
	}
	if !confirm(plan) {
		return plan, nil
	}
	if flow != "" {
		err = w.resetFlow(ctx, flow)
	} else {
		err = w.resetTable(ctx)
	}
	if err != nil {
		return plan, err
	}
	return plan, w.quarantine.rollForward(ctx)
}

// resets is what a reset has to name for the flow to read its source again: rows of an append table carry no flow.
func (w *worker) resets(f *flowState) string {
	if w.def.keyed() {
		return f.name
	}
	return w.def.name
}

func (w *worker) planReset(ctx context.Context, flow string) (*ResetPlan, error) {
	plan := &ResetPlan{Table: w.def.name, Flow: flow}
	if flow == "" {
		for _, f := range w.table.Files() {
			plan.Rows += f.Rows - f.Dead
		}
	}
	for _, f := range w.flows {
		if flow != "" && f.name != flow {
			continue
		}
		if err := f.loadProgress(w); err != nil {
			return nil, w.wrap(err)
		}
		plan.Files += f.prog.Files
		plan.Offsets += f.offsets()
		lost, err := f.lost(ctx, w)
		if err != nil { // a reset is the way out of a damaged list, too
			lost = append(lost, "what it read is not known: "+err.Error())
		}
		for _, path := range lost {
			plan.Lost = append(plan.Lost, f.name+": "+path)
		}
	}
	return plan, nil
}

// offsets counts those that the flow has read.
func (f *flowState) offsets() (n int64) {
	for _, t := range f.topics {
		for _, u := range t.units {
			n += u.prog.Next - u.prog.From
		}
	}
	return n
}

// lost gives what the flow has read, or was to read, and that is not there any more.
func (f *flowState) lost(ctx context.Context, w *worker) (lost []string, err error) {
	for _, t := range f.topics {
		some, err := t.lost(ctx)
		if err != nil {
			return nil, err
		}
		lost = append(lost, some...)
	}
	files, err := f.lostFiles(w)
	return append(lost, files...), err
}

// lost gives offsets of the topic that were read and will not be read again.
func (t *topicState) lost(ctx context.Context) (lost []string, err error) {
	partitions := slices.Sorted(maps.Keys(t.units))
	if len(partitions) == 0 {
		return nil, nil
	}
	s, err := t.in.connect(ctx)
	if err != nil {
		return nil, err
	}
	if u := &t.units[partitions[0]].prog; u.Topic != s.Topic() || u.TopicID != s.TopicID() {
		return []string{"topic " + u.Topic + ": all that was read of it, for the source names another one now"}, nil
	}
	starts, err := s.Begin(ctx, partitions) // as the next run will: behind what was removed, or where start says
	for _, b := range starts {
		if u := &t.units[b.Partition].prog; u.From < min(b.Next, u.Next) {
			lost = append(lost, fmt.Sprintf("topic %s, partition %d: offsets %d to %d", u.Topic, b.Partition, u.From, min(b.Next, u.Next)-1))
		}
	}
	return lost, err
}

func (f *flowState) lostFiles(w *worker) (lost []string, err error) {
	check := func(path string) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(w.env.data, filepath.FromSlash(path))
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			lost = append(lost, path)
		}
	}
	if f.once {
		if f.prog.Once == nil {
			return nil, nil
		}
		list, err := f.frozenList(w.table)
		for _, file := range list {
			check(file.Path)
		}
		return lost, err
	}
	for i := range f.folders {
		if err := f.set(i).Each(w.table, check); err != nil {
			return nil, err
		}
	}
	return lost, nil
}

func (w *worker) resetTable(ctx context.Context) error {
	text, err := w.def.contract.Encode()
	if err != nil {
		return err
	}
	fresh := w.newTable(text)
	tx := &delta.Tx{Operation: opReset, Reset: &fresh, Domains: map[string]string{}}
	if err := w.clearQuarantine(ctx, tx, allFlows); err != nil {
		return err
	}
	w.dropIndex()
	return w.commit(ctx, tx)
}

func (w *worker) resetFlow(ctx context.Context, flow string) error {
	stored := flowTexts(w.table, flow)
	if len(stored) == 0 {
		return nil
	}
	tx := &delta.Tx{Operation: "SEAMFLOW RESET FLOW", Domains: map[string]string{}, Expect: stored}
	for domain := range stored {
		tx.Domains[domain] = ""
	}
	if err := w.clearQuarantine(ctx, tx, flow); err != nil {
		return err
	}
	return w.commit(ctx, tx)
}

// clearQuarantine drops the records of what will be read again: they would be set aside a second time.
func (w *worker) clearQuarantine(ctx context.Context, tx *delta.Tx, flow string) error {
	if err := w.quarantine.open(ctx); err != nil {
		return err
	}
	if w.quarantine.table == nil {
		return nil
	}
	return w.quarantine.annotate(tx, quarantineDomain, quarantineMark{Clear: flow})
}
