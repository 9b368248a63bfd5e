package column

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/zeebo/xxh3"
)

// TestDictionaryPays: repeats are found out early, and so is that there are none.
func TestDictionaryPays(t *testing.T) {
	for _, tc := range []struct {
		name   string
		of     func(i int) int
		n      int
		want   bool
		looked int // at most so many values before giving up
	}{
		{"few", func(i int) int { return i % 3 }, 5000, true, 0},
		{"one", func(int) int { return 7 }, 10, true, 0},
		{"unique", func(i int) int { return i }, 100_000, false, 8192},
		{"many at random", func(i int) int { return int(xxh3.HashString(strconv.Itoa(i)) % 5000) }, 400_000, true, 0},
		{"many in turn", func(i int) int { return i % 5000 }, 400_000, true, 0},
		{"each twice", func(i int) int { return i / 2 * 7919 % 100_003 }, 200_000, false, 200_000},
		{"too large for a dictionary", func(i int) int { return i % 150_000 }, 3_000_000, false, 200_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			leaves := NewLeaves(Schema{{Name: "s", Type: Of(String)}, {Name: "f", Type: Of(Float64)}})
			for i := range tc.n {
				v := tc.of(i)
				leaves.Strings(0).Put(fmt.Sprintf("value %07d", v), 0, 1)
				leaves.Float64s(1).Put(float64(v), 0, 1)
			}
			var s dictionary
			var f numbers
			if got := s.build(leaves.Strings(0)); got != tc.want {
				t.Errorf("strings: %v", got)
			}
			if got := f.build(leaves.Float64s(1).vals); got != tc.want {
				t.Errorf("doubles: %v", got)
			}
			if !tc.want && (len(s.indexes) > tc.looked+1 || len(f.indexes) > tc.looked+1) {
				t.Errorf("gave up after %d strings, %d doubles", len(s.indexes), len(f.indexes))
			}
			if !tc.want {
				return
			}
			for i := range tc.n {
				if want := fmt.Sprintf("value %07d", tc.of(i)); string(s.at(s.indexes[i])) != want {
					t.Fatalf("value %d is %s, not %s", i, s.at(s.indexes[i]), want)
				}
				if want := float64(tc.of(i)); math.Float64frombits(f.keys[f.indexes[i]]) != want {
					t.Fatalf("value %d is %v, not %v", i, f.keys[f.indexes[i]], want)
				}
			}
		})
	}
}

// TestNumbersKeepBits: values that compare equal, or not even to themselves, stay what they are.
func TestNumbersKeepBits(t *testing.T) {
	odd := []float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(math.Float64bits(math.NaN()) ^ 1), math.Inf(1)}
	var vals []float64
	for i := range 100 {
		vals = append(vals, odd[i%len(odd)])
	}
	var d numbers
	if !d.build(vals) || len(d.keys) != len(odd) {
		t.Fatalf("%d distinct values", len(d.keys))
	}
	for i, v := range vals {
		if d.keys[d.indexes[i]] != math.Float64bits(v) {
			t.Errorf("value %d: %x", i, d.keys[d.indexes[i]])
		}
	}
}
