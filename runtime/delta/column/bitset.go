package column

import "math/bits"

// Bitset is a set of row numbers, for Keep. The zero value is empty.
type Bitset struct {
	words []uint64
	n     int
}

// Append adds row Len() to the rows that the set speaks of, and to the set if in is true.
func (b *Bitset) Append(in bool) {
	if b.n&63 == 0 {
		b.words = append(b.words, 0)
	}
	if in {
		b.words[b.n>>6] |= 1 << (b.n & 63)
	}
	b.n++
}

// Fill makes the set speak of n rows, all of which are in it or none.
func (b *Bitset) Fill(n int, in bool) {
	words := (n + 63) >> 6
	if cap(b.words) < words {
		b.words = make([]uint64, words)
	}
	b.words, b.n = b.words[:words], n
	var w uint64
	if in {
		w = ^w
	}
	for i := range b.words {
		b.words[i] = w
	}
	if in && n&63 != 0 {
		b.words[words-1] = 1<<(n&63) - 1
	}
}

// Set puts row i into the set; the set grows to speak of it.
func (b *Bitset) Set(i int) {
	for b.n <= i {
		b.Append(false)
	}
	b.words[i>>6] |= 1 << (i & 63)
}

// Clear takes row i out.
func (b *Bitset) Clear(i int) {
	if i < b.n {
		b.words[i>>6] &^= 1 << (i & 63)
	}
}

// Has reports whether row i is in the set.
func (b *Bitset) Has(i int) bool {
	return i < b.n && b.words[i>>6]&(1<<(i&63)) != 0
}

// Any reports whether one of the rows from i up to and without j, of which the set speaks, is in it.
func (b *Bitset) Any(i, j int) bool {
	for ; i < j; i = (i | 63) + 1 {
		w := b.words[i>>6] >> (i & 63) << (i & 63)
		if j-i&^63 < 64 {
			w &= 1<<(j-i&^63) - 1
		}
		if w != 0 {
			return true
		}
	}
	return false
}

// Len is the number of rows that the set speaks of.
func (b *Bitset) Len() int { return b.n }

// Count is the number of rows in the set.
func (b *Bitset) Count() int {
	n := 0
	for _, w := range b.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Reset empties the set and keeps its memory.
func (b *Bitset) Reset() { b.words, b.n = b.words[:0], 0 }
