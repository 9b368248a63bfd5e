package difftest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// kind is the type of a generated expression. Smaller integers, enums and UUIDs are columns only: they widen at once.
type kind int

const (
	boolKind kind = iota
	intKind
	floatKind
	decimalKind
	textKind
	dateKind
	timeKind
)

// expr is one expression in both languages.
type expr struct {
	kind             kind
	precision, scale int // decimalKind
	ours, duck       string
	flat             bool // over columns and constants only
}

// columns of the test's rows, by kind. Each has a twin, n_…, that may be NULL.
var columns = map[kind][]string{boolKind: {"b"}, intKind: {"l", "i"}, floatKind: {"d"}, decimalKind: {"m"}, textKind: {"s", "u", "e"}, dateKind: {"day"}, timeKind: {"ts"}}

var allKinds = []kind{boolKind, intKind, floatKind, decimalKind, textKind, dateKind, timeKind}

// maker makes random expressions.
type maker struct{ *rand.Rand }

func (m maker) pick(from ...string) string { return from[m.IntN(len(from))] }

func (m maker) make(k kind, depth int) expr {
	if depth == 0 || m.IntN(8) == 0 {
		return m.leaf(k)
	}
	if m.IntN(5) == 0 {
		return m.conditional(k, depth-1)
	}
	switch k {
	case boolKind:
		return m.bool(depth - 1)
	case intKind:
		return m.int(depth - 1)
	case floatKind:
		return m.float(depth - 1)
	case decimalKind:
		return m.decimal(depth - 1)
	case textKind:
		return m.text(depth - 1)
	case dateKind:
		return m.date(depth - 1)
	}
	return m.time(depth - 1)
}

func (m maker) leaf(k kind) expr {
	if m.IntN(3) == 0 {
		return m.constant(k)
	}
	name := m.pick(columns[k]...)
	if m.IntN(2) == 0 {
		name = "n_" + name
	}
	e := expr{kind: k, ours: name, duck: name}
	switch k {
	case decimalKind:
		e.precision, e.scale = 10, 2
	case intKind:
		e.duck = name + "::BIGINT"
	case textKind:
		e.duck = name + "::VARCHAR"
		if !strings.HasSuffix(name, "s") { // a UUID or enum, which some functions do not take
			e.ours = "CAST(" + name + " AS STRING)"
		}
	}
	return e
}

var (
	ints   = []string{"0", "1", "-1", "2", "-7", "10", "100", "9223372036854775807", "-9223372036854775807", "2147483648"}
	floats = []string{"0.0", "1.0", "-1.5", "0.1", "2.5", "-1e6", "123456.789", "1e-7"}
	texts  = []string{"", "a", "A", "abc", " x ", "ß", "é注🙂", "12", "-7", "1.50", "12x", "true", "2024-02-29", "2024-02-30", "2024-05-14T03:12:06Z", "2024-05- 14T03:12:64", "complete", "it's", "a\\b", "%", "_", "a\tb"}
	days   = []string{"1970-01-01", "1969-12-31", "2024-02-29", "2023-12-31", "2000-01-01", "1999-02-28"}
	times  = []string{"1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2024-02-29T12:34:56.789012Z", "2023-12-31T23:59:59Z"}
)

func (m maker) constant(k kind) expr {
	if m.IntN(8) == 0 {
		return m.null(k)
	}
	switch k {
	case boolKind:
		v := m.pick("TRUE", "FALSE")
		return expr{kind: k, ours: v, duck: v}
	case intKind:
		v := m.pick(ints...)
		return expr{kind: k, ours: "(" + v + ")", duck: "(" + v + ")::BIGINT"}
	case floatKind:
		v := m.pick(floats...)
		return expr{kind: k, ours: "(" + v + ")", duck: "(" + v + ")::DOUBLE"}
	case decimalKind:
		v := m.pick("0.00", "1.25", "-99999999.99", "0.005")
		return expr{kind: k, precision: 12, scale: 3, ours: "CAST(NUMERIC '" + v + "' AS NUMERIC(12, 3))", duck: "'" + v + "'::DECIMAL(12, 3)"}
	case textKind:
		v := m.pick(texts...)
		return expr{kind: k, ours: quoteOurs(v), duck: quoteDuck(v)}
	case dateKind:
		v := m.pick(days...)
		return expr{kind: k, ours: "DATE '" + v + "'", duck: "DATE '" + v + "'"}
	}
	v := m.pick(times...)
	return expr{kind: k, ours: "TIMESTAMP '" + v + "'", duck: "'" + strings.TrimSuffix(v, "Z") + "'::TIMESTAMP"}
}

