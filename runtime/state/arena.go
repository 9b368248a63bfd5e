package state

import "encoding/binary"

// arena holds byte strings one after another, each behind its length. A reference is chunk<<24 | offset.
type arena struct {
	chunks [][]byte
	bytes  int64
}

const (
	smallChunk = 64 << 10
	largeChunk = 4 << 20
	offsetBits = 24
)

func (a *arena) put(b []byte) uint64 {
	need := len(b) + binary.MaxVarintLen32
	last := len(a.chunks) - 1
	if last < 0 || cap(a.chunks[last])-len(a.chunks[last]) < need {
		size := largeChunk
		if last < 4 {
			size = smallChunk
		}
		a.chunks = append(a.chunks, make([]byte, 0, max(size, need)))
		last++
		a.bytes += int64(cap(a.chunks[last]))
	}
	c := a.chunks[last]
	ref := uint64(last)<<offsetBits | uint64(len(c))
	c = binary.AppendUvarint(c, uint64(len(b)))
	a.chunks[last] = append(c, b...)
	return ref
}

func (a *arena) get(ref uint64) []byte {
	c := a.chunks[ref>>offsetBits][ref&(1<<offsetBits-1):]
	if n := c[0]; n < 0x80 {
		return c[1 : 1+n : 1+n]
	}
	n, w := binary.Uvarint(c)
	return c[w : w+int(n) : w+int(n)]
}
