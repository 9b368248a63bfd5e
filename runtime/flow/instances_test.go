package flow

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/runtime/delta"
)

const sharedPartitions = 8

// startBroker gives the address of a broker with the topic events: kfake's, or Apache Kafka's own with FLOW_TEST_BROKER=real.
func startBroker(t *testing.T) string {
	t.Helper()
	if os.Getenv("FLOW_TEST_BROKER") != "real" {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(sharedPartitions, "events"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c.ListenAddrs()[0]
	}
	return startKafka(t)
}

// startKafka gives the address of Apache Kafka's own broker. In kfake a group may wait for half a minute for a member that
// left while it was joining; the broker's groups do not.
func startKafka(t *testing.T) string {
	t.Helper()
	b, err := broker.Start(t.Context(), broker.Options{Properties: map[string]string{"group.initial.rebalance.delay.ms": "3000"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Stop() })
	if err := b.CreateTopic(t.Context(), "events", sharedPartitions); err != nil {
		t.Fatal(err)
	}
	return b.Addr()
}

// load is a producer of records whose key says which offset of which partition they have. One in a hundred is no record.
type load struct {
	client *kgo.Client
	next   [sharedPartitions]int64
	good   []string // rows
	bad    atomic.Int64
	quit   chan struct{}
	done   chan error
}

func startLoad(t *testing.T, addr string, every time.Duration) *load {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic("events"))
	if err != nil {
		t.Fatal(err)
	}
	l := &load{client: client, quit: make(chan struct{}), done: make(chan error, 1)}
	go func() {
		for {
			select {
			case <-l.quit:
				l.done <- nil
				return
			case <-time.After(every):
			}
			if err := l.put(50); err != nil {
				l.done <- err
				return
			}
		}
	}()
	return l
}

func (l *load) put(n int) error {
	var records []*kgo.Record
	for range n {
		p := int32(rand.IntN(sharedPartitions))
		id := fmt.Sprintf("%d-%07d", p, l.next[p])
		r := &kgo.Record{Partition: p, Value: []byte(ev(id, int(l.next[p]), "", "x"))}
		if rand.IntN(100) == 0 {
			r.Value = r.Value[:10]
			l.bad.Add(1)
		} else {
			l.good = append(l.good, fmt.Sprintf("%s %d x", id, l.next[p]))
		}
		l.next[p]++
		records = append(records, r)
	}
	return l.client.ProduceSync(context.Background(), records...).FirstErr()
}

// stop gives the rows that there must be.
func (l *load) stop(t *testing.T) []string {
	t.Helper()
	close(l.quit)
	if err := <-l.done; err != nil {
		t.Fatal(err)
	}
	l.client.Close()
	slices.Sort(l.good)
	return l.good
}

// positions are how far the flow is, by partition, and by whom.
func (w *world) positions(t *testing.T) (next map[int32]int64) {
	next = map[int32]int64{}
	table, err := delta.Open(t.Context(), w.fs, filepath.Join(w.dir, "tables", "t"))
	if err != nil {
		return next
	}
	all, err := Standings(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, p := range s.Partitions {
			next[p.Position.Partition] = p.Next
		}
	}
	return next
}

// allMove is how long it takes until every partition has moved on.
func (w *world) allMove(t *testing.T, since map[int32]int64) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		moved := 0
		for p, next := range w.positions(t) {
			if next > since[p] {
				moved++
			}
		}
		if moved == sharedPartitions {
			return time.Since(began)
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%d of %d partitions move", moved, sharedPartitions)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestInstancesUnderLoad: instances join, leave, are killed, and are stopped for longer than their group waits for them,
// while records never pause. Each record is in the table, or set aside, once.
func TestInstancesUnderLoad(t *testing.T) {
	for _, n := range []int{2, 4} {
		t.Run(strconv.Itoa(n), func(t *testing.T) { instancesUnderLoad(t, n) })
	}
}

func instancesUnderLoad(t *testing.T, n int) {
	w := newWorld(t)
	addr := startKafka(t)
	l := startLoad(t, addr, 10*time.Millisecond)
	var all, still []*child
	join := func() { all = append(all, w.child(t, "append", "shared", addr)) }
	for range n {
		join()
	}
	w.allMove(t, map[int32]int64{})
	worst := map[string]time.Duration{}
	events := 4
	if more, err := strconv.Atoi(os.Getenv("FLOW_INSTANCE_EVENTS")); err == nil {
		events = more
	}
	kinds := []string{"kill", "stop", "leave", "join"}
	for i := range events {
		kind := kinds[i%len(kinds)]
		victim := rand.IntN(len(all))
		c := all[victim]
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		switch kind {
		case "kill":
			c.kill()
			all = slices.Delete(all, victim, victim+1)
		case "stop":
			c.signal(syscall.SIGSTOP)
			all = slices.Delete(all, victim, victim+1)
			still = append(still, c)
		case "leave":
			c.end(t)
			all = slices.Delete(all, victim, victim+1)
		}
		for len(all) < n {
			join()
		}
		if kind == "join" {
			join()
		}
		worst[kind] = max(worst[kind], w.allMove(t, w.positions(t)))
		for _, c := range still { // it wakes up with what it had, which is others' by now
			c.signal(syscall.SIGCONT)
			all = append(all, c)
		}
		still = nil
		for len(all) > n+1 {
			all[0].end(t)
			all = all[1:]
		}
	}
	want := l.stop(t)
	t.Logf("%d instances, %d records, %d events; all partitions moved on at most %v after a kill, %v after a stop, %v after a leave, %v after a join",
		n, len(want)+int(l.bad.Load()), events, worst["kill"].Round(time.Millisecond), worst["stop"].Round(time.Millisecond), worst["leave"].Round(time.Millisecond), worst["join"].Round(time.Millisecond))
	soon(t, "all rows are there", func() bool { return w.live(t.Context()) >= int64(len(want)) })
	for _, c := range all {
		c.end(t)
	}
	wantSame(t, w.rows("t"), want)
	at, bad := map[string]bool{}, 0
	err := spec{kind: "append", live: []string{"f"}}.pipeline().QuarantineList(t.Context(), w.options(), "t", func(r *Rejected) {
		at[r.Place()] = true
		bad++
	})
	if err != nil || bad != int(l.bad.Load()) || len(at) != bad {
		t.Errorf("%d records of %d places are set aside, want %d: %v", bad, len(at), l.bad.Load(), err)
	}
	if most := max(worst["kill"], worst["leave"]); most > 5*time.Second {
		t.Errorf("a partition stood still for %v", most)
	}
}

// TestStoppedWhileItHoldsACommit: an instance is stopped between writing a commit and putting it into the log, for longer
// than its session. When it goes on, others have read what the commit holds: it must not be made.
func TestStoppedWhileItHoldsACommit(t *testing.T) {
	w := newWorld(t)
	addr := startBroker(t)
	l := startLoad(t, addr, 10*time.Millisecond)
	still := w.child(t, "append", "shared holding", addr)
	w.allMove(t, map[int32]int64{})
	other := w.child(t, "append", "shared", addr)
	soon(t, "both have partitions", func() bool { return other.has("commit ") })
	hold := filepath.Join(w.dir, "hold")
	if err := os.WriteFile(hold, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	soon(t, "it holds a commit", func() bool { return still.has("holds a commit") })
	still.signal(syscall.SIGSTOP)
	if err := os.Remove(hold); err != nil {
		t.Fatal(err)
	}
	took := w.allMove(t, w.positions(t))
	still.signal(syscall.SIGCONT)
	soon(t, "its commit is refused", func() bool { return still.has("will be tried again") })
	time.Sleep(time.Second)
	want := l.stop(t)
	t.Logf("%d records; others had its partitions after %v", len(want)+int(l.bad.Load()), took.Round(time.Millisecond))
	soon(t, "all rows are there", func() bool { return w.live(t.Context()) >= int64(len(want)) })
	still.end(t)
	other.end(t)
	wantSame(t, w.rows("t"), want)
}

// TestHandOver: a process that was built from another spec waits, the old one drains, and the new one goes on.
func TestHandOver(t *testing.T) {
	for _, mode := range []string{"", "shared "} {
		t.Run("mode_"+mode, func(t *testing.T) {
			w := newWorld(t)
			addr := startBroker(t)
			l := startLoad(t, addr, 10*time.Millisecond)
			w.put("g/1.json", ev("file", 1, "", "x")) // of a flow that only the next one has
			old := w.child(t, "append", mode, addr)
			w.allMove(t, map[int32]int64{})
			next := w.child(t, "append", mode+"next", addr)
			soon(t, "the next one waits", func() bool { return next.has("waiting up to 1m0s: process") })
			time.Sleep(300 * time.Millisecond)
			gap := w.watchGaps()
			old.end(t)
			w.allMove(t, w.positions(t))
			took := gap()
			want := append(l.stop(t), "file 1 x")
			t.Logf("%d records; no commit for %v", len(want)+int(l.bad.Load()), took.Round(time.Millisecond))
			if mode == "" && took > 2*time.Second {
				t.Errorf("no commit for %v", took)
			}
			soon(t, "all rows are there", func() bool { return w.live(t.Context()) >= int64(len(want)) })
			next.end(t)
			wantSame(t, w.rows("t"), want)
		})
	}
}
