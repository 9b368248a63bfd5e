package csvr

import (
	"bytes"
	"strconv"

	"github.com/seamflow/seamflow/runtime/jsonr"
)

// record reads the next record's bytes and cuts them into fields.
func (r *Reader) record() bool {
	for {
		r.line, r.offset = r.next, r.win.Offset()
		end, next := r.lineEnd(0)
		if end < 0 {
			return r.stop()
		}
		if end > 0 {
			r.split(end, next)
			return r.streamErr == nil
		}
		r.win.Pass(next)
		r.next++
	}
}

// stop ends the stream: at its end, or at its error, which a record that is not complete is lost to.
func (r *Reader) stop() bool {
	if err := r.win.Err(); err != nil {
		r.streamErr = &jsonr.StreamError{Line: r.line, Offset: r.offset, Err: err}
	}
	return false
}

// lineEnd finds the end of the line that offset from of the window is on, and where the next line begins. The end is
// negative where the stream has no more, or breaks off. A line that makes the record too long ends where it does so.
func (r *Reader) lineEnd(from int) (end, next int) {
	seen := from
	for {
		b := r.win.Bytes()
		if i := bytes.IndexByte(b[seen:], '\n'); i >= 0 {
			end = seen + i
			next = end + 1
			if end > from && b[end-1] == '\r' {
				end--
			}
			return end, next
		}
		if len(b) > r.max+1 {
			return len(b), len(b)
		}
		seen = len(b)
		if !r.win.Fill() {
			break
		}
	}
	b := r.win.Bytes()
	if r.win.Err() != nil || len(b) == from {
		return -1, -1
	}
	end = len(b)
	if b[end-1] == '\r' && end-1 > from {
		end--
	}
	return end, len(b)
}

// split cuts the record whose first line is [0, end) of the window, and goes on to lines that its quotes take in.
func (r *Reader) split(end, next int) {
	c := cut{end: end, next: next}
	switch line := r.win.Bytes()[:end]; {
	case end > r.max:
		r.tooLong()
		return
	case bytes.IndexByte(line, '"') < 0:
		r.plain(line)
	case !r.quoted(&c):
		return
	}
	b := r.win.Bytes()
	r.raw = b[:c.end]
	r.pass(c.next)
}

// pass moves over n bytes and counts their lines.
func (r *Reader) pass(n int) {
	r.next += int64(bytes.Count(r.win.Bytes()[:n], []byte{'\n'}))
	r.win.Pass(n)
}

// plain cuts a line without quotes.
func (r *Reader) plain(line []byte) {
	from := 0
	for {
		i := bytes.IndexByte(line[from:], r.comma)
		if i < 0 {
			r.fields = append(r.fields, field{from: from, to: len(line)})
			return
		}
		r.fields = append(r.fields, field{from: from, to: from + i})
		from += i + 1
	}
}

// cut is where the cutting of a record is: at, on a line that ends at end; the next one begins at next.
type cut struct{ at, end, next int }

// quoted cuts a record with quotes up to its end, or to where its form is broken. It is false where the record is settled
// otherwise: it is too long, or the stream broke off.
func (r *Reader) quoted(c *cut) bool {
	for {
		if c.at < c.end && r.win.Bytes()[c.at] == '"' {
			if !r.quotedField(c) {
				return false
			}
		} else {
			r.plainField(c)
		}
		if c.at == c.end || r.broken != "" {
			return true
		}
		c.at++ // the comma, behind which is one more field
	}
}

// plainField takes the field at c.at, which goes to the next comma or the line's end.
func (r *Reader) plainField(c *cut) {
	b := r.win.Bytes()[c.at:c.end]
	if i := bytes.IndexByte(b, r.comma); i >= 0 {
		b = b[:i]
	}
	if bytes.IndexByte(b, '"') >= 0 {
		r.broken = "a quote stands in a field that is not quoted; quote the field and double the quote"
	}
	r.fields = append(r.fields, field{from: c.at, to: c.at + len(b)})
	c.at += len(b)
}

// quotedField takes the field whose opening quote is at c.at, and stops behind the closing one.
func (r *Reader) quotedField(c *cut) bool {
	f := field{from: c.at + 1, quoted: true}
	c.at++
	for {
		b := r.win.Bytes()
		i := bytes.IndexByte(b[c.at:c.end], '"')
		if i < 0 {
			if more, ok := r.nextLine(c); !more {
				return ok
			}
			continue
		}
		c.at += i + 1
		if c.at == c.end || b[c.at] != '"' {
			break
		}
		f.doubled = true
		c.at++
	}
	f.to = c.at - 1
	r.fields = append(r.fields, f)
	if c.at < c.end && r.win.Bytes()[c.at] != r.comma {
		r.broken = "text follows a closing quote; a quote inside quotes must be doubled"
	}
	return true
}

// nextLine takes one more line into a quoted field. Where there is none to take it says whether the record stands.
func (r *Reader) nextLine(c *cut) (more, ok bool) {
	from := c.next
	c.at = from
	switch c.end, c.next = r.lineEnd(from); {
	case c.end > r.max:
		r.tooLong()
		return false, false
	case c.end >= 0:
		return true, true
	}
	if r.stop(); r.streamErr != nil {
		return false, false
	}
	r.broken = "quotes are opened and never closed"
	c.end, c.next = from, from
	return false, true
}

// tooLong keeps the start of the record that the window begins with, and passes all of it.
func (r *Reader) tooLong() {
	r.kept = append(r.kept[:0], r.win.Bytes()[:r.max]...)
	r.raw, r.fields = r.kept, r.fields[:0]
	r.broken = "the record is longer than " + strconv.Itoa(r.max) + " bytes; only its start was kept"
	for s := fieldStart; ; {
		b := r.win.Bytes()
		n := 0
		for n < len(b) && s != ended {
			s = s.after(b[n], r.comma)
			n++
		}
		r.pass(n)
		if s == ended {
			return
		}
		if !r.win.Fill() {
			r.stop()
			return
		}
	}
}

// state is where a byte stands in a record; its steps find the record's end without keeping the record.
type state uint8

const (
	fieldStart state = iota
	inPlain
	inQuotes
	afterQuote // that closes, or is the first of two
	inBroken   // up to the line's end
	ended
)

func (s state) after(c, comma byte) state {
	switch {
	case s == inQuotes:
		if c == '"' {
			return afterQuote
		}
		return inQuotes
	case c == '\n':
		return ended
	case s == inBroken:
		return inBroken
	case c == comma:
		return fieldStart
	case c == '"' && s != inPlain:
		return inQuotes
	case c == '"', s == afterQuote && c != '\r':
		return inBroken
	}
	return inPlain
}
