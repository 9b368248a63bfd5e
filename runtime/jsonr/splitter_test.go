package jsonr

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// piece is a record as a Splitter gives it.
type piece struct {
	Text    string
	Line    int64
	Offset  int64
	TooLong bool
}

func split(rd io.Reader, opt SplitOptions) (out []piece, err error) {
	s := NewSplitter(rd, opt)
	for s.Next() {
		out = append(out, piece{string(s.Record()), s.Line(), s.Offset(), s.TooLong()})
	}
	if s.Next() || s.Record() != nil {
		return out, errors.New("the splitter goes on after its end")
	}
	return out, s.Err()
}

// readers are ways that a stream may come in.
var readers = map[string]func(io.Reader) io.Reader{
	"whole":         func(rd io.Reader) io.Reader { return rd },
	"one_byte":      iotest.OneByteReader,
	"half":          iotest.HalfReader,
	"data_with_eof": iotest.DataErrReader,
	"empty_reads":   func(rd io.Reader) io.Reader { return &stutter{rd: iotest.OneByteReader(rd)} },
}

// stutter gives nothing at every other read.
type stutter struct {
	rd io.Reader
	n  int
}

func (s *stutter) Read(p []byte) (int, error) {
	if s.n++; s.n%2 == 1 {
		return 0, nil
	}
	return s.rd.Read(p)
}

