package state

// loadPaged puts what images hold into an index that is paged on the way: they are larger than its limit.
func (x *Index) loadPaged(all []*image) error {
	var held []int // of each slab, in the images before
	for _, m := range all {
		c := converter{x: x, r: newImageReader(m, &m.imageHead), buf: make([]byte, sectionBytes)}
		if err := c.convert(m, held, all[len(all)-1]); err != nil {
			return damaged(m.name, err)
		}
		held = m.Slabs
	}
	return x.Err()
}

type converter struct {
	x    *Index
	r    *imageReader
	long slabs // of the image, as far as they are in it
	buf  []byte
	slab []byte
}

func (c *converter) convert(m *image, held []int, last *image) error {
	if err := m.fits(last); err != nil {
		return err
	}
	for _, n := range m.Long {
		slab := make([]byte, n)
		c.long.take(slab)
		if err := c.read(slab); err != nil {
			return err
		}
	}
	for i, n := range m.Slabs {
		from := 0
		if i < len(held) {
			from = held[i]
		}
		if err := c.entries(i, from, n); err != nil {
			return err
		}
	}
	if m.After == 0 {
		return nil // slots are of the image's own references
	}
	return m.changes(c.x, c.r, func(_ ID, e entry, seq []byte) error {
		c.put(e, seq)
		return nil
	})
}

func (c *converter) read(into []byte) error {
	for len(into) > 0 {
		b, err := c.r.read(c.buf)
		if err != nil {
			return err
		}
		if len(b) > len(into) {
			return errShape
		}
		into = into[copy(into, b):]
	}
	return nil
}

// entries puts those that the bytes [from, to) of a slab hold.
func (c *converter) entries(i, from, to int) error {
	if from > to {
		return errShape
	}
	if cap(c.slab) < to-from {
		c.slab = make([]byte, to-from)
	}
	b := c.slab[:to-from]
	if err := c.read(b); err != nil {
		return err
	}
	if i == 0 && from == 0 {
		b = b[min(noRecord, len(b)):]
	}
	walk(b, func(_ int, e entry) bool {
		var seq []byte
		if e.seqLen() == seqElsewhere && len(c.long.all) > 0 { // else a change of the same part has it
			seq = e.longSeq(&c.long)
		}
		c.put(e, seq)
		return true
	})
	return nil
}

func (c *converter) put(e entry, seq []byte) {
	w := e.word()
	if e.seqLen() != seqElsewhere {
		seq = e[entryHead : entryHead+e.seqLen()]
	}
	id, _ := c.x.Put(e.key())
	c.x.Set(id, Entry{Seq: seq, Hash: e.hash(), Loc: e.loc(), HasRow: w&flagRow != 0, Tombstone: w&flagTombstone != 0})
	if c.x.Full() {
		_ = c.x.Spill() // where it fails the index takes more memory than it should
	}
}
