package sqlfn

import (
	"math"
	"math/bits"
)

// AddInt64 is a + b.
func AddInt64(a, b int64) (int64, error) {
	if c, ok := SafeAddInt64(a, b); ok {
		return c, nil
	}
	return 0, notInRange(itoa(a)+" + "+itoa(b), "BIGINT")
}

// SubInt64 is a - b.
func SubInt64(a, b int64) (int64, error) {
	if c, ok := SafeSubInt64(a, b); ok {
		return c, nil
	}
	return 0, notInRange(itoa(a)+" - "+itoa(b), "BIGINT")
}

// MulInt64 is a · b.
func MulInt64(a, b int64) (int64, error) {
	if c, ok := SafeMulInt64(a, b); ok {
		return c, nil
	}
	return 0, notInRange(itoa(a)+" * "+itoa(b), "BIGINT")
}

// SafeAddInt64 is a + b, or false where that leaves int64.
func SafeAddInt64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// SafeSubInt64 is a - b, or false where that leaves int64.
func SafeSubInt64(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

// SafeMulInt64 is a · b, or false where that leaves int64.
func SafeMulInt64(a, b int64) (int64, bool) {
	negative := a < 0 != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if negative {
		return int64(-lo), hi == 0 && lo <= 1<<63
	}
	return int64(lo), hi == 0 && lo < 1<<63
}

// magnitude is a without its sign; it knows the least int64.
func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// NegInt64 is -a.
func NegInt64(a int64) (int64, error) {
	if a == math.MinInt64 {
		return 0, notInRange("-("+itoa(a)+")", "BIGINT")
	}
	return -a, nil
}

// AbsInt64 is a without its sign.
func AbsInt64(a int64) (int64, error) {
	if a == math.MinInt64 {
		return 0, notInRange("ABS("+itoa(a)+")", "BIGINT")
	}
	return max(a, -a), nil
}

// SignInt64 is -1, 0 or 1.
func SignInt64(a int64) int64 {
	switch {
	case a < 0:
		return -1
	case a > 0:
		return 1
	}
	return 0
}

// ModInt64 is the remainder of a divided by b, with the sign of a.
func ModInt64(a, b int64) (int64, error) {
	if b == 0 {
		return 0, Error("MOD(" + itoa(a) + ", 0): division by zero")
	}
	return a % b, nil
}

// Idiv is a divided by b, cut towards 0.
func Idiv(a, b int64) (int64, error) {
	switch {
	case b == 0:
		return 0, Error("DIV(" + itoa(a) + ", 0): division by zero")
	case a == math.MinInt64 && b == -1:
		return 0, notInRange("DIV("+itoa(a)+", -1)", "BIGINT")
	}
	return a / b, nil
}

// RoundInt64 rounds a half away from 0 to n digits after the point; only a negative n changes it.
func RoundInt64(a, n int64) (int64, error) {
	if n >= 0 || a == 0 {
		return a, nil
	}
	if n < -19 {
		return 0, nil
	}
	unit, m := pow10(uint(-n)), magnitude(a)
	rest := m % unit
	m -= rest
	if rest >= unit-rest { // twice the rest may leave uint64
		if m += unit; m < unit || m > math.MaxInt64 {
			return 0, notInRange("ROUND("+itoa(a)+", "+itoa(n)+")", "BIGINT")
		}
	}
	return signed(m, a), nil
}

// TruncInt64 cuts a towards 0 to n digits after the point; only a negative n changes it.
func TruncInt64(a, n int64) int64 {
	if n >= 0 {
		return a
	}
	if n < -18 {
		return 0
	}
	m := magnitude(a)
	return signed(m-m%pow10(uint(-n)), a)
}

// signed is m with the sign of a.
func signed(m uint64, a int64) int64 {
	if a < 0 {
		return int64(-m)
	}
	return int64(m)
}

var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// pow10 is 10^n, n at most 19.
func pow10(n uint) uint64 { return powers[n] }
