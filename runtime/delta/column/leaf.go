package column

import (
	"bytes"
	"slices"
)

// Leaf is a leaf's buffer, whatever its values are.
type Leaf interface {
	Rows() int
	Entries() int        // values and what stands for NULL and empty lists
	Bytes() int          // memory that the entries take
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
	keep(k *keeping)
	pick(from Leaf, at *places, rows []uint32)
}

// levels are a leaf's entries without their values.
type levels struct {
	col  LeafColumn
	n    int     // of entries
	def  []uint8 // of each entry; empty while all have a value, as in most columns all have
	rep  []uint8 // of each entry; empty when the leaf is not under a list
	rows int     // not counted when the leaf is not under a list: n
	at   int     // the cursor
	val  int     // the cursor's value, if it has one
}

// Column is what the buffer is of.
func (l *levels) Column() *LeafColumn { return &l.col }

func (l *levels) entries() *levels { return l }

// push adds an entry at any level.
func (l *levels) push(rep, def uint8) {
	if def == l.col.MaxDef {
		l.put(rep)
		return
	}
	l.addNulls(1, def)
	if l.col.MaxRep > 0 {
		l.pushRep(rep)
	}
}

// put adds an entry that has a value.
func (l *levels) put(rep uint8) {
	l.n++
	if len(l.def) > 0 {
		l.def = append(l.def, l.col.MaxDef)
	}
	if l.col.MaxRep > 0 {
		l.pushRep(rep)
	}
}

func (l *levels) pushRep(rep uint8) {
	l.rep = append(l.rep, rep)
	l.rows += int((uint32(rep) - 1) >> 31) // one more at 0; lists end where no processor foresees it
}

// addNulls adds the definition levels of n entries without a value.
func (l *levels) addNulls(n int, def uint8) {
	l.spell(n)
	l.def = repeated(l.def, n, def)
	l.n += n
}

// spell writes the definition levels out, with room for n more.
func (l *levels) spell(n int) {
	if len(l.def) == 0 && l.n > 0 {
		l.def = repeated(slices.Grow(l.def, l.n+n), l.n, l.col.MaxDef)
	}
}

// repeated appends a level n times.
func repeated(to []uint8, n int, level uint8) []uint8 {
	from := len(to)
	to = slices.Grow(to, n)[:from+n]
	for i := range to[from:] {
		to[from+i] = level
	}
	return to
}

// addDefs adds the definition levels of entries.
func (l *levels) addDefs(def []uint8) {
	switch {
	case len(l.def) > 0:
		l.def = append(l.def, def...)
	case bytes.Count(def, []byte{l.col.MaxDef}) < len(def):
		l.spell(len(def))
		l.def = append(l.def, def...)
	}
	l.n += len(def)
}

// addPresent adds the definition levels of n entries that have a value.
func (l *levels) addPresent(n int) {
	if len(l.def) > 0 {
		l.def = repeated(l.def, n, l.col.MaxDef)
	}
	l.n += n
}

// addEntries adds entries by their levels; rep is of no matter when the leaf is not under a list.
func (l *levels) addEntries(rep, def []uint8) {
	l.addDefs(def)
	if l.col.MaxRep > 0 {
		l.rep = append(l.rep, rep...)
		l.rows += bytes.Count(rep, []byte{0})
	}
}

// Null adds an entry without a value: def is what is present on the way to it.
func (l *levels) Null(rep, def uint8) { l.push(rep, def) }

// Rows is the number of rows.
func (l *levels) Rows() int {
	if l.col.MaxRep == 0 {
		return l.n
	}
	return l.rows
}

// Entries is the number of entries.
func (l *levels) Entries() int { return l.n }

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
	if l.at < l.n {
		return l.level(l.at)
	}
	return 0
}

// level is the definition level of an entry.
func (l *levels) level(i int) uint8 {
	if len(l.def) == 0 {
		return l.col.MaxDef
	}
	return l.def[i]
}

// Advance moves the cursor to the next entry.
func (l *levels) Advance() {
	if l.here() {
		l.val++
	}
	l.at++
}

// here reports whether the entry at the cursor has a value.
func (l *levels) here() bool { return len(l.def) == 0 || l.def[l.at] == l.col.MaxDef }

// SkipRows moves the cursor n rows on.
func (l *levels) SkipRows(n int) {
	end := l.rowEnd(l.at, n)
	l.val += l.present(l.at, end)
	l.at = end
}

// rowEnd is the entry after n rows from entry at, which starts a row.
func (l *levels) rowEnd(at, n int) int {
	if l.col.MaxRep == 0 {
		return min(at+n, l.n)
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
	if len(l.def) == 0 {
		return to - from
	}
	return bytes.Count(l.def[from:to], []byte{l.col.MaxDef})
}

func (l *levels) reset() {
	l.n, l.def, l.rep, l.rows, l.at, l.val = 0, l.def[:0], l.rep[:0], 0, 0, 0
}
