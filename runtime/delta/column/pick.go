package column

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// Picker takes rows of buffers in any order: it sorts rows by their values and gathers them. The buffers stay as they
// are, and must, until the Picker is reset.
type Picker struct {
	from     *Leaves
	places   []places
	compares []func(a, b uint32) int // by leaf, where one was asked for
	sorted   []sortRow
}

// places says where the rows of a leaf begin, with the end of the last one. Without them row n is at n.
type places struct{ entries, values []uint32 }

// Reset makes the Picker one of buffers as they are now. It keeps the memory that it had for these.
func (p *Picker) Reset(from *Leaves) {
	if p.from != from {
		*p = Picker{from: from, places: make([]places, len(from.leaves)), compares: make([]func(a, b uint32) int, len(from.leaves)), sorted: p.sorted}
	}
	for i, leaf := range from.leaves {
		p.places[i].find(leaf.entries())
	}
}

func (p *places) find(l *levels) {
	listed := l.col.MaxRep > 0
	entries, values := p.entries[:0], p.values[:0]
	if !listed && len(l.def) == 0 {
		p.entries, p.values = entries, values
		return
	}
	val := uint32(0)
	for i := range l.n {
		if !listed {
			values = append(values, val)
		} else if l.rep[i] == 0 {
			entries, values = append(entries, uint32(i)), append(values, val)
		}
		if len(l.def) == 0 || l.def[i] == l.col.MaxDef {
			val++
		}
	}
	if listed {
		entries = append(entries, uint32(l.n))
	}
	p.entries, p.values = entries, append(values, val)
}

// entry and value give a row's range.
func (p *places) entry(row uint32) (from, to uint32) {
	if len(p.entries) == 0 {
		return row, row + 1
	}
	return p.entries[row], p.entries[row+1]
}

func (p *places) value(row uint32) (from, to uint32) {
	if len(p.values) == 0 {
		return row, row + 1
	}
	return p.values[row], p.values[row+1]
}

// Into adds rows to dst, which is of the same schema, in the order given.
func (p *Picker) Into(dst *Leaves, rows []uint32) {
	for i, leaf := range dst.leaves {
		leaf.pick(p.from.leaves[i], &p.places[i], rows)
	}
}

func (l *levels) pickLevels(from *levels, at *places, rows []uint32) {
	if l.col.MaxRep == 0 {
		if len(from.def) == 0 && len(l.def) == 0 {
			l.n += len(rows)
			return
		}
		for _, row := range rows {
			l.push(0, from.level(int(row)))
		}
		return
	}
	for _, row := range rows {
		a, b := at.entry(row)
		if len(from.def) == 0 {
			l.addPresent(int(b - a))
		} else {
			l.addDefs(from.def[a:b])
		}
		l.rep = append(l.rep, from.rep[a:b]...)
	}
	l.rows += len(rows)
}

func (b *Values[T]) pick(from Leaf, at *places, rows []uint32) {
	o := from.(*Values[T])
	b.pickLevels(&o.levels, at, rows)
	for _, row := range rows {
		first, end := at.value(row)
		b.vals = append(b.vals, o.vals[first:end]...)
	}
}

func (b *Strings) pick(from Leaf, at *places, rows []uint32) {
	o := from.(*Strings)
	b.pickLevels(&o.levels, at, rows)
	for _, row := range rows {
		for first, end := at.value(row); first < end; first++ {
			b.data = append(b.data, o.bytesAt(int(first))...)
			b.ends = append(b.ends, uint32(len(b.data)))
		}
	}
}

// sortRow is a row with the start of its first value, in an order that integers compare in.
type sortRow struct {
	start uint64
	row   uint32
}

// Sort orders rows by leaves that are under no list: by the first, where that is equal by the second, and so on; NULL
// comes first. Rows that are equal are ordered by their number.
func (p *Picker) Sort(rows []uint32, by []int) {
	if len(by) == 0 {
		slices.Sort(rows)
		return
	}
	p.sortBy(rows, by[0])
	compare := p.comparison(by[0])
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && compare(rows[0], rows[n]) == 0 {
			n++
		}
		if n > 1 {
			p.Sort(rows[:n], by[1:])
		}
		rows = rows[n:]
	}
}

