package csvr

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/value"
)

// row is a record as a Reader gives it. A NULL is "∅".
type row struct {
	Line, Offset int64
	Raw          string
	Cells        []string
	Err          string
}

const null = "∅"

// all reads a whole stream, with all its columns.
func all(rd io.Reader, opt Options) (rows []row, err error) {
	r := NewReader(rd, opt)
	header, err := r.Header()
	if err != nil {
		return nil, err
	}
	r.Bind(header)
	for r.Next() {
		x := row{Line: r.Line(), Offset: r.Offset(), Raw: string(r.Raw())}
		for i := range header {
			if r.Null(i) {
				x.Cells = append(x.Cells, null)
			} else {
				x.Cells = append(x.Cells, strings.Clone(r.String(i)))
			}
		}
		if err := r.End(); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line != x.Line || e.Offset != x.Offset {
				return nil, fmt.Errorf("error %v of line %d, byte %d", err, x.Line, x.Offset)
			}
			x.Err, x.Cells = e.Reason, nil
		}
		rows = append(rows, x)
	}
	return rows, r.Err()
}

// readers are ways that a stream may come in.
var readers = map[string]func(io.Reader) io.Reader{
	"whole":         func(rd io.Reader) io.Reader { return rd },
	"one_byte":      iotest.OneByteReader,
	"half":          iotest.HalfReader,
	"data_with_eof": iotest.DataErrReader,
}

