package column

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
	"github.com/seamflow/seamflow/runtime/value"
)

// encoder encodes the values of one leaf: integers, dates, timestamps and decimals up to 18 digits as deltas, strings
// and doubles through a dictionary where that pays, strings that begin alike by what is new in each, all else plain.
type encoder struct {
	leaf     Leaf
	encoding format.Encoding
	values   int // number of values
	bytes    int // what they take plain
	useDict  bool
	dict     dictionary // of strings
	numbers  numbers    // of doubles

	int32s []int32 // short decimals

	prefixes, suffixes []int32 // lengths of strings' parts

	scratch []byte
}

// prepare takes a leaf in and decides on the encoding.
func (e *encoder) prepare(leaf Leaf) error {
	e.leaf, e.useDict = leaf, false
	switch b := leaf.(type) {
	case *Bools:
		e.set(format.Plain, len(b.vals), 1)
	case *Int32s:
		e.set(format.DeltaBinaryPacked, len(b.vals), 4)
	case *Int64s:
		e.set(format.DeltaBinaryPacked, len(b.vals), 8)
	case *Float32s:
		e.set(format.Plain, len(b.vals), 4)
	case *Float64s:
		e.set(format.Plain, len(b.vals), 8)
		e.choose(e.numbers.build(b.vals))
	case *Decimals:
		return e.prepareDecimals(b)
	case *Strings:
		return e.prepareStrings(b)
	}
	return nil
}

func (e *encoder) set(encoding format.Encoding, values, size int) {
	e.encoding, e.values, e.bytes = encoding, values, values*size
}

func (e *encoder) prepareStrings(b *Strings) error {
	// The ends wrap around past 4 GiB, and what follows would be some other value's bytes.
	if uint64(len(b.data)) > math.MaxUint32 {
		return errors.New("parquet: column " + b.col.String() + " holds more than 4 GiB in one row group")
	}
	e.set(format.Plain, len(b.ends), 4)
	e.bytes += len(b.data)
	if e.choose(e.dict.build(b)); !e.useDict && shares(b) {
		e.encoding = format.DeltaByteArray
	}
	return nil
}

// choose takes the dictionary if that is better.
func (e *encoder) choose(dict bool) {
	if e.useDict = dict; dict {
		e.encoding = format.RLEDictionary
		e.bytes = e.values * indexWidth(e.distinct()) / 8
	}
}

// distinct is the number of values in the dictionary.
func (e *encoder) distinct() int {
	if _, ok := e.leaf.(*Strings); ok {
		return len(e.dict.keys)
	}
	return len(e.numbers.keys)
}

// dictionary appends the body of the dictionary page.
func (e *encoder) dictionary(dst []byte) []byte {
	if _, ok := e.leaf.(*Strings); ok {
		return e.dict.appendPlain(dst)
	}
	return e.numbers.appendPlain(dst)
}

func (e *encoder) prepareDecimals(b *Decimals) error {
	t := b.col.Type
	for i := range b.wide {
		if int(b.wide[i].Scale()) != t.Scale || !fits(b.wide[i], t.Precision) {
			return errors.New("parquet: column " + b.col.String() + ": " + b.wide[i].String() + " is no " + t.String())
		}
	}
	b.narrow()
	switch physicalType(t) {
	case format.Int32:
		e.set(format.DeltaBinaryPacked, len(b.small), 4)
		e.int32s = slices.Grow(e.int32s[:0], len(b.small))[:len(b.small)]
		for i, v := range b.small {
			e.int32s[i] = int32(v)
		}
	case format.Int64:
		e.set(format.DeltaBinaryPacked, len(b.small), 8)
	default:
		e.set(format.Plain, len(b.wide), decimalSize(t.Precision))
	}
	return nil
}

// size is what the values [from, to) take, roughly.
func (e *encoder) size(from, to int) int {
	if b, ok := e.leaf.(*Strings); ok && !e.useDict && to > from {
		return int(b.ends[to-1]-b.start(from)) + 4*(to-from)
	}
	if e.values == 0 {
		return 0
	}
	return (to - from) * e.bytes / e.values
}

