package column

import (
	"encoding/binary"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// dictionary numbers the distinct values of a leaf of strings.
type dictionary struct {
	slots   []uint64 // hash's upper half and number + 1; a power of two of them
	data    []byte
	ends    []uint32
	indexes []int32 // of each value of the leaf
}

// build numbers a leaf's values. It gives up, and says so, as soon as plain values look cheaper.
func (d *dictionary) build(b *Strings) bool {
	d.data, d.ends, d.indexes = d.data[:0], d.ends[:0], d.indexes[:0]
	if len(b.ends) == 0 {
		return false
	}
	d.slots = d.slots[:0]
	d.grow(1 << 10)
	check := firstCheck
	start := uint32(0)
	for i, end := range b.ends {
		d.indexes = append(d.indexes, d.number(b.data[start:end]))
		start = end
		if i == check {
			if !d.promises(int(end), i+1, len(b.ends)) {
				return false
			}
			check *= 2
		}
		if d.size() > maxDictionary {
			return false
		}
	}
	return d.pays(len(b.data), len(b.ends))
}

func (d *dictionary) pays(size, n int) bool { return pays(d.size(), len(d.ends), size+4*n, n) }

func (d *dictionary) promises(size, n, total int) bool {
	return promises(d.size(), len(d.ends), size+4*n, n, total)
}

// size is what the values take in a dictionary page.
func (d *dictionary) size() int { return len(d.data) + 4*len(d.ends) }

// number returns v's number and gives it one if it has none.
func (d *dictionary) number(v []byte) int32 {
	h := hash(v)
	tag := h &^ 0xffffffff
	mask := uint64(len(d.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := d.slots[at]
		if s == 0 {
			d.slots[at] = tag | uint64(len(d.ends)+1)
			return d.add(v)
		}
		if s&^0xffffffff == tag {
			if n := int32(s) - 1; string(d.at(n)) == string(v) {
				return n
			}
		}
	}
}

func (d *dictionary) add(v []byte) int32 {
	d.data = append(d.data, v...)
	d.ends = append(d.ends, uint32(len(d.data)))
	if 2*len(d.ends) > len(d.slots) {
		d.grow(2 * len(d.slots))
	}
	return int32(len(d.ends) - 1)
}

func (d *dictionary) at(n int32) []byte {
	start := uint32(0)
	if n > 0 {
		start = d.ends[n-1]
	}
	return d.data[start:d.ends[n]]
}

// grow makes room for n slots and puts the values there again.
func (d *dictionary) grow(n int) {
	if cap(d.slots) < n {
		d.slots = make([]uint64, n)
	}
	d.slots = d.slots[:n]
	clear(d.slots)
	mask := uint64(n - 1)
	for i := range d.ends {
		h := hash(d.at(int32(i)))
		at := h & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = h&^0xffffffff | uint64(i+1)
	}
}

// appendPlain appends the values as a dictionary page has them.
func (d *dictionary) appendPlain(dst []byte) []byte {
	for i := range d.ends {
		v := d.at(int32(i))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

func hash(v []byte) uint64 { return xxh3.HashString(unsafe.String(unsafe.SliceData(v), len(v))) }
