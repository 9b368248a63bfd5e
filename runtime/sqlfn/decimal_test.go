package sqlfn

import (
	"math/big"
	"testing"

	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

var two64 = new(big.Int).Lsh(big.NewInt(1), 64)

func unscaled(d value.Decimal) *big.Int {
	hi, lo := d.Unscaled()
	n := new(big.Int).Mul(big.NewInt(hi), two64)
	return n.Add(n, new(big.Int).SetUint64(lo))
}

func tens(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func rat(d value.Decimal) *big.Rat { return new(big.Rat).SetFrac(unscaled(d), tens(int(d.Scale()))) }

func dec(s string, precision, scale int) value.Decimal {
	d, err := value.ParseDecimal([]byte(s), precision, scale)
	if err != nil {
		panic(s)
	}
	return d
}

type decimalType struct{ precision, scale int }

func drawType(t *rapid.T, name string) decimalType {
	p := rapid.IntRange(1, 38).Draw(t, name+" precision")
	return decimalType{p, rapid.IntRange(0, p).Draw(t, name+" scale")}
}

func drawDecimal(t *rapid.T, typ decimalType, name string) value.Decimal {
	digits := rapid.StringOfN(rapid.SampledFrom([]rune("0123456789990005")), 1, typ.precision, -1).Draw(t, name)
	n, _ := new(big.Int).SetString(digits, 10)
	if rapid.Bool().Draw(t, name+" negative") {
		n.Neg(n)
	}
	return fromBig(n, typ.scale)
}

func fromBig(n *big.Int, scale int) value.Decimal {
	low := new(big.Int).And(n, new(big.Int).Sub(two64, big.NewInt(1)))
	return value.NewDecimal(new(big.Int).Rsh(n, 64).Int64(), low.Uint64(), uint8(scale))
}

// fits is r as a decimal of typ; false where it is too large, or has digits beyond the scale.
func fits(r *big.Rat, typ decimalType) (value.Decimal, bool) {
	n := new(big.Rat).Mul(r, new(big.Rat).SetInt(tens(typ.scale)))
	if !n.IsInt() || new(big.Int).Abs(n.Num()).Cmp(tens(typ.precision)) >= 0 {
		return value.Decimal{}, false
	}
	return fromBig(n.Num(), typ.scale), true
}

func TestDecimalArithmeticIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDecimal(t, drawType(t, "a"), "a"), drawDecimal(t, drawType(t, "b"), "b")
		typ := drawType(t, "result")
		for _, op := range []struct {
			name string
			do   func(a, b value.Decimal, precision, scale int) (value.Decimal, error)
			big  func(z, x, y *big.Rat) *big.Rat
		}{{"+", AddDecimal, (*big.Rat).Add}, {"-", SubDecimal, (*big.Rat).Sub}, {"*", MulDecimal, (*big.Rat).Mul}} {
			want, ok := fits(op.big(new(big.Rat), rat(a), rat(b)), typ)
			got, err := op.do(a, b, typ.precision, typ.scale)
			if ok != (err == nil) || got != want {
				t.Fatalf("%s %s %s as %v: %s and %v, want %s", a, op.name, b, typ, got, err, want)
			}
		}
	})
}

func TestDecimalRemainder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, "type")
		a, b := drawDecimal(t, typ, "a"), drawDecimal(t, typ, "b")
		got, err := ModDecimal(a, b)
		if unscaled(b).Sign() == 0 {
			if err == nil {
				t.Fatalf("MOD(%s, 0) is %s", a, got)
			}
			return
		}
		if want := new(big.Int).Rem(unscaled(a), unscaled(b)); unscaled(got).Cmp(want) != 0 || err != nil {
			t.Fatalf("MOD(%s, %s) is %s, %v", a, b, got, err)
		}
	})
}

// rounding of r to n digits, by big numbers.
func roundBig(r *big.Rat, n int, mode rounding) *big.Rat {
	unit := new(big.Rat).SetInt(tens(max(n, -n)))
	if n < 0 {
		unit.Inv(unit)
	}
	scaled := new(big.Rat).Mul(r, unit)
	q, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int))
	half := new(big.Int).Abs(rest)
	half.Lsh(half, 1)
	away := big.NewInt(int64(r.Sign()))
	switch {
	case rest.Sign() == 0:
	case mode == halfUp && half.Cmp(scaled.Denom()) >= 0, mode == up && r.Sign() > 0, mode == down && r.Sign() < 0:
		q.Add(q, away)
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(q), unit)
}

func TestDecimalRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawDecimal(t, drawType(t, "a"), "a")
		typ := drawType(t, "result")
		n := rapid.IntRange(-45, 45).Draw(t, "n")
		check := func(name string, got value.Decimal, ok bool, want *big.Rat, typ decimalType) {
			if w, fit := fits(want, typ); fit != ok || ok && got != w {
				t.Fatalf("%s(%s, %d) as %v: %s (%t), want %s (%t)", name, a, n, typ, got, ok, w, fit)
			}
		}
		got, err := RoundDecimal(a, int64(n), typ.precision, typ.scale)
		check("ROUND", got, err == nil, roundBig(rat(a), n, halfUp), typ)
		got, err = CeilDecimal(a, typ.precision, typ.scale)
		check("CEIL", got, err == nil, roundBig(rat(a), 0, up), typ)
		got, err = FloorDecimal(a, typ.precision, typ.scale)
		check("FLOOR", got, err == nil, roundBig(rat(a), 0, down), typ)
		check("TRUNC", TruncDecimal(a, int64(n)), true, roundBig(rat(a), n, cut), decimalType{38, int(a.Scale())})
		got, ok := DecimalToDecimal(a, typ.precision, typ.scale)
		check("CAST", got, ok, roundBig(rat(a), typ.scale, halfUp), typ)
		got, ok = StringToDecimal(" "+a.String()+"\n", typ.precision, typ.scale)
		check("CAST text", got, ok, roundBig(rat(a), typ.scale, halfUp), typ)
		check("-", NegDecimal(a), true, new(big.Rat).Neg(rat(a)), decimalType{38, int(a.Scale())})
		check("ABS", AbsDecimal(a), true, new(big.Rat).Abs(rat(a)), decimalType{38, int(a.Scale())})
		whole := roundBig(rat(a), 0, halfUp).Num()
		if m, ok := DecimalToInt64(a); ok != whole.IsInt64() || ok && m != whole.Int64() {
			t.Fatalf("%s as BIGINT is %d (%t)", a, m, ok)
		}
		if f, _ := rat(a).Float64(); DecimalToFloat(a) != f {
			t.Fatalf("%s as DOUBLE is %v, want %v", a, DecimalToFloat(a), f)
		}
		if SignDecimal(a) != int64(rat(a).Sign()) {
			t.Fatalf("the sign of %s is %d", a, SignDecimal(a))
		}
	})
}

func TestTextsOfDecimals(t *testing.T) {
	for text, want := range map[string]string{"1.005": "1.01", "-1.005": "-1.01", "1.00499999999999999999999999999999999999999999": "1.00", "5e-3": "0.01", "4e-3": "0.00",
		"99999999.994": "99999999.99", "1e7": "10000000.00", ".5": "0.50", "5.": "5.00", "+3": "3.00", "0e999999999999": "0.00", "1e-999999999999": "0.00", "-0.00": "0.00",
		"000000000000000000000000000000000000000000000000000000000000001": "1.00", "123e-2": "1.23", "0.000000000000000000000000000000000000000000000000000001e54": "1.00"} {
		if d, ok := StringToDecimal(text, 10, 2); !ok || d.String() != want {
			t.Errorf("%s is %s (%t), want %s", text, d, ok, want)
		}
	}
	for _, text := range []string{"", "-", ".", "e5", "1e", "1_000", "0x1", "nan", "inf", "99999999.995", "100000000", "1e8", "1e99999999999999999999", "1 2", "--1"} {
		if d, ok := StringToDecimal(text, 10, 2); ok {
			t.Errorf("%q is taken as %s", text, d)
		}
	}
}

func TestDecimalErrorsNameTheOperation(t *testing.T) {
	_, err := MulDecimal(dec("99.99", 4, 2), dec("99.99", 4, 2), 6, 4)
	if err == nil || err.Error() != "99.99 * 99.99 does not fit DECIMAL(6,4)" {
		t.Errorf("got %v", err)
	}
	if _, err = RoundDecimal(dec("99.99", 4, 2), 0, 2, 0); err == nil || err.Error() != "ROUND(99.99) does not fit DECIMAL(2,0)" {
		t.Errorf("got %v", err)
	}
}
