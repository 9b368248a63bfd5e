package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/stream"
)

// topicState is a stream that a flow reads, as a worker runs it.
type topicState struct {
	in     topicReader
	units  map[int32]*unit  // that the table knows
	bounds map[int32]*bound // of this run
	active []int32          // what is being read
	sought bool             // the stream fetches from where the units stand

	// Of a shared table:
	member     stream.Membership // nil until it joins
	generation int32             // as the group last said, with
	dealtOut   []int32           // what this process may read
	claimed    map[int32]int32   // of these, by generation
	goals      []stream.Bounds   // the streams' ends at the first look
	expelled   map[string]bool   // processes that have died
	lookedAt   time.Time         // for them

	told time.Time // when the group was last told
}

// arrival is what has come of a stream.
type arrival struct {
	topic   *topicState
	batches []stream.Batch
}

func newTopicState(in topicReader) *topicState {
	return &topicState{in: in, units: map[int32]*unit{}, bounds: map[int32]*bound{}}
}

// load takes the units as the table has them. Those that are as they were stay where they are: what was fetched of them is
// still wanted.
func (t *topicState) load(table *delta.Table, flow string) error {
	prefix := unitDomains(flow, t.in.source())
	texts := table.Domains(prefix)
	for p, u := range t.units {
		if texts[u.domain] == "" {
			delete(t.units, p)
			t.sought = false
		}
	}
	for domain, text := range texts {
		n, err := partitionOf(domain, strings.TrimPrefix(domain, prefix))
		if err != nil {
			return err
		}
		u := t.unit(n, domain)
		if u.stored == text {
			continue
		}
		if err := u.decode(text); err != nil {
			return err
		}
		if slices.Contains(t.active, u.partition) {
			t.sought = false
		}
	}
	return nil
}

func (t *topicState) unit(partition int32, domain string) *unit {
	u := t.units[partition]
	if u == nil {
		u = &unit{topic: t, partition: partition, domain: domain}
		t.units[partition] = u
	}
	return u
}

// forget drops what was read and not committed.
func (t *topicState) forget() {
	clear(t.units)
	t.sought = false
}

// level reports whether all has been read that there is in the streams, as far as is known.
func (f *flowState) level() bool {
	for _, t := range f.topics {
		if !t.sought {
			return false
		}
		for _, p := range t.active {
			if !t.units[p].level() {
				return false
			}
		}
	}
	return true
}

// justLooking is how long a look waits for what is on its way from a stream's own buffers.
const justLooking = time.Millisecond

// arrive looks what has come of the flow's streams.
func (f *flowState) arrive(ctx context.Context, w *worker) (all []arrival, err error) {
	for _, t := range f.topics {
		err := f.readyInTime(ctx, w, t)
		var batches []stream.Batch
		if err == nil {
			batches, err = t.poll(ctx, w.env.maxBytes(), justLooking)
		}
		if err != nil {
			f.dropArrived()
			return nil, f.blame(t, w, err)
		}
		if len(batches) > 0 {
			all = append(all, arrival{t, batches})
		}
	}
	return all, nil
}

// dropArrived makes streams go back to what is committed: what has come of some is dropped where another one fails, and
// one that has failed reads on only after a Seek.
func (f *flowState) dropArrived() {
	for _, t := range f.topics {
		t.sought = false
	}
}

// soonReady is how long a run that goes on waits for a stream's servers before the table's other flows have their turn.
const soonReady = 5 * time.Second

// readyInTime is ready with a bound. The slot is another table's meanwhile: servers may be away for long.
func (f *flowState) readyInTime(ctx context.Context, w *worker, t *topicState) error {
	w.release()
	defer func() { _ = w.acquire(context.WithoutCancel(ctx)) }() // it is given back by the caller
	if _, err := t.in.connect(ctx); err != nil {
		return err
	}
	if w.env.opt.AvailableNow {
		return f.ready(ctx, w, t)
	}
	within, stop := context.WithTimeout(ctx, soonReady)
	defer stop()
	err := f.ready(within, w, t)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return &stream.Unavailable{Err: fmt.Errorf("no answer for %s: %w", soonReady, err)}
	}
	return err
}

