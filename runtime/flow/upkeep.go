package flow

import (
	"context"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
)

// upkeep is what a table needs beside its commits: checkpoints, the clean-up of its log, vacuum. It works in a goroutine
// of its own, one piece at a time, on a snapshot of the table: no commit waits for it, and none fails because of it.
type upkeep struct {
	env    *environment
	table  string          // for events
	named  func() []string // what else names files of the table
	vacuum time.Time       // when the next one is due; zero is not known yet
	stop   context.CancelFunc
	done   chan struct{} // closed when the work at hand is done; nil when there was none
	said   string        // the last failure that was told of
}

// vacuumEvery is how often a table's unneeded files are looked for.
const vacuumEvery = 24 * time.Hour

// after is called when t has a new version and no batch is under way.
func (u *upkeep) after(t *delta.Table) {
	if u.busy() {
		return // what is due stays so
	}
	now := u.env.now()
	checkpoint := t.CheckpointDue()
	if u.vacuum.IsZero() {
		u.vacuum = t.Vacuumed().Add(vacuumEvery)
	}
	vacuum := !now.Before(u.vacuum)
	if !checkpoint && !vacuum {
		return
	}
	var options delta.VacuumOptions
	if vacuum {
		u.vacuum = now.Add(vacuumEvery)
		if u.named != nil {
			options.Named = u.named()
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	u.stop, u.done = stop, make(chan struct{})
	s := t.Snapshot()
	if vacuum {
		if err := s.Note(); err != nil {
			u.failed(ctx, err)
			vacuum = false
		}
	}
	if checkpoint {
		t.Attempted()
	}
	go u.work(ctx, u.done, s, checkpoint, vacuum, options)
}

func (u *upkeep) busy() bool {
	if u.done == nil {
		return false
	}
	select {
	case <-u.done:
		return false
	default:
		return true
	}
}

func (u *upkeep) work(ctx context.Context, done chan struct{}, s *delta.Snapshot, checkpoint, vacuum bool, options delta.VacuumOptions) {
	defer close(done)
	if checkpoint {
		err := s.Checkpoint(ctx)
		if err == nil {
			_, err = s.CleanLog(ctx)
		}
		u.failed(ctx, err)
	}
	if vacuum {
		r, err := s.Vacuum(ctx, options)
		u.failed(ctx, err)
		if n := len(r.Files); n > 0 {
			u.tell(observe.Info, fmt.Sprintf("vacuum: removed %d files that no version needs any more, %d MiB", n, r.Bytes>>20))
		}
	}
}

// failed warns of work that could not be done and that is tried again later, once of each failure.
func (u *upkeep) failed(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil || err.Error() == u.said {
		return
	}
	u.said = err.Error()
	u.tell(observe.Warn, u.said+"; the table is as it was, and it is tried again later")
}

func (u *upkeep) tell(level observe.Level, message string) {
	u.env.sink.Event(observe.Event{Level: level, Table: u.table, Message: message})
}

// finish waits for the work at hand; when ctx is cancelled, only until it can be left.
func (u *upkeep) finish(ctx context.Context) {
	if u.done == nil {
		return
	}
	select {
	case <-u.done:
	case <-ctx.Done():
		u.stop()
		<-u.done
	}
	u.stop()
}

// cancelled is the context of who does not wait.
var cancelled = func() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	return ctx
}()

func (w *worker) finishUpkeep(ctx context.Context) {
	w.upkeep.finish(ctx)
	w.quarantine.upkeep.finish(ctx)
}
