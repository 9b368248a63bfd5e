package jsonr

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// Members are the members of an object that a decoder takes.
type Members struct {
	id    int // numbers all Members, for what a Reader knows of the objects that they are of
	names []string
	// table finds names by hash: numbers of names plus one, 0 for none, by linear probing.
	table []uint16
	shift uint8
	// brief finds those of at most 15 bytes by their two words, again by hash and linear probing; number -1 is no entry.
	brief []brief
}

// brief is a name as two words, with bytes 0 behind it.
type brief struct {
	word   [2]uint64
	number int
}

// NewMembers makes the Members of these names, of which no two are equal.
func NewMembers(names ...string) *Members {
	m := &Members{id: int(layouts.Add(1)) - 1, names: names}
	bits := uint8(3)
	for 1<<bits < 4*len(names) {
		bits++
	}
	m.table, m.brief, m.shift = make([]uint16, 1<<bits), make([]brief, 1<<bits), 64-bits
	for i := range m.brief {
		m.brief[i].number = -1
	}
	for i, name := range names {
		at := m.slot([]byte(name))
		for m.table[at] != 0 {
			at = (at + 1) & (len(m.table) - 1)
		}
		m.table[at] = uint16(i + 1)
		if len(name) < 16 && strings.IndexByte(name, 0) < 0 { // a byte 0 is as one behind the name
			m.addBrief(name, i)
		}
	}
	return m
}

func (m *Members) addBrief(name string, number int) {
	var w [16]byte
	copy(w[:], name)
	b := brief{[2]uint64{word(w[:], 0), word(w[:], 8)}, number}
	at := m.briefSlot(b.word[0], b.word[1])
	for m.brief[at].number >= 0 {
		at = (at + 1) & (len(m.brief) - 1)
	}
	m.brief[at] = b
}

func (m *Members) briefSlot(w0, w1 uint64) int {
	return int((w0*0x9E3779B97F4A7C15 + w1*0xD6E8FEB86659FD93) >> m.shift)
}

// findBrief is find for a name of at most 15 bytes, as two words. No name has a byte 0 that stands for itself.
func (m *Members) findBrief(w0, w1 uint64) int {
	first := m.briefSlot(w0, w1)
	for at := first; ; at = (at + 1) & (len(m.brief) - 1) {
		b := &m.brief[at]
		if b.word[0] == w0 && b.word[1] == w1 || b.number < 0 {
			if b.number < 0 {
				return len(m.names) + first%strangers
			}
			return b.number
		}
	}
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
	if !r.quickly() && !r.toMember() {
		if r.err == nil {
			m.note(r.buf, from, r.pos, nil, -1, from, from)
		}
		return nil
	}
	r.keyAt = r.pos
	number := r.name(m.layout.of)
	r.keyEnd = r.pos
	if !r.colon() {
		return nil
	}
	next := &m.layout.members[number]
	r.peek()
	if len(r.key) == r.keyEnd-r.keyAt-2 { // as it is written
		m.note(r.buf, from, r.pos, next, number, r.keyAt, r.keyEnd)
	}
	return next
}

// quickly is toMember behind a member, where there is another one. What it is not true for, it leaves as it was.
func (r *Reader) quickly() bool {
	b, i := r.buf, r.pos
	if i+2 >= len(b) || b[i] != ',' || r.first {
		return false
	}
	if i++; b[i] <= ' ' {
		i = spaces(b, i)
	}
	if i == len(b) || b[i] != '"' {
		return false
	}
	r.pos = i
	return true
}

// name reads a member's name, whose quote is at pos, and gives its number. Which name it is decides no branch up to there:
// where members come in any order, none could be foreseen.
func (r *Reader) name(of *Members) int {
	b, start := r.buf, r.pos+1
	if start+16 <= len(b) {
		w0, w1 := word(b, start), word(b, start+8)
		s0, s1 := special(w0), special(w1)
		n0, n1 := bits.TrailingZeros64(s0)>>3, bits.TrailingZeros64(s1)>>3
		n := n0 + n1&^within(s0)
		if n < 16 && b[start+n] == '"' {
			r.key = b[start : start+n]
			r.pos = start + n + 1
			return of.findBrief(w0&(1<<(8*n0)-1), w1&(1<<(8*n1)-1)&^uint64(within(s0)))
		}
	}
	r.key = r.text()
	return of.find(r.key)
}
