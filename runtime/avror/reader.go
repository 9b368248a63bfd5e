// Package avror reads messages in Avro's binary encoding for generated decoders, which ask for what they want in the
// order in which the writer wrote it.
//
// A message says nothing of its types: its writer's schema does, and a Plan is the way from there to the fields of the
// decoder. A Reader follows the Plan, tells the decoder which field comes next, and passes over the rest:
//
//	for r.Record(); r.Field(); {
//		switch r.Index() {
//		case 0:
//			o.ID = r.String()
//		case 1:
//			o.Amount = r.OptDecimal(10, 2)
//		}
//	}
package avror

import (
	"math"
	"strconv"
	"unsafe"
)

// Bounds of what a message may make a Reader do.
const (
	maxDepth = 512     // of values that are passed over
	maxEmpty = 1 << 16 // values that take no bytes, in all
)

// Reader reads the values of one message at a time.
//
// Strings and bytes that it returns share the message's memory: they are valid as long as it is. The first error is
// kept; after it every value is zero and every loop ends, and End returns the error.
type Reader struct {
	buf    []byte
	pos    int
	plan   *Plan
	node   *node // of the value that is read next
	index  int
	key    string
	empty  int
	frames []frame
	text   []byte
	err    *Error
}

// frame is a record, array or map that is open.
type frame struct {
	node *node
	next int // step, or element
	left int // elements of the block
	key  string
}

// Reset begins with the message that buf holds behind its first from bytes: a frame, which offsets in errors count too.
func (r *Reader) Reset(p *Plan, buf []byte, from int) {
	r.buf, r.pos, r.plan, r.node = buf, from, p, p.root
	r.index, r.key, r.empty, r.err = 0, "", 0, nil
	r.frames = r.frames[:0]
}

// Err is the first error so far, a *Error, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// End ends the message: nothing may follow the value. It returns the first error, a *Error, or nil.
func (r *Reader) End() error {
	if r.err == nil && r.pos < len(r.buf) {
		r.fail("expected nothing after the record, found " + strconv.Itoa(len(r.buf)-r.pos) + " more bytes: the message was written by another schema")
	}
	return r.Err()
}

// Record enters a record: Field then goes through its fields.
func (r *Reader) Record() bool {
	n := r.here()
	if n.wire != wireRecord {
		return r.refuse(n, "a record")
	}
	if n.missing != "" {
		return r.lacks(n)
	}
	r.frames = append(r.frames, frame{node: n})
	return true
}

// Field goes to the next field that the decoder has, which is then to be read. It is false after the last.
func (r *Reader) Field() bool {
	if r.err != nil {
		return false
	}
	f := &r.frames[len(r.frames)-1]
	for f.next < len(f.node.steps) {
		s := &f.node.steps[f.next]
		f.next++
		if s.field >= 0 {
			r.node, r.index = s.node, s.field
			return true
		}
		if r.pass(s.node, 0); r.err != nil {
			return false
		}
	}
	r.frames = r.frames[:len(r.frames)-1]
	return false
}

// Index is the number of the field at hand, in the order of the reader's schema.
func (r *Reader) Index() int { return r.index }

// Array enters an array: Elem then goes through its elements.
func (r *Reader) Array() bool { return r.open(wireArray, "an array") }

// Map enters a map: Next then goes through its entries.
func (r *Reader) Map() bool { return r.open(wireMap, "a map") }

func (r *Reader) open(w wire, what string) bool {
	n := r.here()
	if n.wire != w {
		return r.refuse(n, what)
	}
	r.frames = append(r.frames, frame{node: n})
	return true
}

// Elem goes to the next element of the array, which is then to be read. It is false after the last.
func (r *Reader) Elem() bool {
	if r.err != nil {
		return false
	}
	f := &r.frames[len(r.frames)-1]
	if f.left == 0 {
		if f.left = r.block(f.node, 0); f.left == 0 {
			r.leave()
			return false
		}
	}
	f.left--
	f.next++
	r.node = f.node.elem
	return true
}

