package merge

import "bytes"

// Event is all that is known of one key at one sequence.
type Event struct {
	Seq            []byte
	Upsert, Delete bool // both only where NULLs are ignored: what the upsert did not author is NULL from then on (R5a)
	Row            Row  // of the upsert, as it was authored
}

// Join makes one event of two of the same key and sequence (R2, R5, R5a). It is commutative, associative and idempotent.
// same means that they were equal, tied that they were not.
func (r *Rules) Join(a, b Event) (joined Event, same, tied bool) {
	a, b = r.plain(a), r.plain(b)
	if a.Upsert == b.Upsert && a.Delete == b.Delete && r.compare(a.Row, b.Row) == 0 {
		return a, true, false
	}
	joined = Event{Seq: a.Seq, Upsert: a.Upsert || b.Upsert, Delete: a.Delete || b.Delete}
	switch {
	case !a.Upsert:
		joined.Row = b.Row
	case !b.Upsert:
		joined.Row = a.Row
	default:
		joined.Row = r.greater(a.Row, b.Row)
	}
	return r.plain(joined), false, true
}

// plain leaves out of an event what says nothing: the row of a delete, and a delete that an upsert beats.
func (r *Rules) plain(e Event) Event {
	if !e.Upsert {
		e.Row = nil
	}
	e.Delete = e.Delete && (r.ignored > 0 || !e.Upsert)
	return e
}

// greater joins the rows of two upserts: parts that ignore NULL one by one, the others together.
func (r *Rules) greater(a, b Row) Row {
	if r.ignored == 0 {
		if r.compare(a, b) < 0 {
			return b
		}
		return a
	}
	if r.compareWhere(a, b, wholesale) < 0 {
		a, b = b, a // the parts that are not ignored are a's
	}
	row, mixed := r.room(r.most(a, b)), false
	mine, theirs := a, b
	var part, other []byte
	for i := range r.parts {
		part, mine = mine.cut()
		other, theirs = theirs.cut()
		if r.parts[i].Ignore && bytes.Compare(part, other) < 0 {
			part, mixed = other, true
		}
		row = appendPart(row, part)
	}
	if !mixed {
		return a
	}
	return r.keep(row)
}
