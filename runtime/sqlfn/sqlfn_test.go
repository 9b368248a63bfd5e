package sqlfn

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

func TestThreeValuedLogic(t *testing.T) {
	yes, no, null := value.Some(true), value.Some(false), value.None[bool]()
	for _, c := range []struct{ a, b, and, or value.Opt[bool] }{
		{yes, yes, yes, yes}, {yes, no, no, yes}, {yes, null, null, yes}, {no, no, no, no}, {no, null, no, null}, {null, null, null, null},
	} {
		for _, p := range [][2]value.Opt[bool]{{c.a, c.b}, {c.b, c.a}} {
			if got := And(p[0], p[1]); got.Valid != c.and.Valid || got.Valid && got.V != c.and.V {
				t.Errorf("%v AND %v is %v", p[0], p[1], got)
			}
			if got := Or(p[0], p[1]); got.Valid != c.or.Valid || got.Valid && got.V != c.or.V {
				t.Errorf("%v OR %v is %v", p[0], p[1], got)
			}
		}
	}
}

// anyInt64 is often near a limit.
func anyInt64() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, 2, -2, 10, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 1 << 32, 3037000500, -3037000500}))
}

func TestIntegersOverflowIntoErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyInt64().Draw(t, "a"), anyInt64().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		check := func(name string, got int64, err error, want *big.Int) {
			if (err == nil) != want.IsInt64() || err == nil && got != want.Int64() {
				t.Fatalf("%d %s %d: %d and %v, want %v", a, name, b, got, err, want)
			}
		}
		got, err := AddInt64(a, b)
		check("+", got, err, new(big.Int).Add(x, y))
		got, err = SubInt64(a, b)
		check("-", got, err, new(big.Int).Sub(x, y))
		got, err = MulInt64(a, b)
		check("*", got, err, new(big.Int).Mul(x, y))
		got, err = NegInt64(a)
		check("neg", got, err, new(big.Int).Neg(x))
		got, err = AbsInt64(a)
		check("abs", got, err, new(big.Int).Abs(x))
		if b != 0 {
			got, err = Idiv(a, b)
			check("DIV", got, err, new(big.Int).Quo(x, y))
			got, err = ModInt64(a, b)
			check("MOD", got, err, new(big.Int).Rem(x, y))
		}
		n := rapid.IntRange(-21, 3).Draw(t, "n")
		r := new(big.Rat).SetInt(x)
		got, err = RoundInt64(a, int64(n))
		check("ROUND", got, err, roundBig(r, min(n, 0), halfUp).Num())
		check("TRUNC", TruncInt64(a, int64(n)), nil, roundBig(r, min(n, 0), cut).Num())
		text := strconv.FormatInt(a, 10)
		if back, ok := StringToInt64(" " + text); !ok || back != a {
			t.Fatalf("%s reads as %d (%t)", text, back, ok)
		}
	})
	for _, zero := range []func(a, b int64) (int64, error){Idiv, ModInt64} {
		if _, err := zero(1, 0); err == nil || !strings.Contains(err.Error(), "division by zero") {
			t.Errorf("got %v", err)
		}
	}
}

func TestTextsOfIntegers(t *testing.T) {
	for _, s := range []string{"", "-", "+", "1x", "12 3", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "18446744073709551616", "1e3", "0x10", "1_000", "1.0", "１"} {
		if n, ok := StringToInt64(s); ok {
			t.Errorf("%q is taken as %d", s, n)
		}
	}
	for s, want := range map[string]int64{"+5": 5, "-0": 0, "007": 7, "\t 42\r\n": 42, "-9223372036854775808": math.MinInt64} {
		if n, ok := StringToInt64(s); !ok || n != want {
			t.Errorf("%q is %d (%t)", s, n, ok)
		}
	}
	if _, ok := StringToInt32("2147483648"); ok {
		t.Error("2147483648 is taken as INT")
	}
}

