package column

import (
	"encoding/binary"
	"math"
)

// numbers numbers the distinct values of a leaf of doubles, by their bits: amounts of money repeat.
type numbers struct {
	slots   []uint32 // number + 1; a power of two of them
	shift   uint     // of a hash to a slot
	keys    []uint64
	indexes []int32
}

// build numbers the values. It gives up, and says so, as soon as plain values look cheaper.
func (d *numbers) build(vals []float64) bool {
	d.keys, d.indexes = d.keys[:0], d.indexes[:0]
	if len(vals) == 0 {
		return false
	}
	d.grow(10)
	check := firstCheck
	for i, v := range vals {
		d.indexes = append(d.indexes, d.number(math.Float64bits(v)))
		if i == check {
			if !promises(8*len(d.keys), len(d.keys), 8*(i+1), i+1, len(vals)) {
				return false
			}
			check *= 2
		}
		if 8*len(d.keys) > maxDictionary {
			return false
		}
	}
	return pays(8*len(d.keys), len(d.keys), 8*len(vals), len(vals))
}

// number returns v's number and gives it one if it has none.
func (d *numbers) number(v uint64) int32 {
	mask := uint64(len(d.slots) - 1)
	for at := d.slot(v); ; at = (at + 1) & mask {
		n := d.slots[at]
		if n == 0 {
			d.keys = append(d.keys, v)
			d.slots[at] = uint32(len(d.keys))
			if 2*len(d.keys) > len(d.slots) {
				d.grow(65 - d.shift)
			}
			return int32(len(d.keys) - 1)
		}
		if d.keys[n-1] == v {
			return int32(n - 1)
		}
	}
}

// slot is where v is looked for first: the upper bits of a product depend on all of v.
func (d *numbers) slot(v uint64) uint64 { return (v ^ v>>32) * 0x9e3779b97f4a7c15 >> d.shift }

// grow makes room for 1<<log slots and puts the values there again.
func (d *numbers) grow(log uint) {
	if cap(d.slots) < 1<<log {
		d.slots = make([]uint32, 1<<log)
	}
	d.slots, d.shift = d.slots[:1<<log], 64-log
	clear(d.slots)
	mask := uint64(len(d.slots) - 1)
	for i, v := range d.keys {
		at := d.slot(v)
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = uint32(i + 1)
	}
}

// appendPlain appends the values as a dictionary page has them.
func (d *numbers) appendPlain(dst []byte) []byte {
	for _, v := range d.keys {
		dst = binary.LittleEndian.AppendUint64(dst, v)
	}
	return dst
}
