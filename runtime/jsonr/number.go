package jsonr

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/seamflow/seamflow/runtime/value"
)

// number is a number literal: mantissa·10^exp where it has at most 19 digits.
type number struct {
	text     []byte
	mantissa uint64
	digits   int
	exp      int
	negative bool
}

// number reads a number literal. what names what is wanted, for the error.
func (r *Reader) number(what string) (n number, ok bool) {
	c := r.peek()
	b, start := r.buf, r.pos
	i := start
	if c == '-' {
		n.negative = true
		i++
	}
	if i == len(b) || b[i]-'0' > 9 {
		if n.negative {
			return n, r.malformed(start)
		}
		return n, r.mismatch(start, what)
	}
	first := i
	i, n.mantissa = digits(b, i, 0)
	n.digits = i - first
	if b[first] == '0' && n.digits > 1 {
		return n, r.malformed(start)
	}
	if i < len(b) && b[i] == '.' {
		point := i + 1
		i, n.mantissa = digits(b, point, n.mantissa)
		if i == point {
			return n, r.malformed(start)
		}
		n.exp = point - i
		n.digits -= n.exp
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		exp := 0
		if i, exp, ok = exponent(b, i+1); !ok {
			return n, r.malformed(start)
		}
		n.exp += exp
	}
	n.text = b[start:i]
	r.pos = i
	return n, true
}

// digits reads digits at b[i:] onto m, which is right while there are at most 19.
func digits(b []byte, i int, m uint64) (int, uint64) {
	for i < len(b) {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		m = m*10 + uint64(d)
		i++
	}
	return i, m
}

func exponent(b []byte, i int) (end, exp int, ok bool) {
	negative := false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		negative = b[i] == '-'
		i++
	}
	first := i
	for i < len(b) && b[i]-'0' <= 9 {
		if exp < 1<<20 { // more of it changes nothing
			exp = exp*10 + int(b[i]-'0')
		}
		i++
	}
	if negative {
		exp = -exp
	}
	return i, exp, i > first
}

func (r *Reader) malformed(offset int) bool {
	if r.err == nil {
		r.fail(offset, r.found(offset)+" is malformed")
	}
	return false
}

// Int64 reads an integer. 1.0 and 1e2 are integers too.
func (r *Reader) Int64() int64 {
	if n := r.short(); n.size > 0 && n.fraction == 0 {
		r.pos += n.size
		return n.mantissa
	}
	return r.integer(math.MinInt64, math.MaxInt64, "an integer of 64 bits")
}

// Int32 reads an integer. 1.0 and 1e2 are integers too.
func (r *Reader) Int32() int32 {
	if n := r.short(); n.size > 0 && n.fraction == 0 {
		r.pos += n.size
		return int32(n.mantissa)
	}
	return int32(r.integer(math.MinInt32, math.MaxInt32, "an integer of 32 bits"))
}

func (r *Reader) integer(least, most int64, what string) int64 {
	c := r.peek()
	b, start := r.buf, r.pos
	i := start
	if c == '-' {
		i++
	}
	end, m := digits(b, i, 0)
	n := int64(m)
	if c == '-' {
		n = -n
	}
	switch {
	case end == i, end-i > 18, b[i] == '0' && end-i > 1, end < len(b) && (b[end] == '.' || b[end]|0x20 == 'e'):
		return r.rareInteger(least, most, what)
	case n < least, n > most:
		r.mismatch(start, what)
		return 0
	}
	r.pos = end
	return n
}

// rareInteger is integer for what has more than 18 digits, a fraction or an exponent, or is no number.
func (r *Reader) rareInteger(least, most int64, what string) int64 {
	n, ok := r.number(what)
	if !ok {
		return 0
	}
	d, err := value.ParseDecimal(n.text, value.MaxPrecision, 0)
	hi, lo := d.Unscaled()
	if v := int64(lo); err == nil && hi == v>>63 && v >= least && v <= most {
		return v
	}
	r.mismatch(r.pos-len(n.text), what)
	return 0
}

// plain is a number without exponent, of which the mantissa has no more than 18 digits.
type plain struct {
	mantissa int64 // with its sign
	digits   int
	fraction int // digits of them behind the point
	size     int // bytes; 0: it is none of these
}

// short is plain for up to seven bytes without a sign: it looks at eight at once, and branches on what all such numbers
// have in common only.
func (r *Reader) short() (p plain) {
	if r.pos+8 > len(r.buf) {
		return p
	}
	x := word(r.buf, r.pos)
	others := (x&(ones*0xF0) ^ ones*0x30) | ((x+ones*6)&(ones*0xF0) ^ ones*0x30) // what is no digit; the lowest is right
	k := uint(bits.TrailingZeros64(others)) &^ 7
	c := byte(x >> k)
	if k == 0 || others == 0 || c|0x20 == 'e' || byte(x) == '0' && k > 8 {
		return p
	}
	end := k
	if c == '.' {
		others &^= 0xFF << k
		end = uint(bits.TrailingZeros64(others)) &^ 7
		if others == 0 || end == k+8 || byte(x>>end)|0x20 == 'e' {
			return p
		}
		whole := uint64(1)<<k - 1
		x = x&whole | x>>8&^whole // without the point
		p.fraction = int(end-k)/8 - 1
		end -= 8
		p.size = 1
	}
	p.digits = int(end) / 8
	p.size += p.digits
	p.mantissa = int64(eightDigits(x << (64 - end)))
	return p
}

