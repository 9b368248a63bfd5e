package jsonschema

import (
	"bytes"
	"strings"
	"testing"

	library "github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/schemas/schematest"
)

// Each case is a schema with what it gives. What is read without a word must be a valid schema to another library too.
func TestCases(t *testing.T) {
	schematest.Cases(t, 25, Read, secondOpinion)
}

func secondOpinion(t *testing.T, a *txtar.Archive) {
	c := library.NewCompiler()
	c.UseLoader(noNetwork{})
	for _, f := range a.Files {
		doc, err := library.UnmarshalJSON(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("file:///"+f.Name, doc); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Compile("file:///" + a.Files[0].Name + "#" + strings.TrimPrefix(schematest.Fragment(a), "#")); err != nil {
		t.Errorf("it is read here, and not valid to another library: %v", err)
	}
}

type noNetwork struct{}

func (noNetwork) Load(url string) (any, error) { panic("it asks for " + url) }

// Positions name files as the user wrote the first one.
func TestFileNames(t *testing.T) {
	for _, c := range []struct{ file, path, want string }{
		{"specs/schemas/a.json", "schemas/a.json", "specs/schemas/b.json:1:10"},
		{"/home/x/schemas/a.json", "schemas/a.json", "/home/x/schemas/b.json:1:10"},
		{"schemas/a.json", "schemas/a.json", "schemas/b.json:1:10"},
		{"<stdin>", "schemas/a.json", "schemas/b.json:1:10"},
	} {
		var diags diag.List
		open := func(path string) ([]byte, error) {
			if path != "schemas/b.json" {
				t.Errorf("%s is opened", path)
			}
			return []byte(`{"type": "strnig"}`), nil
		}
		rec := Read("R", c.file, c.path, "", []byte(`{"type": "object", "properties": {"b": {"$ref": "b.json"}}}`), open, &diags)
		if all := diags.Sorted(); rec != nil || len(all) != 1 || all[0].Pos.String() != c.want {
			t.Errorf("%s: %v", c.file, all)
		}
	}
}

// Whatever the bytes are, there is a record or a diagnostic with a place, and no panic.
func FuzzRead(f *testing.F) {
	f.Add(`{"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"allOf": [{"type": "object"}, {"properties": {"x": {"enum": ["a", null]}}}]}}}`, "")
	f.Add(`{"$ref": "other.json#/a/0", "default": {"$id": "b"}, "nullable": true}`, "/$defs/A")
	f.Add(`{"items": {"oneOf": [{"const": "a"}, {"type": ["null"]}]}, "$id": "#x"}`, "x")
	f.Fuzz(func(t *testing.T, src, fragment string) {
		var diags diag.List
		open := func(string) ([]byte, error) { return []byte(src), nil }
		rec := Read("R", "dir/s.json", "s.json", fragment, []byte(src), open, &diags)
		if (rec == nil) != diags.HasErrors() {
			t.Fatalf("record %v, diagnostics %v", rec, diags.Sorted())
		}
		for _, d := range diags.Sorted() {
			if d.Pos.Line < 1 || d.Pos.Col < 1 || d.Message == "" {
				t.Fatalf("%+v", d)
			}
		}
	})
}
