package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"
)

var errShort = errors.New("it ends in the middle of its values")

// physical are decoded values before they become a leaf's. One of the slices is used, according to the file's type.
type physical struct {
	bools    []bool
	int32s   []int32
	int64s   []int64 // INT96 too, as microseconds
	float32s []float32
	float64s []float64
	texts    []string // byte arrays of both kinds; they are memory of the page, or of the reader of values
	ascii    bool     // texts is known to have no other bytes
	broken   []int    // values that are none of their type
}

func (p *physical) reset() {
	p.bools, p.int32s, p.int64s = p.bools[:0], p.int32s[:0], p.int64s[:0]
	p.float32s, p.float64s, p.texts = p.float32s[:0], p.float64s[:0], p.texts[:0]
	p.ascii, p.broken = false, p.broken[:0]
}

// values reads the values of a page, or of a dictionary, step by step.
type values struct {
	conv     *conversion
	enc      format.Encoding
	src      []byte // what was not read, or all where values are found by number
	at       int    // number of the next value
	most     int    // that there may be
	runs     runs
	deltas   deltas // of numbers, of lengths
	prefixes deltas
	last     string // the value before, of DELTA_BYTE_ARRAY
	arena    []byte // values that are not in the page as they are
	lengths  [block]int32
	shared   [block]int32
	bits     [block]uint8
}

// block is how many values are decoded at once.
const block = 1024

// reset begins a page of at most most values.
func (v *values) reset(c *conversion, enc format.Encoding, src []byte, most int) (err error) {
	v.conv, v.enc, v.src, v.at, v.most, v.last = c, enc, src, 0, most, ""
	phys := c.physical
	bytes := phys == format.ByteArray || phys == format.FixedLenByteArray
	switch {
	case enc == format.Plain:
		return nil
	case dictionaryCoded(enc):
		if len(src) == 0 { // there are no values
			v.runs = runs{}
			return nil
		}
		if src[0] > 32 {
			return errShort
		}
		v.runs.reset(src[1:], int(src[0]))
		return nil
	case enc == format.RLE && phys == format.Boolean:
		if len(src) < 4 || uint64(binary.LittleEndian.Uint32(src)) > uint64(len(src)-4) {
			return errShort
		}
		v.runs.reset(src[4:4+binary.LittleEndian.Uint32(src)], 1)
		return nil
	case enc == format.DeltaBinaryPacked && (phys == format.Int32 || phys == format.Int64):
		return v.deltas.reset(src, most)
	case enc == format.DeltaLengthByteArray && phys == format.ByteArray:
		if err = v.deltas.reset(src, most); err == nil {
			v.src, err = v.deltas.rest()
		}
		return err
	case enc == format.DeltaByteArray && bytes:
		if err = v.prefixes.reset(src, most); err != nil {
			return err
		}
		if src, err = v.prefixes.rest(); err != nil {
			return err
		}
		if err = v.deltas.reset(src, most); err == nil {
			v.src, err = v.deltas.rest()
		}
		if err == nil && v.deltas.left != v.prefixes.left {
			err = fmt.Errorf("%d values where %d were expected", v.deltas.left, v.prefixes.left)
		}
		return err
	case enc == format.ByteStreamSplit:
		if w := c.width(); w > 0 && phys != format.Int96 {
			if len(src)%w != 0 {
				return errShort
			}
			return nil
		}
	}
	return fmt.Errorf("%s encoded as %s, which is not supported", phys, enc)
}

func dictionaryCoded(enc format.Encoding) bool {
	//lint:ignore SA1019 files of older writers have it
	return enc == format.PlainDictionary || enc == format.RLEDictionary
}

// done is called when all values were read that the page's levels speak of: encodings that know their number agree.
func (v *values) done() error {
	left := 0
	switch v.enc {
	case format.DeltaLengthByteArray, format.DeltaByteArray:
		if len(v.src) > 0 && v.deltas.left == 0 {
			return fmt.Errorf("%d bytes more than its values have", len(v.src))
		}
		left = v.deltas.left
	case format.DeltaBinaryPacked:
		left = v.deltas.left
	case format.ByteStreamSplit:
		left = len(v.src)/v.conv.width() - v.at
	}
	if left != 0 {
		return fmt.Errorf("%d values more than there are places for them", left)
	}
	return nil
}

// next adds the next n values, at most a block, to p.
func (v *values) next(p *physical, n int) (err error) {
	switch v.enc {
	case format.Plain:
		err = v.plain(p, n)
	case format.RLE:
		bits := v.bits[:n]
		err = readRuns(&v.runs, bits)
		for _, b := range bits {
			p.bools = append(p.bools, b != 0)
		}
	case format.DeltaBinaryPacked:
		if v.conv.physical == format.Int32 {
			p.int32s = longer(p.int32s, n)
			err = readDeltas(&v.deltas, p.int32s[len(p.int32s)-n:])
		} else {
			p.int64s = longer(p.int64s, n)
			err = readDeltas(&v.deltas, p.int64s[len(p.int64s)-n:])
		}
	case format.DeltaLengthByteArray:
		err = v.deltaLengths(p, n)
	case format.DeltaByteArray:
		err = v.deltaBytes(p, n)
	case format.ByteStreamSplit:
		err = v.streamSplit(p, n)
	}
	v.at += n
	return err
}

// longer makes s n elements longer.
func longer[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s[:len(s)+n]
	}
	return append(s, make([]T, n)...)
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

