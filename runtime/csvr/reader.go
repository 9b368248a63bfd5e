// Package csvr reads CSV records for generated decoders, which ask for one column after the other.
//
// The dialect is RFC 4180 with a header line: fields are separated by a comma (Options.Comma) and may be quoted; a quoted
// field holds commas, line ends as they are, and a doubled quote for a quote. Lines end in LF or CRLF; the last one need
// not. A byte order mark at the start is passed over, and so are empty lines. Blanks are data. An empty field is NULL, a
// quoted empty field is the empty text.
//
// A record ends at the first line end that is not inside quotes. Errors cost their record only, and reading goes on at the
// next line, but what is inside quotes is never taken for a record:
//
//   - too few or too many fields, a NUL, invalid UTF-8, a value that is not of its column's type: the record;
//   - a quote inside a field that is not quoted: it stands for itself, the record ends with its line;
//   - text after a closing quote: the record ends with the line that this is on, so that lines which the quotes took in
//     are part of it;
//   - quotes that are never closed: the record is all the rest of the file.
//
// A record that is longer than Options.MaxRecord is an error too; its start is kept.
package csvr

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/window"
)

// DefaultMaxRecord is how long a record may be where Options does not say.
const DefaultMaxRecord = 64 << 20

// Options say how a stream is read.
type Options struct {
	Comma     byte // 0 is a comma
	MaxRecord int  // bytes; 0 is DefaultMaxRecord
}

// Reader reads the records of a CSV stream.
//
// Strings and bytes that it returns share its memory: they are valid until the next call of Next or Reset. The first
// error of a record is kept; after it every value of the record is zero, and End returns it.
type Reader struct {
	win   window.Window
	comma byte
	max   int

	opened    bool
	header    []string
	headerErr error
	columns   []string // bound
	place     []int    // of a bound column in the header; -1 for none
	bound     []bool   // by place

	next    int64 // line at the window's start
	line    int64
	offset  int64
	raw     []byte
	kept    []byte // the start of a record that is too long
	fields  []field
	scratch []byte // texts with doubled quotes, as they are meant
	broken  string // what is wrong with the record's form, "" for nothing
	checked bool   // the record's form is settled
	err     *Error

	json      []jsonr.Reader // by bound column
	nested    []int          // columns that JSON was called for
	rescued   []byte
	streamErr error
}

// field is a piece of the record: in raw, or in scratch where it has doubled quotes.
type field struct {
	from, to int
	quoted   bool
	doubled  bool
}

// NewReader makes a Reader of rd.
func NewReader(rd io.Reader, opt Options) *Reader {
	r := new(Reader)
	r.Reset(rd, opt)
	return r
}

// Reset begins with another stream. The memory and the bound columns stay.
func (r *Reader) Reset(rd io.Reader, opt Options) {
	r.win.Reset(rd)
	r.comma, r.max = opt.Comma, opt.MaxRecord
	if r.comma == 0 {
		r.comma = ','
	}
	if r.max <= 0 {
		r.max = DefaultMaxRecord
	}
	r.opened, r.header, r.headerErr, r.streamErr = false, r.header[:0], nil, nil
	r.next, r.line, r.offset = 1, 0, 0
	r.begin()
}

// begin forgets the record at hand.
func (r *Reader) begin() {
	r.raw, r.broken, r.checked, r.err = nil, "", false, nil
	r.fields, r.scratch, r.nested, r.rescued = r.fields[:0], r.scratch[:0], r.nested[:0], r.rescued[:0]
}

// Header gives the names of the columns. A stream without a header line, or with one that is broken or names a column
// twice, is an error.
func (r *Reader) Header() ([]string, error) {
	if !r.opened {
		r.opened = true
		r.headerErr = r.readHeader()
		r.begin()
		r.bind()
	}
	return r.header, r.headerErr
}

