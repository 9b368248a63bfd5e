package jsonr

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// seeds are the corpus of the fuzz targets, which runs as a test too.
var seeds = []string{
	``, ` `, `null`, `true`, `[]`, `{}`, `{"a":1}`, `[1,2.5,-3e10,"x",null,true,false,{"a":[]}]`, `{"a":{"b":{"c":[[[]]]}}}`, `"\ud83d\ude42"`, `"\ud83d"`, `"\u00e9é二🙂"`,
	"\"\xff\"", "\"\x01\"", `{"a":1,"a":2}`, `[1,]`, `{"a":1,}`, `{,}`, `[,1]`, `{"a"}`, `{"a":}`, `01`, `-`, `1.`, `.1`, `1e`, `1e+`, `+1`, `1e999`, `-0`, `-0.0e-0`, `nul`, `truefalse`, `[1 2]`, `{"a" 1}`,
	`"unterminated`, `"\`, `"\u12`, `[`, `{"a":[`, "\ufeff{}", "{}\n{}", " [ 1 , 2 ]\t\r\n", `"aaaaaaaaaaaaaaaaaaaa\n"`, `"\"\\\/\b\f\n\r\t"`, `123456789012345678901234567890`, `0.1234567890123456789e-5`,
	`[[[[[[[[[[]]]]]]]]]]`, "{\"a\u0000\":1}", `{"":""}`, `]`, `}`, `:`, `1 1`, "\x00", `{"a":1}}`, `[1]]`, `"a"b`,
}

// decodeAny reads any value as encoding/json would with UseNumber.
func decodeAny(r *Reader) any {
	switch r.peek() {
	case '{':
		m := map[string]any{}
		for r.Object(); r.Next(); {
			key := strings.Clone(r.KeyString())
			m[key] = decodeAny(r)
		}
		return m
	case '[':
		l := []any{}
		for r.Array(); r.Elem(); {
			l = append(l, decodeAny(r))
		}
		return l
	case '"':
		return strings.Clone(r.String())
	case 't', 'f':
		return r.Bool()
	case 'n':
		r.Null()
		return nil
	}
	start := r.pos
	if f := r.Float64(); r.err == nil {
		want, err := strconv.ParseFloat(string(r.buf[start:r.pos]), 64)
		if err != nil || math.Float64bits(f) != math.Float64bits(want) {
			r.fail(start, "test: the number is "+strconv.FormatFloat(f, 'g', -1, 64)) // never right
		}
	}
	return json.Number(string(r.buf[min(start, r.pos):r.pos]))
}

// differs says why a record that encoding/json takes may be refused: our rules are stricter in these points.
func differs(err error, record []byte) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch {
	case strings.Contains(e.Reason, "UTF-8"):
		return !utf8.Valid(record)
	case strings.Contains(e.Reason, "surrogate"):
		return bytes.Contains(bytes.ToLower(record), []byte(`\ud`))
	case strings.Contains(e.Reason, "nested"):
		return len(record) > MaxDepth
	case strings.Contains(e.Reason, "range of DOUBLE"):
		return bytes.ContainsAny(record, "eE") || len(record) > 300
	}
	return false
}

func checkSame(t interface {
	Fatalf(string, ...any)
	Helper()
}, record []byte) {
	t.Helper()
	given := bytes.Clone(record)
	var r Reader
	r.Reset(record)
	r.Skip()
	skipped := r.End()
	if valid := json.Valid(record); valid && skipped != nil && !differs(skipped, record) || !valid && skipped == nil {
		t.Fatalf("%q: Skip says %v, encoding/json says %t", record, skipped, valid)
	}
	r.Reset(record)
	got := decodeAny(&r)
	err := r.End()
	if (err == nil) != (skipped == nil) && !strings.Contains(err.Error(), "range of DOUBLE") {
		t.Fatalf("%q: reading gives %v, skipping %v", record, err, skipped)
	}
	if !bytes.Equal(record, given) {
		t.Fatalf("%q was changed to %q", given, record)
	}
	if err != nil {
		if !differs(err, record) && json.Valid(record) {
			t.Fatalf("%q: %v", record, err)
		}
		if e := err.(*Error); !utf8.ValidString(e.Error()) || e.Offset < 0 || e.Offset > len(record) {
			t.Fatalf("%q: a bad error: %q at %d", record, e.Error(), e.Offset)
		}
		return
	}
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	var want any
	if err := dec.Decode(&want); err != nil {
		t.Fatalf("%q: %v", record, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q (-encoding/json +jsonr):\n%s", record, diff)
	}
}

func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	for _, record := range orders()[:3] {
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record []byte) { checkSame(t, record) })
}

// TestMutatedRecords breaks good records at random places, where a fuzzer with little time does not come.
func TestMutatedRecords(t *testing.T) {
	good := [][]byte{orders()[0], []byte(`{"a":[1,2.5e-3,"x\u00e9\ud83d\ude42",{"b":null,"c":[true,false,[],{}]}],"é":"naïve text of some length"}`)}
	alphabet := []byte("{}[]\",:\\u0dD8eE+-.19tfn \n\x00\x1f\x7f\x80\xc3\xed\xff")
	rapid.Check(t, func(t *rapid.T) {
		record := bytes.Clone(rapid.SampledFrom(good).Draw(t, "record"))
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			at := rapid.IntRange(0, len(record)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "edit") {
			case 0:
				record[at] = rapid.SampledFrom(alphabet).Draw(t, "byte")
			case 1:
				record = append(record[:at], record[at+1:]...)
			default:
				record = append(record[:at+1], record[at:]...)
			}
		}
		checkSame(t, record)
	})
}

func TestRandomFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Uint64(), math.Float64frombits), rapid.Map(rapid.Int64Range(-1e7, 1e7), func(n int64) float64 { return float64(n) / 100 })).Draw(t, "f")
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return
		}
		format := rapid.SampledFrom([]byte("efg")).Draw(t, "format")
		text := strconv.FormatFloat(f, format, rapid.IntRange(-1, 30).Draw(t, "digits"), 64)
		text = strings.Replace(text, "e", rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e"), 1)
		want64, err64 := strconv.ParseFloat(text, 64)
		got64, got := read(text, (*Reader).Float64)
		if (got == nil) != (err64 == nil) || err64 == nil && math.Float64bits(got64) != math.Float64bits(want64) {
			t.Fatalf("%s is %v, %v as DOUBLE; want %v, %v", text, got64, got, want64, err64)
		}
		want32, err32 := strconv.ParseFloat(text, 32)
		got32, got := read(text, (*Reader).Float32)
		if (got == nil) != (err32 == nil) || err32 == nil && math.Float32bits(got32) != math.Float32bits(float32(want32)) {
			t.Fatalf("%s is %v, %v as FLOAT; want %v, %v", text, got32, got, want32, err32)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"0", "-0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.0", "1e2", "100e-2", "1.5", "1e400", "123456789012345678901", "01", "1e-1", "0.1e1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !json.Valid([]byte(s)) || s[0] != '-' && s[0]-'0' > 9 {
			return
		}
		text := strings.TrimRight(s, " \t\r\n")
		want, err := strconv.ParseInt(text, 10, 64)
		got, bad := read(s, (*Reader).Int64)
		if strings.ContainsAny(text, ".eE") { // an integer all the same, perhaps
			if f, _ := strconv.ParseFloat(text, 64); bad == nil && f != float64(got) {
				t.Fatalf("%s is %d", s, got)
			}
			return
		}
		if (err == nil) != (bad == nil) || err == nil && got != want {
			t.Fatalf("%s is %d, %v; want %d, %v", s, got, bad, want, err)
		}
	})
}
