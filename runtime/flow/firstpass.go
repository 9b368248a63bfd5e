package flow

import (
	"bytes"
	"cmp"
	"context"
	"errors"

	"github.com/seamflow/seamflow/runtime/state"
)

// DefaultBacklog is Options.Backlog when it is 0: less does not outgrow the buffers, which forget what is superseded by
// themselves.
const DefaultBacklog = 64 << 20

// twice reports whether a batch is read twice. Rows that depend on more than the newest record of their key, and rules that
// count or refuse records, want every one.
func (b *batch) twice(picks []pick) bool {
	if b.keyed == nil || b.fold != nil || b.flow.judge != nil || len(b.w.uniques) > 0 || b.keyed.failOn {
		return false
	}
	least := b.w.env.backlog()
	if least < 0 {
		return false
	}
	var bytes int64
	for _, p := range picks {
		if b.flow.folders[p.input].twice(p.file) {
			bytes += p.file.Size
		}
	}
	return bytes >= least
}

// backlog is how many bytes of files are read twice; less than 0 is none.
func (env *environment) backlog() int64 {
	return cmp.Or(env.opt.Backlog, DefaultBacklog)
}

// firstPass is what a batch that is read twice knows of its first pass.
type firstPass struct {
	survivors []*survivors // by pick
	from      int64        // the bytes that the run had read before
	all       int64        // bytes of the batch
	bytes     int64        // that the pass has looked at
	records   int64        // likewise
}

// readTwice reads the files of a batch of which the most is superseded by the batch itself. It is all or nothing: what a
// file's records are superseded by may be in the last of the files.
func (b *batch) readTwice(ctx context.Context, picks []pick) (n int, err error) {
	b.first = &firstPass{from: b.before.bytes, all: sum(picks).bytes}
	switch n, err = b.survey(ctx, picks); {
	case errors.Is(err, errInVain):
		b.first = nil
		return b.readOnce(ctx, picks)
	case err != nil:
		return n, err
	}
	if hook := b.w.env.opt.between; hook != nil {
		hook(b)
	}
	left := b.first.all
	for i, p := range picks {
		left -= p.file.Size
		b.beyond = left
		if i > 0 && ctx.Err() != nil && b.tooFar(left+p.file.Size) {
			return i, errDrained
		}
		if err := b.flow.folders[p.input].read(ctx, p.file, b, b.first.survivors[i]); err != nil {
			return i, err
		}
	}
	return len(picks), nil
}

// survey is the first pass: several goroutines look at the records, this one holds them against each other, in the order of
// files and records, so that nothing depends on which goroutine was first. n is the pick that an error is of.
//
// A record is dropped when another one of its key, valid and taken by the flow, has a greater sequence: in this batch,
// where the second pass will judge it or one that is newer still, or in the table. All others survive.
func (b *batch) survey(ctx context.Context, picks []pick) (n int, err error) {
	s := &survey{b: b, picks: picks, found: make([]*survivors, len(picks))}
	s.newest = state.NewNewest(b.w.env.surveyBytes())
	var c conveyor[glance]
	c.run(s.cut, s.hand, func(g *glance) bool {
		n, err = g.pick, s.take(ctx, g)
		return err == nil
	})
	_ = s.close() // it is open only where the pass was stopped
	b.first.survivors = s.found
	return n, err
}

// errInVain ends a first pass of which nothing is to be had: it is given up where a sixteenth of the batch has shown that
// hardly a record is superseded or left out, as in a first load of a table, where each key comes once.
var errInVain = errors.New("the first pass drops nothing")

const (
	vainShare   = 16
	vainDrops   = 100   // one in so many
	vainRecords = 10000 // fewer tell nothing
)

// inVain is asked after each part.
func (s *survey) inVain() bool {
	f := s.b.first
	if s.told || f.bytes < f.all/vainShare || s.records < vainRecords {
		return false
	}
	s.told = true
	return s.dropped < s.records/vainDrops
}

// partBytes is how long the parts of a file of lines are.
func (env *environment) partBytes() int {
	return cmp.Or(env.opt.partBytes, partBytes)
}

// surveyBytes is what a first pass may remember of keys. It is given back before rows are buffered.
func (env *environment) surveyBytes() int64 {
	if n := env.opt.surveyed; n > 0 {
		return n
	}
	return max(env.memory()/int64(4*min(len(env.pipeline.Tables), cap(env.slots))), 1<<20)
}

type survey struct {
	b     *batch
	picks []pick

	// Of whoever cuts:
	at    int   // the pick at hand
	parts parts // nil before it is opened

	// Of the one that takes:
	found   []*survivors
	begins  []beginning
	records uint64
	dropped uint64
	told    bool // whether the pass is in vain
	newest  *state.Newest
	judged  []state.Judged
	ids     []state.ID // of the keys of a part's offers; none where the index is not asked
}

// beginning is where a pick's records begin among all.
type beginning struct {
	record uint64
	pick   int
}

