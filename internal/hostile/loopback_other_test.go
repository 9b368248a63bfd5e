//go:build !linux

package hostile

// loopbackUp has nothing to do: only Linux has network namespaces.
func loopbackUp() error { return nil }
