// Package literal turns a JSON value of a schema, such as a default, into a constant of a column's type.
//
// It takes a model.Type and the value in the form that records of JSON have (dates as 2024-05-14, bytes in base64), and
// gives a model.Literal. The readers of schemas/* import it; Avro's own forms are made in schemas/avro.
package literal

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// Read gives the constant of type t that n is. Otherwise want says what a constant of t looks like.
func Read(t *model.Type, n *jsontree.Node) (l *model.Literal, want string) {
	l = &model.Literal{Type: t}
	ok := false
	switch t.Kind {
	case model.Bool:
		want, ok, l.Bool = "true or false", n.Is(jsontree.Bool), n.True()
	case model.Int32, model.Int64:
		want = fmt.Sprintf("a whole number of %d bits", Bits(t.Kind))
		l.Int, ok = n.Int()
		ok = ok && (t.Kind == model.Int64 || int64(int32(l.Int)) == l.Int)
	case model.Float32, model.Float64:
		want = fmt.Sprintf("a number that fits %d bits", Bits(t.Kind))
		l.Float, ok = float(n, Bits(t.Kind))
	case model.Decimal:
		want = fmt.Sprintf("a number of at most %d digits, %d of them behind the point", t.Precision, t.Scale)
		l.Str, ok = decimalText(n, t)
	case model.List:
		want, ok = "[], the only default of lists", n.Is(jsontree.Array) && len(n.Items) == 0
	case model.Map:
		want, ok = "{}, the only default of maps", n.Is(jsontree.Object) && len(n.Members) == 0
	default:
		want = text(t, n, l, &ok)
	}
	if !ok {
		return nil, want
	}
	return l, ""
}

// text reads the types that JSON has as texts.
func text(t *model.Type, n *jsontree.Node, l *model.Literal, ok *bool) (want string) {
	if n.Is(jsontree.String) {
		l.Str, *ok = n.Text, true
	}
	switch t.Kind {
	case model.String:
		return "a text"
	case model.Enum:
		*ok = *ok && slices.Contains(t.Symbols, l.Str)
		return "one of " + strings.Join(t.Symbols[:min(len(t.Symbols), 20)], ", ")
	case model.Bytes:
		raw, err := base64.StdEncoding.DecodeString(l.Str)
		l.Str, *ok = string(raw), *ok && err == nil
		return "bytes in base64"
	case model.UUID:
		l.Str, *ok = strings.ToLower(l.Str), *ok && uuid.MatchString(l.Str)
		return "a UUID such as 123e4567-e89b-12d3-a456-426614174000"
	case model.Date:
		d, err := time.Parse(time.DateOnly, l.Str)
		l.Int, l.Str, *ok = d.Unix()/(24*60*60), "", *ok && err == nil && d.Year() > 0
		return "a date such as 2024-05-14"
	case model.Timestamp:
		at, err := time.Parse(time.RFC3339, l.Str)
		l.Int, l.Str, *ok = at.UnixMicro(), "", *ok && err == nil && at.Year() > 0
		return "a timestamp such as 2024-05-14T03:12:06Z"
	}
	*ok = false
	return "left out, since structs have none"
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Bits is the width of a number's kind.
func Bits(k model.Kind) int {
	if k == model.Int32 || k == model.Float32 {
		return 32
	}
	return 64
}

func float(n *jsontree.Node, bits int) (float64, bool) {
	if !n.Is(jsontree.Number) {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.Text, bits)
	return f, err == nil && !math.IsInf(f, 0)
}

// decimalForm bounds the exponent: 1e999999999 is a short text and a long number.
var decimalForm = regexp.MustCompile(`^-?[0-9]{1,80}(\.[0-9]{1,80})?([eE][+-]?[0-9]{1,2})?$`)

func decimalText(n *jsontree.Node, t *model.Type) (string, bool) {
	if !n.Is(jsontree.Number) && !n.Is(jsontree.String) || !decimalForm.MatchString(n.Text) {
		return "", false
	}
	r, ok := new(big.Rat).SetString(n.Text)
	if !ok {
		return "", false
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)))
	if !r.IsInt() {
		return "", false
	}
	return Decimal(r.Num(), t)
}

// Decimal writes an unscaled value with the scale of t, and reports whether t has so many digits.
func Decimal(unscaled *big.Int, t *model.Type) (string, bool) {
	digits := new(big.Int).Abs(unscaled).String()
	if len(digits) > t.Precision && digits != "0" {
		return "", false
	}
	if len(digits) <= t.Scale {
		digits = strings.Repeat("0", t.Scale-len(digits)+1) + digits
	}
	if t.Scale > 0 {
		digits = digits[:len(digits)-t.Scale] + "." + digits[len(digits)-t.Scale:]
	}
	if unscaled.Sign() < 0 {
		digits = "-" + digits
	}
	return digits, true
}
