package avror

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/value"
)

func parse(t testing.TB, text string) *avsc.Schema {
	t.Helper()
	s, err := avsc.Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// zigzag is a number as Avro writes it.
func zigzag(n int64) []byte { return binary.AppendVarint(nil, n) }

func texted(s string) []byte { return append(zigzag(int64(len(s))), s...) }

func record(fields string) string {
	return `{"type":"record","name":"a.Order","fields":[` + fields + `]}`
}

func field(name, typ string) string { return `{"name":"` + name + `","type":` + typ + `}` }

// open gives a Reader at the one field that writer writes as data and reader reads.
func open(t testing.TB, writer, reader string, data ...byte) *Reader {
	t.Helper()
	r := &Reader{}
	r.Reset(Compile(parse(t, record(field("f", writer))), parse(t, record(field("f", reader)))), data, 0)
	if !r.Record() || !r.Field() || r.Index() != 0 {
		t.Fatal(r.Err())
	}
	return r
}

const (
	millis  = `{"type":"long","logicalType":"timestamp-millis"}`
	micros  = `{"type":"long","logicalType":"timestamp-micros"}`
	nanos   = `{"type":"long","logicalType":"timestamp-nanos"}`
	decimal = `{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}`
	textual = `{"type":"string","logicalType":"`
)

// What Avro leaves to the reader, or gets wrong, is converted: units of timestamps, scales of decimals, and what other
// formats write as text.
func TestConversions(t *testing.T) {
	day := func(s string) value.Timestamp {
		v, ok := value.ParseTimestamp([]byte(s))
		if !ok {
			t.Fatal(s)
		}
		return v
	}
	at := func(r *Reader) any { return r.Timestamp() }
	dec := func(r *Reader) any { return r.Decimal(9, 2).String() }
	str := func(r *Reader) any { return r.String() }
	for name, c := range map[string]struct {
		writer, reader string
		data           []byte
		read           func(r *Reader) any
		want           any
	}{
		"milliseconds":                 {millis, micros, zigzag(1715656326001), at, day("2024-05-14T03:12:06.001Z")},
		"nanoseconds are cut":          {nanos, micros, zigzag(-1), at, day("1969-12-31T23:59:59.999999Z")},
		"zoneless is UTC":              {strings.Replace(millis, "timestamp", "local-timestamp", 1), micros, zigzag(5), at, value.Timestamp(5000)},
		"a long has the reader's unit": {`"long"`, millis, zigzag(5), at, value.Timestamp(5000)},
		"an int too":                   {`"int"`, micros, zigzag(5), at, value.Timestamp(5)},
		"text as a timestamp":          {`"string"`, textual + `timestamp"}`, texted("2024-05-14"), at, day("2024-05-14")},
		"timestamp as declared text":   {millis, textual + `timestamp"}`, zigzag(1), at, value.Timestamp(1000)},
		"date as declared text":        {`{"type":"int","logicalType":"date"}`, textual + `date"}`, zigzag(19857), func(r *Reader) any { return r.Date().String() }, "2024-05-14"},
		"text as a date":               {`"string"`, textual + `date"}`, texted("2024-05-14"), func(r *Reader) any { return r.Date().String() }, "2024-05-14"},
		"decimal":                      {decimal, decimal, []byte{4, 0xfe, 0xd4}, dec, "-3.00"},
		"decimal of a smaller scale":   {strings.Replace(decimal, "2}", "0}", 1), decimal, []byte{2, 7}, dec, "7.00"},
		"decimal of a larger scale":    {strings.Replace(decimal, "2}", "3}", 1), decimal, []byte{4, 0x04, 0xd8}, dec, "1.24"},
		"decimal with long sign":       {decimal, decimal, append(zigzag(20), append(make([]byte, 19), 100)...), dec, "1.00"},
		"bytes as a decimal":           {`"bytes"`, decimal, []byte{2, 100}, dec, "1.00"},
		"no bytes are zero":            {decimal, decimal, []byte{0}, dec, "0.00"},
		"decimal as declared text":     {decimal, textual + `decimal","precision":9,"scale":2}`, []byte{2, 100}, dec, "1.00"},
		"text as a decimal":            {`"string"`, textual + `decimal","precision":9,"scale":2}`, texted("-12.3"), dec, "-12.30"},
		"whole number as a decimal":    {`"long"`, textual + `decimal","precision":9,"scale":2}`, zigzag(12), dec, "12.00"},
		"symbol as text":               {`{"type":"enum","name":"E","symbols":["A","B"]}`, `"string"`, zigzag(1), str, "B"},
		"text as a symbol":             {`"string"`, textual + `enum","symbols":["a-b","c"]}`, texted("c"), func(r *Reader) any { return r.Enum([]string{"a-b", "c"}) }, "c"},
		"symbol for declared text":     {`{"type":"enum","name":"E","symbols":["c"]}`, textual + `enum","symbols":["a-b","c"]}`, zigzag(0), func(r *Reader) any { return r.Enum([]string{"a-b", "c"}) }, "c"},
		"UUID of bytes":                {`{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, textual + `uuid"}`, make([]byte, 16), func(r *Reader) any { return r.UUID() }, value.UUID{}},
		"fixed as bytes":               {`{"type":"fixed","name":"F","size":2}`, `"bytes"`, []byte("ab"), func(r *Reader) any { return string(r.Bytes()) }, "ab"},
		"null of an optional field":    {`"null"`, `["null","string"]`, nil, func(r *Reader) any { return r.OptString() }, value.Opt[string]{}},
		"NaN":                          {`"double"`, `"double"`, binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())), func(r *Reader) any { return math.IsNaN(r.Float64()) }, true},
	} {
		r := open(t, c.writer, c.reader, c.data...)
		got := c.read(r)
		if r.Field() || r.End() != nil || got != c.want {
			t.Errorf("%s: got %v, %v, want %v", name, got, r.Err(), c.want)
		}
	}
}

