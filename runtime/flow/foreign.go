package flow

import (
	"context"
	"errors"
	"io/fs"

	"github.com/seamflow/seamflow/runtime/delta"
)

// follow takes note of versions that others have made.
func (w *worker) follow(ctx context.Context) error {
	commits, err := w.table.Refresh(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return errDrained
		}
		return w.wrap(err)
	}
	if len(commits) == 0 {
		return nil
	}
	w.dropIndex() // whatever they moved: it is built from the table again
	for _, c := range commits {
		if err := w.foreign(c); err != nil {
			return err
		}
	}
	// One of them may be our own, of which it was not clear whether it was made. What it set aside comes before what the
	// next one sets aside: a commit names only its own.
	if err := w.quarantine.rollForward(ctx); err != nil {
		return err
	}
	if w.shared {
		return w.noteFlows()
	}
	return w.loadFlows()
}

// foreign refuses a version of somebody else that changes what we rely on. OPTIMIZE moves rows and changes none; a
// property that binds no writer is a note.
func (w *worker) foreign(c *delta.Commit) error {
	if c.Ours || !c.DataChange && !c.Reshaped {
		return nil
	}
	return &ForeignError{
		Table: w.def.name, Path: w.dir, Version: c.Version, Engine: c.Engine, Operation: c.Operation, Keyed: w.def.keyed(),
	}
}

// checkHistory looks at what happened while nobody was here: the versions behind the mark of our last commit.
func (w *worker) checkHistory(ctx context.Context) error {
	var found error
	err := w.eachUnseen(ctx, func(c *delta.Commit) {
		if err := w.foreign(c); err != nil {
			found = err // the oldest is where it began
		}
	})
	if err != nil {
		return err
	}
	return found
}

// eachUnseen calls visit with the versions behind the mark, the newest first. A look that was cancelled is none: the next
// commit would say that all of them were seen.
func (w *worker) eachUnseen(ctx context.Context, visit func(*delta.Commit)) error {
	mark, marked := w.table.Mark()
	reshaped := !marked || mark.Shape != w.table.Shape()
	for v := w.table.Version(); v > mark.Version && ctx.Err() == nil; v-- {
		c, err := w.table.CommitAt(v)
		if errors.Is(err, fs.ErrNotExist) {
			return &HistoryError{Table: w.def.name, Path: w.dir, Last: mark.Version, Missing: v, Keyed: w.def.keyed()}
		}
		if err != nil {
			return w.wrap(err)
		}
		c.Reshaped = reshaped && (c.Metadata || c.Protocol)
		visit(c)
	}
	return ctx.Err()
}