// encode appends the values [from, to).
func (e *encoder) encode(dst []byte, from, to int) []byte {
	if e.useDict {
		if _, ok := e.leaf.(*Strings); ok {
			return e.indexes(dst, e.dict.indexes[from:to])
		}
		return e.indexes(dst, e.numbers.indexes[from:to])
	}
	switch b := e.leaf.(type) {
	case *Bools:
		return appendBits(dst, b.vals[from:to])
	case *Int32s:
		return e.deltas32(dst, b.vals[from:to])
	case *Int64s:
		return e.deltas64(dst, b.vals[from:to])
	case *Float32s:
		for _, v := range b.vals[from:to] {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	case *Float64s:
		for _, v := range b.vals[from:to] {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	case *Decimals:
		return e.decimals(dst, b, from, to)
	case *Strings:
		if e.encoding == format.DeltaByteArray {
			return e.deltaStrings(dst, b, from, to)
		}
		return appendStrings(dst, b.data, b.ends[from:to], b.start(from))
	}
	return dst
}

// appendStrings appends values as plain pages have them; the first one starts at start.
func appendStrings(dst, data []byte, ends []uint32, start uint32) []byte {
	if len(ends) == 0 {
		return dst
	}
	size := 4*len(ends) + int(ends[len(ends)-1]-start)
	dst = slices.Grow(dst, size+shortCopy)
	out := dst[len(dst) : len(dst)+size+shortCopy]
	for _, end := range ends {
		n := int(end - start)
		binary.LittleEndian.PutUint32(out, uint32(n))
		out = out[4:]
		copyOver(out, data[start:], n)
		out, start = out[n:], end
	}
	return dst[:len(dst)+size]
}

// shortCopy is what copyOver may write too much.
const shortCopy = 32

// copyOver copies n bytes of v. What it writes too much is for the next value to write over.
func copyOver(dst, v []byte, n int) {
	if n <= shortCopy && len(v) >= shortCopy {
		*(*[shortCopy]byte)(dst) = *(*[shortCopy]byte)(v)
	} else {
		copy(dst, v[:n])
	}
}

// The encodings of integers do not fail.

func (e *encoder) deltas32(dst []byte, v []int32) []byte {
	e.scratch, _ = new(delta.BinaryPackedEncoding).EncodeInt32(e.scratch, v)
	return append(dst, e.scratch...)
}

func (e *encoder) deltas64(dst []byte, v []int64) []byte {
	e.scratch, _ = new(delta.BinaryPackedEncoding).EncodeInt64(e.scratch, v)
	return append(dst, e.scratch...)
}

// indexes appends dictionary indexes after their width.
func (e *encoder) indexes(dst []byte, v []int32) []byte {
	r := rle.Encoding{BitWidth: indexWidth(e.distinct())}
	e.scratch, _ = r.EncodeInt32(e.scratch, v)
	return append(append(dst, byte(r.BitWidth)), e.scratch...)
}

func (e *encoder) decimals(dst []byte, b *Decimals, from, to int) []byte {
	switch physicalType(b.col.Type) {
	case format.Int32:
		return e.deltas32(dst, e.int32s[from:to])
	case format.Int64:
		return e.deltas64(dst, b.small[from:to])
	}
	size := decimalSize(b.col.Type.Precision)
	for _, v := range b.wide[from:to] {
		dst = appendFixed(dst, v, size)
	}
	return dst
}

// appendFixed appends a decimal's unscaled value, big-endian.
func appendFixed(dst []byte, v value.Decimal, size int) []byte {
	var b [16]byte
	hi, lo := v.Unscaled()
	binary.BigEndian.PutUint64(b[:], uint64(hi))
	binary.BigEndian.PutUint64(b[8:], lo)
	return append(dst, b[16-size:]...)
}

func appendBits(dst []byte, v []bool) []byte {
	for len(v) > 0 {
		var b byte
		n := min(8, len(v))
		for i, bit := range v[:n] {
			if bit {
				b |= 1 << i
			}
		}
		dst, v = append(dst, b), v[n:]
	}
	return dst
}

// powers are the powers of ten up to 10^38, as 128 bits.
var powers = func() (p [maxPrecision + 1][2]uint64) {
	p[0] = [2]uint64{0, 1}
	for i := 1; i < len(p); i++ {
		hi, lo := bits.Mul64(p[i-1][1], 10)
		p[i] = [2]uint64{p[i-1][0]*10 + hi, lo}
	}
	return p
}()

// fits reports whether a decimal has at most so many digits.
func fits(d value.Decimal, precision int) bool {
	s, lo := d.Unscaled()
	hi := uint64(s)
	if s < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	limit := powers[precision]
	return hi < limit[0] || hi == limit[0] && lo < limit[1]
}
