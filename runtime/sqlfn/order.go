package sqlfn

import (
	"bytes"
	"cmp"

	"github.com/seamflow/seamflow/runtime/value"
)

// CompareBool orders FALSE before TRUE.
func CompareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// CompareBytes orders by bytes, unsigned.
func CompareBytes(a, b []byte) int { return bytes.Compare(a, b) }

// CompareUUID orders as the texts do.
func CompareUUID(a, b value.UUID) int { return bytes.Compare(a[:], b[:]) }

// CompareDecimal orders by number.
func CompareDecimal(a, b value.Decimal) int { return a.Cmp(b) }

// Least is the lesser of a and b; NaN where one is NaN.
func Least[T cmp.Ordered](a, b T) T { return min(a, b) }

// Greatest is the greater of a and b; NaN where one is NaN.
func Greatest[T cmp.Ordered](a, b T) T { return max(a, b) }

// LeastBy is the lesser of a and b by compare.
func LeastBy[T any](a, b T, compare func(a, b T) int) T {
	if compare(b, a) < 0 {
		return b
	}
	return a
}

// GreatestBy is the greater of a and b by compare.
func GreatestBy[T any](a, b T, compare func(a, b T) int) T {
	if compare(b, a) > 0 {
		return b
	}
	return a
}
