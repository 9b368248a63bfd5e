package sqlfn

import (
	"math"
	"strconv"

	"github.com/seamflow/seamflow/runtime/value"
)

// Casts give false where there is no such value.

// BoolToInt64 is 1 for TRUE.
func BoolToInt64(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Int64ToInt32 is n.
func Int64ToInt32(n int64) (int32, bool) { return int32(n), int64(int32(n)) == n }

// FloatToInt32 is f rounded half away from 0.
func FloatToInt32(f float64) (int32, bool) {
	n, ok := FloatToInt64(f)
	return int32(n), ok && int64(int32(n)) == n
}

// FloatToInt64 is f rounded half away from 0.
func FloatToInt64(f float64) (int64, bool) {
	f = math.Round(f)
	if f >= -1<<63 && f < 1<<63 {
		return int64(f), true
	}
	return 0, false
}

// FloatToFloat32 is the nearest float32; what is finite stays so.
func FloatToFloat32(f float64) (float32, bool) {
	g := float32(f)
	return g, !math.IsInf(float64(g), 0) || math.IsInf(f, 0)
}

// FloatToDecimal is the shortest decimal number that reads back as f, rounded half away from 0.
func FloatToDecimal(f float64, precision, scale int) (value.Decimal, bool) {
	var buf [32]byte
	return parseDecimal(strconv.AppendFloat(buf[:0], f, 'e', -1, 64), precision, scale)
}

// Float32ToDecimal is FloatToDecimal of the fewer digits of a float32.
func Float32ToDecimal(f float32, precision, scale int) (value.Decimal, bool) {
	var buf [32]byte
	return parseDecimal(strconv.AppendFloat(buf[:0], float64(f), 'e', -1, 32), precision, scale)
}

// Int64ToDecimal is n.
func Int64ToDecimal(n int64, precision, scale int) (value.Decimal, bool) {
	return wide{w: [4]uint64{magnitude(n)}, negative: n < 0}.raise(scale).decimal(precision, scale)
}

// DecimalToInt32 is d rounded half away from 0.
func DecimalToInt32(d value.Decimal) (int32, bool) {
	n, ok := DecimalToInt64(d)
	return int32(n), ok && int64(int32(n)) == n
}

// DecimalToInt64 is d rounded half away from 0.
func DecimalToInt64(d value.Decimal) (int64, bool) {
	w, _ := at(d, 0, halfUp)
	return w.int64()
}

// DecimalToDecimal is d rounded half away from 0.
func DecimalToDecimal(d value.Decimal, precision, scale int) (value.Decimal, bool) {
	w, _ := at(d, scale, halfUp)
	return w.decimal(precision, scale)
}

// DecimalToFloat is the number nearest to d.
func DecimalToFloat(d value.Decimal) float64 {
	w := wideOf(d)
	scale := int(d.Scale())
	if w.w[0] < 1<<53 && w.w[1] == 0 && scale <= 22 { // both exact, so that one rounding is right
		f := float64(w.w[0]) / math.Pow10(scale)
		if w.negative {
			return -f
		}
		return f
	}
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}
