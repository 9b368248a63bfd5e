package jsonr

// Skip reads over a value of any kind. What it skips must be as right as what is read: grammar, UTF-8, depth.
func (r *Reader) Skip() {
	mark := len(r.scratch)
	r.skip()
	r.scratch = r.scratch[:mark]
}

// Span is Skip, and says where in the record the value is.
func (r *Reader) Span() (from, to int) {
	r.peek()
	from = r.pos
	r.Skip()
	return from, r.pos
}

func (r *Reader) skip() {
	switch r.peek() {
	case '{':
		for r.Object(); r.Next(); {
			r.skip()
		}
	case '[':
		for r.Array(); r.Elem(); {
			r.skip()
		}
	case '"':
		r.text()
	case 't':
		r.word("true")
	case 'f':
		r.word("false")
	case 'n':
		r.word("null")
	default:
		r.number("a value")
	}
}

// rescue keeps members that no field takes, as the text of a JSON object.
type rescue struct {
	text []byte
	walk walker
}

// reset begins with the value at from: names are paths within it.
func (s *rescue) reset(from int) {
	s.text = s.text[:0]
	s.walk.reset(from)
}

// Rescue is Skip, but Rescued has the member.
func (r *Reader) Rescue() {
	r.peek()
	key, start, nested := r.buf[min(r.keyAt, len(r.buf)):min(r.keyEnd, len(r.buf))], r.pos, r.depth > 1
	if r.Skip(); r.err != nil {
		return
	}
	s := &r.rescue
	if len(s.text) == 0 {
		s.text = append(s.text, '{')
	} else {
		s.text[len(s.text)-1] = ','
	}
	if nested {
		s.walk.walk(r.buf, start) // from where the last one ended: a record is walked once
		s.text = append(appendPath(append(s.text, '"'), r.buf, s.walk.frames), '"')
	} else {
		s.text = append(s.text, key...)
	}
	s.text = append(append(s.text, ':'), r.buf[start:r.pos]...)
	s.text = append(s.text, '}')
}

// Rescued is the text of a JSON object with the members that Rescue skipped, "" for none. Names are as the record spells
// them; that of a member of a nested object is its path: lineItems[2].colour. It is valid until the next Reset.
func (r *Reader) Rescued() string { return alias(r.rescue.text) }
