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

// layout is what a Reader remembers of the objects of one Members.
type layout struct {
	steps []step // by what Member gave before, plus one
}

// step is the way from the end of a member, or from the start of the object, to the value of the next.
type step struct {
	word, mask [3]uint64 // the first 24 bytes, and which of them there are
	n          uint16    // bytes
	next       int16     // what Member gives: a number, or End
	// nameAt and nameEnd are where the member's name is in the bytes, quotes included.
	nameAt, nameEnd uint8
	// rival is a way that was seen once in place of this one; seen again, it takes the place.
	rival uint16
	more  [maxStep - 24]byte // the bytes behind the first 24
}

const (
	maxStep = 64 // bytes of a step; longer ones are read each time
	near    = 24 // bytes that a step is compared with at least, so many must be left

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
	l := &layout{steps: make([]step, 1+len(m.names)+strangers)}
	for i := range l.steps {
		l.steps[i].word[0] = 1 // without a mask nothing equals it
	}
	r.layouts[m.id] = l
	return l
}

// learn remembers that after last, record b goes on with b[from:to], which leads to the member next; its name is at
// b[nameAt:nameEnd].
func (l *layout) learn(last int, b []byte, from, to, next, nameAt, nameEnd int) {
	if to-from > maxStep {
		return
	}
	s := &l.steps[last+1]
	if rival := uint16(next<<7 | (to - from)); s.rival != rival && s.mask[0] != 0 {
		s.rival = rival // where every record is another, writing this down is all that guessing costs
		return
	}
	var text [maxStep]byte
	copy(text[:], b[from:to])
	s.n, s.next, s.nameAt, s.nameEnd = uint16(to-from), int16(next), uint8(nameAt-from), uint8(nameEnd-from)
	for i := range s.word {
		s.word[i] = binary.LittleEndian.Uint64(text[8*i:])
		switch n := to - from - 8*i; {
		case n >= 8:
			s.mask[i] = ^uint64(0)
		case n > 0:
			s.mask[i] = 1<<(8*n) - 1
		default:
			s.mask[i] = 0
		}
	}
	copy(s.more[:], text[near:])
}

// isNot is 0 where w is what the step begins with.
func (s *step) isNot(w *[near]byte) uint64 {
	return (binary.LittleEndian.Uint64(w[:])&s.mask[0] ^ s.word[0]) |
		(binary.LittleEndian.Uint64(w[8:])&s.mask[1] ^ s.word[1]) |
		(binary.LittleEndian.Uint64(w[16:])&s.mask[2] ^ s.word[2])
}

// goesOn reports whether b[i:], which begins with the first 24 bytes of the step, goes on with the others.
func (s *step) goesOn(b []byte, i int) bool {
	end := i + int(s.n)
	return end <= len(b) && string(b[i+near:end]) == string(s.more[:s.n-near])
}

// isLast reports whether b[i:], less than 24 bytes, begins with the step.
func (s *step) isLast(b []byte, i int) bool {
	var w [near]byte
	copy(w[:], b[i:]) // and bytes 0 behind them, which no step has
	return s.isNot(&w) == 0
}