// What is wrong with a message is said with the value's place.
func TestErrors(t *testing.T) {
	long := func(r *Reader) { r.Int64() }
	str := func(r *Reader) { _ = r.String() }
	at := func(r *Reader) { r.Timestamp() }
	dec := func(r *Reader) { r.Decimal(9, 2) }
	list := func(r *Reader) {
		for r.Array(); r.Elem(); {
			r.Int64()
		}
	}
	for name, c := range map[string]struct {
		writer, reader string
		data           []byte
		read           func(r *Reader)
		want           string
	}{
		"NULL where a value must be": {`["null","long"]`, `"long"`, zigzag(0), long, "f, at byte 1: expected a long, found NULL"},
		"always NULL":                {`"null"`, `"long"`, nil, long, "f, at byte 0: expected a long, found NULL"},
		"another type":               {`"string"`, `"long"`, texted("x"), long, "f, at byte 0: expected a long, and the writer's schema has a string"},
		"a wider type":               {`"long"`, `"int"`, zigzag(1), func(r *Reader) { r.Int32() }, "f, at byte 0: expected an int, and the writer's schema has a long"},
		"date for a timestamp":       {`{"type":"int","logicalType":"date"}`, micros, zigzag(1), at, "f, at byte 0: expected a timestamp such as 2024-05-14T03:12:06Z, and the writer's schema has a date (int)"},
		"number for declared text":   {`"long"`, textual + `timestamp"}`, zigzag(1), at, "f, at byte 0: expected a timestamp such as 2024-05-14T03:12:06Z, and the writer's schema has a long"},
		"another record":             {`{"type":"record","name":"x.B","fields":[]}`, `{"type":"record","name":"x.A","fields":[]}`, nil, func(r *Reader) { r.Record() }, "f, at byte 0: expected a record, and the writer's schema has the record x.B"},
		"no such union type":         {`["null","long"]`, `"long"`, zigzag(2), long, "f, at byte 0: expected the number of a union's type, 0 to 1, found 2"},
		"cut":                        {`"string"`, `"string"`, []byte{10, 'a'}, str, "f, at byte 1: expected a string of valid UTF-8, found the end of the message"},
		"negative length":            {`"string"`, `"string"`, zigzag(-1), str, "f, at byte 1: expected a string of valid UTF-8, found a negative length"},
		"no UTF-8":                   {`"string"`, `"string"`, []byte{2, 0xff}, str, "f, at byte 0: expected a string of valid UTF-8"},
		"no number":                  {`"long"`, `"long"`, []byte(strings.Repeat("\xff", 11)), long, "f, at byte 0: a number is longer than 64 bits"},
		"int of 64 bits":             {`"int"`, `"long"`, zigzag(1 << 40), long, "f, at byte 0: expected an int, found the number 1099511627776"},
		"no boolean":                 {`"boolean"`, `"boolean"`, []byte{2}, func(r *Reader) { r.Bool() }, "f, at byte 0: expected a boolean, 0 or 1"},
		"no symbol":                  {`{"type":"enum","name":"E","symbols":["A"]}`, `{"type":"enum","name":"E","symbols":["A"]}`, zigzag(1), func(r *Reader) { r.Enum([]string{"A"}) }, "f, at byte 0: expected the number of one of A"},
		"unknown symbol":             {`{"type":"enum","name":"E","symbols":["B"]}`, `{"type":"enum","name":"E","symbols":["A"]}`, zigzag(0), func(r *Reader) { r.Enum([]string{"A"}) }, "f, at byte 0: expected one of A, found B"},
		"too many digits":            {decimal, decimal, []byte{10, 0x7f, 0, 0, 0, 0}, dec, "f, at byte 0: DECIMAL(9,2) has only 7 digits before the point, too few for 5454608465.92"},
		"beyond 128 bits":            {decimal, decimal, append(zigzag(17), append([]byte{1}, make([]byte, 16)...)...), dec, "f, at byte 0: the number has more than 38 digits"},
		"beyond 127 bits":            {decimal, decimal, append(zigzag(17), append([]byte{0, 0x80}, make([]byte, 15)...)...), dec, "f, at byte 0: the number has more than 38 digits"},
		"beyond the years":           {millis, micros, zigzag(math.MaxInt64), at, "f, at byte 0: expected a timestamp of the years 0001 to 9999, found the number 9223372036854775807"},
		"a day beyond the years":     {`{"type":"int","logicalType":"date"}`, `{"type":"int","logicalType":"date"}`, zigzag(lastDay + 1), func(r *Reader) { r.Date() }, "f, at byte 0: expected a date of the years 0001 to 9999, found day 2932897 since 1970"},
		"an element":                 {`{"type":"array","items":["null","long"]}`, `{"type":"array","items":"long"}`, []byte{4, 2, 8, 0, 0}, list, "f[1], at byte 4: expected a long, found NULL"},
		"a huge block":               {`{"type":"array","items":"long"}`, `{"type":"array","items":"long"}`, zigzag(1 << 40), list, "f, at byte 0: a block of 1099511627776 elements does not fit into the 0 bytes that are left"},
		"the smallest block":         {`{"type":"array","items":"long"}`, `{"type":"array","items":"long"}`, append(zigzag(math.MinInt64), 0), list, "f, at byte 0: a block of -9223372036854775808 elements does not fit into the 0 bytes that are left"},
		"elements without a byte": {`{"type":"array","items":"null"}`, `{"type":"array","items":["null","long"]}`, zigzag(1 << 40), func(r *Reader) {
			for r.Array(); r.Elem(); {
				r.OptInt64()
			}
		}, "f, at byte 6: the message holds more than 65536 values without a byte"},
		"a map's value": {`{"type":"map","values":["null","long"]}`, `{"type":"map","values":"long"}`, append([]byte{2}, append(texted("k"), 0, 0)...), func(r *Reader) {
			for r.Map(); r.Next(); {
				r.Int64()
			}
		}, "f.k, at byte 4: expected a long, found NULL"},
		"a map's second key": {`{"type":"map","values":"long"}`, `{"type":"map","values":"long"}`, append([]byte{4}, append(texted("k"), 0, 2, 0xff, 0, 0)...), func(r *Reader) {
			for r.Map(); r.Next(); {
				r.Int64()
			}
		}, "f, at byte 4: expected a key of valid UTF-8"},
		"a missing field": {`{"type":"record","name":"A","fields":[]}`, `{"type":"record","name":"A","fields":[{"name":"x","type":"long"}]}`, nil, func(r *Reader) { r.Record() },
			"f.x, at byte 0: the field is required, and the writer's schema has no such field"},
		"bytes left": {`"long"`, `"long"`, []byte{2, 0, 0}, long, "at byte 1: expected nothing after the record, found 2 more bytes: the message was written by another schema"},
	} {
		r := open(t, c.writer, c.reader, c.data...)
		c.read(r)
		if r.Err() == nil {
			r.Field()
		}
		for i := 0; i < 3 && r.Err() != nil; i++ { // whatever is called after an error
			r.Field()
			r.Elem()
			r.Next()
			r.Null()
			r.Int64()
		}
		if err := r.End(); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, c.want)
		}
	}
}

