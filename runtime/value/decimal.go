package value

import (
	"math/bits"
	"strconv"
)

// MaxPrecision is the greatest number of digits of a declared decimal.
const MaxPrecision = 38

// Decimal is an exact decimal number: an unscaled 128-bit integer in two's complement, divided by 10^scale.
//
// Equal numbers of one scale are equal under ==; Cmp also compares across scales.
type Decimal struct {
	hi    int64
	lo    uint64
	scale uint8
}

// NewDecimal is the decimal with the unscaled value hi·2^64 + lo.
func NewDecimal(hi int64, lo uint64, scale uint8) Decimal { return Decimal{hi, lo, scale} }

// Unscaled is the unscaled value, hi·2^64 + lo.
func (d Decimal) Unscaled() (hi int64, lo uint64) { return d.hi, d.lo }

// Scale is the number of digits after the point.
func (d Decimal) Scale() uint8 { return d.scale }

// Cmp is -1, 0 or 1: how d's number compares with e's, whatever their scales.
func (d Decimal) Cmp(e Decimal) int {
	if d.scale == e.scale {
		return cmp128(d.hi, d.lo, e.hi, e.lo)
	}
	if d.hi < 0 != (e.hi < 0) {
		return cmp128(d.hi, 0, e.hi, 0)
	}
	dh, dl := d.magnitude()
	eh, el := e.magnitude()
	c := 0
	if d.scale < e.scale {
		c = cmpScaled(dh, dl, e.scale-d.scale, eh, el)
	} else {
		c = -cmpScaled(eh, el, d.scale-e.scale, dh, dl)
	}
	if d.hi < 0 {
		return -c
	}
	return c
}

func cmp128(ahi int64, alo uint64, bhi int64, blo uint64) int {
	switch {
	case ahi < bhi || ahi == bhi && alo < blo:
		return -1
	case ahi != bhi || alo != blo:
		return 1
	}
	return 0
}

// cmpScaled compares a·10^n with b. A product that leaves 128 bits is greater than any b.
func cmpScaled(ahi, alo uint64, n uint8, bhi, blo uint64) int {
	if ahi|alo == 0 {
		n = 0
	}
	for range n {
		var ok bool
		if ahi, alo, ok = mulAdd(ahi, alo, 10, 0); !ok {
			return 1
		}
	}
	switch {
	case ahi < bhi || ahi == bhi && alo < blo:
		return -1
	case ahi != bhi || alo != blo:
		return 1
	}
	return 0
}

// mulAdd is hi:lo·m + a, and whether that fits 128 bits.
func mulAdd(hi, lo, m, a uint64) (uint64, uint64, bool) {
	over, top := bits.Mul64(hi, m)
	mid, low := bits.Mul64(lo, m)
	low, c := bits.Add64(low, a, 0)
	top, c2 := bits.Add64(top, mid, c)
	return top, low, over|c2 == 0
}

func (d Decimal) magnitude() (hi, lo uint64) {
	if d.hi >= 0 {
		return uint64(d.hi), d.lo
	}
	lo, borrow := bits.Sub64(0, d.lo, 0)
	hi, _ = bits.Sub64(0, uint64(d.hi), borrow)
	return hi, lo
}

// AppendText appends d in plain digits, all of its scale: -12.30 for scale 2.
func (d Decimal) AppendText(dst []byte) []byte {
	var digits [40]byte
	n := len(digits)
	hi, lo := d.magnitude()
	for hi != 0 || lo >= 10 {
		var r uint64
		hi, r = hi/10, hi%10
		lo, r = bits.Div64(r, lo, 10)
		n--
		digits[n] = '0' + byte(r)
	}
	n--
	digits[n] = '0' + byte(lo)
	if d.hi < 0 {
		dst = append(dst, '-')
	}
	whole := len(digits) - n - int(d.scale)
	if whole <= 0 {
		dst = append(dst, '0')
	} else {
		dst = append(dst, digits[n:n+whole]...)
		n += whole
	}
	if d.scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for ; whole < 0; whole++ {
		dst = append(dst, '0')
	}
	return append(dst, digits[n:]...)
}

func (d Decimal) String() string {
	var buf [48]byte
	return string(d.AppendText(buf[:0]))
}

// DecimalError says why a text is no DECIMAL(Precision, Scale).
type DecimalError struct {
	Precision, Scale int
	Problem          DecimalProblem
}

