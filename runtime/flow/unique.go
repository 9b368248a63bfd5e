package flow

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/state"
)

// Unique is an expectation that no two rows of a table have the same values in some columns. Values appends their canonical
// bytes, and reports false for a row that is not compared: one with a NULL among them, or a version that has ended.
type Unique[T any] struct {
	Expectation
	Columns []int
	Values  func(dst []byte, row *T) ([]byte, bool)
}

// unique is a unique expectation as the engine keeps it: an index from values to the rows that have them.
//
// A row's death is not told to the index: whoever finds a holder asks the table whether it is still there. So the index
// follows from the rows that are live, with or without the rows that were, and what is counted does not depend on whether
// the index was kept, or built from the table.
type unique struct {
	Expectation
	number  int // among the table's
	columns []int
	holders *state.Index // nil until it is needed
	stale   bool         // holders is ahead of its snapshot
	key     []byte
}

// equalRows is what a batch knows of rows with the values of others.
type equalRows struct {
	values   uniqueValues // of the buffered rows
	origins  []position   // of the buffered rows, where a rule fails and they come from one record each
	counts   []int64      // by rule
	suspects [][]suspect  // by rule: of keyed tables, whose rows may die before the commit
	graves   map[string]*roaring.Bitmap
}

// suspect is a row that had the values of another when it was stored.
type suspect struct {
	value []byte
	loc   state.Loc
	at    position
}

// uniqueValues are what the unique expectations compare, row by row. An empty value is not compared.
type uniqueValues struct {
	bytes []byte
	ends  []int
}

func (v *uniqueValues) reset() { v.bytes, v.ends = v.bytes[:0], v.ends[:0] }

func (v *uniqueValues) at(i int) []byte {
	from := 0
	if i > 0 {
		from = v.ends[i-1]
	}
	return v.bytes[from:v.ends[i]]
}

// uniqueOf gives the reader of values of the row at the cursors, which advances them.
func (t *table[T]) uniqueOf(rows column.Rows[T]) func(v *uniqueValues) {
	row := new(T)
	return func(v *uniqueValues) {
		rows.Read(row)
		for i := range t.Uniques {
			if b, ok := t.Uniques[i].Values(v.bytes, row); ok {
				v.bytes = b
			}
			v.ends = append(v.ends, len(v.bytes))
		}
	}
}

func (t *table[T]) uniques() (all []*unique) {
	for i := range t.Uniques {
		u := &t.Uniques[i]
		all = append(all, &unique{Expectation: u.Expectation, number: i, columns: u.Columns})
	}
	return all
}

// add makes loc a holder of value, and reports whether a live row is one too. Holders are numbered: the first is under the
// value, with the number of the last as its hash, the others are under value and number. Those that have died go as they
// are found.
func (u *unique) add(value []byte, loc state.Loc, gone func(state.Loc) (bool, error)) (met bool, err error) {
	id, fresh := u.holders.Put(value)
	first := u.holders.Get(id)
	if fresh || !first.HasRow {
		u.holders.Set(id, state.Entry{HasRow: true, Loc: loc})
		return false, nil
	}
	last := first.Hash
	dead, err := gone(first.Loc)
	for err == nil && dead && last > 0 {
		first.Loc = u.holders.Get(u.further(value, last)).Loc
		last--
		dead, err = gone(first.Loc)
	}
	switch {
	case err != nil:
		return false, err
	case dead:
		u.holders.Set(id, state.Entry{HasRow: true, Loc: loc})
		return false, nil
	}
	last++
	u.holders.Set(id, state.Entry{HasRow: true, Loc: first.Loc, Hash: last})
	u.holders.Set(u.further(value, last), state.Entry{HasRow: true, Loc: loc})
	return true, nil
}

// further gives the ID of a holder beyond the first. Values are prefix-free, so that no value is another with a number.
func (u *unique) further(value []byte, number uint64) state.ID {
	u.key = binary.BigEndian.AppendUint64(append(u.key[:0], value...), number)
	id, _ := u.holders.Put(u.key)
	return id
}

// others reports whether a live row that is none of known holds value.
func (u *unique) others(value []byte, known map[state.Loc]bool, gone func(state.Loc) (bool, error)) (bool, error) {
	id, ok := u.holders.Find(value)
	if !ok {
		return false, nil
	}
	first := u.holders.Get(id)
	for n := uint64(0); n <= first.Hash; n++ {
		loc := first.Loc
		if n > 0 {
			loc = u.holders.Get(u.further(value, n)).Loc
		}
		if known[loc] {
			continue
		}
		if dead, err := gone(loc); err != nil || !dead {
			return !dead, err
		}
	}
	return false, nil
}

// gone reports whether the row at a place of u's index has died, as the batch sees it.
func (b *batch) gone(u *unique) func(state.Loc) (bool, error) {
	return func(loc state.Loc) (bool, error) {
		path := u.holders.FilePath(loc.File)
		if path == "" {
			return true, nil // it did not move with its file
		}
		if grave := b.equal.graves[path]; grave != nil && grave.Contains(loc.Row) {
			return true, nil
		}
		f, ok := b.w.table.File(path)
		if !ok {
			return !b.out.holds(path), nil
		}
		dead, err := b.w.table.Deleted(f)
		return err == nil && dead.Contains(loc.Row), err
	}
}

