package sqlfn

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/value"
)

// Casts of texts leave out ASCII white space at both ends; to and from bytes and enums they take all of a text.

// trimmed is s without ASCII white space at both ends.
func trimmed(s string) string {
	for s != "" && blank(s[0]) {
		s = s[1:]
	}
	for s != "" && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// StringToBool takes true and false in any case.
func StringToBool(s string) (v, ok bool) {
	switch s = trimmed(s); {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

// StringToInt32 takes digits with an optional sign.
func StringToInt32(s string) (int32, bool) {
	n, ok := StringToInt64(s)
	return int32(n), ok && int64(int32(n)) == n
}

// StringToInt64 takes digits with an optional sign.
func StringToInt64(s string) (int64, bool) {
	s = trimmed(s)
	negative := s != "" && s[0] == '-'
	if negative || s != "" && s[0] == '+' {
		s = s[1:]
	}
	var m uint64
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 || m > (1<<63)/10 {
			return 0, false
		}
		if m = m*10 + uint64(c); m > 1<<63 {
			return 0, false
		}
	}
	if negative {
		return int64(-m), s != ""
	}
	return int64(m), s != "" && m < 1<<63
}

// StringToFloat64 takes a decimal number with an optional exponent, and nan, inf and infinity in any case. A number too
// large is none.
func StringToFloat64(s string) (float64, bool) { return parseFloat(s, 64) }

// StringToFloat32 takes what StringToFloat64 takes.
func StringToFloat32(s string) (float32, bool) {
	f, ok := parseFloat(s, 32)
	return float32(f), ok
}

func parseFloat(s string, bits int) (float64, bool) {
	s = trimmed(s)
	if !decimalNumber(s) && !namedFloat(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, bits)
	return f, err == nil
}

// decimalNumber reports whether s is sign, digits, point and exponent; strconv knows hexadecimal and _ besides.
func decimalNumber(s string) bool {
	s = unsigned(s)
	whole, rest := digits(s)
	fraction := 0
	if rest != "" && rest[0] == '.' {
		fraction, rest = digits(rest[1:])
	}
	if whole+fraction == 0 || rest == "" {
		return whole+fraction > 0
	}
	if rest[0]|0x20 != 'e' {
		return false
	}
	exponent, rest := digits(unsigned(rest[1:]))
	return exponent > 0 && rest == ""
}

func unsigned(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:]
	}
	return s
}

// digits counts the digits that s begins with, and gives what follows them.
func digits(s string) (int, string) {
	n := 0
	for n < len(s) && s[n]-'0' <= 9 {
		n++
	}
	return n, s[n:]
}

func namedFloat(s string) bool {
	name := unsigned(s)
	return strings.EqualFold(name, "inf") || strings.EqualFold(name, "infinity") || strings.EqualFold(s, "nan")
}

// StringToDecimal takes a decimal number with an optional exponent, rounded half away from 0.
func StringToDecimal(s string, precision, scale int) (value.Decimal, bool) {
	return parseDecimal(trimmed(s), precision, scale)
}

// parseDecimal reads a decimal number. Digits behind the one that decides the rounding change nothing.
func parseDecimal[T string | []byte](s T, precision, scale int) (value.Decimal, bool) {
	mantissa, exponent, ok := splitNumber(s)
	if !ok {
		return value.Decimal{}, false
	}
	// place is the power of ten of the digit at hand, relative to the scale's last.
	place, some := scale+exponent-1, false
	for i := range len(mantissa) {
		if mantissa[i] == '.' {
			break
		}
		if mantissa[i]-'0' <= 9 {
			place++
		}
	}
	var w wide
	for i := range len(mantissa) {
		c := mantissa[i] - '0'
		if c > 9 {
			continue
		}
		if c != 0 || some {
			some = true
			if place > value.MaxPrecision {
				return value.Decimal{}, false
			}
			switch {
			case place >= 0:
				w = w.times(10, uint64(c))
			case place == -1 && c >= 5:
				w = w.times(1, 1)
			}
		}
		place--
	}
	if some {
		w = w.raise(place + 1)
	}
	w.negative = len(mantissa) > 0 && mantissa[0] == '-'
	return w.decimal(precision, scale)
}

// splitNumber checks a decimal number and takes its exponent apart, as far as one means anything.
func splitNumber[T string | []byte](s T) (mantissa T, exponent int, ok bool) {
	const most = 1 << 20
	if len(s) > most || !decimalNumber(string(s)) {
		return s, 0, false
	}
	for i := range len(s) {
		if s[i]|0x20 != 'e' {
			continue
		}
		negative := s[i+1] == '-'
		for _, c := range []byte(s[i+1:]) {
			if c -= '0'; c <= 9 && exponent <= 4*most {
				exponent = exponent*10 + int(c)
			}
		}
		if negative {
			exponent = -exponent
		}
		return s[:i], exponent, true
	}
	return s, 0, true
}

// StringToDate takes the form 2024-05-14.
func StringToDate(s string) (value.Date, bool) {
	s = trimmed(s)
	var buf [10]byte
	if len(s) != len(buf) {
		return 0, false
	}
	return value.ParseDate(buf[:copy(buf[:], s)])
}

// StringToTimestamp takes what value.ParseTimestamp takes.
func StringToTimestamp(s string) (value.Timestamp, bool) {
	s = trimmed(s)
	var buf [64]byte
	if len(s) > len(buf) {
		return value.ParseTimestamp([]byte(s)) // a fraction of many digits
	}
	return value.ParseTimestamp(buf[:copy(buf[:], s)])
}

// StringToUUID takes the form 123e4567-e89b-12d3-a456-426614174000, in either case.
func StringToUUID(s string) (value.UUID, bool) {
	s = trimmed(s)
	var buf [36]byte
	if len(s) != len(buf) {
		return value.UUID{}, false
	}
	return value.ParseUUID(buf[:copy(buf[:], s)])
}

// Symbol is s if it is one of symbols.
func Symbol(s string, symbols ...string) (string, bool) {
	for _, symbol := range symbols {
		if s == symbol {
			return s, true
		}
	}
	return "", false
}

// BytesToString takes UTF-8.
func BytesToString(b []byte) (string, bool) {
	if !utf8.Valid(b) {
		return "", false
	}
	return string(b), true
}

// BoolToString is true or false.
func BoolToString(b bool) string { return strconv.FormatBool(b) }

// Int64ToString is n in digits.
func Int64ToString(n int64) string { return strconv.FormatInt(n, 10) }

// FloatToString is the shortest number that reads back as f: in digits from 1e-5 up to below 1e15, else with an exponent.
func FloatToString(f float64) string { return floatText(f, 64) }

// Float32ToString is FloatToString with the fewer digits of a float32.
func Float32ToString(f float32) string { return floatText(float64(f), 32) }

func floatText(f float64, bits int) string {
	switch {
	case f != f:
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == 0:
		return "0"
	}
	format := byte('f')
	if size := math.Abs(f); size < 1e-5 || size >= 1e15 {
		format = 'e'
	}
	return strconv.FormatFloat(f, format, -1, bits)
}

// DecimalToString is d in digits, all of its scale.
func DecimalToString(d value.Decimal) string { return d.String() }

// DateToString is the form 2024-05-14.
func DateToString(d value.Date) string { return d.String() }

// TimestampToString is the form 2024-05-14T03:12:06Z, with six digits after the second where they are not all 0.
func TimestampToString(t value.Timestamp) string { return t.String() }

// UUIDToString is the form 123e4567-e89b-12d3-a456-426614174000.
func UUIDToString(id value.UUID) string { return id.String() }
