package flow

import (
	"context"
	"errors"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

// VacuumOptions say what Pipeline.Vacuum may remove.
type VacuumOptions struct {
	// Retention is how long files stay after they left the table; nil is the table's own.
	Retention *time.Duration
	// Short allows a retention that may take files away from whoever reads the table right now.
	Short  bool
	DryRun bool
}

// VacuumResult is what was removed of a table, or would be.
type VacuumResult struct {
	Table string `json:"table"`
	Path  string `json:"path"`
	delta.VacuumReport
}

// Vacuum removes the files that nobody needs of the table of that name and of its quarantine; "" is every table. A run
// does so by itself, once a day.
func (p Pipeline) Vacuum(ctx context.Context, opt Options, name string, how VacuumOptions) (all []*VacuumResult, err error) {
	if r := how.Retention; r != nil && *r < delta.DefaultFilesKept && !how.Short && !how.DryRun {
		return nil, usage("a retention of %s takes files away that a reader of the table, or time travel, may still need; it is safe with %s or more. Repeat with --yes to remove them all the same",
			*r, delta.DefaultFilesKept)
	}
	tables, flow, err := p.find(name)
	if err != nil {
		return nil, err
	}
	if flow != "" {
		return nil, usage("%s is a flow: vacuum takes the name of a table", name)
	}
	for _, t := range tables {
		w, err := p.toVacuum(ctx, opt, t, how.DryRun)
		if err == nil && w.table != nil {
			var some []*VacuumResult
			some, err = w.vacuum(ctx, how)
			all = append(all, some...)
		} else if err == nil && name != "" {
			err = notThere(w)
		}
		if w != nil {
			w.close()
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// toVacuum opens a table. To look takes no lock, to remove does: a commit of another process may be about to name a file
// that looks like debris.
func (p Pipeline) toVacuum(ctx context.Context, opt Options, t TableRunner, look bool) (*worker, error) {
	w, err := p.worker(opt, t)
	if err != nil {
		return nil, err
	}
	if look {
		w.table, err = w.find(ctx)
	} else {
		err = w.attach(ctx)
	}
	if err == nil && w.table != nil {
		if _, ours := w.table.Domain(contract.Domain); !ours {
			_, err = w.storedContract()
		}
	}
	return w, err
}

func (w *worker) vacuum(ctx context.Context, how VacuumOptions) (all []*VacuumResult, err error) {
	if !how.DryRun {
		err = w.quarantine.rollForward(ctx)
	}
	if err = errors.Join(err, w.quarantine.open(ctx)); err != nil {
		return nil, err
	}
	opt := delta.VacuumOptions{DryRun: how.DryRun}
	if r := how.Retention; r != nil {
		if *r < 0 {
			return nil, usage("a retention of %s is none", *r)
		}
		if most := w.table.FileRetention(); *r > most {
			return nil, usage("table %s keeps removed files for %s, so that no longer retention can be promised; set its property delta.deletedFileRetentionDuration first", w.def.name, most)
		}
		opt.Keep = max(*r, 1)
	}
	r, err := w.table.Snapshot().Vacuum(ctx, opt)
	if err != nil {
		return nil, w.wrap(err)
	}
	all = append(all, &VacuumResult{w.def.name, w.dir, *r})
	if q := w.quarantine.table; q != nil {
		opt.Named = w.domainTexts()
		r, err := q.Snapshot().Vacuum(ctx, opt)
		if err != nil {
			return all, w.quarantine.wrap(err)
		}
		all = append(all, &VacuumResult{w.def.name + "__quarantine", q.Dir(), *r})
	}
	return all, nil
}

// domainTexts is all that the table's commits say beside rows: records that are set aside, and not in the quarantine yet,
// are named there.
func (w *worker) domainTexts() (texts []string) {
	for _, text := range w.table.Domains("") {
		texts = append(texts, text)
	}
	return texts
}
