package state

// SetMinWhole lets small snapshots have parts.
func SetMinWhole(n int64) (restore func()) {
	old := minWhole
	minWhole = n
	return func() { minWhole = old }
}
