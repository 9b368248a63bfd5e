package flow

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/state"
)

// ensureIndexes makes all indexes those of the table's version.
func (w *worker) ensureIndexes(ctx context.Context) error {
	if err := w.ensureIndex(ctx); err != nil {
		return err
	}
	return w.ensureUniques(ctx)
}

// ensureIndex makes the key index that of the table's version: from the snapshot, from the snapshot and the commits
// since, or from the table itself.
func (w *worker) ensureIndex(ctx context.Context) (err error) {
	if !w.def.keyed() {
		return nil
	}
	if w.truncated, err = w.truncatedAt(); err != nil || w.index != nil {
		return err
	}
	place := w.env.statePlace(w.def.name)
	x, st, past, why := w.loadSnapshot(place)
	if why != "" {
		if x != nil {
			x.Close()
		}
		_ = place.Clear() // what cannot be removed is not trusted either
		if len(w.table.Files())+len(w.table.MergeFiles()) > 0 {
			w.info("", "the key index is built from the table: "+why)
		}
		x = place.New()
	}
	if why == "" && len(past) == 0 {
		w.index = x
		return nil
	}
	fresh, log := delta.WholeFiles(filePaths(w.table.Files())), w.table.MergeFiles()
	if why == "" {
		fresh, log = w.freshSince(x, past), w.unknownLog(st)
	}
	if err := w.catchUp(ctx, x, log, fresh); err != nil {
		w.closeIndex(x)
		if ctx.Err() != nil {
			return errDrained
		}
		return w.readAgain(x, w.wrap(err))
	}
	w.index = x
	if why != "" {
		w.rebuilt()
		return nil
	}
	w.behind = 0
	for _, c := range past {
		w.behind += commitKeys + c.keys()
	}
	return nil
}

// loadSnapshot gives the snapshot and what happened since, or says why it is of no use.
func (w *worker) loadSnapshot(place state.Place) (x *state.Index, st state.Stamp, past []pastCommit, why string) {
	x, st, err := place.Load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, st, nil, "there is no snapshot of it"
	case err != nil:
		return nil, st, nil, err.Error()
	}
	if why = w.unfit(st); why == "" {
		past, why = w.pastSince(st.Version)
	}
	if len(past) > 0 && w.def.fold != nil && w.def.fold.snapshot {
		why = "its snapshot is older than the last extract"
	}
	return x, st, past, why
}

// unknownLog gives the files of the merge log that a snapshot does not know. Where rows and entries are read against each
// other they are all, or none.
func (w *worker) unknownLog(st state.Stamp) []delta.MergeFile {
	all := w.table.MergeFiles()
	known := map[string]bool{}
	for name := range strings.FieldsSeq(st.MergeLog) {
		known[name] = true
	}
	unknown := slices.DeleteFunc(slices.Clone(all), func(f delta.MergeFile) bool { return known[f.Name] })
	if w.def.fold != nil && len(unknown) > 0 {
		return all
	}
	return unknown
}

// unfit says why a snapshot of stamp st is of no use, "" if it is.
func (w *worker) unfit(st state.Stamp) string {
	want := w.stamp()
	if st.TableID != want.TableID || st.Path != want.Path || st.Types != want.Types {
		return "its snapshot is of another table, or of other columns"
	}
	if st.Version > want.Version {
		return "its snapshot is of a newer version of the table"
	}
	uuid, err := w.table.CommitUUID(st.Version)
	if err != nil || uuid != st.CommitUUID {
		return "its snapshot is of another history of the table"
	}
	return ""
}

func (w *worker) stamp() state.Stamp {
	var log []string
	for _, f := range w.table.MergeFiles() {
		log = append(log, f.Name)
	}
	st := state.Stamp{TableID: w.table.ID(), Path: w.dir, Version: w.table.Version(), Types: w.types(), MergeLog: strings.Join(log, " ")}
	st.CommitUUID, _ = w.table.CommitUUID(st.Version) // of the handle's own version: at hand
	return st
}

// types says what the index's bytes and hashes were made of. The columns are part of it: a hash over others may by chance
// be that of a row which is a different one now.
func (w *worker) types() string {
	var keys, columns []string
	for _, i := range w.def.keys {
		keys = append(keys, w.def.schema[i].Name)
	}
	for _, f := range w.def.schema {
		columns = append(columns, f.Name+" "+f.Type.String())
	}
	return w.def.contract.Kind + " of " + strings.Join(keys, ", ") + " by " + strings.Join(w.def.contract.SequenceTypes, ", ") + " of " + strings.Join(columns, ", ")
}

func filePaths(all []*delta.File) []string {
	paths := make([]string, 0, len(all))
	for _, f := range all {
		paths = append(paths, f.Path)
	}
	return paths
}

// catchUp folds files of the merge log and live rows of data files into x. What x knows already changes nothing.
func (w *worker) catchUp(ctx context.Context, x *state.Index, log []delta.MergeFile, fresh []delta.RowRange) error {
	l := w.newLearner(x)
	var lerr error
	err := w.table.ScanMergeLog(ctx, log, func(e delta.MergeEntry) {
		lerr = errors.Join(lerr, l.entry(&e))
		w.keepSmall(x)
	})
	if err = errors.Join(err, lerr, x.Err()); err != nil || len(fresh) == 0 {
		return err
	}
	rows := w.def.newRows()
	var key, seq []byte
	var open bool
	var file uint32
	var at string
	err = w.table.ScanRanges(ctx, rows.leaves, w.keyLeaves(), fresh, func(path string, row uint32) {
		if path != at {
			at, file = path, x.FileID(path)
		}
		key, seq, open = rows.keySeq(key[:0], seq[:0])
		l.row(key, seq, open, state.Loc{File: file, Row: row})
		w.keepSmall(x)
	})
	return errors.Join(err, x.Err())
}

// keepSmall pages an index that is being built, between two keys.
func (w *worker) keepSmall(x *state.Index) {
	switch {
	case !x.Full():
	case w.outgrown != nil: // only the owner may write
		w.outgrown()
	default:
		w.page(x)
	}
}

// keyLeaves says which leaves hold key and sequence.
func (w *worker) keyLeaves() func(int) bool {
	wanted := map[int]bool{}
	for _, i := range w.def.keys {
		wanted[i] = true
	}
	for _, i := range w.def.sequence {
		wanted[i] = true
	}
	if w.def.fold != nil && w.def.fold.history { // __START_AT and __END_AT
		wanted[len(w.def.schema)-2], wanted[len(w.def.schema)-1] = true, true
	}
	leaves := w.def.schema.Leaves()
	return func(leaf int) bool { return wanted[leaves[leaf].Column] }
}
