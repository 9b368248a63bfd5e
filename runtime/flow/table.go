package flow

import (
	"slices"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/merge"
)

// table is a Table as the engine runs it.
type table[T any] struct{ Table[T] }

// definition is a table without its row type.
type definition struct {
	name, path, comment string
	schema              column.Schema
	keys, sequence      []int // column indexes; sequence is nil when it lives in the merge log
	partitionBy         []int
	onTie, onBadRecord  string
	rewrite             bool // no deletion vectors
	fold                *foldDefinition
	retention           time.Duration // of tombstones, 0 is for ever
	contract            contract.Table
	newRows             func() rowBuffer
}

// foldDefinition is a Fold without its row type.
type foldDefinition struct {
	rules     *merge.Rules
	history   bool // SCD type 2
	snapshot  bool
	ignoring  bool // NULLs of some columns are no values
	untracked bool // some columns make no versions
}

func (d *definition) keyed() bool { return len(d.keys) > 0 }

// sequenceInLog reports that upserts leave their sequence in the merge log, not in the row.
func (d *definition) sequenceInLog() bool { return d.keyed() && d.sequence == nil && d.fold == nil }

func (t *table[T]) foldDefinition() *foldDefinition {
	if t.Fold == nil {
		return nil
	}
	d := &foldDefinition{rules: merge.NewRules(t.Fold.Parts), history: t.Fold.SetInterval != nil, snapshot: t.Fold.Snapshot}
	for _, p := range t.Fold.Parts {
		d.ignoring = d.ignoring || p.Ignore
		d.untracked = d.untracked || d.history && !p.Tracked && !p.Key
	}
	return d
}

func (d *definition) partitionColumns() (names []string) {
	for _, i := range d.partitionBy {
		names = append(names, d.schema[i].Name)
	}
	return names
}

func (t *table[T]) name() string { return t.Name }

func (t *table[T]) keyed() bool { return len(t.Keys) > 0 }

func (t *table[T]) indexes() int {
	n := len(t.Uniques)
	if t.keyed() {
		n++
	}
	return n
}

func (t *table[T]) flowNames() []string {
	var all []string
	for _, f := range t.Flows {
		all = append(all, f.Name)
	}
	return all
}

func (t *table[T]) dependencies() (all []string) {
	for _, f := range t.Flows {
		all = append(all, f.DependsOn...)
	}
	return all
}

func (t *table[T]) open(env *environment) (*worker, error) {
	path, err := env.connection("tables."+t.Name+".delta.path", t.Path)
	if err != nil {
		return nil, err
	}
	rows := t.NewRows()
	w := &worker{
		env: env,
		def: definition{
			name: t.Name, path: path, comment: t.Comment, schema: t.Schema, keys: t.Keys, sequence: t.SequenceColumns, partitionBy: t.PartitionBy,
			onTie: t.OnTie, onBadRecord: t.OnBadRecord, rewrite: t.Updates == Rewrite, contract: t.Contract, newRows: t.newRows,
			fold: t.foldDefinition(), retention: t.TombstoneRetention,
		},
		dir:  env.dir(path),
		rows: t.hide(rows),
		full: env.bufferBytes(),
	}
	if w.arranged = newArrangement(t.Schema, t.PartitionBy, t.ClusterBy); w.arranged != nil {
		w.full /= 2 // a flush holds the rows twice
	}
	w.uniques = t.uniques()
	w.namesEqual = slices.ContainsFunc(w.uniques, func(u *unique) bool { return u.Action == Fail })
	w.quarantine.w = w
	w.upkeep = upkeep{env: env, table: t.Name}
	w.quarantine.upkeep = upkeep{env: env, table: t.Name, named: w.domainTexts}
	w.compactors = newCompactors(w)
	into := &sink[T]{rows: rows, newRows: t.NewRows, appendRow: t.AppendRow}
	if t.Fold != nil {
		into.appendRow = t.Fold.AppendParts
	}
	for _, f := range t.Flows {
		fs := &flowState{name: f.Name, was: f.Was, once: f.Once, extracts: t.Fold != nil && t.Fold.Snapshot, dependsOn: f.DependsOn, warned: map[string]time.Time{}, judge: newJudge(f.Expectations)}
		for _, in := range distinct(f.Inputs) {
			r, err := in.open(env, into, fs.judge, f.Name)
			if err != nil {
				return nil, err
			}
			fs.add(r)
		}
		w.flows = append(w.flows, fs)
	}
	return w, nil
}

func (f *flowState) add(r reader) {
	switch r := r.(type) {
	case fileReader:
		f.folders = append(f.folders, r)
	case topicReader:
		f.topics = append(f.topics, newTopicState(r))
	}
}

// input gives the reader of a source, nil where the flow has none of that name.
func (f *flowState) input(source string) reader {
	for _, in := range f.folders {
		if in.source() == source {
			return in
		}
	}
	for _, t := range f.topics {
		if t.in.source() == source {
			return t.in
		}
	}
	return nil
}

// distinct merges the inputs that read the same source.
func distinct[T any](inputs []Input[T]) []Input[T] {
	var out []Input[T]
next:
	for _, in := range inputs {
		for _, o := range out {
			if o.join(in) {
				continue next
			}
		}
		out = append(out, in.clone())
	}
	return out
}
