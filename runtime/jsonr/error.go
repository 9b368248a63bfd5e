package jsonr

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says why a record is bad.
type Error struct {
	Offset int    // in the record
	Path   string // of the value: lineItems[2].price; "" for the record itself
	Reason string
}

func (e *Error) Error() string {
	at := "at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
	if e.Path == "" {
		return at
	}
	return e.Path + ", " + at
}

// fail keeps the first error and ends the record there: pos is at the end, where no later call finds anything.
func (r *Reader) fail(offset int, reason string) bool {
	if r.err == nil {
		r.err = &Error{Offset: offset, Path: pathAt(r.buf, offset), Reason: reason}
	}
	r.pos = len(r.buf)
	return false
}

// expected reports that what is at pos is not what is wanted there.
func (r *Reader) expected(what string) bool {
	r.peek()
	return r.mismatch(r.pos, what)
}

// mismatch reports that the value at offset is not what is wanted.
func (r *Reader) mismatch(offset int, what string) bool {
	if r.err == nil {
		r.fail(offset, "expected "+what+", found "+r.found(offset))
	}
	return false
}

// found describes what is at offset, for the person who has to find it.
func (r *Reader) found(offset int) string {
	if offset >= len(r.buf) {
		return "the end of the record"
	}
	rest := r.buf[offset:]
	switch c := rest[0]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "the string " + excerpt(rest[:min(len(rest), stringEnd(rest))])
	case c == '-' || c-'0' <= 9:
		return "the number " + excerpt(rest[:tokenEnd(rest)])
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return excerpt(rest[:tokenEnd(rest)])
	case c < ' ' || c >= utf8.RuneSelf:
		return "the byte 0x" + strconv.FormatUint(uint64(c)|0x100, 16)[1:]
	default:
		return "'" + string(rune(c)) + "'"
	}
}

// stringEnd is the length of the string literal that b begins with, as far as it goes.
func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func tokenEnd(b []byte) int {
	for i, c := range b {
		if c <= ' ' || c >= utf8.RuneSelf || c == ',' || c == ']' || c == '}' || c == ':' || c == '"' {
			return max(i, 1)
		}
	}
	return len(b)
}

const maxExcerpt = 60

// excerpt is b, cut where it is long, as valid UTF-8.
func excerpt(b []byte) string { return strings.ToValidUTF8(cut(b, maxExcerpt), "\uFFFD") }

// cut is b, without what is behind the first n bytes.
func cut(b []byte, n int) string {
	if len(b) <= n {
		return string(b)
	}
	whole := n
	for whole > n-utf8.UTFMax && !utf8.RuneStart(b[whole]) {
		whole--
	}
	return string(b[:whole]) + "…"
}
