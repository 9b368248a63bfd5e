package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/state"
)

// worker owns one table: its lock, its flows, its state. All of it happens in one goroutine.
type worker struct {
	env      *environment
	def      definition
	dir      string
	rows     rowBuffer // that all inputs append to
	full     int       // bytes of rows that make a row group
	encoder  encoder   // of row groups
	arranged *arrangement
	flows    []*flowState
	table    *delta.Table
	lock     io.Closer
	sharing
	standby
	index      *state.Index // keyed tables; nil until it is needed
	saved      time.Time    // of the state's snapshot
	saveTook   time.Duration
	paged      bool      // it was told that the index is
	faults     int       // of reading it from disk
	behind     int64     // what the last snapshot lacks, in keys: a start catches up with it
	folding    *folding  // of a folded table, once there was a batch
	truncated  []byte    // the table's greatest truncate, nil for none
	expired    time.Time // when tombstones were last looked at
	uniques    []*unique
	namesEqual bool // one of them names the record that it fails for
	quarantine quarantineTable
	upkeep     upkeep
	arrivals   observe.Arrivals // of the batch at hand
	commits    int
	conflicts  int
	turn       int // the flow that is asked first
	compactors []*compactor
	complaint  string // the last one, and when it was made
	complained time.Time
	hint       chan struct{} // wakes the worker from its sleep
	hinted     bool          // and did so last
}

func (w *worker) info(flow, message string) {
	w.env.sink.Event(observe.Event{Level: observe.Info, Table: w.def.name, Flow: flow, Message: message})
}

func (w *worker) warn(flow, message string) {
	w.env.sink.Event(observe.Event{Level: observe.Warn, Table: w.def.name, Flow: flow, Message: message})
}

// attach takes a table that is there, for a command: the lock, then what is new. Nothing is written but the lock, and not
// even that where there is no table.
func (w *worker) attach(ctx context.Context) error {
	t, err := w.find(ctx)
	if err != nil || t == nil {
		return err
	}
	if w.lock, err = w.own(ctx); err != nil {
		return err
	}
	w.table = t
	if _, err := t.Refresh(ctx); err != nil {
		return w.wrap(err)
	}
	return nil
}

// reachable checks the sources of a table that is still to be made: in a wrong folder (--data) nothing is made.
func (w *worker) reachable(ctx context.Context) error {
	if _, err := w.env.fs.Stat(w.dir); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range w.flows {
		for _, in := range f.folders {
			if err := in.lister().Reachable(); err != nil {
				return &SourceError{Flow: f.name, Source: in.source(), Err: err}
			}
		}
		for _, t := range f.topics {
			if _, err := t.in.connect(ctx); err != nil {
				return f.blame(t, w, err)
			}
		}
	}
	return nil
}

// own takes the table's lock, and says so where it has to wait for it.
func (w *worker) own(ctx context.Context) (io.Closer, error) {
	wait := w.env.opt.Wait
	lock, err := delta.Lock(ctx, w.env.fs, w.dir, 0, w.env.pipeline.Name)
	var owned *delta.OwnedError
	if wait <= 0 || !errors.As(err, &owned) {
		return lock, err
	}
	w.info("", fmt.Sprintf("waiting up to %s: %s owns the table", wait, owned.Who()))
	return delta.Lock(ctx, w.env.fs, w.dir, wait, w.env.pipeline.Name)
}

// find opens the table; it gives nil where there is none.
func (w *worker) find(ctx context.Context) (*delta.Table, error) {
	t, err := delta.Open(ctx, w.env.fs, w.dir)
	if errors.Is(err, delta.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, w.wrap(err)
	}
	return t, nil
}

// check compares the table with what this pipeline would build.
func (w *worker) check(ctx context.Context) error {
	if w.table == nil {
		return nil
	}
	before, err := w.storedContract()
	if err != nil {
		return err
	}
	differences, err := w.compare(before)
	if err != nil {
		return err
	}
	if err := w.refuse(append(differences, w.sequenceMoved()...)); err != nil {
		return err
	}
	return w.checkHistory(ctx)
}

