package flow

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// instance is a run in this process that shares its tables with others.
type instance struct {
	log  recorder
	stop context.CancelFunc
	done chan error
}

func (w *world) share(s piped, fsys vfs.FS) *instance {
	in := &instance{done: make(chan error, 1)}
	ctx, stop := context.WithCancel(contextOf(w))
	in.stop = stop
	opt := w.options()
	opt.AvailableNow, opt.Shared, opt.Observer = false, true, &in.log
	if fsys != nil {
		opt.FS = fsys
	}
	go func() { _, err := s.pipeline().Run(ctx, opt); in.done <- err }()
	return in
}

func (in *instance) end(t *testing.T) {
	t.Helper()
	in.stop()
	if err := <-in.done; err != nil {
		t.Errorf("an instance ended with %v", err)
	}
}

// feed puts records into all partitions until it is told to stop, and gives the rows that they are to become.
func feed(topic *fakeTopic, bad bool) (stop func() []string) {
	quit, rows := make(chan struct{}), make(chan []string, 1)
	go func() {
		var want []string
		for i := 0; ; i++ {
			select {
			case <-quit:
				rows <- want
				return
			case <-time.After(time.Millisecond):
			}
			p := i % len(topic.partitions)
			id := fmt.Sprintf("p%d-%06d", p, i)
			topic.put(p, ev(id, i, "", "x"))
			want = append(want, fmt.Sprintf("%s %d x", id, i))
			if bad && i%10 == 0 {
				topic.put(p, `{"id":`)
			}
		}
	}()
	return func() []string { close(quit); w := <-rows; slices.Sort(w); return w }
}

