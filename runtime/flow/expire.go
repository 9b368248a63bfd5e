package flow

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/state"
)

// How often tombstones are looked at that may be too old: a tenth of tombstone_retention, within these.
const (
	expireLeast = time.Second
	expireMost  = time.Hour
)

// opExpire is the operation of a commit that forgets tombstones. An index of an older version cannot follow it.
const opExpire = "SEAMFLOW EXPIRE TOMBSTONES"

// expire forgets the deletes that are older than tombstone_retention (R7). A record of such a key that comes later still
// brings its row back: that is what the option is for, and every expiry is told.
func (w *worker) expire(ctx context.Context) error {
	if w.def.retention <= 0 || w.table == nil {
		return nil
	}
	now := w.env.now()
	if now.Sub(w.expired) < min(max(w.def.retention/10, expireLeast), expireMost) {
		return nil
	}
	w.expired = now
	cutoff := now.Add(-w.def.retention).UnixMicro()
	files, n, err := w.table.RewriteMergeLog(ctx, func(e delta.MergeEntry) bool { return !forgettable(&e, cutoff) })
	if err != nil {
		return w.wrap(err)
	}
	if n == 0 {
		return nil
	}
	if err := w.ensureIndex(ctx); err != nil {
		return err
	}
	if err := w.forget(ctx, cutoff); err != nil {
		return err
	}
	err = w.commit(ctx, &delta.Tx{
		Operation: opExpire, MergeAdds: files, MergeReplace: true,
		Metrics: map[string]string{"tombstonesExpired": strconv.FormatInt(n, 10)},
	})
	if err != nil {
		w.dropIndex()
		return w.retryable(err)
	}
	w.rebuilt() // a version that forgets cannot be followed
	w.info("", fmt.Sprintf("%d deletes are older than tombstone_retention (%s) and forgotten: a late record of one of these keys brings its row back", n, w.def.retention))
	return nil
}

// forget takes the expired tombstones out of the index. Those that a newer event has replaced are in the merge log only.
func (w *worker) forget(ctx context.Context, cutoff int64) error {
	err := w.table.ScanMergeLog(ctx, w.table.MergeFiles(), func(e delta.MergeEntry) {
		if !forgettable(&e, cutoff) {
			return
		}
		id, ok := w.index.Find(e.Key)
		if !ok {
			return
		}
		cur, seq := w.index.Get(id), e.Seq
		if e.Kind == delta.Registers {
			seq = e.Payload
		}
		if cur.Tombstone && bytes.Equal(cur.Seq, seq) {
			w.index.Set(id, state.Entry{})
		}
	})
	if err == nil {
		err = w.index.Err()
	}
	if err != nil {
		w.dropIndex()
		return w.wrap(err)
	}
	return nil
}

// forgettable reports whether e is of a delete before cutoff. Entries of unknown age stay.
func forgettable(e *delta.MergeEntry, cutoff int64) bool {
	if e.At == 0 || e.At >= cutoff {
		return false
	}
	if e.Kind == delta.Registers {
		var reg merge.Registers
		return merge.ReadRegisters(e.Payload, &reg) == nil && !reg.Alive()
	}
	return e.Kind == delta.Tombstone
}
