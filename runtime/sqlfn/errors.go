package sqlfn

import (
	"strconv"
	"unicode/utf8"

	"github.com/seamflow/seamflow/runtime/value"
)

// Error says why an expression has no value.
type Error string

func (e Error) Error() string { return string(e) }

// NotA is the error of a CAST that cannot be done: `"12x" is not a BIGINT`.
func NotA[T any](v T, typ string) error {
	switch v := any(v).(type) {
	case string:
		return Error(quoted(v) + " is not a " + typ)
	case []byte:
		return Error("bytes that are not UTF-8 are not a " + typ)
	case value.Decimal:
		return notInRange(v.String(), typ)
	case int32:
		return notInRange(itoa(int64(v)), typ)
	case int64:
		return notInRange(itoa(v), typ)
	case float32:
		return notInRange(ftoa(float64(v)), typ)
	case float64:
		return notInRange(ftoa(v), typ)
	}
	return Error("the value is not a " + typ)
}

func notInRange(text, typ string) error { return Error(text + " does not fit " + typ) }

// quoted is s as an error shows it, not more than its beginning.
func quoted(s string) string {
	const most = 64
	if len(s) <= most {
		return strconv.Quote(s)
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strconv.Quote(s[:n]) + "…"
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func ftoa(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
