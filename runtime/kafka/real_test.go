package kafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/runtime/stream"
)

// memberOf makes this test's program a member of a group and nothing else: brokers, topic and group, in this order.
const memberOf = "SEAMFLOW_TEST_MEMBER"

func TestMain(m *testing.M) {
	if of := strings.Fields(os.Getenv(memberOf)); len(of) == 3 {
		beMember(of[0], of[1], of[2])
		return
	}
	code := m.Run()
	if theBroker != nil {
		if err := theBroker.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var (
	theBroker *broker.Broker
	startOnce = sync.OnceValue(func() (err error) {
		theBroker, err = broker.Start(context.Background(), broker.Options{SASL: true, TLS: true, Properties: map[string]string{"group.min.session.timeout.ms": "3000"}})
		return err
	})
)

// real is Apache Kafka's own broker, one for all tests, with the topic of this test.
func real(t *testing.T, partitions int, configs ...string) (*broker.Broker, Spec) {
	t.Helper()
	if err := startOnce(); err != nil {
		t.Fatal(err)
	}
	topic := strings.ReplaceAll(t.Name(), "/", ".")
	if err := theBroker.CreateTopic(t.Context(), topic, partitions, configs...); err != nil {
		t.Fatal(err)
	}
	return theBroker, Spec{Brokers: theBroker.Addr(), Topic: topic}
}

// into gives records a topic.
func into(topic string, rs []*kgo.Record) []*kgo.Record {
	for _, r := range rs {
		r.Topic = topic
	}
	return rs
}

func TestRealTransactions(t *testing.T) {
	b, sp := real(t, 1)
	want := []string{}
	for i := range 20 {
		rs := into(sp.Topic, numbered(0, i*100, 50))
		commit := i%3 != 1
		if err := b.Transaction(t.Context(), fmt.Sprint("t", i%2), commit, rs...); err != nil {
			t.Fatal(err)
		}
		if commit {
			want = append(want, values(rs)...)
		}
	}
	if err := b.Transaction(t.Context(), "last", false, into(sp.Topic, numbered(0, 0, 3))...); err != nil {
		t.Fatal(err)
	}
	s := open(t, sp, options(&said{}))
	seek(t, s)
	end := bounds(t, s)
	got := read(t, s, end...)
	if diff := cmp.Diff(want, got.values[0]); diff != "" {
		t.Error(diff)
	}
	if got.at[0].Next != end[0].End {
		t.Errorf("at %d of %d", got.at[0].Next, end[0].End)
	}
}

func TestRealLargeAndSmall(t *testing.T) {
	b, sp := real(t, 3, "max.message.bytes", "25000000")
	large := strings.Repeat("0123456789abcdef", 20<<20/16)
	for p := range int32(3) {
		rs := into(sp.Topic, append(records(p, "before", large), numbered(p, 0, 100)...))
		if err := b.ProduceWith(t.Context(), []kgo.Opt{kgo.ProducerBatchMaxBytes(24 << 20), kgo.ProducerBatchCompression(kgo.NoCompression())}, rs...); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, sp, options(&said{}))
	seek(t, s)
	got := read(t, s, bounds(t, s)...)
	for p := range int32(3) {
		if v := got.values[p]; len(v) != 102 || v[1] != large {
			t.Errorf("partition %d: %d records", p, len(v))
		}
	}
}

func TestRealRetentionAndRecreation(t *testing.T) {
	b, sp := real(t, 1)
	put := func(n int) {
		t.Helper()
		if err := b.Produce(t.Context(), into(sp.Topic, numbered(0, 0, n))...); err != nil {
			t.Fatal(err)
		}
	}
	put(10)
	s := open(t, sp, options(&said{}))
	seek(t, s)
	at := read(t, s, bounds(t, s)...).at[0]
	put(20)
	if err := b.DeleteRecords(t.Context(), sp.Topic, 0, 15); err != nil {
		t.Fatal(err)
	}
	other := open(t, sp, options(&said{}))
	if err := other.Seek(t.Context(), []stream.Position{at}); !isLost(err) || !strings.Contains(err.Error(), "5 offsets, 10 to 14") {
		t.Errorf("removed: %v", err)
	}
	var w said
	lenient := sp
	lenient.OnLostOffsets = "earliest"
	third := open(t, lenient, options(&w))
	if err := third.Seek(t.Context(), []stream.Position{at}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, third, bounds(t, third)...); got.lost != 5 || len(got.values[0]) != 15 {
		t.Errorf("lost %d, read %d", got.lost, len(got.values[0]))
	}
	if err := b.DeleteTopic(t.Context(), sp.Topic); err != nil {
		t.Fatal(err)
	}
	within(t, 10*time.Second, "the topic made anew", func() bool { return b.CreateTopic(t.Context(), sp.Topic, 1) == nil })
	put(100) // past the position: only the topic's id tells
	r := &reading{values: map[int32][]string{}, at: map[int32]stream.Position{}}
	if err := r.on(t, third, []stream.Bounds{{End: 100}}); !isLost(err) || !strings.Contains(err.Error(), "made anew") || len(r.values) > 0 {
		t.Errorf("while it is read: %v after %d records", err, len(r.values[0]))
	}
	if err := open(t, sp, options(&said{})).Seek(t.Context(), []stream.Position{at}); !isLost(err) || !strings.Contains(err.Error(), "made anew") {
		t.Errorf("at the start: %v", err)
	}
}

func TestRealCompactedTail(t *testing.T) {
	b, sp := real(t, 1, "cleanup.policy", "compact", "segment.ms", "100", "min.cleanable.dirty.ratio", "0.01", "min.compaction.lag.ms", "0")
	for i := range 5 {
		rs := numbered(0, i*10, 10)
		for n, r := range rs {
			r.Key = fmt.Append(nil, "k", n%3)
		}
		if err := b.Produce(t.Context(), into(sp.Topic, rs)...); err != nil {
			t.Fatal(err)
		}
		time.Sleep(150 * time.Millisecond)
	}
	s := open(t, sp, options(&said{}))
	seek(t, s)
	end := bounds(t, s)
	got := read(t, s, end...)
	if got.at[0].Next != 50 || got.values[0][len(got.values[0])-1] != "r49" {
		t.Errorf("at %d, read %d", got.at[0].Next, len(got.values[0]))
	}
}

func TestRealLogins(t *testing.T) {
	b, sp := real(t, 1)
	sp.Brokers = b.SASLAddr()
	for _, m := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		sp.SASL = &SASL{m, broker.User, broker.Password}
		open(t, sp, options(&said{}))
		sp.SASL = &SASL{m, broker.User, "wrong"}
		refusedOpen(t, sp, "check sources.orders.kafka.sasl")
	}
	sp.SASL = nil
	refusedOpen(t, sp, "sasl")
}

func TestRealTLS(t *testing.T) {
	b, sp := real(t, 1)
	sp.Brokers = b.TLSAddr()
	dir := b.Certificates()
	sp.TLS = &TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "client.pem"), Key: filepath.Join(dir, "client.key")}
	open(t, sp, options(&said{}))
	sp.TLS = &TLS{CA: filepath.Join(dir, "ca.pem")}
	refusedOpen(t, sp, "tls.cert")
	sp.TLS = &TLS{}
	refusedOpen(t, sp, "tls.ca")
	sp.TLS = nil
	refusedOpen(t, sp, "may expect TLS")
	sp.TLS, sp.Brokers = &TLS{}, b.Addr()
	refusedOpen(t, sp, "may not speak TLS")
}

