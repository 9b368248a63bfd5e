package avror

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/value"
)

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	n := r.here()
	if n.wire != wireBool {
		return r.refuse(n, "a boolean")
	}
	b := r.take(1, "a boolean")
	if b == nil {
		return false
	}
	if b[0] > 1 {
		r.pos--
		return r.fail("expected a boolean, 0 or 1")
	}
	return b[0] == 1
}

// Int32 reads an int.
func (r *Reader) Int32() int32 {
	n := r.here()
	if n.wire != wireInt {
		r.refuse(n, "an int")
		return 0
	}
	return r.int32()
}

// Int64 reads an int or a long.
func (r *Reader) Int64() int64 {
	switch n := r.here(); n.wire {
	case wireLong:
		return r.varint()
	case wireInt:
		return int64(r.int32())
	default:
		r.refuse(n, "a long")
		return 0
	}
}

// Float32 reads a float, or the nearest one of an int or long.
func (r *Reader) Float32() float32 {
	switch n := r.here(); n.wire {
	case wireFloat:
		return r.float()
	case wireInt:
		return float32(r.int32())
	case wireLong:
		return float32(r.varint())
	default:
		r.refuse(n, "a float")
		return 0
	}
}

// Float64 reads a double, a float, or the nearest double of an int or long.
func (r *Reader) Float64() float64 {
	switch n := r.here(); n.wire {
	case wireDouble:
		if b := r.take(8, "a double"); b != nil {
			return math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
		return 0
	case wireFloat:
		return float64(r.float())
	case wireInt:
		return float64(r.int32())
	case wireLong:
		return float64(r.varint())
	default:
		r.refuse(n, "a double")
		return 0
	}
}

func (r *Reader) float() float32 {
	if b := r.take(4, "a float"); b != nil {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// String reads a string, bytes that are valid UTF-8, or the symbol of an enum.
func (r *Reader) String() string {
	switch n := r.here(); n.wire {
	case wireString, wireBytes:
		return r.string("a string of valid UTF-8")
	case wireEnum:
		if i := r.symbol(n); i >= 0 {
			return n.symbols[i]
		}
		return ""
	default:
		r.refuse(n, "a string")
		return ""
	}
}

func (r *Reader) string(what string) string {
	start := r.pos
	b := r.take(r.varint(), what)
	if !utf8.Valid(b) {
		r.pos = start
		r.fail("expected " + what)
		return ""
	}
	return alias(b)
}

// symbol reads an enum: which of the writer's symbols it is, -1 after an error.
func (r *Reader) symbol(n *node) int {
	start := r.pos
	i := r.varint()
	if r.err != nil {
		return -1
	}
	if uint64(i) >= uint64(len(n.symbols)) {
		r.pos = start
		r.fail("expected the number of one of " + strings.Join(n.symbols, ", "))
		return -1
	}
	return int(i)
}

// Bytes reads bytes, a string or a fixed.
func (r *Reader) Bytes() []byte {
	n := r.here()
	b, ok := r.raw(n)
	if !ok {
		r.refuse(n, "bytes")
	}
	return b
}

// raw reads what lies as bytes; not ok for what does not.
func (r *Reader) raw(n *node) (b []byte, ok bool) {
	switch n.wire {
	case wireBytes, wireString:
		return r.take(r.varint(), "bytes"), true
	case wireFixed:
		return r.take(int64(n.size), "a fixed"), true
	}
	return nil, false
}

// Enum reads an enum, or a string that is one of its symbols, and returns that one of symbols, which are those of the
// reader's schema.
func (r *Reader) Enum(symbols []string) string {
	n, start := r.here(), r.pos
	switch n.wire {
	case wireEnum:
		i := r.symbol(n)
		if i < 0 {
			return ""
		}
		if at := n.places[i]; at >= 0 {
			return symbols[at]
		}
		r.pos = start
		r.fail("expected one of " + strings.Join(symbols, ", ") + ", found " + n.symbols[i])
	case wireString:
		text := r.string("a string of valid UTF-8")
		for _, s := range symbols {
			if s == text {
				return s
			}
		}
		r.mismatch(start, "one of "+strings.Join(symbols, ", "), text)
	default:
		r.refuse(n, "one of "+strings.Join(symbols, ", "))
	}
	return ""
}

const maxExcerpt = 60

// mismatch reports that the text at start is not what is wanted.
func (r *Reader) mismatch(start int, what, text string) {
	if r.err != nil {
		return
	}
	if len(text) > maxExcerpt {
		text = strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
	}
	r.pos = start
	r.fail("expected " + what + `, found "` + text + `"`)
}

// quoted reads the text of a string; not ok after an error, and for what is no string.
func (r *Reader) quoted(n *node, what string) (text []byte, start int, ok bool) {
	if n.wire != wireString {
		return nil, 0, r.refuse(n, what)
	}
	start = r.pos
	text = r.take(r.varint(), "a string")
	return text, start, r.err == nil
}

// UUID reads a UUID of 16 bytes, or its text.
func (r *Reader) UUID() (id value.UUID) {
	const what = "a UUID such as 123e4567-e89b-12d3-a456-426614174000"
	n := r.here()
	if n.wire == wireFixed {
		copy(id[:], r.take(int64(n.size), "a UUID"))
		return id
	}
	text, start, ok := r.quoted(n, what)
	id, ok2 := value.ParseUUID(text)
	if ok && !ok2 {
		r.mismatch(start, what, alias(text))
	}
	return id
}
