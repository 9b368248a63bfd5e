package flow

import (
	"errors"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/state"
)

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
	for id, g := range b.keyed.graves {
		b.equal.graves[b.keyed.index.FilePath(id)] = g.all()
	}
}

// newEqualRows begins a batch.
func (w *worker) newEqualRows() equalRows {
	return equalRows{counts: make([]int64, len(w.uniques)), suspects: make([][]suspect, len(w.uniques))}
}

// from remembers which record the row that was buffered last is of.
func (b *batch) from(m *Meta) {
	if b.w.namesEqual {
		b.equal.origins = append(b.equal.origins, m.place())
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
	return &ViolationError{Table: b.w.def.name, Flow: b.flow.name, Expectation: u.Expectation, Record: at.String(), Unique: true}
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