func (v *values) plain(p *physical, n int) error {
	switch v.conv.physical {
	case format.ByteArray:
		return v.plainBytes(p, n)
	case format.Boolean:
		if len(v.src) < (v.at+n+7)/8 {
			return errShort
		}
		for i := v.at; i < v.at+n; i++ {
			p.bools = append(p.bools, v.src[i>>3]>>(i&7)&1 != 0)
		}
		return nil
	}
	w := v.conv.width()
	if len(v.src)/w < n {
		return errShort
	}
	src := v.src[:n*w]
	v.src = v.src[n*w:]
	v.conv.fixedWidth(p, src)
	return nil
}

// fixedWidth adds plain values of a fixed width to p.
func (c *conversion) fixedWidth(p *physical, src []byte) {
	le := binary.LittleEndian
	switch c.physical {
	case format.Int32:
		at := len(p.int32s)
		p.int32s = longer(p.int32s, len(src)/4)
		for i := range p.int32s[at:] {
			p.int32s[at+i] = int32(le.Uint32(src[4*i:]))
		}
	case format.Int64:
		at := len(p.int64s)
		p.int64s = longer(p.int64s, len(src)/8)
		for i := range p.int64s[at:] {
			p.int64s[at+i] = int64(le.Uint64(src[8*i:]))
		}
	case format.Int96:
		p.int96(src)
	case format.Float:
		for ; len(src) >= 4; src = src[4:] {
			p.float32s = append(p.float32s, math.Float32frombits(le.Uint32(src)))
		}
	case format.Double:
		for ; len(src) >= 8; src = src[8:] {
			p.float64s = append(p.float64s, math.Float64frombits(le.Uint64(src)))
		}
	case format.FixedLenByteArray:
		for ; len(src) >= c.size; src = src[c.size:] {
			p.texts = append(p.texts, alias(src[:c.size]))
		}
	}
}

func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// unixEpoch is 1970 as a Julian day.
const unixEpoch = 2440588

// int96 reads nanoseconds of a day and a Julian day.
func (p *physical) int96(src []byte) {
	const day, most = int64(86400e6), int64(1e8) // and any number of nanoseconds is no overflow
	for ; len(src) >= 12; src = src[12:] {
		nanos := int64(binary.LittleEndian.Uint64(src))
		days := int64(binary.LittleEndian.Uint32(src[8:])) - unixEpoch
		if days > most || days < -most {
			p.broken = append(p.broken, len(p.int64s))
			days, nanos = 0, 0
		}
		p.int64s = append(p.int64s, days*day+floorDiv(nanos, 1000))
	}
}

func (v *values) plainBytes(p *physical, n int) error {
	src := v.src
	for range n {
		if len(src) < 4 {
			return errShort
		}
		size := uint64(binary.LittleEndian.Uint32(src)) + 4
		if size > uint64(len(src)) {
			return errShort
		}
		p.texts = append(p.texts, alias(src[4:size]))
		src = src[size:]
	}
	// Lengths below 128 are ASCII too.
	p.ascii = isASCII(v.src[:len(v.src)-len(src)])
	v.src = src
	return nil
}

func isASCII(b []byte) bool {
	const high = 0x8080808080808080
	for ; len(b) >= 32; b = b[32:] {
		le := binary.LittleEndian
		if (le.Uint64(b)|le.Uint64(b[8:])|le.Uint64(b[16:])|le.Uint64(b[24:]))&high != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func (v *values) deltaLengths(p *physical, n int) error {
	lengths := v.lengths[:n]
	if err := readDeltas(&v.deltas, lengths); err != nil {
		return err
	}
	for _, size := range lengths {
		if size < 0 || int(size) > len(v.src) {
			return errShort
		}
		p.texts = append(p.texts, alias(v.src[:size]))
		v.src = v.src[size:]
	}
	return nil
}

// deltaBytes reads values that share a start with the one before.
func (v *values) deltaBytes(p *physical, n int) error {
	lengths, shared := v.lengths[:n], v.shared[:n]
	if err := readDeltas(&v.prefixes, shared); err != nil {
		return err
	}
	if err := readDeltas(&v.deltas, lengths); err != nil {
		return err
	}
	for i, size := range lengths {
		prefix := int(shared[i])
		if size < 0 || int(size) > len(v.src) || prefix < 0 || prefix > len(v.last) {
			return errShort
		}
		start := len(v.arena)
		if start+prefix+int(size) > maxArena { // a short file may repeat a long value without end
			return errLarge
		}
		v.arena = append(v.arena, v.last[:prefix]...) // values before keep what the arena was
		v.arena = append(v.arena, v.src[:size]...)
		v.last = alias(v.arena[start:])
		if v.conv.size > 0 && len(v.last) != v.conv.size {
			return errRange
		}
		p.texts = append(p.texts, v.last)
		v.src = v.src[size:]
	}
	return nil
}

// maxArena bounds the bytes that one step makes of fewer in the file.
const maxArena = 1 << 28

var errLarge = errors.New("its values are longer than 256 MiB together: write smaller pages")

// streamSplit reads values whose first bytes come first, then all second bytes, and so on.
func (v *values) streamSplit(p *physical, n int) error {
	w := v.conv.width()
	total := len(v.src) / w
	if total-v.at < n {
		return errShort
	}
	start := len(v.arena)
	v.arena = longer(v.arena, n*w)
	whole := v.arena[start:]
	for b := range w {
		for i, c := range v.src[b*total+v.at : b*total+v.at+n] {
			whole[i*w+b] = c
		}
	}
	v.conv.fixedWidth(p, whole)
	if v.conv.physical != format.FixedLenByteArray {
		v.arena = v.arena[:start]
	}
	return nil
}
