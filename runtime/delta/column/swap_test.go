package column

import "testing"

// TestSwap exchanges leaves of every type.
func TestSwap(t *testing.T) {
	schema := Schema{
		{Name: "a", Type: Of(Bool)}, {Name: "b", Type: Of(Int32)}, {Name: "c", Type: Of(Date)}, {Name: "d", Type: Of(Int64)},
		{Name: "e", Type: Of(Timestamp)}, {Name: "f", Type: Of(Float32)}, {Name: "g", Type: Of(Float64)}, {Name: "h", Type: DecimalOf(30, 2)},
		{Name: "i", Type: Of(String)}, {Name: "j", Type: Of(Binary)}, {Name: "k", Type: DecimalOf(10, 2)},
	}
	a, b := NewLeaves(schema), NewLeaves(schema)
	for i := range a.Len() {
		a.At(i).Null(0, 0)
	}
	a.Swap(b)
	for i := range a.Len() {
		if n, m := a.At(i).Rows(), b.At(i).Rows(); n != 0 || m != 1 {
			t.Errorf("leaf %d: %d and %d rows after the swap, want 0 and 1", i, n, m)
		}
	}
}
