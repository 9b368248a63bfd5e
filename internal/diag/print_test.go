package diag

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func printed(t *testing.T, source string, diags ...Diagnostic) string {
	t.Helper()
	var b bytes.Buffer
	err := WriteText(&b, diags, func(file string) ([]byte, bool) { return []byte(source), file == "a.yaml" })
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteText(t *testing.T) {
	at := func(line, col int) Pos { return Pos{"a.yaml", line, col} }
	tests := map[string]struct {
		source string
		d      Diagnostic
		want   string
	}{
		"caret":                {"one\ntwo three\n", Diagnostic{ID: "SF0001", Pos: at(2, 5), Message: "m"}, "a.yaml:2:5: SF0001: m\n  2 | two three\n    |     ^\n"},
		"warning and hint":     {"x\n", Diagnostic{ID: "SF0001", Severity: Warning, Pos: at(1, 1), Message: "m", Hint: "h"}, "a.yaml:1:1: SF0001: warning: m\n  1 | x\n    | ^\nhint: h\n"},
		"related":              {"x\ny\n", Diagnostic{ID: "SF0001", Pos: at(1, 1), Message: "m", Related: []Related{{at(2, 1), "there"}}}, "a.yaml:1:1: SF0001: m\n  1 | x\n    | ^\na.yaml:2:1: there\n  2 | y\n    | ^\n"},
		"tab before":           {"\tx\ty\n", Diagnostic{ID: "SF0001", Pos: at(1, 4), Message: "m"}, "a.yaml:1:4: SF0001: m\n  1 |     x   y\n    |         ^\n"},
		"wide before":          {"日本 x\n", Diagnostic{ID: "SF0001", Pos: at(1, 8), Message: "m"}, "a.yaml:1:8: SF0001: m\n  1 | 日本 x\n    |      ^\n"},
		"combining before":     {"e\u0301 x\n", Diagnostic{ID: "SF0001", Pos: at(1, 5), Message: "m"}, "a.yaml:1:5: SF0001: m\n  1 | e\u0301 x\n    |   ^\n"},
		"behind the line":      {"ab\n", Diagnostic{ID: "SF0001", Pos: at(1, 99), Message: "m"}, "a.yaml:1:99: SF0001: m\n  1 | ab\n    |   ^\n"},
		"no such line":         {"ab\n", Diagnostic{ID: "SF0001", Pos: at(9, 1), Message: "m"}, "a.yaml:9:1: SF0001: m\n"},
		"no column":            {"ab\n", Diagnostic{ID: "SF0001", Pos: at(1, 0), Message: "m"}, "a.yaml:1: SF0001: m\n  1 | ab\n"},
		"no place":             {"ab\n", Diagnostic{ID: "SF0001", Message: "m"}, "SF0001: m\n"},
		"other file":           {"ab\n", Diagnostic{ID: "SF0001", Pos: Pos{"b.yaml", 1, 1}, Message: "m"}, "b.yaml:1:1: SF0001: m\n"},
		"crlf":                 {"ab\r\ncd\r\n", Diagnostic{ID: "SF0001", Pos: at(1, 2), Message: "m"}, "a.yaml:1:2: SF0001: m\n  1 | ab\n    |  ^\n"},
		"byte order mark":      {"\ufeffab\n", Diagnostic{ID: "SF0001", Pos: at(1, 2), Message: "m"}, "a.yaml:1:2: SF0001: m\n  1 | ab\n    |  ^\n"},
		"terminal escapes":     {"\x1b[31mx\u202ey\n", Diagnostic{ID: "SF0001", Pos: at(1, 6), Message: "m\x1b[0m\r\n"}, "a.yaml:1:6: SF0001: m.[0m..\n  1 | .[31mx.y\n    |      ^\n"},
		"broken UTF-8":         {"\xffx\n", Diagnostic{ID: "SF0001", Pos: at(1, 2), Message: "m"}, "a.yaml:1:2: SF0001: m\n  1 | \ufffdx\n    |  ^\n"},
		"empty line of a file": {"", Diagnostic{ID: "SF0001", Pos: at(1, 1), Message: "m"}, "a.yaml:1:1: SF0001: m\n  1 |\n    | ^\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, printed(t, tt.source, tt.d)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestLongLineIsCut(t *testing.T) {
	line := bytes.Repeat([]byte("0123456789"), 100_000)
	got := printed(t, string(line), Diagnostic{ID: "SF0001", Pos: Pos{"a.yaml", 1, 500_001}, Message: "m"})
	if len(got) > 500 {
		t.Fatalf("%d bytes", len(got))
	}
	lines := bytes.Split([]byte(got), []byte("\n"))
	caret := bytes.IndexByte(lines[2], '^')
	if r := []rune(string(lines[1])); r[caret] != '0' {
		t.Errorf("caret under %q\n%s", r[caret], got)
	}
}

func TestWriteJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("%q %v", b.String(), err)
	}
	b.Reset()
	d := Diagnostic{ID: "SF0001", Severity: Warning, Pos: Pos{"a", 1, 2}, Message: "<m>", Hint: "h", Related: []Related{{Pos{"b", 3, 4}, "r"}}}
	if err := WriteJSON(&b, []Diagnostic{d}); err != nil {
		t.Fatal(err)
	}
	want := `[
  {
    "id": "SF0001",
    "severity": "warning",
    "file": "a",
    "line": 1,
    "col": 2,
    "message": "<m>",
    "hint": "h",
    "related": [
      {
        "file": "b",
        "line": 3,
        "col": 4,
        "message": "r"
      }
    ]
  }
]
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestNearest(t *testing.T) {
	among := []string{"once", "append_flow", "apply_changes", "keys", "id"}
	for name, want := range map[string]string{
		"onec": "once", "appendFlow": "append_flow", "APPLY-CHANGES": "apply_changes", "aply_changes": "apply_changes",
		"key": "keys", "kesy": "keys", "colour": "", "ID": "id", "xx": "", "": "", "id": "",
	} {
		if got := Nearest(name, among); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
