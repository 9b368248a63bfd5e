package flow

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
)

// Run works until ctx is cancelled, or, with Options.AvailableNow, until everything that was there when it began is
// committed. A cancelled run is no error. Whatever ends a run, tables hold whole batches only, and the next run goes on
// from them.
func (p Pipeline) Run(ctx context.Context, opt Options) (*Summary, error) {
	if opt.Shared && opt.AvailableNow {
		return nil, usage("--shared is for runs that go on, and --available-now for one that ends: leave one of them out")
	}
	env, err := newEnvironment(&p, opt)
	if err != nil {
		return nil, err
	}
	workers, err := p.open(ctx, env)
	defer closeAll(workers)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	if err == nil {
		err = p.start(ctx, workers)
	}
	if err == nil {
		err = runAll(ctx, env, workers)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // whatever was waited for
	}
	return summarize(ctx, env, workers), err
}

// open finds and locks the tables that exist, and compares each with the spec before any is written to.
func (p Pipeline) open(ctx context.Context, env *environment) (workers []*worker, err error) {
	for _, t := range p.Tables {
		w, err := t.open(env)
		if err != nil {
			return workers, err
		}
		workers = append(workers, w)
	}
	if err := apart(workers); err != nil {
		return workers, err
	}
	for _, w := range workers {
		if err := w.reachable(ctx); err != nil {
			return workers, err
		}
	}
	if err := p.own(ctx, env, workers); err != nil {
		return workers, err
	}
	var wrong []error
	for _, w := range workers {
		if w.elsewhere {
			continue
		}
		if err := w.check(ctx); err != nil {
			wrong = append(wrong, err)
		}
	}
	return workers, joined(wrong)
}

// apart refuses tables of which one lies in the folder, or the quarantine, of another. Connection values decide it, so
// that it shows only here.
func apart(workers []*worker) error {
	for _, a := range workers {
		for _, b := range workers {
			for _, taken := range []string{a.dir, a.quarantine.dir()} {
				if a != b && (b.dir == taken || strings.HasPrefix(b.dir, taken+string(filepath.Separator))) {
					return usage("tables %s and %s cannot both be there: %s is taken by the first, and the second is at %s; give each a folder of its own",
						a.def.name, b.def.name, taken, b.dir)
				}
			}
		}
	}
	return nil
}

func (p Pipeline) start(ctx context.Context, workers []*worker) error {
	for _, w := range workers {
		if w.elsewhere {
			continue
		}
		if err := w.prepare(ctx); err != nil {
			return err
		}
	}
	return nil
}

// joined is errors.Join that leaves a single error as it is.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// runAll runs each table in a goroutine of its own. When one fails the others drain.
func runAll(ctx context.Context, env *environment, workers []*worker) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	errs := make([]error, len(workers))
	for i, w := range workers {
		group.Go(func() {
			if errs[i] = w.runWatched(ctx); errs[i] != nil {
				stop()
			}
			if w.lock == nil { // it has waited in vain
				return
			}
			w.tellGroups(context.WithoutCancel(ctx), true)
			w.leaveGroups()
			w.stopCompactions()
			w.finishUpkeep(ctx)
			w.saveForNext()
		})
	}
	group.Wait()
	return joined(without(errs))
}

func without(errs []error) (some []error) {
	for _, err := range errs {
		if err != nil {
			some = append(some, err)
		}
	}
	return some
}

// runWatched is run with a hint from the sources that something may be new.
func (w *worker) runWatched(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	w.hint = make(chan struct{}, 1)
	w.notice = func(c <-chan struct{}) { group.Go(func() { forward(ctx, c, w.hint) }) }
	if w.elsewhere {
		if err := w.wait(ctx); err != nil {
			return err
		}
	}
	if !w.env.opt.AvailableNow {
		for _, f := range w.flows {
			for _, in := range f.folders {
				c := in.lister().Watch(ctx)
				group.Go(func() { forward(ctx, c, w.hint) })
			}
		}
	}
	return w.run(ctx)
}

func forward(ctx context.Context, from <-chan struct{}, to chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-from:
			if !ok {
				return
			}
		}
		select {
		case to <- struct{}{}:
		default:
		}
	}
}

func closeAll(workers []*worker) {
	for _, w := range workers {
		w.close()
	}
}

// find gives the tables that name means: a table, the table of a flow, or all for "". flow is set where name is a flow's.
// Where both have one name, table: or flow: before it says which.
func (p Pipeline) find(name string) (tables []TableRunner, flow string, err error) {
	if name == "" {
		return p.Tables, "", nil
	}
	kind, bare, found := strings.Cut(name, ":")
	if !found || kind != "table" && kind != "flow" {
		kind, bare = "", name
	}
	known := map[string]bool{}
	for _, t := range p.Tables {
		known[t.name()] = true
		if t.name() == bare && kind != "flow" {
			tables = append(tables, t)
		}
		for _, f := range t.flowNames() {
			known[f] = true
			if f == bare && kind != "table" {
				tables, flow = append(tables, t), f
			}
		}
	}
	switch len(tables) {
	case 0:
		return nil, "", usage("no table and no flow is named %s; there are %s", name, names(known))
	case 1:
		return tables, flow, nil
	}
	return nil, "", usage("a table and a flow are named %s: say table:%s or flow:%s", name, name, name)
}

func notThere(w *worker) error {
	return usage("table %s does not exist yet (%s): nothing was run", w.def.name, w.dir)
}

// worker gives the worker of one table by itself, with nothing of the table opened or locked yet.
func (p Pipeline) worker(opt Options, t TableRunner) (*worker, error) {
	env, err := newEnvironment(&p, opt)
	if err != nil {
		return nil, err
	}
	return t.open(env)
}

// only gives the pipeline with one of its tables, opened, locked and not compared with the spec.
func (p Pipeline) only(ctx context.Context, opt Options, t TableRunner) (*worker, error) {
	w, err := p.worker(opt, t)
	if err != nil {
		return nil, err
	}
	if err := w.attach(ctx); err != nil {
		w.close() // it may have the lock already
		return nil, err
	}
	if w.table == nil {
		return nil, notThere(w)
	}
	return w, nil
}
