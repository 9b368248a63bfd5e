package sqlfn

import "math"

// Div is a / b.
func Div(a, b float64) (float64, error) {
	if b == 0 {
		return 0, Error(ftoa(a) + " / 0: division by zero")
	}
	return a / b, nil
}

// SafeDivide is a / b, or false where b is 0.
func SafeDivide(a, b float64) (float64, bool) {
	if b == 0 {
		return 0, false
	}
	return a / b, true
}

// AbsFloat64 is a without its sign.
func AbsFloat64(a float64) float64 { return math.Abs(a) }

// SignFloat64 is -1, 0, 1 or NaN.
func SignFloat64(a float64) float64 {
	switch {
	case a < 0:
		return -1
	case a > 0:
		return 1
	case a == 0:
		return 0
	}
	return a
}

// RoundFloat64 rounds a half away from 0 to n digits after the point.
func RoundFloat64(a float64, n int64) float64 { return atDigit(a, n, math.Round) }

// TruncFloat64 cuts a towards 0 to n digits after the point.
func TruncFloat64(a float64, n int64) float64 { return atDigit(a, n, math.Trunc) }

// atDigit applies whole to a moved by n digits. A number that has no digit there is left alone.
func atDigit(a float64, n int64, whole func(float64) float64) float64 {
	const most = 308 // the greatest power of ten
	switch {
	case n == 0:
		return whole(a)
	case math.IsNaN(a) || math.IsInf(a, 0) || n > most:
		return a
	case n < -most:
		return 0
	case n < 0:
		unit := math.Pow10(int(-n))
		return whole(a/unit) * unit
	}
	unit := math.Pow10(int(n))
	if moved := a * unit; !math.IsInf(moved, 0) {
		return whole(moved) / unit
	}
	return a
}

// CeilFloat64 is the least whole number not below a.
func CeilFloat64(a float64) float64 { return math.Ceil(a) }

// FloorFloat64 is the greatest whole number not above a.
func FloorFloat64(a float64) float64 { return math.Floor(a) }

// Sqrt is the square root of a.
func Sqrt(a float64) (float64, error) {
	if a < 0 {
		return 0, Error("SQRT(" + ftoa(a) + "): the number is below 0")
	}
	return math.Sqrt(a), nil
}

// Power is a to the power b.
func Power(a, b float64) (float64, error) {
	switch {
	case a == 0 && b < 0:
		return 0, Error("POWER(0, " + ftoa(b) + "): division by zero")
	case a < 0 && !math.IsInf(a, 0) && !math.IsInf(b, 0) && b != math.Trunc(b) && b == b:
		return 0, Error("POWER(" + ftoa(a) + ", " + ftoa(b) + "): a number below 0 takes a whole power only")
	}
	return math.Pow(a, b), nil
}

// Exp is e to the power a.
func Exp(a float64) float64 { return math.Exp(a) }

// Ln is the natural logarithm of a.
func Ln(a float64) (float64, error) {
	if a <= 0 {
		return 0, Error("LN(" + ftoa(a) + "): the number is not above 0")
	}
	return math.Log(a), nil
}

// Log10 is the logarithm of a to base 10.
func Log10(a float64) (float64, error) {
	if a <= 0 {
		return 0, Error("LOG10(" + ftoa(a) + "): the number is not above 0")
	}
	return math.Log10(a), nil
}

// IsNaN reports whether a is no number.
func IsNaN(a float64) bool { return a != a }

// IsInf reports whether a is infinite.
func IsInf(a float64) bool { return math.IsInf(a, 0) }
