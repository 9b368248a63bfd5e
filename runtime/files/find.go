package files

// finder looks paths up in a set. They must come sorted: it goes through the levels once, side by side with them.
type finder struct {
	tail   map[string]stamp
	levels []*cursor // newest first
}

func (s *Set) finder(store Store) (*finder, error) {
	f := &finder{tail: make(map[string]stamp, len(s.tail))}
	for _, e := range s.tail {
		f.tail[e.path] = e.stamp
	}
	for i := len(s.levels) - 1; i >= 0; i-- {
		r, err := s.run(store, s.levels[i])
		if err != nil {
			return nil, err
		}
		f.levels = append(f.levels, newCursor(r))
	}
	return f, nil
}

func (f *finder) find(path string) (stamp, bool) {
	if s, ok := f.tail[path]; ok {
		return s, true
	}
	for _, c := range f.levels {
		if c.seek(path) {
			return c.stamp, true
		}
	}
	return stamp{}, false
}

// merger gives the entries of several runs sorted by path, of several with one path the newest.
type merger struct {
	from []*cursor // newest first; without those that ended
	key  []byte
	stamp
}

// merge goes through the tail and the levels from the given one on.
func (s *Set) merge(store Store, from int) (*merger, error) {
	var w runWriter
	for _, e := range s.sortedTail() {
		w.add([]byte(e.path), e.stamp)
	}
	m := &merger{}
	if w.count > 0 {
		tail, err := newRun(w.finish())
		if err != nil {
			return nil, err
		}
		m.start(tail)
	}
	for i := len(s.levels) - 1; i >= from; i-- {
		r, err := s.run(store, s.levels[i])
		if err != nil {
			return nil, err
		}
		m.start(r)
	}
	return m, nil
}

func (m *merger) start(r *run) {
	if c := newCursor(r); c.next() {
		m.from = append(m.from, c)
	}
}

func (m *merger) next() bool {
	if len(m.from) == 0 {
		return false
	}
	least := m.from[0]
	for _, c := range m.from[1:] {
		if string(c.key) < string(least.key) {
			least = c
		}
	}
	m.key, m.stamp = append(m.key[:0], least.key...), least.stamp
	kept := m.from[:0]
	for _, c := range m.from {
		if string(c.key) != string(m.key) || c.next() {
			kept = append(kept, c)
		}
	}
	m.from = kept
	return true
}
