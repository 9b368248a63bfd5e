package flow

import (
	"fmt"
	"time"

	"github.com/seamflow/seamflow/runtime/state"
)

// dropIndex forgets an index that tells of rows that were not committed. What it has on disk is that of the last save,
// and goes too if it cannot be read.
func (w *worker) dropIndex() {
	if w.index != nil {
		w.closeIndex(w.index)
	}
	w.index, w.stale = nil, false
	w.dropUniques()
}

func (w *worker) closeIndex(x *state.Index) {
	x.Close()
	if x.Err() != nil {
		_ = w.env.statePlace(w.def.name).Clear() // what cannot be removed is found damaged again
	}
}

// crowded reports that the index has no room for more keys, or cannot be read.
func (b *batch) crowded() bool {
	return b.keyed != nil && (b.keyed.index.Full() || b.keyed.index.Err() != nil)
}

// makeRoom pages the index out where it is full. The rows are flushed, so that only the list of tombstones holds IDs:
// they go to the merge log before.
func (b *batch) makeRoom() error {
	if !b.crowded() {
		return nil
	}
	k := b.keyed
	if err := k.index.Err(); err != nil {
		return err
	}
	if err := b.log.bury(k); err != nil {
		return err
	}
	k.part++
	b.w.page(k.index)
	return k.index.Err()
}

// page moves an index to disk. That it cannot be is no reason to stop: it takes more memory.
func (w *worker) page(x *state.Index) {
	if !w.paged {
		w.paged = true
		limit := w.env.statePlace(w.def.name).Limit
		w.info("", fmt.Sprintf("the key index outgrows the %d MiB that --memory leaves it and is paged to disk; more memory makes the table faster", limit>>20))
	}
	if err := x.Spill(); err != nil {
		w.warn("", err.Error()+"; it stays in memory, which may grow beyond --memory")
	}
}

// saveNowAndThen keeps the snapshot near enough that a start after a crash, or after a batch that was given up, has little
// to catch up with.
func (w *worker) saveNowAndThen() {
	if w.saved.IsZero() {
		w.saved = w.env.now()
	}
	full := w.index != nil && w.index.Full()
	if full {
		w.page(w.index)
	}
	if full || w.env.now().Sub(w.saved) > max(time.Minute, 20*w.saveTook) {
		w.save()
	}
}

// save writes the snapshot. That it cannot be written is no reason to stop: the next start is slower.
func (w *worker) save() {
	w.saveUniques()
	if w.index == nil || !w.stale {
		return
	}
	began := w.env.now()
	if err := w.index.Save(w.stamp()); err != nil {
		w.warn("", "the key index could not be saved, the next start builds it from the table: "+err.Error())
	}
	w.saved = w.env.now()
	w.saveTook = w.saved.Sub(began)
	w.stale = false
}

// readAgain turns a fault of the index's part on disk into a reason to try again: dropIndex removes it, so that the index
// is built from the table.
func (w *worker) readAgain(x *state.Index, cause error) error {
	if x == nil || x.Err() == nil || w.faults >= maxFaults {
		return cause
	}
	w.faults++
	return fmt.Errorf("%w: %w; the key index is built from the table", errRetry, cause)
}

// maxFaults bounds how often a run finds its own pages damaged before it takes the disk for broken.
const maxFaults = 3
