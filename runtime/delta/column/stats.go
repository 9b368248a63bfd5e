package column

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"
	"github.com/seamflow/seamflow/runtime/value"
)

// ColumnStats are the bounds of a leaf that is not under a list or map, over all rows of a file.
type ColumnStats struct {
	Path  []string // names from the column down
	Type  Type
	Nulls int64 // entries without a value
	// Min and Max are bounds as JSON values of Delta's statistics, "" when there are none: strings may be shortened,
	// floats with a NaN or an infinity, booleans and binaries have none.
	Min, Max string
}

// The greatest length in bytes of a string that stands in statistics, of the Parquet file and of the log.
const (
	parquetBound = 64
	deltaBound   = 32
)

// bounds are the least and greatest of a leaf's values. Which fields count is a matter of the leaf's type.
type bounds struct {
	nulls    int64
	some     bool // there are values
	nan      bool // floats do not order
	min, max struct {
		i int64 // booleans, integers, dates, timestamps
		f float64
		d value.Decimal
		s []byte
	}
}

// bounds adds all values to b.
func (e *encoder) bounds(b *bounds) {
	if e.values == 0 {
		return
	}
	switch l := e.leaf.(type) {
	case *Bools:
		for _, v := range l.vals {
			if v {
				b.addInt(1, 1)
			} else {
				b.addInt(0, 0)
			}
		}
	case *Int32s:
		lo, hi := extremes(l.vals)
		b.addInt(int64(lo), int64(hi))
	case *Int64s:
		b.addInt(extremes(l.vals))
	case *Float32s:
		for _, v := range l.vals {
			b.addFloat(float64(v))
		}
	case *Float64s:
		for _, v := range l.vals {
			b.addFloat(v)
		}
	case *Decimals:
		if !l.whole {
			lo, hi := extremes(l.small)
			b.addDecimal(l.of64(lo))
			b.addDecimal(l.of64(hi))
		}
		for _, v := range l.wide {
			b.addDecimal(v)
		}
	case *Strings:
		if e.useDict {
			b.addKeys(&e.dict)
		} else {
			b.addStrings(l.data, l.ends)
		}
	}
}

