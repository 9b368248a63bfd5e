package column

import "github.com/seamflow/seamflow/runtime/value"

// Decimals is the buffer of a leaf of decimals. Up to 18 digits a value is its unscaled number; the rest is whole, and so
// is every value as soon as one is not of the column's type, which WriteRowGroup complains of.
type Decimals struct {
	levels
	small []int64
	wide  []value.Decimal
	limit uint64 // one more than what the column's digits make; 0 where they take more than 64 bits
	whole bool   // values are in wide
}

func newDecimals(l levels) *Decimals {
	b := &Decimals{levels: l}
	if p := l.col.Type.Precision; p <= smallPrecision {
		b.limit = powers[p][1]
	}
	b.whole = b.limit == 0
	return b
}

// smallPrecision is the most digits that 64 bits hold.
const smallPrecision = 18

// Put adds a value. def is the leaf's greatest level.
func (b *Decimals) Put(v value.Decimal, rep, def uint8) {
	b.push(v)
	b.put(rep)
}

// push adds a value without its levels.
func (b *Decimals) push(v value.Decimal) {
	hi, lo := v.Unscaled()
	if !b.whole && hi == int64(lo)>>63 && lo+b.limit-1 <= 2*(b.limit-1) && int(v.Scale()) == b.col.Type.Scale {
		b.small = append(b.small, int64(lo))
		return
	}
	b.widen()
	b.wide = append(b.wide, v)
}

// widen makes the values whole.
func (b *Decimals) widen() {
	for _, v := range b.small {
		b.wide = append(b.wide, b.of64(v))
	}
	b.small, b.whole = b.small[:0], true
}

// narrow undoes widen, once all values are of the column's type.
func (b *Decimals) narrow() {
	if b.limit == 0 || !b.whole {
		return
	}
	for _, v := range b.wide {
		_, lo := v.Unscaled()
		b.small = append(b.small, int64(lo))
	}
	b.wide, b.whole = b.wide[:0], false
}

// of64 is the column's decimal with an unscaled number.
func (b *Decimals) of64(v int64) value.Decimal {
	return value.NewDecimal(v>>63, uint64(v), uint8(b.col.Type.Scale))
}

// number is how many values there are.
func (b *Decimals) number() int { return len(b.small) + len(b.wide) }

func (b *Decimals) value(i int) value.Decimal {
	if b.whole {
		return b.wide[i]
	}
	return b.of64(b.small[i])
}

// Take returns the value at the cursor, the zero value for an entry without one, and moves on.
func (b *Decimals) Take() (v value.Decimal) {
	if b.here() {
		v = b.value(b.val)
		b.val++
	}
	b.at++
	return v
}

// Bytes is the memory that the entries take.
func (b *Decimals) Bytes() int {
	return len(b.def) + len(b.rep) + 8*len(b.small) + 24*len(b.wide)
}

func (b *Decimals) keep(k *keeping) {
	values := b.keepLevels(k)
	if b.whole {
		b.wide = keepRuns(b.wide, values)
	} else {
		b.small = keepRuns(b.small, values)
	}
}

// Reset drops everything and keeps the memory.
func (b *Decimals) Reset() {
	b.reset()
	b.small, b.wide, b.whole = b.small[:0], b.wide[:0], b.limit == 0
}

func (b *Decimals) appendAll(other Leaf) {
	o := other.(*Decimals)
	b.appendLevels(&o.levels)
	if b.whole == o.whole {
		b.small, b.wide = append(b.small, o.small...), append(b.wide, o.wide...)
		return
	}
	for i := range o.number() {
		b.push(o.value(i))
	}
}

func (b *Decimals) pick(from Leaf, at *places, rows []uint32) {
	o := from.(*Decimals)
	b.pickLevels(&o.levels, at, rows)
	for _, row := range rows {
		for first, end := at.value(row); first < end; first++ {
			b.push(o.value(int(first)))
		}
	}
}

// lookUp appends a dictionary's values at the indexes.
func (b *Decimals) lookUp(dict *Decimals, indexes []int32) error {
	if !b.whole && !dict.whole {
		return pick(&b.small, dict.small, indexes)
	}
	for _, i := range indexes {
		if uint(i) >= uint(dict.number()) {
			return errIndex
		}
		b.push(dict.value(int(i)))
	}
	return nil
}
