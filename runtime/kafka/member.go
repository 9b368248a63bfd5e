package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seamflow/seamflow/runtime/stream"
)

// sessions are how long a member may be silent until the group takes its partitions, in the order in which they are tried:
// servers refuse what is below their group.min.session.timeout.ms, which is 6 s unless they are told otherwise.
var sessions = []time.Duration{3 * time.Second, 6 * time.Second, 10 * time.Second, 30 * time.Second}

const (
	heartbeat = 500 * time.Millisecond
	// releaseWithin is how long a group waits for a partition that it wants back.
	releaseWithin = 10 * time.Second
)

// member is a part in a consumer group that is used to share partitions out only: its client fetches nothing and commits
// nothing.
type member struct {
	s       *topic
	group   string
	changed chan struct{}
	ctx     context.Context // until Leave
	stop    context.CancelFunc
	done    chan struct{}
	shorter chan struct{} // the session is too short for the servers

	mu       sync.Mutex
	client   *kgo.Client // of the session at hand
	session  time.Duration
	mine     map[int32]bool
	beat     time.Time     // when the group last answered
	version  int           // of mine
	seen     int           // the version that Assigned last gave
	releases chan struct{} // closed when what is wanted back is released
	told     string        // the last warning
}

// Join makes this process a member of group. It returns at once: partitions come when the group has shared them out.
func (s *topic) Join(_ context.Context, group string) (stream.Membership, error) {
	m := &member{s: s, group: group, changed: make(chan struct{}, 1), done: make(chan struct{}), shorter: make(chan struct{}, 1), mine: map[int32]bool{}}
	m.ctx, m.stop = context.WithCancel(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.member != nil {
		return nil, fmt.Errorf("topic %s: this stream is a member of group %s already", s.spec.Topic, s.member.group)
	}
	if err := m.start(0); err != nil {
		return nil, err
	}
	s.member = m
	go m.run()
	return m, nil
}

// start makes a client with one of sessions.
func (m *member) start(n int) error {
	o := append(slices.Clip(m.s.connect), kgo.ConsumerGroup(m.group), kgo.ConsumeTopics(m.s.spec.Topic), kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.DisableAutoCommit(), kgo.SessionTimeout(sessions[n]), kgo.HeartbeatInterval(heartbeat), kgo.RebalanceTimeout(releaseWithin+sessions[n]),
		kgo.MetadataMaxAge(often), kgo.MetadataMinAge(100*time.Millisecond), kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond }),
		kgo.OnPartitionsAssigned(m.assigned), kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.lost), kgo.WithHooks(m))
	client, err := kgo.NewClient(o...)
	if err != nil {
		return fmt.Errorf("topic %s: joining group %s: %w", m.s.spec.Topic, m.group, err)
	}
	client.PauseFetchTopics(m.s.spec.Topic)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.client, m.session = client, sessions[n]
	return nil
}

// run takes a longer session where the servers want one, until the end.
func (m *member) run() {
	defer close(m.done)
	for n := 1; ; n++ {
		select {
		case <-m.ctx.Done():
			m.depart()
			return
		case <-m.shorter:
		}
		if n == len(sessions) {
			<-m.ctx.Done()
			m.depart()
			return
		}
		m.depart()
		if err := m.start(n); err != nil {
			m.warn(err)
			return
		}
	}
}

// depart leaves with the client at hand.
func (m *member) depart() {
	m.mu.Lock()
	client := m.client
	m.mu.Unlock()
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	_ = client.LeaveGroupContext(ctx) // where it is not heard, the session ends
	client.Close()
}

func (m *member) Changed() <-chan struct{} { return m.changed }

func (m *member) notify() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// Assigned gives none where the group has not answered for as long as a session: others may have got what was ours.
func (m *member) Assigned() (generation int32, partitions []int32) {
	_, generation = m.identity()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = m.version
	if m.stale() {
		return generation, nil
	}
	return generation, slices.Sorted(maps.Keys(m.mine))
}

func (m *member) stale() bool { return time.Since(m.beat) > m.session }

// identity is who the group knows this member as.
func (m *member) identity() (id string, generation int32) {
	m.mu.Lock()
	client := m.client
	m.mu.Unlock()
	return client.GroupMetadata()
}

// Released counts for what Assigned gave last: what was wanted back since is still read.
func (m *member) Released() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.releases != nil && m.seen == m.version {
		close(m.releases)
		m.releases = nil
	}
}

func (m *member) Leave() {
	m.s.mu.Lock()
	if m.s.member == m {
		m.s.member = nil
	}
	m.s.mu.Unlock()
	m.stop()
	<-m.done
}

func (m *member) assigned(_ context.Context, _ *kgo.Client, added map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range added[m.s.spec.Topic] {
		m.mine[p] = true
	}
	m.version++
	m.beat, m.told = time.Now(), ""
	m.notify()
}

// revoked holds the group up until what it wants back has been given up.
func (m *member) revoked(ctx context.Context, _ *kgo.Client, back map[string][]int32) {
	m.mu.Lock()
	wait := m.take(back)
	m.mu.Unlock()
	if wait == nil {
		return
	}
	select {
	case <-wait:
	case <-ctx.Done():
	case <-m.ctx.Done():
	case <-time.After(releaseWithin):
	}
}

// take takes partitions away. It gives what is closed when they are released; nil where there are none.
func (m *member) take(back map[string][]int32) chan struct{} {
	any := false
	for _, p := range back[m.s.spec.Topic] {
		any = any || m.mine[p]
		delete(m.mine, p)
	}
	if !any {
		return nil
	}
	m.version++
	m.releases = make(chan struct{})
	m.notify()
	return m.releases
}

// lost takes away what the group has given to others already.
func (m *member) lost(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.take(gone)
	m.releases = nil
}

// OnBrokerE2E hears the group's answers to heartbeats.
func (m *member) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	if key != int16(kmsg.Heartbeat) || e.Err() != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stale() {
		m.notify()
	}
	m.beat = time.Now()
}

// OnGroupManageError hears why the group does not have this member.
func (m *member) OnGroupManageError(err error) {
	if errors.Is(err, kerr.InvalidSessionTimeout) {
		select {
		case m.shorter <- struct{}{}:
		default:
		}
		return
	}
	if r := m.s.refused(err); r != nil {
		m.warn(r)
	}
}

func (m *member) warn(err error) {
	m.mu.Lock()
	again := m.told == err.Error()
	m.told = err.Error()
	m.mu.Unlock()
	if !again {
		m.s.o.Warn(fmt.Sprintf("topic %s: group %s: %v", m.s.spec.Topic, m.group, err))
	}
}
