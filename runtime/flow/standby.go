package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/state"
)

// A process that waits for a table follows its owner's commits meanwhile, and holds the key index that it would have as
// the owner. Taking over is then: the lock, the last few commits, and on. It writes nothing, neither to the table nor to
// the snapshot of the index, which is the owner's.

// ownEvery is how often a waiting process looks whether the table is free. The kernel frees it when its owner dies.
const ownEvery = 20 * time.Millisecond

// startsFor is how long a process that shares its tables waits at least: several may start at once, of which one makes a
// table, or brings it up to date, alone.
const startsFor = 2 * time.Second

// own takes all tables, in their order, so that no two processes wait for each other.
func (p Pipeline) own(ctx context.Context, env *environment, workers []*worker) error {
	wait := env.opt.Wait
	if env.opt.Shared {
		wait = max(wait, startsFor)
	}
	deadline := time.Now().Add(wait)
	for i, w := range workers {
		err := w.takeOver(ctx, workers[i:], func(owned *delta.OwnedError) bool {
			w.elsewhere = env.opt.Shared && !w.shareable()
			if w.elsewhere || !env.opt.Standby && time.Until(deadline) <= 0 {
				return false
			}
			if env.opt.Standby || env.opt.Wait > 0 {
				w.sayWaiting(owned)
			}
			return true
		})
		if err != nil && !w.elsewhere {
			return err
		}
	}
	return nil
}

