package sqlfn

import "github.com/seamflow/seamflow/runtime/value"

// The functions that take a precision and a scale give a decimal of that type, or an error where the result has more
// digits before its point, or (sums, products) digits other than 0 that the scale has no room for.

// AddDecimal is a + b.
func AddDecimal(a, b value.Decimal, precision, scale int) (value.Decimal, error) {
	sum := sumOf(a, wideOf(b), int(b.Scale()))
	return result(sum, max(int(a.Scale()), int(b.Scale())), precision, scale, exact, a, " + ", b)
}

// SubDecimal is a - b.
func SubDecimal(a, b value.Decimal, precision, scale int) (value.Decimal, error) {
	minus := wideOf(b)
	minus.negative = !minus.negative
	sum := sumOf(a, minus, int(b.Scale()))
	return result(sum, max(int(a.Scale()), int(b.Scale())), precision, scale, exact, a, " - ", b)
}

// sumOf is a + b at the greater of the scales.
func sumOf(a value.Decimal, b wide, scale int) wide {
	have := int(a.Scale())
	return wideOf(a).raise(scale - have).plus(b.raise(have - scale))
}

// MulDecimal is a · b.
func MulDecimal(a, b value.Decimal, precision, scale int) (value.Decimal, error) {
	return result(wideOf(a).product(wideOf(b)), int(a.Scale())+int(b.Scale()), precision, scale, exact, a, " * ", b)
}

// result is w, which has a scale of have, as a decimal.
func result(w wide, have, precision, scale int, r rounding, a value.Decimal, op string, b value.Decimal) (value.Decimal, error) {
	ok := true
	if scale >= have {
		w = w.raise(scale - have)
	} else {
		w, ok = w.lower(have-scale, r)
	}
	if ok {
		if d, ok := w.decimal(precision, scale); ok {
			return d, nil
		}
	}
	return value.Decimal{}, notInRange(a.String()+op+b.String(), decimalName(precision, scale))
}

func decimalName(precision, scale int) string {
	return "DECIMAL(" + itoa(int64(precision)) + "," + itoa(int64(scale)) + ")"
}

// ModDecimal is the remainder of a divided by b, which have one type, with the sign of a.
func ModDecimal(a, b value.Decimal) (value.Decimal, error) {
	w := wideOf(b)
	if w.isZero() {
		return value.Decimal{}, Error("MOD(" + a.String() + ", 0): division by zero")
	}
	d, _ := wideOf(a).remainder(w).decimal(value.MaxPrecision, int(a.Scale()))
	return d, nil
}

// NegDecimal is -a.
func NegDecimal(a value.Decimal) value.Decimal {
	w := wideOf(a)
	w.negative = !w.negative
	return same(w, a)
}

// AbsDecimal is a without its sign.
func AbsDecimal(a value.Decimal) value.Decimal {
	w := wideOf(a)
	w.negative = false
	return same(w, a)
}

// same is w, of no more digits than a, at a's scale.
func same(w wide, a value.Decimal) value.Decimal {
	d, _ := w.decimal(value.MaxPrecision, int(a.Scale()))
	return d
}

// SignDecimal is -1, 0 or 1.
func SignDecimal(a value.Decimal) int64 {
	hi, lo := a.Unscaled()
	switch {
	case hi < 0:
		return -1
	case hi > 0 || lo > 0:
		return 1
	}
	return 0
}

// RoundDecimal rounds a half away from 0 to n digits after the point.
func RoundDecimal(a value.Decimal, n int64, precision, scale int) (value.Decimal, error) {
	return rounded("ROUND", a, n, precision, scale, halfUp)
}

// CeilDecimal is the least whole number not below a.
func CeilDecimal(a value.Decimal, precision, scale int) (value.Decimal, error) {
	return rounded("CEIL", a, 0, precision, scale, up)
}

// FloorDecimal is the greatest whole number not above a.
func FloorDecimal(a value.Decimal, precision, scale int) (value.Decimal, error) {
	return rounded("FLOOR", a, 0, precision, scale, down)
}

// TruncDecimal cuts a towards 0 to n digits after the point, at its own scale.
func TruncDecimal(a value.Decimal, n int64) value.Decimal {
	drop := dropped(a, n)
	w, _ := wideOf(a).lower(drop, cut)
	return same(w.raise(drop), a)
}

// dropped is the number of a's digits that n digits after the point leave out; more than it has are all it has.
func dropped(a value.Decimal, n int64) int {
	have := int64(a.Scale())
	return int(min(max(have-max(n, -value.MaxPrecision-1), 0), have+value.MaxPrecision+1))
}

func rounded(name string, a value.Decimal, n int64, precision, scale int, r rounding) (value.Decimal, error) {
	have := int(a.Scale())
	drop := dropped(a, n)
	w, _ := wideOf(a).lower(drop, r)
	have -= drop // below 0 where digits before the point went
	ok := true
	if scale >= have {
		w = w.raise(scale - have)
	} else {
		w, ok = w.lower(have-scale, exact)
	}
	if ok {
		if d, ok := w.decimal(precision, scale); ok {
			return d, nil
		}
	}
	return value.Decimal{}, notInRange(name+"("+a.String()+")", decimalName(precision, scale))
}
