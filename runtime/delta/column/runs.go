package column

import (
	"encoding/binary"
	"math"
)

// runs reads, step by step, the hybrid of runs and bit-packed groups that levels and dictionary indexes have: a run may
// stand for more values than there is memory.
type runs struct {
	src    []byte // what follows the run at hand
	width  int
	left   int    // values left of the run at hand
	groups bool   // it is of bit-packed groups
	packed []byte // these
	bit    int    // where the next of them starts
	value  uint32 // of a run of one value
}

func (r *runs) reset(src []byte, width int) {
	*r = runs{src: src, width: width}
	if width == 0 {
		r.left = math.MaxInt
	}
}

// begin reads the head of the next run.
func (r *runs) begin() error {
	head, used := binary.Uvarint(r.src)
	if used <= 0 {
		return errShort
	}
	r.src = r.src[used:]
	count := int(min(head>>1, 1<<32))
	if r.groups = head&1 != 0; r.groups {
		// The last group may be padded, and then some writers leave its end out.
		n := min(count*r.width, len(r.src))
		r.packed, r.bit, r.left = r.src[:n], 0, count*8
		r.src = r.src[n:]
		return nil
	}
	size := (r.width + 7) / 8
	if len(r.src) < size {
		return errShort
	}
	v := uint64(0)
	for i, b := range r.src[:size] {
		v |= uint64(b) << (8 * i)
	}
	if v>>r.width != 0 {
		return errShort
	}
	r.src = r.src[size:]
	r.value, r.left = uint32(v), count
	return nil
}

// take gives how many of n values are of the run at hand, which has one at least.
func (r *runs) take(n int) (int, error) {
	for r.left == 0 {
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	n = min(n, r.left)
	if r.groups && r.bit+n*r.width > 8*len(r.packed) {
		return 0, errShort
	}
	r.left -= n
	return n, nil
}

// readRuns fills dst with the next values.
func readRuns[T uint8 | int32](r *runs, dst []T) error {
	for len(dst) > 0 {
		n, err := r.take(len(dst))
		if err != nil {
			return err
		}
		if r.groups {
			unpack(dst[:n], r.packed, r.bit, r.width)
			r.bit += n * r.width
		} else {
			fill(dst[:n], T(r.value))
		}
		dst = dst[n:]
	}
	return nil
}

func fill[T any](dst []T, v T) {
	const direct = 16
	for i := range dst[:min(len(dst), direct)] {
		dst[i] = v
	}
	for n := direct; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

// unpack fills dst with numbers of at most 32 bits, the first of which is at a bit of src, which holds them all.
func unpack[T uint8 | int32](dst []T, src []byte, bit, width int) {
	mask := uint64(1)<<width - 1
	w := uint(width)
	if width <= 16 {
		for len(dst) > 0 && bit&7 != 0 {
			dst[0] = T(bitsAt(src, bit, width))
			dst, bit = dst[1:], bit+width
		}
		half := 4 * width >> 3 // where the second four are, and by how much they are shifted
		shift := 4 * w & 7
		for at := bit >> 3; len(dst) >= 8 && at+half+8 <= len(src); at += width {
			v := binary.LittleEndian.Uint64(src[at:])
			u := binary.LittleEndian.Uint64(src[at+half:]) >> shift
			d := dst[:8]
			d[0] = T(v & mask)
			d[1] = T(v >> w & mask)
			d[2] = T(v >> (2 * w) & mask)
			d[3] = T(v >> (3 * w) & mask)
			d[4] = T(u & mask)
			d[5] = T(u >> w & mask)
			d[6] = T(u >> (2 * w) & mask)
			d[7] = T(u >> (3 * w) & mask)
			dst, bit = dst[8:], bit+8*width
		}
	}
	for i := range dst {
		dst[i] = T(bitsAt(src, bit, width))
		bit += width
	}
}

// bitsAt is the number of width bits at a bit of src.
func bitsAt(src []byte, bit, width int) uint64 {
	if at := bit >> 3; width <= 56 && at+8 <= len(src) {
		return binary.LittleEndian.Uint64(src[at:]) >> (bit & 7) & (1<<width - 1)
	}
	var v uint64
	for have := 0; have < width; {
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
