package column

import "github.com/seamflow/seamflow/runtime/value"

// Nulls adds an entry without a value to the leaves [from, to): a struct, list or map that is NULL or empty.
func (l *Leaves) Nulls(from, to int, rep, def uint8) {
	for _, c := range l.leaves[from:to] {
		c.Null(rep, def)
	}
}

// Advance moves the cursors of the leaves [from, to) over one entry.
func (l *Leaves) Advance(from, to int) {
	for _, c := range l.leaves[from:to] {
		c.Advance()
	}
}

// PutUUID adds v as text: a UUID is a string on disk.
func (b *Strings) PutUUID(v value.UUID, rep, def uint8) {
	var text [36]byte
	b.PutBytes(v.AppendText(text[:0]), rep, def)
}

// TakeUUID is Take for a UUID; an entry without a value gives the zero UUID.
func (b *Strings) TakeUUID() value.UUID {
	v, _ := value.ParseUUID(b.TakeBytes())
	return v
}
