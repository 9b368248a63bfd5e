package column

import (
	"encoding/binary"
	"fmt"
)

// decodeHybrid reads n values of the hybrid of runs and bit-packed groups that levels and dictionary indexes have.
func decodeHybrid[T uint8 | int32](dst []T, src []byte, width uint, n int) ([]T, error) {
	if width == 0 {
		return append(dst, make([]T, n)...), nil
	}
	size := int(width+7) / 8
	for n > 0 {
		head, used := binary.Uvarint(src)
		if used <= 0 {
			return dst, errShort
		}
		src = src[used:]
		if head&1 == 0 {
			if len(src) < size {
				return dst, errShort
			}
			var v uint32
			for i := range size {
				v |= uint32(src[i]) << (8 * i)
			}
			src = src[size:]
			if width < 32 && v>>width != 0 {
				return dst, errShort
			}
			run := int(min(head>>1, uint64(n)))
			for range run {
				dst = append(dst, T(v))
			}
			n -= run
			continue
		}
		// The last group may be padded, and then some writers leave its end out.
		run := int(min(head>>1, uint64(n+7)/8)) * 8
		need := min(run, n)
		if len(src) < (need*int(width)+7)/8 {
			return dst, errShort
		}
		dst = unpack32(dst, src, width, need)
		src = src[min(len(src), run/8*int(width)):]
		n -= need
	}
	return dst, nil
}

// unpack32 appends n values of at most 32 bits, which src holds.
func unpack32[T uint8 | int32](dst []T, src []byte, width uint, n int) []T {
	mask := uint64(1)<<width - 1
	bit := uint(0)
	i := 0
	for ; i < n && int(bit>>3)+8 <= len(src); i++ {
		dst = append(dst, T(binary.LittleEndian.Uint64(src[bit>>3:])>>(bit&7)&mask))
		bit += width
	}
	for ; i < n; i++ {
		dst = append(dst, T(loadBits(src, bit, width)))
		bit += width
	}
	return dst
}

// loadBits is the value of width bits at a bit of src, for the end of src and for wide values.
func loadBits(src []byte, bit, width uint) uint64 {
	var v uint64
	for have := uint(0); have < width; {
		b := uint64(src[bit>>3]) >> (bit & 7)
		v |= b << have
		step := 8 - bit&7
		have += step
		bit += step
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// decodeDeltas reads exactly n values of DELTA_BINARY_PACKED, and returns what follows them.
func decodeDeltas[T int32 | int64](dst []T, src []byte, n int) ([]T, []byte, error) {
	var head [4]uint64 // block size, its parts, number of values, first value
	for i := range head {
		v, used := binary.Uvarint(src)
		if used <= 0 {
			return dst, src, errShort
		}
		head[i], src = v, src[used:]
	}
	block, parts, total := head[0], head[1], head[2]
	if total != uint64(n) {
		return dst, src, fmt.Errorf("%d values where %d were expected", total, n)
	}
	if n == 0 {
		return dst, src, nil
	}
	if parts == 0 || parts > 512 || block > 1<<20 || block%parts != 0 || block/parts%32 != 0 || block == 0 {
		return dst, src, fmt.Errorf("blocks of %d in %d parts", block, parts)
	}
	last := T(unzigzag(head[3]))
	dst = append(dst, last)
	left := n - 1
	for left > 0 {
		least, used := binary.Uvarint(src)
		if used <= 0 || len(src)-used < int(parts) {
			return dst, src, errShort
		}
		widths := src[used : used+int(parts)]
		src = src[used+int(parts):]
		for _, w := range widths {
			if left == 0 {
				break
			}
			count := min(int(block/parts), left)
			size := int(block/parts) / 8 * int(w)
			if w > 64 || len(src) < (count*int(w)+7)/8 {
				return dst, src, errShort
			}
			dst, last = addDeltas(dst, src, uint(w), count, T(unzigzag(least)), last)
			src = src[min(len(src), size):]
			left -= count
		}
	}
	return dst, src, nil
}

// addDeltas appends count values, each least and a packed number above the one before. Sums wrap around, as they did
// when the deltas were taken.
func addDeltas[T int32 | int64](dst []T, src []byte, width uint, count int, least, last T) ([]T, T) {
	mask := uint64(1)<<width - 1
	bit := uint(0)
	for range count {
		var v uint64
		if at := int(bit >> 3); width <= 56 && at+8 <= len(src) {
			v = binary.LittleEndian.Uint64(src[at:]) >> (bit & 7) & mask
		} else {
			v = loadBits(src, bit, width)
		}
		bit += width
		last += least + T(v)
		dst = append(dst, last)
	}
	return dst, last
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
