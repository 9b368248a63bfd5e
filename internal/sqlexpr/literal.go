package sqlexpr

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seamflow/seamflow/internal/model"
)

// Literal reads text as a constant of the scalar type t, exactly: a DECIMAL with more digits than t has is an error. The
// error says what is wrong with the text.
func Literal(text string, t *model.Type) (*model.Literal, error) {
	lit := &model.Literal{Type: t}
	trimmed := strings.Trim(text, " \t\r\n\f\v")
	var err error
	switch t.Kind {
	case model.Bool:
		lit.Bool, err = boolText(trimmed)
	case model.Int32:
		lit.Int, err = intText(trimmed, 32, t)
	case model.Int64:
		lit.Int, err = intText(trimmed, 64, t)
	case model.Float32:
		lit.Float, err = floatText(trimmed, 32, t)
	case model.Float64:
		lit.Float, err = floatText(trimmed, 64, t)
	case model.Decimal:
		lit.Str, err = decimalText(trimmed, t, false)
	case model.Date:
		lit.Int, err = dateText(trimmed)
	case model.Timestamp:
		lit.Int, err = timestampText(trimmed)
	case model.UUID:
		lit.Str, err = uuidText(trimmed)
	case model.Enum:
		if !slices.Contains(t.Symbols, text) {
			err = fmt.Errorf("%q is none of %s", text, strings.Join(t.Symbols, ", "))
		}
		lit.Str = text
	case model.String:
		if !utf8.ValidString(text) {
			err = errors.New("the text is not UTF-8")
		}
		lit.Str = text
	case model.Bytes:
		lit.Str = text
	default:
		err = fmt.Errorf("%s has no constants", TypeName(t))
	}
	if err != nil {
		return nil, err
	}
	return lit, nil
}

func notOf(text string, t *model.Type) error {
	return fmt.Errorf("%q is no %s", text, TypeName(t))
}

func boolText(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

func intText(s string, bits int, t *model.Type) (int64, error) {
	n, err := strconv.ParseInt(s, 10, bits)
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is out of range for %s", s, TypeName(t))
	}
	if err != nil {
		return 0, notOf(s, t)
	}
	return n, nil
}

// floatForm leaves out what strconv takes beside decimal numbers: hexadecimal ones and underscores.
var floatForm = regexp.MustCompile(`^(?i:[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?|nan)$`)

func floatText(s string, bits int, t *model.Type) (float64, error) {
	if !floatForm.MatchString(s) {
		return 0, notOf(s, t)
	}
	f, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return 0, fmt.Errorf("%s is out of range for %s", s, TypeName(t))
	}
	return f, nil
}

var decimalForm = regexp.MustCompile(`^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$`)

// decimalText gives a number in the digits of t. With round, digits that t has no room for are rounded half away from 0.
func decimalText(s string, t *model.Type, round bool) (string, error) {
	m := decimalForm.FindStringSubmatch(s)
	if m == nil || m[2]+m[3] == "" || len(s) > 1000 {
		return "", notOf(s, t)
	}
	exp, _ := strconv.Atoi(m[4])
	digits, _ := new(big.Int).SetString(m[2]+m[3], 10)
	shift := t.Scale + exp - len(m[3])
	tooLarge := fmt.Errorf("%s has more than %d digits before the point", s, t.Precision-t.Scale)
	switch {
	case digits.Sign() == 0:
	case shift >= 0:
		if shift > 76 {
			return "", tooLarge
		}
		digits.Mul(digits, tenTo(shift))
	default:
		// 1,000 digits before the point leave nothing of any.
		var rest *big.Int
		unit := tenTo(min(-shift, 2000))
		digits, rest = new(big.Int).QuoRem(digits, unit, new(big.Int))
		if rest.Sign() != 0 && !round {
			return "", fmt.Errorf("%s has more than %d digits after the point", s, t.Scale)
		}
		if rest.Lsh(rest, 1).Cmp(unit) >= 0 {
			digits.Add(digits, big.NewInt(1))
		}
	}
	if digits.Cmp(tenTo(t.Precision)) >= 0 {
		return "", tooLarge
	}
	return pointed(digits, t.Scale, m[1] == "-"), nil
}

