package value

import (
	"math"
	"testing"
)

func TestKeysHoldOneZero(t *testing.T) {
	if math.Signbit(KeyFloat64(math.Copysign(0, -1))) || math.Signbit(float64(KeyFloat32(float32(math.Copysign(0, -1))))) {
		t.Error("a key holds -0.0")
	}
	if KeyFloat64(-1.5) != -1.5 || KeyFloat32(1.5) != 1.5 || !math.IsNaN(KeyFloat64(math.NaN())) {
		t.Error("a value that is not 0 changed")
	}
}
