package value

import (
	"bytes"
	"errors"
)

var errLong = errors.New("canonical bytes go on after the value")

// Reader reads canonical bytes, one value after the other. It keeps its first error, after which everything reads as zero;
// what a NULL would hold reads as zero too, so that
//
//	r.Valid = in.Present()
//	r.V = in.Int64()
//
// needs no branch. Texts alias the bytes. The zero Reader reads nothing.
type Reader struct {
	src  []byte
	null bool // the last mark was that of a NULL
	err  error
}

// Reset makes r read src, and forget an error.
func (r *Reader) Reset(src []byte) { *r = Reader{src: src} }

// Len is the number of bytes that are left.
func (r *Reader) Len() int { return len(r.src) }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Done gives the first error; bytes that are left are one.
func (r *Reader) Done() error {
	if len(r.src) > 0 {
		r.Fail(errLong)
	}
	return r.err
}

// Fail makes err the first error, unless there is one.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.src, r.null = nil, true
}

// Present reads the mark before a value that may be NULL.
func (r *Reader) Present() bool {
	present := r.flag()
	r.null = !present
	return present
}

// Elem reads the mark before an element of a list (true) or after the last one (false).
func (r *Reader) Elem() bool {
	r.null = r.err != nil
	return r.flag()
}

func (r *Reader) flag() bool {
	if r.err != nil {
		return false
	}
	v, rest, err := readFlag(r.src)
	if err != nil {
		r.Fail(err)
		return false
	}
	r.src = rest
	return v
}

// take reads a value where there is one.
func take[V any](r *Reader, read func([]byte) (V, []byte, error)) (none V) {
	if r.null {
		return none
	}
	v, rest, err := read(r.src)
	if err != nil {
		r.Fail(err)
		return none
	}
	r.src = rest
	return v
}

// Bool reads what AppendBool wrote.
func (r *Reader) Bool() bool { return take(r, ReadBool) }

// Int32 reads what AppendInt32 wrote.
func (r *Reader) Int32() int32 { return take(r, ReadInt32) }

// Int64 reads what AppendInt64 wrote.
func (r *Reader) Int64() int64 { return take(r, ReadInt64) }

// Float32 reads what AppendFloat32 wrote.
func (r *Reader) Float32() float32 { return take(r, ReadFloat32) }

// Float64 reads what AppendFloat64 wrote.
func (r *Reader) Float64() float64 { return take(r, ReadFloat64) }

// Decimal reads what AppendDecimal wrote; scale is the column's.
func (r *Reader) Decimal(scale uint8) Decimal {
	if r.null {
		return Decimal{}
	}
	v, rest, err := ReadDecimal(r.src, scale)
	if err != nil {
		r.Fail(err)
		return Decimal{}
	}
	r.src = rest
	return v
}

// String reads what AppendString wrote.
func (r *Reader) String() string { return text(r.Bytes()) }

// Bytes reads what AppendBytes wrote.
func (r *Reader) Bytes() []byte {
	if r.null {
		return nil
	}
	if end := bytes.IndexByte(r.src, 0); end >= 0 && end+1 < len(r.src) && r.src[end+1] == terminator {
		v := r.src[:end:end]
		r.src = r.src[end+2:]
		return v
	}
	return take(r, ReadBytes) // it holds zeros, which are written as two bytes, or damage
}

// Date reads what AppendDate wrote.
func (r *Reader) Date() Date { return take(r, ReadDate) }

// Timestamp reads what AppendTimestamp wrote.
func (r *Reader) Timestamp() Timestamp { return take(r, ReadTimestamp) }

// UUID reads what AppendUUID wrote.
func (r *Reader) UUID() UUID { return take(r, ReadUUID) }
