package state

import "encoding/binary"

// arena holds byte strings one after another, each behind its length. A reference is chunk<<24 | offset.
type arena struct {
	chunks [][]byte
	at     int   // the chunk that is filled
	bytes  int64 // held
	used   int64
}

const (
	smallChunk = 64 << 10
	largeChunk = 4 << 20
	offsetBits = 24
)

func (a *arena) put(b []byte) uint64 {
	need := len(b) + binary.MaxVarintLen32
	for a.at < len(a.chunks) && cap(a.chunks[a.at])-len(a.chunks[a.at]) < need {
		a.at++
	}
	if a.at == len(a.chunks) {
		a.grow(need)
	}
	c := a.chunks[a.at]
	ref := uint64(a.at)<<offsetBits | uint64(len(c))
	c = binary.AppendUvarint(c, uint64(len(b)))
	a.chunks[a.at] = append(c, b...)
	a.used += int64(need)
	return ref
}

func (a *arena) grow(need int) {
	size := min(max(int(a.bytes/4), smallChunk), largeChunk) // at most a quarter is held in vain
	a.chunks = append(a.chunks, make([]byte, 0, max(size, need)))
	a.bytes += int64(cap(a.chunks[a.at]))
}

// reset forgets what is held and keeps the memory, but for chunks of a single huge string.
func (a *arena) reset() {
	kept := a.chunks[:0]
	a.bytes = 0
	for _, c := range a.chunks {
		if cap(c) <= largeChunk {
			kept = append(kept, c[:0])
			a.bytes += int64(cap(c))
		}
	}
	clear(a.chunks[len(kept):])
	a.chunks, a.at, a.used = kept, 0, 0
}

func (a *arena) get(ref uint64) []byte {
	c := a.chunks[ref>>offsetBits][ref&(1<<offsetBits-1):]
	if n := c[0]; n < 0x80 {
		return c[1 : 1+n : 1+n]
	}
	n, w := binary.Uvarint(c)
	return c[w : w+int(n) : w+int(n)]
}
