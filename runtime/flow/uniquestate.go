package flow

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/state"
)

// ensureUniques makes the indexes of the unique expectations those of the table's version, as ensureIndex does the keys'.
func (w *worker) ensureUniques(ctx context.Context) error {
	for _, u := range w.uniques {
		if u.holders != nil {
			continue
		}
		if err := w.ensureUnique(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) ensureUnique(ctx context.Context, u *unique) error {
	place := w.env.uniquePlace(w.def.name, u.Name)
	x, past, fits := w.loadUnique(place, u)
	if !fits {
		if x != nil {
			x.Close()
		}
		_ = place.Clear() // what cannot be removed is not trusted either
		x = place.New()
	}
	fresh := delta.WholeFiles(filePaths(w.table.Files()))
	if fits {
		fresh = w.freshSince(x, past)
	}
	u.holders = x
	if err := w.fillUnique(ctx, u, fresh); err != nil {
		cause := w.readUniquesAgain(w.wrap(err))
		w.dropUniques()
		if ctx.Err() != nil {
			return errDrained
		}
		return cause
	}
	if u.stale = !fits || len(past) > 0; !fits {
		w.behind = max(w.behind, int64(u.holders.Len()))
	}
	return nil
}

// loadUnique gives the snapshot of an index and what happened since; fits says whether it is of use.
func (w *worker) loadUnique(place state.Place, u *unique) (x *state.Index, past []pastCommit, fits bool) {
	x, st, err := place.Load()
	if err != nil || st.Types != w.uniqueTypes(u) {
		return x, nil, false
	}
	st.Types = w.types()
	if w.unfit(st) != "" {
		return x, nil, false
	}
	past, why := w.pastSince(st.Version)
	return x, past, why == ""
}

// uniqueTypes says what the values of an index are made of.
func (w *worker) uniqueTypes(u *unique) string {
	var columns []string
	for _, i := range u.columns {
		columns = append(columns, w.def.schema[i].Name+" "+w.def.schema[i].Type.String())
	}
	return "unique " + strings.Join(columns, ", ") + " of " + w.def.contract.Kind
}

// fillUnique puts the live rows of ranges into an index.
func (w *worker) fillUnique(ctx context.Context, u *unique, ranges []delta.RowRange) error {
	if len(ranges) == 0 {
		return nil
	}
	rows := w.def.newRows()
	var values uniqueValues
	live := func(state.Loc) (bool, error) { return false, nil } // the scan passes over the others
	var failed error
	err := w.table.ScanRanges(ctx, rows.leaves, w.uniqueLeaves(u), ranges, func(path string, row uint32) {
		values.reset()
		rows.unique(&values)
		if value := values.at(u.number); len(value) > 0 && failed == nil {
			_, failed = u.add(value, state.Loc{File: u.holders.FileID(path), Row: row}, live)
		}
		if u.holders.Full() {
			w.pageUnique(u)
		}
	})
	return errors.Join(err, failed, u.holders.Err())
}

// uniqueLeaves says which leaves hold what a rule compares; of versions (SCD type 2) also whether they have ended.
func (w *worker) uniqueLeaves(u *unique) func(int) bool {
	wanted := map[int]bool{}
	for _, i := range u.columns {
		wanted[i] = true
	}
	wanted[len(w.def.schema)-1] = true
	leaves := w.def.schema.Leaves()
	return func(leaf int) bool { return wanted[leaves[leaf].Column] }
}

func (w *worker) pageUnique(u *unique) {
	if err := u.holders.Spill(); err != nil {
		w.warn("", err.Error()+"; it stays in memory, which may grow beyond --memory")
	}
}

// moveUniques tells of rows that have a new place.
func (w *worker) moveUniques(moves []delta.Move) {
	for _, u := range w.uniques {
		if u.holders != nil && len(moves) > 0 {
			move(u.holders, moves)
			u.stale = true
		}
	}
}

// dropUniques forgets indexes that tell of rows that were not committed.
func (w *worker) dropUniques() {
	for _, u := range w.uniques {
		if u.holders == nil {
			continue
		}
		u.holders.Close()
		if u.holders.Err() != nil {
			_ = w.env.uniquePlace(w.def.name, u.Name).Clear() // what cannot be removed is found damaged again
		}
		u.holders = nil
	}
}

// readUniquesAgain is readAgain for the indexes of unique expectations.
func (w *worker) readUniquesAgain(cause error) error {
	for _, u := range w.uniques {
		cause = w.readAgain(u.holders, cause)
	}
	return cause
}

// saveUniques writes the snapshots.
func (w *worker) saveUniques() {
	if len(w.uniques) == 0 || w.table == nil {
		return
	}
	w.saved = w.env.now()
	st := w.stamp()
	for _, u := range w.uniques {
		if u.holders == nil || !u.stale {
			continue
		}
		st.Types = w.uniqueTypes(u)
		if err := u.holders.Save(st); err != nil {
			w.warn("", "the index of the expectation "+u.Name+" could not be saved, the next start builds it from the table: "+err.Error())
		}
		u.stale = false
	}
}

// uniquePlace says where the index of a unique expectation is kept, beside the keys'.
func (env *environment) uniquePlace(table, rule string) state.Place {
	p := env.statePlace(table)
	p.Name = filepath.Join(strings.TrimSuffix(p.Name, ".state")+".unique", rule+".state")
	return p
}
