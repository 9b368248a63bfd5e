package sqlfn

import (
	"math/bits"

	"github.com/seamflow/seamflow/runtime/value"
)

// wide is a sign and a magnitude of 256 bits, the low word first: room for the product of two decimals, and for any
// decimal at any other decimal's scale.
type wide struct {
	w        [4]uint64
	negative bool
}

func wideOf(d value.Decimal) wide {
	hi, lo := d.Unscaled()
	if hi >= 0 {
		return wide{w: [4]uint64{lo, uint64(hi)}}
	}
	low, borrow := bits.Sub64(0, lo, 0)
	high, _ := bits.Sub64(0, uint64(hi), borrow)
	return wide{w: [4]uint64{low, high}, negative: true}
}

func (a wide) isZero() bool { return a.w == [4]uint64{} }

// cmpMagnitude compares without signs.
func (a *wide) cmpMagnitude(b *wide) int {
	for i := 3; i >= 0; i-- {
		switch {
		case a.w[i] < b.w[i]:
			return -1
		case a.w[i] > b.w[i]:
			return 1
		}
	}
	return 0
}

// times is a·m + add. Nothing that decimals need leaves 256 bits.
func (a wide) times(m, add uint64) wide {
	for i := range a.w {
		hi, lo := bits.Mul64(a.w[i], m)
		var c uint64
		a.w[i], c = bits.Add64(lo, add, 0)
		add = hi + c
	}
	return a
}

// over is a/m, cut, and the rest.
func (a wide) over(m uint64) (wide, uint64) {
	var rest uint64
	for i := 3; i >= 0; i-- {
		a.w[i], rest = bits.Div64(rest, a.w[i], m)
	}
	return a, rest
}

// raise is a·10^n.
func (a wide) raise(n int) wide {
	for ; n > 0; n -= 19 {
		a = a.times(pow10(uint(min(n, 19))), 0)
	}
	return a
}

// rounding says what becomes of digits that have no place.
type rounding uint8

const (
	exact  rounding = iota // they may only be 0
	halfUp                 // half is rounded away from 0
	cut                    // towards 0
	down                   // towards the lesser number
	up                     // towards the greater
)

// lower is a/10^n, rounded; false where exact loses digits.
func (a wide) lower(n int, r rounding) (wide, bool) {
	if n <= 0 {
		return a, true
	}
	lost := false
	for n > 1 { // all but the last digit, so that half is seen
		var rest uint64
		step := min(n-1, 18)
		a, rest = a.over(pow10(uint(step)))
		lost = lost || rest != 0
		n -= step
	}
	a, digit := a.over(10)
	lost = lost || digit != 0
	switch {
	case !lost:
	case r == exact:
		return a, false
	case r == halfUp && digit >= 5, r == down && a.negative, r == up && !a.negative:
		a = a.times(1, 1)
	}
	return a, true
}

// plus is a + b.
func (a wide) plus(b wide) wide {
	if a.negative != b.negative {
		if a.cmpMagnitude(&b) < 0 {
			a, b = b, a
		}
		var borrow uint64
		for i := range a.w {
			a.w[i], borrow = bits.Sub64(a.w[i], b.w[i], borrow)
		}
		return a
	}
	var carry uint64
	for i := range a.w {
		a.w[i], carry = bits.Add64(a.w[i], b.w[i], carry)
	}
	return a
}

// product is a·b of magnitudes below 2^128.
func (a wide) product(b wide) wide {
	low, high := a.times(b.w[0], 0), a.times(b.w[1], 0)
	sum := wide{w: [4]uint64{0, high.w[0], high.w[1], high.w[2]}}.plus(wide{w: low.w})
	sum.negative = a.negative != b.negative
	return sum
}

// remainder is what is left of a after whole times b, with the sign of a; b is not 0.
func (a wide) remainder(b wide) wide {
	r := wide{}
	for i := 255; i >= 0; i-- {
		r = r.times(2, a.w[i/64]>>(i%64)&1)
		if r.cmpMagnitude(&b) >= 0 {
			var borrow uint64
			for j := range r.w {
				r.w[j], borrow = bits.Sub64(r.w[j], b.w[j], borrow)
			}
		}
	}
	r.negative = a.negative
	return r
}

// decimal is a as a decimal; false where it has more digits than precision.
func (a wide) decimal(precision, scale int) (value.Decimal, bool) {
	limit := wide{w: [4]uint64{1}}.raise(precision)
	if a.cmpMagnitude(&limit) >= 0 {
		return value.Decimal{}, false
	}
	lo, hi := a.w[0], a.w[1]
	if a.negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	return value.NewDecimal(int64(hi), lo, uint8(scale)), true
}

// at is d's unscaled value at a scale that is not less than its own, or rounded at one that is.
func at(d value.Decimal, scale int, r rounding) (wide, bool) {
	have := int(d.Scale())
	if scale >= have {
		return wideOf(d).raise(scale - have), true
	}
	return wideOf(d).lower(have-scale, r)
}

// int64 is a, or false where that leaves int64.
func (a wide) int64() (int64, bool) {
	if a.w[1]|a.w[2]|a.w[3] != 0 {
		return 0, false
	}
	if a.negative {
		return int64(-a.w[0]), a.w[0] <= 1<<63
	}
	return int64(a.w[0]), a.w[0] < 1<<63
}
