package column

import (
	"encoding/binary"
	"unsafe"
)

// Strings is the buffer of a leaf of strings or binaries: one run of bytes, and where each value ends in it. It holds at
// most 4 GiB, which WriteRowGroup checks.
type Strings struct {
	levels
	data []byte
	ends []uint32
}

// Put adds a copy of v. def is the leaf's greatest level.
func (b *Strings) Put(v string, rep, def uint8) {
	at := len(b.data)
	if end := at + len(v); len(v) <= 32 && cap(b.data)-at >= 32 {
		copyShort(b.data[at:at+32], unsafe.Slice(unsafe.StringData(v), len(v)))
		b.data = b.data[:end]
	} else {
		b.data = append(b.data, v...)
	}
	b.ends = append(b.ends, uint32(len(b.data)))
	b.put(rep)
}

// copyShort copies up to 32 bytes in two overlapping pieces, which takes no call.
func copyShort(dst, v []byte) {
	n := len(v)
	le := binary.LittleEndian
	switch {
	case n >= 16:
		*(*[16]byte)(dst), *(*[16]byte)(dst[n-16:]) = *(*[16]byte)(v), *(*[16]byte)(v[n-16:])
	case n >= 8:
		le.PutUint64(dst, le.Uint64(v))
		le.PutUint64(dst[n-8:], le.Uint64(v[n-8:]))
	case n >= 4:
		le.PutUint32(dst, le.Uint32(v))
		le.PutUint32(dst[n-4:], le.Uint32(v[n-4:]))
	default:
		copy(dst, v)
	}
}

// PutBytes adds a copy of v.
func (b *Strings) PutBytes(v []byte, rep, def uint8) {
	b.Put(unsafe.String(unsafe.SliceData(v), len(v)), rep, def)
}

// Take returns the value at the cursor, "" for an entry without one, and moves on. The string is the buffer's memory:
// it is good until the next Reset, Keep or ReadRowGroup.
func (b *Strings) Take() string {
	v := b.TakeBytes()
	return unsafe.String(unsafe.SliceData(v), len(v))
}

// TakeBytes is Take for binaries. An entry without a value gives nil.
func (b *Strings) TakeBytes() (v []byte) {
	if b.here() {
		v = b.bytesAt(b.val)
		b.val++
	}
	b.at++
	return v
}

func (b *Strings) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return b.ends[i-1]
}

func (b *Strings) bytesAt(i int) []byte {
	end := b.ends[i]
	return b.data[b.start(i):end:end]
}

// Bytes is the memory that the entries take.
func (b *Strings) Bytes() int {
	return len(b.def) + len(b.rep) + len(b.data) + 4*len(b.ends)
}

func (b *Strings) keep(k *keeping) {
	data, ends := b.data[:0], b.ends[:0]
	for _, s := range b.keepLevels(k) {
		if s.from == s.to {
			continue
		}
		// What is overwritten by now is before the run, or as it was.
		start, end := b.start(s.from), b.ends[s.to-1]
		shift := start - uint32(len(data))
		data = append(data, b.data[start:end]...)
		for _, e := range b.ends[s.from:s.to] {
			ends = append(ends, e-shift)
		}
	}
	b.data, b.ends = data, ends
}

// Reset drops everything and keeps the memory.
func (b *Strings) Reset() {
	b.reset()
	b.data, b.ends = b.data[:0], b.ends[:0]
}