const (
	textAfterQuote = "text follows a closing quote; a quote inside quotes must be doubled"
	bareQuote      = "a quote stands in a field that is not quoted; quote the field and double the quote"
	neverClosed    = "quotes are opened and never closed"
)

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		name, in string // the header a,b,c and a line end are put before it
		opt      Options
		want     []row
	}{
		{"none", "", Options{}, nil},
		{"plain", "1,2,3\n4,5,6\n", Options{}, []row{{2, 6, "1,2,3", []string{"1", "2", "3"}, ""}, {3, 12, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"no_last_newline", "1,2,3", Options{}, []row{{2, 6, "1,2,3", []string{"1", "2", "3"}, ""}}},
		{"crlf", "1,2,3\r\n4,5,\"6\"\r\n7,8,9\r", Options{}, []row{{2, 6, "1,2,3", []string{"1", "2", "3"}, ""}, {3, 13, `4,5,"6"`, []string{"4", "5", "6"}, ""}, {4, 22, "7,8,9", []string{"7", "8", "9"}, ""}}},
		{"carriage_return_alone_is_data", "1\r,\r2,3\n", Options{}, []row{{2, 6, "1\r,\r2,3", []string{"1\r", "\r2", "3"}, ""}}},
		{"empty_lines", "\n1,2,3\n\r\n\n4,5,6\n\n", Options{}, []row{{3, 7, "1,2,3", []string{"1", "2", "3"}, ""}, {6, 16, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"blanks_are_data", " 1, ,\t\n", Options{}, []row{{2, 6, " 1, ,\t", []string{" 1", " ", "\t"}, ""}}},
		{"null_and_empty", ",\"\",\n\"\",,\"\"\n", Options{}, []row{{2, 6, ",\"\",", []string{null, "", null}, ""}, {3, 11, `"",,""`, []string{"", null, ""}, ""}}},
		{"quotes", "\"a,b\",\"c\"\"d\",\"\"\"\"\n", Options{}, []row{{2, 6, `"a,b","c""d",""""`, []string{"a,b", `c"d`, `"`}, ""}}},
		{"lines_in_quotes", "1,\"x\ny\r\n\r\nz\",3\n4,5,6\n", Options{}, []row{{2, 6, "1,\"x\ny\r\n\r\nz\",3", []string{"1", "x\ny\r\n\r\nz", "3"}, ""}, {6, 21, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"quotes_over_many_lines", "\"\n\"\"\n\",\"\",\"\n\n\"\n1,2,3", Options{}, []row{{2, 6, "\"\n\"\"\n\",\"\",\"\n\n\"", []string{"\n\"\n", "", "\n\n"}, ""}, {7, 21, "1,2,3", []string{"1", "2", "3"}, ""}}},
		{"unicode", "二,“q”,🙂\n", Options{}, []row{{2, 6, "二,“q”,🙂", []string{"二", "“q”", "🙂"}, ""}}},

		{"ragged", "1,2\n1,2,3\n1,2,3,4\n1\n", Options{}, []row{
			{2, 6, "1,2", nil, "the record has 2 fields, the header 3"}, {3, 10, "1,2,3", []string{"1", "2", "3"}, ""},
			{4, 16, "1,2,3,4", nil, "the record has 4 fields, the header 3"}, {5, 24, "1", nil, "the record has 1 fields, the header 3"}}},
		{"nul", "1,\x00,3\n1,2,3\n", Options{}, []row{{2, 6, "1,\x00,3", nil, "the record holds a NUL"}, {3, 12, "1,2,3", []string{"1", "2", "3"}, ""}}},
		{"bad_utf8", "1,\xff,3\n1,\"\xc3\n\",3\n4,5,6", Options{}, []row{{2, 6, "1,\xff,3", nil, "the record is not valid UTF-8"}, {3, 12, "1,\"\xc3\n\",3", nil, "the record is not valid UTF-8"}, {5, 21, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"bare_quote", "1,5\",3\n1,2\"\"2,3\n4,5,6\n", Options{}, []row{{2, 6, "1,5\",3", nil, bareQuote}, {3, 13, "1,2\"\"2,3", nil, bareQuote}, {4, 22, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"bare_quote_after_quoted_lines", "\"x\ny\",5\",\"\n4,5,6\n", Options{}, []row{{2, 6, "\"x\ny\",5\",\"", nil, bareQuote}, {4, 17, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"text_after_quote", "\"1\"x,2,3\n\"1\" ,2,3\n4,5,6\n", Options{}, []row{{2, 6, `"1"x,2,3`, nil, textAfterQuote}, {3, 15, `"1" ,2,3`, nil, textAfterQuote}, {4, 24, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"text_after_quote_lines_later", "1,\"2\n1,2,3\n1,\"x\",3\n4,5,6\n", Options{}, []row{{2, 6, "1,\"2\n1,2,3\n1,\"x\",3", nil, textAfterQuote}, {5, 25, "4,5,6", []string{"4", "5", "6"}, ""}}},
		{"never_closed", "1,2,3\n1,\"2,3\n4,5,6\n", Options{}, []row{{2, 6, "1,2,3", []string{"1", "2", "3"}, ""}, {3, 12, "1,\"2,3\n4,5,6\n", nil, neverClosed}}},
		{"never_closed_at_the_end", "1,2,\"", Options{}, []row{{2, 6, `1,2,"`, nil, neverClosed}}},

		{"too_long", "12345,2,3\n4,5,6\n1,\"a\nbcdefg\"\"\n\",3\n4,5,6\n12345678", Options{MaxRecord: 7}, []row{
			{2, 6, "12345,2", nil, "the record is longer than 7 bytes; only its start was kept"}, {3, 16, "4,5,6", []string{"4", "5", "6"}, ""},
			{4, 22, "1,\"a\nbc", nil, "the record is longer than 7 bytes; only its start was kept"}, {7, 40, "4,5,6", []string{"4", "5", "6"}, ""},
			{8, 46, "1234567", nil, "the record is longer than 7 bytes; only its start was kept"}}},
		{"too_long_and_broken", "a\"bcdefgh,\"\n4,5,6\n\"a\"bcdefghi\"\n4,5,6\n\"abcdefghi\n4,5,6", Options{MaxRecord: 7}, []row{
			{2, 6, "a\"bcdef", nil, "the record is longer than 7 bytes; only its start was kept"}, {3, 18, "4,5,6", []string{"4", "5", "6"}, ""},
			{4, 24, "\"a\"bcde", nil, "the record is longer than 7 bytes; only its start was kept"}, {5, 37, "4,5,6", []string{"4", "5", "6"}, ""},
			{6, 43, "\"abcdef", nil, "the record is longer than 7 bytes; only its start was kept"}}},
		{"as_long_as_may_be", "1,2,345\r\n1,2,345\r", Options{MaxRecord: 7}, []row{{2, 6, "1,2,345", []string{"1", "2", "345"}, ""}, {3, 15, "1,2,345", []string{"1", "2", "345"}, ""}}},
	} {
		for name, reader := range readers {
			got, err := all(reader(strings.NewReader("a,b,c\n"+c.in)), c.opt)
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, name, diff)
			}
		}
	}
}

func TestComma(t *testing.T) {
	got, err := all(strings.NewReader("a;b\n1,5;\"x;y\"\n"), Options{Comma: ';'})
	want := []row{{2, 4, "1,5;\"x;y\"", []string{"1,5", "x;y"}, ""}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestHeader(t *testing.T) {
	for in, want := range map[string][]string{
		"a,b": {"a", "b"}, "\xEF\xBB\xBFa,b\r\n": {"a", "b"}, "\n\r\na\n1": {"a"}, "\"a,\"\"b\nc\",d\n": {"a,\"b\nc", "d"}, "a,,\n": {"a", "", ""}, " a,größe \n": {" a", "größe "},
	} {
		for name, reader := range readers {
			r := NewReader(reader(strings.NewReader(in)), Options{})
			got, err := r.Header()
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%q, %s: %v, %v", in, name, got, err)
			}
		}
	}
	for in, want := range map[string]string{
		"": "line 1: there is no header line: a CSV file begins with the names of its columns", "\xEF\xBB\xBF\n\n": "there is no header line",
		"a,b,a\n1,2,3": "line 1: a: the header names the column twice", "\n\"a": "line 2: in the header: " + neverClosed, "a\"": "in the header: " + bareQuote, "\"a\"b": "in the header: " + textAfterQuote,
		"a\x00": "in the header: the record holds a NUL", "\xff": "in the header: the record is not valid UTF-8", strings.Repeat("x", 20): "in the header: the record is longer than 9 bytes",
	} {
		r := NewReader(strings.NewReader(in), Options{MaxRecord: 9})
		_, err := r.Header()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
		if r.Next() || r.Err() != err {
			t.Errorf("%q: the reader goes on: %v", in, r.Err())
		}
	}
}

func TestStreamErrors(t *testing.T) {
	cause := errors.New("unexpected end of gzip")
	for _, c := range []struct {
		name, in     string
		records      int
		line, offset int64
	}{
		{"in_the_header", "a,b", 0, 1, 0},
		{"between_records", "a,b\n1,2\n", 1, 3, 8},
		{"in_a_record", "a,b\n1,2\n3", 1, 3, 8},
		{"in_quotes", "a,b\n1,2\n3,\"\n\n", 1, 3, 8},
		{"in_a_long_record", "a,b\n1,2\n3,\"\n4567890", 1, 3, 8},
	} {
		for name, reader := range readers {
			if name == "data_with_eof" {
				continue // it would hide the error
			}
			r := NewReader(io.MultiReader(reader(strings.NewReader(c.in)), iotest.ErrReader(cause)), Options{MaxRecord: 6})
			records := 0
			for r.Next() {
				records++
			}
			var e *jsonr.StreamError
			if !errors.Is(r.Err(), cause) || !errors.As(r.Err(), &e) || e.Line != c.line || e.Offset != c.offset || records != c.records {
				t.Errorf("%s, %s: %d records, %v", c.name, name, records, r.Err())
			}
		}
	}
}

func TestBind(t *testing.T) {
	const in = "b,x,a\n1,2,3\n,,\n"
	columns := []string{"a", "b", "c", ""}
	for name, bind := range map[string]func(r *Reader){
		"before_header": func(r *Reader) { r.Bind(columns); _, _ = r.Header() },
		"after_header":  func(r *Reader) { _, _ = r.Header(); r.Bind(columns) },
		"no_header":     func(r *Reader) { r.Bind(columns) },
		"bound_twice":   func(r *Reader) { r.Bind([]string{"x", "y"}); _, _ = r.Header(); r.Bind(columns) },
		"reset":         func(r *Reader) { r.Bind(columns); _ = r.Next(); r.Reset(strings.NewReader(in), Options{}) },
	} {
		r := NewReader(strings.NewReader(in), Options{})
		bind(r)
		if !r.Next() {
			t.Fatal(name, r.Err())
		}
		if r.Int64(0) != 3 || r.String(1) != "1" || r.Present(2) || r.Present(3) || !r.Null(2) || !r.Present(0) || r.Null(0) || r.End() != nil {
			t.Errorf("%s: %v", name, r.End())
		}
		if !r.Next() || !r.Null(0) || !r.Present(0) || r.End() != nil {
			t.Errorf("%s: the second record: %v", name, r.End())
		}
		if r.Next() || r.Err() != nil {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
}

// checkValues reads texts, each as the one cell of a record.
func checkValues[T any](t *testing.T, f func(r *Reader, i int) T, opt func(r *Reader, i int) value.Opt[T], takes map[string]T, what string, refuses ...string) {
	t.Helper()
	open := func(cell string) *Reader {
		r := NewReader(strings.NewReader("k,v\nx,\""+strings.ReplaceAll(cell, `"`, `""`)+"\"\ny,\n"), Options{})
		r.Bind([]string{"v", "absent"})
		r.Next()
		return r
	}
	eq := cmp.Options{cmp.AllowUnexported(value.Decimal{}), cmpopts.EquateEmpty()}
	for text, want := range takes {
		r := open(text)
		if got := f(r, 0); r.End() != nil || !cmp.Equal(got, want, eq) {
			t.Errorf("%q is %v, %v; want %v", text, got, r.End(), want)
		}
		if got := opt(r, 0); !cmp.Equal(got, value.Some(want), eq) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
		if got := opt(r, 1); got.Valid || r.End() != nil {
			t.Errorf("an absent column is %v, %v", got, r.End())
		}
		f(r, 1)
		if err := r.End(); err == nil || err.Error() != "line 2: absent: the field is required, and the header has no such column" {
			t.Errorf("an absent column: %v", err)
		}
		if !r.Next() || opt(r, 0).Valid || r.End() != nil {
			t.Errorf("an empty cell: %v", r.End())
		}
		if got := f(r, 0); !cmp.Equal(got, *new(T), eq) || r.End() == nil || r.End().Error() != "line 3: v: the field is required and empty" {
			t.Errorf("an empty cell is %v, %v", got, r.End())
		}
	}
	for _, text := range refuses {
		r := open(text)
		got := f(r, 0)
		var e *Error
		if !errors.As(r.End(), &e) || e.Column != "v" || !strings.Contains(e.Reason, what) || e.Line != 2 || !cmp.Equal(got, *new(T), eq) {
			t.Errorf("%q is %v, %v; want an error with %q", text, got, r.End(), what)
		}
		if again := f(r, 0); !cmp.Equal(again, *new(T), eq) || r.End() != error(e) {
			t.Errorf("%q after its error is %v, %v", text, again, r.End())
		}
	}
}

func TestValues(t *testing.T) {
	checkValues(t, (*Reader).String, (*Reader).OptString, map[string]string{"x": "x", "": "", `"`: `"`, "null": "null"}, "")
	checkValues(t, (*Reader).Bool, (*Reader).OptBool, map[string]bool{"true": true, "FALSE": false, "True": true, "false": false}, `expected true or false, found "`, "1", "yes", "", " true", "tru")
	checkValues(t, (*Reader).Int32, (*Reader).OptInt32, map[string]int32{"0": 0, "-0": 0, "007": 7, "+5": 5, "2147483647": math.MaxInt32, "-2147483648": math.MinInt32, "1.0": 1, "1e2": 100},
		"expected an integer of 32 bits", "2147483648", "-2147483649", "1.5", "", "-", " 1", "1 ", "nine", "1,000", "0x1", "１")
	checkValues(t, (*Reader).Int64, (*Reader).OptInt64, map[string]int64{"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "922337203685477580.7e1": math.MaxInt64},
		"expected an integer of 64 bits", "9223372036854775808", "-9223372036854775809", "18446744073709551615", "1e19", "9223372036854775807.5")
	checkValues(t, (*Reader).Float64, (*Reader).OptFloat64, map[string]float64{"0.1": 0.1, "-1e3": -1000, "+2.5": 2.5, ".5": 0.5, "5.": 5, "1.7976931348623157e308": math.MaxFloat64, "1e-400": 0},
		"expected a number", "1e309", "NaN", "inf", "Infinity", "0x1p3", "1_0", "", "1e", "--1", "1 ")
	checkValues(t, (*Reader).Float32, (*Reader).OptFloat32, map[string]float32{"0.1": 0.1, "1.00000017881393432617187499": 1.0000001}, "expected a number in the range of FLOAT", "1e39", "-3.5e38")
	dec := func(r *Reader, i int) value.Decimal { return r.Decimal(i, 5, 2) }
	optDec := func(r *Reader, i int) value.Opt[value.Decimal] { return r.OptDecimal(i, 5, 2) }
	checkValues(t, dec, optDec, map[string]value.Decimal{"2.79": value.NewDecimal(0, 279, 2), "-999.990": value.NewDecimal(-1, ^uint64(99998), 2)}, "DECIMAL(5,2) has only ", "1000", "1.005")
	checkValues(t, dec, optDec, nil, `expected a decimal number, found "`, "", "x", "1,5")
	checkValues(t, (*Reader).Bytes, (*Reader).OptBytes, map[string][]byte{"AP8=": {0, 255}, "": {}}, "bytes in base64", "AP8", "é")
	checkValues(t, (*Reader).Date, (*Reader).OptDate, map[string]value.Date{"1970-01-02": 1}, "a date such as", "1970-02-30", "", "1970-01-02 ")
	checkValues(t, (*Reader).Timestamp, (*Reader).OptTimestamp, map[string]value.Timestamp{"1970-01-01 00:00:01": 1e6}, "a timestamp such as", "2024-05-14T03:12:64", "2024-05- 14T03:12:64", "")
	checkValues(t, (*Reader).UUID, (*Reader).OptUUID, map[string]value.UUID{"00000000-0000-0000-0000-0000000000ff": {15: 255}}, "a UUID such as", "1", "")
	symbols := []string{"pickup", "delivery"}
	enum := func(r *Reader, i int) string { return r.Enum(i, symbols) }
	optEnum := func(r *Reader, i int) value.Opt[string] { return r.OptEnum(i, symbols) }
	checkValues(t, enum, optEnum, map[string]string{"pickup": "pickup"}, "expected one of pickup, delivery, found", "", "Pickup", strings.Repeat("é", 60))
}

func TestMissing(t *testing.T) {
	r := NewReader(strings.NewReader("a\n1\n2\"\n"), Options{})
	r.Next()
	r.Missing("b")
	r.Missing("c")
	if err := r.End(); err == nil || err.Error() != "line 2: b: the field is required and missing" {
		t.Error(err)
	}
	r.Next()
	r.Missing("b")
	if err := r.End(); err == nil || err.Error() != "line 3: "+bareQuote {
		t.Error(err)
	}
}

func TestJSONInCells(t *testing.T) {
	r := NewReader(strings.NewReader("id,list,obj\n1,\"[1,2]\",\"{\"\"a\"\":\"\"\\u00e9\"\"}\"\n2,\"[1,x]\",{}\n3,[1],\"{\"\"a\"\":7}\"\n4,,\n5,[] [],{}\n"), Options{})
	r.Bind([]string{"id", "list", "obj"})
	decode := func() (list []int64, text string) {
		{
			r := r.JSON(1)
			for r.Array(); r.Elem(); {
				list = append(list, r.Int64())
			}
		}
		{
			r := r.JSON(2)
			for r.Object(); r.Next(); {
				text = r.String()
			}
		}
		return list, text
	}
	for _, want := range []string{
		"", "line 3: list[1]: in the column's JSON, at byte 3: expected an integer of 64 bits, found x",
		"line 4: obj.a: in the column's JSON, at byte 5: expected a string, found the number 7", "line 5: list: the field is required and empty",
		"line 6: list: in the column's JSON, at byte 3: expected nothing after the value, found an array",
	} {
		if !r.Next() {
			t.Fatal(r.Err())
		}
		list, text := decode()
		err := r.End()
		if want == "" && (err != nil || len(list) != 2 || text != "é") || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%v, %q, %v; want %q", list, text, err, want)
		}
	}
}

func TestRescued(t *testing.T) {
	r := NewReader(strings.NewReader("id,x,\"y\"\"\n\",obj\n1,,,{}\n2,a,\"\",{}\n3,\"\"\"\t\u00e9\",\\,\"{\"\"k\"\":1}\"\n4,\"\"\n"), Options{})
	r.Bind([]string{"id", "obj"})
	for _, want := range []string{"", `{"x":"a","y\"\u000a":""}`, `{"x":"\"\u0009é","y\"\u000a":"\\","obj":{"k":1}}`, ""} {
		if !r.Next() {
			t.Fatal(r.Err())
		}
		if !r.Null(1) {
			j := r.JSON(1)
			for j.Object(); j.Next(); {
				j.Rescue()
			}
		}
		err := r.End()
		if got := r.Rescued(); got != want || err != nil && r.Line() < 6 {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}