func (w *worker) compare(before *contract.Table) ([]contract.Difference, error) {
	there, err := There(w.table)
	if err != nil {
		return nil, err
	}
	return contract.Compare(before, &w.def.contract, there), nil
}

func (w *worker) storedContract() (*contract.Table, error) {
	text, ok := w.table.Domain(contract.Domain)
	if !ok {
		return nil, usage("table %s: %s holds a Delta table that Seamflow did not make; give tables.%s.delta.path a folder of its own",
			w.def.name, w.dir, w.def.name)
	}
	before, err := contract.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("table %s (%s): %w", w.def.name, w.dir, err)
	}
	return before, nil
}

func (w *worker) refuse(differences []contract.Difference) error {
	var stops []contract.Difference
	for _, d := range differences {
		if d.Stops() {
			stops = append(stops, d)
		}
	}
	if len(stops) > 0 {
		return &ContractError{Table: w.def.name, Path: w.dir, Differences: stops}
	}
	return nil
}

// prepare makes the table if it is missing and brings its contract and columns up to date.
func (w *worker) prepare(ctx context.Context) error {
	text, err := w.def.contract.Encode()
	if err != nil {
		return err
	}
	if w.table == nil {
		if err := w.create(ctx, text); err != nil {
			return err
		}
	}
	if err := w.continueContract(ctx, text); err != nil {
		return err
	}
	if err := w.quarantine.rollForwardAll(ctx); err != nil {
		return err
	}
	if err := w.share(ctx); err != nil {
		return err
	}
	return w.loadFlows()
}

func (w *worker) create(ctx context.Context, contractText string) (err error) {
	if w.table, err = delta.Create(ctx, w.env.fs, w.dir, w.newTable(contractText)); err != nil {
		return w.wrap(err)
	}
	w.commits++
	return nil
}

func (w *worker) newTable(contractText string) delta.NewTable {
	return delta.NewTable{
		Schema: w.def.schema, Name: w.def.name, Comment: w.def.comment, Keyed: w.def.keyed(), Rewrite: w.def.rewrite, PartitionBy: w.def.partitionColumns(),
		Domains: map[string]string{contract.Domain: contractText, sequenceDomain: w.def.sequenceHome()},
	}
}

// sequenceDomain says where the sequences of a table's rows are: rows that were written under another home cannot be
// compared with what arrives.
const sequenceDomain = "seamflow.sequence"

func (d *definition) sequenceHome() string {
	switch {
	case !d.keyed():
		return "none"
	case d.sequence == nil:
		return "merge log"
	}
	var columns []string
	for _, i := range d.sequence {
		columns = append(columns, d.schema[i].Name)
	}
	return "columns " + strings.Join(columns, ", ")
}

func (w *worker) sequenceMoved() []contract.Difference {
	home := w.def.sequenceHome()
	was, ok := w.table.Domain(sequenceDomain)
	if !ok || was == home {
		return nil
	}
	return []contract.Difference{{
		Verdict: contract.Refresh, Field: "sequence_by",
		Message: "the rows' sequence was kept in: " + was + "; it would now be in: " + home,
		WayOut:  "keep the sequence's columns in or out of the table as they were, or run `reset " + w.def.name + "` to wipe the table and read its sources again",
	}}
}

// continueContract commits a contract that goes on from the stored one, with the columns that are new.
func (w *worker) continueContract(ctx context.Context, text string) error {
	before, err := w.storedContract()
	if err != nil {
		return err
	}
	fresh := w.newColumns()
	wide := w.widerColumns()
	vectors := w.table.Rewrites() && !w.def.rewrite
	if stored, _ := w.table.Domain(contract.Domain); stored == text && len(fresh)+len(wide) == 0 && !vectors {
		return nil
	}
	differences, err := w.compare(before)
	if err != nil {
		return err
	}
	for _, d := range differences {
		if d.Verdict >= contract.Note {
			w.warn("", d.String())
		}
	}
	tx := &delta.Tx{Operation: "SEAMFLOW CONTRACT", Domains: map[string]string{}}
	if len(wide) > 0 {
		if tx, err = w.widen(ctx, wide); err != nil {
			return err
		}
	}
	tx.AddColumns = fresh
	if err := w.rename(tx, before); err != nil {
		return err
	}
	tx.EnableVectors = vectors // the quarantine stays as it is: what it is read by need not know of the table's
	tx.Domains[contract.Domain] = text
	return w.commit(ctx, tx)
}

