package value

import "unsafe"

// Bytes gives the bytes of a constant without a copy, so that a default costs a record no allocation. Nobody may write
// to them.
func Bytes(constant string) []byte {
	return unsafe.Slice(unsafe.StringData(constant), len(constant))
}
