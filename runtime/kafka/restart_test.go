package kafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/runtime/stream"
)

// TestRealRestarts lets the broker go away under load, by turns with and without notice; SEAMFLOW_RESTARTS=20 says how often.
func TestRealRestarts(t *testing.T) {
	const partitions = 3
	restarts := 2
	if n, err := strconv.Atoi(os.Getenv("SEAMFLOW_RESTARTS")); err == nil {
		restarts = n
	}
	b, err := broker.Start(t.Context(), broker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := b.CreateTopic(t.Context(), topicName, partitions); err != nil {
		t.Fatal(err)
	}
	s := open(t, spec(b.At), options(&said{}))
	seek(t, s)
	load := startLoad(t, b.At, partitions)
	next := [partitions]int64{}
	read, done := atomic.Int64{}, make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { done <- inOrder(ctx, s, next[:], &read) }()
	back := time.Duration(0)
	for i := range restarts {
		if err := b.Restart(t.Context(), i%2 == 0); err != nil {
			t.Fatal(err)
		}
		before := read.Load()
		back = max(back, within(t, 30*time.Second, "records after a restart", func() bool { return read.Load() > before }))
	}
	total := load.stop(t)
	within(t, 30*time.Second, "all records", func() bool { return read.Load() >= total })
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d restarts, %d records produced, %d read, each offset once; reading went on within %s of the broker's being back", restarts, total, read.Load(), back)
	if read.Load() != total {
		t.Errorf("%d records were produced and %d were read", total, read.Load())
	}
}

// inOrder reads until ctx is done; every offset must come once, in order.
func inOrder(ctx context.Context, s stream.Stream, next []int64, read *atomic.Int64) error {
	for ctx.Err() == nil {
		batches, err := s.Poll(ctx, 1<<20)
		if err != nil {
			return err
		}
		for _, b := range batches {
			for _, r := range b.Records {
				if r.Offset != next[b.Partition] {
					return fmt.Errorf("partition %d: offset %d where %d was next", b.Partition, r.Offset, next[b.Partition])
				}
				next[b.Partition]++
			}
			if b.After.Next != next[b.Partition] {
				return fmt.Errorf("partition %d: after the batch %d, its records end before %d", b.Partition, b.After.Next, next[b.Partition])
			}
			read.Add(int64(len(b.Records)))
		}
	}
	return nil
}

// load is records that are produced until it is stopped.
type load struct {
	client *kgo.Client
	quit   chan struct{}
	done   chan error
	sent   int64
}

func startLoad(t *testing.T, at broker.At, partitions int32) *load {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(at.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(1000))
	if err != nil {
		t.Fatal(err)
	}
	l := &load{client: client, quit: make(chan struct{}), done: make(chan error, 1)}
	go func() {
		defer close(l.done)
		for {
			select {
			case <-l.quit:
				return
			case <-time.After(time.Millisecond):
			}
			l.client.Produce(context.Background(), records(int32(l.sent)%partitions, fmt.Sprint(l.sent))[0], func(_ *kgo.Record, err error) {
				if err != nil {
					select {
					case l.done <- err:
					default:
					}
				}
			})
			l.sent++
		}
	}()
	return l
}

// stop waits until all is stored, and says how much that is.
func (l *load) stop(t *testing.T) int64 {
	t.Helper()
	close(l.quit)
	for err := range l.done {
		t.Fatal(err)
	}
	if err := l.client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.client.Close()
	return l.sent
}

// A run without an end says that nobody answers, waits, and goes on; one with an end fails after the timeout.
func TestServersThatAreSilent(t *testing.T) {
	p, at := proxied(t, 1)
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	bounded := spec(at)
	bounded.Timeout = 2 * time.Second
	o := options(&said{})
	o.Bounded = true
	ends := open(t, bounded, o)
	seek(t, ends)
	p.Cut()
	began := time.Now()
	var surroundings *stream.Unavailable
	_, err := ends.Poll(t.Context(), 1<<20)
	if d := time.Since(began); !errors.As(err, &surroundings) || d < time.Second || d > 5*time.Second {
		t.Errorf("a run that ends: %v after %s", err, d)
	}
	p.Heal()
	produce(t, at, records(0, "late")...)
	if got := read(t, s, stream.Bounds{End: 1}).values[0]; !slices.Equal(got, []string{"late"}) {
		t.Errorf("read %v", got)
	}
}

// Partitions that change their servers while they are read lose and repeat nothing.
func TestLeadersChange(t *testing.T) {
	const partitions = 6
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(partitions, topicName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	at := broker.At(c.ListenAddrs()[0])
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	load := startLoad(t, at, partitions)
	var next [partitions]int64
	read, done := atomic.Int64{}, make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { done <- inOrder(ctx, s, next[:], &read) }()
	for range 20 {
		c.ShufflePartitionLeaders()
		before := read.Load()
		within(t, 10*time.Second, "records after a change", func() bool { return read.Load() > before+partitions })
	}
	total := load.stop(t)
	within(t, 10*time.Second, "all records", func() bool { return read.Load() >= total })
	stop()
	if err := <-done; err != nil || read.Load() != total {
		t.Errorf("%d of %d records were read: %v", read.Load(), total, err)
	}
}
