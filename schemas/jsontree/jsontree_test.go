package jsontree

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/seamflow/seamflow/internal/diag"
)

func TestPlaces(t *testing.T) {
	src := "\ufeff{\r\n \"größe\": [1,\n\t-0.5e+3, {\"a/b~\": null}], \"\\u00e9\\ud83d\\ude00\\n\": true}\n"
	var diags diag.List
	n := Parse("s.json", []byte(src), &diags)
	if diags.Len() > 0 {
		t.Fatal(diags.Sorted())
	}
	at := func(line, col int) diag.Pos { return diag.Pos{File: "s.json", Line: line, Col: col} }
	want := &Node{Kind: Object, Pos: at(1, 1), Members: []Member{
		{Key: "größe", Pos: at(2, 2), Value: &Node{Kind: Array, Pos: at(2, 13), Items: []*Node{
			{Kind: Number, Text: "1", Pos: at(2, 14)},
			{Kind: Number, Text: "-0.5e+3", Pos: at(3, 2)},
			{Kind: Object, Pos: at(3, 11), Members: []Member{{Key: "a/b~", Pos: at(3, 12), Value: &Node{Kind: Null, Text: "null", Pos: at(3, 20)}}}},
		}}},
		{Key: "é😀\n", Pos: at(3, 28), Value: &Node{Kind: Bool, Text: "true", Pos: at(3, 52)}},
	}}
	if d := cmp.Diff(want, n); d != "" {
		t.Error(d)
	}
	if got := n.At("/größe/2/a~1b~0"); !got.Is(Null) {
		t.Errorf("the pointer leads to %+v", got)
	}
	for _, pointer := range []string{"größe", "/größe/3", "/größe/-1", "/größe/01", "/größe/+1", "/größe/0/x", "/nothing", "/"} {
		if got := n.At(pointer); got != nil {
			t.Errorf("%s leads to %+v", pointer, got)
		}
	}
}

