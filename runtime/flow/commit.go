package flow

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/stream"
)

// batch takes what has arrived of streams, and what these bring meanwhile, reads files, and commits what all of it holds:
// when ctx is cancelled meanwhile, the files that were read whole.
func (w *worker) batch(ctx context.Context, f *flowState, k work) error {
	if err := w.ensureIndexes(ctx); err != nil {
		f.dropArrived()
		return err
	}
	b := w.newBatch(f)
	err := b.stream(ctx, k.arrived)
	n := 0
	if err == nil {
		n, err = b.read(ctx, k.picks)
	}
	if err == nil && n < len(k.picks) && f.extracts {
		err = errDrained // an extract is taken whole
	}
	if err == nil && n == 0 && b.idle() {
		return nil
	}
	if err == nil {
		err = b.commit(ctx, k.picks[:n])
	}
	if err != nil {
		return w.abandon(ctx, f, b, err)
	}
	w.conflicts = 0
	w.tellGroups(ctx, false)
	if err := w.quarantine.rollForward(ctx); err != nil {
		return err
	}
	return w.follow(context.WithoutCancel(ctx)) // a blind append may have come after somebody else's version
}

func (b *batch) read(ctx context.Context, picks []pick) (n int, err error) {
	reads := b.readOnce
	if b.twice(picks) {
		reads = b.readTwice
	}
	if n, err = reads(ctx, picks); err != nil {
		err = b.blame(b.flow.folders[picks[n].input], picks[n].file, err)
	}
	return n, err
}

func (b *batch) readOnce(ctx context.Context, picks []pick) (n int, err error) {
	for i, p := range picks {
		if i > 0 && ctx.Err() != nil {
			return i, nil
		}
		if err := b.flow.folders[p.input].read(ctx, p.file, b, nil); err != nil {
			return i, err
		}
	}
	return len(picks), nil
}

// blame names the source on errors that are about it, and says how to go on.
func (b *batch) blame(in fileReader, f files.File, err error) error {
	var coded interface{ exitCode() int }
	var disk *fs.PathError
	switch {
	case errors.Is(err, errDrained), errors.As(err, &coded), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, files.ErrChanged), errors.As(err, &disk):
		err = fmt.Errorf("file %s: %w", f.Path, err)
	case b.flow.once:
		err = fmt.Errorf("file %s: %w; nothing of the batch was applied: put a sound file in its place, and the next run goes on", f.Path, err)
	default:
		err = fmt.Errorf("file %s: %w; nothing of the batch was applied: repair the file, or move it out of the source's folder, and the next run goes on", f.Path, err)
	}
	return &SourceError{Flow: b.flow.name, Source: in.source(), Err: err}
}

// abandon drops an uncommitted batch: the table knows nothing of it, and neither do flow and state afterwards.
func (w *worker) abandon(ctx context.Context, f *flowState, b *batch, cause error) error {
	b.discard()
	cause = w.readUniquesAgain(w.readAgain(w.index, cause))
	w.dropIndex()
	if errors.Is(cause, delta.ErrConflict) || errors.Is(cause, delta.ErrUnclear) {
		if err := w.follow(ctx); err != nil {
			return err
		}
	}
	for _, t := range f.topics {
		t.forget()
	}
	if err := f.load(w); err != nil {
		return errors.Join(cause, err)
	}
	return w.retryable(cause)
}

// maxConflicts is mostConflicts of a table that one process has.
const maxConflicts = 5

// retryable turns an error that the next look at source or table may not give again into errRetry.
func (w *worker) retryable(cause error) error {
	switch {
	case errors.Is(cause, delta.ErrConflict), errors.Is(cause, delta.ErrUnclear):
		if w.conflicts++; w.conflicts < w.mostConflicts() {
			return fmt.Errorf("%w: %w", errRetry, cause)
		}
	case errors.Is(cause, files.ErrChanged):
		return fmt.Errorf("%w: %w", errRetry, cause)
	case !w.env.opt.AvailableNow && errors.As(cause, new(*stream.Unavailable)):
		return fmt.Errorf("%w: %w", errRetry, cause)
	}
	return cause
}

func (b *batch) commit(ctx context.Context, picks []pick) error {
	tx, err := b.finish(ctx)
	if err != nil {
		return err
	}
	texts, before, err := b.flow.advance(b, picks)
	if err != nil {
		return err
	}
	maps.Copy(tx.Domains, texts)
	maps.Copy(tx.Expect, before)
	b.tried = true
	if err := b.w.commit(ctx, tx); err != nil {
		return err
	}
	b.flow.committed(b, picks, texts)
	b.committed(picks)
	return nil
}

// finish writes everything that the commit will name, and gives the commit without the flow's progress.
func (b *batch) finish(ctx context.Context) (*delta.Tx, error) {
	ctx = context.WithoutCancel(ctx) // a drain commits what was read
	if err := b.flush(ctx); err != nil {
		return nil, err
	}
	if err := b.whole(ctx); err != nil {
		return nil, err
	}
	if err := b.settleUnique(); err != nil {
		return nil, err
	}
	b.unmet = b.violations()
	if err := b.rejected.failure(); err != nil {
		return nil, err
	}
	if err := b.out.finish(); err != nil {
		return nil, err
	}
	b.warnOfManyFiles()
	tx := &delta.Tx{Operation: b.operation(), Metrics: metricsOf(metrics(b.counts), b.unmet), Domains: map[string]string{}, Expect: map[string]string{}}
	if b.keyed != nil {
		b.bury(tx)
		adds, err := b.log.finish(b.keyed)
		if err != nil {
			return nil, err
		}
		if err := b.keyed.index.Err(); err != nil { // it may have passed over keys
			return nil, err
		}
		tx.MergeAdds = adds
		if b.keyed.truncated != nil {
			tx.Domains[truncateDomain] = hex.EncodeToString(b.keyed.truncated)
		}
	}
	tx.Adds = b.out.adds
	return tx, b.rejected.finish(tx)
}