func (t *topicState) poll(ctx context.Context, most int64, wait time.Duration) ([]stream.Batch, error) {
	if len(t.active) == 0 {
		return nil, nil
	}
	s, err := t.in.connect(ctx)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	return s.Poll(ctx, int(min(most, mostPolled)))
}

// mostPolled bounds what is decoded between two looks at buffers and clock.
const mostPolled = 16 << 20

// ready sees to it that the stream fetches from where the flow stands. Where a partition is first read from is committed
// before anything of it is read: `latest`, asked again after a crash, would be somewhere else.
func (f *flowState) ready(ctx context.Context, w *worker, t *topicState) error {
	s, err := t.in.connect(ctx)
	if err != nil {
		return err
	}
	mine, err := f.partitions(ctx, w, t, s)
	if err != nil {
		return err
	}
	if err := f.begin(ctx, w, t, s, mine); err != nil {
		return err
	}
	if w.shared && !f.once {
		if err := f.claim(ctx, w, t, mine); err != nil {
			return err
		}
	}
	if err := f.lookAhead(ctx, w, t, s, mine); err != nil {
		return err
	}
	if t.sought && slices.Equal(t.active, mine) {
		t.released()
		return nil
	}
	var positions []stream.Position
	for _, p := range mine {
		u := t.units[p]
		u.next = u.prog.Next
		positions = append(positions, u.position())
	}
	t.active, t.sought = mine, false
	if err := s.Seek(ctx, positions); err != nil {
		return err
	}
	t.sought = true
	t.released()
	return nil
}

// released tells the group that what it wants back is not read any more.
func (t *topicState) released() {
	if t.member != nil {
		t.member.Released()
	}
}

// partitions are those that the flow reads now.
func (f *flowState) partitions(ctx context.Context, w *worker, t *topicState, s stream.Stream) ([]int32, error) {
	there, err := s.Partitions(ctx)
	if err != nil {
		return nil, err
	}
	for p, u := range t.units {
		if u.prog.Topic != s.Topic() {
			return nil, usage("flow %s has read topic %s up to offset %d of partition %d, and source %s now names topic %s, whose offsets are others; "+
				"give the source of the other topic a name of its own, or run `reset %s`", f.name, u.prog.Topic, u.prog.Next, p, t.in.source(), s.Topic(), w.resets(f))
		}
		if !slices.Contains(there, p) {
			return nil, &stream.LostError{Topic: s.Topic(), Partition: p, Next: u.prog.Next, Reason: "the topic does not have this partition any more: it was made anew"}
		}
	}
	if f.once && f.prog.Once != nil { // what came later is not on its list
		there = slices.Sorted(maps.Keys(t.units))
	}
	if !w.shared || f.once {
		return there, nil
	}
	if len(t.units) == 0 { // whoever is first says for all where they are read from
		if err := f.begin(ctx, w, t, s, there); err != nil {
			return nil, err
		}
	}
	return t.dealt(ctx, w, f, s, there)
}

// begin commits where partitions are read from that the flow has not read before.
func (f *flowState) begin(ctx context.Context, w *worker, t *topicState, s stream.Stream, mine []int32) error {
	fresh := slices.DeleteFunc(slices.Clone(mine), func(p int32) bool { return t.units[p] != nil })
	if len(fresh) == 0 {
		return nil
	}
	units, err := f.firstUnits(ctx, t, s, fresh)
	if err != nil {
		return err
	}
	texts, before, err := encodeUnits(units)
	if err != nil {
		return err
	}
	if err := w.commit(ctx, &delta.Tx{Operation: "SEAMFLOW START", Domains: texts, Expect: before}); err != nil {
		return err
	}
	for _, u := range units {
		u.stored = texts[u.domain]
		t.units[u.partition] = u
		w.info(f.name, fmt.Sprintf("topic %s, partition %d: starts at offset %d", s.Topic(), u.partition, u.next))
	}
	return nil
}

