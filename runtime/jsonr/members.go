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
func (r *Reader) Members(of *Members) *Member {
	l := r.layout(of)
	m, b, i := &l.start, r.buf, r.pos
	if i+near <= len(b) && m.plain && r.depth < MaxDepth && m.begins(b, i) {
		r.depth++
		r.pos = i + m.n
		return m.next
	}
	if !r.open('{', "an object") {
		return nil
	}
	return r.member(m, i)
}

// Member goes from member m, which has been read or skipped, to the next member of the object. It is nil after the last.
//
//	for m := r.Members(orderMembers); m != nil; m = r.Member(m) {
//		switch m.Number {
//		case 0:
//			id = r.String()
//		default:
//			r.Skip()
//		}
//	}
func (r *Reader) Member(m *Member) *Member {
	b, i := r.buf, r.pos
	if i+near > len(b) {
		return r.lastMember(m)
	}
	if !m.begins(b, i) {
		return r.member(m, i)
	}
	if !m.plain {
		return r.strange(m)
	}
	r.pos = i + m.n
	return m.next
}

// lastMember is Member where the record ends within 24 bytes.
func (r *Reader) lastMember(m *Member) *Member {
	if m.isLast(r.buf, r.pos) {
		return r.strange(m)
	}
	return r.member(m, r.pos)
}

// strange goes the way from m, whose first 24 bytes are there, wherever it leads.
func (r *Reader) strange(m *Member) *Member {
	b, i := r.buf, r.pos
	if !m.goesOn(b, i) {
		return r.member(m, i)
	}
	r.pos = i + m.n
	if m.next == nil {
		r.depth--
		return nil
	}
	r.keyAt, r.keyEnd = i+int(m.nameAt), i+int(m.nameEnd)
	r.key = b[r.keyAt+1 : r.keyEnd-1]
	return m.next
}

// member reads the way to the next member after m, of which what is before pos has been read and begins at from.
func (r *Reader) member(m *Member, from int) *Member {
	if !r.toMember() {
		if r.err == nil {
			m.learn(r.buf, from, r.pos, nil, from, from)
		}
		return nil
	}
	r.keyAt = r.pos
	r.key = r.text()
	r.keyEnd = r.pos
	l := m.layout
	next := &l.members[l.of.find(r.key)]
	if !r.colon() {
		return nil
	}
	r.peek()
	if len(r.key) == r.keyEnd-r.keyAt-2 { // as it is written
		m.learn(r.buf, from, r.pos, next, r.keyAt, r.keyEnd)
	}
	return next
}
