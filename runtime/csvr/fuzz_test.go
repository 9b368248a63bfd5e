package csvr

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sameDialect says whether encoding/csv reads in the same way: it changes line ends inside quotes, drops a carriage
// return before any line end, takes an empty line inside quotes apart, and knows neither NUL nor UTF-8 as errors.
func sameDialect(in []byte) bool {
	return !bytes.ContainsAny(in, "\r\x00") && utf8.Valid(in) && !bytes.HasPrefix(in, []byte("\xEF\xBB\xBF"))
}

// checkSame compares with encoding/csv up to its first error, where it ends and we go on.
func checkSame(t interface{ Fatalf(string, ...any) }, in []byte) {
	theirs := csv.NewReader(bytes.NewReader(in))
	theirs.FieldsPerRecord = -1
	header, headerErr := theirs.Read()
	r := NewReader(bytes.NewReader(in), Options{})
	got, err := r.Header()
	if headerErr != nil || err != nil {
		if headerErr == nil && !strings.Contains(err.Error(), "twice") || err == nil {
			t.Fatalf("%q: header %q, %v; want %q, %v", in, got, err, header, headerErr)
		}
		return
	}
	if diff := cmp.Diff(header, got); diff != "" {
		t.Fatalf("%q: the header differs:\n%s", in, diff)
	}
	r.Bind(header)
	for {
		want, wantErr := theirs.Read()
		if wantErr == io.EOF {
			if r.Next() || r.Err() != nil {
				t.Fatalf("%q: one more record, %q, or %v", in, r.Raw(), r.Err())
			}
			return
		}
		if !r.Next() {
			t.Fatalf("%q: ends before %q", in, want)
		}
		var cells []string
		for i := range r.fields {
			cells = append(cells, string(r.text(&r.fields[i])))
		}
		bad := r.End()
		if wantErr != nil {
			if bad == nil {
				t.Fatalf("%q: %q is taken, but %v", in, cells, wantErr)
			}
			return
		}
		line, _ := theirs.FieldPos(0)
		if diff := cmp.Diff(want, cells); diff != "" || r.Line() != int64(line) || (bad != nil) != (len(want) != len(header)) {
			t.Fatalf("%q: line %d, want %d; %v\n%s", in, r.Line(), line, bad, diff)
		}
	}
}

// checkReads proves that the size of reads and the limit change nothing but what they are for.
func checkReads(t interface{ Fatalf(string, ...any) }, in []byte, limit int) {
	want, wantErr := all(bytes.NewReader(in), Options{MaxRecord: limit})
	got, err := all(iotest.OneByteReader(bytes.NewReader(in)), Options{MaxRecord: limit})
	if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("%q, limit %d, differs by the size of reads: %v and %v\n%s", in, limit, wantErr, err, diff)
	}
	free, freeErr := all(bytes.NewReader(in), Options{})
	if wantErr != nil || freeErr != nil {
		return
	}
	if len(free) != len(want) {
		t.Fatalf("%q: %d records, with limit %d %d", in, len(free), limit, len(want))
	}
	for i := range want {
		if want[i].Line != free[i].Line || want[i].Offset != free[i].Offset || !strings.HasPrefix(free[i].Raw, want[i].Raw) || !bytes.HasPrefix(in[free[i].Offset:], []byte(free[i].Raw)) {
			t.Fatalf("%q, limit %d: %+v and %+v", in, limit, free[i], want[i])
		}
		if want[i].Line != int64(1+bytes.Count(in[:want[i].Offset], []byte("\n"))) {
			t.Fatalf("%q: wrong line %+v", in, want[i])
		}
	}
}

var seeds = []string{
	"", "a", "a,b\n1,2\n", "a,b\r\n1,2\r\n", "a\n\n1\n", "\"a\"\n\"1\"\n", "a,b\n\"x\ny\",\"\"\"\"\n", "a\n\"\n", "a\n\"x\"y\n2\n", "a\nx\"y\n2\n", "a,b\n1\n1,2,3\n", "a\n\x00\n\xff\n",
	"\xEF\xBB\xBFa\n1", "a\n\"x\r\ny\"\r\n", "a\r\r\n1\r", "a,a\n", ",\n,\n", "a\n,", "\"a,\"\"b\n\"\n\"\"\n", "a\n\"\"\"\n\"\"\"\"\n\"\"\"\"\"\n", "a\n\"1\",\n\"2\", \n", "\n\n", "a\n\"1\"\"\n2\"\n3",
}

func FuzzAgainstEncodingCSV(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, limit uint8) {
		if sameDialect(in) {
			checkSame(t, in)
		}
		checkReads(t, in, int(limit))
	})
}

func TestRandomTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringOfN(rapid.SampledFrom([]rune("ab,,\"\"\n\n\ré")), 0, 60, -1).Draw(t, "in")
		in = rapid.SampledFrom([]string{"x,y\n", ""}).Draw(t, "header") + in
		if sameDialect([]byte(in)) {
			checkSame(t, []byte(in))
		}
		checkReads(t, []byte(in), rapid.IntRange(1, 20).Draw(t, "limit"))
	})
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	text := rapid.OneOf(rapid.StringOfN(rapid.SampledFrom([]rune("ab,\"\n\r;é🙂 ")), 0, 6, -1), rapid.SampledFrom([]string{"", null}))
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(text, 3, 3)).Draw(t, "rows")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		var in strings.Builder
		in.WriteString("a,b,c" + end)
		for _, cells := range rows {
			for i, cell := range cells {
				if i > 0 {
					in.WriteByte(',')
				}
				switch {
				case cell == null:
				case cell == "" || strings.ContainsAny(cell, ",\"\r\n") || rapid.Bool().Draw(t, "quote"):
					in.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
				default:
					in.WriteString(cell)
				}
			}
			in.WriteString(end)
		}
		reader := rapid.SampledFrom([]string{"whole", "one_byte", "half", "data_with_eof"}).Draw(t, "reader")
		got, err := all(readers[reader](strings.NewReader(in.String())), Options{})
		if err != nil || len(got) != len(rows) {
			t.Fatalf("%q: %d rows, %v", in.String(), len(got), err)
		}
		for i := range got {
			if diff := cmp.Diff(rows[i], got[i].Cells); diff != "" || got[i].Err != "" {
				t.Fatalf("%q: %s %s", in.String(), diff, got[i].Err)
			}
		}
	})
}
