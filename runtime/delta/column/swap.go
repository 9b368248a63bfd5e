package column

// Swap exchanges the rows of two buffers of one schema. Whoever fills l goes on filling it while other is written.
func (l *Leaves) Swap(other *Leaves) {
	for i, a := range l.leaves {
		switch a := a.(type) {
		case *Bools:
			b := other.Bools(i)
			*a, *b = *b, *a
		case *Int32s:
			b := other.Int32s(i)
			*a, *b = *b, *a
		case *Int64s:
			b := other.Int64s(i)
			*a, *b = *b, *a
		case *Float32s:
			b := other.Float32s(i)
			*a, *b = *b, *a
		case *Float64s:
			b := other.Float64s(i)
			*a, *b = *b, *a
		case *Decimals:
			b := other.Decimals(i)
			*a, *b = *b, *a
		case *Strings:
			b := other.Strings(i)
			*a, *b = *b, *a
		}
	}
}
