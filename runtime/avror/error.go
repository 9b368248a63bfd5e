package avror

import "strconv"

// Error says why a message is bad.
type Error struct {
	Offset int    // in the message, its frame included
	Path   string // of the value: lineItems[2].price; "" for the message itself
	Reason string
}

func (e *Error) Error() string {
	at := "at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
	if e.Path == "" {
		return at
	}
	return e.Path + ", " + at
}

// fail keeps the first error and ends the message there.
func (r *Reader) fail(reason string) bool {
	if r.err == nil {
		r.err = &Error{Offset: r.pos, Path: r.path(), Reason: reason}
	}
	r.pos = len(r.buf)
	return false
}

func (r *Reader) ended(what string) {
	r.fail("expected " + what + ", found the end of the message")
}

// refuse reports that what is at hand is not what is wanted.
func (r *Reader) refuse(n *node, what string) bool {
	if r.err != nil {
		return false
	}
	switch n.wire {
	case wireNull:
		return r.fail("expected " + what + ", found NULL")
	case wireBad:
		return r.fail("expected " + what + ", and the writer's schema has " + n.what)
	}
	return r.fail("expected " + what)
}

// lacks reports a field that the writer's schema has not.
func (r *Reader) lacks(n *node) bool {
	if r.err != nil {
		return false
	}
	r.fail("the field is required, and the writer's schema has no such field")
	if r.err.Path != "" {
		r.err.Path += "."
	}
	r.err.Path += n.missing
	return false
}

const maxPath = 2000

// path is where the value at hand is.
func (r *Reader) path() string {
	var b []byte
	for i := range r.frames {
		switch f := &r.frames[i]; {
		case f.next == 0:
		case f.node.wire == wireArray:
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(f.next-1), 10)
			b = append(b, ']')
		default:
			name := f.key
			if f.node.wire == wireRecord {
				name = f.node.steps[f.next-1].name
			}
			if len(b) > 0 {
				b = append(b, '.')
			}
			b = append(b, name...)
		}
		if len(b) > maxPath {
			return string(b[:maxPath]) + "…"
		}
	}
	return string(b)
}
