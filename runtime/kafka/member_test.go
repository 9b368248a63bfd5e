package kafka

import (
	"net"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/runtime/stream"
)

func join(t *testing.T, s stream.Stream) stream.Membership {
	t.Helper()
	m, err := s.Join(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func has(m stream.Membership, n int) func() bool {
	return func() bool {
		_, got := m.Assigned()
		return len(got) == n
	}
}

// A partition that is wanted back stays with the first member until that says that it is done with it.
func TestPartitionsMoveWhenTheyAreReleased(t *testing.T) {
	at := fake(t, 4)
	first := join(t, open(t, spec(at), options(&said{})))
	within(t, 10*time.Second, "all four", has(first, 4))
	before, _ := first.Assigned()
	s := open(t, spec(at), options(&said{}))
	second := join(t, s)
	within(t, 10*time.Second, "two are wanted back", has(first, 2))
	time.Sleep(time.Second)
	if _, got := second.Assigned(); len(got) > 0 {
		t.Fatalf("the second has %v, which the first has not released", got)
	}
	first.Released()
	within(t, 10*time.Second, "two for the second", has(second, 2))
	_, a := first.Assigned()
	after, b := second.Assigned()
	if all := slices.Sorted(slices.Values(append(a, b...))); !slices.Equal(all, []int32{0, 1, 2, 3}) || after <= before {
		t.Errorf("%v and %v; generation %d, then %d", a, b, before, after)
	}
	if err := s.Store(t.Context(), "g", []stream.Position{{Partition: b[0], Next: 5, Epoch: -1}}); err != nil {
		t.Errorf("a member stores: %v", err)
	}
	if d := within(t, 5*time.Second, "all four after the other has left", func() func() bool { second.Leave(); return has(first, 4) }()); d > 2*time.Second {
		t.Errorf("took %s", d)
	}
}

// Released says nothing of what is wanted back since Assigned was asked.
func TestReleasedTooEarly(t *testing.T) {
	at := fake(t, 2)
	first := join(t, open(t, spec(at), options(&said{}))).(*member)
	within(t, 10*time.Second, "both", has(first, 2))
	second := join(t, open(t, spec(at), options(&said{})))
	within(t, 10*time.Second, "one is wanted back", func() bool {
		first.mu.Lock()
		defer first.mu.Unlock()
		return first.releases != nil
	})
	first.Released()
	time.Sleep(time.Second)
	if _, got := second.Assigned(); len(got) > 0 {
		t.Errorf("the second has %v", got)
	}
}

func TestShortSessionIsRefused(t *testing.T) {
	at := fake(t, 1, kfake.GroupMinSessionTimeout(6*time.Second))
	m := join(t, open(t, spec(at), options(&said{}))).(*member)
	within(t, 10*time.Second, "the partition", has(m, 1))
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != 6*time.Second {
		t.Errorf("session %s", m.session)
	}
}

func TestMemberThatDoesNotHearTheGroupHasNothing(t *testing.T) {
	p, at := proxied(t, 1)
	var w said
	m := join(t, open(t, spec(at), options(&w)))
	within(t, 10*time.Second, "the partition", has(m, 1))
	p.Cut()
	within(t, 10*time.Second, "nothing", has(m, 0))
	p.Heal()
	within(t, 20*time.Second, "the partition again", has(m, 1))
}

// proxied is a cluster behind a proxy.
func proxied(t *testing.T, partitions int) (*broker.Proxy, broker.At) {
	t.Helper()
	p, err := broker.NewProxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, fake(t, partitions, kfake.ListenFn(func(network, addr string) (net.Listener, error) {
		l, err := net.Listen(network, addr)
		if err == nil {
			p.Forward(l.Addr().String())
		}
		return advertised{l, p}, err
	}))
}

// advertised is a listener that says that it is where its proxy is.
type advertised struct {
	net.Listener
	proxy *broker.Proxy
}

func (a advertised) Addr() net.Addr {
	addr, _ := net.ResolveTCPAddr("tcp", a.proxy.Addr())
	return addr
}

// A process that was stopped for longer than its session has nothing until the group has answered, though nobody told it.
func TestMemberThatWasStopped(t *testing.T) {
	m := join(t, open(t, spec(fake(t, 1)), options(&said{}))).(*member)
	within(t, 10*time.Second, "the partition", has(m, 1))
	<-m.Changed()
	m.mu.Lock()
	m.beat = m.beat.Add(-m.session - time.Hour)
	m.mu.Unlock()
	if _, got := m.Assigned(); len(got) > 0 {
		t.Errorf("it has %v", got)
	}
	select {
	case <-m.Changed():
	case <-time.After(5 * time.Second):
		t.Fatal("nothing is said when the group answers")
	}
	if _, got := m.Assigned(); len(got) != 1 {
		t.Errorf("it has %v after the group has answered", got)
	}
}
