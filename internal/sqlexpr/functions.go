package sqlexpr

// function is one row of the table of functions: everything that an OpCall may be.
//
// NULL in any argument gives NULL, without exception. A signature reads "arguments -> result", with these types:
//
//	BOOL INT DOUBLE STRING BYTES DATE TIMESTAMP   INT is Int64, DOUBLE is Float64
//	DECIMAL    any DECIMAL; two of them in one signature have one type, unless the result is a rule
//	ARRAY      any list
//	ORDERED    any type with an order; all ORDERED of a signature have one type, and ORDERED... is one or more of them
//	STRING...  one or more
//
// and these results besides: "same" is the type of the first argument; "sum", "product" and "rounded" are the rules of
// decimalResult. After the result, "!" says that the call may fail and "?" that it may be NULL without a NULL argument.
// Smaller numbers, enums and UUIDs are cast to the types of the signature before the call.
type function struct {
	name       string   // model.Expr.Func
	sql        string   // how a user writes it, upper case; "" for operators and what has a syntax of its own
	also       []string // other names for the same
	signatures []string
	parts      []string // what model.Expr.Name may be: the date part
	doc        string   // one line, as in docs/reference/sql.md
}

var (
	dateParts      = []string{"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}
	dateTruncParts = []string{"DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR"}
	timeParts      = []string{"MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY"}
	timeTruncParts = []string{"MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR"}
)

// functions is the table, by subject.
var functions = []function{
	// operators
	{name: "neg", signatures: []string{"INT -> INT !", "DOUBLE -> DOUBLE", "DECIMAL -> same"}, doc: "`-x`"},
	{name: "add", signatures: []string{"INT, INT -> INT !", "DOUBLE, DOUBLE -> DOUBLE", "DECIMAL, DECIMAL -> sum !"}, doc: "`x + y`"},
	{name: "sub", signatures: []string{"INT, INT -> INT !", "DOUBLE, DOUBLE -> DOUBLE", "DECIMAL, DECIMAL -> sum !"}, doc: "`x - y`"},
	{name: "mul", signatures: []string{"INT, INT -> INT !", "DOUBLE, DOUBLE -> DOUBLE", "DECIMAL, DECIMAL -> product !"}, doc: "`x * y`"},
	{name: "div", signatures: []string{"DOUBLE, DOUBLE -> DOUBLE !"}, doc: "`x / y`; fails where y is 0"},
	// A lone backslash at the end of a pattern stands for itself (as a literal it is refused).
	{name: "like", signatures: []string{"STRING, STRING -> BOOL"}, doc: "`s LIKE pattern`"},

	// numbers
	{name: "abs", sql: "ABS", signatures: []string{"INT -> INT !", "DOUBLE -> DOUBLE", "DECIMAL -> same"},
		doc: "the number without its sign"},
	{name: "sign", sql: "SIGN", signatures: []string{"INT -> INT", "DOUBLE -> DOUBLE", "DECIMAL -> INT"},
		doc: "-1, 0 or 1; NaN of NaN"},
	{name: "mod", sql: "MOD", signatures: []string{"INT, INT -> INT !", "DECIMAL, DECIMAL -> same !"},
		doc: "the remainder of x divided by y, with the sign of x; fails where y is 0"},
	{name: "idiv", sql: "DIV", signatures: []string{"INT, INT -> INT !"},
		doc: "x divided by y, cut towards 0; fails where y is 0"},
	{name: "round", sql: "ROUND", signatures: []string{"INT -> INT", "DOUBLE -> DOUBLE", "DECIMAL -> rounded !", "INT, INT -> INT !", "DOUBLE, INT -> DOUBLE", "DECIMAL, INT -> rounded !"},
		doc: "x rounded half away from 0 to n digits after the point (0 without n; a negative n rounds before the point)"},
	{name: "trunc", sql: "TRUNC", signatures: []string{"INT -> INT", "DOUBLE -> DOUBLE", "DECIMAL -> same", "INT, INT -> INT", "DOUBLE, INT -> DOUBLE", "DECIMAL, INT -> same"},
		doc: "x cut towards 0 to n digits after the point (0 without n)"},
	{name: "ceil", sql: "CEIL", also: []string{"CEILING"}, signatures: []string{"INT -> INT", "DOUBLE -> DOUBLE", "DECIMAL -> rounded !"},
		doc: "the least whole number not below x"},
	{name: "floor", sql: "FLOOR", signatures: []string{"INT -> INT", "DOUBLE -> DOUBLE", "DECIMAL -> rounded !"},
		doc: "the greatest whole number not above x"},
	{name: "sqrt", sql: "SQRT", signatures: []string{"DOUBLE -> DOUBLE !"}, doc: "the square root; fails below 0"},
	{name: "power", sql: "POWER", also: []string{"POW"}, signatures: []string{"DOUBLE, DOUBLE -> DOUBLE !"},
		doc: "x to the power y; fails where x is 0 and y below 0, and where x is below 0 and y is not whole"},
	{name: "exp", sql: "EXP", signatures: []string{"DOUBLE -> DOUBLE"}, doc: "e to the power x; infinite where that is too large"},
	{name: "ln", sql: "LN", signatures: []string{"DOUBLE -> DOUBLE !"}, doc: "the natural logarithm; fails at 0 and below"},
	{name: "log10", sql: "LOG10", signatures: []string{"DOUBLE -> DOUBLE !"}, doc: "the logarithm to base 10; fails at 0 and below"},
	{name: "least", sql: "LEAST", signatures: []string{"ORDERED... -> same"}, doc: "the least argument; NaN where one is NaN"},
	{name: "greatest", sql: "GREATEST", signatures: []string{"ORDERED... -> same"}, doc: "the greatest argument; NaN where one is NaN"},
	{name: "is_nan", sql: "IS_NAN", signatures: []string{"DOUBLE -> BOOL"}, doc: "whether x is NaN"},
	{name: "is_inf", sql: "IS_INF", signatures: []string{"DOUBLE -> BOOL"}, doc: "whether x is infinite"},
	{name: "safe_divide", sql: "SAFE_DIVIDE", signatures: []string{"DOUBLE, DOUBLE -> DOUBLE ?"}, doc: "x / y, NULL where y is 0"},
	// DOUBLE never overflows into an error, so the safe forms are add, sub and mul there.
	{name: "safe_add", sql: "SAFE_ADD", signatures: []string{"INT, INT -> INT ?", "DOUBLE, DOUBLE -> DOUBLE"}, doc: "x + y, NULL where it leaves BIGINT"},
	{name: "safe_subtract", sql: "SAFE_SUBTRACT", signatures: []string{"INT, INT -> INT ?", "DOUBLE, DOUBLE -> DOUBLE"}, doc: "x - y, NULL where it leaves BIGINT"},
	{name: "safe_multiply", sql: "SAFE_MULTIPLY", signatures: []string{"INT, INT -> INT ?", "DOUBLE, DOUBLE -> DOUBLE"}, doc: "x * y, NULL where it leaves BIGINT"},

	// texts; positions and lengths count characters (code points)
	{name: "length", sql: "LENGTH", also: []string{"CHAR_LENGTH", "CHARACTER_LENGTH"}, signatures: []string{"STRING -> INT", "BYTES -> INT"}, doc: "the number of characters; of bytes in BYTES"},
	{name: "byte_length", sql: "BYTE_LENGTH", also: []string{"OCTET_LENGTH"}, signatures: []string{"STRING -> INT", "BYTES -> INT"}, doc: "the number of bytes, in UTF-8"},
	{name: "lower", sql: "LOWER", signatures: []string{"STRING -> STRING"}, doc: "in lower case (Unicode)"},
	{name: "upper", sql: "UPPER", signatures: []string{"STRING -> STRING"}, doc: "in upper case (Unicode)"},
	{name: "trim", sql: "TRIM", signatures: []string{"STRING -> STRING", "STRING, STRING -> STRING"}, doc: "without white space, or without the characters in chars, at both ends"},
	{name: "ltrim", sql: "LTRIM", signatures: []string{"STRING -> STRING", "STRING, STRING -> STRING"}, doc: "TRIM at the start only"},
	{name: "rtrim", sql: "RTRIM", signatures: []string{"STRING -> STRING", "STRING, STRING -> STRING"}, doc: "TRIM at the end only"},
	{name: "substr", sql: "SUBSTR", also: []string{"SUBSTRING"}, signatures: []string{"STRING, INT -> STRING", "STRING, INT, INT -> STRING !"},
		doc: "from position pos (1 is the first, 0 too; -1 the last; before the start is the start), at most len characters; fails where len is below 0"},
	{name: "concat", sql: "CONCAT", signatures: []string{"STRING... -> STRING", "BYTES... -> BYTES"}, doc: "one after the other; also `a || b`"},
	{name: "replace", sql: "REPLACE", signatures: []string{"STRING, STRING, STRING -> STRING"}, doc: "every from replaced by to; unchanged where from is empty"},
	{name: "starts_with", sql: "STARTS_WITH", signatures: []string{"STRING, STRING -> BOOL"}, doc: "whether s begins with t"},
	{name: "ends_with", sql: "ENDS_WITH", signatures: []string{"STRING, STRING -> BOOL"}, doc: "whether s ends with t"},
	{name: "strpos", sql: "STRPOS", signatures: []string{"STRING, STRING -> INT"}, doc: "the position of the first t in s, from 1; 0 for none"},
	{name: "left", sql: "LEFT", signatures: []string{"STRING, INT -> STRING !"}, doc: "the first n characters; fails where n is below 0"},
	{name: "right", sql: "RIGHT", signatures: []string{"STRING, INT -> STRING !"}, doc: "the last n characters; fails where n is below 0"},
	{name: "lpad", sql: "LPAD", signatures: []string{"STRING, INT -> STRING !", "STRING, INT, STRING -> STRING !"},
		doc: "s filled up on the left with blanks or pad, or cut on the right, to n characters; fails where n is below 0 or above 1,048,576, or pad is empty"},
	{name: "rpad", sql: "RPAD", signatures: []string{"STRING, INT -> STRING !", "STRING, INT, STRING -> STRING !"}, doc: "LPAD that fills up on the right"},
	{name: "repeat", sql: "REPEAT", signatures: []string{"STRING, INT -> STRING !"}, doc: "s n times; fails where n is below 0 or the result has more than 1,048,576 bytes"},
	{name: "reverse", sql: "REVERSE", signatures: []string{"STRING -> STRING"}, doc: "the characters from last to first"},

	// dates and times, all in UTC; a date or time that leaves the years 0001 to 9999 fails
	{name: "date", sql: "DATE", signatures: []string{"TIMESTAMP -> DATE"}, doc: "the day of a time"},
	{name: "timestamp", sql: "TIMESTAMP", signatures: []string{"DATE -> TIMESTAMP"}, doc: "midnight of a day"},
	{name: "extract_year", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(YEAR FROM x)`"},
	{name: "extract_quarter", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(QUARTER FROM x)`, 1 to 4"},
	{name: "extract_month", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(MONTH FROM x)`"},
	{name: "extract_isoweek", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(ISOWEEK FROM x)`, the week of ISO 8601, 1 to 53"},
	{name: "extract_day", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(DAY FROM x)`"},
	{name: "extract_dayofweek", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(DAYOFWEEK FROM x)`, 1 (Sunday) to 7"},
	{name: "extract_dayofyear", signatures: []string{"DATE -> INT", "TIMESTAMP -> INT"}, doc: "`EXTRACT(DAYOFYEAR FROM x)`, 1 to 366"},
	{name: "extract_hour", signatures: []string{"TIMESTAMP -> INT"}, doc: "`EXTRACT(HOUR FROM x)`"},
	{name: "extract_minute", signatures: []string{"TIMESTAMP -> INT"}, doc: "`EXTRACT(MINUTE FROM x)`"},
	{name: "extract_second", signatures: []string{"TIMESTAMP -> INT"}, doc: "`EXTRACT(SECOND FROM x)`"},
	{name: "extract_millisecond", signatures: []string{"TIMESTAMP -> INT"}, doc: "`EXTRACT(MILLISECOND FROM x)`, of the second, 0 to 999"},
	{name: "extract_microsecond", signatures: []string{"TIMESTAMP -> INT"}, doc: "`EXTRACT(MICROSECOND FROM x)`, of the second, 0 to 999999"},
	{name: "extract_date", signatures: []string{"TIMESTAMP -> DATE"}, doc: "`EXTRACT(DATE FROM x)`"},
	{name: "date_add", sql: "DATE_ADD", signatures: []string{"DATE, INT -> DATE !"}, parts: dateParts, doc: "n parts later; the last day of a shorter month"},
	{name: "date_sub", sql: "DATE_SUB", signatures: []string{"DATE, INT -> DATE !"}, parts: dateParts, doc: "n parts earlier"},
	{name: "date_diff", sql: "DATE_DIFF", signatures: []string{"DATE, DATE -> INT"}, parts: dateTruncParts, doc: "how many beginnings of parts lie between b and a, below 0 where a is before b"},
	{name: "date_trunc", sql: "DATE_TRUNC", signatures: []string{"DATE -> DATE !"}, parts: dateTruncParts, doc: "the first day of the part; a WEEK begins on Sunday, an ISOWEEK on Monday"},
	{name: "timestamp_add", sql: "TIMESTAMP_ADD", signatures: []string{"TIMESTAMP, INT -> TIMESTAMP !"}, parts: timeParts, doc: "n parts later"},
	{name: "timestamp_sub", sql: "TIMESTAMP_SUB", signatures: []string{"TIMESTAMP, INT -> TIMESTAMP !"}, parts: timeParts, doc: "n parts earlier"},
	{name: "timestamp_diff", sql: "TIMESTAMP_DIFF", signatures: []string{"TIMESTAMP, TIMESTAMP -> INT"}, parts: timeParts, doc: "a - b in whole parts, cut towards 0"},
	{name: "timestamp_trunc", sql: "TIMESTAMP_TRUNC", signatures: []string{"TIMESTAMP -> TIMESTAMP !"}, parts: timeTruncParts, doc: "the beginning of the part"},
	{name: "unix_seconds", sql: "UNIX_SECONDS", signatures: []string{"TIMESTAMP -> INT"}, doc: "seconds since 1970, rounded down"},
	{name: "unix_millis", sql: "UNIX_MILLIS", signatures: []string{"TIMESTAMP -> INT"}, doc: "milliseconds since 1970, rounded down"},
	{name: "unix_micros", sql: "UNIX_MICROS", signatures: []string{"TIMESTAMP -> INT"}, doc: "microseconds since 1970"},
	{name: "timestamp_seconds", sql: "TIMESTAMP_SECONDS", signatures: []string{"INT -> TIMESTAMP !"}, doc: "the time of so many seconds since 1970"},
	{name: "timestamp_millis", sql: "TIMESTAMP_MILLIS", signatures: []string{"INT -> TIMESTAMP !"}, doc: "the time of so many milliseconds since 1970"},
	{name: "timestamp_micros", sql: "TIMESTAMP_MICROS", signatures: []string{"INT -> TIMESTAMP !"}, doc: "the time of so many microseconds since 1970"},
	{name: "unix_date", sql: "UNIX_DATE", signatures: []string{"DATE -> INT"}, doc: "days since 1970-01-01"},
	{name: "date_from_unix_date", sql: "DATE_FROM_UNIX_DATE", signatures: []string{"INT -> DATE !"}, doc: "the day so many days after 1970-01-01"},

	// arrays
	{name: "array_length", sql: "ARRAY_LENGTH", signatures: []string{"ARRAY -> INT"}, doc: "the number of elements"},
}
