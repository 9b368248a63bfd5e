package flow

import (
	"bytes"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// learner builds an index, or brings it up to date, from what a table's version holds: first the entries of its merge
// log, then the rows that the index does not know of.
type learner interface {
	entry(e *delta.MergeEntry) error
	// row takes a live row. Of a version open says that it has no end.
	row(key, seq []byte, open bool, at state.Loc)
}

func (w *worker) newLearner(x *state.Index) learner {
	d := w.def.fold
	switch {
	case d == nil:
		return &newestLearner{x: x, inLog: w.def.sequenceInLog()}
	case d.snapshot:
		return &extractLearner{x}
	case d.history:
		return &historyLearner{w: w, x: x, chains: state.NewChains(x), ignoring: d.ignoring}
	}
	return &registersLearner{x}
}

// newestLearner is of SCD type 1: the newest row of each key, or its tombstone.
type newestLearner struct {
	x     *state.Index
	inLog bool // sequences of rows are in the merge log
}

// entry takes an entry of the merge log, if it is newer than what is known. A row that ties with a tombstone is live: it
// comes after.
func (l *newestLearner) entry(e *delta.MergeEntry) error {
	id, fresh := l.x.Put(e.Key)
	if !fresh && bytes.Compare(e.Seq, l.x.Get(id).Seq) <= 0 {
		return nil
	}
	l.x.Set(id, state.Entry{Seq: e.Seq, Tombstone: e.Kind == delta.Tombstone})
	return nil
}

// row takes a live row: nothing newer than it can be known of its key.
func (l *newestLearner) row(key, seq []byte, _ bool, at state.Loc) {
	id, _ := l.x.Put(key)
	cur := l.x.Get(id)
	if l.inLog {
		seq = cur.Seq
	}
	hash := uint64(0)
	if cur.HasRow && cur.Loc == at {
		hash = cur.Hash
	}
	l.x.Set(id, state.Entry{Seq: seq, Hash: hash, HasRow: true, Loc: at})
}

// registersLearner is of SCD type 1 with ignore_null_updates: the merge log has the registers of every key.
type registersLearner struct{ x *state.Index }

func (l *registersLearner) entry(e *delta.MergeEntry) error {
	var reg merge.Registers
	if err := merge.ReadRegisters(e.Payload, &reg); err != nil {
		return err
	}
	id, _ := l.x.Put(e.Key)
	cur := l.x.Get(id)
	l.x.Set(id, state.Entry{Seq: e.Payload, HasRow: cur.HasRow && reg.Alive(), Tombstone: !reg.Alive(), Loc: cur.Loc})
	return nil
}

func (l *registersLearner) row(key, _ []byte, _ bool, at state.Loc) {
	id, _ := l.x.Put(key)
	l.x.Set(id, state.Entry{Seq: l.x.Get(id).Seq, HasRow: true, Loc: at})
}

// historyLearner is of SCD type 2: rows begin versions, the merge log has the other events.
type historyLearner struct {
	w        *worker
	x        *state.Index
	chains   *state.Chains
	ignoring bool
}

// entry takes an event. What the index says of a row with it stands as long as the row is there: the event may have
// become a version since it was logged.
func (l *historyLearner) entry(e *delta.MergeEntry) error {
	now := state.Event{Seq: e.Seq, Upsert: e.Kind != delta.EventDelete, Delete: e.Kind != delta.EventUpsert}
	cur, ok := l.chains.Get(e.Key, e.Seq)
	if ok && cur.HasRow {
		live, err := l.w.live(l.x, cur.Loc)
		if err != nil {
			return err
		}
		if live {
			now.Upsert, now.Delete, now.HasRow, now.Loc = true, l.ignoring && now.Delete, true, cur.Loc
		}
	}
	if !ok || cur.HasRow != now.HasRow || cur.Upsert != now.Upsert || cur.Delete != now.Delete {
		l.chains.Put(e.Key, now)
	}
	return nil
}

// row takes a version. An upsert beats a delete of its sequence that is in the merge log still (R5).
func (l *historyLearner) row(key, start []byte, _ bool, at state.Loc) {
	now := state.Event{Seq: start, Upsert: true, HasRow: true, Loc: at}
	if cur, ok := l.chains.Get(key, start); ok && l.ignoring {
		now.Delete = cur.Delete
	}
	l.chains.Put(key, now)
}

// live reports whether the row at loc is one of the table's.
func (w *worker) live(x *state.Index, loc state.Loc) (bool, error) {
	f, ok := w.table.File(x.FilePath(loc.File))
	if !ok {
		return false, nil
	}
	dead, err := w.table.Deleted(f)
	return err == nil && !dead.Contains(loc.Row), err
}

// extractLearner is of tables of full extracts: the row that each key has, or the version of it that is open.
type extractLearner struct{ x *state.Index }

func (l *extractLearner) entry(*delta.MergeEntry) error { return nil }

func (l *extractLearner) row(key, start []byte, open bool, at state.Loc) {
	if !open {
		return
	}
	id, _ := l.x.Put(key)
	l.x.Set(id, state.Entry{Seq: start, HasRow: true, Loc: at})
}
