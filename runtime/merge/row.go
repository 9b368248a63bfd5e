package merge

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Part describes a part of a row: a column, or a leaf of one where NULLs are ignored (R16).
type Part struct {
	Key     bool // of a key column: equal in all rows of a key
	Tracked bool // a change of it begins a version (R24, R25)
	Ignore  bool // NULL means that it was not authored (R16)
}

// Row is a row in parts form: for each part a little-endian uint32 length and the canonical bytes with their NULL mark
// (package value). A row that ends early has NULL in the parts that it lacks: they may have been added to the table since.
type Row []byte

const partRoom = 4

var (
	errPartShort = errors.New("a row in parts form ends inside a part")
	errPartsMany = errors.New("a row in parts form has more parts than its table")
)

// OpenPart appends room for the length of a part, whose bytes are appended next.
func OpenPart(dst []byte) []byte { return append(dst, 0, 0, 0, 0) }

// ClosePart ends the part that was opened when dst was at bytes long.
func ClosePart(dst []byte, at int) {
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-partRoom))
}

// NextPart cuts the first part off src; part aliases it. At the end of a row that lacks parts, the part is a NULL.
func NextPart(src []byte) (part, rest []byte, err error) {
	if len(src) == 0 {
		return null, nil, nil
	}
	if len(src) < partRoom {
		return nil, nil, errPartShort
	}
	if uint64(binary.LittleEndian.Uint32(src)) > uint64(len(src)-partRoom) {
		return nil, nil, errPartShort
	}
	part, rest = Row(src).cut()
	return part, rest, nil
}

// IsNull reports whether a part is NULL.
func IsNull(part []byte) bool { return part[0] == null[0] }

// null is the bytes of a part that is NULL: they are less than those of any value.
var null = []byte{0}

// cut is NextPart of a row that is whole.
func (r Row) cut() (part []byte, rest Row) {
	if len(r) == 0 {
		return null, nil
	}
	end := partRoom + int(binary.LittleEndian.Uint32(r))
	return r[partRoom:end:end], r[end:]
}

func appendPart(dst Row, part []byte) Row {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(part))), part...)
}

// Rules is how the events of a table whose rows are taken apart become its rows. It is for one goroutine.
//
// Rows that go in must be whole (Check). Rows that come out alias rows that went in, or lie in memory of the Rules, where
// they stay as they are until Reset.
type Rules struct {
	parts   []Part
	ignored int // how many of parts ignore NULL
	memory  []byte
}

// NewRules makes the rules of a table with these parts.
func NewRules(parts []Part) *Rules {
	r := &Rules{parts: make([]Part, len(parts))}
	for i, p := range parts {
		p.Ignore = p.Ignore && !p.Key
		if p.Ignore {
			r.ignored++
		}
		r.parts[i] = p
	}
	return r
}

// Reset makes the memory of all rows that were put together free for new ones. Without it, that memory is left to the
// garbage collector.
func (r *Rules) Reset() { r.memory = r.memory[:0] }

// Check reports damage of a row that was stored.
func (r *Rules) Check(row Row) error {
	for range r.parts {
		_, rest, err := NextPart(row)
		if err != nil {
			return err
		}
		row = rest
	}
	if len(row) > 0 {
		return errPartsMany
	}
	return nil
}

const (
	leastMemory = 1 << 16
	mostMemory  = 1 << 22
)

// room is where a row of at most n bytes can be put together. It is taken by keep.
func (r *Rules) room(n int) Row {
	if cap(r.memory)-len(r.memory) < n {
		r.memory = make([]byte, 0, max(n, min(2*cap(r.memory), mostMemory), leastMemory))
	}
	at := len(r.memory)
	return Row(r.memory[at : at : at+n])
}

func (r *Rules) keep(row Row) Row {
	r.memory = r.memory[:len(r.memory)+len(row)]
	return row[:len(row):len(row)]
}

// most is the most bytes that a row takes whose parts come from a and b.
func (r *Rules) most(a, b Row) int {
	return len(a) + len(b) + len(r.parts)*(partRoom+len(null))
}

// compare orders rows by their canonical encodings: those of the parts one after the other (R5).
func (r *Rules) compare(a, b Row) int {
	if bytes.Equal(a, b) {
		return 0
	}
	return r.compareWhere(a, b, anyPart)
}

// compareWhere orders rows by some of their parts.
func (r *Rules) compareWhere(a, b Row, counts func(*Part) bool) int {
	var x, y []byte
	for i := range r.parts {
		x, a = a.cut()
		y, b = b.cut()
		if !counts(&r.parts[i]) {
			continue
		}
		if c := bytes.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func anyPart(*Part) bool     { return true }
func tracked(p *Part) bool   { return p.Tracked }
func wholesale(p *Part) bool { return !p.Ignore }

// over is what an upsert makes of the row before it: the parts that it authored, over those of before (R16).
func (r *Rules) over(upsert, before Row) Row {
	if r.ignored == 0 {
		return upsert
	}
	row, inherits := r.room(r.most(upsert, before)), false
	mine, theirs := upsert, before
	var part, old []byte
	for i := range r.parts {
		part, mine = mine.cut()
		old, theirs = theirs.cut()
		if r.parts[i].Ignore && IsNull(part) && !IsNull(old) {
			part, inherits = old, true
		}
		row = appendPart(row, part)
	}
	if !inherits {
		return upsert
	}
	return r.keep(row)
}
