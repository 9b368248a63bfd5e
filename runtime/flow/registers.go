package flow

import (
	"bytes"
	"context"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// registers makes the rows of SCD type 1 with ignore_null_updates (R16-R18, R5a): the index has, as the sequence of each
// key, merge.Registers, which say who authored what of its row; the merge log has them too.
type registers struct {
	*folding
	reg  merge.Registers
	text []byte
}

func (r *registers) begin() {}

func (r *registers) merge(ctx context.Context, events []folded) error {
	return r.perKey(ctx, events, func(places []state.Loc, e state.Entry) []state.Loc {
		if e.HasRow {
			places = append(places, e.Loc)
		}
		return places
	}, r.key)
}

// key folds the events of one key.
func (r *registers) key(key []byte, of []folded) error {
	id, _ := r.keyed.index.Put(key)
	e := r.keyed.index.Get(id)
	r.reg.Reset()
	if len(e.Seq) > 0 {
		if err := merge.ReadRegisters(e.Seq, &r.reg); err != nil {
			return err
		}
	}
	var row merge.Row
	if e.HasRow {
		row = r.old[e.Loc]
	}
	before, changed := row, false
	for i := range of {
		ev := &of[i]
		v := r.w.def.fold.rules.Apply(&r.reg, row, ev.Event)
		row = v.Row
		if v.Tied && !bytes.Equal(ev.Seq, r.keyed.truncation()) { // a truncate ties with nothing
			r.keyed.tie(ev.at)
		}
		changed = changed || v.Changed
		r.count(ev, v)
	}
	if !changed {
		return nil
	}
	r.text = merge.AppendRegisters(r.text[:0], &r.reg)
	now := state.Entry{Seq: r.text, Hash: e.Hash, HasRow: r.reg.Alive(), Tombstone: !r.reg.Alive(), Loc: e.Loc}
	same := e.HasRow && now.HasRow && bytes.Equal(before, row)
	if e.HasRow && !same {
		r.keyed.kill(e.Loc)
	}
	if now.HasRow && !same {
		now.Loc = r.next()
	}
	if err := r.remember(delta.MergeEntry{Key: key, Seq: r.reg.Sequence(), Kind: delta.Registers, Payload: r.text}); err != nil {
		return err
	}
	r.keyed.index.Set(id, now) // writes over what the registers alias
	if !now.HasRow || same {
		return nil
	}
	return r.emit(id, row, nil, nil)
}

func (r *registers) count(ev *folded, v merge.Applied) {
	switch {
	case ev.swept:
	case !v.Changed && v.Same:
		r.counts.Deduplicated++
	case !v.Changed:
		r.counts.Late++
	case ev.Upsert:
		r.counts.Upserted++
	default:
		r.counts.Deleted++
	}
}

// last spreads a truncate of the batch to the keys that have rows: it acts as a delete of each (R28).
func (r *registers) last(ctx context.Context) error {
	mark := r.keyed.truncated
	if mark == nil {
		return nil
	}
	err := r.keyed.index.Each(func(key []byte, e state.Entry) error {
		if !e.HasRow {
			return nil
		}
		r.events = append(r.events, folded{key: r.keep(key), Event: merge.Event{Seq: mark, Delete: true}, swept: true})
		return nil
	})
	if err != nil {
		return err
	}
	return r.flush(ctx)
}
