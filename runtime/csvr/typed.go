package csvr

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/value"
)

// Present says whether column i is in the header.
func (r *Reader) Present(i int) bool { return r.place[i] >= 0 }

// Null says whether column i is NULL: absent, or empty without quotes.
func (r *Reader) Null(i int) bool {
	_, ok := r.cell(i)
	return !ok
}

// cell is the text of column i; not ok where it is NULL, and after an error.
func (r *Reader) cell(i int) (text []byte, ok bool) {
	at := r.place[i]
	if at < 0 || r.err != nil || !r.checked && !r.check() {
		return nil, false
	}
	f := &r.fields[at]
	if f.from == f.to && !f.quoted {
		return nil, false
	}
	return r.text(f), true
}

func (r *Reader) text(f *field) []byte {
	b := r.raw[f.from:f.to]
	if !f.doubled {
		return b
	}
	mark := len(r.scratch)
	for i := 0; i < len(b); i++ {
		r.scratch = append(r.scratch, b[i])
		if b[i] == '"' {
			i++
		}
	}
	return r.scratch[mark:]
}

// required is cell for a column that must not be NULL.
func (r *Reader) required(i int) (text []byte, ok bool) {
	text, ok = r.cell(i)
	if !ok && r.check() {
		reason := "the field is required and empty"
		if r.place[i] < 0 {
			reason = "the field is required, and the header has no such column"
		}
		r.fail(r.columns[i], reason)
	}
	return text, ok
}

// mismatch reports that the text of column i is not what is wanted.
func (r *Reader) mismatch(i int, what string, text []byte) {
	r.fail(r.columns[i], "expected "+what+", found "+excerpt(text))
}

const maxExcerpt = 60

// excerpt is b in quotes, cut where it is long.
func excerpt(b []byte) string {
	cut := ""
	if len(b) > maxExcerpt {
		n := maxExcerpt
		for n > maxExcerpt-utf8.UTFMax && !utf8.RuneStart(b[n]) {
			n--
		}
		b, cut = b[:n], "…"
	}
	return `"` + string(b) + cut + `"`
}

// alias is b as a string that shares its memory.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// String reads column i as text.
func (r *Reader) String(i int) string {
	text, _ := r.required(i)
	return alias(text)
}

// Bool reads column i as true or false, in any case.
func (r *Reader) Bool(i int) bool {
	text, ok := r.required(i)
	if ok && len(text) == 4 && strings.EqualFold(alias(text), "true") {
		return true
	}
	if ok && !(len(text) == 5 && strings.EqualFold(alias(text), "false")) {
		r.mismatch(i, "true or false", text)
	}
	return false
}

// Int32 reads column i as an integer. 1.0 and 1e2 are integers too.
func (r *Reader) Int32(i int) int32 {
	return int32(r.integer(i, math.MinInt32, math.MaxInt32, "an integer of 32 bits"))
}

// Int64 reads column i as an integer. 1.0 and 1e2 are integers too.
func (r *Reader) Int64(i int) int64 {
	return r.integer(i, math.MinInt64, math.MaxInt64, "an integer of 64 bits")
}

func (r *Reader) integer(i int, least, most int64, what string) int64 {
	text, ok := r.required(i)
	if !ok {
		return 0
	}
	n, ok := shortInteger(text)
	if !ok {
		d, err := value.ParseDecimal(text, value.MaxPrecision, 0)
		hi, lo := d.Unscaled()
		n = int64(lo)
		ok = err == nil && hi == n>>63
	}
	if !ok || n < least || n > most {
		r.mismatch(i, what, text)
		return 0
	}
	return n
}

