package value

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var two64 = new(big.Int).Lsh(big.NewInt(1), 64)

// unscaledOf is d's unscaled value.
func unscaledOf(d Decimal) *big.Int {
	hi, lo := d.Unscaled()
	n := new(big.Int).Mul(big.NewInt(hi), two64)
	return n.Add(n, new(big.Int).SetUint64(lo))
}

func ratOf(d Decimal) *big.Rat {
	return new(big.Rat).SetFrac(unscaledOf(d), pow(int(d.Scale())))
}

func pow(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// want is what ParseDecimal should make of a text, by math/big.
func want(s string, precision, scale int) (*big.Int, DecimalProblem) {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, NotNumber
	}
	r.Mul(r, new(big.Rat).SetInt(pow(scale)))
	if !r.IsInt() {
		return nil, TooPrecise
	}
	if new(big.Int).Abs(r.Num()).Cmp(pow(precision)) >= 0 {
		return nil, TooLarge
	}
	return r.Num(), 0
}

func checkDecimal(t interface{ Fatalf(string, ...any) }, s string, precision, scale int) {
	n, problem := want(s, precision, scale)
	d, err := ParseDecimal([]byte(s), precision, scale)
	var e *DecimalError
	switch {
	case err == nil && problem == 0:
		if unscaledOf(d).Cmp(n) != 0 || int(d.Scale()) != scale {
			t.Fatalf("%q as DECIMAL(%d,%d) is %v, want %v unscaled", s, precision, scale, d, n)
		}
	case err == nil || !errors.As(err, &e) || e.Problem != problem:
		t.Fatalf("%q as DECIMAL(%d,%d): %v and %v, want problem %d", s, precision, scale, d, err, problem)
	case d != Decimal{}:
		t.Fatalf("%q as DECIMAL(%d,%d) gives %v beside an error", s, precision, scale, d)
	}
}

func TestParseDecimal(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for _, s := range []string{
		"0", "-0", "0.00", "1", "-1", "2.79", "2.790", "2.791", "-12.30", "99999999.99", "100000000", "-100000000", "99999999.995",
		"1e2", "1E+2", "1.5e1", "15e-1", "1e-2", "1e-3", "0e99", "1e40", "123456789012345678901234567890", "00012.5", "+7", ".5", "5.",
		nines, "-" + nines, "1" + strings.Repeat("0", 38), nines + "9", strings.Repeat("0", 50) + "1", "0." + strings.Repeat("0", 40) + "1",
		"1." + strings.Repeat("0", 60), "18446744073709551615", "18446744073709551616", "9999999999999999999", "10000000000000000000",
		"1234567890123456789.5", "1e-100", strings.Repeat("1", 70), "7" + strings.Repeat("0", 18) + "3",
	} {
		for _, typ := range [][2]int{{10, 2}, {38, 0}, {38, 38}, {38, 19}, {1, 0}, {1, 1}, {19, 2}, {20, 0}} {
			checkDecimal(t, s, typ[0], typ[1])
		}
	}
}

