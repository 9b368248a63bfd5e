package column

import (
	"encoding/binary"
	"fmt"
)

// deltas reads the values of DELTA_BINARY_PACKED step by step.
type deltas struct {
	src    []byte // what follows the part at hand
	left   int    // values left
	parts  int    // of a block
	size   int    // values of a part
	widths []byte // of the block's parts that follow
	first  bool   // the next value is last itself
	least  uint64
	last   uint64

	packed []byte // of the part at hand
	width  int
	bit    int
	inPart int // values left in it
}

// reset reads the head of values of which there are at most most.
func (d *deltas) reset(src []byte, most int) error {
	var head [4]uint64 // block size, its parts, number of values, first value
	for i := range head {
		v, used := binary.Uvarint(src)
		if used <= 0 {
			return errShort
		}
		head[i], src = v, src[used:]
	}
	block, parts, total := head[0], head[1], head[2]
	if total > uint64(most) {
		return fmt.Errorf("%d values where %d were expected", total, most)
	}
	if total > 0 && (parts == 0 || parts > 512 || block > 1<<20 || block%parts != 0 || block/parts%32 != 0 || block == 0) {
		return fmt.Errorf("blocks of %d in %d parts", block, parts)
	}
	*d = deltas{src: src, left: int(total), parts: int(parts), first: true, last: uint64(unzigzag(head[3]))}
	if total > 0 {
		d.size = int(block / parts)
	}
	return nil
}

// begin goes to the next part, after which there are left values.
func (d *deltas) begin(left int) error {
	if len(d.widths) == 0 {
		least, used := binary.Uvarint(d.src)
		if used <= 0 || len(d.src)-used < d.parts {
			return errShort
		}
		d.least = uint64(unzigzag(least))
		d.widths = d.src[used : used+d.parts]
		d.src = d.src[used+d.parts:]
	}
	d.width, d.bit, d.inPart = int(d.widths[0]), 0, min(d.size, left)
	d.widths = d.widths[1:]
	if d.width > 64 || len(d.src) < (d.inPart*d.width+7)/8 {
		return errShort
	}
	n := min(len(d.src), d.size/8*d.width) // some writers leave the end of the last part out
	d.packed, d.src = d.src[:n], d.src[n:]
	return nil
}

// readDeltas fills dst with the next values. Sums wrap around, as they did when the deltas were taken.
func readDeltas[T int32 | int64](d *deltas, dst []T) error {
	if len(dst) > d.left {
		return errShort
	}
	if d.first && len(dst) > 0 {
		d.first = false
		d.left--
		dst[0] = T(d.last)
		dst = dst[1:]
	}
	for len(dst) > 0 {
		if d.inPart == 0 {
			if err := d.begin(d.left); err != nil {
				return err
			}
		}
		n := min(len(dst), d.inPart)
		last, least, bit, width := d.last, d.least, d.bit, d.width
		if width == 0 {
			for i := range dst[:n] {
				last += least
				dst[i] = T(last)
			}
		} else {
			for i := range dst[:n] {
				last += least + bitsAt(d.packed, bit, width)
				bit += width
				dst[i] = T(last)
			}
		}
		d.last, d.bit = last, bit
		d.inPart -= n
		d.left -= n
		dst = dst[n:]
	}
	return nil
}

// rest gives what follows all values.
func (d deltas) rest() ([]byte, error) {
	left := d.left
	if d.first && left > 0 {
		left--
	}
	for left -= d.inPart; left > 0; left -= d.inPart {
		if err := d.begin(left); err != nil {
			return nil, err
		}
	}
	return d.src, nil
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
