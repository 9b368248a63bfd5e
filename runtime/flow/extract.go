package flow

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// extract makes the table what a full extract says (apply_changes_from_snapshot): rows that differ are replaced or closed,
// keys that are not in the extract are deleted. The index has the row of each key, or the version of it that is open.
// Extracts come in order, so that nothing else has to be remembered.
//
// A key may come several times, in several flushes. Until the last record is in, the row that the table had of it is
// therefore left as it is, and remembered beside the new one (held): whichever of the extract's rows wins meets that row.
type extract struct {
	*folding
	mark   uint64 // even; see held
	at     []byte // the extract's version
	any    bool   // the extract has a record
	replay bool   // of records that earlier extracts set aside: at is that of the last extract
	event  [1]merge.Event
	folds  []merge.Version
	seq    []byte
	ended  []heldRow // versions of the table that end with the extract and are still to be written
	gone   []byte    // keys that the extract does not have, each behind its length
}

// held is what the index knows of a key.
//
// The hash of an entry is none here: it says which extract last had the key. An odd one says that it changed the row of
// the key; the entry's Seq then has the row before it too. A later extract does not look at that.
type held struct {
	heldRow      // that the key has now; the extract's, if it has had the key
	there   bool // there is one
	seen    bool // the extract has had the key
	was     heldRow
	had     bool // the table has a row of the key from before the extract, was
}

// heldRow is a row with the sequence that it has in the index: of a version its start.
type heldRow struct {
	start []byte
	loc   state.Loc
}

const wasBytes = 12 // place of the row before, and the length of the new one's start

func (x *extract) begin() {
	x.mark, x.any, x.replay, x.at = uint64(x.w.table.Version()+2)<<1, false, !x.flow.extracts, x.flow.extract
	if x.replay {
		x.at, _ = hex.DecodeString(x.w.flows[0].prog.Extract) // what is none is no record's version
	}
}

// held reads an entry. What it gives is in the arena.
func (x *extract) held(e state.Entry) held {
	h := held{heldRow: heldRow{x.keep(e.Seq), e.Loc}, there: e.HasRow, seen: e.HasRow && e.Hash&^1 == x.mark}
	if e.Hash&1 == 1 {
		seq := h.start
		n := wasBytes + binary.LittleEndian.Uint32(seq[8:])
		h.start = seq[wasBytes:n]
		if h.seen {
			h.was = heldRow{seq[n:], state.Loc{File: binary.LittleEndian.Uint32(seq), Row: binary.LittleEndian.Uint32(seq[4:])}}
			h.had = true
			return h
		}
	}
	fresh := h.there && bytes.Equal(h.start, x.at)
	h.seen = h.seen || x.replay && fresh
	if h.had = h.there && !fresh; h.had {
		h.was = h.heldRow
	}
	return h
}

// hold tells the index of the row that a key has from now on.
func (x *extract) hold(id state.ID, now heldRow, h *held) {
	e := state.Entry{Seq: now.start, HasRow: true, Loc: now.loc, Hash: x.mark}
	if h.had && now.loc != h.was.loc {
		x.seq = binary.LittleEndian.AppendUint32(x.seq[:0], h.was.loc.File)
		x.seq = binary.LittleEndian.AppendUint32(x.seq, h.was.loc.Row)
		x.seq = binary.LittleEndian.AppendUint32(x.seq, uint32(len(now.start)))
		x.seq = append(append(x.seq, now.start...), h.was.start...)
		e.Seq, e.Hash = x.seq, x.mark|1
	}
	x.keyed.index.Set(id, e)
}

func (x *extract) merge(ctx context.Context, events []folded) error {
	x.any = true
	if x.replay {
		events = x.ofTheLast(events)
	}
	return x.perKey(ctx, events, func(places []state.Loc, e state.Entry) []state.Loc {
		h := x.held(e)
		if h.there {
			places = append(places, h.loc)
		}
		if h.had {
			places = append(places, h.was.loc)
		}
		return places
	}, x.key)
}

// ofTheLast leaves out events of extracts that others came after: their state is not the table's any more.
func (x *extract) ofTheLast(events []folded) []folded {
	kept := events[:0]
	for _, e := range events {
		if bytes.Equal(e.Seq, x.at) {
			kept = append(kept, e)
		} else {
			x.counts.Late++
		}
	}
	return kept
}

// key holds the extract's row of one key against the table's.
func (x *extract) key(key []byte, of []folded) error {
	ev := &x.join(of)[0]
	id, _ := x.keyed.index.Put(key)
	h := x.held(x.keyed.index.Get(id))
	if !h.seen {
		return x.become(id, &h, ev.Event)
	}
	now := merge.Event{Seq: ev.Seq, Upsert: true, Row: x.old[h.loc]}
	joined, _, tied := x.w.def.fold.rules.Join(now, ev.Event)
	x.counts.Deduplicated++
	if tied {
		x.keyed.tie(ev.at)
	}
	switch {
	case bytes.Equal(joined.Row, now.Row):
		return nil
	case h.had && h.loc == h.was.loc:
		x.counts.Deduplicated-- // the row was the table's, and is not any more
	default:
		x.keyed.kill(h.loc)
		x.counts.Upserted--
	}
	return x.become(id, &h, joined)
}

