package column

// Leaves are the buffers of all of a schema's leaves.
type Leaves struct {
	schema Schema
	leaves []Leaf

	keeping keeping
}

// NewLeaves makes empty buffers.
func NewLeaves(schema Schema) *Leaves {
	l := &Leaves{schema: schema}
	for _, c := range schema.Leaves() {
		l.leaves = append(l.leaves, newLeaf(c))
	}
	return l
}

func newLeaf(c LeafColumn) Leaf {
	l := levels{col: c}
	switch c.Type.Kind {
	case Bool:
		return &Bools{levels: l}
	case Int32, Date:
		return &Int32s{levels: l}
	case Int64, Timestamp:
		return &Int64s{levels: l}
	case Float32:
		return &Float32s{levels: l}
	case Float64:
		return &Float64s{levels: l}
	case Decimal:
		return newDecimals(l)
	case String, Binary:
		return &Strings{levels: l}
	}
	panic("column: " + c.Type.Kind.String() + " is no type of a leaf")
}

// Schema is what the buffers are of.
func (l *Leaves) Schema() Schema { return l.schema }

// Len is the number of leaves.
func (l *Leaves) Len() int { return len(l.leaves) }

// At returns leaf i.
func (l *Leaves) At(i int) Leaf { return l.leaves[i] }

// Bools returns leaf i, which is of Bool; the other getters likewise.
func (l *Leaves) Bools(i int) *Bools { return l.leaves[i].(*Bools) }

// Int32s returns leaf i, of Int32 or Date.
func (l *Leaves) Int32s(i int) *Int32s { return l.leaves[i].(*Int32s) }

// Int64s returns leaf i, of Int64 or Timestamp.
func (l *Leaves) Int64s(i int) *Int64s { return l.leaves[i].(*Int64s) }

// Float32s returns leaf i.
func (l *Leaves) Float32s(i int) *Float32s { return l.leaves[i].(*Float32s) }

// Float64s returns leaf i.
func (l *Leaves) Float64s(i int) *Float64s { return l.leaves[i].(*Float64s) }

// Decimals returns leaf i.
func (l *Leaves) Decimals(i int) *Decimals { return l.leaves[i].(*Decimals) }

// Strings returns leaf i, of String or Binary.
func (l *Leaves) Strings(i int) *Strings { return l.leaves[i].(*Strings) }

// Rows is the number of rows in every leaf.
func (l *Leaves) Rows() int {
	if len(l.leaves) == 0 {
		return 0
	}
	return l.leaves[0].Rows()
}

// Bytes is the memory that the rows take. It is cheap enough to ask after every row.
func (l *Leaves) Bytes() int {
	n := 0
	for _, c := range l.leaves {
		n += c.Bytes()
	}
	return n
}

// Reset drops all rows and keeps the memory.
func (l *Leaves) Reset() {
	for _, c := range l.leaves {
		c.Reset()
	}
}

// Rewind puts all cursors at the first row.
func (l *Leaves) Rewind() {
	for _, c := range l.leaves {
		c.Rewind()
	}
}

// SkipRows moves all cursors, which are at the start of a row, n rows on.
func (l *Leaves) SkipRows(n int) {
	if n == 0 {
		return
	}
	for _, c := range l.leaves {
		c.SkipRows(n)
	}
}

// Rows puts rows of a table into column buffers and takes them out again. Generated code has one for each row type.
type Rows[T any] interface {
	Leaves() *Leaves
	// Append adds a row; it copies everything.
	Append(row *T)
	// Read sets row to the row at the cursors, and advances. Its strings are the buffers' memory.
	Read(row *T)
}
