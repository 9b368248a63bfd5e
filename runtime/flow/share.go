package flow

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/stream"
)

// Here several processes, instances of one pipeline, write one table. They share the lock, and with it the contract: the
// lock is theirs only as long as the table is built by the contract that they have. The partitions of streams are dealt out
// among them by a consumer group; what is done once for all (files, once flows, upkeep) is done by the one that leads.
//
// None can spoil what another one does: a commit expects the progress of its partitions to be what it was, and whoever is
// given a partition claims it, with a commit, before reading. A process that has lost a partition without knowing it finds
// that its commit is not made.

// shareable reports whether this run shares the table: its rows are only added, and none is compared with others.
func (w *worker) shareable() bool {
	return w.env.opt.Shared && !w.def.keyed() && len(w.uniques) == 0 && slices.ContainsFunc(w.flows, (*flowState).shareable)
}

// shareable reports whether the flow's partitions may be dealt out: there is no end that all of them must reach together.
func (f *flowState) shareable() bool { return !f.once && len(f.topics) > 0 }

// sharing is a worker's part in sharing its table.
type sharing struct {
	shared bool      // the lock: other processes write the table too
	leader io.Closer // nil where another one leads
	asked  time.Time // to lead
	member string    // this process, as the units' progress names it
	notice func(<-chan struct{})
}

// leads reports whether this process does what is done once for all that share the table.
func (w *worker) leads() bool { return !w.shared || w.leader != nil }

// tryShare takes a part of the table's lock, or the whole where the table is to be made or brought up to date first.
func (w *worker) tryShare(ctx context.Context) error {
	if ok, err := w.current(); err != nil {
		return err
	} else if !ok {
		return w.tryOwn(ctx)
	}
	lock, err := delta.LockShared(ctx, w.env.fs, w.dir, 0, w.env.pipeline.Name)
	if err != nil {
		return err
	}
	// What was known before the lock is looked at again.
	ok, err := w.stillCurrent(ctx)
	if err != nil || !ok {
		lock.Close()
		if err != nil {
			return err
		}
		return w.tryOwn(ctx)
	}
	w.lock, w.shared, w.member = lock, true, lock.ID()
	return nil
}

// current reports whether the table is as this pipeline would build it, so that nothing is to be done alone.
func (w *worker) current() (bool, error) {
	if w.table == nil {
		return false, nil
	}
	text, err := w.def.contract.Encode()
	if err != nil {
		return false, err
	}
	stored, _ := w.table.Domain(contract.Domain)
	return stored == text && len(w.newColumns())+len(w.widerColumns()) == 0, nil
}

func (w *worker) stillCurrent(ctx context.Context) (bool, error) {
	if err := w.seeAgain(ctx); err != nil || w.table == nil {
		return false, err
	}
	if _, err := w.table.Refresh(ctx); err != nil {
		return false, w.wrap(err)
	}
	return w.current()
}

// share gives up having the table alone once it is up to date. flock knows no step from one to the other.
func (w *worker) share(ctx context.Context) error {
	if !w.shareable() || w.shared {
		return nil
	}
	w.lock.Close()
	w.lock = nil
	lock, err := delta.LockShared(ctx, w.env.fs, w.dir, max(w.env.opt.Wait, time.Second), w.env.pipeline.Name)
	if err != nil {
		return err
	}
	w.lock, w.shared, w.member = lock, true, lock.ID()
	if err := w.follow(ctx); err != nil {
		return err
	}
	if ok, err := w.current(); err != nil || !ok {
		return joined(without([]error{err, fmt.Errorf("table %s (%s): while this process started another one has made the table that of another spec; "+
			"stop all that run the other spec, and start again", w.def.name, w.dir)}))
	}
	return nil
}

// mostConflicts bounds how often in a row something is derived anew because another version came first. In a table of one
// owner even the second time is strange; in a shared one others commit all the time.
func (w *worker) mostConflicts() int {
	if w.shared {
		return 50
	}
	return maxConflicts
}

// leadEvery is how often a process asks whether it is its turn to lead.
const leadEvery = 200 * time.Millisecond

// tryToLead makes this process the one that leads where nobody does.
func (w *worker) tryToLead(ctx context.Context) error {
	now := w.env.now()
	if w.leads() || now.Sub(w.asked) < leadEvery && !now.Before(w.asked) {
		return nil
	}
	w.asked = now
	lock, err := delta.Lead(w.env.fs, w.dir)
	if err != nil || lock == nil {
		return err
	}
	w.leader = lock
	w.info("", "this process leads those that share the table: it reads files and does the upkeep")
	if err := w.follow(ctx); err != nil { // what the one before did last
		return err
	}
	w.upkeep.after(w.table)
	return w.quarantine.rollForwardAll(ctx)
}

// leaveGroups lets others go on with the partitions of this process.
func (w *worker) leaveGroups() {
	for _, f := range w.flows {
		for _, t := range f.topics {
			if t.member != nil {
				t.member.Leave()
				t.member = nil
			}
		}
	}
}

// leave lets others go on with what this process had of a shared table.
func (w *worker) leave() {
	w.leaveGroups()
	if w.leader != nil {
		w.leader.Close()
		w.leader = nil
	}
}

