package column

// AppendAll adds the rows of other, which is of the same schema. Row groups that shrank become larger ones by it.
func (l *Leaves) AppendAll(other *Leaves) {
	for i, leaf := range l.leaves {
		leaf.appendAll(other.leaves[i])
	}
}

func (l *levels) appendLevels(other *levels) {
	if len(other.def) == 0 {
		l.addPresent(other.n)
	} else {
		l.addDefs(other.def)
	}
	l.rep = append(l.rep, other.rep...)
	l.rows += other.rows
}

func (b *Values[T]) appendAll(other Leaf) {
	o := other.(*Values[T])
	b.appendLevels(&o.levels)
	b.vals = append(b.vals, o.vals...)
}

func (b *Strings) appendAll(other Leaf) {
	o := other.(*Strings)
	b.appendLevels(&o.levels)
	base := uint32(len(b.data))
	b.data = append(b.data, o.data...)
	for _, end := range o.ends {
		b.ends = append(b.ends, base+end)
	}
}
