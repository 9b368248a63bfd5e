package column

import (
	"encoding/binary"
	"slices"
)

// dictionary numbers the distinct values of a leaf of strings.
type dictionary struct {
	slots   []uint32 // tag of a hash, and number + 1; a power of two of them
	keys    []dictKey
	bytes   int     // of the distinct values
	data    []byte  // the leaf's
	indexes []int32 // of each value of the leaf
}

// dictKey is a distinct value: where the leaf has it first, and its head.
type dictKey struct {
	a, b     uint64
	start, n uint32
}

// numberBits hold the number of a value and one more: a value takes four bytes at least.
const numberBits = 19

// build numbers a leaf's values. It gives up, and says so, as soon as plain values look cheaper.
func (d *dictionary) build(b *Strings) bool {
	d.keys, d.indexes, d.bytes, d.data = d.keys[:0], d.indexes[:0], 0, b.data
	if len(b.ends) == 0 {
		return false
	}
	d.grow(1 << 10)
	start := uint32(0)
	for from, check := 0, firstCheck; from < len(b.ends); check *= 2 {
		to := min(check+1, len(b.ends))
		d.indexes = slices.Grow(d.indexes, to-from)
		if !d.number(b.ends[from:to], start) {
			return false
		}
		from, start = to, b.ends[to-1]
		if to == check+1 && !d.promises(int(start), to, len(b.ends)) {
			return false
		}
	}
	return d.pays(len(b.data), len(b.ends))
}

func (d *dictionary) pays(size, n int) bool { return pays(d.size(), len(d.keys), size+4*n, n) }

func (d *dictionary) promises(size, n, total int) bool {
	return promises(d.size(), len(d.keys), size+4*n, n, total)
}

// size is what the values take in a dictionary page.
func (d *dictionary) size() int { return d.bytes + 4*len(d.keys) }

// number numbers values, the first of which starts at start. It reports whether they are not too many.
func (d *dictionary) number(ends []uint32, start uint32) bool {
	for _, end := range ends {
		n := end - start
		a, b := headAt(d.data[start:], n)
		var h uint64
		if n <= 16 {
			h = hashHead(a, b, n)
		} else {
			h = hashLong(a, b, d.data[start:end])
		}
		// Nearly always the first slot is the one.
		if s := d.slots[h&uint64(len(d.slots)-1)]; s > 0 && s>>numberBits == tagOf(h) {
			number := s&(1<<numberBits-1) - 1
			k := &d.keys[number]
			if (k.a^a)|(k.b^b)|uint64(k.n^n) == 0 && (n <= 16 || d.sameEnd(k.start, start, n)) {
				d.indexes, start = append(d.indexes, int32(number)), end
				continue
			}
		}
		number, ok := d.find(dictKey{a, b, start, n}, h)
		if d.indexes = append(d.indexes, number); !ok {
			return false
		}
		start = end
	}
	return true
}

// sameEnd compares two values of n bytes after their heads.
func (d *dictionary) sameEnd(x, y, n uint32) bool {
	if n <= 32 {
		v, w := d.data[x+n-16:], d.data[y+n-16:]
		le := binary.LittleEndian
		return (le.Uint64(v)^le.Uint64(w))|(le.Uint64(v[8:])^le.Uint64(w[8:])) == 0
	}
	return string(d.data[x+16:x+n]) == string(d.data[y+16:y+n])
}

// tagOf is what a slot holds of a hash.
func tagOf(h uint64) uint32 { return uint32(h >> (32 + numberBits)) }

// find gives the number of a value, a new one if it has none and there is room.
func (d *dictionary) find(v dictKey, h uint64) (int32, bool) {
	mask := uint64(len(d.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := d.slots[at]
		if s == 0 {
			d.slots[at] = tagOf(h)<<numberBits | uint32(len(d.keys)+1)
			return d.add(v)
		}
		if s>>numberBits != tagOf(h) {
			continue
		}
		number := s&(1<<numberBits-1) - 1
		if k := &d.keys[number]; k.a == v.a && k.b == v.b && k.n == v.n && (v.n <= 16 || d.sameEnd(k.start, v.start, v.n)) {
			return int32(number), true
		}
	}
}

func (d *dictionary) add(v dictKey) (int32, bool) {
	d.keys = append(d.keys, v)
	d.bytes += int(v.n)
	if 2*len(d.keys) > len(d.slots) {
		d.grow(2 * len(d.slots))
	}
	return int32(len(d.keys) - 1), d.size() <= maxDictionary
}

func (d *dictionary) at(n int32) []byte {
	k := &d.keys[n]
	return d.data[k.start : k.start+k.n]
}

// grow makes room for n slots and puts the values there again.
func (d *dictionary) grow(n int) {
	if cap(d.slots) < n {
		d.slots = make([]uint32, n)
	}
	d.slots = d.slots[:n]
	clear(d.slots)
	mask := uint64(n - 1)
	for i := range d.keys {
		k := &d.keys[i]
		h := uint64(0)
		if k.n <= 16 {
			h = hashHead(k.a, k.b, k.n)
		} else {
			h = hashLong(k.a, k.b, d.at(int32(i)))
		}
		at := h & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = tagOf(h)<<numberBits | uint32(i+1)
	}
}

// appendPlain appends the values as a dictionary page has them.
func (d *dictionary) appendPlain(dst []byte) []byte {
	dst = slices.Grow(dst, d.size())
	for i := range d.keys {
		v := d.at(int32(i))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}
