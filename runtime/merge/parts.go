package merge

import (
	"errors"

	"github.com/seamflow/seamflow/runtime/value"
)

var errPartLong = errors.New("a part of a row holds more than its value")

// Parts reads a row in parts form: Next goes to a part and past its mark, and the methods of value.Reader read the value.
// Generated code drives it.
type Parts struct {
	value.Reader
	rest    []byte
	present int
}

// ReadParts begins to read a row.
func ReadParts(src []byte) Parts { return Parts{rest: src} }

// Next goes to the next part; it reports false for a NULL.
func (p *Parts) Next() bool {
	p.end()
	if p.Err() != nil {
		return false
	}
	part, rest, err := NextPart(p.rest)
	if err != nil {
		p.Fail(err)
		return false
	}
	p.rest = rest
	p.Reset(part)
	if !p.Present() {
		return false
	}
	p.present++
	return true
}

// Count is the number of parts so far that are not NULL: a struct whose parts add none is NULL (R16).
func (p *Parts) Count() int { return p.present }

// end checks that the part at hand was read to its end.
func (p *Parts) end() {
	if p.Len() > 0 {
		p.Fail(errPartLong)
	}
}

// Done ends the row and gives the first error.
func (p *Parts) Done() error {
	p.end()
	if len(p.rest) > 0 {
		p.Fail(errPartsMany)
	}
	return p.Err()
}

// AppendPart appends a part that is v; enc is the Append function of its type.
func AppendPart[V any](dst []byte, v V, enc func(dst []byte, v V) []byte) []byte {
	at := len(dst)
	dst = enc(value.AppendPresent(OpenPart(dst)), v)
	ClosePart(dst, at)
	return dst
}

// AppendOptPart appends a part that is v, or NULL.
func AppendOptPart[V any](dst []byte, v value.Opt[V], enc func(dst []byte, v V) []byte) []byte {
	if !v.Valid {
		return AppendNullParts(dst, 1)
	}
	return AppendPart(dst, v.V, enc)
}

// AppendNullParts appends n parts that are NULL.
func AppendNullParts(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, 1, 0, 0, 0, null[0])
	}
	return dst
}
