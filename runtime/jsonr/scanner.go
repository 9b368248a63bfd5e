package jsonr

import (
	"encoding/binary"
	"math/bits"
)

// scanner finds the end of a value by its brackets and quotes, and can go on where the bytes ended before the value.
type scanner struct {
	at    int // bytes looked at
	depth int
	state scanState
}

type scanState uint8

const (
	before  scanState = iota // at the value's first byte
	bare                     // in a number or word
	between                  // in an object or array
	quoted                   // in a string
	escaped                  // after a backslash
)

func (s *scanner) reset() { *s = scanner{} }

// pass says that the first n bytes are gone.
func (s *scanner) pass(n int) { s.at -= n }

// atEnd says whether the end of the stream ends the value.
func (s *scanner) atEnd() bool { return s.state == bare }

// end is the length of the value that b begins with; negative where b ends before it. b is what it was at the last call,
// or longer.
func (s *scanner) end(b []byte) int {
	for s.at < len(b) {
		switch s.state {
		case between:
			if s.brackets(b); s.depth == 0 {
				return s.at
			}
		case quoted:
			s.at = stringStop(b, s.at)
			if s.at == len(b) {
				return -1
			}
			if s.quote(b[s.at]); s.depth == 0 && s.state == between {
				return s.at
			}
		case escaped:
			s.at++
			s.state = quoted
		case bare:
			if delimits(b[s.at]) {
				return s.at
			}
			s.at++
		case before:
			s.begin(b[0])
		}
	}
	return -1
}

func (s *scanner) begin(c byte) {
	s.at = 1
	switch c {
	case '{', '[':
		s.depth, s.state = 1, between
	case '"':
		s.state = quoted
	default:
		s.state = bare
	}
}

// quote takes the byte c that stopped the run of a string.
func (s *scanner) quote(c byte) {
	s.at++
	switch c {
	case '"':
		s.state = between
	case '\\':
		s.state = escaped
	}
}

// brackets goes on to the next string, or to behind the bracket that ends the value.
func (s *scanner) brackets(b []byte) {
	for i := s.at; i < len(b); {
		if i+8 <= len(b) {
			m := structural(binary.LittleEndian.Uint64(b[i:]))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		c := b[i]
		i++
		switch c {
		case '{', '[':
			s.depth++
		case '}', ']':
			if s.depth--; s.depth == 0 {
				s.at = i
				return
			}
		case '"':
			s.at, s.state = i, quoted
			return
		}
	}
	s.at = len(b)
}

// structural marks the high bit of quotes and brackets; the lowest mark is right. The bit 0x20 tells { from [ and } from ].
func structural(x uint64) uint64 {
	quote := x ^ ones*'"'
	open := x&^(ones*0x20) ^ ones*'['
	shut := x&^(ones*0x20) ^ ones*']'
	return ((quote-ones)&^quote | (open-ones)&^open | (shut-ones)&^shut) & highs
}

func delimits(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', ',', ':', '[', ']', '{', '}', '"':
		return true
	}
	return false
}
