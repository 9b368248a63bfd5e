package jsonr

import (
	"encoding/base64"
	"strings"

	"github.com/seamflow/seamflow/runtime/value"
)

// Bool reads true or false.
func (r *Reader) Bool() bool {
	switch r.peek() {
	case 't':
		return r.word("true")
	case 'f':
		r.word("false")
	default:
		r.expected("true or false")
	}
	return false
}

// String reads a string.
func (r *Reader) String() string {
	s, _ := r.str(false)
	return s
}

// Text reads a string, or a number, true or false as the record writes it.
func (r *Reader) Text() string {
	switch r.peek() {
	case '"', '{', '[', 'n', 0:
		return r.String()
	}
	from, to := r.Span()
	return alias(r.buf[min(from, to):to])
}

// Bytes reads a string that holds bytes in base64.
func (r *Reader) Bytes() []byte {
	const what = "bytes in base64"
	s, start, ok := r.quoted(what)
	if !ok {
		return nil
	}
	mark := len(r.scratch)
	n := base64.StdEncoding.DecodedLen(len(s))
	for cap(r.scratch)-mark < n {
		r.scratch = append(r.scratch[:cap(r.scratch)], 0)
	}
	r.scratch = r.scratch[:mark+n]
	n, err := base64.StdEncoding.Decode(r.scratch[mark:], s)
	r.scratch = r.scratch[:mark+n]
	if err != nil {
		r.mismatch(start, what)
		return nil
	}
	return r.scratch[mark : mark+n : mark+n]
}

// Date reads a string that holds a date: 2024-05-14.
func (r *Reader) Date() value.Date {
	const what = "a date such as 2024-05-14"
	s, start, ok := r.quoted(what)
	d, ok2 := value.ParseDate(s)
	if ok && !ok2 {
		r.mismatch(start, what)
	}
	return d
}

// Timestamp reads a string that holds an instant in one of the forms of value.ParseTimestamp.
func (r *Reader) Timestamp() value.Timestamp {
	const what = "a timestamp such as 2024-05-14T03:12:06Z"
	s, start, ok := r.quoted(what)
	t, ok2 := value.ParseTimestamp(s)
	if ok && !ok2 {
		r.mismatch(start, what)
	}
	return t
}

// UUID reads a string that holds a UUID.
func (r *Reader) UUID() value.UUID {
	const what = "a UUID such as 123e4567-e89b-12d3-a456-426614174000"
	s, start, ok := r.quoted(what)
	id, ok2 := value.ParseUUID(s)
	if ok && !ok2 {
		r.mismatch(start, what)
	}
	return id
}

// Enum reads a string that is one of symbols, and returns that one.
func (r *Reader) Enum(symbols []string) string {
	s, start, ok := r.quoted("a string")
	if !ok {
		return ""
	}
	for _, symbol := range symbols {
		if string(s) == symbol {
			return symbol
		}
	}
	r.mismatch(start, "one of "+strings.Join(symbols, ", "))
	return ""
}

// quoted reads a string and says where it began.
func (r *Reader) quoted(what string) (s []byte, start int, ok bool) {
	if r.peek() != '"' {
		return nil, 0, r.expected(what)
	}
	start = r.pos
	s = r.text()
	return s, start, r.err == nil
}

// OptBool is Bool, or NULL.
func (r *Reader) OptBool() value.Opt[bool] {
	if r.Null() {
		return value.Opt[bool]{}
	}
	return value.Some(r.Bool())
}

// OptInt32 is Int32, or NULL.
func (r *Reader) OptInt32() value.Opt[int32] {
	if r.Null() {
		return value.Opt[int32]{}
	}
	return value.Some(r.Int32())
}

// OptInt64 is Int64, or NULL.
func (r *Reader) OptInt64() value.Opt[int64] {
	if r.Null() {
		return value.Opt[int64]{}
	}
	return value.Some(r.Int64())
}

// OptFloat32 is Float32, or NULL.
func (r *Reader) OptFloat32() value.Opt[float32] {
	if r.Null() {
		return value.Opt[float32]{}
	}
	return value.Some(r.Float32())
}

// OptFloat64 is Float64, or NULL.
func (r *Reader) OptFloat64() value.Opt[float64] {
	if r.Null() {
		return value.Opt[float64]{}
	}
	return value.Some(r.Float64())
}

// OptDecimal is Decimal, or NULL.
func (r *Reader) OptDecimal(precision, scale int) value.Opt[value.Decimal] {
	if r.Null() {
		return value.Opt[value.Decimal]{}
	}
	return value.Some(r.Decimal(precision, scale))
}

// OptString is String, or NULL.
func (r *Reader) OptString() (o value.Opt[string]) {
	o.V, o.Valid = r.str(true)
	return o
}

// OptBytes is Bytes, or NULL.
func (r *Reader) OptBytes() value.Opt[[]byte] {
	if r.Null() {
		return value.Opt[[]byte]{}
	}
	return value.Some(r.Bytes())
}

// OptDate is Date, or NULL.
func (r *Reader) OptDate() value.Opt[value.Date] {
	if r.Null() {
		return value.Opt[value.Date]{}
	}
	return value.Some(r.Date())
}

// OptTimestamp is Timestamp, or NULL.
func (r *Reader) OptTimestamp() value.Opt[value.Timestamp] {
	if r.Null() {
		return value.Opt[value.Timestamp]{}
	}
	return value.Some(r.Timestamp())
}

// OptUUID is UUID, or NULL.
func (r *Reader) OptUUID() value.Opt[value.UUID] {
	if r.Null() {
		return value.Opt[value.UUID]{}
	}
	return value.Some(r.UUID())
}

// OptEnum is Enum, or NULL.
func (r *Reader) OptEnum(symbols []string) value.Opt[string] {
	if r.Null() {
		return value.Opt[string]{}
	}
	return value.Some(r.Enum(symbols))
}
