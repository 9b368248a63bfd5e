package column

import "bytes"

// Leaf is a leaf's buffer, whatever its values are.
type Leaf interface {
	Rows() int
	Entries() int        // values and what stands for NULL and empty lists
	Bytes() int          // memory that the entries take
	Keep(live *Bitset)   // drops the rows that are not in live, and rewinds
	Reset()              // drops everything and keeps the memory
	Rewind()             // puts the cursor at the first row
	SkipRows(n int)      // moves the cursor, which is at a row's first entry, n rows on
	Rep() uint8          // repetition level of the entry at the cursor, 0 at the end
	Def() uint8          // its definition level, 0 at the end
	Advance()            // moves the cursor to the next entry
	Null(rep, def uint8) // adds an entry without a value
	Column() *LeafColumn // what the buffer is of
	entries() *levels
	appendAll(other Leaf)
	pick(from Leaf, at *places, rows []uint32)
}

// levels are a leaf's entries without their values.
type levels struct {
	col  LeafColumn
	def  []uint8
	rep  []uint8 // empty when the leaf is not under a list
	rows int     // not counted when the leaf is not under a list: len(def)
	at   int     // the cursor
	val  int     // the cursor's value, if it has one
}

// Column is what the buffer is of.
func (l *levels) Column() *LeafColumn { return &l.col }

func (l *levels) entries() *levels { return l }

func (l *levels) push(rep, def uint8) {
	l.def = append(l.def, def)
	if l.col.MaxRep > 0 {
		l.pushRep(rep)
	}
}

func (l *levels) pushRep(rep uint8) {
	l.rep = append(l.rep, rep)
	if rep == 0 {
		l.rows++
	}
}

// Null adds an entry without a value: def is what is present on the way to it.
func (l *levels) Null(rep, def uint8) { l.push(rep, def) }

// Rows is the number of rows.
func (l *levels) Rows() int {
	if l.col.MaxRep == 0 {
		return len(l.def)
	}
	return l.rows
}

// Entries is the number of entries.
func (l *levels) Entries() int { return len(l.def) }

// Rewind puts the cursor at the first row.
func (l *levels) Rewind() { l.at, l.val = 0, 0 }

// Rep is the repetition level of the entry at the cursor, 0 at the end.
func (l *levels) Rep() uint8 {
	if l.at < len(l.rep) {
		return l.rep[l.at]
	}
	return 0
}

// Def is the definition level of the entry at the cursor, 0 at the end.
func (l *levels) Def() uint8 {
	if l.at < len(l.def) {
		return l.def[l.at]
	}
	return 0
}

// Advance moves the cursor to the next entry.
func (l *levels) Advance() {
	if l.def[l.at] == l.col.MaxDef {
		l.val++
	}
	l.at++
}

// SkipRows moves the cursor n rows on.
func (l *levels) SkipRows(n int) {
	end := l.rowEnd(l.at, n)
	l.val += l.present(l.at, end)
	l.at = end
}

// rowEnd is the entry after n rows from entry at, which starts a row.
func (l *levels) rowEnd(at, n int) int {
	if l.col.MaxRep == 0 {
		return min(at+n, len(l.def))
	}
	for ; n > 0 && at < len(l.rep); n-- {
		next := bytes.IndexByte(l.rep[at+1:], 0)
		if next < 0 {
			return len(l.rep)
		}
		at += 1 + next
	}
	return at
}

// present counts the values of the entries [from, to).
func (l *levels) present(from, to int) int {
	return bytes.Count(l.def[from:to], []byte{l.col.MaxDef})
}

func (l *levels) reset() {
	l.def, l.rep, l.rows, l.at, l.val = l.def[:0], l.rep[:0], 0, 0, 0
}

// keep drops dead rows' entries and tells move about each run of values that stays.
func (l *levels) keep(live *Bitset, move func(from, to int)) {
	rows := l.Rows()
	at, val, out := 0, 0, 0
	for row := 0; row < rows; {
		in, next := live.run(row, rows)
		end := l.rowEnd(at, next-row)
		n := l.present(at, end)
		if in {
			copy(l.def[out:], l.def[at:end])
			if l.col.MaxRep > 0 {
				copy(l.rep[out:], l.rep[at:end])
			}
			out += end - at
			move(val, val+n)
		} else {
			l.rows -= next - row
		}
		at, val, row = end, val+n, next
	}
	l.def = l.def[:out]
	if l.col.MaxRep > 0 {
		l.rep = l.rep[:out]
	} else {
		l.rows = 0
	}
	l.Rewind()
}

// run says whether row is in the set and where that changes, at most at end.
func (b *Bitset) run(row, end int) (in bool, next int) {
	in = b.Has(row)
	for next = row + 1; next < end && b.Has(next) == in; next++ {
	}
	return in, next
}
