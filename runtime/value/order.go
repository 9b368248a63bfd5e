package value

import (
	"encoding/binary"
	"math"
	"strings"
)

// Canonical encodings. For values of one type, bytes.Compare of the encodings is SQL's order of the values, equal values
// have equal bytes, and no encoding is a prefix of another, so encodings one after the other order like tuples.
//
// A value that may be NULL is AppendNull, or AppendPresent and the value. A list is AppendElem before each element, and
// AppendEnd; a map is the list of its entries in key order; a struct is its fields.

const (
	markNull    = 0x00
	markPresent = 0x01
	markEnd     = 0x00
	markElem    = 0x01

	escape     = 0xFF // after a 0x00 that is data
	terminator = 0x01 // after the 0x00 that ends the text
)

// AppendNull appends the mark of a NULL.
func AppendNull(dst []byte) []byte { return append(dst, markNull) }

// AppendPresent appends the mark before a value that may be NULL and is not.
func AppendPresent(dst []byte) []byte { return append(dst, markPresent) }

// AppendOpt appends v with its mark; enc is the Append function of its type.
func AppendOpt[T any](dst []byte, v Opt[T], enc func(dst []byte, v T) []byte) []byte {
	if !v.Valid {
		return append(dst, markNull)
	}
	return enc(append(dst, markPresent), v.V)
}

// AppendElem appends the mark before each element of a list.
func AppendElem(dst []byte) []byte { return append(dst, markElem) }

// AppendEnd appends the mark after the last element of a list.
func AppendEnd(dst []byte) []byte { return append(dst, markEnd) }

// AppendBool appends v; false is less than true.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// AppendInt32 appends v.
func AppendInt32(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(v)^1<<31)
}

// AppendInt64 appends v.
func AppendInt64(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^1<<63)
}

// AppendFloat32 appends v. The zeros are one value, and so are the NaNs, which are greater than all others.
func AppendFloat32(dst []byte, v float32) []byte {
	b := math.Float32bits(v)
	switch {
	case v == 0:
		b = 1 << 31
	case v != v:
		b = 0xFFC00000
	case b>>31 != 0:
		b = ^b
	default:
		b |= 1 << 31
	}
	return binary.BigEndian.AppendUint32(dst, b)
}

// AppendFloat64 appends v. The zeros are one value, and so are the NaNs, which are greater than all others.
func AppendFloat64(dst []byte, v float64) []byte {
	b := math.Float64bits(v)
	switch {
	case v == 0:
		b = 1 << 63
	case v != v:
		b = 0xFFF8000000000000
	case b>>63 != 0:
		b = ^b
	default:
		b |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, b)
}

// AppendDecimal appends v's unscaled value. All values of a column have the column's scale.
func AppendDecimal(dst []byte, v Decimal) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.hi)^1<<63)
	return binary.BigEndian.AppendUint64(dst, v.lo)
}

// AppendString appends v, ordered by its bytes.
func AppendString(dst []byte, v string) []byte {
	for {
		i := strings.IndexByte(v, 0)
		if i < 0 {
			return append(append(dst, v...), 0, terminator)
		}
		dst = append(append(dst, v[:i]...), 0, escape)
		v = v[i+1:]
	}
}

// AppendBytes appends v, ordered by its bytes.
func AppendBytes(dst []byte, v []byte) []byte {
	return AppendString(dst, text(v))
}

// AppendDate appends v.
func AppendDate(dst []byte, v Date) []byte { return AppendInt32(dst, int32(v)) }

// AppendTimestamp appends v.
func AppendTimestamp(dst []byte, v Timestamp) []byte { return AppendInt64(dst, int64(v)) }

// AppendUUID appends v.
func AppendUUID(dst []byte, v UUID) []byte { return append(dst, v[:]...) }
