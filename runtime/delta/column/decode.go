package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

var errShort = errors.New("it ends in the middle of its values")

// physical are decoded values before they become a leaf's. One of the slices is used, according to the file's type;
// byte arrays of both kinds are data and ends.
type physical struct {
	bools    []bool
	int32s   []int32
	int64s   []int64 // INT96 too, as microseconds
	float32s []float32
	float64s []float64
	data     []byte
	ends     []uint32

	lengths, prefixes []int32
	split             []byte
}

func (p *physical) reset() {
	p.bools, p.int32s, p.int64s = p.bools[:0], p.int32s[:0], p.int64s[:0]
	p.float32s, p.float64s, p.data, p.ends = p.float32s[:0], p.float64s[:0], p.data[:0], p.ends[:0]
}

func (p *physical) bytesAt(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = p.ends[i-1]
	}
	return p.data[start:p.ends[i]]
}

// decode decodes exactly n values of a page.
func (p *physical) decode(c *conversion, enc format.Encoding, src []byte, n int) (err error) {
	switch {
	case enc == format.Plain:
		return p.plain(c, src, n)
	case enc == format.RLE && c.physical == format.Boolean:
		return p.rleBools(src, n)
	case enc == format.DeltaBinaryPacked && c.physical == format.Int32:
		p.int32s, _, err = decodeDeltas(p.int32s, src, n)
		return err
	case enc == format.DeltaBinaryPacked && c.physical == format.Int64:
		p.int64s, _, err = decodeDeltas(p.int64s, src, n)
		return err
	case enc == format.DeltaLengthByteArray && c.physical == format.ByteArray:
		return p.deltaLengths(src, n)
	case enc == format.DeltaByteArray && (c.physical == format.ByteArray || c.physical == format.FixedLenByteArray):
		return p.deltaBytes(c, src, n)
	case enc == format.ByteStreamSplit:
		return p.streamSplit(c, src, n)
	}
	return fmt.Errorf("%s encoded as %s, which is not supported", c.physical, enc)
}

// width is the size of a plain value, 0 where it varies.
func (c *conversion) width() int {
	switch c.physical {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	case format.FixedLenByteArray:
		return c.size
	}
	return 0
}

func (p *physical) plain(c *conversion, src []byte, n int) error {
	if w := c.width(); w > 0 {
		if len(src)/w < n {
			return errShort
		}
		src = src[:n*w]
	}
	le := binary.LittleEndian
	switch c.physical {
	case format.Boolean:
		if len(src) < (n+7)/8 {
			return errShort
		}
		for i := range n {
			p.bools = append(p.bools, src[i>>3]>>(i&7)&1 != 0)
		}
	case format.Int32:
		for ; len(src) >= 4; src = src[4:] {
			p.int32s = append(p.int32s, int32(le.Uint32(src)))
		}
	case format.Int64:
		for ; len(src) >= 8; src = src[8:] {
			p.int64s = append(p.int64s, int64(le.Uint64(src)))
		}
	case format.Int96:
		return p.int96(src)
	case format.Float:
		for ; len(src) >= 4; src = src[4:] {
			p.float32s = append(p.float32s, math.Float32frombits(le.Uint32(src)))
		}
	case format.Double:
		for ; len(src) >= 8; src = src[8:] {
			p.float64s = append(p.float64s, math.Float64frombits(le.Uint64(src)))
		}
	case format.ByteArray:
		return p.plainBytes(src, n)
	case format.FixedLenByteArray:
		return p.fixed(src, c.size)
	}
	return nil
}

// unixEpoch is 1970 as a Julian day.
const unixEpoch = 2440588

// int96 reads nanoseconds of a day and a Julian day.
func (p *physical) int96(src []byte) error {
	const day = int64(86400e6)
	for ; len(src) >= 12; src = src[12:] {
		nanos := int64(binary.LittleEndian.Uint64(src))
		days := int64(binary.LittleEndian.Uint32(src[8:])) - unixEpoch
		if days > math.MaxInt64/day-1 || days < math.MinInt64/day+1 {
			return errRange
		}
		p.int64s = append(p.int64s, days*day+floorDiv(nanos, 1000))
	}
	return nil
}

func (p *physical) plainBytes(src []byte, n int) error {
	for range n {
		if len(src) < 4 {
			return errShort
		}
		size := binary.LittleEndian.Uint32(src)
		if src = src[4:]; uint64(size) > uint64(len(src)) {
			return errShort
		}
		p.data = append(p.data, src[:size]...)
		p.ends = append(p.ends, uint32(len(p.data)))
		src = src[size:]
	}
	return nil
}

func (p *physical) fixed(src []byte, size int) error {
	if uint64(len(src)) > math.MaxUint32 {
		return errRange
	}
	p.data = append(p.data, src...)
	for end := size; end <= len(src); end += size {
		p.ends = append(p.ends, uint32(end))
	}
	return nil
}

func (p *physical) rleBools(src []byte, n int) error {
	if len(src) < 4 || uint64(binary.LittleEndian.Uint32(src)) > uint64(len(src)-4) {
		return errShort
	}
	bits, err := decodeHybrid(p.split[:0], src[4:], 1, n)
	p.split = bits
	for _, b := range bits {
		p.bools = append(p.bools, b != 0)
	}
	return err
}

func (p *physical) deltaLengths(src []byte, n int) (err error) {
	if p.lengths, src, err = decodeDeltas(p.lengths[:0], src, n); err != nil {
		return err
	}
	for _, size := range p.lengths {
		if size < 0 || int(size) > len(src) {
			return errShort
		}
		p.data = append(p.data, src[:size]...)
		p.ends = append(p.ends, uint32(len(p.data)))
		src = src[size:]
	}
	return nil
}

// deltaBytes reads values that share a start with the one before.
func (p *physical) deltaBytes(c *conversion, src []byte, n int) (err error) {
	if p.prefixes, src, err = decodeDeltas(p.prefixes[:0], src, n); err != nil {
		return err
	}
	if p.lengths, src, err = decodeDeltas(p.lengths[:0], src, n); err != nil {
		return err
	}
	last := 0 // start of the value before
	for i, size := range p.lengths {
		prefix := int(p.prefixes[i])
		if size < 0 || int(size) > len(src) || prefix < 0 || prefix > len(p.data)-last {
			return errShort
		}
		start := len(p.data)
		p.data = append(p.data, p.data[last:last+prefix]...)
		p.data = append(p.data, src[:size]...)
		if uint64(len(p.data)) > math.MaxUint32 || c.size > 0 && len(p.data)-start != c.size {
			return errRange
		}
		p.ends = append(p.ends, uint32(len(p.data)))
		src, last = src[size:], start
	}
	return nil
}

// streamSplit reads values whose first bytes come first, then all second bytes, and so on.
func (p *physical) streamSplit(c *conversion, src []byte, n int) error {
	w := c.width()
	if w == 0 || c.physical == format.Int96 {
		return fmt.Errorf("%s encoded as %s, which is not supported", c.physical, format.ByteStreamSplit)
	}
	if len(src)/w < n {
		return errShort
	}
	p.split = zeros(p.split, n*w)
	for b := range w {
		for i, v := range src[b*n : (b+1)*n] {
			p.split[i*w+b] = v
		}
	}
	return p.plain(c, p.split, n)
}
