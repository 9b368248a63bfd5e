package state

import "math/bits"

// bloom is a filter of key hashes whose bits of one hash lie in one line of the processor's cache: a look costs one miss.
type bloom []uint64

const (
	bloomLine = 8  // words of a line
	bloomBits = 10 // per key: one absent key in 70 is looked for in vain
	bloomHash = 6  // bits set per key
)

// newBloom gives a filter for up to n keys.
func newBloom(n int) bloom { return make(bloom, bloomLine*(n*bloomBits/(64*bloomLine)+1)) }

// line gives the words of h, and nine bits each for its bits among them.
func (b bloom) line(h uint64) ([]uint64, uint64) {
	n, _ := bits.Mul64(h, uint64(len(b)/bloomLine))
	return b[n*bloomLine : n*bloomLine+bloomLine], h * 0x9e3779b97f4a7c15
}

func (b bloom) add(h uint64) {
	line, m := b.line(h)
	for range bloomHash {
		line[m>>61] |= 1 << (m >> 55 & 63)
		m <<= 9
	}
}

func (b bloom) has(h uint64) bool {
	line, m := b.line(h)
	for range bloomHash {
		if line[m>>61]&(1<<(m>>55&63)) == 0 {
			return false
		}
		m <<= 9
	}
	return true
}