// glance is a part that is looked at.
type glance struct {
	part
	pick  int
	whole bool // the pick turned out to be one that is read whole
	err   error
}

// hand is what looks at parts in a goroutine of its own.
func (s *survey) hand() func(*glance) {
	scouts := make([]scout, len(s.b.flow.folders))
	return func(g *glance) {
		if g.err != nil || g.whole {
			return
		}
		in := s.picks[g.pick].input
		if scouts[in] == nil {
			scouts[in] = s.b.flow.folders[in].scout()
		}
		g.err = scouts[in].look(&g.part)
	}
}

// cut makes g the next part of the picks, an error, or news of a pick. It is false once nothing is left.
func (s *survey) cut(g *glance) bool {
	g.whole, g.err = false, nil
	g.reset()
	for ; s.at < len(s.picks); s.at++ {
		g.pick = s.at
		ok, err := s.next(g)
		switch {
		case ok:
			return true
		case err == nil:
			continue
		case errors.Is(err, errWhole):
			g.whole = true
			s.at++
		default:
			g.err = err
			s.at = len(s.picks)
		}
		_ = s.close() // what was read of it is not used
		return true
	}
	return false
}

// next makes g the next part of the pick at hand.
func (s *survey) next(g *glance) (bool, error) {
	p := s.picks[s.at]
	in := s.b.flow.folders[p.input]
	if s.parts == nil {
		if !in.twice(p.file) {
			return false, errWhole
		}
		var err error
		if s.parts, err = in.parts(p.file); err != nil {
			return false, err
		}
	}
	ok, err := s.parts.next(&g.part)
	if !ok && err == nil {
		err = s.close()
	}
	return ok, err
}

func (s *survey) close() error {
	if s.parts == nil {
		return nil
	}
	err := s.parts.Close()
	s.parts = nil
	return err
}

// take holds the records of a part against those before it.
func (s *survey) take(ctx context.Context, g *glance) error {
	if g.err != nil {
		return g.err
	}
	f := s.b.first
	if ctx.Err() != nil && s.b.tooFar(f.all-f.bytes) {
		return errDrained
	}
	if g.whole {
		s.found[g.pick] = nil
		return nil
	}
	g.offers.Begin(s.note(g))
	s.judged = s.newest.Offer(&g.offers, s.judged[:0])
	if x := s.b.keyed.index; x.Len() > 0 && !x.Paged() { // else what the table has is not known without reading
		s.ids = x.FindAll(&g.offers, s.ids[:0])
	}
	for i := range s.judged {
		j, at := &s.judged[i], g.offers.Ordinal(i)
		switch j.Verdict {
		case state.Older:
			s.drop(at)
		case state.Newer:
			s.drop(j.Previous)
			s.dropLate(g, i, at)
		case state.First:
			s.dropLate(g, i, at)
		}
	}
	f.bytes, f.records = f.bytes+g.bytes, int64(s.records)
	s.b.tell(f.from+f.bytes/2, f.records)
	if s.inVain() {
		return errInVain
	}
	return nil
}

// note takes down a part with all of its records, but those that are left out, among the survivors. It gives the number of
// the first.
func (s *survey) note(g *glance) (first uint64) {
	k := s.found[g.pick]
	if k == nil {
		k = &survivors{}
		s.found[g.pick] = k
		s.begins = append(s.begins, beginning{s.records, g.pick})
	}
	k.marks = append(k.marks, mark{at: g.at, bytes: g.bytes, records: k.set.Len(), lines: k.lines, hash: g.hash})
	k.lines += g.lines
	for _, kind := range g.kinds {
		k.set.Append(kind != leftOut)
		if kind == leftOut {
			k.filtered++
			s.dropped++
		}
	}
	first = s.records
	s.records += uint64(len(g.kinds))
	return first
}

// drop takes a record from the survivors.
func (s *survey) drop(record uint64) {
	s.dropped++
	i := len(s.begins) - 1
	if s.begins[i].record > record {
		low := 0
		for low+1 < i {
			if middle := (low + i) / 2; s.begins[middle].record > record {
				i = middle
			} else {
				low = middle
			}
		}
		i = low
	}
	if k := s.found[s.begins[i].pick]; k != nil { // else it is read whole
		k.set.Clear(int(record - s.begins[i].record))
	}
}

// dropLate drops an offer that comes too late for what the table has, as far as that was looked up.
func (s *survey) dropLate(g *glance, i int, record uint64) {
	if i >= len(s.ids) || s.ids[i] == 0 {
		return
	}
	_, seq := g.offers.At(i)
	if e := s.b.keyed.index.Get(s.ids[i]); (e.HasRow || e.Tombstone) && bytes.Compare(seq, e.Seq) < 0 {
		s.drop(record)
		if !s.b.keyed.mine(&e) { // else it is of the streams that the batch has read before
			s.found[g.pick].late++
		}
	}
}
