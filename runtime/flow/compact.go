package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
)

// compactor makes few large files of many small ones, and sound ones of those whose rows are mostly dead, while a worker
// goes on: the work is done in a goroutine that reads files which never change, and the worker commits it between two
// batches. What a compaction cannot do is no reason to stop: the table is as good without it.
type compactor struct {
	w      *worker
	table  func() *delta.Table // nil while there is none
	moved  func([]delta.Move)  // tells of a new version, and of rows that have a new place
	reload func(ctx context.Context) error
	job    *compactJob
	idle   int64 // the version at which there was nothing to do
	until  time.Time
}

// compactJob is a compaction on its way.
type compactJob struct {
	*delta.Compaction
	cancel context.CancelFunc
	done   chan struct{}
	err    error // once done is closed
	began  time.Time
}

// compactPause is how long a table is left alone whose compaction has failed.
const compactPause = 10 * time.Minute

// newCompactors gives those of a table and of its quarantine.
func newCompactors(w *worker) []*compactor {
	q := &w.quarantine
	return []*compactor{
		{w: w, idle: -1, table: func() *delta.Table { return w.table }, reload: w.follow, moved: func(moves []delta.Move) {
			w.moved(moves)
			w.upkeep.after(w.table)
		}},
		{w: w, idle: -1, table: func() *delta.Table { return q.table }, reload: func(ctx context.Context) error {
			_, err := q.table.Refresh(ctx)
			return q.wrap(err)
		}, moved: func([]delta.Move) { q.upkeep.after(q.table) }},
	}
}

// compact hands over what is done and begins what is worth it. It waits for nothing.
func (w *worker) compact(ctx context.Context) error {
	for _, k := range w.compactors {
		if err := k.turn(ctx, w.env.compaction()); err != nil {
			return err
		}
	}
	return nil
}

func (k *compactor) turn(ctx context.Context, p delta.CompactPolicy) error {
	if ctx.Err() != nil {
		return nil
	}
	if k.job != nil {
		select {
		case <-k.job.done:
		default:
			return nil
		}
		if _, err := k.handOver(ctx); err != nil {
			return err
		}
	}
	k.begin(ctx, p)
	return nil
}

// begin starts a compaction if one is worth it.
func (k *compactor) begin(ctx context.Context, p delta.CompactPolicy) {
	t := k.table()
	if t == nil || t.Version() == k.idle || k.w.env.now().Before(k.until) {
		return
	}
	paths := t.PickCompaction(p)
	if len(paths) == 0 {
		k.idle = t.Version()
		return
	}
	c, err := t.NewCompaction(paths)
	if err != nil {
		k.failed(err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	job := &compactJob{Compaction: c, cancel: cancel, done: make(chan struct{}), began: k.w.env.now()}
	k.job = job
	limit, hint := k.w.full, k.w.hint
	go func() {
		defer close(job.done)
		job.err = c.Write(ctx, limit)
		select {
		case hint <- struct{}{}:
		default:
		}
	}()
}

// handOver commits the job, which is done. It reports false, and has said why, where nothing came of it; the error is one
// that ends the run.
func (k *compactor) handOver(ctx context.Context) (bool, error) {
	job := k.job
	k.job = nil
	job.cancel()
	if errors.Is(job.err, context.Canceled) {
		return false, nil
	}
	if job.err != nil {
		k.failed(job.err)
		return false, nil
	}
	err := k.settle(ctx, job.Compaction)
	var coded interface{ exitCode() int }
	switch {
	case err == nil:
		k.told(job)
		return true, nil
	case errors.Is(err, delta.ErrUnclear):
		k.failed(err)
		return false, k.reload(context.WithoutCancel(ctx))
	case errors.Is(err, delta.ErrConflict):
		k.w.info("", "a compaction was dropped: "+err.Error())
		return false, nil
	case errors.As(err, &coded):
		return false, err
	}
	k.failed(err)
	return false, nil
}

// settle commits c, or takes its file away again; where it is unclear whether it was committed the file stays.
func (k *compactor) settle(ctx context.Context, c *delta.Compaction) error {
	err := k.commit(context.WithoutCancel(ctx), c)
	switch {
	case err == nil:
	case errors.Is(err, delta.ErrUnclear):
		k.w.dropIndex()
	default:
		c.Discard()
	}
	return err
}

// commit tries again where somebody else's version came first, as long as the files are still there.
func (k *compactor) commit(ctx context.Context, c *delta.Compaction) error {
	for try := 1; ; try++ {
		_, err := k.table().Compact(ctx, c, k.w.env.now())
		if err == nil {
			k.moved(c.Moves())
			return nil
		}
		if !errors.Is(err, delta.ErrConflict) || try == k.w.mostConflicts() {
			return err
		}
		if rerr := k.reload(ctx); rerr != nil {
			return rerr
		}
		if fits, ferr := k.table().Fits(c); !fits {
			return errors.Join(err, ferr)
		}
	}
}

func (k *compactor) told(job *compactJob) {
	k.w.commits++
	k.w.info("", fmt.Sprintf("compacted %s (%s) to %s of %s in %s", counted(job.Files(), "file"), mebibytes(job.Read), k.table().Dir(),
		mebibytes(job.Written()), k.w.env.now().Sub(job.began).Round(time.Millisecond)))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (k *compactor) failed(err error) {
	k.until = k.w.env.now().Add(compactPause)
	k.w.warn("", fmt.Sprintf("a compaction failed, and is tried again after %s: %v", compactPause, err))
}

// stop ends what is on its way, and waits until it has ended.
func (k *compactor) stop() {
	if k.job == nil {
		return
	}
	k.job.cancel()
	<-k.job.done
	if k.job.err == nil {
		k.job.Discard()
	}
	k.job = nil
}

func (w *worker) stopCompactions() {
	for _, k := range w.compactors {
		k.stop()
	}
}

// moved tells the index of rows that have a new place.
func (w *worker) moved(moves []delta.Move) {
	w.moveUniques(moves)
	if w.index != nil && len(moves) > 0 {
		move(w.index, moves)
		w.behind += commitKeys
	}
}

// How long a run with AvailableNow may go on to compact when all else is done: as long as it has taken, within these.
const (
	leastAtEnd = time.Second
	mostAtEnd  = time.Minute
)

// compactAtEnd leaves a table of few files behind, if that takes no longer than the run itself.
func (w *worker) compactAtEnd(ctx context.Context) error {
	took := w.env.now().Sub(w.env.started)
	ctx, cancel := context.WithTimeout(ctx, min(max(took, leastAtEnd), mostAtEnd))
	defer cancel()
	for _, k := range w.compactors {
		if err := k.finish(ctx, w.env.compaction()); err != nil {
			return err
		}
	}
	return nil
}

// finish compacts until nothing is left to do, or ctx ends.
func (k *compactor) finish(ctx context.Context, p delta.CompactPolicy) error {
	for {
		if err := k.turn(ctx, p); err != nil || k.job == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-k.job.done:
		case <-ctx.Done():
			return nil
		}
	}
}