// firstUnits gives the units of partitions that were never read. Once a topic is being read, a partition that is new is
// read from its first record on, whatever start says: nothing of it was there when the topic was started.
func (f *flowState) firstUnits(ctx context.Context, t *topicState, s stream.Stream, fresh []int32) (units []*unit, err error) {
	var positions []stream.Position
	if len(t.units) == 0 {
		positions, err = s.Begin(ctx, fresh)
	} else {
		var bounds []stream.Bounds
		bounds, err = s.Bounds(ctx, fresh)
		for _, b := range bounds {
			positions = append(positions, stream.Position{Partition: b.Partition, Next: b.Earliest, Epoch: -1})
		}
	}
	for _, p := range positions {
		u := &unit{topic: t, partition: p.Partition, domain: unitDomain(f.name, t.in.source(), p.Partition), next: p.Next}
		u.prog = unitProgress{V: progressVersion, Topic: s.Topic(), TopicID: s.TopicID(), From: p.Next, Next: p.Next, Epoch: p.Epoch}
		units = append(units, u)
	}
	return units, err
}

// lookAhead learns where partitions end that the run has not seen yet. A run that reads what is there stops at these ends.
func (f *flowState) lookAhead(ctx context.Context, w *worker, t *topicState, s stream.Stream, mine []int32) error {
	unknown := slices.DeleteFunc(slices.Clone(mine), func(p int32) bool { return t.bounds[p] != nil })
	if len(unknown) == 0 {
		return nil
	}
	bounds, err := s.Bounds(ctx, unknown)
	if err != nil {
		return err
	}
	for _, b := range bounds {
		until := unbounded
		if w.env.opt.AvailableNow {
			until = b.End
		}
		if end := t.units[b.Partition].prog.End; f.once && end != nil {
			if b.End < *end && t.units[b.Partition].prog.Next < *end {
				return fmt.Errorf("topic %s, partition %d ends at offset %d, and the list of what this once flow reads goes up to offset %d: "+
					"records were removed from its end before they were read; run `reset %s` to read what is there now", s.Topic(), b.Partition, b.End, *end, w.resets(f))
			}
			until = min(until, *end)
		}
		t.bounds[b.Partition] = &bound{end: b.End, until: until}
	}
	return nil
}

// freezeTopics gives the units that a once flow over streams will read, with their ends.
func (f *flowState) freezeTopics(ctx context.Context) (units []*unit, err error) {
	for _, t := range f.topics {
		s, err := t.in.connect(ctx)
		if err != nil {
			return nil, err
		}
		there, err := s.Partitions(ctx)
		if err != nil {
			return nil, err
		}
		first, err := f.firstUnits(ctx, t, s, there)
		if err != nil {
			return nil, err
		}
		bounds, err := s.Bounds(ctx, there)
		if err != nil {
			return nil, err
		}
		ends := map[int32]int64{}
		for _, b := range bounds {
			ends[b.Partition] = b.End
		}
		for _, u := range first {
			end := max(ends[u.partition], u.next)
			u.prog.End = &end
		}
		units = append(units, first...)
	}
	return units, nil
}

// backlog is what the flow knows of and has not read.
func (f *flowState) backlog() (left observe.Backlog) {
	rest := sum(f.pending)
	if f.once {
		rest = sum(f.frozen)
	}
	left.Files, left.Bytes = int64(rest.files), rest.bytes
	for _, t := range f.topics {
		for _, p := range t.active {
			if u, at := t.units[p], t.bounds[p]; u != nil && at != nil {
				left.Records += max(min(at.end, at.until)-u.next, 0)
			}
		}
	}
	return left
}

// fillFor bounds how long a batch goes on reading streams that are behind: what is read waits for its commit.
func (env *environment) fillFor() time.Duration {
	return min(max(env.interval(), time.Second), 10*time.Second)
}

// fill reads on while the flow's streams have more than was read, up to what one commit may hold.
func (b *batch) fill(ctx context.Context) error {
	w, f := b.w, b.flow
	by := b.began.Add(w.env.fillFor())
	for ctx.Err() == nil && b.streamed < w.env.maxBytes() && !f.level() && w.env.now().Before(by) && !f.redealt() {
		for _, t := range f.topics {
			batches, err := t.poll(ctx, w.env.maxBytes()-b.streamed, 20*time.Millisecond/time.Duration(len(f.topics)))
			if err == nil {
				err = b.arrive(ctx, arrival{t, batches})
			}
			if err != nil {
				return f.blame(t, w, err)
			}
		}
	}
	return nil
}

