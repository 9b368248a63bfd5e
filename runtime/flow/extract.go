package flow

import (
	"bytes"
	"context"
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
// The hash of an entry is none here: it says which extract last had the key.
type extract struct {
	*folding
	mark     uint64
	any      bool // the extract has a record
	past     []merge.Event
	versions []merge.Version
}

func (x *extract) begin() { x.mark, x.any = uint64(x.w.table.Version())+2, false }

func (x *extract) merge(ctx context.Context, events []folded) error {
	x.any = true
	var places []state.Loc
	err := byKey(events, func(key []byte, _ []folded) error {
		if id, ok := x.keyed.index.Find(key); ok {
			if e := x.keyed.index.Get(id); e.HasRow {
				places = append(places, e.Loc)
			}
		}
		return nil
	})
	if err == nil {
		err = x.read(ctx, places)
	}
	if err == nil {
		err = byKey(events, x.key)
	}
	if err != nil {
		return err
	}
	return x.keyed.index.Err()
}

// key holds the row of one key against the table's.
func (x *extract) key(key []byte, of []folded) error {
	ev := &x.join(of)[0]
	id, _ := x.keyed.index.Put(key)
	e := x.keyed.index.Get(id)
	if ev.Upsert && e.HasRow && e.Hash == x.mark {
		return x.again(id, e, ev)
	}
	x.count(&e, ev)
	if x.w.def.fold.history {
		return x.version(id, e, ev.Event)
	}
	return x.replace(id, e, ev.Event)
}

func (x *extract) count(e *state.Entry, ev *folded) {
	switch {
	case ev.swept:
		x.counts.Removed++
	case e.HasRow && bytes.Equal(x.old[e.Loc], ev.Row):
		x.counts.Deduplicated++ // the row is what it was
	default:
		x.counts.Upserted++
	}
}

// again takes a further row of a key that the extract has had in an earlier flush: of the two that are one event the
// greater stays (R5).
func (x *extract) again(id state.ID, e state.Entry, ev *folded) error {
	holder := merge.Event{Seq: ev.Seq, Upsert: true, Row: x.old[e.Loc]}
	joined, _, tied := x.w.def.fold.rules.Join(holder, ev.Event)
	x.counts.Deduplicated++
	if tied {
		x.keyed.tie(ev.at)
	}
	switch {
	case bytes.Equal(joined.Row, holder.Row):
		return nil
	case x.w.def.fold.history && !bytes.Equal(e.Seq, ev.Seq):
		return x.version(id, e, ev.Event)
	}
	return x.replace(id, e, ev.Event)
}

// replace stores an upsert's row, and takes the row away that the key had.
func (x *extract) replace(id state.ID, e state.Entry, ev merge.Event) error {
	if e.HasRow && ev.Upsert && bytes.Equal(x.old[e.Loc], ev.Row) {
		x.keyed.index.Set(id, state.Entry{Seq: e.Seq, HasRow: true, Loc: e.Loc, Hash: x.mark})
		return nil
	}
	if e.HasRow {
		x.keyed.kill(e.Loc)
	}
	if !ev.Upsert {
		x.keyed.index.Set(id, state.Entry{})
		return nil
	}
	x.keyed.index.Set(id, state.Entry{Seq: ev.Seq, HasRow: true, Loc: x.next(), Hash: x.mark})
	return x.emit(id, ev.Row, ev.Seq, nil)
}

// version closes the version that is open, or lets it go on, and opens another.
func (x *extract) version(id state.ID, e state.Entry, ev merge.Event) error {
	var base *merge.Version
	if e.HasRow {
		base = &merge.Version{Start: bytes.Clone(e.Seq), Row: x.old[e.Loc]}
	}
	x.past = append(x.past[:0], ev)
	x.versions = x.w.def.fold.rules.Fold(x.versions[:0], base, x.past, nil)
	if base != nil {
		v := &x.versions[0]
		if v.End == nil && bytes.Equal(v.Row, base.Row) {
			x.keyed.index.Set(id, state.Entry{Seq: base.Start, HasRow: true, Loc: e.Loc, Hash: x.mark})
			return nil
		}
		x.keyed.kill(e.Loc)
	}
	x.keyed.index.Set(id, state.Entry{})
	for i := range x.versions {
		v := &x.versions[i]
		owner := closed
		if v.End == nil {
			owner = id
			x.keyed.index.Set(id, state.Entry{Seq: v.Start, HasRow: true, Loc: x.next(), Hash: x.mark})
		}
		if err := x.emit(owner, v.Row, v.Start, v.End); err != nil {
			return err
		}
	}
	return nil
}

// last deletes the keys that the extract does not have. A record of it that is bad may be of any of them: then none is.
func (x *extract) last(ctx context.Context) error {
	if !x.any {
		if err := x.empty(); err != nil {
			return err
		}
	}
	if n := x.counts.Quarantined; n > 0 {
		x.w.warn(x.flow.name, fmt.Sprintf("the extract has %d bad records, whose keys are not known: rows that it does not have are left in the table until an extract without any", n))
		return nil
	}
	err := x.keyed.index.Each(func(key []byte, e state.Entry) error {
		if e.HasRow && e.Hash != x.mark {
			x.events = append(x.events, folded{key: x.keep(key), Event: merge.Event{Seq: x.flow.extract, Delete: true}, swept: true})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.flush(ctx)
}

// empty refuses an extract without a record, which would delete every row of the table.
func (x *extract) empty() error {
	for _, in := range x.flow.inputs {
		if in.spec().AllowEmpty {
			return nil
		}
	}
	return &SourceError{Flow: x.flow.name, Source: x.flow.inputs[0].source(), Err: errEmptyExtract}
}

var errEmptyExtract = errors.New("the extract has no record, which would delete every row of the table: " +
	"put a whole extract in its place, or set allow_empty: true on the source if that is what it means")

// nextExtract gives the files of the oldest extract that was not taken, all of them: an extract is one commit. Files that
// are still being written to may be of any extract, and are waited for.
func (f *flowState) nextExtract(w *worker) ([]pick, error) {
	if f.waiting || len(f.pending) == 0 {
		return nil, nil
	}
	versions := make([][]byte, len(f.pending))
	least := 0
	for i, p := range f.pending {
		in := f.inputs[p.input]
		v, err := in.version(p.file)
		if err != nil {
			return nil, &SourceError{Flow: f.name, Source: in.source(), Err: fmt.Errorf("file %s: version_by: %w", p.file.Path, err)}
		}
		if versions[i] = v; bytes.Compare(v, versions[least]) < 0 {
			least = i
		}
	}
	f.extract = versions[least]
	taken, err := hex.DecodeString(f.prog.Extract)
	if err != nil {
		return nil, fmt.Errorf("table %s, flow %s: stored progress: extract: %w", w.def.name, f.name, err)
	}
	if bytes.Compare(f.extract, taken) <= 0 {
		p := f.pending[least]
		return nil, &SourceError{Flow: f.name, Source: f.inputs[p.input].source(), Err: fmt.Errorf(
			"file %s is of an extract that is not newer than the last one that was taken (by version_by), and extracts are taken in order, whole: move the file out of the folder, or run `reset %s` to take all extracts again",
			p.file.Path, w.def.name)}
	}
	var picks, rest []pick
	for i, p := range f.pending {
		if bytes.Equal(versions[i], f.extract) {
			picks = append(picks, p)
		} else {
			rest = append(rest, p)
		}
	}
	f.pending = append(picks, rest...)
	return f.pending[:len(picks)], nil
}