// eightDigits is the number that the eight digits of x make, the first in the lowest byte. A byte 0 is a digit 0.
func eightDigits(x uint64) uint64 {
	x = (x & (ones * 0x0F)) * (10<<8 + 1) >> 8
	x = (x & 0x00FF00FF00FF00FF) * (100<<16 + 1) >> 16
	return (x & 0x0000FFFF0000FFFF) * (10000<<32 + 1) >> 32
}

// plain looks at the number at hand. What it finds is a number as the grammar has it; what it does not take may be one.
func (r *Reader) plain() (p plain) {
	if p = r.short(); p.size > 0 {
		return p
	}
	b, i := r.buf, r.pos
	negative := i < len(b) && b[i] == '-'
	if negative {
		i++
	}
	first := i
	i, m := digits(b, i, 0)
	p.digits = i - first
	if p.digits == 0 || b[first] == '0' && p.digits > 1 {
		return p
	}
	if i < len(b) && b[i] == '.' {
		point := i + 1
		i, m = digits(b, point, m)
		if p.fraction = i - point; p.fraction == 0 {
			return p
		}
		p.digits += p.fraction
	}
	if p.digits > 18 || i < len(b) && b[i]|0x20 == 'e' {
		return p
	}
	p.mantissa, p.size = int64(m), i-r.pos
	if negative {
		p.mantissa = -p.mantissa
	}
	return p
}

// Float64 reads a number as the nearest DOUBLE. One that is too large for any is an error.
func (r *Reader) Float64() float64 {
	if p := r.plain(); p.size > 0 && p.digits <= 15 && p.mantissa != 0 { // -0 has a sign that no integer has
		r.pos += p.size
		return float64(p.mantissa) / pow10[p.fraction] // both exact: the one operation rounds right
	}
	n, ok := r.number("a number")
	if !ok {
		return 0
	}
	if n.digits <= 19 && n.mantissa < 1<<53 && n.exp >= -22 && n.exp <= 22 {
		f := float64(n.mantissa) // exact, as the power of ten is: so the one operation rounds right
		if n.exp < 0 {
			f /= pow10[-n.exp]
		} else {
			f *= pow10[n.exp]
		}
		if n.negative {
			return -f
		}
		return f
	}
	f, err := strconv.ParseFloat(alias(n.text), 64)
	if err != nil {
		r.mismatch(r.pos-len(n.text), "a number in the range of DOUBLE")
		return 0
	}
	return f
}

// Float32 reads a number as the nearest FLOAT. One that is too large for any is an error.
func (r *Reader) Float32() float32 {
	n, ok := r.number("a number")
	if !ok {
		return 0
	}
	if n.digits <= 19 && n.mantissa < 1<<24 && n.exp >= -10 && n.exp <= 10 {
		f := float32(n.mantissa)
		if n.exp < 0 {
			f /= float32(pow10[-n.exp])
		} else {
			f *= float32(pow10[n.exp])
		}
		if n.negative {
			return -f
		}
		return f
	}
	f, err := strconv.ParseFloat(alias(n.text), 32)
	if err != nil {
		r.mismatch(r.pos-len(n.text), "a number in the range of FLOAT")
		return 0
	}
	return float32(f)
}

// pow10 are the powers of ten that DOUBLE holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// intPow10 are the powers of ten that 64 bits hold with room for a mantissa's digit.
var intPow10 = [19]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// Decimal reads a DECIMAL(precision, scale), from a number or from a string that holds one. What does not fit exactly
// is an error.
func (r *Reader) Decimal(precision, scale int) value.Decimal {
	if p := r.plain(); p.size > 0 && p.fraction <= scale {
		if more := scale - p.fraction; p.digits+more <= min(18, precision) {
			r.pos += p.size
			v := p.mantissa * int64(intPow10[more])
			return value.NewDecimal(v>>63, uint64(v), uint8(scale))
		}
	}
	if c := r.peek(); c == '"' {
		start := r.pos
		return r.decimal(r.text(), start, precision, scale)
	}
	n, ok := r.number("a decimal number")
	if !ok {
		return value.Decimal{}
	}
	if more := scale + n.exp; more >= 0 && n.digits+more <= 18 && n.digits+more <= precision {
		v := int64(n.mantissa * intPow10[more])
		if n.negative {
			v = -v
		}
		return value.NewDecimal(v>>63, uint64(v), uint8(scale))
	}
	return r.decimal(n.text, r.pos-len(n.text), precision, scale)
}

func (r *Reader) decimal(text []byte, start, precision, scale int) value.Decimal {
	d, err := value.ParseDecimal(text, precision, scale)
	if err != nil && r.err == nil {
		if e := err.(*value.DecimalError); e.Problem != value.NotNumber {
			r.fail(start, e.Error()+", too few for "+r.found(start))
		}
		r.mismatch(start, "a decimal number")
	}
	return d
}