func TestFloats(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"round", RoundFloat64(2.5, 0), 3}, {"round negative", RoundFloat64(-2.5, 0), -3}, {"round digits", RoundFloat64(1.25, 1), 1.3}, {"round tens", RoundFloat64(155, -1), 160},
		{"round far", RoundFloat64(1.5, 400), 1.5}, {"round away", RoundFloat64(1e300, -400), 0}, {"round large", RoundFloat64(1.7e308, 5), 1.7e308}, {"round infinite", RoundFloat64(math.Inf(1), 2), math.Inf(1)},
		{"trunc", TruncFloat64(-2.79, 1), -2.7}, {"sign", SignFloat64(-0.5), -1}, {"ceil", CeilFloat64(-0.5), 0}, {"floor", FloorFloat64(-0.5), -1},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if !IsNaN(SignFloat64(math.NaN())) || !IsNaN(RoundFloat64(math.NaN(), 3)) || !IsNaN(Least(math.NaN(), 1)) || !IsNaN(Greatest(1, math.NaN())) {
		t.Error("NaN is lost")
	}
	for name, fails := range map[string]func() (float64, error){
		"1 / 0": func() (float64, error) { return Div(1, 0) }, "SQRT": func() (float64, error) { return Sqrt(-1) }, "LN": func() (float64, error) { return Ln(0) },
		"LOG10": func() (float64, error) { return Log10(-2) }, "POWER(0": func() (float64, error) { return Power(0, -1) }, "POWER(-8": func() (float64, error) { return Power(-8, 0.5) },
	} {
		if v, err := fails(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v and %v", name, v, err)
		}
	}
}

func TestTextsOfFloats(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, " -1.5e3 ": -1500, ".5": .5, "5.": 5, "inf": math.Inf(1), "-Infinity": math.Inf(-1), "1e-400": 0} {
		if f, ok := StringToFloat64(text); !ok || f != want {
			t.Errorf("%q is %v (%t)", text, f, ok)
		}
	}
	for _, text := range []string{"", ".", "1e", "0x1p4", "1_0", "1e400", "-nan", "infin", "1 2"} {
		if f, ok := StringToFloat64(text); ok {
			t.Errorf("%q is taken as %v", text, f)
		}
	}
	for want, f := range map[string]float64{"0": math.Copysign(0, -1), "1": 1, "0.1": .1, "123456789012345": 123456789012345, "1e+15": 1e15, "1e-05": 1e-5, "1e-06": 1e-6, "nan": math.NaN(), "-inf": math.Inf(-1)} {
		if want == "1e-05" {
			want = "0.00001"
		}
		if got := FloatToString(f); got != want {
			t.Errorf("%v is %s, want %s", f, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		if back, ok := StringToFloat64(FloatToString(f)); !ok || back != f && f == f {
			t.Fatalf("%v reads back as %v", f, back)
		}
		n, ok := FloatToInt64(f)
		if want := math.Round(f); ok != (want >= -1<<63 && want < 1<<63) || ok && float64(n) != want {
			t.Fatalf("%v is %d (%t)", f, n, ok)
		}
		if d, ok := FloatToDecimal(f, 38, 10); ok && math.Abs(DecimalToFloat(d)-f) > 1e-10+math.Abs(f)*1e-15 {
			t.Fatalf("%v is %s", f, d)
		}
	})
	if d, ok := Float32ToDecimal(0.1, 38, 20); !ok || d.String() != "0.10000000000000000000" {
		t.Errorf("0.1 is %s", d)
	}
	if _, ok := FloatToFloat32(1e300); ok {
		t.Error("1e300 is taken as FLOAT")
	}
}

func anyText() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("aAbßéÉ注%_\\ \t🙂")), 0, 8, -1)
}

// characters by runes, to compare with.
func slice(s string, from, to int) string {
	r := []rune(s)
	from, to = min(max(from, 0), len(r)), min(max(to, 0), len(r))
	if from >= to {
		return ""
	}
	return string(r[from:to])
}

func TestTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, part := anyText().Draw(t, "s"), anyText().Draw(t, "part")
		n := len([]rune(s))
		pos, length := rapid.IntRange(-10, 10).Draw(t, "pos"), rapid.IntRange(0, 10).Draw(t, "length")
		first := pos - 1
		switch {
		case pos < 0:
			first = max(n+pos, 0)
		case pos == 0:
			first = 0
		}
		check := func(name, got, want string) {
			if got != want {
				t.Fatalf("%s of %q, %q, %d, %d is %q, want %q", name, s, part, pos, length, got, want)
			}
		}
		check("SUBSTR", SubstrFrom(s, int64(pos)), slice(s, first, n))
		got, _ := Substr(s, int64(pos), int64(length))
		check("SUBSTR", got, slice(s, first, first+length))
		got, _ = Left(s, int64(length))
		check("LEFT", got, slice(s, 0, length))
		got, _ = Right(s, int64(length))
		check("RIGHT", got, slice(s, n-length, n))
		if part != "" {
			fill := slice(strings.Repeat(part, 10), 0, max(length-n, 0))
			got, _ = Lpad(s, int64(length), part)
			check("LPAD", got, fill+slice(s, 0, length))
			got, _ = Rpad(s, int64(length), part)
			check("RPAD", got, slice(s, 0, length)+fill)
			check("REPLACE", Replace(s, part, "x"), strings.ReplaceAll(s, part, "x"))
		}
		check("REVERSE twice", Reverse(Reverse(s)), s)
		if at := Strpos(s, part); at > 0 && slice(s, int(at-1), int(at-1)+len([]rune(part))) != part || at == 0 && strings.Contains(s, part) {
			t.Fatalf("STRPOS(%q, %q) is %d", s, part, at)
		}
		if !utf8.ValidString(Upper(s) + Lower(s) + Reverse(s)) {
			t.Fatal("no UTF-8")
		}
	})
	for name, fails := range map[string]func() (string, error){
		"SUBSTR": func() (string, error) { return Substr("a", 1, -1) }, "LEFT": func() (string, error) { return Left("a", -1) }, "RIGHT": func() (string, error) { return Right("a", math.MinInt64) },
		"LPAD": func() (string, error) { return Lpad("a", 5, "") }, "RPAD": func() (string, error) { return Rpad("a", MaxText+1, "x") }, "REPEAT": func() (string, error) { return Repeat("ab", math.MaxInt64) },
	} {
		if s, err := fails(); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %q and %v", name, s, err)
		}
	}
	for _, pos := range []int64{math.MinInt64, math.MaxInt64} {
		if got, err := Substr("abc", pos, math.MaxInt64); err != nil || len(got) != 3 && pos < 0 {
			t.Errorf("SUBSTR from %d: %q, %v", pos, got, err)
		}
	}
}

func TestLikeIsARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, pattern := anyText().Draw(t, "s"), anyText().Draw(t, "pattern")
		var re strings.Builder
		re.WriteString(`(?s)\A`)
		rs := []rune(pattern)
		for i := 0; i < len(rs); i++ {
			switch {
			case rs[i] == '%':
				re.WriteString(".*")
			case rs[i] == '_':
				re.WriteString(".")
			case rs[i] == '\\' && i+1 < len(rs):
				i++
				fallthrough
			default:
				re.WriteString(regexp.QuoteMeta(string(rs[i])))
			}
		}
		re.WriteString(`\z`)
		if want := regexp.MustCompile(re.String()).MatchString(s); Like(s, pattern) != want {
			t.Fatalf("%q LIKE %q is %t", s, pattern, !want)
		}
	})
}

// anyDate is in the years 0001 to 9999.
func anyDate() *rapid.Generator[value.Date] {
	return rapid.Custom(func(t *rapid.T) value.Date {
		return value.Date(rapid.Int32Range(int32(value.MinDate), int32(value.MaxDate)).Draw(t, "date"))
	})
}