// sortBy orders rows by one leaf. Few values are little work.
func (p *Picker) sortBy(rows []uint32, leaf int) {
	start, compare := p.start(leaf), p.comparison(leaf)
	p.sorted = p.sorted[:0]
	for _, row := range rows {
		p.sorted = append(p.sorted, sortRow{start(row), row})
	}
	slices.SortFunc(p.sorted, func(a, b sortRow) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return compare(a.row, b.row)
	})
	for i, s := range p.sorted {
		rows[i] = s.row
	}
}

// Equal reports whether two rows are equal in leaves that are under no list.
func (p *Picker) Equal(a, b uint32, by []int) bool {
	for _, leaf := range by {
		if p.comparison(leaf)(a, b) != 0 {
			return false
		}
	}
	return true
}

// comparison compares rows by a leaf.
func (p *Picker) comparison(leaf int) func(a, b uint32) int {
	if p.compares[leaf] == nil {
		p.compares[leaf] = p.newComparison(leaf)
	}
	return p.compares[leaf]
}

func (p *Picker) newComparison(leaf int) func(a, b uint32) int {
	at := &p.places[leaf]
	switch l := p.from.leaves[leaf].(type) {
	case *Bools:
		return present(at, func(i, j uint32) int { return cmp.Compare(bit(l.vals[i]), bit(l.vals[j])) })
	case *Int32s:
		return present(at, func(i, j uint32) int { return cmp.Compare(l.vals[i], l.vals[j]) })
	case *Int64s:
		return present(at, func(i, j uint32) int { return cmp.Compare(l.vals[i], l.vals[j]) })
	case *Float32s:
		return present(at, func(i, j uint32) int {
			return cmp.Compare(floatStart(float64(l.vals[i])), floatStart(float64(l.vals[j])))
		})
	case *Float64s:
		return present(at, func(i, j uint32) int { return cmp.Compare(floatStart(l.vals[i]), floatStart(l.vals[j])) })
	case *Decimals:
		return present(at, func(i, j uint32) int { return l.value(int(i)).Cmp(l.value(int(j))) })
	case *Strings:
		return present(at, func(i, j uint32) int { return bytes.Compare(l.bytesAt(int(i)), l.bytesAt(int(j))) })
	}
	panic("column: a leaf that does not order")
}

// present compares rows by the values that they have, if they have some.
func present(at *places, compare func(i, j uint32) int) func(a, b uint32) int {
	return func(a, b uint32) int {
		i, iEnd := at.value(a)
		j, jEnd := at.value(b)
		if i == iEnd || j == jEnd {
			return cmp.Compare(iEnd-i, jEnd-j)
		}
		return compare(i, j)
	}
}

// start gives the starts of a leaf's values: where one is less than another, so is the value. Of a NULL it is 0.
func (p *Picker) start(leaf int) func(row uint32) uint64 {
	at := &p.places[leaf]
	of := func(uint32) uint64 { return 0 }
	switch l := p.from.leaves[leaf].(type) {
	case *Bools:
		of = func(i uint32) uint64 { return uint64(bit(l.vals[i])) }
	case *Int32s:
		of = func(i uint32) uint64 { return intStart(int64(l.vals[i])) }
	case *Int64s:
		of = func(i uint32) uint64 { return intStart(l.vals[i]) }
	case *Float32s:
		of = func(i uint32) uint64 { return floatStart(float64(l.vals[i])) }
	case *Float64s:
		of = func(i uint32) uint64 { return floatStart(l.vals[i]) }
	case *Strings:
		of = func(i uint32) uint64 { return textStart(l.bytesAt(int(i))) }
	}
	return func(row uint32) uint64 {
		if i, end := at.value(row); i < end {
			return of(i)
		}
		return 0
	}
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

func intStart(v int64) uint64 { return uint64(v) ^ 1<<63 }

// floatStart orders as numbers do, the two zeros as one, and NaN after all.
func floatStart(v float64) uint64 {
	switch {
	case v != v:
		return math.MaxUint64
	case v == 0:
		return 1 << 63
	}
	b := math.Float64bits(v)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func textStart(s []byte) (start uint64) {
	for i := range 8 {
		start <<= 8
		if i < len(s) {
			start |= uint64(s[i])
		}
	}
	return start
}
