package merge

import "bytes"

// Registers is what SCD type 1 must know of a key where NULLs are ignored (R5a, R16-R18): who authored what its row holds.
// The zero value is a key of which nothing is known.
type Registers struct {
	// Row is the sequence of the newest upsert, which authored all parts that do not ignore NULL. nil: there was none, or a
	// newer delete.
	Row []byte
	// Delete is the greatest sequence of a delete (R7), nil for none.
	Delete []byte
	// Authors has, for each part that ignores NULL, in their order, the sequence of the upsert that its value is from. nil:
	// nobody authored it since the delete, so it is NULL.
	Authors [][]byte
}

// Alive reports whether the key has a row. Of equal sequences the upsert beats the delete.
func (reg *Registers) Alive() bool { return reg.Row != nil && bytes.Compare(reg.Row, reg.Delete) >= 0 }

// Sequence is that of the newest event, of either kind. It never goes down.
func (reg *Registers) Sequence() []byte {
	if bytes.Compare(reg.Row, reg.Delete) < 0 {
		return reg.Delete
	}
	return reg.Row
}

// Reset makes reg a key of which nothing is known, and keeps its memory.
func (reg *Registers) Reset() { *reg = Registers{Authors: reg.Authors[:0]} }

// saw reports whether an upsert of sequence seq is known. One whose values have all been replaced is not.
func (reg *Registers) saw(seq []byte) bool {
	if bytes.Equal(reg.Row, seq) {
		return true
	}
	for _, author := range reg.Authors {
		if bytes.Equal(author, seq) {
			return true
		}
	}
	return false
}

// Applied is what an event did to a key.
type Applied struct {
	Row     Row  // the key's row from now on, nil for none
	Changed bool // the registers changed; the row may be as it was
	Same    bool // nothing changed, because all of the event was there
	// Tied: another event of the same sequence said otherwise (R5a). What newer events have replaced is not compared.
	Tied bool
}

// Apply folds e into reg and row, the key's present row (nil for none). The order of events never matters. Registers alias
// the sequences of the events that they are of.
func (r *Rules) Apply(reg *Registers, row Row, e Event) Applied {
	for len(reg.Authors) < r.ignored { // parts may have been added to the table
		reg.Authors = append(reg.Authors, nil)
	}
	e = r.plain(e)
	a := applying{Rules: r, reg: reg, seq: e.Seq, row: row, seen: reg.saw(e.Seq)}
	// An event that is both meets what was known before it, not itself.
	deleted := bytes.Equal(reg.Delete, e.Seq)
	if e.Delete {
		a.delete(deleted)
	}
	if e.Upsert {
		a.upsert(e.Row, deleted)
	}
	if !reg.Alive() {
		a.row = nil
	}
	return Applied{Row: a.row, Changed: a.changed, Same: !a.changed && !a.lacks, Tied: a.tied}
}

// applying is an event on its way into the registers of its key.
type applying struct {
	*Rules
	reg     *Registers
	seq     []byte
	row     Row
	seen    bool // an upsert of the same sequence was known before
	changed bool
	lacks   bool // some of the event neither was there nor is now
	tied    bool
}

// delete makes NULL what was authored before it, and ends the row if that was.
func (a *applying) delete(known bool) {
	if known {
		return
	}
	if bytes.Compare(a.seq, a.reg.Delete) < 0 {
		a.lacks = true
		return
	}
	a.tied = a.tied || a.seen
	a.changed, a.reg.Delete = true, a.seq
	if bytes.Compare(a.reg.Row, a.seq) < 0 {
		a.reg.Row, a.row = nil, nil
		clear(a.reg.Authors)
		return
	}
	a.resetBefore()
}

// resetBefore makes NULL the parts whose author is older than the event.
func (a *applying) resetBefore() {
	row, resets, author := a.room(a.most(a.row, nil)), false, 0
	old := a.row
	var part []byte
	for i := range a.parts {
		part, old = old.cut()
		if a.parts[i].Ignore {
			by := &a.reg.Authors[author]
			author++
			if *by != nil && bytes.Compare(*by, a.seq) < 0 {
				*by, part, resets = nil, null, true
			}
		}
		row = appendPart(row, part)
	}
	if resets {
		a.row = a.keep(row)
	}
}

// upsert takes what the event authored and nothing newer did. deleted: there was a delete of its sequence.
func (a *applying) upsert(upsert Row, deleted bool) {
	if bytes.Compare(a.seq, a.reg.Delete) < 0 {
		a.lacks = true
		return
	}
	newest := bytes.Compare(a.seq, a.reg.Row)
	differs := false
	wins := newest > 0
	if newest == 0 {
		c := a.compareWhere(upsert, a.row, wholesale)
		differs, wins = c != 0, c > 0
	}
	a.lacks = a.lacks || newest < 0 || differs && !wins
	if wins {
		a.changed, a.reg.Row = true, a.seq
	}
	differs = a.take(upsert, wins) || differs
	a.tied = a.tied || a.seen && differs || deleted && !a.seen
}

// take makes the row of the parts that win. differs means that an event of the same sequence would have been another.
func (a *applying) take(upsert Row, wins bool) (differs bool) {
	row, takes, author := a.room(a.most(a.row, upsert)), false, 0
	old := a.row
	var part, mine []byte
	for i := range a.parts {
		part, old = old.cut()
		mine, upsert = upsert.cut()
		won := wins
		if a.parts[i].Ignore {
			var other bool
			won, other = a.authors(&a.reg.Authors[author], mine, part)
			differs = differs || other
			author++
		}
		if won {
			part, takes = mine, true
		}
		row = appendPart(row, part)
	}
	if takes {
		a.row = a.keep(row)
	}
	return differs
}

// authors decides who authors a part that ignores NULL: the event, whose value is mine, or by, whose value is old.
func (a *applying) authors(by *[]byte, mine, old []byte) (won, differs bool) {
	c := bytes.Compare(a.seq, *by)
	if IsNull(mine) {
		return false, c == 0
	}
	if c == 0 {
		c = bytes.Compare(mine, old)
		differs = c != 0
	} else {
		differs = c > 0
	}
	if c < 0 {
		a.lacks = true
	}
	if c > 0 {
		a.changed, *by = true, a.seq
	}
	return c > 0, differs
}