// DecimalProblem is what is wrong with a text for a decimal.
type DecimalProblem uint8

const (
	NotNumber  DecimalProblem = iota + 1 // no decimal number at all
	TooPrecise                           // digits other than 0 beyond the scale
	TooLarge                             // more digits than the precision has room for
)

func (e *DecimalError) Error() string {
	typ := "DECIMAL(" + strconv.Itoa(e.Precision) + "," + strconv.Itoa(e.Scale) + ")"
	switch e.Problem {
	case TooPrecise:
		if e.Scale == 0 {
			return typ + " has no digits after the point"
		}
		return typ + " has only " + strconv.Itoa(e.Scale) + " digits after the point"
	case TooLarge:
		return typ + " has only " + strconv.Itoa(e.Precision-e.Scale) + " digits before the point"
	}
	return "expected a decimal number"
}

// ParseDecimal reads a number in digits, with an optional sign, point and exponent, as a decimal of the given scale.
// The number must be exact in it: digits other than 0 beyond the scale, or more digits than precision, are an error.
func ParseDecimal(s []byte, precision, scale int) (Decimal, error) {
	m, problem := scanMantissa(s)
	if problem == 0 {
		shift := m.exp + scale
		switch {
		case m.digits == 0:
			return Decimal{scale: uint8(scale)}, nil
		case shift < 0:
			problem = TooPrecise
		case shift > MaxPrecision || m.digits+shift > precision || m.digits+shift > MaxPrecision:
			problem = TooLarge
		default:
			return m.decimal(shift, uint8(scale)), nil
		}
	}
	return Decimal{}, &DecimalError{precision, scale, problem}
}

// mantissa is a number's significant digits, without zeros at either end, times 10^exp. hi:lo is right up to 38 digits.
type mantissa struct {
	hi, lo   uint64
	digits   int
	exp      int
	negative bool
}

var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// maxExp bounds exponents: further digits of one change nothing but the risk of overflow.
const maxExp = 1 << 30

func scanMantissa(s []byte) (m mantissa, problem DecimalProblem) {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		m.negative = s[i] == '-'
		i++
	}
	some, point, zeros, fraction := false, false, 0, 0
	for ; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			if s[i] != '.' || point {
				break
			}
			point = true
			continue
		}
		some = true
		if point {
			fraction++
		}
		switch {
		case c != 0:
			m.push(zeros, uint64(c))
			zeros = 0
		case m.digits > 0:
			zeros++
		}
	}
	if !some {
		return m, NotNumber
	}
	exp, ok := scanExponent(s[i:])
	if !ok {
		return m, NotNumber
	}
	m.exp = exp - fraction + zeros
	return m, 0
}

// push adds zeros and then the digit c.
func (m *mantissa) push(zeros int, c uint64) {
	m.digits += zeros + 1
	if m.digits > MaxPrecision {
		return
	}
	if m.digits < len(pow10) {
		m.lo = m.lo*pow10[zeros+1] + c
		return
	}
	m.raise(zeros + 1)
	m.hi, m.lo, _ = mulAdd(m.hi, m.lo, 1, c)
}

// raise multiplies by 10^n.
func (m *mantissa) raise(n int) {
	for n > 0 {
		step := min(n, len(pow10)-1)
		m.hi, m.lo, _ = mulAdd(m.hi, m.lo, pow10[step], 0)
		n -= step
	}
}

func scanExponent(s []byte) (exp int, ok bool) {
	if len(s) == 0 {
		return 0, true
	}
	if s[0]|0x20 != 'e' {
		return 0, false
	}
	s = s[1:]
	negative := false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	for _, c := range s {
		if c -= '0'; c > 9 {
			return 0, false
		}
		if exp < maxExp {
			exp = exp*10 + int(c)
		}
	}
	if negative {
		exp = -exp
	}
	return exp, len(s) > 0
}

// decimal is m times 10^shift, which has at most 38 digits.
func (m *mantissa) decimal(shift int, scale uint8) Decimal {
	m.raise(shift)
	if m.negative {
		var borrow uint64
		m.lo, borrow = bits.Sub64(0, m.lo, 0)
		m.hi, _ = bits.Sub64(0, m.hi, borrow)
	}
	return Decimal{int64(m.hi), m.lo, scale}
}