// whole does what a batch means as a whole, once all its records are in.
func (b *batch) whole(ctx context.Context) error {
	switch {
	case b.fold != nil:
		return b.fold.merger.last(ctx)
	case b.keyed != nil:
		return b.keyed.sweep()
	}
	return nil
}

func (b *batch) operation() string {
	if b.keyed != nil {
		return "SEAMFLOW APPLY CHANGES"
	}
	return "SEAMFLOW APPEND"
}

func metrics(c observe.Counts) map[string]string {
	out := map[string]string{}
	for name, n := range map[string]int64{
		"rowsRead": c.Read, "rowsFiltered": c.Filtered, "rowsDropped": c.Dropped, "rowsAppended": c.Appended, "rowsUpserted": c.Upserted, "rowsDeleted": c.Deleted,
		"rowsDeduplicated": c.Deduplicated, "rowsLate": c.Late, "rowsQuarantined": c.Quarantined, "rowsTied": c.Tied, "rowsRemoved": c.Removed,
	} {
		if n != 0 {
			out[name] = strconv.FormatInt(n, 10)
		}
	}
	return out
}

// bury sorts the dead rows of files into those of the commit's own and those that the table has.
func (b *batch) bury(tx *delta.Tx) {
	own := map[string]int{}
	for i, add := range b.out.adds {
		own[add.Path] = i
	}
	for id, g := range b.keyed.graves {
		grave, path := g.all(), b.keyed.index.FilePath(id)
		if i, ok := own[path]; ok {
			b.out.adds[i].Deleted = grave
			continue
		}
		if tx.Deletes == nil {
			tx.Deletes = deletes{}
		}
		tx.Deletes[path] = grave
	}
}

// committed tells state and observer of the new version.
func (b *batch) committed(picks []pick) {
	b.w.behind += commitKeys + b.counts.Appended + b.counts.Upserted + b.counts.Deleted
	for _, u := range b.w.uniques {
		u.stale = true
	}
	now, read := b.w.env.now(), sum(picks)
	c := observe.Commit{
		Table: b.w.def.name, Flow: b.flow.name, Version: b.w.table.Version(), Counts: b.counts, Violated: b.unmet, Took: now.Sub(b.began),
		At: now, Files: int64(read.files), Bytes: read.bytes + b.streamed, Backlog: b.flow.backlog(), Streams: len(b.flow.topics) > 0,
		Judged: b.judged(), Changes: b.keyed != nil,
	}
	c.Fresh, c.Ages = b.arrivals.Settle(now)
	b.w.env.sink.Commit(c)
}

// flush writes the live rows of the buffers as a row group.
func (b *batch) flush(ctx context.Context) error {
	if b.fold != nil {
		return b.fold.flush(ctx)
	}
	if b.keyed != nil {
		if err := b.resolveTies(ctx); err != nil {
			return err
		}
		if err := b.tieError(); err != nil {
			return err
		}
		b.dropDead()
	}
	return b.write()
}

// write empties the buffers into files.
func (b *batch) write() error {
	leaves := b.rows.leaves
	if leaves.Rows() == 0 {
		return nil
	}
	if err := b.store(); err != nil {
		return err
	}
	if b.keyed != nil {
		b.keyed.owners = b.keyed.owners[:0]
	}
	leaves.Reset()
	return nil
}

// dropDead takes the dead rows out of the buffers and their owners out of the list.
func (b *batch) dropDead() {
	k := b.keyed
	if k.killed > 0 {
		b.rows.leaves.Keep(&k.live)
		b.equal.keep(&k.live)
		kept := k.owners[:0]
		for row, id := range k.owners {
			if k.live.Has(row) {
				kept = append(kept, id)
			}
		}
		k.owners = kept
	}
	k.live.Reset()
	k.killed = 0
}

// place tells the index where rows went.
func (b *batch) place(path string, base int64, owners []state.ID) error {
	k := b.keyed
	file := k.index.FileID(path)
	if k.first == firstNone {
		k.first = file
	}
	for i, id := range owners {
		if id == closed {
			continue
		}
		k.index.SetLoc(id, state.Loc{File: file, Row: uint32(base) + uint32(i)})
		if b.w.def.sequenceInLog() {
			if err := b.log.add(delta.MergeEntry{Key: k.index.Key(id), Seq: k.index.Get(id).Seq, Kind: delta.Sequence}); err != nil {
				return err
			}
		}
	}
	return nil
}

// discard gives up what was written. Once a commit was tried that names the files they stay: it may have been made.
func (b *batch) discard() {
	for _, o := range []*output{&b.out, &b.rejected.out} {
		o.discard(b.tried)
	}
}
