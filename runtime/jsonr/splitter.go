package jsonr

import (
	"bytes"
	"io"
	"strconv"

	"github.com/seamflow/seamflow/runtime/window"
)

// DefaultMaxRecord is how long a record may be where SplitOptions does not say.
const DefaultMaxRecord = 64 << 20

// SplitOptions say how a stream is cut.
type SplitOptions struct {
	Multiline bool // values may span lines
	MaxRecord int  // bytes; 0 is DefaultMaxRecord
}

// Splitter cuts a stream into records, in bounded memory:
//
//   - A stream that begins with [ is one array, and each element is a record, over however many lines.
//   - With Multiline, each value is a record: values follow each other, with or without white space.
//   - Otherwise each line that is not blank is a record. The line is not looked into, so one that is broken costs that
//     line only.
//
// A byte order mark at the start is passed over. The records of an array or of Multiline are found by their brackets and
// quotes alone; whether they are JSON is for the Reader to say. What stands between values of Multiline and begins none is
// a record too, up to the end of its line, and so is a value that the stream ends in: nothing is lost in silence. In an
// array that is an error of the stream, for it shows that something is missing.
type Splitter struct {
	win     window.Window
	mode    mode
	max     int
	scan    scanner
	next    int64 // line at the window's start
	line    int64 // of the record
	offset  int64
	record  []byte
	tooLong bool
	some    bool // the array had an element
	err     error
}

type mode uint8

const (
	unknown mode = iota // nothing read yet; lines, unless it is an array
	unknownMultiline
	lines
	multiline
	array
	done
)

// NewSplitter makes a Splitter of rd.
func NewSplitter(rd io.Reader, opt SplitOptions) *Splitter {
	s := new(Splitter)
	s.Reset(rd, opt)
	return s
}

// Reset begins with another stream and keeps the memory.
func (s *Splitter) Reset(rd io.Reader, opt SplitOptions) {
	s.win.Reset(rd)
	s.mode, s.max = unknown, opt.MaxRecord
	if opt.Multiline {
		s.mode = unknownMultiline
	}
	if s.max <= 0 {
		s.max = DefaultMaxRecord
	}
	s.next, s.line, s.offset = 1, 0, 0
	s.record, s.tooLong, s.some, s.err = nil, false, false, nil
}

// Next goes to the next record. It is false at the end of the stream or at its error.
func (s *Splitter) Next() bool {
	s.record, s.tooLong = nil, false
	if s.mode <= unknownMultiline {
		s.start()
	}
	switch s.mode {
	case lines:
		return s.nextLine()
	case multiline:
		return s.nextValue()
	case array:
		return s.nextElement()
	}
	return false
}

// Record is the record at hand, valid until the next call of Next.
func (s *Splitter) Record() []byte { return s.record }

// TooLong says that the record is longer than MaxRecord, and Record only the start of it.
func (s *Splitter) TooLong() bool { return s.tooLong }

// Line is the line on which the record begins, from 1.
func (s *Splitter) Line() int64 { return s.line }

// Offset is where the record begins in the stream, from 0.
func (s *Splitter) Offset() int64 { return s.offset }

// Err is what ended the stream before its end: a *StreamError, or nil.
func (s *Splitter) Err() error { return s.err }

// StreamError is an error of the stream rather than of a record: what comes after it cannot be read.
type StreamError struct {
	Line   int64
	Offset int64
	Err    error
}

func (e *StreamError) Error() string {
	return "line " + strconv.FormatInt(e.Line, 10) + ", byte " + strconv.FormatInt(e.Offset, 10) + ": " + e.Err.Error()
}

func (e *StreamError) Unwrap() error { return e.Err }

type arrayError string

func (e arrayError) Error() string { return string(e) }

// stop ends the stream with err, if that is one.
func (s *Splitter) stop(err error) bool {
	s.mode = done
	if err != nil {
		s.err = &StreamError{s.next, s.win.Offset(), err}
	}
	return false
}

// start settles how the stream is cut.
func (s *Splitter) start() {
	for len(s.win.Bytes()) < 3 && s.win.Fill() {
	}
	if bytes.HasPrefix(s.win.Bytes(), []byte("\xEF\xBB\xBF")) {
		s.win.Pass(3)
	}
	multi := s.mode == unknownMultiline
	s.mode = lines
	if multi {
		s.mode = multiline
	}
	if c, ok := s.space(); ok && c == '[' {
		s.mode = array
		s.win.Pass(1)
	}
}

// space passes white space and gives the byte after it; not ok at the end.
func (s *Splitter) space() (byte, bool) {
	for {
		for i, c := range s.win.Bytes() {
			if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
				s.win.Pass(i)
				return c, true
			}
			if c == '\n' {
				s.next++
			}
		}
		s.win.Pass(len(s.win.Bytes()))
		if !s.win.Fill() {
			return 0, false
		}
	}
}

