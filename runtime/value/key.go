package value

// KeyFloat32 is v as a column of a key holds it: -0.0 and 0.0 are one key, so they are stored as one too.
func KeyFloat32(v float32) float32 {
	if v == 0 {
		return 0
	}
	return v
}

// KeyFloat64 is KeyFloat32 of a float64.
func KeyFloat64(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}