// A field that may be NULL may be missing in the writer's schema; so may one with a default.
func TestFieldsThatTheWriterHasNot(t *testing.T) {
	w := parse(t, record(field("a", `"long"`)))
	rd := parse(t, record(field("n", `["null","long"]`)+`,`+field("a", `"long"`)+`,{"name":"d","type":"long","default":1}`))
	var r Reader
	r.Reset(Compile(w, rd), zigzag(7), 0)
	for r.Record(); r.Field(); {
		if r.Index() != 1 || r.Int64() != 7 {
			t.Errorf("field %d", r.Index())
		}
	}
	if err := r.End(); err != nil {
		t.Error(err)
	}
}

// A writer's types may hold themselves where the reader has no field.
func TestRecursiveWritersArePassedOver(t *testing.T) {
	w := parse(t, record(field("tree", `{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}`)+`,`+field("a", `"long"`)))
	plan := Compile(w, parse(t, record(field("a", `"long"`))))
	for depth, want := range map[int]string{3: "", 10_000: "tree, at byte 256: values are nested more than 512 deep"} {
		data := append([]byte(strings.Repeat("\x02", depth)), 0, 14)
		var r Reader
		r.Reset(plan, data, 0)
		var got int64
		for r.Record(); r.Field(); {
			got = r.Int64()
		}
		switch err := r.End(); {
		case want == "" && (err != nil || got != 7), want != "" && (err == nil || err.Error() != want):
			t.Errorf("%d deep: %d, %v", depth, got, err)
		}
	}
	inner := `{"type":"record","name":"R0","fields":[]}`
	for i := range 20 { // a million records that take no bytes
		inner = `{"type":"record","name":"R` + string(rune('A'+i)) + `","fields":[{"name":"l","type":` + inner + `},{"name":"r","type":"R` + string(rune('A'+i-1)) + `"}]}`
		inner = strings.Replace(inner, `"R@"`, `"R0"`, 1)
	}
	endless := parse(t, record(field("tree", `{"type":"record","name":"Node","fields":[{"name":"l","type":"Node"},{"name":"r","type":"Node"}]}`)))
	var r Reader
	r.Reset(Compile(endless, parse(t, `{"type":"record","fields":[]}`)), nil, 0)
	for r.Record(); r.Field(); {
	}
	if r.End() == nil {
		t.Error("a value without an end was read")
	}
	r.Reset(Compile(parse(t, inner), &avsc.Schema{Type: avsc.Record}), nil, 0)
	for r.Record(); r.Field(); {
	}
	if err := r.End(); err == nil || !strings.HasSuffix(err.Error(), "the message holds more than 65536 values without a byte") {
		t.Error(err)
	}
}

