package column

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"

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
// Values that have no place in t are refused one by one; with a rule more types are taken whose values mostly have one.
func conversionOf(t Type, n *node, rule *Rule) (conversion, bool) {
	c := conversion{logical: n.logical(), physical: n.elem.Type.V}
	if c.physical == format.FixedLenByteArray {
		c.size = int(n.elem.TypeLength.V)
		if c.size <= 0 {
			return c, false
		}
	}
	if c.kind == isNothing { // every value is NULL
		return c, true
	}
	integer := c.kind == nothing || c.kind == isUnsigned
	var ok bool
	switch t.Kind {
	case Bool:
		ok = c.physical == format.Boolean
	case Int32:
		ok = integer && (c.physical == format.Int32 || rule != nil && c.physical == format.Int64)
	case Int64:
		ok = integer && (c.physical == format.Int32 || c.physical == format.Int64)
	case Float32:
		ok = c.kind == nothing && (c.physical == format.Float || rule != nil && c.physical == format.Double)
	case Float64:
		ok = c.kind == nothing && (c.physical == format.Double || c.physical == format.Float) ||
			c.physical == format.Int32 && (c.kind == nothing || rule != nil && integer) || rule != nil && integer && c.physical == format.Int64
	case Decimal:
		ok = c.decimal(t, rule)
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

func (c *conversion) decimal(t Type, rule *Rule) bool {
	least := c.scale <= t.Scale || rule != nil
	switch c.physical {
	case format.Int32, format.Int64:
		return (c.kind == isDecimal || c.kind == nothing || rule != nil && c.kind == isUnsigned) && c.scale >= 0 && least
	case format.FixedLenByteArray, format.ByteArray:
		return c.kind == isDecimal && c.scale >= 0 && c.scale <= maxPrecision && least
	}
	return false
}

var (
	errRange    = errors.New("a value is beyond the column's type")
	errDecimal  = errors.New("a decimal has more digits than the column's type")
	errEmptyDec = errors.New("a decimal of no bytes")
)

// Rule says which of a leaf's values no record may have.
type Rule struct {
	Null    uint64   // definition levels, a bit each, at which something is NULL that must not be
	Told    uint64   // levels at which NULL is not the same as a field that is left out: it has a default
	Symbols []string // the only texts; nil for any
	UUID    bool     // of String: UUIDs, whose 16 bytes the leaf holds
}

// fault is a value that no record may have.
type fault struct {
	value int    // its number in the leaf, which holds some other value for it
	why   string // what was expected, what was found
	json  string // the value as JSON text
}

// checker takes down a leaf's faults. A nil one has the first refuse the file.
type checker struct {
	rule   Rule
	many   map[string]bool // of rule.Symbols, where they are many
	typ    Type
	faults []fault
	null   []int // entries at which something is NULL that must not be
}

func newChecker(t Type, rule Rule) *checker {
	k := &checker{rule: rule, typ: t}
	const few = 8
	if len(rule.Symbols) > few {
		k.many = map[string]bool{}
		for _, s := range rule.Symbols {
			k.many[s] = true
		}
	}
	return k
}

// number takes down a number that the leaf's type does not hold.
func (k *checker) number(value int, found string) error {
	if k == nil {
		return errRange
	}
	k.faults = append(k.faults, fault{value, "expected " + k.wanted() + ", found the number " + found, found})
	return nil
}

// wanted describes what the leaf's type holds.
func (k *checker) wanted() string {
	switch k.typ.Kind {
	case Int32:
		return "an integer of 32 bits"
	case Int64:
		return "an integer of 64 bits"
	case Float32:
		return "a number that 32 bits can hold"
	case Float64:
		return "an integer that a double holds exactly"
	case Decimal:
		return "a number that " + k.typ.String() + " can hold"
	case Date:
		return "a date of the years 0001 to 9999"
	case Timestamp:
		return "a timestamp of the years 0001 to 9999"
	}
	return k.typ.String()
}

// excerpt is a text between quotes, cut where it is long, as UTF-8.
func excerpt(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.QuoteToGraphic(s[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

// appendTo adds physical values to a leaf's.
func (c *conversion) appendTo(leaf target, p *physical, k *checker) error {
	switch b := leaf.(type) {
	case *Bools:
		b.vals = append(b.vals, p.bools...)
	case *Int32s:
		return c.appendInt32s(b, p, k)
	case *Int64s:
		return c.appendInts(b, p, k)
	case *Float32s:
		return c.appendFloat32s(b, p, k)
	case *Float64s:
		return c.appendFloat64s(b, p, k)
	case *Decimals:
		return c.appendDecimals(b, p, k)
	case *Strings:
		return c.appendStrings(b, p)
	case *Texts:
		return c.appendTexts(b, p, k)
	}
	return nil
}

// The days that a date can be of, 0001-01-01 to 9999-12-31.
const (
	firstDay     = -719162
	lastDay      = 2932896
	microsPerDay = 86_400_000_000
)

func (c *conversion) appendInt32s(b *Int32s, p *physical, k *checker) error {
	from := len(b.vals)
	b.vals = append(b.vals, p.int32s...)
	switch {
	case c.kind == isUnsigned:
		for i, v := range p.int32s {
			if v < 0 {
				if err := k.number(from+i, strconv.FormatUint(uint64(uint32(v)), 10)); err != nil {
					return err
				}
			}
		}
	case c.kind == isDate && k != nil:
		for i, v := range p.int32s {
			if v < firstDay || v > lastDay {
				k.faults = append(k.faults, fault{from + i, "expected a date of the years 0001 to 9999, found day " + strconv.Itoa(int(v)) + " since 1970", strconv.Itoa(int(v))})
			}
		}
	}
	for _, v := range p.int64s {
		n := int32(v)
		if int64(n) != v {
			if err := k.number(len(b.vals), c.decimalText(v)); err != nil {
				return err
			}
			n = 0
		}
		b.vals = append(b.vals, n)
	}
	return nil
}

// decimalText is an integer of 64 bits as it is meant.
func (c *conversion) decimalText(v int64) string {
	if c.kind == isUnsigned {
		return strconv.FormatUint(uint64(v), 10)
	}
	return strconv.FormatInt(v, 10)
}

func (c *conversion) appendInts(b *Int64s, p *physical, k *checker) error {
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
	if c.kind == isTimestamp {
		return c.instants(added, p, k, from)
	}
	if c.kind == isUnsigned {
		for i, v := range added {
			if v < 0 {
				if err := k.number(from+i, c.decimalText(v)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// instants turns numbers of the file's unit into microseconds.
func (c *conversion) instants(added []int64, p *physical, k *checker, from int) error {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	if k != nil {
		lo, hi = firstDay*microsPerDay, (lastDay+1)*microsPerDay-1
	}
	if c.perMicro < 0 {
		lo, hi = -(-lo / -c.perMicro), hi/-c.perMicro
		if k == nil {
			lo = math.MinInt64 / -c.perMicro
		}
	}
	for i, v := range added {
		if c.perMicro > 1 {
			v = floorDiv(v, c.perMicro)
		}
		if v < lo || v > hi {
			if err := k.number(from+i, strconv.FormatInt(added[i], 10)); err != nil {
				return err
			}
			v = 0
		}
		if c.perMicro < 0 {
			v *= -c.perMicro
		}
		added[i] = v
	}
	for _, i := range p.broken {
		if err := k.number(from+i, "of a day that is too far away"); err != nil {
			return err
		}
		k.faults[len(k.faults)-1].json = strconv.FormatInt(math.MaxInt64, 10)
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

func (c *conversion) appendFloat32s(b *Float32s, p *physical, k *checker) error {
	b.vals = append(b.vals, p.float32s...)
	for _, v := range p.float64s {
		f := float32(v)
		if math.IsInf(float64(f), 0) && !math.IsInf(v, 0) {
			if err := k.number(len(b.vals), strconv.FormatFloat(v, 'g', -1, 64)); err != nil {
				return err
			}
		}
		b.vals = append(b.vals, f)
	}
	return nil
}

func (c *conversion) appendFloat64s(b *Float64s, p *physical, k *checker) error {
	b.vals = append(b.vals, p.float64s...)
	for _, v := range p.float32s {
		b.vals = append(b.vals, float64(v))
	}
	for _, v := range p.int32s {
		if c.kind == isUnsigned {
			b.vals = append(b.vals, float64(uint32(v)))
		} else {
			b.vals = append(b.vals, float64(v))
		}
	}
	const exact = 1 << 53
	for _, v := range p.int64s {
		if v > exact || v < -exact {
			if err := k.number(len(b.vals), c.decimalText(v)); err != nil {
				return err
			}
		}
		b.vals = append(b.vals, float64(v))
	}
	return nil
}

func (c *conversion) appendStrings(b *Strings, p *physical) error {
	total := 0
	for _, s := range p.texts {
		total += len(s)
	}
	if c.kind == isUUID {
		total = 36 * len(p.texts)
	}
	if uint64(len(b.data)+total) > math.MaxUint32 {
		return errors.New("more than 4 GiB of values in one row group")
	}
	for _, s := range p.texts {
		if c.kind == isUUID {
			b.data = value.UUID([]byte(s)).AppendText(b.data)
		} else {
			b.data = append(b.data, s...)
		}
		b.ends = append(b.ends, uint32(len(b.data)))
	}
	return nil
}

func (c *conversion) appendTexts(b *Texts, p *physical, k *checker) error {
	from := len(b.vals)
	switch {
	case k.rule.UUID && c.kind == nothing:
		for _, s := range p.texts {
			id, ok := value.ParseUUID([]byte(s))
			if !ok {
				k.faults = append(k.faults, fault{len(b.vals), "expected a UUID such as 123e4567-e89b-12d3-a456-426614174000, found the string " + excerpt(s), quoteJSON(s)})
			}
			b.keep(id[:])
		}
		return nil
	case c.kind == isUUID && !k.rule.UUID && k.typ.Kind == String:
		for _, s := range p.texts {
			var text [36]byte
			b.keep(value.UUID([]byte(s)).AppendText(text[:0]))
		}
	default:
		b.vals = append(b.vals, p.texts...)
	}
	if k.typ.Kind != String || k.rule.UUID {
		return nil
	}
	if k.rule.Symbols != nil {
		for i, s := range b.vals[from:] {
			if !k.symbol(s) {
				k.unknown(from+i, s)
			}
		}
		return nil
	}
	if !p.ascii {
		for i, s := range b.vals[from:] {
			if !utf8.ValidString(s) {
				k.faults = append(k.faults, fault{from + i, "expected text in UTF-8, found " + excerpt(s), ""})
			}
		}
	}
	return nil
}

// symbol reports whether s is one of the symbols.
func (k *checker) symbol(s string) bool {
	if k.many != nil {
		return k.many[s]
	}
	return slices.Contains(k.rule.Symbols, s)
}

func (k *checker) unknown(at int, s string) {
	why := "expected one of "
	for i, symbol := range k.rule.Symbols {
		if i > 0 {
			why += ", "
		}
		why += symbol
	}
	k.faults = append(k.faults, fault{at, why + ", found the string " + excerpt(s), ""})
}

func (c *conversion) appendDecimals(b *Decimals, p *physical, k *checker) error {
	if c.scale == b.col.Type.Scale && c.kind != isUnsigned && !b.whole {
		most := int64(b.limit) - 1
		if all(p.int32s, most) && all(p.int64s, most) && len(p.texts) == 0 {
			for _, v := range p.int32s {
				b.small = append(b.small, int64(v))
			}
			b.small = append(b.small, p.int64s...)
			return nil
		}
	}
	return c.slowDecimals(b, p, k, len(p.int32s)+len(p.int64s)+len(p.texts))
}

// all reports whether no number is farther from 0 than most.
func all[T int32 | int64](v []T, most int64) bool {
	for _, n := range v {
		if int64(n) > most || int64(n) < -most {
			return false
		}
	}
	return true
}

// slowDecimals adds decimals of any size and scale.
func (c *conversion) slowDecimals(b *Decimals, p *physical, k *checker, n int) error {
	for i := range n {
		var hi int64
		var lo uint64
		var err error
		switch {
		case len(p.int32s) > 0:
			lo = uint64(int64(p.int32s[i]))
			hi = int64(lo) >> 63
			if c.kind == isUnsigned {
				hi, lo = 0, uint64(uint32(lo))
			}
		case len(p.int64s) > 0:
			lo = uint64(p.int64s[i])
			if hi = int64(lo) >> 63; c.kind == isUnsigned {
				hi = 0
			}
		default:
			hi, lo, err = bigEndian(p.texts[i])
		}
		var v value.Decimal
		ok := err == nil
		if ok {
			v, ok = rescale(hi, lo, c.scale, b.col.Type)
		}
		if !ok {
			if k == nil {
				if err == nil {
					err = errDecimal
				}
				return err
			}
			k.decimal(b.number(), hi, lo, c.scale, err)
			v = b.of64(0)
		}
		b.push(v)
	}
	return nil
}

// decimal takes down a decimal that the leaf's type does not hold.
func (k *checker) decimal(at int, hi int64, lo uint64, scale int, err error) {
	if err != nil { // longer than any
		k.faults = append(k.faults, fault{at, "expected " + k.wanted() + ", found " + err.Error(), "1e99"})
		return
	}
	_ = k.number(at, value.NewDecimal(hi, lo, uint8(scale)).String())
}

// bigEndian reads a number in two's complement.
func bigEndian(b string) (hi int64, lo uint64, err error) {
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

// rescale makes a decimal of t from an unscaled value. It reports false where that loses digits.
func rescale(hi int64, lo uint64, scale int, t Type) (value.Decimal, bool) {
	for ; scale > t.Scale; scale-- {
		var ok bool
		if hi, lo, ok = tenth(hi, lo); !ok {
			return value.Decimal{}, false
		}
	}
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

// tenth divides by ten, where that is exact.
func tenth(hi int64, lo uint64) (int64, uint64, bool) {
	negative := hi < 0
	h, l := uint64(hi), lo
	if negative {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	qh, r := h/10, h%10
	ql, r := bits.Div64(r, l, 10)
	if r != 0 {
		return 0, 0, false
	}
	if negative {
		var borrow uint64
		ql, borrow = bits.Sub64(0, ql, 0)
		qh, _ = bits.Sub64(0, qh, borrow)
	}
	return int64(qh), ql, true
}
