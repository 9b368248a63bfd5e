package jsonr

import "encoding/binary"

// Members are the members of an object that a decoder takes.
type Members struct {
	id    int // numbers all Members, for what a Reader knows of the objects that they are of
	names []string
	// table finds names by hash: numbers of names plus one, 0 for none, by linear probing.
	table []uint16
	shift uint8
}

// End is what Member gives after the last member of an object.
const End = -1

// NewMembers makes the Members of these names, of which no two are equal.
func NewMembers(names ...string) *Members {
	m := &Members{id: int(layouts.Add(1)) - 1, names: names}
	bits := uint8(3)
	for 1<<bits < 4*len(names) {
		bits++
	}
	m.table, m.shift = make([]uint16, 1<<bits), 64-bits
	for i, name := range names {
		at := m.slot([]byte(name))
		for m.table[at] != 0 {
			at = (at + 1) & (len(m.table) - 1)
		}
		m.table[at] = uint16(i + 1)
	}
	return m
}

// slot is where the search for a name begins.
func (m *Members) slot(name []byte) int {
	n := len(name)
	h := uint64(n)
	switch {
	case n >= 8:
		h ^= binary.LittleEndian.Uint64(name) ^ binary.LittleEndian.Uint64(name[n-8:])*3
	case n >= 4:
		h ^= uint64(binary.LittleEndian.Uint32(name))<<8 ^ uint64(binary.LittleEndian.Uint32(name[n-4:]))<<32
	case n > 0:
		h ^= uint64(name[0])<<8 ^ uint64(name[n/2])<<16 ^ uint64(name[n-1])<<24
	}
	return int(h * 0x9E3779B97F4A7C15 >> m.shift)
}

// find gives the number of a name; where there is none, one above those.
func (m *Members) find(name []byte) int {
	first := m.slot(name)
	for at := first; ; at = (at + 1) & (len(m.table) - 1) {
		i := int(m.table[at])
		if i == 0 {
			return len(m.names) + first%strangers
		}
		if m.names[i-1] == string(name) {
			return i - 1
		}
	}
}

// Members enters an object and goes to its first member, see Member.
func (r *Reader) Members(m *Members) int {
	l, from := r.layout(m), r.pos
	if r.depth < MaxDepth {
		r.depth++
		if i, ok := r.step(m, l, End); ok {
			return i
		}
		r.depth--
	}
	if !r.open('{', "an object") {
		return End
	}
	return r.member(m, l, End, from)
}

// Member goes to the next member of the object, whose value is then to be read or skipped, and gives its number in m; a
// number above those for a member that m does not have, and End after the last. last is what Member gave before.
//
//	for i := r.Members(m); i != jsonr.End; i = r.Member(m, i) {
//		switch i {
//		case 0:
//			id = r.String()
//		default:
//			r.Skip()
//		}
//	}
func (r *Reader) Member(m *Members, last int) int {
	l := r.layout(m)
	if i, ok := r.step(m, l, last); ok {
		return i
	}
	return r.member(m, l, last, r.pos)
}

// step goes to the next member if that is the one which came after last before, and written as it was then.
func (r *Reader) step(m *Members, l *layout, last int) (next int, ok bool) {
	s, b, i := &l.steps[last+1], r.buf, r.pos
	if i+near <= len(b) {
		if s.isNot((*[near]byte)(b[i:])) != 0 || s.n > near && !s.goesOn(b, i) {
			return 0, false
		}
	} else if !s.isLast(b, i) {
		return 0, false
	}
	r.pos = i + int(s.n)
	next = int(s.next)
	switch {
	case next == End:
		r.depth--
	case next >= len(m.names):
		r.keyAt, r.keyEnd = i+int(s.nameAt), i+int(s.nameEnd)
		r.key = b[r.keyAt+1 : r.keyEnd-1]
	}
	return next, true
}

// member reads the way to the next member, which began at from.
func (r *Reader) member(m *Members, l *layout, last, from int) int {
	if !r.toMember() {
		if r.err == nil {
			l.learn(last, r.buf, from, r.pos, End, from, from)
		}
		return End
	}
	r.keyAt = r.pos
	r.key = r.text()
	r.keyEnd = r.pos
	i := m.find(r.key)
	if !r.colon() {
		return End
	}
	r.peek()
	if r.err == nil && len(r.key) == r.keyEnd-r.keyAt-2 { // as it is written
		l.learn(last, r.buf, from, r.pos, i, r.keyAt, r.keyEnd)
	}
	return i
}