func TestSplitter(t *testing.T) {
	one := func(text string, line, offset int64) piece { return piece{text, line, offset, false} }
	multi := SplitOptions{Multiline: true}
	for _, c := range []struct {
		name, in string
		opt      SplitOptions
		want     []piece
		err      string
	}{
		{"empty", "", SplitOptions{}, nil, ""},
		{"bom_only", "\xEF\xBB\xBF", SplitOptions{}, nil, ""},
		{"blank_only", " \r\n\n\t", SplitOptions{}, nil, ""},
		{"lines", "{}\n{\"a\":1}\n", SplitOptions{}, []piece{one("{}", 1, 0), one(`{"a":1}`, 2, 3)}, ""},
		{"no_last_newline", "1\n2", SplitOptions{}, []piece{one("1", 1, 0), one("2", 2, 2)}, ""},
		{"crlf", "1\r\n\r\n2\r\n3\r", SplitOptions{}, []piece{one("1", 1, 0), one("2", 3, 5), one("3", 4, 8)}, ""},
		{"blank_lines", "\n \n1\n\n\t\r\n2\n\n", SplitOptions{}, []piece{one("1", 3, 3), one("2", 6, 9)}, ""},
		{"bom", "\xEF\xBB\xBF1\n2", SplitOptions{}, []piece{one("1", 1, 3), one("2", 2, 5)}, ""},
		{"broken_line_costs_itself", "{\"a\":[\n\"\n{}\n", SplitOptions{}, []piece{one(`{"a":[`, 1, 0), one(`"`, 2, 7), one("{}", 3, 9)}, ""},
		{"two_values_on_a_line", "1 2\n", SplitOptions{}, []piece{one("1 2", 1, 0)}, ""},
		{"array_later_is_a_line", "1\n[2,\n3]", SplitOptions{}, []piece{one("1", 1, 0), one("[2,", 2, 2), one("3]", 3, 6)}, ""},

		{"array", `[{"a":"]"},2 , "x\"," ,[[3],{}],null]`, SplitOptions{}, []piece{one(`{"a":"]"}`, 1, 1), one("2", 1, 11), one(`"x\","`, 1, 15), one("[[3],{}]", 1, 23), one("null", 1, 32)}, ""},
		{"array_over_lines", "\xEF\xBB\xBF\n [\n{\"a\":\n1}\n,\n\n2\n]\n\n", SplitOptions{}, []piece{one("{\"a\":\n1}", 3, 7), one("2", 7, 19)}, ""},
		{"line_right_after_multi_line_value", "[{\n\n},{\n},\n4]", SplitOptions{}, []piece{one("{\n\n}", 1, 1), one("{\n}", 3, 6), one("4", 5, 11)}, ""},
		{"empty_array", " [ \n ] \n", SplitOptions{}, nil, ""},
		{"array_multiline", "[1,\n2]", multi, []piece{one("1", 1, 1), one("2", 2, 4)}, ""},
		{"array_odd_elements", "[tru, -, {]}]", SplitOptions{}, []piece{one("tru", 1, 1), one("-", 1, 6), one("{]", 1, 9)}, "not separated by a comma"},
		{"array_no_comma", "[1\n2]", SplitOptions{}, []piece{one("1", 1, 1)}, "line 2, byte 3: the array's elements are not separated by a comma"},
		{"array_comma_at_end", "[1,\n]", SplitOptions{}, []piece{one("1", 1, 1)}, "line 2, byte 4: the array has a comma before its end"},
		{"array_comma_first", "[,1]", SplitOptions{}, nil, "line 1, byte 1: expected an element of the array, found ','"},
		{"array_two_commas", "[1,,2]", SplitOptions{}, []piece{one("1", 1, 1)}, "line 1, byte 3: expected an element of the array, found ','"},
		{"array_unclosed", "[1,\n2\n", SplitOptions{}, []piece{one("1", 1, 1), one("2", 2, 4)}, "the file ends inside its array"},
		{"array_ends_in_element", "[1,\n{\"a\":\n2", SplitOptions{}, []piece{one("1", 1, 1)}, "the file ends inside its array, in or after what begins at line 2"},
		{"array_ends_in_string", `["a`, SplitOptions{}, nil, "the file ends inside its array"},
		{"array_open_only", "[", SplitOptions{}, nil, "the file ends inside its array"},
		{"after_array", "[1]\n{}", SplitOptions{}, []piece{one("1", 1, 1)}, "line 2, byte 4: the file goes on after its array"},
		{"two_arrays", "[1][2]", SplitOptions{}, []piece{one("1", 1, 1)}, "the file goes on after its array"},

		{"values", "{\"a\":\n1}{}\n\n\"x\ny\" 3 4\ntrue", multi, []piece{one("{\"a\":\n1}", 1, 0), one("{}", 2, 8), one("\"x\ny\"", 4, 12), one("3", 5, 18), one("4", 5, 20), one("true", 6, 22)}, ""},
		{"value_ends_early", "1 {\"a\":\n[", multi, []piece{one("1", 1, 0), one("{\"a\":\n[", 1, 2)}, ""},
		{"string_ends_early", `1 "a\"`, multi, []piece{one("1", 1, 0), one(`"a\"`, 1, 2)}, ""},
		{"stray", "1 ]},\n:x\n{}", multi, []piece{one("1", 1, 0), one("]},", 1, 2), one(":x", 2, 6), one("{}", 3, 9)}, ""},
		{"escapes_at_the_end", `"\\""a\\\""{"\\":"}"}`, multi, []piece{one(`"\\"`, 1, 0), one(`"a\\\""`, 1, 4), one(`{"\\":"}"}`, 1, 11)}, ""},

		{"long_line", "12345678\n12345\n1234567890123\r\n123456\n", SplitOptions{MaxRecord: 5}, []piece{{"12345", 1, 0, true}, one("12345", 2, 9), {"12345", 3, 15, true}, {"12345", 4, 30, true}}, ""},
		{"long_last_line", "1\n1234567", SplitOptions{MaxRecord: 5}, []piece{one("1", 1, 0), {"12345", 2, 2, true}}, ""},
		{"limit_and_crlf", "12345\r\n12345\r", SplitOptions{MaxRecord: 5}, []piece{one("12345", 1, 0), one("12345", 2, 7)}, ""},
		{"long_element", "[\"12\n34\",[1],{\"a\":\n2},7]", SplitOptions{MaxRecord: 5}, []piece{{"\"12\n3", 1, 1, true}, one("[1]", 2, 9), {"{\"a\":", 2, 13, true}, one("7", 3, 22)}, ""},
		{"long_value", "\"1\\\"34567\" [[1,2]]3\n1234567 \"12345678", SplitOptions{Multiline: true, MaxRecord: 5}, []piece{{"\"1\\\"3", 1, 0, true}, {"[[1,2", 1, 11, true}, one("3", 1, 18), {"12345", 2, 20, true}, {"\"1234", 2, 28, true}}, ""},
	} {
		for name, reader := range readers {
			got, err := split(reader(strings.NewReader(c.in)), c.opt)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, name, diff)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s, %s: error %v, want %q", c.name, name, err, c.err)
			}
		}
	}
}