// stream takes what has arrived, and what follows while the flow is behind.
func (b *batch) stream(ctx context.Context, arrived []arrival) error {
	for _, a := range arrived {
		if err := b.arrive(ctx, a); err != nil {
			return b.flow.blame(a.topic, b.w, err)
		}
	}
	if len(arrived) == 0 {
		return nil
	}
	return b.fill(ctx)
}

// arrive takes what has come of a stream into the batch.
func (b *batch) arrive(ctx context.Context, a arrival) error {
	for i := range a.batches {
		s := &a.batches[i]
		u, at := a.topic.units[s.Partition], a.topic.bounds[s.Partition]
		if u == nil || at == nil {
			return fmt.Errorf("partition %d was not asked for", s.Partition)
		}
		at.end = max(at.end, s.End)
		for len(s.Records) > 0 && s.Records[0].Offset < u.next {
			s.Records = s.Records[1:]
		}
		if err := a.topic.in.take(ctx, s, at.until, b); err != nil {
			return err
		}
		if next := min(s.After.Next, at.until); next > u.next {
			u.next = next
			to := reached{Position: s.After, lost: b.reached[u].lost + s.Lost}
			to.Next = next
			b.reached[u] = to
		}
	}
	return nil
}

// idle reports that streams brought nothing but offsets that no reader sees. A commit that says so would tell the next run
// what it finds out by itself; a once flow may be complete by it, and flows may wait for one that several processes read to
// be at the end, of which these know no more than what is committed.
func (b *batch) idle() bool {
	if b.flow.once || b.counts.Read > 0 || b.w.shared && b.w.env.awaited[b.flow.name] && !b.flow.prog.CaughtUp {
		return false
	}
	for _, to := range b.reached {
		if to.lost > 0 {
			return false
		}
	}
	return true
}

// units are those that the batch has read of, in a fixed order.
func (b *batch) units() []*unit {
	all := slices.Collect(maps.Keys(b.reached))
	slices.SortFunc(all, func(x, y *unit) int { return cmp.Compare(x.domain, y.domain) })
	return all
}

// startMessage counts a message's bytes and notes when it came.
func (b *batch) startMessage(r *stream.Record) {
	b.streamed += int64(len(r.Key) + len(r.Value))
	b.arrivals.Note(r.Timestamp, 1)
}

// blame names the source on an error of a stream, and says how to go on.
func (f *flowState) blame(t *topicState, w *worker, err error) error {
	var lost *stream.LostError
	var coded interface{ exitCode() int }
	switch {
	case errors.As(err, &lost):
		return &LostOffsetsError{Flow: f.name, Source: t.in.source(), Reset: w.resets(f), Err: lost}
	case errors.As(err, &coded), errors.Is(err, errDrained), errors.Is(err, delta.ErrConflict), errors.Is(err, delta.ErrUnclear):
		return err
	}
	return &SourceError{Flow: f.name, Source: t.in.source(), Err: err}
}

// tellEvery is how often a consumer group is told where its flow stands.
const tellEvery = time.Second

func (w *worker) tellGroups(ctx context.Context, last bool) {
	for _, f := range w.flows {
		for _, t := range f.topics {
			t.tell(ctx, w, f, last)
		}
	}
}

// tell tells the consumer group, where the spec wants it, that readers stand where the table's commits say.
func (t *topicState) tell(ctx context.Context, w *worker, f *flowState, last bool) {
	_, store := t.in.sharing()
	now := w.env.now()
	if !store || !t.sought || !last && now.Sub(t.told) < tellEvery {
		return
	}
	t.told = now
	var positions []stream.Position
	for _, p := range t.active {
		u := t.units[p]
		positions = append(positions, stream.Position{Partition: p, Next: u.prog.Next, Epoch: u.prog.Epoch})
	}
	group := w.group(f, t)
	s, err := t.in.connect(ctx)
	if err == nil {
		err = s.Store(ctx, group, positions)
	}
	if err != nil {
		w.warn(f.name, "consumer group "+group+" was not told where the flow stands, so that tools show an old lag: "+err.Error())
	}
}
