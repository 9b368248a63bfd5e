package flow

import (
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/observe"
)

// stopper cancels a run once it reads, and makes its clock run from then on.
type stopper struct {
	recorder
	stop    context.CancelFunc
	stopped atomic.Bool
	jumps   atomic.Int64
}

func (s *stopper) Progress(observe.Progress) {
	s.stopped.Store(true)
	s.stop()
}

func (s *stopper) now() time.Time {
	if !s.stopped.Load() {
		return time.Now()
	}
	return time.Now().Add(time.Duration(s.jumps.Add(1)) * time.Second)
}

// putPacked writes a gzip file whose packed size says nothing of how much there is to read.
func (w *world) putPacked(name string, records int) {
	w.put(name)
	f, err := os.Create(filepath.Join(w.dir, "in", name))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	for i := range records {
		fmt.Fprintln(z, ev(fmt.Sprint("key", i%100), i, "", "x"))
	}
	if err := z.Close(); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// TestDrainGivesUpAHugePackedFile: a drain takes bounded time, whatever the file at hand unpacks to.
func TestDrainGivesUpAHugePackedFile(t *testing.T) {
	w := newWorld(t)
	w.putPacked("f/1.json.gz", 100_000)
	ctx, stop := context.WithCancel(t.Context())
	watch := &stopper{stop: stop}
	opt := w.options()
	opt.Observer, opt.now = watch, watch.now
	sum, err := spec{live: []string{"f"}}.pipeline().Run(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.counts(sum, "f").Read; n != 0 {
		t.Errorf("%d records were read to the end of the file", n)
	}
	if n := w.counts(w.run(spec{live: []string{"f"}}), "f").Read; n != 100_000 {
		t.Errorf("the next run read %d records", n)
	}
}

// TestReplayThatIsInterrupted leaves everything where it was, and says so.
func TestReplayThatIsInterrupted(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	var lines []string
	for i := range 200 {
		lines = append(lines, ev(fmt.Sprint("k", i), 1, "", "bad"))
	}
	w.put("f/1.json", lines...)
	w.run(s)
	ctx, stop := context.WithCancel(t.Context())
	opt := w.options()
	calls := 0
	opt.now = func() time.Time {
		calls++
		return time.Now().Add(time.Duration(calls) * time.Minute)
	}
	p := projectMended(s)
	tab := p.Tables[0].(*table[row])
	tab.Flows[0].Inputs = []Input[row]{From(s.source("f"), func(e *event, _ *Meta, x *row, ch *merge.Change) (bool, error) {
		stop()
		ch.Key = append(ch.Key, e.ID.V...)
		return true, nil
	})}
	if r, err := p.QuarantineReplay(ctx, opt, ""); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Fatalf("%+v, %v", r, err)
	}
	wantRows(t, w, "t")
	if r, err := projectMended(s).QuarantineReplay(t.Context(), w.options(), ""); err != nil || r[0].Tried != 200 || r[0].Bad != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// TestLargeRecordsBoundTheBuffers: row groups are closed by what they hold, not by how many records came.
func TestLargeRecordsBoundTheBuffers(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 3<<20)
	var lines []string
	for i := range 12 {
		lines = append(lines, ev(fmt.Sprint("k", i), 1, "", long))
	}
	w.put("f/1.json", lines...)
	s := spec{kind: "append", live: []string{"f"}}
	opt := w.options()
	opt.Memory = 64 << 20 // buffers of 8 MiB
	most := 0
	p := s.pipeline()
	tab := p.Tables[0].(*table[row])
	inner := tab.NewRows
	tab.NewRows = func() rowsOf { return &watchedRows{rowsOf: inner(), most: &most} }
	if _, err := p.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if most > 18<<20 {
		t.Errorf("the buffers held %d bytes", most)
	}
}

type rowsOf = column.Rows[row]

// watchedRows are buffers that know how much they held at most.
type watchedRows struct {
	rowsOf
	most *int
}

func (r *watchedRows) Append(x *row) {
	r.rowsOf.Append(x)
	*r.most = max(*r.most, r.Leaves().Bytes())
}