func (s *Splitter) nextLine() bool {
	for {
		s.line, s.offset = s.next, s.win.Offset()
		if !s.takeLine() {
			return false
		}
		if !blank(s.record) {
			return true
		}
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// takeLine makes the rest of the line the record.
func (s *Splitter) takeLine() bool {
	s.record, s.tooLong = nil, false
	seen := 0
	for {
		b := s.win.Bytes()
		if i := bytes.IndexByte(b[seen:], '\n'); i >= 0 {
			s.cut(b[:seen+i])
			s.win.Pass(seen + i + 1)
			s.next++
			return true
		}
		if len(b) > s.max+1 {
			return s.longLine()
		}
		seen = len(b)
		if !s.win.Fill() {
			break
		}
	}
	b := s.win.Bytes()
	if err := s.win.Err(); err != nil || len(b) == 0 {
		return s.stop(err)
	}
	s.cut(b)
	s.win.Pass(len(b))
	return true
}

// cut makes b the record, without a carriage return at its end.
func (s *Splitter) cut(b []byte) {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	if len(b) > s.max {
		s.tooLong, b = true, b[:s.max]
	}
	s.record = b
}

// longLine keeps the start of a line that is too long, and passes the rest of it.
func (s *Splitter) longLine() bool {
	s.keep(s.win.Bytes()[:s.max])
	for {
		b := s.win.Bytes()
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			s.win.Pass(i + 1)
			s.next++
			return true
		}
		s.win.Pass(len(b))
		if !s.win.Fill() {
			if err := s.win.Err(); err != nil {
				s.record = nil
				return s.stop(err)
			}
			return true
		}
	}
}

// keep makes a copy of b the record, for the window has to move on.
func (s *Splitter) keep(b []byte) { s.record, s.tooLong = bytes.Clone(b), true }

func (s *Splitter) nextValue() bool {
	c, ok := s.space()
	if !ok {
		return s.stop(s.win.Err())
	}
	s.line, s.offset = s.next, s.win.Offset()
	switch c {
	case ',', ':', ']', '}':
		return s.takeLine()
	}
	if s.value() {
		return true
	}
	if err := s.win.Err(); err != nil {
		return s.stop(err)
	}
	if !s.tooLong { // the stream ends inside the value
		s.record = s.win.Bytes()
		s.win.Pass(len(s.record))
	}
	s.mode = done
	return true
}

func (s *Splitter) nextElement() bool {
	c, ok := s.space()
	if ok && c == ',' && s.some {
		s.win.Pass(1)
		if c, ok = s.space(); ok && c == ']' {
			return s.stop(arrayError("the array has a comma before its end"))
		}
	} else if ok && c == ']' {
		s.win.Pass(1)
		return s.afterArray()
	} else if ok && s.some {
		return s.stop(arrayError("the array's elements are not separated by a comma"))
	}
	s.line, s.offset, s.some = s.next, s.win.Offset(), true
	switch {
	case !ok:
	case c == ',' || c == ':' || c == '}':
		return s.stop(arrayError("expected an element of the array, found '" + string(rune(c)) + "'"))
	case s.value():
		return true
	}
	s.record = nil
	if err := s.win.Err(); err != nil {
		return s.stop(err)
	}
	return s.stop(arrayError("the file ends inside its array, in or after what begins at line " + strconv.FormatInt(s.line, 10)))
}

// afterArray ends the stream, in which nothing more may be.
func (s *Splitter) afterArray() bool {
	if _, ok := s.space(); ok {
		return s.stop(arrayError("the file goes on after its array"))
	}
	return s.stop(s.win.Err())
}

// value makes the value that the window begins with the record; false where the stream ends in it.
func (s *Splitter) value() bool {
	s.scan.reset()
	for {
		b := s.win.Bytes()
		end := s.scan.end(b)
		if end < 0 && len(b) > s.max || end > s.max {
			return s.longValue(end)
		}
		if end >= 0 {
			s.take(b[:end])
			return true
		}
		if !s.win.Fill() {
			return s.scan.atEnd() && s.takeRest()
		}
	}
}

func (s *Splitter) take(b []byte) {
	s.record = b
	s.pass(len(b))
}

// takeRest takes a value that the stream's end ends: a number, or a word.
func (s *Splitter) takeRest() bool {
	if s.win.Err() != nil {
		return false
	}
	s.take(s.win.Bytes())
	return true
}

// longValue keeps the start of a value that is too long, and passes the rest of it; end is where that is, if it was found.
func (s *Splitter) longValue(end int) bool {
	s.keep(s.win.Bytes()[:s.max])
	for end < 0 {
		n := len(s.win.Bytes())
		s.pass(n)
		s.scan.pass(n)
		if !s.win.Fill() {
			return s.scan.atEnd() && s.win.Err() == nil
		}
		end = s.scan.end(s.win.Bytes())
	}
	s.pass(end)
	return true
}

// pass moves over n bytes and counts their lines.
func (s *Splitter) pass(n int) {
	s.next += int64(bytes.Count(s.win.Bytes()[:n], []byte{'\n'}))
	s.win.Pass(n)
}