func tenTo(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// pointed writes digits with scale of them after the point.
func pointed(digits *big.Int, scale int, negative bool) string {
	s := digits.String()
	s = strings.Repeat("0", max(0, scale+1-len(s))) + s
	if scale > 0 {
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if negative && digits.Sign() != 0 {
		s = "-" + s
	}
	return s
}

// decimalOf is the smallest DECIMAL that holds the number in s, nil where it has more than 38 digits.
func decimalOf(s string) *model.Type {
	s = strings.TrimLeft(s, "+-")
	whole, fraction, _ := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	precision := max(1, len(whole)+len(fraction))
	if strings.ContainsAny(s, "eExX") || precision > 38 {
		return nil
	}
	return &model.Type{Kind: model.Decimal, Precision: precision, Scale: len(fraction)}
}

// plainFloat reports whether a number literal may stand for a DECIMAL.
func plainFloat(f float64) bool {
	return !math.IsNaN(f) && !math.IsInf(f, 0)
}

var dateForm = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)

// dateText counts the days from 1970-01-01, as value.ParseDate does.
func dateText(s string) (int64, error) {
	if m := dateForm.FindStringSubmatch(s); m != nil {
		if t, ok := civil(m[1:]); ok {
			return t.Unix() / 86400, nil
		}
	}
	return 0, fmt.Errorf("%q is no date such as 2024-05-14", s)
}

var timestampForm = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):?(\d{2}))?)?$`)

// timestampText counts the microseconds from 1970, as value.ParseTimestamp does.
func timestampText(s string) (int64, error) {
	wrong := fmt.Errorf("%q is no time such as 2024-05-14T03:12:06Z", s)
	m := timestampForm.FindStringSubmatch(s)
	if m == nil {
		return 0, wrong
	}
	day, ok := civil(m[1:4])
	hour, minute, second, zoneHour, zoneMinute := atoi(m[4]), atoi(m[5]), atoi(m[6]), atoi(m[9]), atoi(m[10])
	if !ok || hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59 {
		return 0, wrong
	}
	zone := (zoneHour*60 + zoneMinute) * 60
	if m[8] == "-" {
		zone = -zone
	}
	t := day.Add(time.Duration(hour*3600+minute*60+second-zone) * time.Second)
	if t.Year() < 1 || t.Year() > 9999 {
		return 0, wrong
	}
	return t.UnixMicro() + int64(atoi((m[7] + "000000")[:6])), nil
}

// civil is midnight of the day in {year, month, day}, if there is such a day.
func civil(parts []string) (time.Time, bool) {
	year, month, day := atoi(parts[0]), atoi(parts[1]), atoi(parts[2])
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, year > 0 && t.Year() == year && int(t.Month()) == month && t.Day() == day
}

// atoi reads digits that a pattern has matched; none are 0.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

var uuidForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func uuidText(s string) (string, error) {
	if !uuidForm.MatchString(s) {
		return "", fmt.Errorf("%q is no UUID such as 123e4567-e89b-12d3-a456-426614174000", s)
	}
	return strings.ToLower(s), nil
}

// literalText is what a CAST of lit to STRING reads, for messages and for SQL.
func literalText(lit *model.Literal) string {
	switch lit.Type.Kind {
	case model.Bool:
		return strconv.FormatBool(lit.Bool)
	case model.Int32, model.Int64:
		return strconv.FormatInt(lit.Int, 10)
	case model.Float32:
		return strconv.FormatFloat(lit.Float, 'g', -1, 32)
	case model.Float64:
		return strconv.FormatFloat(lit.Float, 'g', -1, 64)
	case model.Date:
		return time.Unix(lit.Int*86400, 0).UTC().Format("2006-01-02")
	case model.Timestamp:
		return strings.Replace(time.UnixMicro(lit.Int).UTC().Format("2006-01-02T15:04:05.000000Z"), ".000000Z", "Z", 1)
	case model.Bytes:
		return hex.EncodeToString([]byte(lit.Str))
	}
	return lit.Str
}