func TestBroken(t *testing.T) {
	deep := strings.Repeat("[", maxDepth)
	for _, c := range []struct{ src, want string }{
		{"", "1:1: SF0101: not JSON: a value is expected, not the end of the file"},
		{" \n", "2:1: SF0101: not JSON: a value is expected, not the end of the file"},
		{`{"a": 1,}`, "1:9: SF0101: not JSON: a key in double quotes is expected, not '}' (take out the comma before it)"},
		{`[1,]`, "1:4: SF0101: not JSON: a value is expected after a comma, not ']' (take out the comma before it)"},
		{`[,1]`, "1:2: SF0101: not JSON: a value is expected, not ','"},
		{`{a: 1}`, "1:2: SF0101: not JSON: a key in double quotes is expected, not 'a'"},
		{`{'a': 1}`, "1:2: SF0101: not JSON: a key in double quotes is expected, not '\\''"},
		{`{"a" 1}`, "1:6: SF0101: not JSON: a colon is expected after a key, not '1'"},
		{"{\"a\": 1\n\"b\": 2}", "2:1: SF0101: not JSON: a comma or } is expected, not '\"'"},
		{`[1 2]`, "1:4: SF0101: not JSON: a comma or ] is expected, not '2'"},
		{`[1`, "1:3: SF0101: not JSON: a comma or ] is expected, not the end of the file"},
		{`{} {}`, "1:4: SF0101: not JSON: the file goes on after its JSON value (a schema file holds one JSON value)"},
		{"// a schema\n{}", `1:1: SF0101: not JSON: a value is expected, not '/' (JSON has no comments: use "$comment", "description" or "doc")`},
		{`nul`, "1:1: SF0101: not JSON: a value is expected, not 'n'"},
		{`NaN`, "1:1: SF0101: not JSON: a value is expected, not 'N'"},
		{`01`, "1:2: SF0101: not JSON: the file goes on after its JSON value (a schema file holds one JSON value)"},
		{`-`, "1:2: SF0101: not JSON: a digit is expected, not the end of the file"},
		{`1.`, "1:3: SF0101: not JSON: a digit is expected, not the end of the file"},
		{`[1.e5]`, "1:4: SF0101: not JSON: a digit is expected, not 'e'"},
		{`1e+`, "1:4: SF0101: not JSON: a digit is expected, not the end of the file"},
		{`"abc`, "1:5: SF0101: not JSON: a text is not closed"},
		{"\"a\nb\"", `1:3: SF0101: not JSON: a text holds the end of the line (write it as an escape: \n, \t, \u0000)`},
		{"\"a\tb\"", `1:3: SF0101: not JSON: a text holds the control character U+0009 (write it as an escape: \n, \t, \u0000)`},
		{`"a\x"`, `1:3: SF0101: not JSON: an unknown escape (a backslash is written \\)`},
		{`"a\u12g4"`, `1:3: SF0101: not JSON: an unknown escape (a backslash is written \\)`},
		{`"a\`, `1:3: SF0101: not JSON: an unknown escape (a backslash is written \\)`},
		{`"\ud83d!"`, `1:2: SF0101: not JSON: half a surrogate pair (write the character itself, or both halves: \ud83d\ude00)`},
		{`"\ude00\ud83d"`, `1:2: SF0101: not JSON: half a surrogate pair (write the character itself, or both halves: \ud83d\ude00)`},
		{"\"a\xff\"", "1:3: SF0101: not JSON: a text is not UTF-8"},
		{"\xff", "1:1: SF0101: not JSON: a value is expected, not a byte that is not UTF-8"},
		{`{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}`, `1:24: SF0103: the key "c" is there twice; 1:33: SF0103: the key "a" is there twice`},
		{`{"a": 1, "\u0061": 3}`, `1:10: SF0103: the key "a" is there twice`},
		{deep + strings.Repeat("]", maxDepth), ""},
		{deep + "[", "1:65: SF0102: the schema file is nested more than 64 levels deep"},
		{strings.Repeat(`{"a":`, 1000), "1:321: SF0102: the schema file is nested more than 64 levels deep"},
		{"[" + strings.Repeat("0,", maxNodes) + "0]", "1:200000: SF0102: the schema file has more than 100,000 values"},
		{`"` + strings.Repeat("a", maxSize) + `"`, "1:1: SF0102: the schema file is larger than 1 MiB"},
	} {
		var diags diag.List
		Parse("s.json", []byte(c.src), &diags)
		var got []string
		for _, d := range diags.Sorted() {
			text := fmt.Sprintf("%d:%d: %s: %s", d.Pos.Line, d.Pos.Col, d.ID, d.Message)
			if d.Hint != "" {
				text += " (" + d.Hint + ")"
			}
			got = append(got, text)
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%.40s:\n got %s\nwant %s", c.src, s, c.want)
		}
	}
}

// plain gives what encoding/json makes of the same text, numbers as text.
func plain(n *Node) any {
	switch n.Kind {
	case Null:
		return nil
	case Bool:
		return n.True()
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case Array:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, plain(item))
		}
		return list
	}
	m := map[string]any{}
	for _, member := range n.Members {
		m[member.Key] = plain(member.Value)
	}
	return m
}

func decode(src []byte) (v any, ok bool) {
	d := json.NewDecoder(strings.NewReader(string(src)))
	d.UseNumber()
	return v, json.Valid(src) && d.Decode(&v) == nil
}

// Texts of JSON's letters in any order are taken or refused as encoding/json does, with the same value.
func TestLikeEncodingJSON(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"{", "}", "[", "]", ",", ":", `"a"`, `"b"`, `"\n\u00e9\\"`, "0", "-1", "1.5e-7", "01", "1.", "true", "null", " ", "\n", "\"", "x", "é"})
	rapid.Check(t, func(t *rapid.T) { same(t, []byte(strings.Join(rapid.SliceOf(pieces).Draw(t, "text"), ""))) })
}

type fataler interface{ Fatalf(string, ...any) }

func same(t fataler, src []byte) {
	var diags diag.List
	n := Parse("s.json", src, &diags)
	want, valid := decode(src)
	twice := false
	for _, d := range diags.Sorted() {
		switch d.ID {
		case "SF0102":
			return
		case "SF0103":
			twice = true // encoding/json takes the last one, and there is none here
		}
		if d.Pos.Line < 1 || d.Pos.Col < 1 {
			t.Fatalf("%q: %v", src, d)
		}
	}
	// what encoding/json mends in silence is refused here
	stricter := strings.Contains(string(src), `\u`) || strings.ToValidUTF8(string(src), "") != string(src) || strings.HasPrefix(string(src), "\ufeff")
	switch {
	case (n != nil) != valid && !stricter:
		t.Fatalf("%q: %v, and encoding/json: %v", src, diags.Sorted(), valid)
	case n != nil && valid && !twice:
		if d := cmp.Diff(want, plain(n)); d != "" {
			t.Fatalf("%q: %s", src, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a": [1, -2.5e3, "é\u00e9", null]}`, `{"a": 1, "a": 2}`, "[\n[", `"\ud83d\ude00"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { same(t, src) })
}
