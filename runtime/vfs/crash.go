package vfs

import (
	"math/rand/v2"
	"slices"
)

// Keep decides what of the things that were not synced survives a crash: it is asked for a number below n, where 0 drops
// the thing and n-1 keeps all of it. The order of questions is the same for the same calls.
type Keep func(n int) int

// KeepNothing drops everything that was not synced.
func KeepNothing(int) int { return 0 }

// KeepAll loses nothing, as when the process dies and the machine does not.
func KeepAll(n int) int { return n - 1 }

// KeepSome decides by chance, repeatably.
func KeepSome(seed uint64) Keep {
	r := rand.New(rand.NewPCG(seed, 0))
	return func(n int) int { return r.IntN(n) }
}

// KeepNames keeps every name and no content that was not synced: files that are there and empty.
func KeepNames(n int) int {
	if n == 2 {
		return 1
	}
	return 0
}

// Crash gives the file system that the machine finds when it comes up again: what was synced, and of the rest what keep
// says (nil is KeepNothing). m is not changed. Content that was not synced may be kept whole, or torn: cut off, or at
// full length with zeros where blocks did not reach the disk.
func (m *Mem) Crash(keep Keep) *Mem {
	if keep == nil {
		keep = KeepNothing
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	after := NewMem()
	after.clock, after.time = m.clock, m.time
	copies := map[*node]*node{m.root: after.root}
	copyOf := func(n *node) *node {
		if c, ok := copies[n]; ok {
			return c
		}
		c := &node{dir: n.dir, mtime: n.mtime}
		if n.dir {
			c = newDir()
			c.mtime = n.mtime
		}
		copies[n] = c
		return c
	}
	names := map[*node]map[string]*node{}
	see := func(n *node) map[string]*node {
		if names[n] == nil {
			names[n] = map[string]*node{}
			for name, to := range n.durable {
				names[n][name] = to
			}
		}
		return names[n]
	}
	for _, op := range m.pending {
		if keep(2) == 1 {
			for _, e := range op.edits {
				e.apply(see(e.dir))
			}
		}
	}
	var walk func(n *node)
	walk = func(n *node) {
		c := copyOf(n)
		if !n.dir {
			if c.data == nil { // a second link
				c.data = surviving(n, keep)
				c.synced = len(c.data)
			}
			return
		}
		for _, name := range sortedNames(see(n)) {
			to := names[n][name]
			c.names[name], c.durable[name] = copyOf(to), copyOf(to)
			walk(to)
		}
	}
	walk(m.root)
	return after
}

func surviving(n *node, keep Keep) []byte {
	tail := n.data[n.synced:]
	data := append([]byte{}, n.data[:n.synced]...)
	if len(tail) == 0 {
		return data
	}
	switch keep(4) {
	case 0:
		return data
	case 1:
		return append(data, tail[:len(tail)/2]...)
	case 2:
		return append(append(data, make([]byte, len(tail)/2)...), tail[len(tail)/2:]...)
	default:
		return append(data, tail...)
	}
}

func sortedNames(m map[string]*node) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
