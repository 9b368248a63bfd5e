package merge_test

import (
	"encoding/binary"
	"testing"

	"github.com/seamflow/seamflow/runtime/merge"
)

// ten parts beside the key, of which every event authors the half.
const benchParts = 11

func benchTable(ignore bool) []merge.Part {
	ps := []merge.Part{{Key: true}}
	for range benchParts - 1 {
		ps = append(ps, merge.Part{Tracked: true, Ignore: ignore})
	}
	return ps
}

// benchEvents are n events of a key, ascending. Every tenth is a delete.
func benchEvents(n int) []merge.Event {
	var events []merge.Event
	for i := range n {
		e := merge.Event{Seq: binary.BigEndian.AppendUint64(nil, uint64(i+1)), Upsert: i%10 != 9, Delete: i%10 == 9}
		if e.Upsert {
			vs := []byte{1}
			for j := range benchParts - 1 {
				vs = append(vs, byte((i+j)%2*(1+i%9)))
			}
			e.Row = parts(vs)
		}
		events = append(events, e)
	}
	return events
}

type folder struct {
	rules    *merge.Rules
	events   []merge.Event
	versions []merge.Version
	reg      merge.Registers
	stored   [2][]byte
}

func newFolder(ignore bool) *folder {
	return &folder{rules: merge.NewRules(benchTable(ignore)), events: benchEvents(1000)}
}

func (f *folder) fold() {
	f.rules.Reset()
	f.versions = f.rules.Fold(f.versions[:0], nil, f.events, nil)
}

func (f *folder) apply() {
	f.rules.Reset()
	f.reg.Reset()
	var row merge.Row
	for i, e := range f.events {
		row = f.rules.Apply(&f.reg, row, e).Row
		stored := &f.stored[i%2] // the registers alias the other one
		*stored = merge.AppendRegisters((*stored)[:0], &f.reg)
		if err := merge.ReadRegisters(*stored, &f.reg); err != nil {
			panic(err)
		}
	}
}

func (f *folder) join() {
	f.rules.Reset()
	e := f.events[0]
	for _, other := range f.events {
		e, _, _ = f.rules.Join(e, other)
	}
}

func TestFoldingAllocatesNothing(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		f := newFolder(ignore)
		for name, run := range map[string]func(){"fold": f.fold, "apply": f.apply, "join": f.join} {
			for range 8 { // until the memory of the rules is large enough
				run()
			}
			if n := testing.AllocsPerRun(10, run); n > 0 {
				t.Errorf("%s, ignoring %v: %v allocations", name, ignore, n)
			}
		}
	}
}

// Benchmarks give the time of an event.
func BenchmarkFold(b *testing.B)         { perEvent(b, false, (*folder).fold) }
func BenchmarkFoldIgnoring(b *testing.B) { perEvent(b, true, (*folder).fold) }
func BenchmarkApply(b *testing.B)        { perEvent(b, true, (*folder).apply) }
func BenchmarkJoin(b *testing.B)         { perEvent(b, false, (*folder).join) }
func BenchmarkJoinIgnoring(b *testing.B) { perEvent(b, true, (*folder).join) }

func perEvent(b *testing.B, ignore bool, run func(*folder)) {
	f := newFolder(ignore)
	b.ReportAllocs()
	for b.Loop() {
		run(f)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(f.events)), "ns/event")
}
