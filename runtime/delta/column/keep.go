package column

import (
	"bytes"
	"math/bits"
	"slices"
)

// span is a run of rows, entries or values.
type span struct{ from, to int }

// keeping is what stays of the rows of buffers: runs of rows, and of the entries and values of the leaf at hand.
type keeping struct {
	rows    []span
	kept    int // rows in all
	starts  []uint32
	entries []span
	values  []span
}

// Keep drops the rows that are not in live, and rewinds.
func (l *Leaves) Keep(live *Bitset) {
	k := &l.keeping
	k.find(live, l.Rows())
	found := false // entries are those of the leaf
	for i, leaf := range l.leaves {
		at := leaf.entries()
		next := found
		if at.col.MaxRep > 0 {
			if !found {
				k.findEntries(at)
			}
			// The fields of one list's elements repeat alike.
			next = i+1 < len(l.leaves) && bytes.Equal(at.rep, l.leaves[i+1].entries().rep)
		}
		leaf.keep(k)
		found = next
	}
}

// find finds the runs of live rows.
func (k *keeping) find(live *Bitset, rows int) {
	k.rows, k.kept = k.rows[:0], 0
	for at := live.next(0, rows, true); at < rows; {
		end := live.next(at, rows, false)
		k.rows = append(k.rows, span{at, end})
		k.kept += end - at
		at = live.next(end, rows, true)
	}
}

// next is the first of the rows [i, end) that is in the set, or that is not; end if there is none.
func (b *Bitset) next(i, end int, in bool) int {
	for i < end {
		w := uint64(0)
		if i>>6 < len(b.words) {
			w = b.words[i>>6]
		}
		if !in {
			w = ^w
		}
		if w >>= i & 63; w != 0 {
			return min(end, i+bits.TrailingZeros64(w))
		}
		i = (i | 63) + 1
	}
	return end
}

// findEntries finds where the live rows' entries are in a leaf that is under a list.
func (k *keeping) findEntries(l *levels) {
	k.starts = slices.Grow(k.starts[:0], l.rows+1)[:l.rows+1]
	row := 0
	for i, rep := range l.rep {
		k.starts[row] = uint32(i)
		row += int((uint32(rep) - 1) >> 31)
	}
	k.starts[l.rows] = uint32(l.n)
	k.entries = k.entries[:0]
	for _, s := range k.rows {
		k.entries = append(k.entries, span{int(k.starts[s.from]), int(k.starts[s.to])})
	}
}

// keepLevels drops the entries of dead rows, and says which values stay.
func (l *levels) keepLevels(k *keeping) (values []span) {
	entries := k.rows
	if l.col.MaxRep > 0 {
		entries = k.entries
		l.rep = keepRuns(l.rep, entries)
		l.rows = k.kept
	}
	values = entries
	if len(l.def) > 0 {
		values = l.keepDefs(k, entries)
	} else {
		l.n = 0
		for _, s := range entries {
			l.n += s.to - s.from
		}
	}
	l.Rewind()
	return values
}

// keepDefs does the same for definition levels.
func (l *levels) keepDefs(k *keeping, entries []span) []span {
	k.values = k.values[:0]
	at, val, values := 0, 0, 0
	for _, s := range entries {
		val += l.present(at, s.from)
		n := l.present(s.from, s.to)
		k.values = append(k.values, span{val, val + n})
		at, val, values = s.to, val+n, values+n
	}
	l.def = keepRuns(l.def, entries)
	if l.n = len(l.def); values == l.n {
		l.def = l.def[:0]
	}
	return k.values
}

// keepRuns moves runs of values together.
func keepRuns[T any](v []T, runs []span) []T {
	out := 0
	for _, s := range runs {
		out += copy(v[out:], v[s.from:s.to])
	}
	return v[:out]
}
