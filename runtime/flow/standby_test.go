package flow

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// reading is a file system that lists what is changed by way of it, but for locks.
type reading struct {
	vfs.FS
	mu      sync.Mutex
	changed []string
}

func (r *reading) note(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = append(r.changed, name)
}

func (r *reading) changes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.changed)
}

func (r *reading) Create(name string) (vfs.File, error) { r.note(name); return r.FS.Create(name) }
func (r *reading) Link(from, to string) error           { r.note(to); return r.FS.Link(from, to) }
func (r *reading) Rename(from, to string) error         { r.note(to); return r.FS.Rename(from, to) }
func (r *reading) Remove(name string) error             { r.note(name); return r.FS.Remove(name) }

// TestStandbyTakesOver: it has the index that the owner had, over commits that change, delete and move rows, and writes
// nothing before the table is its own.
func TestStandbyTakesOver(t *testing.T) {
	for _, kind := range []string{"row", "slim"} {
		t.Run(kind, func(t *testing.T) {
			w, topic := newWorld(t), newFakeTopic(1)
			s := spec{kind: kind, live: []string{"f"}, topics: map[string]*fakeTopic{"f": topic}}
			run := func(standby bool, fsys vfs.FS) *instance {
				in := &instance{done: make(chan error, 1)}
				ctx, stop := context.WithCancel(t.Context())
				in.stop = stop
				opt := w.options()
				opt.AvailableNow, opt.Standby, opt.Observer, opt.FS = false, standby, &in.log, fsys
				go func() { _, err := s.pipeline().Run(ctx, opt); in.done <- err }()
				return in
			}
			for i := range 100 {
				topic.put(0, ev(fmt.Sprint("k", i), 1, "", "old"))
			}
			owner := run(false, w.fs)
			soon(t, "the first rows", func() bool { return w.live(t.Context()) == 100 })
			fsys := &reading{FS: w.fs}
			standby := run(true, fsys)
			soon(t, "the standby follows", func() bool { return standby.log.has("the key index of version") })
			for i := range 30 {
				topic.put(0, ev(fmt.Sprint("k", i), 3, "", "new"), ev(fmt.Sprint("k", 99-i), 3, "d", ""))
				time.Sleep(2 * time.Millisecond)
			}
			soon(t, "they are replaced", func() bool { return w.live(t.Context()) == 70 })
			time.Sleep(100 * time.Millisecond)
			if changed := fsys.changes(); len(changed) > 0 {
				t.Errorf("the standby has changed %v", changed)
			}
			owner.end(t)
			topic.put(0, ev("k0", 2, "", "late"), ev("k99", 2, "", "late"), ev("k1", 4, "", "newer"), ev("k98", 4, "", "again"), ev("k50", 2, "", "x"))
			soon(t, "the standby goes on", func() bool { return w.live(t.Context()) == 71 })
			standby.end(t)
			if standby.log.has("is built from the table") || !standby.log.has("took the table over") {
				t.Errorf("the index was not at hand: %v", standby.log.events)
			}
			rows := w.rows("t")
			_ = os.RemoveAll(w.dir + "/tables")
			if err := os.RemoveAll(w.stateDir()); err != nil {
				t.Fatal(err)
			}
			w.run(s)
			if again := w.rows("t"); !slices.Equal(rows, again) {
				t.Errorf("the table holds\n%v\nand read again\n%v", rows, again)
			}
		})
	}
}

// TestStandbyFollowsAReset and what it finds when it takes over.
func TestStandbyFollowsAReset(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "", "x"))
	w.run(s)
	lock, err := w.lockTable(t)
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{done: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	in.stop = stop
	opt := w.options()
	opt.AvailableNow, opt.Standby, opt.Observer = false, true, &in.log
	go func() { _, err := s.pipeline().Run(ctx, opt); in.done <- err }()
	soon(t, "the standby follows", func() bool { return in.log.has("the key index of version") })
	if err := os.RemoveAll(w.dir + "/tables/t/_delta_log"); err != nil { // the owner makes the table anew
		t.Fatal(err)
	}
	for _, name := range w.dataFiles(t) {
		_ = os.Remove(name)
	}
	w.put("f/2.json", ev("c", 1, "", "x"))
	lock.Close()
	soon(t, "the standby makes what is missing", func() bool { return w.live(t.Context()) == 3 })
	in.end(t)
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x")
}

