package column

import (
	"unsafe"

	"github.com/seamflow/seamflow/runtime/value"
)

// target is a leaf that a file's values go to.
type target interface {
	Column() *LeafColumn
	Rows() int
	Reset()
	entries() *levels
}

// Texts is the buffer of a leaf of strings or binaries that is read and not kept: its values are memory of the file's
// pages as far as they can.
type Texts struct {
	levels
	vals []string
	own  []byte // values that no page has as they are
}

// Take returns the value at the cursor, "" for an entry without one, and moves on. It is good until the next batch.
func (b *Texts) Take() (v string) {
	if b.here() {
		v = b.vals[b.val]
		b.val++
	}
	b.at++
	return v
}

// Reset drops everything and keeps the memory.
func (b *Texts) Reset() {
	b.reset()
	clear(b.vals) // of pages that are let go
	b.vals, b.own = b.vals[:0], b.own[:0]
}

// keep adds a copy of v.
func (b *Texts) keep(v []byte) {
	start := len(b.own)
	b.own = append(b.own, v...) // values before keep what it was
	b.vals = append(b.vals, alias(b.own[start:]))
}

// TakeBytes is Take for binaries. An entry without a value gives nil.
func (b *Texts) TakeBytes() []byte {
	v := b.Take()
	return unsafe.Slice(unsafe.StringData(v), len(v))
}

// TakeUUID is Take for a leaf whose rule is UUID; an entry without a value gives the zero UUID.
func (b *Texts) TakeUUID() (id value.UUID) {
	copy(id[:], b.Take())
	return id
}
