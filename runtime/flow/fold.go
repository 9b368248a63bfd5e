package flow

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// folding collects the events of a batch for a table whose rows depend on more than the newest event of their key. At a
// flush it looks up what the index knows of the keys concerned, reads the rows that may change, folds, and buffers the
// rows that are new.
//
// Rows are in parts form (merge.Row). What is held for a flush lies in the arena, which the next one overwrites.
type folding struct {
	*batch
	merger merger
	arena  []byte
	events []folded
	order  []eventRef
	inKeys []folded // events by key and sequence
	old    map[state.Loc]merge.Row
	part   int64 // flushes of the batch so far
	row    []byte
}

// folded is an event of the batch and where its record is.
type folded struct {
	key []byte
	merge.Event
	at    position
	swept bool // of a truncate, not of a record
}

// merger is how events become rows: histories, registers or extracts.
type merger interface {
	// begin is called before the first event of a batch.
	begin()
	// merge takes the events of a flush, sorted by key and sequence. Events of one key and sequence are as they came.
	merge(ctx context.Context, events []folded) error
	// last is called after the last flush: what a batch means as a whole is done there. It may add events.
	last(ctx context.Context) error
}

// foldingOf gives the worker's folding for a batch. Its memory serves one batch after the other.
func (w *worker) foldingOf(b *batch) *folding {
	if w.folding == nil {
		w.folding = newFolding(w.def.fold)
	}
	f := w.folding
	f.batch, f.part, f.events, f.arena = b, 0, f.events[:0], f.arena[:0]
	clear(f.old)
	f.merger.begin()
	return f
}

func newFolding(d *foldDefinition) *folding {
	f := &folding{old: map[state.Loc]merge.Row{}}
	switch {
	case d.snapshot:
		f.merger = &extract{folding: f}
	case d.history:
		f.merger = &histories{folding: f, def: d, logged: map[string][]byte{}}
	default:
		f.merger = &registers{folding: f}
	}
	return f
}

// add takes an event. parts is its row, nil for a delete.
func (f *folding) add(key, seq, parts []byte, at position) {
	f.events = append(f.events, folded{
		key:   f.keep(key),
		Event: merge.Event{Seq: f.keep(seq), Row: f.keep(parts), Upsert: parts != nil, Delete: parts == nil},
		at:    at,
	})
}

// keep copies b into the arena. Memory that the arena has left behind stays as it is while something refers to it.
func (f *folding) keep(b []byte) []byte {
	if b == nil {
		return nil
	}
	if cap(f.arena)-len(f.arena) < len(b) {
		f.arena = make([]byte, 0, max(2*cap(f.arena), len(b), 1<<16))
	}
	at := len(f.arena)
	f.arena = append(f.arena, b...)
	return f.arena[at:len(f.arena):len(f.arena)]
}

// perEvent is what an event takes beside its bytes, twice, and what folding it takes.
const perEvent = 320

// bytes is the memory that the events hold; the rows that they replace will take about as much.
func (f *folding) bytes() int { return 2*len(f.arena) + perEvent*len(f.events) }

// eventRef is an event to be sorted: most comparisons end at the first bytes of the key.
type eventRef struct {
	prefix uint64
	event  uint32
}

// sorted gives the events by key and sequence; those of one key and sequence stay in the order in which they came.
func (f *folding) sorted() []folded {
	f.order, f.inKeys = f.order[:0], f.inKeys[:0]
	for i := range f.events {
		var prefix [8]byte
		copy(prefix[:], f.events[i].key)
		f.order = append(f.order, eventRef{binary.BigEndian.Uint64(prefix[:]), uint32(i)})
	}
	slices.SortFunc(f.order, func(a, b eventRef) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		x, y := &f.events[a.event], &f.events[b.event]
		if c := bytes.Compare(x.key, y.key); c != 0 {
			return c
		}
		if c := bytes.Compare(x.Seq, y.Seq); c != 0 {
			return c
		}
		return cmp.Compare(a.event, b.event)
	})
	for _, o := range f.order {
		f.inKeys = append(f.inKeys, f.events[o.event])
	}
	return f.inKeys
}

// flush folds what was collected and writes the rows that came of it.
func (f *folding) flush(ctx context.Context) error {
	if len(f.events) > 0 {
		if err := f.merger.merge(ctx, f.sorted()); err != nil {
			return err
		}
		f.part++
	}
	f.events, f.arena = f.events[:0], f.arena[:0]
	f.w.def.fold.rules.Reset()
	clear(f.old)
	if err := f.tieError(); err != nil {
		return err
	}
	return f.write()
}

// emit buffers a row that id owns from now on; start and end are the interval of a version.
func (f *folding) emit(id state.ID, row merge.Row, start, end []byte) error {
	if err := f.rows.put(row, start, end); err != nil {
		return err
	}
	f.keyed.owners = append(f.keyed.owners, id)
	if f.rows.leaves.Bytes() < f.w.full {
		return nil
	}
	return f.write()
}

// next is where the row that is emitted next will be found until it is written.
func (f *folding) next() state.Loc {
	return state.Loc{File: buffered, Row: uint32(len(f.keyed.owners))}
}

// perKey folds sorted events key by key: rows adds the places of those rows of a key, by what the index has of it, that
// fold needs.
func (f *folding) perKey(ctx context.Context, events []folded, rows func(places []state.Loc, e state.Entry) []state.Loc, fold func(key []byte, of []folded) error) error {
	var places []state.Loc
	err := byKey(events, func(key []byte, _ []folded) error {
		if id, ok := f.keyed.index.Find(key); ok {
			places = rows(places, f.keyed.index.Get(id))
		}
		return nil
	})
	if err == nil {
		err = f.read(ctx, places)
	}
	if err == nil {
		err = byKey(events, fold)
	}
	if err == nil {
		err = f.keyed.index.Err()
	}
	return err
}

// read fetches rows into old.
func (f *folding) read(ctx context.Context, places []state.Loc) error {
	return f.readStored(ctx, places, func(at state.Loc, row *rowBuffer) {
		f.row = row.parts(f.row[:0])
		f.old[at] = f.keep(f.row)
	})
}

// remember adds an entry to the merge log. A later flush of the same batch overrules an earlier one.
func (f *folding) remember(e delta.MergeEntry) error {
	e.Gen = (f.w.table.Version()+1)<<16 | min(f.part, 1<<16-1)
	e.At = f.log.at
	return f.log.add(e)
}

// byKey cuts sorted events into those of one key each.
func byKey(events []folded, visit func(key []byte, of []folded) error) error {
	for len(events) > 0 {
		n := 1
		for n < len(events) && bytes.Equal(events[n].key, events[0].key) {
			n++
		}
		if err := visit(events[0].key, events[:n:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// join makes one event of each sequence of a key (R2, R5), in place.
func (f *folding) join(of []folded) []folded {
	kept := of[:1]
	for _, e := range of[1:] {
		last := &kept[len(kept)-1]
		if !bytes.Equal(last.Seq, e.Seq) {
			kept = append(kept, e)
			continue
		}
		joined, _, tied := f.w.def.fold.rules.Join(last.Event, e.Event)
		f.counts.Deduplicated++
		if tied {
			f.keyed.tie(e.at)
		}
		last.Event = joined
	}
	return kept
}
