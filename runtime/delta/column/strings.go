package column

import "unsafe"

// Strings is the buffer of a leaf of strings or binaries: one run of bytes, and where each value ends in it. It holds at
// most 4 GiB, which WriteRowGroup checks.
type Strings struct {
	levels
	data []byte
	ends []uint32
}

// Put adds a copy of v. def is the leaf's greatest level.
func (b *Strings) Put(v string, rep, def uint8) {
	b.data = append(b.data, v...)
	b.ends = append(b.ends, uint32(len(b.data)))
	b.put(rep)
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

// Keep drops the rows that are not in live, and rewinds.
func (b *Strings) Keep(live *Bitset) {
	data, ends := b.data[:0], b.ends[:0]
	last, end := 0, uint32(0) // the value after the last run that stayed, and where that run ended before it was moved
	b.keep(live, func(from, to int) {
		if from == to {
			return
		}
		start := end
		if from != last {
			start = b.start(from)
		}
		last, end = to, b.ends[to-1]
		shift := start - uint32(len(data))
		data = append(data, b.data[start:end]...)
		for _, e := range b.ends[from:to] {
			ends = append(ends, e-shift)
		}
	})
	b.data, b.ends = data, ends
}

// Reset drops everything and keeps the memory.
func (b *Strings) Reset() {
	b.reset()
	b.data, b.ends = b.data[:0], b.ends[:0]
}
