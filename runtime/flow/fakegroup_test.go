package flow

import (
	"context"
	"slices"
	"sync"

	"github.com/seamflow/seamflow/runtime/stream"
)

// fakeGroup is a consumer group that deals the partitions of a fake topic out, and takes none from a member before it has
// released it.
type fakeGroup struct {
	mu         sync.Mutex
	partitions int32
	generation int32
	members    []*fakeMember
	owner      map[int32]*fakeMember
}

type fakeMember struct {
	g       *fakeGroup
	changed chan struct{}
	deaf    *dealt // what it goes on believing
}

type dealt struct {
	generation int32
	partitions []int32
}

func newFakeGroup(partitions int) *fakeGroup {
	return &fakeGroup{partitions: int32(partitions), owner: map[int32]*fakeMember{}}
}

func (g *fakeGroup) join() stream.Membership {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := &fakeMember{g: g, changed: make(chan struct{}, 1)}
	g.members = append(g.members, m)
	g.deal()
	return m
}

// deal gives away what nobody has.
func (g *fakeGroup) deal() {
	g.generation++
	for p := range g.partitions {
		if m := g.owner[p]; m == nil || !slices.Contains(g.members, m) {
			g.owner[p] = g.wanted(p)
		}
	}
	for _, m := range g.members {
		select {
		case m.changed <- struct{}{}:
		default:
		}
	}
}

func (g *fakeGroup) wanted(p int32) *fakeMember {
	if len(g.members) == 0 {
		return nil
	}
	return g.members[int(p)%len(g.members)]
}

// expel takes a member's partitions away without its knowing, until it is told.
func (g *fakeGroup) expel(m *fakeMember) (tell func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m.deaf = &dealt{g.generation, m.assigned()}
	g.remove(m)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		m.deaf = nil
		g.members = append(g.members, m)
		g.deal()
	}
}

func (g *fakeGroup) remove(m *fakeMember) {
	g.members = slices.DeleteFunc(g.members, func(o *fakeMember) bool { return o == m })
	g.deal()
}

func (m *fakeMember) Changed() <-chan struct{} { return m.changed }

func (m *fakeMember) assigned() (mine []int32) {
	for p := range m.g.partitions {
		if m.g.owner[p] == m && m.g.wanted(p) == m {
			mine = append(mine, p)
		}
	}
	return mine
}

func (m *fakeMember) Assigned() (int32, []int32) {
	m.g.mu.Lock()
	defer m.g.mu.Unlock()
	if m.deaf != nil {
		return m.deaf.generation, slices.Clone(m.deaf.partitions)
	}
	return m.g.generation, m.assigned()
}

func (m *fakeMember) Released() {
	m.g.mu.Lock()
	defer m.g.mu.Unlock()
	released := false
	for p, o := range m.g.owner {
		if o == m && m.g.wanted(p) != m && m.deaf == nil {
			m.g.owner[p], released = nil, true
		}
	}
	if released {
		m.g.deal()
	}
}

func (m *fakeMember) ID() string { return "" }

func (m *fakeMember) Expel(context.Context, string) error { return nil }

func (m *fakeMember) Leave() {
	m.g.mu.Lock()
	defer m.g.mu.Unlock()
	m.g.remove(m)
}

// dealtTo are the members that have a partition.
func (g *fakeGroup) dealtTo() map[*fakeMember]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := map[*fakeMember]bool{}
	for _, m := range g.owner {
		all[m] = true
	}
	return all
}
