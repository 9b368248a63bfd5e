package jsonr

import "encoding/binary"

// Members are the members of an object that a decoder takes, in the order in which records usually have them.
//
// Records of one writer have one order, so that the next member is nearly always the one that is declared next: it is
// compared as a whole, comma, quotes and colon included, before its name is read as a string.
type Members struct {
	names  []string
	quoted []string // `"name"`
	follow []token  // `,"name":`
	first  token    // `{"name":` of the first
	// table finds names by hash: numbers of names plus one, 0 for none, by linear probing.
	table []uint16
	shift uint8
}

// token is a text that is compared in words of eight bytes.
type token struct {
	n          int
	head, mask uint64 // its first eight bytes, and which of them it has
	tail       uint64 // its last eight bytes, of more than eight
	middle     string // what is between
}

func newToken(text string) token {
	t := token{n: len(text)}
	var first [8]byte
	t.mask = ^uint64(0)
	if n := copy(first[:], text); n < 8 {
		t.mask = 1<<(8*n) - 1
	}
	t.head = binary.LittleEndian.Uint64(first[:])
	if t.n > 8 {
		t.tail = binary.LittleEndian.Uint64([]byte(text[t.n-8:]))
	}
	if t.n > 16 {
		t.middle = text[8 : t.n-8]
	}
	return t
}

// at reports whether b[i:] begins with the text and has eight bytes.
func (t *token) at(b []byte, i int) bool {
	end := i + t.n
	if max(end, i+8) > len(b) || binary.LittleEndian.Uint64(b[i:])&t.mask != t.head {
		return false
	}
	return t.n <= 8 || binary.LittleEndian.Uint64(b[end-8:]) == t.tail && (t.n <= 16 || string(b[i+8:end-8]) == t.middle)
}

// End is what Member gives after the last member of an object.
const End = -1

// NewMembers makes the Members of these names, of which no two are equal.
func NewMembers(names ...string) *Members {
	m := &Members{names: names}
	bits := uint8(3)
	for 1<<bits < 4*len(names) {
		bits++
	}
	m.table, m.shift = make([]uint16, 1<<bits), 64-bits
	for i, name := range names {
		quoted := `"` + name + `"`
		if !plainName(name) {
			quoted = "no member's name"
		}
		m.quoted = append(m.quoted, quoted)
		m.follow = append(m.follow, newToken(","+quoted+":"))
		if i == 0 {
			m.first = newToken("{" + quoted + ":")
		}
		at := m.slot([]byte(name))
		for m.table[at] != 0 {
			at = (at + 1) & (len(m.table) - 1)
		}
		m.table[at] = uint16(i + 1)
	}
	return m
}

// plainName reports whether a name stands in a record as it is.
func plainName(name string) bool {
	return stringStop([]byte(name), 0) == len(name)
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

// find gives the number of a name, len(names) where there is none.
func (m *Members) find(name []byte) int {
	for at := m.slot(name); ; at = (at + 1) & (len(m.table) - 1) {
		i := int(m.table[at])
		if i == 0 {
			return len(m.names)
		}
		if m.names[i-1] == string(name) {
			return i - 1
		}
	}
}

// Members enters an object and goes to its first member, see Member.
func (r *Reader) Members(m *Members) int {
	if m.first.at(r.buf, r.pos) && r.depth < MaxDepth && len(m.names) > 0 {
		r.depth++
		r.pos += m.first.n
		return 0
	}
	if !r.open('{', "an object") {
		return End
	}
	return r.member(m, End)
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
	if next := uint(last + 1); next < uint(len(m.follow)) {
		if t := &m.follow[next]; t.at(r.buf, r.pos) {
			r.pos += t.n
			return int(next)
		}
	}
	if i := r.pos; i < len(r.buf) && r.buf[i] == '}' && r.depth > 0 {
		r.pos++
		r.depth--
		return End
	}
	return r.member(m, last)
}

// member is Member for the first one, for what is not the one that is declared next, and where there is white space.
func (r *Reader) member(m *Members, last int) int {
	if last >= len(m.names) {
		last -= len(m.names) + 1
	}
	if !r.toMember() {
		return End
	}
	i := last + 1
	if i >= len(m.quoted) || !r.named(m.quoted[i]) {
		r.keyAt = r.pos
		r.key = r.text()
		r.keyEnd = r.pos
		if i = m.find(r.key); i == len(m.names) {
			i += last + 1
		}
	}
	if !r.colon() {
		return End
	}
	return i
}

// named reads a name in quotes if it is there.
func (r *Reader) named(quoted string) bool {
	end := r.pos + len(quoted)
	if end > len(r.buf) || string(r.buf[r.pos:end]) != quoted {
		return false
	}
	r.pos = end
	return true
}
