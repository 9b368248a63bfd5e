package jsonr

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the high bit of the bytes that end the plain part of a string: a quote, a backslash, a control
// character, and anything that is not ASCII. The lowest mark is right, those above it may be false.
func special(x uint64) uint64 {
	low := (x ^ ones*('"'^' ')) - ones*(' '+1) // a quote is where the blank was, just above the control characters
	slash := (x ^ ones*'\\') - ones
	return (x | low | slash) & highs
}

// ending is special without what is not ASCII.
func ending(x uint64) uint64 {
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & highs
}

// alias is b as a string that shares its memory.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// word is the eight bytes at b[i:], which has them.
func word(b []byte, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))[:])
}

// text reads the string literal at pos, whose quote is there. Without escapes the result shares the record's memory.
func (r *Reader) text() []byte {
	s, _ := r.str(false)
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

// str reads a string, or a null if there may be one. That is not ok.
func (r *Reader) str(null bool) (s string, ok bool) {
	b, start := r.buf, r.pos+1
	if start+16 > len(b) || b[start-1] != '"' {
		return r.rareString(null)
	}
	for i := start; i+16 <= len(b); i += 16 {
		low, high := special(word(b, i)), special(word(b, i+8))
		if low|high == 0 {
			continue
		}
		// In which of the two words the string ends decides no branch: lengths cannot be foreseen.
		i += bits.TrailingZeros64(low)>>3 + bits.TrailingZeros64(high)>>3&^within(low)
		if b[i] != '"' {
			return alias(r.longText(start, i)), true
		}
		r.pos = i + 1
		return unsafe.String(&b[start], i-start), true
	}
	return alias(r.longText(start, start)), true
}

// within is all bits where special has marked a byte, and none where not.
func within(marks uint64) int { return int(int64(marks|-marks) >> 63) }

// rareString is str for what is no string, or near the record's end, or behind white space.
func (r *Reader) rareString(null bool) (s string, ok bool) {
	switch c := r.peek(); {
	case c == '"':
		return alias(r.longText(r.pos+1, r.pos+1)), true
	case c == 'n' && null:
		r.word("null")
	default:
		r.expected("a string")
	}
	return "", false
}

// longText is text for strings that have other than ASCII or escapes; the bytes from start to i are right and stand for
// themselves.
func (r *Reader) longText(start, i int) []byte {
	b := r.buf
	for i < len(b) {
		if i+8 <= len(b) {
			m := special(word(b, i))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		switch c := b[i]; {
		case c == '"':
			r.pos = i + 1
			return b[start:i]
		case c == '\\':
			return r.unescape(start, i)
		case c < ' ':
			return r.failText(i)
		case c < utf8.RuneSelf:
			i++
		default:
			n := runeSize(b[i:])
			if n == 0 {
				return r.failText(i)
			}
			i += n
		}
	}
	r.fail(start-1, "the string has no end")
	return nil
}

// runeSize is the size of the character that is not ASCII and that b begins with, 0 where it is not UTF-8.
func runeSize(b []byte) int {
	if len(b) >= 3 {
		switch c, d := b[0], b[1]; {
		case c < 0xC2:
			return 0
		case c < 0xE0 && d&0xC0 == 0x80:
			return 2
		case c < 0xF0 && d&0xC0 == 0x80 && b[2]&0xC0 == 0x80 && (c != 0xE0 || d >= 0xA0) && (c != 0xED || d < 0xA0):
			return 3
		}
	}
	if c, n := utf8.DecodeRune(b); c != utf8.RuneError || n > 1 {
		return n
	}
	return 0
}

// unescape is longText from the first escape on.
func (r *Reader) unescape(start, i int) []byte {
	b, mark := r.buf, len(r.scratch)
	r.scratch = grown(r.scratch, len(b)-start+8) // what escapes stand for is shorter than they are
	dst := r.scratch[mark:cap(r.scratch)]
	n := copy(dst, b[start:i])
	for {
		if i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			binary.LittleEndian.PutUint64(dst[n:], x)
			m := special(x)
			if m == 0 {
				i, n = i+8, n+8
				continue
			}
			plain := bits.TrailingZeros64(m) >> 3
			i, n = i+plain, n+plain
		} else if i == len(b) {
			r.fail(start-1, "the string has no end")
			return nil
		}
		switch c := b[i]; {
		case c == '"':
			r.pos = i + 1
			r.scratch = r.scratch[:mark+n]
			return dst[:n:n]
		case c == '\\':
			var size int
			if i, size = r.escape(dst[n:], i); size == 0 {
				return nil
			}
			n += size
		case c < ' ':
			return r.failText(i)
		case c < utf8.RuneSelf:
			dst[n] = c
			i, n = i+1, n+1
		default:
			size := runeSize(b[i:])
			if size == 0 {
				return r.failText(i)
			}
			copy(dst[n:], b[i:i+size])
			i, n = i+size, n+size
		}
	}
}

// grown is s with room for n bytes more.
func grown(s []byte, n int) []byte {
	if cap(s)-len(s) >= n {
		return s
	}
	return append(make([]byte, 0, 2*len(s)+n), s...)
}

// stringStop is the offset of the next quote, backslash or control character, or the end.
func stringStop(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := ending(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
		i++
	}
	return i
}

// failText reports a byte that no string may hold.
func (r *Reader) failText(i int) []byte {
	if r.buf[i] < ' ' {
		r.fail(i, "a string holds a control character that is not escaped: "+r.found(i))
	} else {
		r.fail(i, "a string is not valid UTF-8: "+r.found(i))
	}
	return nil
}

// unescaped maps the letter after a backslash to what it stands for.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape writes what the escape at i stands for to dst, and gives the offset after it and the size; 0 after an error.
func (r *Reader) escape(dst []byte, i int) (next, size int) {
	b := r.buf
	if i+1 < len(b) {
		if c := unescaped[b[i+1]]; c != 0 {
			dst[0] = c
			return i + 2, 1
		}
		if b[i+1] == 'u' {
			return r.unicode(dst, i)
		}
	}
	r.fail(i, "a backslash in a string begins no escape")
	return i, 0
}

// unicode is escape for \uXXXX, and for two of them that are a surrogate pair.
func (r *Reader) unicode(dst []byte, i int) (next, size int) {
	c, ok := hex4(r.buf, i+2)
	if !ok {
		r.fail(i, `\u is not followed by four hexadecimal digits`)
		return i, 0
	}
	next = i + 6
	if c >= 0xD800 && c < 0xE000 {
		low, ok := rune(0), next+1 < len(r.buf) && r.buf[next] == '\\' && r.buf[next+1] == 'u'
		if ok {
			low, ok = hex4(r.buf, next+2)
		}
		if !ok || c >= 0xDC00 || low < 0xDC00 || low >= 0xE000 {
			r.fail(i, "half of a surrogate pair stands alone")
			return i, 0
		}
		c = (c-0xD800)<<10 + low - 0xDC00 + 0x10000
		next += 6
	}
	return next, utf8.EncodeRune(dst, c)
}

func hex4(b []byte, i int) (c rune, ok bool) {
	if i+4 > len(b) {
		return 0, false
	}
	for _, d := range b[i : i+4] {
		switch {
		case d-'0' <= 9:
			d -= '0'
		case d|0x20 >= 'a' && d|0x20 <= 'f':
			d = d | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		c = c<<4 | rune(d)
	}
	return c, true
}
