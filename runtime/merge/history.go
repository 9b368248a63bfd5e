package merge

// Version is a row of an SCD type 2 table.
type Version struct {
	Start, End  []byte // sequences; End is nil while the version is open
	Row         Row
	First, Last int // the events that began and last changed it, by index; -1 where that was before them
}

// Fold appends to out the versions that base and events make (R20-R26, R16-R18).
//
// base is the version that is open before the first event, as it was then (its End does not matter), nil for none: it is
// the first of the versions. events are ascending by sequence, one each (Join). until is the sequence of the event that
// follows the last one and closes what is left open, nil for none.
//
// Sequences of the versions are those of the events; rows are as Rules says.
func (r *Rules) Fold(out []Version, base *Version, events []Event, until []byte) []Version {
	var open *Version
	if base != nil {
		out = append(out, Version{Start: base.Start, Row: base.Row, First: -1, Last: -1})
		open = &out[len(out)-1]
	}
	for i := range events {
		e := &events[i]
		if !e.Upsert {
			if e.Delete && open != nil { // a delete without a version makes none (R22)
				open.End, open = e.Seq, nil
			}
			continue
		}
		row := e.Row
		if open != nil && !e.Delete {
			row = r.over(row, open.Row)
		}
		if open != nil && r.continues(open.Row, row) {
			open.Row, open.Last = row, i
			continue
		}
		if open != nil {
			open.End = e.Seq
		}
		out = append(out, Version{Start: e.Seq, Row: row, First: i, Last: i})
		open = &out[len(out)-1]
	}
	if open != nil && len(until) > 0 {
		open.End = until
	}
	return out
}

// continues reports whether two rows that follow each other are of one version (R24, R25).
func (r *Rules) continues(a, b Row) bool {
	return r.compareWhere(a, b, tracked) == 0
}