func extremes[T int32 | int64](vals []T) (lo, hi T) {
	lo, hi = vals[0], vals[0]
	for _, v := range vals {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

func (b *bounds) addInt(lo, hi int64) {
	if !b.some {
		b.some, b.min.i, b.max.i = true, lo, hi
		return
	}
	b.min.i, b.max.i = min(b.min.i, lo), max(b.max.i, hi)
}

func (b *bounds) addFloat(v float64) {
	if v != v {
		b.nan = true
		return
	}
	if !b.some {
		b.some, b.min.f, b.max.f = true, v, v
		return
	}
	if v < b.min.f {
		b.min.f = v
	} else if v > b.max.f {
		b.max.f = v
	}
}

func (b *bounds) addDecimal(v value.Decimal) {
	if !b.some {
		b.some, b.min.d, b.max.d = true, v, v
		return
	}
	if v.Cmp(b.min.d) < 0 {
		b.min.d = v
	} else if v.Cmp(b.max.d) > 0 {
		b.max.d = v
	}
}

// extreme is the least or the greatest of strings so far, with its head in the order of bytes.
type extreme struct {
	a, b uint64
	v    []byte
}

func (x *extreme) before(a, b uint64, v []byte) bool {
	if x.a != a {
		return x.a < a
	}
	if x.b != b {
		return x.b < b
	}
	return bytes.Compare(x.v, v) < 0
}

func (x *extreme) after(a, b uint64, v []byte) bool {
	if x.a != a {
		return x.a > a
	}
	if x.b != b {
		return x.b > b
	}
	return bytes.Compare(x.v, v) > 0
}

func (b *bounds) addStrings(data []byte, ends []uint32) {
	var lo, hi extreme
	start := uint32(0)
	for i, end := range ends {
		x, y := headAt(data[start:], end-start)
		x, y = bits.ReverseBytes64(x), bits.ReverseBytes64(y)
		v := data[start:end]
		if start = end; i == 0 {
			lo = extreme{x, y, v}
			hi = lo
		} else if lo.after(x, y, v) {
			lo = extreme{x, y, v}
		} else if hi.before(x, y, v) {
			hi = extreme{x, y, v}
		}
	}
	b.addBytes(lo.v, hi.v)
}

func (b *bounds) addKeys(d *dictionary) {
	lo := d.at(0)
	hi := lo
	for i := range d.keys {
		if v := d.at(int32(i)); bytes.Compare(v, lo) < 0 {
			lo = v
		} else if bytes.Compare(v, hi) > 0 {
			hi = v
		}
	}
	b.addBytes(lo, hi)
}

// addBytes copies what it keeps.
func (b *bounds) addBytes(lo, hi []byte) {
	if !b.some {
		// Never nil: that is how merge knows strings.
		b.some, b.min.s, b.max.s = true, append([]byte{}, lo...), append([]byte{}, hi...)
		return
	}
	if bytes.Compare(lo, b.min.s) < 0 {
		b.min.s = append(b.min.s[:0], lo...)
	}
	if bytes.Compare(hi, b.max.s) > 0 {
		b.max.s = append(b.max.s[:0], hi...)
	}
}

// merge adds a chunk's bounds to the file's.
func (b *bounds) merge(c *bounds) {
	b.nulls += c.nulls
	b.nan = b.nan || c.nan
	if !c.some {
		return
	}
	switch {
	case c.min.s != nil:
		b.addBytes(c.min.s, c.max.s)
	case !b.some:
		b.some, b.min, b.max = true, c.min, c.max
	default:
		b.min.i, b.max.i = min(b.min.i, c.min.i), max(b.max.i, c.max.i)
		b.min.f, b.max.f = min(b.min.f, c.min.f), max(b.max.f, c.max.f)
		b.addDecimal(c.min.d)
		b.addDecimal(c.max.d)
	}
}

// statistics puts the bounds into a column chunk's metadata.
func (b *bounds) statistics(c *LeafColumn, s *format.Statistics) {
	s.NullCount = b.nulls
	if !b.some || b.nan {
		return
	}
	le := binary.LittleEndian
	switch physicalType(c.Type) {
	case format.Boolean:
		s.MinValue, s.MaxValue = []byte{byte(b.min.i)}, []byte{byte(b.max.i)}
	case format.Int32:
		lo, hi := b.ints(c.Type.Kind)
		s.MinValue, s.MaxValue = le.AppendUint32(nil, uint32(lo)), le.AppendUint32(nil, uint32(hi))
	case format.Int64:
		lo, hi := b.ints(c.Type.Kind)
		s.MinValue, s.MaxValue = le.AppendUint64(nil, uint64(lo)), le.AppendUint64(nil, uint64(hi))
	case format.Float:
		lo, hi := b.floats()
		s.MinValue = le.AppendUint32(nil, math.Float32bits(float32(lo)))
		s.MaxValue = le.AppendUint32(nil, math.Float32bits(float32(hi)))
	case format.Double:
		lo, hi := b.floats()
		s.MinValue, s.MaxValue = le.AppendUint64(nil, math.Float64bits(lo)), le.AppendUint64(nil, math.Float64bits(hi))
	case format.FixedLenByteArray:
		size := decimalSize(c.Type.Precision)
		s.MinValue, s.MaxValue = appendFixed(nil, b.min.d, size), appendFixed(nil, b.max.d, size)
	case format.ByteArray:
		utf := c.Type.Kind == String
		lo, hi, ok := shorten(b.min.s, b.max.s, parquetBound, utf)
		if ok {
			// Not nil, so that an empty string is written.
			s.MinValue, s.MaxValue = append([]byte{}, lo...), append([]byte{}, hi...)
		}
	}
}

// ints are the bounds of a leaf that is stored as an integer.
func (b *bounds) ints(k Kind) (lo, hi int64) {
	if k != Decimal {
		return b.min.i, b.max.i
	}
	_, l := b.min.d.Unscaled()
	_, h := b.max.d.Unscaled()
	return int64(l), int64(h)
}

// floats are the bounds with zeros signed so that both zeros are within.
func (b *bounds) floats() (lo, hi float64) {
	lo, hi = b.min.f, b.max.f
	if lo == 0 {
		lo = math.Copysign(0, -1)
	}
	if hi == 0 {
		hi = 0
	}
	return lo, hi
}

// shorten cuts bounds to n bytes: the lower one to its start, the upper one to the least text of n bytes that is above
// it. With no such text there are no bounds. Bounds of text stay text.
func shorten(lo, hi []byte, n int, text bool) (l, h []byte, ok bool) {
	if text && (!utf8.Valid(lo) || !utf8.Valid(hi)) {
		return nil, nil, false
	}
	if len(lo) > n {
		lo = cut(lo, n, text)
	}
	if len(hi) <= n {
		return lo, hi, true
	}
	hi = cut(hi, n, text)
	for len(hi) > 0 {
		if !text {
			last := len(hi) - 1
			if hi[last] < 0xff {
				return lo, append(append([]byte{}, hi[:last]...), hi[last]+1), true
			}
			hi = hi[:last]
			continue
		}
		r, size := utf8.DecodeLastRune(hi)
		hi = hi[:len(hi)-size]
		if r == utf8.MaxRune {
			continue
		}
		if r++; r == 0xd800 {
			r = 0xe000 // past the surrogates
		}
		return lo, utf8.AppendRune(append([]byte{}, hi...), r), true
	}
	return nil, nil, false
}

// cut is the start of v in n bytes, whole characters.
func cut(v []byte, n int, text bool) []byte {
	for text && n > 0 && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n]
}

// stats are the bounds of the leaves that Delta keeps bounds of.
func (f *FileWriter) stats() []ColumnStats {
	var out []ColumnStats
	for i := range f.leaves {
		c, b := &f.leaves[i], &f.bounds[i]
		if c.MaxRep > 0 {
			continue
		}
		s := ColumnStats{Path: c.Path, Type: c.Type, Nulls: b.nulls}
		if b.some && !b.nan {
			s.Min, s.Max = b.json(c.Type)
		}
		out = append(out, s)
	}
	return out
}

// json gives the bounds as Delta's statistics have them, "" for types without.
func (b *bounds) json(t Type) (lo, hi string) {
	switch t.Kind {
	case Int32, Int64:
		return strconv.FormatInt(b.min.i, 10), strconv.FormatInt(b.max.i, 10)
	case Float32, Float64:
		if math.IsInf(b.min.f, 0) || math.IsInf(b.max.f, 0) {
			return "", ""
		}
		size := 64
		if t.Kind == Float32 {
			size = 32
		}
		return strconv.FormatFloat(b.min.f, 'g', -1, size), strconv.FormatFloat(b.max.f, 'g', -1, size)
	case Decimal:
		return b.min.d.String(), b.max.d.String()
	case Date:
		return quote(value.Date(b.min.i).AppendText(nil)), quote(value.Date(b.max.i).AppendText(nil))
	case Timestamp:
		return quote(value.Timestamp(b.min.i).AppendText(nil)), quote(value.Timestamp(b.max.i).AppendText(nil))
	case String:
		l, h, ok := shorten(b.min.s, b.max.s, deltaBound, true)
		if !ok {
			return "", ""
		}
		return quote(l), quote(h)
	}
	return "", ""
}

func quote(text []byte) string {
	out, err := json.Marshal(string(text))
	if err != nil {
		return ""
	}
	return string(out)
}

// StatsJSON is the statistics of a file as the log's add action holds them.
func (f *FileInfo) StatsJSON() string {
	out := append(make([]byte, 0, 256), `{"numRecords":`...)
	out = strconv.AppendInt(out, f.Rows, 10)
	for _, part := range []struct {
		name string
		of   func(*ColumnStats) string
	}{
		{"minValues", func(s *ColumnStats) string { return s.Min }},
		{"maxValues", func(s *ColumnStats) string { return s.Max }},
		{"nullCount", func(s *ColumnStats) string { return strconv.FormatInt(s.Nulls, 10) }},
	} {
		out = append(out, `,"`+part.name+`":`...)
		out = appendTree(out, f.Stats, 0, part.of)
	}
	return string(append(out, '}'))
}

// appendTree writes the leaves, all of which share their path's first depth names, as nested objects.
func appendTree(out []byte, stats []ColumnStats, depth int, of func(*ColumnStats) string) []byte {
	out = append(out, '{')
	for len(stats) > 0 {
		n := 1
		name := stats[0].Path[depth]
		for n < len(stats) && len(stats[n].Path) > depth && stats[n].Path[depth] == name {
			n++
		}
		var text []byte
		if len(stats[0].Path) == depth+1 {
			text = append(text, of(&stats[0])...)
		} else if text = appendTree(nil, stats[:n], depth+1, of); len(text) == len("{}") {
			text = nil
		}
		if len(text) > 0 {
			if out[len(out)-1] != '{' {
				out = append(out, ',')
			}
			out = append(append(append(out, quote([]byte(name))...), ':'), text...)
		}
		stats = stats[n:]
	}
	return append(out, '}')
}