func quoteOurs(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\t", `\t`).Replace(s) + "'"
}

func quoteDuck(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'::VARCHAR" }

// typeNames are the types' names in both languages.
func typeNames(e expr) (ours, duck string) {
	if e.kind == decimalKind {
		return fmt.Sprintf("NUMERIC(%d, %d)", e.precision, e.scale), fmt.Sprintf("DECIMAL(%d, %d)", e.precision, e.scale)
	}
	return []string{"BOOL", "INT64", "FLOAT64", "", "STRING", "DATE", "TIMESTAMP"}[e.kind], []string{"BOOLEAN", "BIGINT", "DOUBLE", "", "VARCHAR", "DATE", "TIMESTAMP"}[e.kind]
}

func (m maker) null(k kind) expr {
	e := expr{kind: k, precision: 10, scale: 2}
	ours, duck := typeNames(e)
	e.ours, e.duck = "CAST(NULL AS "+ours+")", "CAST(NULL AS "+duck+")"
	return e
}

// of fills a pattern: $1, $2, … are the arguments.
func of(k kind, ours, duck string, args ...expr) expr {
	e := expr{kind: k, ours: ours, duck: duck}
	for i, a := range args {
		place := "$" + strconv.Itoa(i+1)
		e.ours = strings.ReplaceAll(e.ours, place, a.ours)
		e.duck = strings.ReplaceAll(e.duck, place, a.duck)
	}
	return e
}

// same makes args, of which decimals have one type.
func (m maker) same(k kind, n, depth int) []expr {
	args := make([]expr, n)
	for i := range args {
		args[i] = m.make(k, depth)
		if k == decimalKind {
			args[i] = castDecimal(args[i], 20, 4)
		}
	}
	return args
}

func castDecimal(e expr, precision, scale int) expr {
	if e.precision == precision && e.scale == scale {
		return e
	}
	r := expr{kind: decimalKind, precision: precision, scale: scale}
	ours, duck := typeNames(r)
	r.ours, r.duck = "CAST("+e.ours+" AS "+ours+")", "CAST("+e.duck+" AS "+duck+")"
	return r
}

func (m maker) conditional(k kind, depth int) expr {
	c := m.make(boolKind, depth)
	args := append(m.same(k, 2, depth), c)
	var e expr
	switch m.IntN(7) {
	case 0:
		e = of(k, "CASE WHEN $3 THEN $1 ELSE $2 END", "CASE WHEN $3 THEN $1 ELSE $2 END", args...)
	case 1:
		e = of(k, "IF($3, $1, $2)", "CASE WHEN $3 THEN $1 ELSE $2 END", args...)
	case 2:
		e = of(k, "COALESCE($1, $2)", "COALESCE($1, $2)", args...)
	case 3:
		e = of(k, "NULLIF($1, $2)", "NULLIF($1, $2)", args...)
	case 4:
		e = of(k, "CASE $1 WHEN $2 THEN $2 WHEN $1 THEN $1 END", "CASE $1 WHEN $2 THEN $2 WHEN $1 THEN $1 END", args...)
	case 5:
		e = of(k, "LEAST($1, $2)", "sf_least($1, $2)", args...)
	default:
		e = of(k, "GREATEST($1, $2)", "sf_greatest($1, $2)", args...)
	}
	if k == decimalKind {
		e.precision, e.scale = 20, 4
	}
	return e
}

func (m maker) bool(depth int) expr {
	k := allKinds[m.IntN(len(allKinds))]
	args := m.same(k, 3, depth)
	switch m.IntN(12) {
	case 0, 1:
		op := m.pick("=", "!=", "<", "<=", ">", ">=")
		return of(boolKind, "($1 "+op+" $2)", "($1 "+op+" $2)", args...)
	case 2:
		return of(boolKind, "($1 BETWEEN $2 AND $3)", "($1 BETWEEN $2 AND $3)", args...)
	case 3:
		op := m.pick("IN", "NOT IN")
		return of(boolKind, "($1 "+op+" ($2, $3))", "($1 "+op+" ($2, $3))", args...)
	case 4:
		op := m.pick("IS NULL", "IS NOT NULL")
		return of(boolKind, "($1 "+op+")", "($1 "+op+")", args...)
	case 5, 6, 7:
		op := m.pick("AND", "OR")
		a := m.same(boolKind, 2, depth)
		return of(boolKind, "($1 "+op+" $2)", "($1 "+op+" $2)", a...)
	case 8:
		return of(boolKind, "(NOT $1)", "(NOT $1)", m.make(boolKind, depth))
	case 9:
		test := m.pick("TRUE", "FALSE")
		if m.IntN(2) == 0 {
			return of(boolKind, "($1 IS NOT "+test+")", "($1 IS DISTINCT FROM "+test+")", m.make(boolKind, depth))
		}
		return of(boolKind, "($1 IS "+test+")", "($1 IS NOT DISTINCT FROM "+test+")", m.make(boolKind, depth))
	case 10:
		pattern := m.pick("%", "a%", "%b", "_", "%\\%%", "", "%注_", "a_c", "\\_", "2024-%")
		return of(boolKind, "($1 LIKE "+quoteOurs(pattern)+")", "($1 LIKE "+quoteDuck(pattern)+" ESCAPE '\\')", m.make(textKind, depth))
	}
	fn := m.pick("STARTS_WITH", "ENDS_WITH")
	return of(boolKind, fn+"($1, $2)", strings.ToLower(fn)+"($1, $2)", m.make(textKind, depth), m.make(textKind, depth))
}

// cast is CAST or SAFE_CAST; DuckDB has a macro for each that takes the texts that we take, since its own takes more.
func (m maker) cast(k kind, to, macro string, a expr) expr {
	if m.IntN(2) == 0 {
		return of(k, "SAFE_CAST($1 AS "+to+")", "sf_try_"+macro+"($1)", a)
	}
	return of(k, "CAST($1 AS "+to+")", "sf_"+macro+"($1)", a)
}

func (m maker) int(depth int) expr {
	one := func() expr { return m.make(intKind, depth) }
	switch m.IntN(15) {
	case 0:
		op := m.pick("+", "-", "*")
		return of(intKind, "($1 "+op+" $2)", "($1 "+op+" $2)", one(), one())
	case 1:
		return of(intKind, "(-$1)", "(-$1)", one())
	case 14:
		return of(intKind, "ROUND($1, -2)", "round($1, -2)::BIGINT", m.small(depth))
	case 2:
		fn := m.pick("ABS", "MOD", "DIV", "SIGN")
		if fn == "ABS" || fn == "SIGN" {
			return of(intKind, fn+"($1)", fn+"($1)::BIGINT", one())
		}
		return of(intKind, fn+"($1, $2)", map[string]string{"MOD": "sf_mod", "DIV": "sf_div_int"}[fn]+"($1, $2)", one(), one())
	case 3:
		op := [][2]string{{"SAFE_ADD", "+"}, {"SAFE_SUBTRACT", "-"}, {"SAFE_MULTIPLY", "*"}}[m.IntN(3)]
		return of(intKind, op[0]+"($1, $2)", "sf_safe($1::HUGEINT "+op[1]+" $2::HUGEINT)", m.leaf(intKind), m.leaf(intKind))
	case 4:
		fn := m.pick("LENGTH", "BYTE_LENGTH")
		return of(intKind, fn+"($1)", map[string]string{"LENGTH": "length", "BYTE_LENGTH": "strlen"}[fn]+"($1)", m.make(textKind, depth))
	case 5:
		return of(intKind, "STRPOS($1, $2)", "strpos($1, $2)::BIGINT", m.make(textKind, depth), m.make(textKind, depth))
	case 6:
		part := m.pick("YEAR", "QUARTER", "MONTH", "ISOWEEK", "DAY", "DAYOFWEEK", "DAYOFYEAR")
		duck := "date_part('" + map[string]string{"ISOWEEK": "week", "DAYOFWEEK": "dow", "DAYOFYEAR": "doy"}[part] + "', $1)"
		if !strings.HasPrefix(part, "DAYOF") && part != "ISOWEEK" {
			duck = "date_part('" + part + "', $1)"
		}
		if part == "DAYOFWEEK" {
			duck = "(" + duck + " + 1)"
		}
		return of(intKind, "EXTRACT("+part+" FROM $1)", duck+"::BIGINT", m.make([]kind{dateKind, timeKind}[m.IntN(2)], depth))
	case 7:
		part := m.pick("HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND")
		duck := "date_part('" + part + "', $1)"
		switch part {
		case "MILLISECOND":
			duck += " % 1000"
		case "MICROSECOND":
			duck += " % 1000000"
		}
		return of(intKind, "EXTRACT("+part+" FROM $1)", "("+duck+")::BIGINT", m.make(timeKind, depth))
	case 8:
		part := m.pick("DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR")
		duck := "date_diff('" + part + "', $2, $1)"
		switch part {
		case "WEEK": // a week from Sunday is an ISO week a day later
			duck = "sf_weeks($1 + 1, $2 + 1)"
		case "ISOWEEK":
			duck = "sf_weeks($1, $2)"
		}
		return of(intKind, "DATE_DIFF($1, $2, "+part+")", duck, m.make(dateKind, depth), m.make(dateKind, depth))
	case 9:
		part := m.pick("MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY")
		return of(intKind, "TIMESTAMP_DIFF($1, $2, "+part+")", "date_sub('"+part+"', $2, $1)", m.make(timeKind, depth), m.make(timeKind, depth))
	case 10:
		unit := [][2]string{{"UNIX_SECONDS", "1000000"}, {"UNIX_MILLIS", "1000"}, {"UNIX_MICROS", "1"}}[m.IntN(3)]
		return of(intKind, unit[0]+"($1)", "sf_floordiv(epoch_us($1), "+unit[1]+")", m.make(timeKind, depth))
	case 11:
		return m.cast(intKind, "INT64", "text_to_int", m.make(textKind, depth))
	case 12:
		if m.IntN(2) == 0 {
			return of(intKind, "CAST($1 AS INT64)", "CAST($1 AS BIGINT)", m.make(decimalKind, depth))
		}
		return m.cast(intKind, "INT64", "float_to_int", m.make(floatKind, depth))
	}
	return of(intKind, "CAST($1 AS INT64)", "CAST($1 AS BIGINT)", m.make(boolKind, depth))
}

func (m maker) float(depth int) expr {
	one := func() expr { return m.make(floatKind, depth) }
	switch m.IntN(9) {
	case 0, 1:
		op := m.pick("+", "-", "*")
		return of(floatKind, "($1 "+op+" $2)", "($1 "+op+" $2)", one(), one())
	case 2:
		a, b := one(), one()
		return of(floatKind, "($1 / $2)", "sf_div($1, $2)", a, b)
	case 3:
		return of(floatKind, "SAFE_DIVIDE($1, $2)", "sf_safe_divide($1, $2)", one(), one())
	case 4:
		fn := m.pick("ABS", "CEIL", "FLOOR", "ROUND", "TRUNC", "SIGN", "SQRT", "LN", "LOG10")
		return of(floatKind, fn+"($1)", strings.ToLower(fn)+"($1)::DOUBLE", one())
	case 7:
		fn := m.pick("ROUND", "TRUNC")
		digits := strconv.Itoa(m.IntN(7) - 3)
		return of(floatKind, fn+"($1, "+digits+")", "sf_"+strings.ToLower(fn)+"($1, "+digits+")", one())
	case 5:
		return of(floatKind, "POWER($1, $2)", "sf_power($1, $2)", m.leaf(floatKind), m.constant(floatKind))
	case 6:
		return of(floatKind, "CAST($1 AS FLOAT64)", "CAST($1 AS DOUBLE)", m.make([]kind{intKind, decimalKind}[m.IntN(2)], depth))
	}
	return m.cast(floatKind, "FLOAT64", "text_to_float", m.make(textKind, depth))
}

func (m maker) decimal(depth int) expr {
	a, b := castDecimal(m.make(decimalKind, depth), 10, 2), castDecimal(m.make(decimalKind, depth), 12, 3)
	e := expr{kind: decimalKind}
	switch m.IntN(7) {
	case 5:
		fn, digits := m.pick("ROUND", "TRUNC", "CEIL", "FLOOR"), ""
		if fn == "ROUND" || fn == "TRUNC" {
			digits = ", " + strconv.Itoa(m.IntN(4))
		}
		// The types of results differ; the numbers do not.
		e = castDecimal(of(decimalKind, fn+"($1"+digits+")", fn+"($1"+digits+")", b), 20, 4)
	case 0:
		op := m.pick("+", "-")
		e = of(decimalKind, "($1 "+op+" $2)", "($1::DECIMAL(38, 3) "+op+" $2::DECIMAL(38, 3))", a, b)
		e.precision, e.scale = 13, 3
	case 1:
		e = of(decimalKind, "($1 * $2)", "($1::DECIMAL(19, 2) * $2::DECIMAL(19, 3))", a, b)
		e.precision, e.scale = 23, 5
	case 2:
		e = of(decimalKind, "MOD($1, $2)", "sf_mod($1, $2)", a, castDecimal(b, 10, 2))
		e.precision, e.scale = 10, 2
	case 3:
		fn := m.pick("ABS", "-")
		e = of(decimalKind, fn+"($1)", fn+"($1)", a)
		e.precision, e.scale = 10, 2
	case 4:
		e = m.cast(decimalKind, "NUMERIC(12, 3)", "text_to_decimal", m.make(textKind, depth))
		e.precision, e.scale = 12, 3
	default:
		e = of(decimalKind, "CAST($1 AS NUMERIC(20, 1))", "CAST($1 AS DECIMAL(20, 1))", m.make([]kind{intKind, decimalKind}[m.IntN(2)], depth))
		e.precision, e.scale = 20, 1
	}
	return e
}

func (m maker) text(depth int) expr {
	one := func() expr { return m.make(textKind, depth) }
	n := func() expr { // lengths and positions
		if m.IntN(3) == 0 {
			return m.make(intKind, depth)
		}
		v := strconv.Itoa(m.IntN(12) - 3)
		return expr{kind: intKind, ours: "(" + v + ")", duck: "(" + v + ")::BIGINT"}
	}
	switch m.IntN(10) {
	case 0:
		return of(textKind, "($1 || $2)", "($1 || $2)", one(), one())
	case 1:
		return of(textKind, "CONCAT($1, $2)", "($1 || $2)", one(), one())
	case 2:
		fn := m.pick("REVERSE", "LOWER", "UPPER")
		return of(textKind, fn+"($1)", "sf_"+strings.ToLower(fn)+"($1)", one())
	case 3:
		fn := m.pick("TRIM", "LTRIM", "RTRIM")
		if m.IntN(2) == 0 {
			return of(textKind, fn+"($1, 'a x')", fn+"($1, 'a x')", one())
		}
		return of(textKind, fn+"($1)", fn+"($1, chr(9) || chr(10) || chr(13) || ' ')", one())
	case 4:
		return of(textKind, "SUBSTR($1, $2)", "sf_substr_from($1, $2)", one(), n())
	case 5:
		return of(textKind, "SUBSTR($1, $2, $3)", "sf_substr($1, $2, $3)", one(), n(), n())
	case 6:
		return of(textKind, "REPLACE($1, $2, $3)", "replace($1, $2, $3)", one(), one(), one())
	case 7:
		fn := m.pick("LEFT", "RIGHT", "LPAD", "RPAD", "REPEAT")
		if strings.HasSuffix(fn, "PAD") {
			return of(textKind, fn+"($1, $2, $3)", "sf_"+strings.ToLower(fn)+"($1, $2, $3)", one(), n(), one())
		}
		return of(textKind, fn+"($1, $2)", "sf_"+strings.ToLower(fn)+"($1, $2)", one(), n())
	case 8:
		return of(textKind, "CAST($1 AS STRING)", "CAST($1 AS VARCHAR)", m.make([]kind{boolKind, intKind, dateKind}[m.IntN(3)], depth))
	}
	if m.IntN(2) == 0 {
		return of(textKind, "CAST($1 AS STRING)", "CAST($1 AS VARCHAR)", m.make(decimalKind, depth))
	}
	return of(textKind, "CAST($1 AS STRING)", "sf_time_text($1)", m.make(timeKind, depth))
}

// small is an integer of a few thousands at most: far dates end in errors that the unit tests look at.
func (m maker) small(depth int) expr {
	return of(intKind, "MOD($1, 1000)", "sf_mod($1, 1000::BIGINT)", m.make(intKind, depth))
}

func (m maker) date(depth int) expr {
	switch m.IntN(5) {
	case 0:
		fn, sign := "DATE_ADD", "+"
		if m.IntN(2) == 0 {
			fn, sign = "DATE_SUB", "-"
		}
		part := m.pick("DAY", "WEEK", "MONTH", "QUARTER")
		unit := map[string]string{"DAY": "to_days(($2)::INTEGER)", "WEEK": "to_days((7 * $2)::INTEGER)", "MONTH": "to_months(($2)::INTEGER)", "QUARTER": "to_months((3 * $2)::INTEGER)"}[part]
		return of(dateKind, fn+"($1, INTERVAL $2 "+part+")", "($1 "+sign+" "+unit+")::DATE", m.leaf(dateKind), m.small(depth))
	case 1:
		part := m.pick("DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR")
		duck := "date_trunc('" + part + "', $1)::DATE"
		switch part {
		case "WEEK":
			duck = "(date_trunc('week', $1 + 1)::DATE - 1)"
		case "ISOWEEK":
			duck = "date_trunc('week', $1)::DATE"
		}
		return of(dateKind, "DATE_TRUNC($1, "+part+")", duck, m.make(dateKind, depth))
	case 2:
		return of(dateKind, m.pick("DATE($1)", "EXTRACT(DATE FROM $1)", "CAST($1 AS DATE)"), "CAST($1 AS DATE)", m.make(timeKind, depth))
	case 3:
		return m.cast(dateKind, "DATE", "text_to_date", m.make(textKind, depth))
	}
	return of(dateKind, "DATE_FROM_UNIX_DATE($1)", "(DATE '1970-01-01' + ($1)::INTEGER)", m.small(depth))
}

func (m maker) time(depth int) expr {
	switch m.IntN(5) {
	case 0:
		fn, sign := "TIMESTAMP_ADD", "+"
		if m.IntN(2) == 0 {
			fn, sign = "TIMESTAMP_SUB", "-"
		}
		part := m.pick("MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY")
		unit := map[string]string{"MICROSECOND": "1", "MILLISECOND": "1000", "SECOND": "1000000", "MINUTE": "60000000", "HOUR": "3600000000", "DAY": "86400000000"}[part]
		return of(timeKind, fn+"($1, INTERVAL $2 "+part+")", "($1 "+sign+" to_microseconds($2 * "+unit+"))", m.leaf(timeKind), m.small(depth))
	case 1:
		part := m.pick("MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "ISOWEEK", "MONTH", "QUARTER", "YEAR")
		return of(timeKind, "TIMESTAMP_TRUNC($1, "+part+")", "date_trunc('"+strings.TrimPrefix(strings.ToLower(part), "iso")+"', $1)", m.make(timeKind, depth))
	case 2:
		return of(timeKind, m.pick("TIMESTAMP($1)", "CAST($1 AS TIMESTAMP)"), "CAST($1 AS TIMESTAMP)", m.make(dateKind, depth))
	case 3:
		return m.cast(timeKind, "TIMESTAMP", "text_to_time", m.make(textKind, depth))
	}
	return of(timeKind, "TIMESTAMP_SECONDS($1)", "make_timestamp(1000000 * $1)", m.small(depth))
}