// holds reports whether path is one of the output's files.
func (o *output) holds(path string) bool {
	for _, f := range o.open {
		if f.Path() == path {
			return true
		}
	}
	for i := range o.adds {
		if o.adds[i].Path == path {
			return true
		}
	}
	return false
}

// findGraves makes the batch's dead rows known by the paths of their files.
func (b *batch) findGraves() {
	b.equal.graves = map[string]*roaring.Bitmap{}
	if b.keyed == nil {
		return
	}
	for id, grave := range b.keyed.graves {
		b.equal.graves[b.keyed.index.FilePath(id)] = grave
	}
}

// newEqualRows begins a batch.
func (w *worker) newEqualRows() equalRows {
	return equalRows{counts: make([]int64, len(w.uniques)), suspects: make([][]suspect, len(w.uniques))}
}

// from remembers which record the row that was buffered last is of.
func (b *batch) from(m *Meta) {
	if b.w.namesEqual {
		b.equal.origins = append(b.equal.origins, position{m.FilePath, m.Line})
	}
}

// forgetOrigins is called when the buffered rows were stored.
func (b *batch) forgetOrigins() { b.equal.origins = b.equal.origins[:0] }

// keep forgets the origins of rows that died in the buffers.
func (e *equalRows) keep(live *column.Bitset) {
	kept := e.origins[:0]
	for row, at := range e.origins {
		if live.Has(row) {
			kept = append(kept, at)
		}
	}
	e.origins = kept
}

// readUnique takes down what the unique expectations compare of the buffered rows, before these are stored.
func (b *batch) readUnique() {
	if len(b.w.uniques) == 0 {
		return
	}
	b.equal.values.reset()
	leaves := b.rows.leaves
	leaves.Rewind()
	for range leaves.Rows() {
		b.rows.unique(&b.equal.values)
	}
	leaves.Rewind()
	b.findGraves()
}

// compare holds stored rows against the unique expectations. rows are their numbers among the buffered ones, nil where they
// are all of these.
func (b *batch) compare(path string, base int64, rows []uint32, n int) error {
	for _, u := range b.w.uniques {
		file := u.holders.FileID(path)
		gone := b.gone(u)
		for i := range n {
			row := i
			if rows != nil {
				row = int(rows[i])
			}
			value := b.equal.values.at(row*len(b.w.uniques) + u.number)
			if len(value) == 0 {
				continue
			}
			loc := state.Loc{File: file, Row: uint32(base) + uint32(i)}
			met, err := u.add(value, loc, gone)
			if err = errors.Join(err, u.holders.Err()); err != nil {
				return err
			}
			if met {
				if err := b.suspect(u, value, loc, row); err != nil {
					return err
				}
			}
		}
		if u.holders.Full() {
			b.w.pageUnique(u)
		}
	}
	return nil
}

// suspect takes a row that has the values of another. Rows of an append table stay, so that it is settled at once.
func (b *batch) suspect(u *unique, value []byte, loc state.Loc, row int) error {
	s := suspect{loc: loc}
	if row < len(b.equal.origins) {
		s.at = b.equal.origins[row]
	}
	if b.keyed != nil {
		s.value = append([]byte(nil), value...)
		b.equal.suspects[u.number] = append(b.equal.suspects[u.number], s)
		return nil
	}
	return b.violated(u, s.at)
}

func (b *batch) violated(u *unique, at position) error {
	b.equal.counts[u.number]++
	if u.Action != Fail {
		return nil
	}
	return &ViolationError{Table: b.w.def.name, Flow: b.flow.name, Expectation: u.Expectation, File: at.file, Line: at.line, Unique: true}
}

// settleUnique counts the rows of a batch that have the values of others, now that it is known which of both live.
func (b *batch) settleUnique() error {
	b.findGraves()
	for _, u := range b.w.uniques {
		gone := b.gone(u)
		byValue := map[string][]suspect{}
		var order []string // the error names the first of them
		for _, s := range b.equal.suspects[u.number] {
			dead, err := gone(s.loc)
			if err != nil {
				return err
			}
			if dead {
				continue
			}
			if byValue[string(s.value)] == nil {
				order = append(order, string(s.value))
			}
			byValue[string(s.value)] = append(byValue[string(s.value)], s)
		}
		for _, value := range order {
			if err := b.settleValue(u, value, byValue[value]); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleValue counts the live suspects of one value: all of them where another row has it, else all but the first.
func (b *batch) settleValue(u *unique, value string, all []suspect) error {
	known := map[state.Loc]bool{}
	for _, s := range all {
		known[s.loc] = true
	}
	other, err := u.others([]byte(value), known, b.gone(u))
	if err = errors.Join(err, u.holders.Err()); err != nil {
		return err
	}
	if !other {
		all = all[1:]
	}
	for _, s := range all {
		if err := b.violated(u, s.at); err != nil {
			return err
		}
	}
	return nil
}

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
	u.stale = !fits || len(past) > 0
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