func TestParseDecimalHugeExponents(t *testing.T) {
	for s, problem := range map[string]DecimalProblem{
		"1e999999999999999999999999": TooLarge, "-1e99999999999": TooLarge, "1e-99999999999999999999": TooPrecise,
		"0e999999999999999999999": 0, "0e-9999999999999999999999": 0, "1e2147483648": TooLarge, "1e-9223372036854775809": TooPrecise,
	} {
		d, err := ParseDecimal([]byte(s), 10, 2)
		var e *DecimalError
		if errors.As(err, &e); problem == 0 && (err != nil || d != NewDecimal(0, 0, 2)) || problem != 0 && (e == nil || e.Problem != problem) {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, s := range []string{"", "-", "+", ".", "e5", "1e", "1e+", "1 ", " 1", "1_000", "0x10", "1.2.3", "--1", "1e1.5", "NaN", "Infinity", "1,5", "１", "1/2", "1e5e5"} {
		_, err := ParseDecimal([]byte(s), 10, 2)
		if e := (*DecimalError)(nil); !errors.As(err, &e) || e.Problem != NotNumber {
			t.Errorf("%q: %v, want no number", s, err)
		}
	}
}

func TestDecimalErrorSaysTheType(t *testing.T) {
	for s, want := range map[string]string{
		"1.234": "DECIMAL(5,2) has only 2 digits after the point", "1000": "DECIMAL(5,2) has only 3 digits before the point", "x": "expected a decimal number",
	} {
		if _, err := ParseDecimal([]byte(s), 5, 2); err == nil || err.Error() != want {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func anyDecimal() *rapid.Generator[Decimal] {
	return rapid.Custom(func(t *rapid.T) Decimal {
		return NewDecimal(rapid.Int64().Draw(t, "hi")>>rapid.IntRange(0, 63).Draw(t, "shift"), rapid.Uint64().Draw(t, "lo"), uint8(rapid.IntRange(0, 45).Draw(t, "scale")))
	})
}

func TestDecimalPrintsItself(t *testing.T) {
	for _, d := range []Decimal{{}, {0, 5, 3}, {-1, ^uint64(0), 0}, {-1 << 63, 0, 0}, {-1 << 63, 0, 45}, {1<<63 - 1, ^uint64(0), 2}, {0, 100, 2}, {0, 1, 255}} {
		if want := ratOf(d).FloatString(int(d.Scale())); d.String() != want {
			t.Errorf("got %s, want %s", d, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := anyDecimal().Draw(t, "d")
		if want := ratOf(d).FloatString(int(d.Scale())); d.String() != want {
			t.Fatalf("got %s, want %s", d, want)
		}
		if _, problem := want(d.String(), 38, min(38, int(d.Scale()))); problem == 0 && d.Scale() <= 38 {
			if back, err := ParseDecimal([]byte(d.String()), 38, int(d.Scale())); err != nil || back != d {
				t.Fatalf("%s reads back as %s, %v", d, back, err)
			}
		}
	})
}

func TestDecimalCompares(t *testing.T) {
	dec := func(hi int64, lo uint64, scale uint8) Decimal { return NewDecimal(hi, lo, scale) }
	pairs := [][2]Decimal{
		{dec(0, 11, 1), dec(0, 110, 2)}, {dec(-1, ^uint64(0), 0), dec(0, 0, 5)}, {dec(-1, ^uint64(0), 0), dec(-1, ^uint64(0), 38)},
		{dec(1<<62, 0, 0), dec(1<<62, 0, 38)}, {dec(-1<<63, 0, 0), dec(-1<<63, 0, 1)}, {dec(0, 0, 0), dec(0, 0, 200)}, {dec(0, 1, 200), dec(0, 0, 0)},
	}
	for _, p := range pairs {
		checkCmp(t, p[0], p[1])
	}
	rapid.Check(t, func(t *rapid.T) {
		a := anyDecimal().Draw(t, "a")
		checkCmp(t, a, anyDecimal().Draw(t, "b"))
		if n, problem := want(a.String(), 38, 38); problem == 0 { // the same number in another scale
			b := NewDecimal(new(big.Int).Rsh(n, 64).Int64(), new(big.Int).And(n, new(big.Int).Sub(two64, big.NewInt(1))).Uint64(), 38)
			checkCmp(t, a, b)
		}
	})
}

func checkCmp(t interface{ Fatalf(string, ...any) }, a, b Decimal) {
	want := ratOf(a).Cmp(ratOf(b))
	if got, back := a.Cmp(b), b.Cmp(a); got != want || back != -want {
		t.Fatalf("%s (scale %d) and %s (scale %d): %d and %d, want %d", a, a.Scale(), b, b.Scale(), got, back, want)
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-12.30", "1e2", "1.5E-1", "99999999999999999999999999999999999999", ".", "1e", "00.00e5", "+.5"} {
		f.Add(s, uint8(10), uint8(2))
	}
	f.Fuzz(func(t *testing.T, s string, precision, scale uint8) {
		p := 1 + int(precision)%38
		if len(s) > 100 || strings.ContainsAny(s, "_/xXbBoOpPnNiI") {
			return // math/big knows more forms
		}
		if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
			return // math/big would compute it
		}
		checkDecimal(t, s, p, int(scale)%(p+1))
	})
}

func BenchmarkParseDecimal(b *testing.B) {
	for _, s := range []string{"2.79", "-1234567.89", "12345678901234567890123456.78"} {
		b.Run(s, func(b *testing.B) {
			text := []byte(s)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseDecimal(text, 38, 2); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