func TestSplitterAtStreamErrors(t *testing.T) {
	cause := errors.New("unexpected end of gzip")
	for _, c := range []struct {
		name, in string
		opt      SplitOptions
		records  int
		line     int64
		offset   int64
	}{
		{"before_all", "", SplitOptions{}, 0, 1, 0},
		{"inside_a_line", "1\n2\n{\"a\"", SplitOptions{}, 2, 3, 4},
		{"at_a_line", "1\n2\n", SplitOptions{}, 2, 3, 4},
		{"in_long_line", "1\n2345678", SplitOptions{MaxRecord: 3}, 1, 2, 9},
		{"in_array", "[1,\n2,{\n", SplitOptions{}, 2, 2, 6},
		{"in_number", "[1,\n2", SplitOptions{}, 1, 2, 4},
		{"after_array", "[1]\n", SplitOptions{}, 1, 2, 4},
		{"multiline_in_value", "{}\n{", SplitOptions{Multiline: true}, 1, 2, 3},
		{"multiline_in_number", "{}\n12", SplitOptions{Multiline: true}, 1, 2, 3},
		{"multiline_between", "{}\n", SplitOptions{Multiline: true}, 1, 2, 3},
	} {
		for name, reader := range readers {
			if name == "data_with_eof" {
				continue // it would hide the error
			}
			rd := io.MultiReader(reader(strings.NewReader(c.in)), iotest.ErrReader(cause))
			got, err := split(rd, c.opt)
			var e *StreamError
			if !errors.Is(err, cause) || !errors.As(err, &e) || e.Line != c.line || e.Offset != c.offset || len(got) != c.records {
				t.Errorf("%s, %s: %d records, error %v; want %d, line %d, byte %d", c.name, name, len(got), err, c.records, c.line, c.offset)
			}
		}
	}
	if _, err := split(&stuck{}, SplitOptions{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing for ever: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func anyValue() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{
			"1", "-2.5e3", "true", "null", `"x"`, `"\\\""`, `"]}[{,: \u00e9é"`, "{}", "[]", "{\"a\": [1, {\"b\": \"}\"}],\n \"c\": null}", "[[[\n]],\"[\"\n]", `{"long":"` + strings.Repeat("y", 300) + `"}`,
		}).Draw(t, "value")
	})
}

// TestSplitterFindsWhatWasWritten writes values with random white space between them, and reads them in random pieces.
func TestSplitterFindsWhatWasWritten(t *testing.T) {
	space := rapid.StringOfN(rapid.SampledFrom([]rune(" \t\r\n")), 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom([]string{"lines", "multiline", "array"}).Draw(t, "mode")
		var in strings.Builder
		var want []piece
		if rapid.Bool().Draw(t, "bom") {
			in.WriteString("\xEF\xBB\xBF")
		}
		if mode == "array" {
			in.WriteString(space.Draw(t, "space") + "[")
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "values") {
			if i > 0 && mode == "array" {
				in.WriteString(",")
			}
			in.WriteString(space.Draw(t, "space"))
			v := anyValue().Draw(t, "value")
			if mode == "lines" {
				in.WriteString("\n")
				v = strings.ReplaceAll(v, "\n", "")
			}
			if i == 0 && mode != "array" && v[0] == '[' {
				v = "7"
			}
			before := in.String()
			want = append(want, piece{Text: v, Line: int64(1 + strings.Count(before, "\n")), Offset: int64(len(before))})
			in.WriteString(v)
			switch mode {
			case "lines":
				in.WriteString(rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end"))
			case "multiline":
				in.WriteString(" ")
			}
		}
		in.WriteString(space.Draw(t, "space"))
		if mode == "array" {
			in.WriteString("]" + space.Draw(t, "space"))
		}
		reader := rapid.SampledFrom([]string{"whole", "one_byte", "half", "data_with_eof", "empty_reads"}).Draw(t, "reader")
		got, err := split(readers[reader](strings.NewReader(in.String())), SplitOptions{Multiline: mode == "multiline"})
		if err != nil {
			t.Fatalf("%q: %v", in.String(), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", in.String(), diff)
		}
	})
}

func FuzzSplitter(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), false, uint8(0))
		f.Add([]byte("["+s+",\n"+s+"]"), true, uint8(20))
		f.Add([]byte(s+"\r\n"+s), true, uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, multi bool, limit uint8) {
		opt := SplitOptions{Multiline: multi, MaxRecord: int(limit)}
		want, wantErr := split(bytes.NewReader(in), opt)
		got, err := split(iotest.OneByteReader(bytes.NewReader(in)), opt)
		if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("%q differs by the size of reads: %v and %v\n%s", in, wantErr, err, diff)
		}
		end := int64(0)
		for _, p := range want {
			if p.Offset < end || p.Line != int64(1+bytes.Count(in[:p.Offset], []byte("\n"))) || !bytes.HasPrefix(in[p.Offset:], []byte(p.Text)) || p.Text == "" {
				t.Fatalf("%q: wrong piece %+v", in, p)
			}
			if p.TooLong != (len(p.Text) == opt.MaxRecord && limit > 0) && p.TooLong {
				t.Fatalf("%q: wrongly too long: %+v", in, p)
			}
			end = p.Offset + int64(len(p.Text))
		}
		if wantErr == nil && !multi && len(want) > 0 && limit == 0 {
			checkNothingLost(t, in, want)
		}
	})
}

