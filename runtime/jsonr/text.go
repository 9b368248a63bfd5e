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
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return (x | (quote - ones) | (slash - ones) | (x - ones*' ')) & highs
}

// ending is special without what is not ASCII.
func ending(x uint64) uint64 {
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & highs
}

// alias is b as a string that shares its memory.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// text reads the string literal at pos, whose quote is there. Without escapes the result shares the record's memory.
func (r *Reader) text() []byte {
	b, start := r.buf, r.pos+1
	i := start
	for ; i+8 <= len(b); i += 8 {
		if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			if i += bits.TrailingZeros64(m) >> 3; b[i] == '"' {
				r.pos = i + 1
				return b[start:i]
			}
			return r.longText(start, i)
		}
	}
	return r.lastText(start, i)
}

// lastText is text for what is within eight bytes of the end; the bytes from start to i are plain.
func (r *Reader) lastText(start, i int) []byte {
	b := r.buf
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i]-' ' < utf8.RuneSelf-' ' {
		i++
	}
	if i < len(b) && b[i] == '"' {
		r.pos = i + 1
		return b[start:i]
	}
	return r.longText(start, i)
}

// longText is text for strings with escapes or other than ASCII; the bytes from start to i are plain.
func (r *Reader) longText(start, i int) []byte {
	b, from, mark := r.buf, start, len(r.scratch)
	escaped := false
	for {
		i = stringStop(b, i)
		if !utf8.Valid(b[from:i]) {
			return r.failText(from + validPrefix(b[from:i]))
		}
		switch {
		case i == len(b):
			r.fail(start-1, "the string has no end")
			return nil
		case b[i] == '"':
			r.pos = i + 1
			if !escaped {
				return b[start:i]
			}
			r.scratch = append(r.scratch, b[from:i]...)
			return r.scratch[mark:]
		case b[i] == '\\':
			escaped = true
			r.scratch = append(r.scratch, b[from:i]...)
			if i = r.escape(i); i < 0 {
				return nil
			}
			from = i
		default:
			return r.failText(i)
		}
	}
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

func validPrefix(b []byte) int {
	for i := 0; ; {
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
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

// escape appends what the escape at i stands for, and returns the offset after it; negative after an error.
func (r *Reader) escape(i int) int {
	b := r.buf
	if i+1 < len(b) {
		if c := unescaped[b[i+1]]; c != 0 {
			r.scratch = append(r.scratch, c)
			return i + 2
		}
		if b[i+1] == 'u' {
			return r.unicode(i)
		}
	}
	r.fail(i, "a backslash in a string begins no escape")
	return -1
}

// unicode is escape for \uXXXX, and for two of them that are a surrogate pair.
func (r *Reader) unicode(i int) int {
	c, ok := hex4(r.buf, i+2)
	if !ok {
		r.fail(i, `\u is not followed by four hexadecimal digits`)
		return -1
	}
	next := i + 6
	if c >= 0xD800 && c < 0xE000 {
		low, ok := rune(0), next+1 < len(r.buf) && r.buf[next] == '\\' && r.buf[next+1] == 'u'
		if ok {
			low, ok = hex4(r.buf, next+2)
		}
		if !ok || c >= 0xDC00 || low < 0xDC00 || low >= 0xE000 {
			r.fail(i, "half of a surrogate pair stands alone")
			return -1
		}
		c = (c-0xD800)<<10 + low - 0xDC00 + 0x10000
		next += 6
	}
	r.scratch = utf8.AppendRune(r.scratch, c)
	return next
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