// newColumns are those of the spec that the table does not have. Names match ignoring case.
func (w *worker) newColumns() (fresh column.Schema) {
	have := map[string]bool{}
	for _, f := range w.table.Schema() {
		have[strings.ToLower(f.Name)] = true
	}
	for _, f := range w.def.schema {
		if !have[strings.ToLower(f.Name)] {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

func (w *worker) loadFlows() error {
	for _, f := range w.flows {
		if err := f.load(w); err != nil {
			return err
		}
		w.noteReady(f)
	}
	return nil
}

// noteReady lets flows go on that depend on f, as soon as the table says that they may.
func (w *worker) noteReady(f *flowState) {
	if f.complete() {
		w.env.caughtUp[f.name].set()
	}
	if f.complete() || f.prog.CaughtUp {
		w.env.ready[f.name].set()
	}
}

// commit is delta's, with the engine's name for the table on errors.
func (w *worker) commit(ctx context.Context, tx *delta.Tx) error {
	tx.Timestamp, tx.Guarded = w.env.now(), true
	if w.shared { // the lock says so too, unless somebody has removed it
		if tx.Expect == nil {
			tx.Expect = map[string]string{}
		}
		tx.Expect[contract.Domain], _ = w.table.Domain(contract.Domain)
	}
	if _, err := w.table.Commit(context.WithoutCancel(ctx), tx); err != nil {
		return w.wrap(err)
	}
	w.commits++
	w.moved(tx.Moved)
	if w.leads() {
		w.upkeep.after(w.table)
	}
	return nil
}

func (w *worker) wrap(err error) error {
	return fmt.Errorf("table %s (%s): %w", w.def.name, w.dir, err)
}

// run works until there is nothing left to do (AvailableNow) or ctx is cancelled, which drains: what is committed stays,
// what is not is read again by the next run.
func (w *worker) run(ctx context.Context) error {
	for ctx.Err() == nil {
		worked, err := w.round(ctx)
		if errors.Is(err, errDrained) {
			return nil
		}
		if errors.Is(err, errRetry) {
			w.complain(err)
			worked, err = false, nil
		}
		if err == nil && w.leads() {
			err = w.compact(ctx)
		}
		if err != nil {
			return err
		}
		if worked {
			continue
		}
		if w.env.opt.AvailableNow && w.finished() {
			return w.compactAtEnd(ctx)
		}
		w.sleep(ctx)
	}
	return nil
}

// complainEvery is how often it is said what is tried again and again.
const complainEvery = 10 * time.Second

// complain warns of what is tried again.
func (w *worker) complain(err error) {
	now, text := w.env.now(), err.Error()
	if text == w.complaint && now.Sub(w.complained) < complainEvery {
		return
	}
	w.complaint, w.complained = text, now
	w.warn("", text)
}

// round asks each flow once, and commits what it has.
func (w *worker) round(ctx context.Context) (worked bool, err error) {
	if err := w.acquire(ctx); err != nil {
		return false, errDrained
	}
	defer w.release()
	if err := w.follow(ctx); err != nil {
		return false, err
	}
	if err := w.tryToLead(ctx); err != nil {
		return false, err
	}
	if err := w.expire(ctx); err != nil {
		return false, err
	}
	first := w.turn
	w.turn++ // whatever comes of this round: a flow that is tried again does not hold up the others
	for i := range w.flows {
		f := w.flows[(first+i)%len(w.flows)]
		if ctx.Err() != nil || w.blocked(f) || !w.leads() && !f.shareable() || w.env.opt.AvailableNow && w.env.caughtUp[f.name].isSet() {
			continue
		}
		k, err := f.next(ctx, w)
		if err != nil {
			return worked, w.retryable(err)
		}
		if k.empty() {
			if err := w.caughtUp(ctx, f); err != nil {
				return worked, err
			}
			continue
		}
		if ctx.Err() != nil {
			return worked, nil
		}
		if err := w.batch(ctx, f, k); err != nil {
			return worked, err
		}
		worked = worked || len(k.picks) > 0 || !f.level()
		if err := w.caughtUp(ctx, f); err != nil {
			return worked, err
		}
		w.saveNowAndThen()
	}
	if !worked && !w.env.opt.AvailableNow && w.leads() {
		return false, w.ensureIndexes(ctx) // the first change does not wait for them
	}
	return worked, nil
}

func (w *worker) acquire(ctx context.Context) error {
	select {
	case w.env.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *worker) release() { <-w.env.slots }

// caughtUp takes note that f has read all that there was, and lets the flows go on that depend on it. The table keeps it:
// they do not wait again after a restart.
func (w *worker) caughtUp(ctx context.Context, f *flowState) error {
	if w.env.caughtUp[f.name].isSet() || !f.caughtUp() {
		return nil
	}
	if w.shared && f.shareable() {
		if !w.env.awaited[f.name] || !w.leads() {
			return nil
		}
		if all, err := f.everywhere(ctx); err != nil {
			return w.retryable(f.blame(f.topics[0], w, err))
		} else if !all {
			return nil
		}
	}
	if w.env.awaited[f.name] && !f.once && !f.prog.CaughtUp {
		f.prog.CaughtUp = true
		text, err := f.encode()
		if err == nil {
			domain := flowDomain(f.name)
			err = w.commit(ctx, &delta.Tx{Operation: "SEAMFLOW CAUGHT UP", Domains: map[string]string{domain: text}, Expect: map[string]string{domain: f.stored}})
		}
		if err != nil {
			f.prog.CaughtUp = false
			return w.retryable(err)
		}
		f.stored = text
	}
	w.env.caughtUp[f.name].set()
	w.env.ready[f.name].set()
	if f.once {
		w.info(f.name, "once flow: complete")
	}
	return nil
}

// blocked reports whether a flow waits for one that it depends on.
func (w *worker) blocked(f *flowState) bool {
	for _, name := range f.dependsOn {
		if l := w.env.ready[name]; l != nil && !l.isSet() {
			return true
		}
	}
	return false
}

// finished reports whether every flow has read what it is to read.
func (w *worker) finished() bool {
	for _, f := range w.flows {
		if !w.env.caughtUp[f.name].isSet() {
			return false
		}
	}
	return true
}

// pauses is how many times as long as a look at a large folder the worker rests after it, when nobody hints that something
// is new.
const pauses = 9

func (w *worker) sleep(ctx context.Context) {
	d := w.env.interval()
	switch {
	case w.env.opt.AvailableNow:
		d = min(d, 50*time.Millisecond) // it waits for files to settle, or for another table's flow
	case !w.reads(): // where topics are read each folder has a rest of its own
		for _, f := range w.flows {
			d = max(d, pauses*f.lookTook)
		}
	}
	w.hinted = false
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-w.hint:
		w.hinted = true
	}
}

// reads reports whether a flow of the table reads a stream, which says nothing when something has come.
func (w *worker) reads() bool {
	return slices.ContainsFunc(w.flows, func(f *flowState) bool { return len(f.topics) > 0 })
}

// close gives the table up.
func (w *worker) close() {
	w.finishUpkeep(cancelled)
	w.dropIndex()
	w.leave()
	w.stepUp()
	for _, f := range w.flows {
		for _, t := range f.topics {
			t.in.close()
		}
	}
	if w.lock != nil {
		w.lock.Close()
		w.lock = nil
	}
}

var (
	errDrained = errors.New("drained")
	errRetry   = errors.New("will be tried again")
)