// Next goes to the next entry of the map, whose value is then to be read. It is false after the last.
func (r *Reader) Next() bool {
	if r.err != nil {
		return false
	}
	f := &r.frames[len(r.frames)-1]
	if f.left == 0 {
		if f.left = r.block(f.node, 1); f.left == 0 {
			r.leave()
			return false
		}
	}
	f.left--
	f.next, f.key = 0, ""
	f.key = r.string("a key of valid UTF-8")
	f.next = 1
	r.node, r.key = f.node.elem, f.key
	return r.err == nil
}

func (r *Reader) leave() {
	if r.err == nil {
		r.frames = r.frames[:len(r.frames)-1]
	}
}

// KeyString is the key of the entry at hand.
func (r *Reader) KeyString() string { return r.key }

// Null reads a null if there is one.
func (r *Reader) Null() bool {
	n := r.here()
	r.node = n
	return n.wire == wireNull && r.err == nil
}

// here is what lies at pos: of a union, what its branch is.
func (r *Reader) here() *node {
	if n := r.node; n.wire != wireUnion {
		return n
	}
	return r.branch(r.node)
}

var noNode = &node{}

func (r *Reader) branch(n *node) *node {
	start := r.pos
	i := r.varint()
	if uint64(i) >= uint64(len(n.options)) {
		if r.err == nil {
			r.pos = start
			r.fail("expected the number of a union's type, 0 to " + strconv.Itoa(len(n.options)-1) + ", found " + strconv.FormatInt(i, 10))
		}
		return noNode
	}
	return n.options[i]
}

// block reads how many elements come next; 0 at the end, and after an error. extra bytes are before each.
func (r *Reader) block(n *node, extra int) int {
	start := r.pos
	count, size := r.varint(), int64(-1)
	if count < 0 {
		count, size = -count, r.varint()
	}
	if r.err != nil || count == 0 {
		return 0
	}
	left := int64(len(r.buf) - r.pos)
	least := int64(n.elem.least + extra)
	switch {
	case count < 0, least > 0 && count > left/least, size > left:
		r.pos = start
		r.fail("a block of " + strconv.FormatInt(count, 10) + " elements does not fit into the " + strconv.FormatInt(left, 10) + " bytes that are left")
		return 0
	case least == 0 && !r.countEmpty(count):
		return 0
	}
	return int(count)
}

// countEmpty notes values that take no bytes.
func (r *Reader) countEmpty(n int64) bool {
	if n > int64(maxEmpty-r.empty) {
		return r.fail("the message holds more than " + strconv.Itoa(maxEmpty) + " values without a byte")
	}
	r.empty += int(n)
	return true
}

// varint reads a number of up to 64 bits.
func (r *Reader) varint() int64 {
	b, i := r.buf, r.pos
	if i < len(b) && b[i] < 0x80 {
		r.pos = i + 1
		return int64(b[i]>>1) ^ -int64(b[i]&1)
	}
	return r.longVarint()
}

func (r *Reader) longVarint() int64 {
	var u uint64
	for i, shift := r.pos, uint(0); i < len(r.buf); i, shift = i+1, shift+7 {
		c := r.buf[i]
		if shift == 63 && c > 1 {
			r.fail("a number is longer than 64 bits")
			return 0
		}
		u |= uint64(c&0x7f) << shift
		if c < 0x80 {
			r.pos = i + 1
			return int64(u>>1) ^ -int64(u&1)
		}
	}
	r.ended("a number")
	return 0
}

// int32 reads a number of up to 32 bits.
func (r *Reader) int32() int32 {
	start := r.pos
	n := r.varint()
	if n < math.MinInt32 || n > math.MaxInt32 {
		r.pos = start
		r.fail("expected an int, found the number " + strconv.FormatInt(n, 10))
		return 0
	}
	return int32(n)
}

// take gives the next n bytes.
func (r *Reader) take(n int64, what string) []byte {
	if n < 0 || n > int64(len(r.buf)-r.pos) {
		if n < 0 {
			r.fail("expected " + what + ", found a negative length")
		} else {
			r.ended(what)
		}
		return nil
	}
	b := r.buf[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// alias is b as a string that shares its memory.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
