package flow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/state"
)

// ensureIndex makes the key index that of the table's version: from the snapshot, from the snapshot and the commits
// since, or from the table itself.
func (w *worker) ensureIndex(ctx context.Context) error {
	if !w.def.keyed() || w.index != nil {
		return nil
	}
	x, since, why := w.loadSnapshot()
	if why != "" {
		if len(w.table.Files())+len(w.table.MergeFiles()) > 0 {
			w.info("", "the key index is built from the table: "+why)
		}
		x = state.New()
	}
	if why == "" && since == w.table.Version() {
		w.index = x
		return nil
	}
	paths := filePaths(w.table.Files())
	if why == "" {
		paths = w.addedSince(since)
	}
	if err := w.catchUp(ctx, x, paths); err != nil {
		if ctx.Err() != nil {
			return errDrained
		}
		return w.wrap(err)
	}
	w.index, w.stale = x, true
	return nil
}

// loadSnapshot gives the snapshot and the version that it is of, or says why it is of no use.
func (w *worker) loadSnapshot() (x *state.Index, version int64, why string) {
	x, st, err := state.Load(w.env.fs, w.env.stateFile(w.def.name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, "there is no snapshot of it"
	case err != nil:
		return nil, 0, err.Error()
	}
	want := w.stamp()
	if st.TableID != want.TableID || st.Path != want.Path || st.Types != want.Types {
		return nil, 0, "its snapshot is of another table, or of other columns"
	}
	if st.Version > want.Version {
		return nil, 0, "its snapshot is of a newer version of the table"
	}
	uuid, err := w.table.CommitUUID(st.Version)
	if err != nil || uuid != st.CommitUUID {
		return nil, 0, "its snapshot is of another history of the table"
	}
	for v := st.Version + 1; v <= want.Version; v++ {
		c, err := w.table.CommitAt(v)
		if err != nil || !c.Ours || c.Operation == opReset {
			return nil, 0, "version " + fmt.Sprint(v) + " of the table cannot be followed"
		}
	}
	return x, st.Version, ""
}

func (w *worker) stamp() state.Stamp {
	st := state.Stamp{TableID: w.table.ID(), Path: w.dir, Version: w.table.Version(), Types: w.types()}
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
	return strings.Join(keys, ", ") + " by " + strings.Join(w.def.contract.SequenceTypes, ", ") + " of " + strings.Join(columns, ", ")
}

func filePaths(all []*delta.File) []string {
	paths := make([]string, 0, len(all))
	for _, f := range all {
		paths = append(paths, f.Path)
	}
	return paths
}

// addedSince gives the table's files that came after a version. A key whose row or tombstone changed since then has a
// row in one of them, or an entry in the merge log.
func (w *worker) addedSince(version int64) []string {
	var paths []string
	for v := version + 1; v <= w.table.Version(); v++ {
		c, err := w.table.CommitAt(v)
		if err != nil {
			continue // loadSnapshot has just read it
		}
		for _, f := range c.Adds {
			if _, still := w.table.File(f.Path); still {
				paths = append(paths, f.Path)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// catchUp folds the merge log and the live rows of files into x. What x knows already changes nothing.
func (w *worker) catchUp(ctx context.Context, x *state.Index, paths []string) error {
	err := w.table.ScanMergeLog(ctx, w.table.MergeFiles(), func(e delta.MergeEntry) {
		learn(x, e)
	})
	if err != nil || len(paths) == 0 {
		return err
	}
	rows := w.def.newRows()
	var key, seq []byte
	var file uint32
	var at string
	return w.table.Scan(ctx, rows.leaves, w.keyLeaves(), paths, func(path string, row uint32) {
		if path != at {
			at, file = path, x.FileID(path)
		}
		key, seq = rows.keySeq(key[:0], seq[:0])
		w.learnRow(x, key, seq, state.Loc{File: file, Row: row})
	})
}

// learn takes an entry of the merge log, if it is newer than what is known. A row that ties with a tombstone is live:
// learnRow comes after.
func learn(x *state.Index, e delta.MergeEntry) {
	id, fresh := x.Put(e.Key)
	if !fresh && bytes.Compare(e.Seq, x.Get(id).Seq) <= 0 {
		return
	}
	x.Set(id, state.Entry{Seq: e.Seq, Tombstone: e.Kind == delta.Tombstone})
}

// learnRow takes a live row: nothing newer than it can be known of its key.
func (w *worker) learnRow(x *state.Index, key, seq []byte, loc state.Loc) {
	id, _ := x.Put(key)
	cur := x.Get(id)
	if w.def.sequenceInLog() {
		seq = cur.Seq
	}
	hash := uint64(0)
	if cur.HasRow && cur.Loc == loc {
		hash = cur.Hash
	}
	x.Set(id, state.Entry{Seq: seq, Hash: hash, HasRow: true, Loc: loc})
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
	leaves := w.def.schema.Leaves()
	return func(leaf int) bool { return wanted[leaves[leaf].Column] }
}

// dropIndex forgets an index that tells of rows that were not committed.
func (w *worker) dropIndex() { w.index, w.stale = nil, false }

// saveNowAndThen keeps the snapshot near enough that a start after a crash has little to catch up with.
func (w *worker) saveNowAndThen() {
	w.watchMemory()
	if w.saved.IsZero() {
		w.saved = w.env.now()
	}
	if w.env.now().Sub(w.saved) > max(time.Minute, 20*w.saveTook) {
		w.save()
	}
}

// watchMemory warns, once, of an index that outgrows what the run was given: it is kept in memory all the same.
func (w *worker) watchMemory() {
	if w.index == nil || w.warned || w.index.Bytes() <= w.env.memory() {
		return
	}
	w.warned = true
	w.warn("", fmt.Sprintf("the key index of %d keys takes %d MiB, more than --memory allows for (%d MiB); it is kept in memory as a whole",
		w.index.Len(), w.index.Bytes()>>20, w.env.memory()>>20))
}

// save writes the snapshot. That it cannot be written is no reason to stop: the next start is slower.
func (w *worker) save() {
	if w.index == nil || !w.stale {
		return
	}
	began := w.env.now()
	if err := w.index.Save(w.env.fs, w.env.stateFile(w.def.name), w.stamp()); err != nil {
		w.warn("", "the key index could not be saved, the next start builds it from the table: "+err.Error())
	}
	w.saved = w.env.now()
	w.saveTook = w.saved.Sub(began)
	w.stale = false
}

// follow takes note of versions that others have made.
func (w *worker) follow(ctx context.Context) error {
	commits, err := w.table.Refresh(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return errDrained
		}
		return w.wrap(err)
	}
	if len(commits) == 0 {
		return nil
	}
	w.dropIndex() // whatever they moved: it is built from the table again
	for _, c := range commits {
		if err := w.foreign(c); err != nil {
			return err
		}
	}
	return w.loadFlows()
}

// foreign refuses a version of somebody else that changes what we rely on.
func (w *worker) foreign(c *delta.Commit) error {
	if c.Ours || !c.DataChange && !c.Metadata && !c.Protocol {
		return nil
	}
	return &ForeignError{
		Table: w.def.name, Path: w.dir, Version: c.Version, Engine: c.Engine, Operation: c.Operation, Keyed: w.def.keyed(),
	}
}

// checkHistory looks back to the last version of ours for what happened while nobody was here.
func (w *worker) checkHistory(ctx context.Context) error {
	for v := w.table.Version(); v > 0 && ctx.Err() == nil; v-- {
		c, err := w.table.CommitAt(v)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // cleaned up long ago
		}
		if err != nil {
			return w.wrap(err)
		}
		if c.Ours {
			return nil
		}
		if err := w.foreign(c); err != nil {
			return err
		}
	}
	return nil
}