func refusedOpen(t *testing.T, sp Spec, want string) {
	t.Helper()
	began := time.Now()
	s, err := Source(sp).Open(t.Context(), options(&said{}))
	if err == nil {
		s.Close()
	}
	var surroundings *stream.Unavailable
	if !errors.As(err, &surroundings) || !strings.Contains(err.Error(), want) {
		t.Errorf("wanted %q, got: %v", want, err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("%q took %s", want, d)
	}
}

// beMember joins a group until it is killed.
func beMember(brokers, topic, group string) {
	s, err := Source(Spec{Brokers: brokers, Topic: topic}).Open(context.Background(), stream.Options{Source: "orders"})
	if err == nil {
		m, err2 := s.Join(context.Background(), group)
		for err = err2; err == nil; time.Sleep(20 * time.Millisecond) {
			_, got := m.Assigned()
			m.Released()
			fmt.Println(len(got))
		}
	}
	fmt.Fprintln(os.Stderr, err)
}

// process starts a member of its own.
func process(t *testing.T, sp Spec, group string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), memberOf+"="+sp.Brokers+" "+sp.Topic+" "+group)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// released is a condition that gives up what is wanted back, as a reader does.
func released(m stream.Membership, n int) func() bool {
	return func() bool {
		_, got := m.Assigned()
		m.Released()
		return len(got) == n
	}
}

// A member that is killed or stopped is noticed when its session ends, of which the broker allows 3 s here.
func TestRealMembers(t *testing.T) {
	_, sp := real(t, 4)
	m, err := open(t, sp, options(&said{})).Join(t.Context(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "all four", released(m, 4))
	for _, c := range []struct {
		signal syscall.Signal
		resume bool
	}{{syscall.SIGKILL, false}, {syscall.SIGSTOP, true}} {
		other := process(t, sp, t.Name())
		within(t, 20*time.Second, "half", released(m, 2))
		before, _ := m.Assigned()
		time.Sleep(time.Second)
		if err := other.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		d := within(t, 20*time.Second, "all four again", released(m, 4))
		after, _ := m.Assigned()
		t.Logf("%s: taken over after %s, generation %d, then %d", c.signal, d.Round(10*time.Millisecond), before, after)
		if after <= before || d > 5*time.Second {
			t.Errorf("%s: %s, generation %d, then %d", c.signal, d, before, after)
		}
		if c.resume {
			if err := other.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			within(t, 20*time.Second, "half, after the other went on", released(m, 2))
			_ = other.Process.Kill()
		}
	}
}