// takeOver takes the table as soon as nobody else has it, and keeps up with all tables that are still to be taken until
// then. Where it is not to wait the error is the owner's.
func (w *worker) takeOver(ctx context.Context, all []*worker, waits func(*delta.OwnedError) bool) error {
	for {
		err := w.tryAttach(ctx)
		var owned *delta.OwnedError
		if err == nil || !errors.As(err, &owned) || !waits(owned) {
			return err
		}
		for _, still := range all {
			still.keepUp(ctx)
		}
		if err := pause(ctx, ownEvery); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sayWaiting tells once for whom the process waits.
func (w *worker) sayWaiting(owned *delta.OwnedError) {
	if !w.waitsSince.IsZero() {
		return
	}
	w.waitsSince = time.Now()
	long := "up to " + w.env.opt.Wait.String()
	if w.env.opt.Standby || w.elsewhere {
		long = "as long as it takes"
	}
	w.info("", fmt.Sprintf("waiting %s: %s owns the table", long, owned.Who()))
}

// tryAttach takes the table if nobody else has it: it looks whether the folder may hold one, then takes the lock, then
// reads what is new. Nothing is written but the lock. Where somebody has it the error is an *delta.OwnedError.
func (w *worker) tryAttach(ctx context.Context) (err error) {
	if w.table == nil {
		if w.table, err = w.find(ctx); err != nil {
			return err
		}
	}
	if w.shareable() {
		return w.tryShare(ctx)
	}
	return w.tryOwn(ctx)
}

func (w *worker) tryOwn(ctx context.Context) error {
	lock, err := delta.Lock(ctx, w.env.fs, w.dir, 0, w.env.pipeline.Name)
	if err != nil {
		return err
	}
	w.lock = lock
	defer w.stepUp()
	if w.table == nil {
		w.table, err = w.find(ctx) // it may have been made while we waited
		return err
	}
	if err := w.seeAgain(ctx); err != nil || w.table == nil {
		return err
	}
	commits, err := w.table.Refresh(ctx)
	if err != nil {
		return w.wrap(err)
	}
	w.keepIndex(ctx, len(commits) > 0)
	if !w.waitsSince.IsZero() {
		w.info("", fmt.Sprintf("took the table over, at version %d, after %s", w.table.Version(), time.Since(w.waitsSince).Round(time.Millisecond)))
	}
	return nil
}

// stepUp ends standing by.
func (w *worker) stepUp() {
	if w.place != nil {
		w.place.Close()
		w.place = nil
	}
}

// saveForNext saves the index for the next run. One that stands by has its own, and would wait for it.
func (w *worker) saveForNext() {
	if len(w.uniques) > 0 || !w.def.keyed() || !delta.StoodBy(w.env.fs, w.dir) {
		w.saveIf(lagAtEnd)
	}
}

// seeAgain opens the table anew where it is not the one any more that was opened.
func (w *worker) seeAgain(ctx context.Context) error {
	still, err := w.table.Still(ctx)
	if err != nil {
		return w.wrap(err)
	}
	if !still {
		w.dropIndex()
		w.warmAt = 0
		w.table, err = w.find(ctx)
	}
	return err
}

// wait waits for a table that another process has while this one goes on with the others, and brings it to where a run of
// it begins.
func (w *worker) wait(ctx context.Context) error {
	err := w.takeOver(ctx, []*worker{w}, func(owned *delta.OwnedError) bool {
		w.sayWaiting(owned)
		return true
	})
	if err != nil {
		return err
	}
	if err := w.check(ctx); err != nil {
		return err
	}
	return w.prepare(ctx)
}

// standby is what a worker knows while it waits.
type standby struct {
	elsewhere  bool      // another process has the table, and this one works on others
	waitsSince time.Time // zero: it does not
	connected  bool
	warmAt     int64 // the version that the index is of
	warmed     map[string]bool
	cold       bool      // an index outgrows the memory: it is read, and paged, by the owner only
	restUntil  time.Time // keeping up takes no more than a part of the time
	place      io.Closer // what tells the owner of this standby
	outgrown   func()    // ends the reading of an index that has no room
}

// keepUp makes table and index those of the newest version, as far as that goes without owning it. What goes wrong is left
// to the owner: it is looked at again when there is one in this process.
func (w *worker) keepUp(ctx context.Context) {
	if ctx.Err() != nil || time.Now().Before(w.restUntil) {
		return
	}
	w.connectEarly(ctx)
	began := time.Now()
	defer func() { w.restUntil = time.Now().Add(min(3*time.Since(began), time.Second)) }()
	if w.table == nil {
		w.table, _ = w.find(ctx)
	} else if err := w.seeAgain(ctx); err != nil {
		w.table = nil
	}
	if w.table == nil {
		return
	}
	commits, err := w.table.Refresh(ctx)
	if err != nil {
		w.dropIndex()
		w.table = nil
		return
	}
	if w.shareable() {
		return
	}
	w.noteOwner()
	w.keepIndex(ctx, len(commits) > 0)
}

// connectEarly connects to streams before they are read, once.
func (w *worker) connectEarly(ctx context.Context) {
	if w.connected {
		return
	}
	w.connected = true
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	for _, f := range w.flows {
		for _, t := range f.topics {
			_, _ = t.in.connect(ctx) // what is wrong shows when it is read
		}
	}
}

// noteOwner lets flows of this process's tables go on when the table's owner says that the ones are read that they wait
// for.
func (w *worker) noteOwner() {
	if !w.elsewhere {
		return
	}
	for _, f := range w.flows {
		if w.env.awaited[f.name] && f.loadProgress(w) == nil {
			w.noteReady(f)
		}
	}
}

// keepIndex makes the index that of the table's version, or drops it: the owner builds what is missing.
func (w *worker) keepIndex(ctx context.Context, moved bool) {
	if !w.def.keyed() || w.waitsSince.IsZero() || w.index != nil && !moved {
		return
	}
	if err := w.warm(ctx); err != nil {
		w.dropIndex()
		w.stepUp()
	}
}

// warm brings the index up to date, from nothing at first. An index of the owner's that is paged cannot be shared.
func (w *worker) warm(ctx context.Context) error {
	if w.cold || !w.fitsIndex() {
		w.dropIndex()
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w.outgrown = func() { w.cold = true; stop() }
	defer func() { w.outgrown = nil }()
	x, fresh := w.index, []delta.RowRange(nil)
	if x == nil {
		var err error
		if x, fresh, err = w.firstIndex(); err != nil {
			return err
		}
		w.index = x
	} else {
		past, why := w.pastSince(w.warmAt)
		if why != "" {
			return errors.New(why)
		}
		fresh = w.freshSince(x, past)
	}
	if err := w.learnNew(ctx, x, fresh); err != nil {
		return err
	}
	if w.place == nil && w.lock == nil {
		w.place, _ = delta.StandBy(w.env.fs, w.dir)
		w.info("", fmt.Sprintf("follows the owner's commits: the key index of version %d is at hand", w.table.Version()))
	}
	w.warmAt = w.table.Version()
	w.rebuilt() // as far as the snapshot knows, which is the owner's
	return nil
}

// fitsIndex reports whether an index by this pipeline's keys can be made of the table as its owner has it. An index of full
// extracts cannot follow commits.
func (w *worker) fitsIndex() bool {
	if w.def.fold != nil && w.def.fold.snapshot || len(w.widerColumns()) > 0 {
		return false
	}
	before, err := w.storedContract()
	if err != nil {
		return false
	}
	differences, err := w.compare(before)
	return err == nil && w.refuse(append(differences, w.sequenceMoved()...)) == nil
}

// firstIndex is that of the owner's snapshot, where there is one that fits, and the rows that it does not know of.
func (w *worker) firstIndex() (*state.Index, []delta.RowRange, error) {
	w.warmed = map[string]bool{}
	place := w.env.statePlace(w.def.name)
	x, st, err := place.Peek()
	switch {
	case errors.Is(err, state.ErrPaged):
		w.cold = true
		return nil, nil, err
	case err == nil && w.unfit(st) == "":
		if past, why := w.pastSince(st.Version); why == "" {
			return x, w.freshSince(x, past), nil
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, state.ErrDamaged):
		return nil, nil, err
	}
	if x != nil {
		x.Close()
	}
	return place.New(), delta.WholeFiles(filePaths(w.table.Files())), nil
}

// learnNew is catchUp with those files of the merge log that the index was not told of. Where rows and log entries are
// read against each other it is told of all.
func (w *worker) learnNew(ctx context.Context, x *state.Index, fresh []delta.RowRange) error {
	all := w.table.MergeFiles()
	var unknown []delta.MergeFile
	for _, f := range all {
		if !w.warmed[f.Name] {
			unknown = append(unknown, f)
		}
	}
	if w.def.fold != nil && len(unknown) > 0 {
		unknown = all
	}
	if err := w.catchUp(ctx, x, unknown, fresh); err != nil {
		return err
	}
	clear(w.warmed)
	for _, f := range all {
		w.warmed[f.Name] = true
	}
	return nil
}
