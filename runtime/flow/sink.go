package flow

import (
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/merge"
)

// sink takes the rows of a table, of all its inputs, into the batch at hand.
type sink[T any] struct {
	b         *batch
	rows      column.Rows[T]
	newRows   func() column.Rows[T]
	appendRow func(dst []byte, row *T) []byte // canonical; in parts form for a folded table
	enc       []byte
}

// take judges a row and copies it into the buffers if it is to be stored.
func (k *sink[T]) take(row *T, ch *merge.Change, m *Meta) {
	b := k.b
	if b.keyed == nil {
		k.rows.Append(row)
		b.from(m)
		b.counts.Appended++
		return
	}
	b.keyed.at = m.place()
	if ch.Truncate {
		b.keyed.truncate(ch.Seq)
		return
	}
	if b.keyed.below(ch) {
		b.counts.Late++
		return
	}
	if b.fold != nil {
		k.fold(row, ch)
		return
	}
	id, _ := b.keyed.index.Put(ch.Key)
	e := b.keyed.shown(b.keyed.index.Get(id))
	var hash uint64
	if !ch.Delete && !older(&e, ch) {
		k.enc = k.appendRow(k.enc[:0], row)
		hash = rowHash(k.enc)
	}
	if b.keyed.judge(id, &e, ch, hash) {
		k.rows.Append(row)
		b.from(m)
	}
}

func (k *sink[T]) fold(row *T, ch *merge.Change) {
	if ch.Delete {
		k.b.fold.add(ch.Key, ch.Seq, nil, k.b.keyed.at)
		return
	}
	k.enc = k.appendRow(k.enc[:0], row)
	k.b.fold.add(ch.Key, ch.Seq, k.enc, k.b.keyed.at)
}

// rowBuffer is column buffers with the row type hidden.
type rowBuffer struct {
	leaves *column.Leaves
	// unique appends what the table's unique expectations compare of the row at the cursors, and advances.
	unique func(v *uniqueValues)
	// encode appends the canonical encoding of the row at the cursors, and advances.
	encode func(dst []byte) []byte
	// keySeq appends key and sequence of the row at the cursors, and advances. Of a version (SCD type 2) the sequence is
	// where it begins, and open says that it has no end.
	keySeq func(key, seq []byte) (k, s []byte, open bool)
	// Of folded tables: parts appends the row at the cursors in parts form, and advances; put adds a row of parts, of a
	// version with its interval.
	parts func(dst []byte) []byte
	put   func(parts merge.Row, start, end []byte) error
}

func (t *table[T]) newRows() rowBuffer { return t.hide(t.NewRows()) }

func (t *table[T]) hide(rows column.Rows[T]) rowBuffer {
	row := new(T)
	return rowBuffer{
		leaves: rows.Leaves(),
		unique: t.uniqueOf(rows),
		encode: func(dst []byte) []byte {
			rows.Read(row)
			return t.AppendRow(dst, row)
		},
		keySeq: func(key, seq []byte) ([]byte, []byte, bool) {
			rows.Read(row)
			key = t.Key(key, row)
			if t.Fold != nil && t.Fold.Interval != nil {
				seq, open := t.Fold.Interval(seq, row)
				return key, seq, open
			}
			if t.Sequence != nil {
				seq = t.Sequence(seq, row)
			}
			return key, seq, true
		},
		parts: func(dst []byte) []byte {
			rows.Read(row)
			return t.Fold.AppendParts(dst, row)
		},
		put: func(parts merge.Row, start, end []byte) error {
			err := t.Fold.ReadParts(parts, row)
			if err == nil && t.Fold.SetInterval != nil {
				err = t.Fold.SetInterval(row, start, end)
			}
			if err == nil {
				rows.Append(row)
			}
			return err
		},
	}
}