// TestWaitingEndsWithASignal: a process that waits for a table ends well, and has changed nothing.
func TestWaitingEndsWithASignal(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	lock, err := w.lockTable(t)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, stop)
	opt := w.options()
	opt.AvailableNow, opt.Standby = false, true
	if sum, err := s.pipeline().Run(ctx, opt); err != nil || sum.Tables[0].Commits != 0 {
		t.Fatalf("%v, %+v", err, sum)
	}
}

// takeoverKeys is how many keys the table has whose owner is killed; more are for who wants to know.
func takeoverKeys() int {
	if n, err := strconv.Atoi(os.Getenv("FLOW_TAKEOVER_KEYS")); err == nil {
		return n
	}
	return 20_000
}

// TestTakeoverAfterKill: the owner is killed while it works, and the time is taken until the next one's first commit: that
// of a standby, of a process that is started then, and of one that has no snapshot of the key index either.
func TestTakeoverAfterKill(t *testing.T) {
	w, keys := newWorld(t), takeoverKeys()
	for at := 0; at < keys; at += 50_000 {
		var lines []string
		for i := at; i < min(at+50_000, keys); i++ {
			lines = append(lines, ev(fmt.Sprintf("key-%08d", i), 1, "", "x"))
		}
		w.put(fmt.Sprintf("f/0-%08d.json", at), lines...)
	}
	w.run(spec{live: []string{"f"}})
	quit, fed := make(chan struct{}), make(chan int, 1)
	go func() { // a load that never pauses
		for n := 0; ; n++ {
			select {
			case <-quit:
				fed <- n
				return
			case <-time.After(20 * time.Millisecond):
			}
			var lines []string
			for i := range 100 {
				lines = append(lines, ev(fmt.Sprintf("key-%08d", (n*100+i)*7919%keys), n+2, "", "y"))
			}
			w.put(fmt.Sprintf("f/1-%08d.json", n), lines...)
		}
	}()
	takeover := func(what string, before, after func() *child) *child {
		owner := before()
		time.Sleep(300 * time.Millisecond)
		began := time.Now()
		owner.kill()
		v := w.newest()
		next := after()
		w.nextVersion(t, v)
		took := time.Since(began)
		t.Logf("%d keys, %s: the next commit came %v after the kill", keys, what, took.Round(time.Millisecond))
		if what == "warm" && took > 5*time.Second {
			t.Errorf("a standby took over after %v", took)
		}
		return next
	}
	standby := func() *child {
		c := w.child(t, "", "standby", "")
		soon(t, "the standby follows", func() bool { return c.has("the key index of version") })
		return c
	}
	at := w.newest()
	owner := w.child(t, "", "", "")
	w.nextVersion(t, at)
	second := standby()
	time.Sleep(500 * time.Millisecond)
	gap := w.watchGaps()
	owner.end(t)
	w.nextVersion(t, w.newest())
	t.Logf("%d keys, the owner drained after SIGTERM: no commit for %v", keys, gap().Round(time.Millisecond))
	third := standby()
	takeover("warm", func() *child { return second }, func() *child { return third })
	next := takeover("started then", func() *child { return third }, func() *child { return w.child(t, "", "", "") })
	last := takeover("started then, without a snapshot", func() *child { return next }, func() *child {
		if err := os.RemoveAll(w.stateDir()); err != nil {
			t.Fatal(err)
		}
		return w.child(t, "", "", "")
	})
	close(quit)
	n := <-fed
	last.end(t)
	w.run(spec{live: []string{"f"}})
	rows := w.rows("t")
	if len(rows) != keys {
		t.Fatalf("%d rows, want %d", len(rows), keys)
	}
	newest := make([]int, keys)
	for i := range n * 100 {
		newest[i*7919%keys] = i/100 + 2
	}
	for i, row := range rows {
		want := fmt.Sprintf("key-%08d %d y", i, newest[i])
		if newest[i] == 0 {
			want = fmt.Sprintf("key-%08d 1 x", i)
		}
		if row != want {
			t.Fatalf("row %q, want %q", row, want)
		}
	}
}
