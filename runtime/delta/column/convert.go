package column

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go/format"
	"github.com/seamflow/seamflow/runtime/value"
)

// conversion is the way from a file's physical values to a leaf's.
type conversion struct {
	logical
	physical format.Type
	size     int // of a fixed-length byte array
}

// conversionOf says how a file's leaf reads as t. It is never lossy, but for digits of a timestamp below microseconds.
func conversionOf(t Type, n *node) (conversion, bool) {
	c := conversion{logical: n.logical(), physical: n.elem.Type.V}
	if c.physical == format.FixedLenByteArray {
		c.size = int(n.elem.TypeLength.V)
		if c.size <= 0 {
			return c, false
		}
	}
	integer := c.kind == nothing || c.kind == isUnsigned
	var ok bool
	switch t.Kind {
	case Bool:
		ok = c.physical == format.Boolean
	case Int32:
		ok = integer && c.physical == format.Int32
	case Int64:
		ok = integer && (c.physical == format.Int32 || c.physical == format.Int64)
	case Float32:
		ok = c.physical == format.Float && c.kind == nothing
	case Float64:
		ok = c.kind == nothing && (c.physical == format.Double || c.physical == format.Float || c.physical == format.Int32)
	case Decimal:
		ok = c.decimal(t)
	case String:
		ok = c.physical == format.ByteArray && c.kind == nothing || c.physical == format.FixedLenByteArray && c.kind == isUUID && c.size == 16
	case Binary:
		ok = (c.kind == nothing || c.kind == isUUID) && (c.physical == format.ByteArray || c.physical == format.FixedLenByteArray)
	case Date:
		ok = c.kind == isDate && c.physical == format.Int32
	case Timestamp:
		ok = c.kind == isTimestamp && (c.physical == format.Int64 || c.physical == format.Int96)
	}
	if t.Kind == Binary {
		c.kind = nothing // the bytes as they are
	}
	return c, ok
}

func (c *conversion) decimal(t Type) bool {
	switch c.physical {
	case format.Int32, format.Int64:
		return (c.kind == isDecimal || c.kind == nothing) && c.scale >= 0 && c.scale <= t.Scale
	case format.FixedLenByteArray, format.ByteArray:
		return c.kind == isDecimal && c.scale >= 0 && c.scale <= t.Scale
	}
	return false
}

var (
	errRange    = errors.New("a value is beyond the column's type")
	errDecimal  = errors.New("a decimal has more digits than the column's type")
	errEmptyDec = errors.New("a decimal of no bytes")
)

// appendTo adds physical values to a leaf's.
func (c *conversion) appendTo(leaf Leaf, p *physical) error {
	switch b := leaf.(type) {
	case *Bools:
		b.vals = append(b.vals, p.bools...)
	case *Int32s:
		b.vals = append(b.vals, p.int32s...)
		return c.unsigned32(p.int32s)
	case *Int64s:
		return c.appendInts(b, p)
	case *Float32s:
		b.vals = append(b.vals, p.float32s...)
	case *Float64s:
		b.vals = append(b.vals, p.float64s...)
		for _, v := range p.float32s {
			b.vals = append(b.vals, float64(v))
		}
		for _, v := range p.int32s {
			b.vals = append(b.vals, float64(v))
		}
	case *Decimals:
		return c.appendDecimals(b, p)
	case *Strings:
		return c.appendStrings(b, p)
	}
	return nil
}

func (c *conversion) unsigned32(v []int32) error {
	if c.kind == isUnsigned {
		for _, n := range v {
			if n < 0 {
				return errRange
			}
		}
	}
	return nil
}

func (c *conversion) appendInts(b *Int64s, p *physical) error {
	for _, v := range p.int32s {
		if c.kind == isUnsigned {
			b.vals = append(b.vals, int64(uint32(v)))
		} else {
			b.vals = append(b.vals, int64(v))
		}
	}
	from := len(b.vals)
	b.vals = append(b.vals, p.int64s...)
	added := b.vals[from:]
	switch {
	case c.kind == isUnsigned:
		for _, v := range added {
			if v < 0 {
				return errRange
			}
		}
	case c.kind == isTimestamp && c.perMicro < 0:
		for i, v := range added {
			if v > math.MaxInt64/-c.perMicro || v < math.MinInt64/-c.perMicro {
				return errRange
			}
			added[i] = v * -c.perMicro
		}
	case c.kind == isTimestamp && c.perMicro > 1:
		for i, v := range added {
			added[i] = floorDiv(v, c.perMicro)
		}
	}
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (c *conversion) appendStrings(b *Strings, p *physical) error {
	if len(b.data)+len(p.data) > math.MaxUint32 {
		return errors.New("more than 4 GiB of values in one row group")
	}
	if c.kind == isUUID {
		for i := range p.ends {
			var id value.UUID
			copy(id[:], p.bytesAt(i))
			b.data = id.AppendText(b.data)
			b.ends = append(b.ends, uint32(len(b.data)))
		}
		return nil
	}
	base := uint32(len(b.data))
	b.data = append(b.data, p.data...)
	for _, e := range p.ends {
		b.ends = append(b.ends, base+e)
	}
	return nil
}

func (c *conversion) appendDecimals(b *Decimals, p *physical) error {
	add := func(hi int64, lo uint64) error {
		v, ok := rescale(hi, lo, c.scale, b.col.Type)
		if !ok {
			return errDecimal
		}
		b.push(v)
		return nil
	}
	for _, v := range p.int32s {
		if err := add(int64(v)>>63, uint64(int64(v))); err != nil {
			return err
		}
	}
	for _, v := range p.int64s {
		if err := add(v>>63, uint64(v)); err != nil {
			return err
		}
	}
	for i := range p.ends {
		hi, lo, err := bigEndian(p.bytesAt(i))
		if err != nil {
			return err
		}
		if err := add(hi, lo); err != nil {
			return err
		}
	}
	return nil
}

// bigEndian reads a number in two's complement.
func bigEndian(b []byte) (hi int64, lo uint64, err error) {
	if len(b) == 0 {
		return 0, 0, errEmptyDec
	}
	sign := byte(int8(b[0]) >> 7)
	for len(b) > 16 {
		if b[0] != sign || (b[1]^sign)&0x80 != 0 {
			return 0, 0, errDecimal
		}
		b = b[1:]
	}
	var full [16]byte
	for i := range 16 - len(b) {
		full[i] = sign
	}
	copy(full[16-len(b):], b)
	return int64(binary.BigEndian.Uint64(full[:])), binary.BigEndian.Uint64(full[8:]), nil
}

// rescale makes a decimal of t from an unscaled value of a lesser or the same scale.
func rescale(hi int64, lo uint64, scale int, t Type) (value.Decimal, bool) {
	more := t.Scale - scale
	if t.Precision < more || !fits(value.NewDecimal(hi, lo, 0), t.Precision-more) {
		return value.Decimal{}, false
	}
	for range more {
		carry, low := bits.Mul64(lo, 10)
		hi, lo = hi*10+int64(carry), low
	}
	return value.NewDecimal(hi, lo, uint8(t.Scale)), true
}