// A topic of several record types has a union of them: those that the reader is not for are bad records, the others good.
func TestUnionOfRecords(t *testing.T) {
	writer := parse(t, `["null",{"type":"record","name":"a.Refund","fields":[{"name":"id","type":"long"}]},{"type":"record","name":"b.Order","fields":[{"name":"id","type":"long"}]}]`)
	plan := Compile(writer, parse(t, record(field("id", `"long"`))))
	for want, data := range map[string][]byte{
		"": {4, 14},
		"at byte 1: expected a record, and the writer's schema has the record a.Refund": {2, 14},
		"at byte 1: expected a record, found NULL":                                      {0},
	} {
		var r Reader
		r.Reset(plan, data, 0)
		var id int64
		for r.Record(); r.Field(); {
			id = r.Int64()
		}
		if err := r.End(); want == "" && (err != nil || id != 7) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%v, %d; want %s", err, id, want)
		}
	}
}

// Blocks may say how long they are.
func TestBlocksWithSizes(t *testing.T) {
	list := `{"type":"array","items":"long"}`
	r := open(t, list, list, append(append(zigzag(-2), zigzag(2)...), 2, 4, 2, 6, 0)...)
	var got []int64
	for r.Array(); r.Elem(); {
		got = append(got, r.Int64())
	}
	if r.Field(); r.End() != nil || len(got) != 3 || got[2] != 3 {
		t.Error(got, r.Err())
	}
}
