package column

import "encoding/binary"

// leastRun is what a run of equal levels must save in bytes: it ends the packed levels before it, which start anew after.
const leastRun = 4

// appendHybrid appends levels of width bits, at most 8, as runs and bit-packed groups of eight.
func appendHybrid(dst []byte, v []uint8, width uint) []byte {
	packed := 0 // start of the levels that are not written yet
	for i := 0; i+8 <= len(v); i += 8 {
		x := binary.LittleEndian.Uint64(v[i:])
		if x != uint64(v[i])*0x0101010101010101 {
			continue
		}
		end := i + 8
		for end+8 <= len(v) && binary.LittleEndian.Uint64(v[end:]) == x {
			end += 8
		}
		for end < len(v) && v[end] == v[i] {
			end++
		}
		if (end-i)*int(width)/8 < leastRun {
			i = (end-i)/8*8 + i - 8
			continue
		}
		dst = appendPacked(dst, v[packed:i], width)
		dst = append(binary.AppendUvarint(dst, uint64(end-i)<<1), v[i])
		packed, i = end, end-8
	}
	return appendPacked(dst, v[packed:], width)
}

// appendPacked appends levels as bit-packed groups, the last one filled up with zeros.
func appendPacked(dst []byte, v []uint8, width uint) []byte {
	if len(v) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(v)+7)/8<<1|1)
	if width == 1 {
		for ; len(v) >= 8; v = v[8:] {
			dst = append(dst, byte(binary.LittleEndian.Uint64(v)*0x0102040810204080>>56))
		}
	}
	p := newPacking(width)
	for ; len(v) >= 8; v = v[8:] {
		dst = binary.LittleEndian.AppendUint64(dst, p.pack(binary.LittleEndian.Uint64(v)))
		dst = dst[:len(dst)-8+int(width)]
	}
	if len(v) > 0 {
		var last [8]byte
		copy(last[:], v)
		dst = binary.LittleEndian.AppendUint64(dst, p.pack(binary.LittleEndian.Uint64(last[:])))
		dst = dst[:len(dst)-8+int(width)]
	}
	return dst
}

// packing moves eight bytes together, of each of which width bits count: bytes to pairs, pairs to fours, fours to eight.
type packing struct {
	width            uint
	pair, four, full uint64 // the bits that the upper half of each comes to lie in
}

func newPacking(width uint) packing {
	field := func(width, lane uint) (m uint64) {
		for at := width; at < 64; at += lane {
			m |= (1<<width - 1) << at
		}
		return m
	}
	return packing{width, field(width, 16), field(2*width, 32), field(4*width, 64)}
}

func (p *packing) pack(x uint64) uint64 {
	x = x&0x00ff00ff00ff00ff | x>>(8-p.width)&p.pair
	x = x&0x0000ffff0000ffff | x>>(16-2*p.width)&p.four
	return x&0x00000000ffffffff | x>>(32-4*p.width)&p.full
}