// noteFlows takes what others have committed to a shared table. What was planned from a flow's own progress stands as long
// as that does.
func (w *worker) noteFlows() error {
	for _, f := range w.flows {
		text, _ := w.table.Domain(flowDomain(f.name))
		var err error
		if text == f.stored && f.prog != nil {
			err = f.loadTopics(w)
		} else {
			err = f.load(w)
		}
		if err != nil {
			return err
		}
		w.noteReady(f)
	}
	return nil
}

// dealt are the partitions of a stream that this process may read of a shared table.
func (t *topicState) dealt(ctx context.Context, w *worker, f *flowState, s stream.Stream, there []int32) (mine []int32, err error) {
	if t.member == nil {
		if t.member, err = s.Join(ctx, w.group(f, t)); err != nil {
			return nil, err
		}
		w.notice(t.member.Changed())
	}
	t.expelDead(ctx, w, f)
	t.generation, t.dealtOut = t.member.Assigned()
	for p := range t.claimed {
		if !slices.Contains(t.dealtOut, p) {
			delete(t.claimed, p)
		}
	}
	for _, p := range t.dealtOut {
		if slices.Contains(there, p) && !t.taken(w, p) {
			mine = append(mine, p)
		}
	}
	return mine, nil
}

// lookEvery is how often a process looks whether others are still there.
const lookEvery = 200 * time.Millisecond

// expelDead makes the group deal out what processes had that have died. The group itself would wait until their sessions
// end; that a process is gone is known at once, from the lock that it held.
func (t *topicState) expelDead(ctx context.Context, w *worker, f *flowState) {
	now := time.Now()
	if now.Sub(t.lookedAt) < lookEvery {
		return
	}
	t.lookedAt = now
	for _, u := range t.units {
		owner := u.prog.Owner
		if owner == "" || owner == w.member || t.expelled[owner] || delta.Alive(w.env.fs, w.dir, owner) {
			continue
		}
		if err := t.member.Expel(ctx, u.prog.Member); err != nil {
			w.warn(f.name, err.Error()+"; its partitions are dealt out when its session ends")
		}
		if t.expelled == nil {
			t.expelled = map[string]bool{}
		}
		t.expelled[owner] = true
	}
}

// taken reports whether another process has claimed a partition since this one did: this one has not heard of it yet.
func (t *topicState) taken(w *worker, p int32) bool {
	at, claimed := t.claimed[p]
	u := t.units[p]
	if !claimed || at < t.generation {
		return false
	}
	// Whoever has claimed it in an older generation was given it before this one was, and may be gone for good.
	return u == nil || u.prog.Owner != w.member && u.prog.Generation >= at
}

// redealt reports whether the group wants a partition back, or has another one for this process.
func (f *flowState) redealt() bool {
	for _, t := range f.topics {
		if t.member == nil {
			continue
		}
		if _, now := t.member.Assigned(); !slices.Equal(now, t.dealtOut) {
			return true
		}
	}
	return false
}

// group is the consumer group by which a flow's partitions are dealt out: the source's, and one of the flow's own where
// several flows read the source, for each needs all of it.
func (w *worker) group(f *flowState, t *topicState) string {
	group, _ := t.in.sharing()
	if group == "" { // of this table: another one, elsewhere, that the same pipeline builds needs all partitions, too
		id := w.table.ID()
		return "seamflow." + w.env.pipeline.Name + "." + f.name + "." + id[max(0, len(id)-8):] // ids begin with a time
	}
	if own := "." + f.name; w.env.readers[t.in.source()] > 1 && !strings.HasSuffix(group, own) {
		group += own
	}
	return group
}

// claim commits that partitions are this process's from now on: what others still have on its way for them is void.
func (f *flowState) claim(ctx context.Context, w *worker, t *topicState, mine []int32) error {
	var units []*unit
	for _, p := range mine {
		u := *t.units[p]
		if u.prog.Owner == w.member {
			continue
		}
		u.prog.Owner, u.prog.Generation, u.prog.Member = w.member, t.generation, t.member.ID()
		units = append(units, &u)
	}
	if len(units) == 0 {
		return nil
	}
	texts, before, err := encodeUnits(units)
	if err != nil {
		return err
	}
	if err := w.commit(ctx, &delta.Tx{Operation: "SEAMFLOW CLAIM", Domains: texts, Expect: before}); err != nil {
		return err
	}
	for _, u := range units {
		kept := t.units[u.partition]
		kept.prog, kept.stored = u.prog, texts[u.domain]
		t.note(u.partition)
	}
	// Whoever had them may not have got to set aside what its last commits say.
	return w.quarantine.rollForwardAll(ctx)
}

// note remembers that a partition was claimed.
func (t *topicState) note(p int32) {
	if t.claimed == nil {
		t.claimed = map[int32]int32{}
	}
	t.claimed[p] = t.generation
}

// everywhere reports whether a flow of a shared table has been read up to where its streams ended at the first look, by
// whoever reads them.
func (f *flowState) everywhere(ctx context.Context) (bool, error) {
	for _, t := range f.topics {
		s, err := t.in.connect(ctx)
		if err != nil {
			return false, err
		}
		if t.goals == nil {
			there, err := s.Partitions(ctx)
			if err != nil {
				return false, err
			}
			if t.goals, err = s.Bounds(ctx, there); err != nil {
				return false, err
			}
		}
		for _, g := range t.goals {
			if u := t.units[g.Partition]; u == nil || u.prog.Next < g.End {
				return false, nil
			}
		}
	}
	return true, nil
}
