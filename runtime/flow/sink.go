package flow

import (
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/merge"
)

// sink takes the rows of a table, of all its inputs, into the batch at hand.
type sink[T any] struct {
	b         *batch
	rows      column.Rows[T]
	appendRow func(dst []byte, row *T) []byte
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
	id, _ := b.keyed.index.Put(ch.Key)
	e := b.keyed.index.Get(id)
	var hash uint64
	if !ch.Delete && !older(&e, ch) {
		k.enc = k.appendRow(k.enc[:0], row)
		hash = rowHash(k.enc)
	}
	b.keyed.at = position{m.FilePath, m.Line}
	if b.keyed.judge(id, &e, ch, hash) {
		k.rows.Append(row)
		b.from(m)
	}
}

// rowBuffer is column buffers with the row type hidden.
type rowBuffer struct {
	leaves *column.Leaves
	// unique appends what the table's unique expectations compare of the row at the cursors, and advances.
	unique func(v *uniqueValues)
	// encode appends the canonical encoding of the row at the cursors, and advances.
	encode func(dst []byte) []byte
	// keySeq appends key and sequence of the row at the cursors, and advances.
	keySeq func(key, seq []byte) (k, s []byte)
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
		keySeq: func(key, seq []byte) ([]byte, []byte) {
			rows.Read(row)
			key = t.Key(key, row)
			if t.Sequence != nil {
				seq = t.Sequence(seq, row)
			}
			return key, seq
		},
	}
}