func timeOf(d value.Date) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func TestDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := anyDate().Draw(t, "d"), anyDate().Draw(t, "e")
		at := timeOf(d)
		_, week := at.ISOWeek()
		for name, c := range map[string][2]int64{
			"YEAR": {ExtractYear(d), int64(at.Year())}, "MONTH": {ExtractMonth(d), int64(at.Month())}, "DAY": {ExtractDay(d), int64(at.Day())}, "QUARTER": {ExtractQuarter(d), int64(at.Month()+2) / 3},
			"ISOWEEK": {ExtractISOWeek(d), int64(week)}, "DAYOFWEEK": {ExtractDayOfWeek(d), int64(at.Weekday()) + 1}, "DAYOFYEAR": {ExtractDayOfYear(d), int64(at.YearDay())},
		} {
			if c[0] != c[1] {
				t.Fatalf("%s of %s is %d, want %d", name, d, c[0], c[1])
			}
		}
		for _, part := range []Part{Day, Week, ISOWeek, Month, Quarter, Year} {
			first, err := DateTrunc(d, part)
			if err != nil {
				if ExtractYear(d) > 1 {
					t.Fatal(err)
				}
				continue
			}
			if first > d || DateDiff(d, first, part) != 0 || first > value.MinDate && DateDiff(first, first-1, part) != 1 {
				t.Fatalf("the %s of %s begins at %s", partNames[part], d, first)
			}
			if DateDiff(d, e, part) != -DateDiff(e, d, part) {
				t.Fatalf("%s from %s to %s", partNames[part], d, e)
			}
		}
		n := rapid.Int64Range(-30000, 30000).Draw(t, "n")
		months := at.Year()*12 + int(at.Month()) - 1 + int(n)
		if got, err := DateAdd(d, n, Month); err == nil {
			last := time.Date(months/12, time.Month(months%12)+2, 0, 0, 0, 0, 0, time.UTC).Day()
			want := time.Date(months/12, time.Month(months%12)+1, min(at.Day(), last), 0, 0, 0, 0, time.UTC)
			if !timeOf(got).Equal(want) {
				t.Fatalf("%s and %d months is %s", d, n, got)
			}
		} else if months >= 12 && months < 120000 {
			t.Fatal(err)
		}
		forth, err := DateAdd(d, n, Week)
		if err == nil {
			if back, err := DateSub(forth, n, Week); err != nil || back != d {
				t.Fatalf("%s and %d weeks and back is %s, %v", d, n, back, err)
			}
		}
	})
	for _, n := range []int64{math.MinInt64, math.MaxInt64} {
		for part := Day; part <= Year; part++ {
			if d, err := DateAdd(0, n, part); err == nil {
				t.Errorf("%d %s is %s", n, partNames[part], d)
			}
			if d, err := DateSub(0, n, part); err == nil {
				t.Errorf("- %d %s is %s", n, partNames[part], d)
			}
		}
	}
}

func TestTimestamps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := value.Timestamp(rapid.Int64Range(int64(value.MinTimestamp), int64(value.MaxTimestamp)).Draw(t, "at"))
		g := at.Time()
		for name, c := range map[string][2]int64{
			"HOUR": {ExtractHour(at), int64(g.Hour())}, "MINUTE": {ExtractMinute(at), int64(g.Minute())}, "SECOND": {ExtractSecond(at), int64(g.Second())},
			"MILLISECOND": {ExtractMillisecond(at), int64(g.Nanosecond()) / 1e6}, "MICROSECOND": {ExtractMicrosecond(at), int64(g.Nanosecond()) / 1e3},
			"unix": {Unix(at, Second), g.Unix()}, "millis": {Unix(at, Millisecond), g.UnixMilli()}, "year": {ExtractYear(DateOf(at)), int64(g.Year())},
		} {
			if c[0] != c[1] {
				t.Fatalf("%s of %s is %d, want %d", name, at, c[0], c[1])
			}
		}
		for part := Microsecond; part <= Hour; part++ {
			begin, err := TimestampTrunc(at, part)
			if want := value.TimestampOf(g.Truncate(time.Duration(micros[part]) * time.Microsecond)); err != nil || begin > at || at-begin >= value.Timestamp(micros[part]) || begin != want {
				t.Fatalf("%s of %s begins at %s, %v", partNames[part], at, begin, err)
			}
			n := anyInt64().Draw(t, "n")
			if to, err := TimestampAdd(at, n, part); err == nil && TimestampDiff(to, at, part) != n {
				t.Fatalf("%s and %d %s is %s", at, n, partNames[part], to)
			}
			if to, err := TimestampSub(at, n, part); err == nil && TimestampDiff(at, to, part) != n {
				t.Fatalf("%s less %d %s is %s", at, n, partNames[part], to)
			}
		}
		if back, err := TimestampOf(int64(at), Microsecond); err != nil || back != at {
			t.Fatal(back, err)
		}
	})
	if _, err := TimestampOf(math.MaxInt64, Second); err == nil {
		t.Error("a time beyond the year 9999 is made")
	}
}

