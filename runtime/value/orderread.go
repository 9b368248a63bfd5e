package value

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"unsafe"
)

var (
	errShort = errors.New("canonical bytes end inside a value")
	errMark  = errors.New("canonical bytes hold a mark that is none")
)

// text is b as a string that shares its memory.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// ReadPresent reads the mark before a value that may be NULL.
func ReadPresent(src []byte) (present bool, rest []byte, err error) { return readFlag(src) }

// ReadElem reads the mark before an element of a list (true) or after the last one (false).
func ReadElem(src []byte) (more bool, rest []byte, err error) { return readFlag(src) }

// ReadBool reads what AppendBool wrote.
func ReadBool(src []byte) (v bool, rest []byte, err error) { return readFlag(src) }

func readFlag(src []byte) (bool, []byte, error) {
	switch {
	case len(src) == 0:
		return false, src, errShort
	case src[0] > 1:
		return false, src, errMark
	}
	return src[0] == 1, src[1:], nil
}

// ReadInt32 reads what AppendInt32 wrote.
func ReadInt32(src []byte) (v int32, rest []byte, err error) {
	if len(src) < 4 {
		return 0, src, errShort
	}
	return int32(binary.BigEndian.Uint32(src) ^ 1<<31), src[4:], nil
}

// ReadInt64 reads what AppendInt64 wrote.
func ReadInt64(src []byte) (v int64, rest []byte, err error) {
	if len(src) < 8 {
		return 0, src, errShort
	}
	return int64(binary.BigEndian.Uint64(src) ^ 1<<63), src[8:], nil
}

// ReadFloat32 reads what AppendFloat32 wrote.
func ReadFloat32(src []byte) (v float32, rest []byte, err error) {
	if len(src) < 4 {
		return 0, src, errShort
	}
	b := binary.BigEndian.Uint32(src)
	if b>>31 != 0 {
		b &^= 1 << 31
	} else {
		b = ^b
	}
	return math.Float32frombits(b), src[4:], nil
}

// ReadFloat64 reads what AppendFloat64 wrote.
func ReadFloat64(src []byte) (v float64, rest []byte, err error) {
	if len(src) < 8 {
		return 0, src, errShort
	}
	b := binary.BigEndian.Uint64(src)
	if b>>63 != 0 {
		b &^= 1 << 63
	} else {
		b = ^b
	}
	return math.Float64frombits(b), src[8:], nil
}

// ReadDecimal reads what AppendDecimal wrote; scale is the column's.
func ReadDecimal(src []byte, scale uint8) (v Decimal, rest []byte, err error) {
	if len(src) < 16 {
		return Decimal{}, src, errShort
	}
	return Decimal{int64(binary.BigEndian.Uint64(src) ^ 1<<63), binary.BigEndian.Uint64(src[8:]), scale}, src[16:], nil
}

// ReadString reads what AppendString wrote, into memory of its own.
func ReadString(src []byte) (v string, rest []byte, err error) {
	b, rest, err := ReadBytes(src)
	return text(b), rest, err
}

// ReadBytes reads what AppendBytes wrote, into memory of its own.
func ReadBytes(src []byte) (v, rest []byte, err error) {
	v, rest = []byte{}, src
	for {
		i := bytes.IndexByte(rest, 0)
		if i < 0 || i+1 == len(rest) {
			return nil, src, errShort
		}
		v = append(v, rest[:i]...)
		mark := rest[i+1]
		rest = rest[i+2:]
		switch mark {
		case terminator:
			return v, rest, nil
		case escape:
			v = append(v, 0)
		default:
			return nil, src, errMark
		}
	}
}

// ReadDate reads what AppendDate wrote.
func ReadDate(src []byte) (v Date, rest []byte, err error) {
	n, rest, err := ReadInt32(src)
	return Date(n), rest, err
}

// ReadTimestamp reads what AppendTimestamp wrote.
func ReadTimestamp(src []byte) (v Timestamp, rest []byte, err error) {
	n, rest, err := ReadInt64(src)
	return Timestamp(n), rest, err
}

// ReadUUID reads what AppendUUID wrote.
func ReadUUID(src []byte) (v UUID, rest []byte, err error) {
	if len(src) < len(v) {
		return UUID{}, src, errShort
	}
	copy(v[:], src)
	return v, src[len(v):], nil
}
