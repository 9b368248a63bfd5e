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
	w.index, w.behind = nil, 0
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

// A snapshot holds every key, a commit changes a few: it is saved when what changed is a share of what there is, so that
// what is written stays in proportion to the changes. Until then the commits themselves are what a start catches up with,
// which takes longer the more of them there are. So a share of the index is
const (
	lagRunning = 1       // all of it while a pipeline runs: a start is then one after a crash, and takes no longer than to build it
	lagAtEnd   = 8       // an eighth when it ends: the next run begins with it
	fewKeys    = 1 << 16 // nothing where there are no more than these
	commitKeys = 256     // keys that a commit counts for by itself: its version of the log is read
	// oldest is what a snapshot may be while there is anything to save: the log does not keep its versions for ever.
	oldest = 24 * time.Hour
)

// rebuilt notes that the snapshot on disk, if there is one, is of no use.
func (w *worker) rebuilt() { w.behind = max(w.behind, w.indexed(), 1) }

// indexed is how many keys the largest index has.
func (w *worker) indexed() (n int64) {
	if w.index != nil {
		n = int64(w.index.Len())
	}
	for _, u := range w.uniques {
		if u.holders != nil {
			n = max(n, int64(u.holders.Len()))
		}
	}
	return n
}

// saveIf saves what is behind by one of so many parts of the index. What is paged is saved whenever something changed: that
// costs no more than what did.
func (w *worker) saveIf(part int64) {
	n, lag := w.indexed(), w.env.opt.lag
	if lag > 0 && w.behind < lag {
		return
	}
	if lag > 0 || n <= fewKeys || w.behind*part >= n || w.index != nil && w.index.Paged() || !w.saved.IsZero() && w.env.now().Sub(w.saved) > oldest {
		w.save()
	}
}

// saveNowAndThen keeps the snapshot near enough that a start after a crash, or after a batch that was given up, does not
// take longer than to build the index.
func (w *worker) saveNowAndThen() {
	if w.saved.IsZero() {
		w.saved = w.env.now()
	}
	full := w.index != nil && w.index.Full()
	if full {
		w.page(w.index)
	}
	switch {
	case full:
		w.save()
	case w.env.now().Sub(w.saved) > max(time.Minute, 20*w.saveTook):
		w.saveIf(lagRunning)
	}
}

// save writes the snapshot. That it cannot be written is no reason to stop: the next start is slower.
func (w *worker) save() {
	w.saveUniques()
	behind := w.behind
	w.behind = 0
	if w.index == nil || behind == 0 {
		return
	}
	began := w.env.now()
	if err := w.index.Save(w.stamp()); err != nil {
		w.warn("", "the key index could not be saved, the next start builds it from the table: "+err.Error())
	}
	w.saved = w.env.now()
	w.saveTook = w.saved.Sub(began)
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
