package jsonr

import (
	"math/bits"
	"unicode/utf8"
)

// Skip reads over a value of any kind. What it skips must be as right as what is read: grammar, UTF-8, depth.
func (r *Reader) Skip() {
	mark := len(r.scratch)
	r.skip()
	r.scratch = r.scratch[:mark]
}

// Span is Skip, and says where in the record the value is.
func (r *Reader) Span() (from, to int) {
	r.peek()
	from = r.pos
	r.Skip()
	return from, r.pos
}

func (r *Reader) skip() {
	c := r.peek()
	if r.pos < len(r.buf) {
		if end := leap(r.buf, r.pos, r.depth); end > 0 {
			r.pos = end
			return
		}
	}
	switch c {
	case '{':
		for r.Object(); r.Next(); {
			r.skip()
		}
	case '[':
		for r.Array(); r.Elem(); {
			r.skip()
		}
	case '"':
		r.text()
	case 't':
		r.word("true")
	case 'f':
		r.word("false")
	case 'n':
		r.word("null")
	default:
		r.number("a value")
	}
}

// leap is the end of the value at b[i:], 0 where it is not right, or has what is rare. To say what is wrong is left to the
// Reader, which reads it again.
func leap(b []byte, i, depth int) int {
	switch c := b[i]; c {
	case '"':
		return leapString(b, i)
	case '{', '[':
		return leapAll(b, i, depth)
	case 't', 'n':
		if i+4 <= len(b) && (string(b[i:i+4]) == "true" || string(b[i:i+4]) == "null") {
			return i + 4
		}
		return 0
	case 'f':
		if i+5 <= len(b) && string(b[i:i+5]) == "false" {
			return i + 5
		}
		return 0
	}
	return leapNumber(b, i)
}

// leapAll is leap for an object or an array.
func leapAll(b []byte, i, depth int) int {
	if depth == MaxDepth {
		return 0
	}
	object := b[i] == '{'
	shut := b[i] + 2
	if i = after(b, i+1); i < len(b) && b[i] == shut {
		return i + 1
	}
	for i < len(b) {
		if object {
			if b[i] != '"' {
				return 0
			}
			if i = leapString(b, i); i == 0 {
				return 0
			}
			if i = after(b, i); i == len(b) || b[i] != ':' {
				return 0
			}
			if i = after(b, i+1); i == len(b) {
				return 0
			}
		}
		if i = leap(b, i, depth+1); i == 0 {
			return 0
		}
		if i = after(b, i); i == len(b) || b[i] != ',' {
			break
		}
		i = after(b, i+1)
	}
	if i < len(b) && b[i] == shut {
		return i + 1
	}
	return 0
}

// after is spaces where there may be none.
func after(b []byte, i int) int {
	if i < len(b) && b[i] > ' ' {
		return i
	}
	return spaces(b, i)
}

// leapString is leap for a string.
func leapString(b []byte, i int) int {
	for i++; i+8 <= len(b); {
		m := special(word(b, i))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c >= utf8.RuneSelf:
			n := runeSize(b[i:])
			if n == 0 {
				return 0
			}
			i += n
		case c == '\\' && i+1 < len(b) && unescaped[b[i+1]] != 0:
			i += 2
		case c == '\\' && i+1 < len(b) && b[i+1] == 'u':
			if c, ok := hex4(b, i+2); !ok || c >= 0xD800 && c < 0xE000 {
				return 0
			}
			i += 6
		default:
			return 0
		}
	}
	return 0
}

// leapNumber is leap for a number.
func leapNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	first := i
	if i = leapDigits(b, i); i == first || b[first] == '0' && i > first+1 {
		return 0
	}
	if i < len(b) && b[i] == '.' {
		point := i + 1
		if i = leapDigits(b, point); i == point {
			return 0
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		return 0
	}
	return i
}

func leapDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// rescue keeps members that no field takes, as the text of a JSON object.
type rescue struct {
	text []byte
	walk walker
}

// reset begins with the value at from: names are paths within it.
func (s *rescue) reset(from int) {
	s.text = s.text[:0]
	s.walk.reset(from)
}

// Rescue is Skip, but Rescued has the member.
func (r *Reader) Rescue() {
	r.peek()
	key, start, nested := r.buf[min(r.keyAt, len(r.buf)):min(r.keyEnd, len(r.buf))], r.pos, r.depth > 1
	if r.Skip(); r.err != nil {
		return
	}
	s := &r.rescue
	if len(s.text) == 0 {
		s.text = append(s.text, '{')
	} else {
		s.text[len(s.text)-1] = ','
	}
	if nested {
		s.walk.walk(r.buf, start) // from where the last one ended: a record is walked once
		s.text = append(appendPath(append(s.text, '"'), r.buf, s.walk.frames), '"')
	} else {
		s.text = append(s.text, key...)
	}
	s.text = append(append(s.text, ':'), r.buf[start:r.pos]...)
	s.text = append(s.text, '}')
}

// Rescued is the text of a JSON object with the members that Rescue skipped, "" for none. Names are as the record spells
// them; that of a member of a nested object is its path: lineItems[2].colour. It is valid until the next Reset.
func (r *Reader) Rescued() string { return alias(r.rescue.text) }
