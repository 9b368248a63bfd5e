// Package jsonr reads JSON records for generated decoders, which pull one value after the other.
//
// A decoder is one statement a field: Reader keeps its first error, after which every call is cheap and gives nothing.
// A Splitter cuts a stream into records. Neither allocates per record once its buffers have grown.
package jsonr

import "math/bits"

// MaxDepth is how deeply objects and arrays of a record may be nested.
const MaxDepth = 512

// Reader reads one record, a JSON value as RFC 8259 defines it, in UTF-8.
//
// Strings and bytes that it returns may share the record's memory or the reader's: they are valid until the next Reset,
// and as long as the record's bytes stay as they are.
type Reader struct {
	buf   []byte
	pos   int // after an error len(buf), so that nothing more is found
	depth int
	first bool // an object or array was opened and nothing of it read
	// relaxed: required members of the record itself may be missing or null
	relaxed bool

	key           []byte // of the member at hand, unescaped
	keyAt, keyEnd int    // where it is in buf, quotes included

	layouts []*layout // by Members.id
	scratch []byte    // unescaped strings
	rescue  rescue
	err     *Error
}

// Reset makes r read record.
func (r *Reader) Reset(record []byte) {
	r.ResetAt(record, 0, len(record))
}

// ResetAt makes r read the value at record[from:to], whose surroundings have been read and found right. Errors say where
// in the record they are.
func (r *Reader) ResetAt(record []byte, from, to int) {
	r.buf, r.pos, r.depth, r.first, r.relaxed = record[:to], from, 0, false, false
	r.key = nil
	r.scratch = r.scratch[:0]
	r.rescue.reset(from)
	r.err = nil
}

// Relax lets the record lack members that are required, until the next Reset: the row that a delete shows may be its key
// alone.
func (r *Reader) Relax() { r.relaxed = true }

// Relaxed reports whether the record may lack what is required.
func (r *Reader) Relaxed() bool { return r.relaxed }

// Lacks reads a null if there is one and the record may have it where a value is required.
func (r *Reader) Lacks() bool { return r.relaxed && r.Null() }

// Err is the first error so far, a *Error, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// End ends the record: only white space may follow the value. It returns the first error, a *Error, or nil.
func (r *Reader) End() error {
	if r.pos < len(r.buf) {
		if r.peek(); r.pos < len(r.buf) {
			r.expected("nothing after the value")
		}
	}
	return r.Err()
}

// Blank is Lacks for values that are never an empty text: connectors write "" for what may not be null and is not known.
func (r *Reader) Blank() bool {
	if r.relaxed && r.peek() == '"' && r.pos+1 < len(r.buf) && r.buf[r.pos+1] == '"' {
		r.pos += 2
		return true
	}
	return r.Lacks()
}

// Offset is where in the record what is read next begins.
func (r *Reader) Offset() int {
	r.peek()
	return r.pos
}

// Fail reports what a decoder finds wrong with the value at offset.
func (r *Reader) Fail(offset int, reason string) { r.fail(offset, reason) }

// Mismatch reports that the value at offset is not what is wanted.
func (r *Reader) Mismatch(offset int, what string) { r.mismatch(offset, what) }

// Missing reports that a required field was not in the object that has just ended.
func (r *Reader) Missing(field string) {
	if r.err != nil || r.relaxed && r.depth == 0 {
		return
	}
	end := max(r.pos-1, 0) // where the object's bracket is
	r.err = &Error{Offset: end, Path: memberPath(r.buf, end, field), Reason: "the field is required and missing"}
	r.pos = len(r.buf)
}

// peek is the next byte that is no white space, 0 at the end. (A 0 that is there is in no place allowed.)
func (r *Reader) peek() byte {
	if i := r.pos; i < len(r.buf) {
		if c := r.buf[i]; c > ' ' {
			return c
		}
	}
	return r.skipSpace()
}

//go:noinline
func (r *Reader) skipSpace() byte {
	if r.pos = spaces(r.buf, r.pos); r.pos < len(r.buf) {
		return r.buf[r.pos]
	}
	return 0
}

// spaces is where the white space from b[i:] on ends.
func spaces(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ' ':
			if i+8 <= len(b) { // an indent
				i += bits.TrailingZeros64(word(b, i)^ones*' ') >> 3
				continue
			}
			i++
		case '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// Object enters an object: Next then goes through its members.
//
//	for r.Object(); r.Next(); {
//		switch string(r.Key()) {
//		case "id":
//			id = r.String()
//		default:
//			r.Skip()
//		}
//	}
func (r *Reader) Object() bool { return r.open('{', "an object") }

// Array enters an array: Elem then goes through its elements.
//
//	for r.Array(); r.Elem(); {
//		list = append(list, r.Int64())
//	}
func (r *Reader) Array() bool { return r.open('[', "an array") }

func (r *Reader) open(bracket byte, what string) bool {
	if r.peek() != bracket {
		return r.expected(what)
	}
	if r.depth == MaxDepth {
		return r.fail(r.pos, "objects and arrays are nested more than 512 deep")
	}
	r.depth++
	r.pos++
	r.first = true
	return true
}

// Next goes to the next member of the object, whose value is then to be read or skipped. It is false after the last.
func (r *Reader) Next() bool {
	if !r.toMember() {
		return false
	}
	r.keyAt = r.pos
	r.key = r.text()
	r.keyEnd = r.pos
	return r.colon()
}

// toMember goes to the name of the next member. It is false after the last.
func (r *Reader) toMember() bool {
	c := r.peek()
	if c == ',' && !r.first {
		r.pos++
		c = r.peek()
	} else if c == '}' && r.depth > 0 {
		r.pos++
		r.depth--
		r.first = false
		return false
	} else if !r.first {
		return r.expected("a comma or the object's end")
	}
	r.first = false
	return c == '"' || r.expected("a member's name in quotes")
}

func (r *Reader) colon() bool {
	if r.pos < len(r.buf) && r.buf[r.pos] == ':' {
		r.pos++
		return true
	}
	if r.peek() != ':' {
		return r.expected("a colon")
	}
	r.pos++
	return true
}

// Key is the name of the member at hand, valid until the next call of Next.
func (r *Reader) Key() []byte { return r.key }

// KeyString is Key as a string that is valid until the next Reset.
func (r *Reader) KeyString() string { return alias(r.key) }

// Elem goes to the next element of the array, which is then to be read or skipped. It is false after the last.
func (r *Reader) Elem() bool {
	if b, i := r.buf, r.pos; i+2 < len(b) && b[i] == ',' && !r.first {
		i++
		if b[i] == ' ' {
			i++
		}
		if b[i] > ' ' && b[i] != ']' {
			r.pos = i
			return true
		}
	}
	c := r.peek()
	if c == ']' && r.depth > 0 {
		r.pos++
		r.depth--
		r.first = false
		return false
	}
	if r.first {
		r.first = false
		return r.pos < len(r.buf) || r.expected("a value or the array's end")
	}
	if c != ',' {
		return r.expected("a comma or the array's end")
	}
	r.pos++
	if r.peek() == ']' {
		return r.expected("a value")
	}
	return true
}

// Null reads a null if there is one.
func (r *Reader) Null() bool { return r.peek() == 'n' && r.word("null") }

// word reads a literal whose first byte is there.
func (r *Reader) word(w string) bool {
	if end := r.pos + len(w); end <= len(r.buf) && string(r.buf[r.pos:end]) == w {
		r.pos = end
		return true
	}
	return r.expected("a value")
}
