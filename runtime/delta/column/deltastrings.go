package column

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Strings without a dictionary are often numbers or times that begin like the value before. As prefixes and suffixes
// (DELTA_BYTE_ARRAY) they are smaller before compression than plain values after it, and cost less than that.

// shares reports whether values share enough of their starts, by a sample of them.
func shares(b *Strings) bool {
	const groups, group = 64, 16
	step := max(group, len(b.ends)/groups)
	plain, delta := 0, 0
	for from := 0; from < len(b.ends); from += step {
		to := min(from+group, len(b.ends))
		size := int(b.ends[to-1] - b.start(from))
		plain += size + 4*(to-from)
		delta += size + (to - from) // a prefix and a length in some bits each
		for i := from + 1; i < to; i++ {
			delta -= shared(b.bytesAt(i-1), b.bytesAt(i))
		}
	}
	return delta <= plain*3/4
}

// shared is how many bytes two values begin alike with.
func shared(v, w []byte) int {
	n := min(len(v), len(w))
	v, w = v[:n], w[:n]
	at := 0
	for ; at+8 <= n; at += 8 {
		if x := binary.LittleEndian.Uint64(v[at:]) ^ binary.LittleEndian.Uint64(w[at:]); x != 0 {
			return at + bits.TrailingZeros64(x)>>3
		}
	}
	for at < n && v[at] == w[at] {
		at++
	}
	return at
}

// deltaStrings appends values as prefixes of the value before and suffixes: the lengths of all prefixes, those of the
// suffixes, the suffixes.
func (e *encoder) deltaStrings(dst []byte, b *Strings, from, to int) []byte {
	n := to - from
	e.prefixes = slices.Grow(e.prefixes[:0], n)[:n]
	e.suffixes = slices.Grow(e.suffixes[:0], n)[:n]
	size := 0
	var last []byte
	for i := range n {
		v := b.bytesAt(from + i)
		p := shared(last, v)
		e.prefixes[i], e.suffixes[i] = int32(p), int32(len(v)-p)
		size += len(v) - p
		last = v
	}
	dst = e.deltas32(e.deltas32(dst, e.prefixes), e.suffixes)
	dst = slices.Grow(dst, size+shortCopy)
	out := dst[len(dst) : len(dst)+size+shortCopy]
	for i, suffix := range e.suffixes {
		n := int(suffix)
		copyOver(out, b.data[int(b.ends[from+i])-n:], n)
		out = out[n:]
	}
	return dst[:len(dst)+size]
}