func sharedWorld(t *testing.T, partitions int) (*world, *fakeTopic, spec) {
	w, topic := newWorld(t), newFakeTopic(partitions)
	topic.group = newFakeGroup(partitions)
	return w, topic, spec{kind: "append", live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
}

func wantSame(t *testing.T, got, want []string) {
	t.Helper()
	seen := map[string]int{}
	for _, row := range got {
		seen[row]++
	}
	lost, twice := 0, 0
	for _, row := range want {
		switch n := seen[row]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	if lost+twice > 0 || len(got) != len(want) {
		t.Fatalf("%d rows of %d: %d lost, %d twice", len(got), len(want), lost, twice)
	}
}

func TestInstancesShareATopic(t *testing.T) {
	w, topic, s := sharedWorld(t, 5)
	stopFeed := feed(topic, true)
	all := []*instance{w.share(s, nil)}
	soon(t, "the first one writes", func() bool { return all[0].log.has("starts at offset 0") })
	all = append(all, w.share(s, nil), w.share(s, nil))
	time.Sleep(time.Second)
	if sum, err := s.pipeline().Status(t.Context(), w.options()); err != nil || len(sum.Tables[0].Owners) != 3 {
		t.Errorf("status tells of %v, %v: want three owners", sum, err)
	}
	all[0].end(t) // the one that leads
	soon(t, "another one leads", func() bool { return all[1].log.has("leads those") || all[2].log.has("leads those") })
	all = append(all, w.share(s, nil))
	time.Sleep(500 * time.Millisecond)
	want := stopFeed()
	soon(t, "all rows are there", func() bool { return len(w.rows("t")) >= len(want) })
	for _, in := range all[1:] {
		in.end(t)
	}
	wantSame(t, w.rows("t"), want)
	bad := 0
	if err := s.pipeline().QuarantineList(t.Context(), w.options(), "t", func(*Rejected) { bad++ }); err != nil {
		t.Fatal(err)
	}
	if n := (len(want) + 9) / 10; bad != n {
		t.Errorf("%d records are set aside, want %d", bad, n)
	}
	if got := w.run(s).Tables[0].Flows[0].Total.Quarantined; got != int64(bad) {
		t.Errorf("the units say that %d were set aside, and %d were", got, bad)
	}
}

// TestInstanceOfAnotherSpecWaits: the table is shared by those that build it by one contract.
func TestInstanceOfAnotherSpecWaits(t *testing.T) {
	w, topic, s := sharedWorld(t, 2)
	topic.put(0, ev("a", 1, "", "x"))
	first := w.share(s, nil)
	soon(t, "the first row", func() bool { return len(w.there("t")) == 1 })
	next := s
	next.live = []string{"f", "g"}
	opt := w.options()
	opt.AvailableNow, opt.Shared = false, true
	_, err := next.pipeline().Run(t.Context(), opt)
	var owned *delta.OwnedError
	if !errors.As(err, &owned) || ExitCode(err) != ExitEnvironment {
		t.Fatalf("got %v: want that the table is owned", err)
	}
	opt.Wait = time.Minute
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := next.pipeline().Run(ctx, opt); done <- err }()
	soon(t, "the next one waits", func() bool { return w.log.has("waiting up to 1m0s: process") })
	w.put("g/1.json", ev("b", 1, "", "x"))
	first.end(t)
	soon(t, "the next one goes on", func() bool { return len(w.rows("t")) == 2 })
	third := w.share(next, nil)
	soon(t, "a third one shares", func() bool { return len(delta.Owners(w.fs, filepath.Join(w.dir, "tables", "t"))) == 2 })
	third.end(t)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// gate is a file system on which, once it is closed, a version is put into the log only when it is opened again.
type gate struct {
	vfs.FS
	mu      sync.Mutex
	closed  bool
	held    chan struct{} // closed when a version waits
	opened  chan struct{}
	logPart string
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.held, g.opened = true, make(chan struct{}), make(chan struct{})
}

func (g *gate) Link(from, to string) error {
	g.mu.Lock()
	closed := g.closed && strings.Contains(to, g.logPart)
	g.closed = g.closed && !closed
	held, opened := g.held, g.opened
	g.mu.Unlock()
	if closed {
		close(held)
		<-opened
	}
	return g.FS.Link(from, to)
}

// TestCommitOfALostPartitionIsNotMade: a process stands still between writing a commit and putting it into the log, and its
// partitions are given to another one meanwhile.
func TestCommitOfALostPartitionIsNotMade(t *testing.T) {
	w, topic, s := sharedWorld(t, 2)
	topic.put(0, ev("a", 1, "", "x"))
	g := &gate{FS: w.fs, logPart: "_delta_log"}
	still := w.share(s, g)
	soon(t, "the first row", func() bool { return len(w.there("t")) == 1 })
	g.shut()
	topic.put(0, ev("b", 1, "", "x"), `{"id":`)
	<-g.held
	tell := topic.group.expel(topic.group.members[0])
	other := w.share(s, nil)
	soon(t, "the other one has the partition", func() bool { return len(w.rows("t")) == 2 })
	close(g.opened)
	soon(t, "the commit is refused", func() bool { return still.log.has("will be tried again") })
	topic.put(0, ev("c", 1, "", "x"))
	topic.put(1, ev("d", 1, "", "x"))
	soon(t, "the other one goes on", func() bool { return len(w.rows("t")) == 4 })
	time.Sleep(300 * time.Millisecond) // the one that was expelled does not take the partition back
	if n := other.log.count("will be tried again"); n > 0 {
		t.Errorf("the owner of the partitions was disturbed %d times", n)
	}
	tell()
	topic.put(0, ev("e", 1, "", "x"))
	topic.put(1, ev("f", 1, "", "x"))
	soon(t, "both go on", func() bool { return len(w.rows("t")) == 6 })
	still.end(t)
	other.end(t)
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x", "d 1 x", "e 1 x", "f 1 x")
	bad := 0
	if err := s.pipeline().QuarantineList(t.Context(), w.options(), "t", func(*Rejected) { bad++ }); err != nil || bad != 1 {
		t.Errorf("%d records are set aside, want 1: %v", bad, err)
	}
}

// TestWhatALostPartitionSetAsideIsKept: a process stands still after its commit has named a bad record, before the record is
// in the quarantine. Whoever gets the partition puts it there, and that both do changes nothing.
func TestWhatALostPartitionSetAsideIsKept(t *testing.T) {
	w, topic, s := sharedWorld(t, 2)
	topic.put(0, ev("a", 1, "", "x"), `{"id":`)
	g := &gate{FS: w.fs, logPart: "t__quarantine/_delta_log"}
	listed := func() (n int) {
		if err := s.pipeline().QuarantineList(t.Context(), w.options(), "t", func(*Rejected) { n++ }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	still := w.share(s, g)
	soon(t, "the first one is set aside", func() bool { return listed() == 1 })
	other := w.share(s, nil)
	soon(t, "each has a partition", func() bool { return len(topic.group.dealtTo()) == 2 })
	g.shut()
	topic.put(0, ev("b", 1, "", "x"), `[`)
	<-g.held
	if n := listed(); n != 1 {
		t.Fatalf("%d records are set aside: the second one was to wait", n)
	}
	tell := topic.group.expel(topic.group.members[0])
	soon(t, "the other one sets it aside", func() bool { return listed() == 2 })
	close(g.opened)
	tell()
	topic.put(0, ev("c", 1, "", "x"), `{`)
	topic.put(1, ev("d", 1, "", "x"), `{`)
	soon(t, "both go on", func() bool { return len(w.rows("t")) == 4 && listed() == 4 })
	still.end(t)
	other.end(t)
	if n := listed(); n != 4 {
		t.Errorf("%d records are set aside, want 4", n)
	}
}

// TestSharedBesideATableOfOne: an instance shares what can be shared, and stands by for the rest.
func TestSharedBesideATableOfOne(t *testing.T) {
	w, topic, s := sharedWorld(t, 2)
	keyed := spec{table: "k", live: []string{"g"}}
	both := pair{s, keyed}
	w.put("g/1.json", ev("a", 1, "", "old"))
	first := w.share(both, nil)
	soon(t, "the first one writes", func() bool { return len(w.there("k")) == 1 })
	second := w.share(both, nil)
	soon(t, "the second one follows", func() bool { return second.log.has("the key index of version") })
	topic.put(0, ev("p0", 1, "", "x"))
	topic.put(1, ev("p1", 1, "", "x"))
	soon(t, "both share the topic", func() bool { return len(w.there("t")) == 2 && len(topic.group.dealtTo()) == 2 })
	first.end(t)
	w.put("g/2.json", ev("a", 2, "", "new"))
	soon(t, "the second one takes the table over", func() bool { return slices.Equal(w.rows("k"), []string{"a 2 new"}) })
	topic.put(0, ev("p2", 1, "", "x"))
	soon(t, "and all of the topic", func() bool { return len(w.there("t")) == 3 })
	second.end(t)
}

// pair is a pipeline of two tables.
type pair struct{ a, b spec }

func (p pair) pipeline() Pipeline {
	out := p.a.pipeline()
	out.Tables = append(out.Tables, p.b.runner())
	return out
}

// TestFilesAreReadByTheOneThatLeads: flows over files are read once, and what depends on them waits in all instances.
func TestFilesAreReadByTheOneThatLeads(t *testing.T) {
	w, topic, s := sharedWorld(t, 2)
	s.live, s.once = []string{"f", "g"}, []string{"h"}
	s.dependsOn = map[string][]string{"f": {"g", "h"}}
	var want []string
	for i := range 20 {
		w.put(fmt.Sprintf("g/%d.json", i), ev(fmt.Sprintf("g%02d", i), 1, "", "x"))
		w.put(fmt.Sprintf("h/%d.json", i), ev(fmt.Sprintf("h%02d", i), 1, "", "x"))
		want = append(want, fmt.Sprintf("g%02d 1 x", i), fmt.Sprintf("h%02d 1 x", i))
	}
	topic.put(0, ev("k0", 1, "", "x"))
	topic.put(1, ev("k1", 1, "", "x"))
	want = append(want, "k0 1 x", "k1 1 x")
	s.once = append(s.once, "o") // over a topic: it is not dealt out
	old := newFakeTopic(2)
	s.topics["o"] = old
	old.put(0, ev("o0", 1, "", "x"))
	old.put(1, ev("o1", 1, "", "x"))
	want = append(want, "o0 1 x", "o1 1 x")
	a, b := w.share(s, nil), w.share(s, nil)
	soon(t, "all rows are there", func() bool { return len(w.there("t")) >= len(want) })
	a.end(t)
	b.end(t)
	wantSame(t, w.rows("t"), want)
	if n := a.log.count("leads those") + b.log.count("leads those"); n != 1 {
		t.Errorf("%d instances led", n)
	}
}

func (r *recorder) count(part string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.events {
		if strings.Contains(m, part) {
			n++
		}
	}
	return n
}

// there is rows of a table that need not be there yet.
func (w *world) there(table string) []string {
	if _, err := delta.Open(contextOf(w), w.fs, filepath.Join(w.dir, "tables", table)); err != nil {
		return nil
	}
	return w.rows(table)
}
