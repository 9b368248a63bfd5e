package jsonr

import (
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/value"
)

// read has one value read from text, and gives the record's error.
func read[T any](text string, f func(r *Reader) T) (T, error) {
	var r Reader
	r.Reset([]byte(text))
	v := f(&r)
	return v, r.End()
}

// takes says what f makes of texts; refuses are texts that f has to refuse with an error that says what it wants.
func checkValues[T any](t *testing.T, f func(r *Reader) T, takes map[string]T, what string, refuses ...string) {
	t.Helper()
	for text, want := range takes {
		for _, s := range []string{text, " \t\r\n" + text + " \t\r\n"} {
			got, err := read(s, f)
			if err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(value.Decimal{}), cmpopts.EquateEmpty()) {
				t.Errorf("%q is %v, %v; want %v", s, got, err, want)
			}
		}
	}
	for _, text := range refuses {
		got, err := read(text, f)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, what) && !strings.Contains(e.Reason, "malformed") {
			t.Errorf("%q is %v, %v; want an error with %q", text, got, err, what)
		}
	}
}

func TestValues(t *testing.T) {
	t.Run("bool", func(t *testing.T) {
		checkValues(t, (*Reader).Bool, map[string]bool{"true": true, "false": false}, "expected", "null", "1", `"true"`, "True", "tru", "truex", "true false", "f", "")
	})
	t.Run("int32", func(t *testing.T) {
		checkValues(t, (*Reader).Int32, map[string]int32{
			"0": 0, "-0": 0, "7": 7, "2147483647": math.MaxInt32, "-2147483648": math.MinInt32, "1.0": 1, "1e2": 100, "-2.5e1": -25, "0.0": 0, "100e-2": 1, "2147483647.000": math.MaxInt32, "0e999999999": 0,
		}, "an integer of 32 bits", "2147483648", "-2147483649", "1.5", "1e10", "1e-1", "null", `"1"`, "true", "[1]", "{}", "", "9999999999999999999999", "-", "01", "1.", ".5", "1e", "+1", "NaN")
	})
	t.Run("int64", func(t *testing.T) {
		checkValues(t, (*Reader).Int64, map[string]int64{
			"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "999999999999999999": 999999999999999999, "-1000000000000000000": -1000000000000000000,
			"9223372036854775807.0": math.MaxInt64, "922337203685477580.7e1": math.MaxInt64, "9007199254740993": 1<<53 + 1, "1e18": 1e18,
		}, "an integer of 64 bits", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "18446744073709551615", "9223372036854775807.5", "1e19", "-1e19", "1e400", "00", "-01", "--1")
	})
	t.Run("float64", func(t *testing.T) {
		checkValues(t, (*Reader).Float64, map[string]float64{
			"0": 0, "1": 1, "-1.5": -1.5, "0.1": 0.1, "2.79": 2.79, "1e22": 1e22, "1e23": 1e23, "9007199254740993": 9007199254740992, "1.7976931348623157e308": math.MaxFloat64, "5e-324": 5e-324,
			"1e-400": 0, "123456789012345678901234567890": 123456789012345678901234567890, "0.000001": 1e-6, "1E+2": 100, "1e-2": 0.01,
		}, "number", "1e309", "-1e309", "1.7976931348623159e308", "null", `"1"`, `"NaN"`, "NaN", "Infinity", "-Infinity", "-", "1.e5", "1e+", ".1", "01.5", "")
		if v, err := read("-0.0", (*Reader).Float64); err != nil || v != 0 || !math.Signbit(v) {
			t.Errorf("-0.0 is %v, %v", v, err)
		}
	})
	t.Run("what_follows_a_number", func(t *testing.T) {
		checkValues(t, (*Reader).Int64, nil, "nothing after the value", "0x10", "1e1.5", "1_0", "1 2", "12a")
		checkValues(t, (*Reader).Float64, nil, "nothing after the value", "0x1p3", "1e1.5", "1_0", "1.5.5", "1-1")
	})
	t.Run("float32", func(t *testing.T) {
		checkValues(t, (*Reader).Float32, map[string]float32{
			"0.1": 0.1, "16777217": 16777216, "3.4028234663852886e38": math.MaxFloat32, "1e-46": 0, "-2.5": -2.5, "1.00000017881393432617187499": 1.0000001, // twice rounded this is 1.0000002
		}, "number", "3.5e38", "1e39", "null", "true")
	})
	dec := func(s string) value.Decimal {
		d, err := value.ParseDecimal([]byte(s), 10, 2)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	t.Run("decimal", func(t *testing.T) {
		read := func(r *Reader) value.Decimal { return r.Decimal(10, 2) }
		checkValues(t, read, map[string]value.Decimal{
			"2.79": dec("2.79"), `"2.79"`: dec("2.79"), "-2": dec("-2"), "2.7900": dec("2.79"), "1e2": dec("100"), "99999999.99": dec("99999999.99"), "-99999999.99": dec("-99999999.99"), "0": dec("0"),
			`"\u0031.5"`: dec("1.5"), "0.1": dec("0.1"),
		}, "", "null", "true", "[]", "")
		checkValues(t, read, nil, "DECIMAL(10,2) has only 2 digits after the point, too few for the ", "2.791", `"2.791"`, "1e-3")
		checkValues(t, read, nil, "DECIMAL(10,2) has only 8 digits before the point, too few for the ", "100000000", "-100000000.00", "1e400", `"123456789"`)
		checkValues(t, read, nil, "expected a decimal number", `"x"`, `""`, `"1 "`, "nul")
	})
	t.Run("string", func(t *testing.T) {
		checkValues(t, (*Reader).String, map[string]string{
			`""`: "", `"a"`: "a", `"exactly8"`: "exactly8", `"some more than eight"`: "some more than eight", `"naïve “text” 二 🙂"`: "naïve “text” 二 🙂", "\"\x7f\"": "\x7f",
			`"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"\u0041\u00e9\u4e8c\ud83d\ude42\uD83D\uDE42"`: "Aé二🙂🙂", `"\u0000"`: "\x00", `"\uffff\ufffd"`: "\uffff\ufffd", `"abcdefg\nabcdefgh\\"`: "abcdefg\nabcdefgh\\",
		}, "a string", "null", "1", "true", "{}", "", "a", "'a'")
		checkValues(t, (*Reader).String, nil, "the string has no end", `"`, `"a`, `"abcdefghijkl`, `"é`, `"a\"`, `"\n`)
		checkValues(t, (*Reader).String, nil, "surrogate pair", `"\ud83d"`, `"\ude42"`, `"\ude42\ud83d"`, `"\ud83d\u0041"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\`, `"\ud83d\u`, `"\ud83d\ud83d\ude42"`)
		checkValues(t, (*Reader).String, nil, "begins no escape", `"\x41"`, `"\"\a"`, `"\U0041"`, `"\'"`, `"\`, "\"\\\n\"")
		checkValues(t, (*Reader).String, nil, "four hexadecimal digits", `"\u"`, `"\u004"`, `"\u004g"`, `"\u00`, `"\u-041"`)
		checkValues(t, (*Reader).String, nil, "control character", "\"a\nb\"", "\"\x00\"", "\"abcdefgh\x1f\"", "\"é\t\"", "\"abcdefghijklmnop\r\"")
		checkValues(t, (*Reader).String, nil, "not valid UTF-8", "\"\xff\"", "\"abcdefgh\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc0\xaf\"", "\"é\\n\x80\"", "\"\xe4\\u0041\xba\x8c\"")
	})
	t.Run("bytes", func(t *testing.T) {
		checkValues(t, (*Reader).Bytes, map[string][]byte{`""`: {}, `"AP8="`: {0, 0xFF}, `"\u0041P8="`: {0, 0xFF}, `"YWJj"`: []byte("abc")}, "base64", `"AP8"`, `"A"`, `"AP8=="`, `"-_8="`, "1", "null", `"é"`)
	})
	t.Run("date", func(t *testing.T) {
		checkValues(t, (*Reader).Date, map[string]value.Date{`"1970-01-02"`: 1, `"\u0031970-01-02"`: 1, `"2024-02-29"`: 19782}, "a date such as", `"2023-02-29"`, `"2024-02-29T00:00:00"`, "19782", "null", `""`)
	})
	t.Run("timestamp", func(t *testing.T) {
		checkValues(t, (*Reader).Timestamp, map[string]value.Timestamp{`"1970-01-01T00:00:01Z"`: 1e6, `"1970-01-01 00:00:01.0000019"`: 1000001, `"1970-01-02"`: 86400e6},
			"a timestamp such as", `"2024-05-14T03:12:64"`, `"2024-05- 14T03:12:06"`, "1715656326", "null", `""`)
	})
	t.Run("uuid", func(t *testing.T) {
		checkValues(t, (*Reader).UUID, map[string]value.UUID{`"00000000-0000-0000-0000-0000000000FF"`: {15: 0xFF}}, "a UUID such as", `"00000000-0000-0000-0000-0000000000G0"`, "1", "null", `""`)
	})
	t.Run("enum", func(t *testing.T) {
		f := func(r *Reader) string { return r.Enum([]string{"pickup", "delivery"}) }
		checkValues(t, f, map[string]string{`"pickup"`: "pickup", `"d\u0065livery"`: "delivery"}, "one of pickup, delivery", `"Pickup"`, `""`, `"pick"`)
		checkValues(t, f, nil, "a string", "1", "null")
	})
}

func TestOptionalValues(t *testing.T) {
	checkOpt(t, (*Reader).OptBool, "true", true)
	checkOpt(t, (*Reader).OptInt32, "1", 1)
	checkOpt(t, (*Reader).OptInt64, "1", 1)
	checkOpt(t, (*Reader).OptFloat32, "1.5", 1.5)
	checkOpt(t, (*Reader).OptFloat64, "1.5", 1.5)
	checkOpt(t, func(r *Reader) value.Opt[value.Decimal] { return r.OptDecimal(3, 1) }, "1.5", value.NewDecimal(0, 15, 1))
	checkOpt(t, (*Reader).OptString, `"x"`, "x")
	checkOpt(t, (*Reader).OptBytes, `"YQ=="`, []byte("a"))
	checkOpt(t, (*Reader).OptDate, `"1970-01-02"`, 1)
	checkOpt(t, (*Reader).OptTimestamp, `"1970-01-01T00:00:01Z"`, 1e6)
	checkOpt(t, (*Reader).OptUUID, `"00000000-0000-0000-0000-0000000000ff"`, value.UUID{15: 255})
	checkOpt(t, func(r *Reader) value.Opt[string] { return r.OptEnum([]string{"a"}) }, `"a"`, "a")
}

func checkOpt[T any](t *testing.T, f func(r *Reader) value.Opt[T], text string, want T) {
	t.Helper()
	opts := cmp.AllowUnexported(value.Decimal{})
	if got, err := read(text, f); err != nil || !cmp.Equal(got, value.Some(want), opts) {
		t.Errorf("%s is %v, %v", text, got, err)
	}
	if got, err := read("\tnull ", f); err != nil || got.Valid {
		t.Errorf("null is %v, %v", got, err)
	}
	for _, bad := range []string{"nul", "nulll", "", "{", text + "x"} {
		if got, err := read(bad, f); err == nil {
			t.Errorf("%s is taken as %v", bad, got)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	deep := strings.Repeat("[", 600)
	for _, c := range []struct{ text, path, reason string }{
		{``, "", "expected an object, found the end of the record"},
		{`  `, "", "expected an object, found the end of the record"},
		{`[1]`, "", "expected an object, found an array"},
		{`"x"`, "", `expected an object, found the string "x"`},
		{`{`, "", "expected a member's name in quotes, found the end of the record"},
		{`{id:1}`, "", "expected a member's name in quotes, found id"},
		{`{"id"`, "id", "expected a colon, found the end of the record"},
		{`{"id" "x"}`, "id", `expected a colon, found the string "x"`},
		{`{"id":}`, "id", "expected a string, found '}'"},
		{`{"id":"1",}`, "", "expected a member's name in quotes, found '}'"},
		{`{,}`, "", "expected a member's name in quotes, found ','"},
		{`{"id":"1" "status":"x"}`, "id", `expected a comma or the object's end, found the string "status"`},
		{`{"id":"1";`, "id", "expected a comma or the object's end, found ';'"},
		{`{"id":"1","status":"x"} {}`, "", "expected nothing after the value, found an object"},
		{`{"id":"1","status":"x"}` + "\x00", "", "expected nothing after the value, found the byte 0x00"},
		{`{"id":1,"status":"x"}`, "id", "expected a string, found the number 1"},
		{`{"id":null,"status":"x"}`, "id", "expected a string, found null"},
		{`{"id":"1"}`, "status", "the field is required and missing"},
		{`{"status":"1"}`, "id", "the field is required and missing"},
		{`{}`, "id", "the field is required and missing"},
		{`{"id":"1","status":"x","shoppingContext":{"chain":7}}`, "shoppingContext.chain", "expected a string, found the number 7"},
		{`{"id":"1","status":"x","shoppingContext":[]}`, "shoppingContext", "expected an object, found an array"},
		{`{"lineItems":[{"sku":"a","quantity":1,"price":1},{"sku":"b","quantity":1.5}]}`, "lineItems[1].quantity", "expected an integer of 32 bits, found the number 1.5"},
		{`{"lineItems":[{"sku":"a","quantity":1,"price":1},{"sku":"b","quantity":1,"price":1.005}]}`, "lineItems[1].price", "DECIMAL(10,2) has only 2 digits after the point, too few for the number 1.005"},
		{`{"lineItems":[{"sku":"a","quantity":1,"price":1},{"sku":"b"}]}`, "lineItems[1].sku, quantity or price", "the field is required and missing"},
		{`{"lineItems":[{}`, "lineItems[0].sku, quantity or price", "the field is required and missing"},
		{`{"lineItems":[`, "lineItems[0]", "expected a value or the array's end, found the end of the record"},
		{`{"lineItems":[1`, "lineItems[0]", "expected an object, found the number 1"},
		{`{"x":[1,2,{"a":[],"b":[[],[tru]]}]}`, "x[2].b[1][0]", "expected a value, found tru"},
		{`{"x":[1,]}`, "x[1]", "expected a value, found ']'"},
		{`{"x":[1 2]}`, "x[0]", "expected a comma or the array's end, found the number 2"},
		{`{"x":[1}`, "x[0]", "expected a comma or the array's end, found '}'"},
		{`{"x":{"y":1]`, "x.y", "expected a comma or the object's end, found ']'"},
		{`{"x":012}`, "x", "the number 012 is malformed"},
		{`{"x":"a` + "\x01" + `"}`, "x", "a string holds a control character that is not escaped: the byte 0x01"},
		{`{"x":{"y` + "\xff" + `":1}}`, "x", "a string is not valid UTF-8: the byte 0xff"},
		{`{"x":"\x"}`, "x", "a backslash in a string begins no escape"},
		{`{"x, \"y\"":{"}]":[0,nope]}}`, `x, \"y\".}][1]`, "expected a value, found nope"},
		{`{"x":` + deep, "x" + strings.Repeat("[0]", 511), "objects and arrays are nested more than 512 deep"},
		{`{"gift":"yes"}`, "gift", `expected true or false, found the string "yes"`},
		{`{"orderType":"mail"}`, "orderType", `expected one of pickup, delivery, found the string "mail"`},
		{`{"createdTime":"2024-05- 14T03:12:64"}`, "createdTime", `expected a timestamp such as 2024-05-14T03:12:06Z, found the string "2024-05- 14T03:12:64"`},
		{`{"weight":1e309}`, "weight", "expected a number in the range of DOUBLE, found the number 1e309"},
		{`{"store":"` + strings.Repeat("é", 60) + `"}`, "store", `expected an integer of 32 bits, found the string "` + strings.Repeat("é", 29) + "…"},
		{`{"store":` + "\xc3\xa9}", "store", "expected an integer of 32 bits, found the byte 0xc3"},
	} {
		var r Reader
		var o order
		r.Reset([]byte(c.text))
		err := o.DecodeJSON(&r)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", c.text)
			continue
		}
		if e.Path != c.path || e.Reason != c.reason {
			t.Errorf("%s:\n got %s | %s\nwant %s | %s", c.text, e.Path, e.Reason, c.path, c.reason)
		}
		if r.Err() != err {
			t.Errorf("%s: Err is %v, End gave %v", c.text, r.Err(), err)
		}
	}
}

func TestErrorsOfHostileRecordsAreShort(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	for _, text := range []string{`{"` + long + `":x}`, `{"a":"` + long + `"}`, `{"a":` + strings.Repeat("9", 1<<20) + `}`, `{"a":` + strings.Repeat("x", 1<<20), `{"` + long + `":{"a":{}}}`} {
		var r Reader
		r.Reset([]byte(text))
		for r.Object(); r.Next(); {
			if r.peek() == '{' {
				r.Skip()
				r.Missing("z")
			}
			r.Int64()
		}
		if err := r.End(); err == nil || len(err.Error()) > maxPath+200 || !utf8.ValidString(err.Error()) {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	}
}

func TestHugeRecord(t *testing.T) {
	text := strings.Repeat("naïve \\n", 4<<20)
	s := NewSplitter(strings.NewReader("1\n{\"a\":\""+text+"\",\"b\":["+strings.Repeat("0,", 1<<20)+"1]}\n2"), SplitOptions{})
	s.Next()
	if !s.Next() || s.TooLong() {
		t.Fatal(s.Err())
	}
	var r Reader
	r.Reset(s.Record())
	got, n := "", 0
	for r.Object(); r.Next(); {
		if string(r.Key()) == "a" {
			got = r.String()
			continue
		}
		for r.Array(); r.Elem(); n++ {
			r.Skip()
		}
	}
	if r.End() != nil || n != 1<<20+1 || got != strings.ReplaceAll(text, "\\n", "\n") {
		t.Error(r.Err(), n, len(got))
	}
	if !s.Next() || string(s.Record()) != "2" || s.Line() != 3 {
		t.Errorf("after it: %q on line %d", s.Record(), s.Line())
	}
}

func TestErrorText(t *testing.T) {
	_, err := read(`{"a":[1,x]}`, func(r *Reader) any { r.Skip(); return nil })
	if err == nil || err.Error() != "a[1], at byte 8: expected a value, found x" {
		t.Error(err)
	}
	_, err = read(`x`, func(r *Reader) any { r.Skip(); return nil })
	if err == nil || err.Error() != "at byte 0: expected a value, found x" {
		t.Error(err)
	}
}

func TestAfterTheFirstErrorNothingIsRead(t *testing.T) {
	var r Reader
	r.Reset([]byte(`{"a":x,"b":[1,2,{"c":"d"}]}`))
	r.Object()
	r.Next()
	if v := r.Int64(); v != 0 {
		t.Errorf("got %d", v)
	}
	first := r.Err()
	if r.Next() || r.Elem() || r.Object() || r.Array() || r.Null() || r.Bool() || r.String() != "" || r.Int64() != 0 || r.Float64() != 0 || r.Float32() != 0 || r.Bytes() != nil ||
		r.Decimal(3, 1) != (value.Decimal{}) || r.Date() != 0 || r.Timestamp() != 0 || r.UUID() != (value.UUID{}) || r.Enum([]string{""}) != "" {
		t.Error("something was read")
	}
	r.Skip()
	r.Rescue()
	r.Missing("z")
	if r.Err() != first || r.End() != first || r.Rescued() != "" {
		t.Errorf("the error became %v", r.Err())
	}
	if r.Reset([]byte("1")); r.Int64() != 1 || r.End() != nil {
		t.Error("Reset does not forget the error")
	}
}

func TestDepth(t *testing.T) {
	for _, brackets := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
		for depth, ok := range map[int]bool{MaxDepth: true, MaxDepth + 1: false, 100_000: false} {
			text := strings.Repeat(brackets[0], depth) + "1" + strings.Repeat(brackets[1], depth)
			if _, err := read(text, func(r *Reader) any { r.Skip(); return nil }); (err == nil) != ok {
				t.Errorf("depth %d: %v", depth, err)
			}
		}
	}
	wide := "[" + strings.Repeat("[],{},", 2000) + "1]"
	if _, err := read(wide, func(r *Reader) any { r.Skip(); return nil }); err != nil {
		t.Errorf("what is wide is not deep: %v", err)
	}
}

func TestTextsStayUntilReset(t *testing.T) {
	// The buffer of escaped strings grows many times on the way.
	var b strings.Builder
	b.WriteString("[")
	for i := range 500 {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`"\n` + strings.Repeat("x", i) + `"`)
	}
	b.WriteString("]")
	var r Reader
	r.Reset([]byte(b.String()))
	var got []string
	for r.Array(); r.Elem(); {
		got = append(got, r.String())
	}
	if r.End() != nil || len(got) != 500 {
		t.Fatal(r.Err(), len(got))
	}
	for i, s := range got {
		if s != "\n"+strings.Repeat("x", i) {
			t.Fatalf("string %d is %q", i, s)
		}
	}
}

func TestDuplicateMembersTheLastWins(t *testing.T) {
	var r Reader
	var o order
	r.Reset([]byte(`{"id":"1","status":"a","lineItems":[{"sku":"x","quantity":1,"price":1}],"status":"b","lineItems":[],"gift":true,"gift":null}`))
	if err := o.DecodeJSON(&r); err != nil || o.Status != "b" || len(o.LineItems.V) != 0 || o.Gift.Valid {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestRescue(t *testing.T) {
	decode := func(text string) (string, error) {
		var r Reader
		r.Reset([]byte(text))
		for r.Object(); r.Next(); {
			switch string(r.Key()) {
			case "id":
				r.Skip()
			case "items":
				for r.Array(); r.Elem(); {
					for r.Object(); r.Next(); {
						if string(r.Key()) == "sku" {
							r.Skip()
						} else {
							r.Rescue()
						}
					}
				}
			default:
				r.Rescue()
			}
		}
		err := r.End()
		return r.Rescued(), err
	}
	for text, want := range map[string]string{
		`{}`: "", `{"id":1}`: "",
		`{"a":1,"id":2, "b" : [ 1, {"x":null} ] }`: `{"a":1,"b":[ 1, {"x":null} ]}`,
		`{"\u0061\"":"\n"}`:                        `{"\u0061\"":"\n"}`,
		`{"items":[{"sku":1,"colour":"red"},{},{"sku":2,"size":{"w":1}}],"z":true}`:      `{"items[0].colour":"red","items[2].size":{"w":1},"z":true}`,
		`{"z":{"items":[]},"items":[{"a":{"b":[{"c":"}"}]},"a b":0}, {"d" : "\u00e9"}]}`: `{"z":{"items":[]},"items[0].a":{"b":[{"c":"}"}]},"items[0].a b":0,"items[1].d":"\u00e9"}`,
	} {
		got, err := decode(text)
		if err != nil || got != want {
			t.Errorf("%s rescues %s, %v; want %s", text, got, err, want)
		}
	}
	if got, err := decode(`{"a":[1,}`); err == nil || got != "" {
		t.Errorf("a broken member is rescued: %s", got)
	}
}

func TestRescueOfManyIsLinear(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"items":[{"x":0`)
	for range 200_000 {
		b.WriteString(`},{"x":1`)
	}
	b.WriteString(`}]}`)
	var r Reader
	r.Reset([]byte(b.String()))
	for r.Object(); r.Next(); {
		for r.Array(); r.Elem(); {
			for r.Object(); r.Next(); {
				r.Rescue() // quadratic, this would take minutes
			}
		}
	}
	if r.End() != nil || !strings.HasSuffix(r.Rescued(), `"items[200000].x":1}`) {
		t.Error(r.Err())
	}
}