// become gives a key its row, in place of any that the extract gave it before.
func (x *extract) become(id state.ID, h *held, ev merge.Event) error {
	if h.had && bytes.Equal(x.old[h.was.loc], ev.Row) {
		x.counts.Deduplicated++ // the row is what it was
		x.hold(id, h.was, h)
		return nil
	}
	x.counts.Upserted++
	now := heldRow{ev.Seq, x.next()}
	if h.had && x.goesOn(h.was, ev) {
		now.start = h.was.start
	}
	x.hold(id, now, h)
	return x.emit(id, ev.Row, now.start, nil)
}

// goesOn reports whether a row is of the version that is open.
func (x *extract) goesOn(was heldRow, ev merge.Event) bool {
	d := x.w.def.fold
	if !d.history {
		return false
	}
	x.event[0] = ev
	x.folds = d.rules.Fold(x.folds[:0], &merge.Version{Start: was.start, Row: x.old[was.loc]}, x.event[:], nil)
	return x.folds[0].End == nil
}

// last takes the rows away that the extract's rows are in place of, and those of keys that it does not have.
func (x *extract) last(ctx context.Context) error {
	sweep, err := x.sweeps()
	for more, first := true, true; more && err == nil; first = false {
		more, err = x.end(ctx, sweep, first)
	}
	return err
}

// sweeps reports whether keys that the extract does not have are deleted. A record of it that is bad may be of any of
// them: then none is.
func (x *extract) sweeps() (bool, error) {
	switch n := x.counts.Quarantined; {
	case x.replay:
		return false, nil
	case n > 0:
		x.w.warn(x.flow.name, fmt.Sprintf("the extract has %d bad records, whose keys are not known: rows that it does not have are left in the table until an extract without any", n))
		return false, nil
	case !x.any:
		return true, x.empty()
	}
	return true, nil
}

// end is a pass over the index, which must stay as it is meanwhile. What memory has no room for is left to another pass.
func (x *extract) end(ctx context.Context, sweep, first bool) (more bool, err error) {
	x.gone = x.gone[:0]
	err = x.keyed.index.Each(func(key []byte, e state.Entry) error {
		switch {
		case !e.HasRow:
			return nil
		case e.Hash == x.mark|1:
			if h := x.held(e); first {
				x.keyed.kill(h.was.loc)
				x.closes(h.was, h.start)
			}
		case e.Hash != x.mark && sweep:
			if more = more || len(x.gone) >= x.w.full; more {
				return nil
			}
			x.gone = append(binary.AppendUvarint(x.gone, uint64(len(key))), key...)
			x.counts.Removed++
			x.keyed.kill(e.Loc)
			x.closes(x.held(e).heldRow, x.at)
		}
		if perEvent*len(x.ended)+2*len(x.arena) < x.w.full {
			return nil
		}
		return x.close(ctx)
	})
	if err == nil {
		err = x.close(ctx)
	}
	if err == nil {
		err = x.write()
	}
	if err == nil {
		x.forget()
		err = x.makeRoom()
	}
	return more, err
}

// closes notes that a version ends if another begins, or the key is gone, at a sequence that is not its own.
func (x *extract) closes(was heldRow, at []byte) {
	if x.w.def.fold.history && !bytes.Equal(was.start, at) {
		x.ended = append(x.ended, was)
	}
}

// close writes the versions that end.
func (x *extract) close(ctx context.Context) error {
	var places []state.Loc
	for _, v := range x.ended {
		places = append(places, v.loc)
	}
	err := x.read(ctx, places)
	for _, v := range x.ended {
		if err == nil {
			err = x.emit(closed, x.old[v.loc], v.start, x.at)
		}
	}
	x.ended, x.arena = x.ended[:0], x.arena[:0]
	clear(x.old)
	return err
}

// forget tells the index of the keys that are gone.
func (x *extract) forget() {
	for rest := x.gone; len(rest) > 0; {
		n, w := binary.Uvarint(rest)
		id, _ := x.keyed.index.Put(rest[w : w+int(n)])
		x.keyed.index.Set(id, state.Entry{})
		rest = rest[w+int(n):]
	}
}

// empty refuses an extract without a row, which would delete every row of the table.
func (x *extract) empty() error {
	for _, in := range x.flow.folders {
		if in.spec().AllowEmpty {
			return nil
		}
	}
	what := "the extract has no record"
	if n := x.counts.Read; n > 0 {
		what = fmt.Sprintf("none of the %d records of the extract becomes a row (WHERE and expectations leave them out)", n)
	}
	return &SourceError{Flow: x.flow.name, Source: x.flow.folders[0].source(), Err: errors.New(what +
		", which would delete every row of the table: put a whole extract in its place, or set allow_empty: true on the source if that is what it means")}
}