func (r *Reader) readHeader() error {
	for len(r.win.Bytes()) < 3 && r.win.Fill() {
	}
	if bytes.HasPrefix(r.win.Bytes(), []byte("\xEF\xBB\xBF")) {
		r.win.Pass(3)
	}
	if !r.record() {
		if r.streamErr != nil {
			return r.streamErr
		}
		return &Error{Line: 1, Reason: "there is no header line: a CSV file begins with the names of its columns"}
	}
	if r.form(); r.broken != "" {
		return &Error{Line: r.line, Offset: r.offset, Reason: "in the header: " + r.broken}
	}
	seen := map[string]bool{}
	for i := range r.fields {
		name := string(r.text(&r.fields[i]))
		if name != "" && seen[name] {
			return &Error{Line: r.line, Offset: r.offset, Column: name, Reason: "the header names the column twice"}
		}
		seen[name] = true
		r.header = append(r.header, name)
	}
	return nil
}

// Bind says which columns are read as number 0, 1, 2 … A name that is not in the header is an absent column; a name of
// the header that is not bound is read by Rescued only.
func (r *Reader) Bind(columns []string) {
	r.columns = columns
	if r.opened {
		r.bind()
	}
}

func (r *Reader) bind() {
	r.place, r.bound = r.place[:0], append(r.bound[:0], make([]bool, len(r.header))...)
	for _, name := range r.columns {
		at := -1
		for i := range r.header {
			if r.header[i] == name && name != "" {
				at = i
				r.bound[i] = true
				break
			}
		}
		r.place = append(r.place, at)
	}
	for len(r.json) < len(r.columns) {
		r.json = append(r.json, jsonr.Reader{})
	}
}

// Next goes to the next record, whatever its state. It is false at the end of the stream or at its error.
func (r *Reader) Next() bool {
	if _, err := r.Header(); err != nil || r.streamErr != nil {
		return false
	}
	r.begin()
	return r.record()
}

// Err is what ended the stream before its end: a *jsonr.StreamError, the header's error, or nil.
func (r *Reader) Err() error {
	if r.streamErr != nil {
		return r.streamErr
	}
	return r.headerErr
}

// Raw is the record's bytes without its line end, valid until the next call of Next; its start where it is too long.
func (r *Reader) Raw() []byte { return r.raw }

// Line is the line on which the record begins, from 1.
func (r *Reader) Line() int64 { return r.line }

// Offset is where the record begins in the stream, from 0.
func (r *Reader) Offset() int64 { return r.offset }

// Error says why a record, or the header, is bad.
type Error struct {
	Line   int64 // on which the record begins
	Offset int64 // where it begins in the stream
	Column string
	Reason string
}

func (e *Error) Error() string {
	at := "line " + strconv.FormatInt(e.Line, 10) + ": "
	if e.Column != "" {
		at += e.Column + ": "
	}
	return at + e.Reason
}

// form settles whether the record as a whole is right.
func (r *Reader) form() {
	switch {
	case r.broken != "":
	case bytes.IndexByte(r.raw, 0) >= 0:
		r.broken = "the record holds a NUL"
	case !utf8.Valid(r.raw):
		r.broken = "the record is not valid UTF-8"
	}
}

// check is form for a record, once; it says whether values can be read.
func (r *Reader) check() bool {
	if r.checked {
		return r.err == nil
	}
	r.checked = true
	if r.form(); r.broken == "" && len(r.fields) != len(r.header) {
		r.broken = "the record has " + strconv.Itoa(len(r.fields)) + " fields, the header " + strconv.Itoa(len(r.header))
	}
	if r.broken != "" {
		r.fail("", r.broken)
	}
	return r.err == nil
}

func (r *Reader) fail(column, reason string) {
	if r.err == nil {
		r.err = &Error{Line: r.line, Offset: r.offset, Column: column, Reason: reason}
	}
}

// End ends the record and gives its first error, a *Error, or nil.
func (r *Reader) End() error {
	r.check()
	for _, i := range r.nested {
		if r.err != nil {
			break
		}
		if err := r.json[i].End(); err != nil {
			r.failJSON(i, err.(*jsonr.Error))
		}
	}
	if r.err == nil {
		return nil
	}
	return r.err
}

func (r *Reader) failJSON(i int, err *jsonr.Error) {
	column := r.columns[i]
	if err.Path != "" && err.Path[0] != '[' {
		column += "."
	}
	r.fail(column+err.Path, "in the column's JSON, at byte "+strconv.Itoa(err.Offset)+": "+err.Reason)
}

// Missing reports that a required field has no value.
func (r *Reader) Missing(field string) {
	if r.check() {
		r.fail(field, "the field is required and missing")
	}
}
