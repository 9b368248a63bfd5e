package jsonr

import (
	"encoding/binary"
	"sync/atomic"
)

// A writer lays out its records alike: one order, one way to set white space. So a Reader remembers, member by member of
// every object that it decodes, the bytes that led to the next one the last times: from the end of a value to the start of
// the next, `, "name": ` or `,\n    "name": `. Where they stand there again, they need not be read.
//
// What is remembered is a guess about bytes, never a fact: it is compared as a whole, so that a record means the same
// whatever was read before it.

// Member is a member of an object that a decoder is at. It is its Reader's, and good until the next call of that.
type Member struct {
	// Number is the member's among the names of Members; above all of those for one that they do not have.
	Number int

	// word and mask are the first 24 bytes of the way from the end of this member to the value of the next, and which of
	// them there are.
	word, mask [3]uint64
	n          int     // bytes of the way
	next       *Member // nil: it leads to the object's end
	// plain says that the way has no more than 24 bytes and leads to a member that has a number of its own.
	plain bool
	// nameAt and nameEnd are where the next member's name is in the way, quotes included.
	nameAt, nameEnd uint8
	// rival is the way that was seen last in place of this one, so many times in a row.
	rival  uint16
	seen   uint8
	trust  uint8               // falls each time that the way was another; at 0 it is forgotten
	more   [maxWay - near]byte // the bytes behind the first 24
	layout *layout
}

// layout is what a Reader remembers of the objects of one Members.
type layout struct {
	of      *Members
	start   Member // the way from an object's start to its first member
	members []Member
}

const (
	maxWay = 64 // bytes of a way; longer ones are read each time
	near   = 24 // bytes that a way is compared with, so many must be left

	// strangers are the numbers that members without one of their own share, by hash. They tell one from another well
	// enough to guess what comes after it.
	strangers = 32
)

// layouts counts the Members that there are.
var layouts atomic.Int32

// layout is what r remembers of the objects of m.
func (r *Reader) layout(m *Members) *layout {
	if m.id < len(r.layouts) {
		if l := r.layouts[m.id]; l != nil {
			return l
		}
	}
	return r.newLayout(m)
}

func (r *Reader) newLayout(m *Members) *layout {
	for len(r.layouts) <= m.id {
		r.layouts = append(r.layouts, nil)
	}
	l := &layout{of: m, members: make([]Member, len(m.names)+strangers)}
	l.start.begin(l, -1)
	for i := range l.members {
		l.members[i].begin(l, i)
	}
	r.layouts[m.id] = l
	return l
}

func (m *Member) begin(l *layout, number int) {
	m.Number, m.layout = number, l
	m.forget()
}

// begins reports whether b[i:], of 24 bytes at least, begins with the way from m as far as that is compared here.
func (m *Member) begins(b []byte, i int) bool {
	return (word(b, i)&m.mask[0]^m.word[0])|(word(b, i+8)&m.mask[1]^m.word[1])|(word(b, i+16)&m.mask[2]^m.word[2]) == 0
}

// goesOn reports whether b[i:], which begins with the first bytes of the way from m, has the others too.
func (m *Member) goesOn(b []byte, i int) bool {
	if m.n <= near {
		return true
	}
	end := i + m.n
	return end <= len(b) && string(b[i+near:end]) == string(m.more[:m.n-near])
}

// isLast reports whether b[i:], less than 24 bytes, begins with the way from m.
func (m *Member) isLast(b []byte, i int) bool {
	var w [near]byte
	copy(w[:], b[i:]) // and bytes 0 behind them, which no way has
	return m.begins(w[:], 0)
}

// note sees that from m, record b goes on with b[from:to], which leads to the member next of that number, and not as was
// foreseen; its name is at b[nameAt:nameEnd]. Where every record is another, no more is done than to write this down.
func (m *Member) note(b []byte, from, to int, next *Member, number, nameAt, nameEnd int) {
	if m.trust > 0 {
		if m.trust--; m.trust == 0 {
			m.forget()
		}
	}
	if rival := uint16(number<<7 | (to - from)); m.rival != rival {
		m.rival, m.seen = rival, 1
		return
	}
	if m.seen++; m.seen == enough {
		m.learn(b, from, to, next, nameAt, nameEnd)
		m.seen, m.trust = 0, lasting
	}
}

const (
	enough  = 6 // times that a way is seen in a row until it is learned
	lasting = 8 // times that the way learned is another in the records until it is forgotten
)

// forget makes m foresee nothing, so that the try is foreseen to fail.
func (m *Member) forget() {
	m.mask, m.word, m.plain = [3]uint64{}, [3]uint64{1}, false // without a mask nothing equals the word
}

// learn remembers what note sees.
func (m *Member) learn(b []byte, from, to int, next *Member, nameAt, nameEnd int) {
	n := to - from
	if n > maxWay {
		return
	}
	var text [maxWay]byte
	copy(text[:], b[from:to])
	m.n, m.next, m.nameAt, m.nameEnd = n, next, uint8(nameAt-from), uint8(nameEnd-from)
	m.plain = n <= near && next != nil && next.Number < len(m.layout.of.names)
	for i := range m.word {
		m.word[i] = binary.LittleEndian.Uint64(text[8*i:])
		switch n := n - 8*i; {
		case n >= 8:
			m.mask[i] = ^uint64(0)
		case n > 0:
			m.mask[i] = 1<<(8*n) - 1
		default:
			m.mask[i] = 0
		}
	}
	copy(m.more[:], text[near:])
}