func TestSubscripts(t *testing.T) {
	for i, want := range map[int64]bool{-1: false, 0: true, 2: true, 3: false, math.MinInt64: false, math.MaxInt64: false} {
		at, err := Offset(3, i)
		if (err == nil) != want || want && int64(at) != i {
			t.Errorf("offset %d: %d, %v", i, at, err)
		}
		if i < math.MaxInt64 {
			if o, err := Ordinal(3, i+1); (err == nil) != want || want && o != at {
				t.Errorf("ordinal %d: %d, %v", i+1, o, err)
			}
		}
	}
}

func TestErrorsNameTheValue(t *testing.T) {
	for want, err := range map[string]error{
		`"12x" is not a BIGINT`:                            NotA("12x", "BIGINT"),
		`3000000000 does not fit INT`:                      NotA(int64(3000000000), "INT"),
		`1.50 does not fit DECIMAL(1,0)`:                   NotA(dec("1.50", 3, 2), "DECIMAL(1,0)"),
		`1e+300 does not fit BIGINT`:                       NotA(1e300, "BIGINT"),
		`bytes that are not UTF-8 are not a STRING`:        NotA([]byte{0xFF}, "STRING"),
		`"` + strings.Repeat("ß", 32) + `"… is not a DATE`: NotA(strings.Repeat("ß", 99), "DATE"),
	} {
		if err.Error() != want {
			t.Errorf("got %s, want %s", err, want)
		}
	}
}

func TestCastsOfTexts(t *testing.T) {
	if _, ok := StringToTimestamp("2024-05- 14T03:12:64"); ok {
		t.Error("a broken time is taken")
	}
	at, ok := StringToTimestamp(" 2024-05-14T03:12:06Z ")
	day, ok2 := StringToDate("2024-05-14\n")
	if !ok || !ok2 || DateOf(at) != day || Midnight(day).String() != "2024-05-14T00:00:00Z" {
		t.Errorf("got %s and %s", at, day)
	}
	if v, ok := StringToBool(" TRUE"); !v || !ok {
		t.Error("TRUE is not taken")
	}
	if _, ok := StringToBool("1"); ok {
		t.Error("1 is taken as BOOLEAN")
	}
	if _, ok := BytesToString([]byte{0xFF}); ok {
		t.Error("0xFF is taken as STRING")
	}
	if s, ok := Symbol("b", "a", "b"); s != "b" || !ok {
		t.Error("a symbol is none")
	}
	id := "123e4567-e89b-12d3-a456-426614174000"
	if u, ok := StringToUUID(id); !ok || UUIDToString(u) != id {
		t.Error("a UUID is none")
	}
}

func TestNothingAllocates(t *testing.T) {
	s := "  2024-05-14T03:12:06Z  "
	a, b := dec("12345678901234567890.12", 30, 2), dec("-99.999", 30, 3)
	allocs := testing.AllocsPerRun(100, func() {
		StringToTimestamp(s)
		StringToDate("2024-05-14")
		_, _ = StringToInt64("x12")
		StringToFloat64("1.5")
		StringToUUID("123e4567-e89b-12d3-a456-426614174000")
		StringToDecimal("12.345", 10, 2)
		FloatToDecimal(1.5, 10, 2)
		AddDecimal(a, b, 38, 3)
		MulDecimal(a, b, 38, 5)
		ModDecimal(a, a)
		DecimalToFloat(b)
		_ = Trim(s)
		_ = Upper("ABC")
		SubstrFrom(s, -3)
		Like(s, "%14T_3%")
		Strpos(s, "T")
		DateAdd(5, 7, Month)
		Symbol("b", "a", "b")
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