// checkNothingLost proves that what no record holds is white space, and the punctuation of the array.
func checkNothingLost(t *testing.T, in []byte, records []piece) {
	rest := bytes.Clone(in)
	for _, p := range records {
		copy(rest[p.Offset:], bytes.Repeat([]byte(" "), len(p.Text)))
	}
	rest = bytes.TrimPrefix(rest, []byte("\xEF\xBB\xBF"))
	if s := strings.TrimSpace(string(rest)); strings.Trim(s, "[], \t\r\n") != "" {
		t.Fatalf("%q: lost %q", in, s)
	}
}

// endless gives text over and over, size bytes of it.
type endless struct {
	text string
	size int
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at >= e.size {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.size-e.at)], e.text[e.at%len(e.text):])
	e.at += n
	return n, nil
}

func TestSplitterMemoryIsBounded(t *testing.T) {
	const size = 100 << 20
	record := `{"id":"` + strings.Repeat("x", 600) + "\"}"
	for name, c := range map[string]struct {
		head, text string
		opt        SplitOptions
		bound      uint64
	}{
		"lines":         {"", record + "\n", SplitOptions{}, 1 << 20},
		"array":         {"[0", ",\n" + record, SplitOptions{}, 1 << 20},
		"multiline":     {"", record + "\n\n", SplitOptions{Multiline: true}, 1 << 20},
		"blank_lines":   {"", "\n\n\n \n", SplitOptions{}, 1 << 20},
		"one_long_line": {"", record, SplitOptions{MaxRecord: 1 << 20}, 8 << 20},
		"one_long_text": {`"`, strings.ReplaceAll(record, `"`, ""), SplitOptions{Multiline: true, MaxRecord: 1 << 20}, 8 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s := NewSplitter(io.MultiReader(strings.NewReader(c.head), &endless{text: c.text, size: size / len(c.text) * len(c.text)}), c.opt)
			records := 0
			for s.Next() {
				records++
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > c.bound {
				t.Errorf("%d bytes were allocated", used)
			}
			long := strings.HasPrefix(name, "one_long")
			if name == "array" && s.Err() == nil || name != "array" && s.Err() != nil || long && records != 1 || !long && name != "blank_lines" && records < size/len(c.text)-1 {
				t.Errorf("%d records, %v", records, s.Err())
			}
		})
	}
}

func TestSplittingAllocatesNothing(t *testing.T) {
	data := bytes.Repeat(append(orders()[0], '\n'), 1000)
	rd := bytes.NewReader(data)
	s := NewSplitter(rd, SplitOptions{})
	all := func() {
		rd.Reset(data)
		s.Reset(rd, SplitOptions{})
		for s.Next() {
		}
	}
	all()
	if n := testing.AllocsPerRun(5, all); n != 0 {
		t.Errorf("%v allocations for 1000 records", n)
	}
}
