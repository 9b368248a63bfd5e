package column

import "unsafe"

// Fixed are the types of values of a fixed size.
type Fixed interface {
	bool | int32 | int64 | float32 | float64
}

// Values is the buffer of a leaf whose values have a fixed size. Only entries that are present have a value.
type Values[T Fixed] struct {
	levels
	vals []T
}

// The buffers by kind: Int32s also holds Date, Int64s Timestamp.
type (
	Bools    = Values[bool]
	Int32s   = Values[int32]
	Int64s   = Values[int64]
	Float32s = Values[float32]
	Float64s = Values[float64]
)

// Put adds a value. def is the leaf's greatest level.
func (b *Values[T]) Put(v T, rep, def uint8) {
	b.vals = append(b.vals, v)
	b.put(rep)
}

// Take returns the value at the cursor, the zero value for an entry without one, and moves on.
func (b *Values[T]) Take() (v T) {
	if b.here() {
		v = b.vals[b.val]
		b.val++
	}
	b.at++
	return v
}

// Bytes is the memory that the entries take.
func (b *Values[T]) Bytes() int {
	var v T
	return len(b.def) + len(b.rep) + len(b.vals)*int(unsafe.Sizeof(v))
}

func (b *Values[T]) keep(k *keeping) { b.vals = keepRuns(b.vals, b.keepLevels(k)) }

// Reset drops everything and keeps the memory.
func (b *Values[T]) Reset() {
	b.reset()
	b.vals = b.vals[:0]
}
