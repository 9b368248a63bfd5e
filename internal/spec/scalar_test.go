package spec

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// offsetsOf parses one scalar under a key and traces it.
func offsetsOf(t *testing.T, doc string) (value string, offsets []int) {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(doc), &n); err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	v := n.Content[0].Content[1]
	src := newSource("f", []byte(doc))
	return v.Value, traceScalar(src.text, src.offset(v), v)
}

func TestScalarOffsets(t *testing.T) {
	tests := map[string]struct{ doc, word, at string }{
		"plain":                      {"a: SELECT x FROM y\n", "FROM", "FROM"},
		"plain over lines":           {"a: SELECT x\n   FROM y\n\n\n   WHERE z\n", "WHERE", "WHERE"},
		"plain after wide runes":     {"日本: '世界' # c\n", "界", "界"},
		"plain in a flow mapping":    {"a: SELECT x\n", "x", "x\n"},
		"single quoted":              {"a: 'x = ''b'' AND c'\n", "AND", "AND"},
		"single quoted quote":        {"a: 'x = ''b'' AND c'\n", "'b", "''b"},
		"single quoted over lines":   {"a: 'x\n\n   y  z'\n", "z", "z"},
		"double quoted escapes":      {`a: "x\ty \u00e9 z"` + "\n", "z", "z"},
		"double quoted continuation": {"a: \"x \\\n    y\"\n", "y", "y"},
		"literal":                    {"a: |\n  SELECT x\n    FROM y\n\n  WHERE z\n", "WHERE", "WHERE"},
		"literal keeps more indent":  {"a: |\n  SELECT x\n    FROM y\n", "  FROM", "  FROM"},
		"literal indent indicator":   {"a: |2-\n    SELECT x\n  FROM y\n", "FROM", "FROM"},
		"folded strip":               {"a: >-\n  SELECT x\n  FROM y\n", "FROM", "FROM"},
		"folded keep":                {"a: >+\n  SELECT x\n  FROM y\n\n\n", "FROM", "FROM"},
		"folded more indented":       {"a: >\n  SELECT x,\n    y,\n  z FROM t\n", "z", "z"},
		"folded after empty lines":   {"a: >-\n\n\n  SELECT x\n\n  FROM y\n", "FROM", "FROM"},
		"folded with header comment": {"a: >- # why\n  SELECT x\n  FROM y\n", "FROM", "FROM"},
		"folded crlf":                {"a: >-\r\n  SELECT x\r\n  FROM y\r\n", "FROM", "FROM"},
		"folded without last break":  {"a: >-\n  SELECT x\n  FROM y", "y", "y"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			value, offsets := offsetsOf(t, tt.doc)
			if offsets == nil {
				t.Fatalf("not followed: %q", value)
			}
			at := strings.LastIndex(value, tt.word)
			if at < 0 {
				t.Fatalf("%q is not in %q", tt.word, value)
			}
			if got, want := offsets[at], strings.LastIndex(tt.doc, tt.at); got != want {
				t.Errorf("%q of %q: at %d, want %d", tt.word, tt.doc, got, want)
			}
			if len(offsets) != len(value)+1 {
				t.Errorf("%d offsets for %d bytes", len(offsets), len(value))
			}
		})
	}
}

// Every byte that is not white space comes from an equal byte, whatever the style; and the end follows the last byte.
func TestScalarOffsetsOfAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`( ){0,3}[a-zé世=*,'"(] ?[a-z0-9é世=*,'"()]{0,6}( ){0,2}`), 1, 5).Draw(t, "lines")
		gap := rapid.SampledFrom([]string{"\n", "\n\n", "\r\n", "\n   \n"}).Draw(t, "gap")
		header := rapid.SampledFrom([]string{"|", "|-", "|+", ">", ">-", ">+", "> # c", "plain", `"`, "'"}).Draw(t, "header")
		doc := "a: "
		switch header {
		case "plain":
			doc += "x" + strings.Join(lines, gap+"  ") + "\n"
		case `"`:
			doc += `"` + strings.Join(strings.Split(strings.ReplaceAll(strings.Join(lines, gap+"  "), `"`, `\"`), "="), `\x3d`) + "\"\n"
		case "'":
			doc += "'" + strings.ReplaceAll(strings.Join(lines, gap+"  "), "'", "''") + "'\n"
		default:
			doc += header + "\n  " + strings.Join(lines, gap+"  ") + rapid.SampledFrom([]string{"", "\n", "\n\n"}).Draw(t, "end")
		}
		doc += rapid.SampledFrom([]string{"", "\nb: 1\n"}).Draw(t, "next")
		var n yaml.Node
		if yaml.Unmarshal([]byte(doc), &n) != nil {
			return // such as a line that starts with a quote
		}
		v := n.Content[0].Content[1]
		if v.Kind != yaml.ScalarNode {
			return
		}
		src := newSource("f", []byte(doc))
		offsets := traceScalar(src.text, src.offset(v), v)
		if offsets == nil {
			t.Fatalf("%q: value %q was not followed", doc, v.Value)
		}
		for i := range len(v.Value) {
			c, o := v.Value[i], doc[offsets[i]]
			if c != ' ' && c != '\n' && c != o && o != '\\' {
				t.Fatalf("%q: byte %d %q comes from %q", doc, i, c, o)
			}
		}
	})
}
