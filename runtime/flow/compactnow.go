package flow

import (
	"context"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
)

// Compacted is what Compact did to a table, or to its quarantine.
type Compacted struct {
	Table   string        `json:"table"`
	Path    string        `json:"path"`
	Before  int           `json:"files_before"`
	After   int           `json:"files_after"`
	Read    int64         `json:"bytes_read"` // of files that were written anew
	Written int64         `json:"bytes_written"`
	Commits int           `json:"commits"`
	Version int64         `json:"version"`
	Took    time.Duration `json:"took_ns"`
}

// Compact makes few large files of the small ones, and sound ones of those with dead rows, of the table of that name and
// of its quarantine; "" is every table. A run does what is worth it by itself; this leaves nothing to do. Cancelled, it
// keeps what it has done.
func (p Pipeline) Compact(ctx context.Context, opt Options, name string) (all []*Compacted, err error) {
	tables, flow, err := p.find(name)
	if err != nil {
		return nil, err
	}
	if flow != "" {
		return nil, usage("%s is a flow: compact takes the name of a table", name)
	}
	for _, t := range tables {
		some, err := p.compactTable(ctx, opt, t, name != "")
		all = append(all, some...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (p Pipeline) compactTable(ctx context.Context, opt Options, t TableRunner, must bool) (all []*Compacted, err error) {
	w, err := p.worker(opt, t)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.attach(ctx); err != nil {
		return nil, err
	}
	if w.table == nil {
		if must {
			err = notThere(w)
		}
		return nil, err
	}
	if err := w.readyToCompact(ctx); err != nil {
		return nil, err
	}
	for i, k := range w.compactors {
		if k.table() == nil {
			continue
		}
		name := w.def.name
		if i > 0 {
			name += "__quarantine"
		}
		done, err := k.thoroughly(ctx, name)
		all = append(all, done)
		if err != nil {
			return all, w.wrap(err)
		}
	}
	return all, nil
}

// readyToCompact sees to it that a commit may say that nothing of others is left to look at.
func (w *worker) readyToCompact(ctx context.Context) error {
	if _, err := w.storedContract(); err != nil {
		return err
	}
	if err := w.checkHistory(ctx); err != nil {
		return err
	}
	if err := w.quarantine.rollForward(ctx); err != nil {
		return err
	}
	if err := w.quarantine.open(ctx); err != nil {
		return err
	}
	return w.loadFlows()
}

// thoroughly compacts until nothing is left to do. Here a failure is one.
func (k *compactor) thoroughly(ctx context.Context, name string) (*Compacted, error) {
	target := int64(delta.DefaultTarget)
	if p := k.w.env.opt.compaction; p.Target > 0 {
		target = p.Target
	}
	began := k.w.env.now()
	r := &Compacted{Table: name, Path: k.table().Dir(), Before: len(k.table().Files())}
	defer func() {
		r.After, r.Version, r.Took = len(k.table().Files()), k.table().Version(), k.w.env.now().Sub(began)
	}()
	for {
		paths := k.table().PickCompaction(delta.Thorough(target))
		if len(paths) == 0 {
			return r, nil
		}
		c, err := k.table().NewCompaction(paths)
		if err != nil {
			return r, err
		}
		if err := c.Write(ctx, k.w.full); err != nil {
			return r, err
		}
		if err := k.settle(ctx, c); err != nil {
			return r, err
		}
		r.Read, r.Written, r.Commits = r.Read+c.Read, r.Written+c.Written(), r.Commits+1
	}
}