// shortInteger reads up to 18 digits with an optional minus.
func shortInteger(s []byte) (n int64, ok bool) {
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	for _, c := range s {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if negative {
		n = -n
	}
	return n, true
}

// Float32 reads column i as the nearest FLOAT. A number that is too large for any, NaN and infinity are errors.
func (r *Reader) Float32(i int) float32 {
	return float32(r.float(i, 32, "a number in the range of FLOAT"))
}

// Float64 reads column i as the nearest DOUBLE. A number that is too large for any, NaN and infinity are errors.
func (r *Reader) Float64(i int) float64 { return r.float(i, 64, "a number in the range of DOUBLE") }

func (r *Reader) float(i, bits int, what string) float64 {
	text, ok := r.required(i)
	if !ok {
		return 0
	}
	if !numeric(text) {
		r.mismatch(i, "a number", text)
		return 0
	}
	f, err := strconv.ParseFloat(alias(text), bits)
	if err != nil {
		if err.(*strconv.NumError).Err == strconv.ErrSyntax {
			what = "a number"
		}
		r.mismatch(i, what, text)
		return 0
	}
	return f
}

// numeric says whether s has only bytes of decimal numbers: strconv knows names, hexadecimal digits and underscores too.
func numeric(s []byte) bool {
	for _, c := range s {
		if c-'0' > 9 && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return false
		}
	}
	return true
}

// Decimal reads column i as a DECIMAL(precision, scale), into which it must fit exactly.
func (r *Reader) Decimal(i, precision, scale int) value.Decimal {
	text, ok := r.required(i)
	if !ok {
		return value.Decimal{}
	}
	d, err := value.ParseDecimal(text, precision, scale)
	if err == nil {
		return d
	}
	if e := err.(*value.DecimalError); e.Problem != value.NotNumber {
		r.fail(r.columns[i], e.Error()+", too few for "+excerpt(text))
	} else {
		r.mismatch(i, "a decimal number", text)
	}
	return value.Decimal{}
}

// Bytes reads column i as bytes in base64.
func (r *Reader) Bytes(i int) []byte {
	text, ok := r.required(i)
	if !ok {
		return nil
	}
	mark, n := len(r.scratch), base64.StdEncoding.DecodedLen(len(text))
	for cap(r.scratch)-mark < n {
		r.scratch = append(r.scratch[:cap(r.scratch)], 0)
	}
	n, err := base64.StdEncoding.Decode(r.scratch[mark:mark+n], text)
	r.scratch = r.scratch[:mark+n]
	if err != nil {
		r.mismatch(i, "bytes in base64", text)
		return nil
	}
	return r.scratch[mark : mark+n : mark+n]
}

// Date reads column i as a date: 2024-05-14.
func (r *Reader) Date(i int) value.Date {
	text, ok := r.required(i)
	d, ok2 := value.ParseDate(text)
	if ok && !ok2 {
		r.mismatch(i, "a date such as 2024-05-14", text)
	}
	return d
}

// Timestamp reads column i as an instant in one of the forms of value.ParseTimestamp.
func (r *Reader) Timestamp(i int) value.Timestamp {
	text, ok := r.required(i)
	t, ok2 := value.ParseTimestamp(text)
	if ok && !ok2 {
		r.mismatch(i, "a timestamp such as 2024-05-14T03:12:06Z", text)
	}
	return t
}

// UUID reads column i as a UUID.
func (r *Reader) UUID(i int) value.UUID {
	text, ok := r.required(i)
	id, ok2 := value.ParseUUID(text)
	if ok && !ok2 {
		r.mismatch(i, "a UUID such as 123e4567-e89b-12d3-a456-426614174000", text)
	}
	return id
}

// Enum reads column i as one of symbols, and returns that one.
func (r *Reader) Enum(i int, symbols []string) string {
	text, ok := r.required(i)
	if !ok {
		return ""
	}
	for _, symbol := range symbols {
		if string(text) == symbol {
			return symbol
		}
	}
	r.mismatch(i, "one of "+strings.Join(symbols, ", "), text)
	return ""
}

// JSON gives a reader of the JSON text that column i holds: a list, map or struct. End takes its error over.
func (r *Reader) JSON(i int) *jsonr.Reader {
	text, ok := r.required(i)
	j := &r.json[i]
	j.Reset(text)
	if ok {
		r.nested = append(r.nested, i)
	}
	return j
}
