package sqlfn

// Offset is the index of element i, counted from 0, of a list of n.
func Offset(n int, i int64) (int, error) {
	if at, ok := SafeOffset(n, i); ok {
		return at, nil
	}
	return 0, Error("offset " + itoa(i) + " is outside of an array of " + itoa(int64(n)))
}

// SafeOffset is Offset, or false where there is no such element.
func SafeOffset(n int, i int64) (int, bool) { return int(i), i >= 0 && i < int64(n) }

// Ordinal is the index of element i, counted from 1, of a list of n.
func Ordinal(n int, i int64) (int, error) {
	if at, ok := SafeOrdinal(n, i); ok {
		return at, nil
	}
	return 0, Error("ordinal " + itoa(i) + " is outside of an array of " + itoa(int64(n)))
}

// SafeOrdinal is Ordinal, or false where there is no such element.
func SafeOrdinal(n int, i int64) (int, bool) { return int(i - 1), i >= 1 && i <= int64(n) }
