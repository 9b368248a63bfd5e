package flow

import (
	"encoding/binary"

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
