package flow

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// truncateDomain holds the sequence of the greatest truncate of a table, in hex (R28). A truncate is a delete of every
// key at its sequence: rows below it die, and events below it come too late, of keys that are still to be seen too.
const truncateDomain = "seamflow.truncate"

// truncatedAt gives the sequence of the table's greatest truncate, nil for none.
func (w *worker) truncatedAt() ([]byte, error) {
	text, ok := w.table.Domain(truncateDomain)
	if !ok {
		return nil, nil
	}
	seq, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("table %s: the domain %s is damaged: %w", w.def.name, truncateDomain, err)
	}
	return seq, nil
}

// truncate takes a truncate event.
func (k *keyed) truncate(seq []byte) {
	switch c := bytes.Compare(seq, k.truncation()); {
	case c < 0:
		k.counts.Late++
	case c == 0 && k.truncation() != nil:
		k.counts.Deduplicated++
	default:
		k.counts.Deleted++
		k.truncated = bytes.Clone(seq)
	}
}

// truncation is the greatest truncate, of the batch or before it.
func (k *keyed) truncation() []byte {
	if k.truncated != nil {
		return k.truncated
	}
	return k.truncatedBefore
}

// below reports whether ch comes too late for the greatest truncate.
func (k *keyed) below(ch *merge.Change) bool { return bytes.Compare(ch.Seq, k.truncation()) < 0 }

// shown is e without what a truncate before this batch has taken away: the index still has it.
func (k *keyed) shown(e state.Entry) state.Entry {
	if (e.HasRow || e.Tombstone) && bytes.Compare(e.Seq, k.truncatedBefore) < 0 {
		return state.Entry{}
	}
	return e
}

// sweep kills the rows that the batch's truncate is of. All rows are in files.
func (k *keyed) sweep() error {
	if k.truncated == nil {
		return nil
	}
	return k.index.Each(func(_ []byte, e state.Entry) error {
		if e.HasRow && bytes.Compare(e.Seq, k.truncated) < 0 && bytes.Compare(e.Seq, k.truncatedBefore) >= 0 {
			k.kill(e.Loc)
		}
		return nil
	})
}
