package avsc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	long := &Schema{Type: Long}
	colour := &Schema{Type: Enum, Name: "a.b.Colour", Aliases: []string{"a.b.Color", "x.Old"}, Symbols: []string{"R", "G"}, Default: "R"}
	for name, c := range map[string]struct {
		text string
		want *Schema
	}{
		"primitive":          {`"long"`, long},
		"long form":          {`{"type":"long"}`, long},
		"braces twice":       {`{"type":{"type":"long"}}`, long},
		"logical":            {`{"type":"int","logicalType":"date"}`, &Schema{Type: Int, Logical: "date"}},
		"logical outside":    {`{"type":{"type":"int"},"logicalType":"date"}`, &Schema{Type: Int, Logical: "date"}},
		"unknown logical":    {`{"type":"int","logicalType":"mood"}`, &Schema{Type: Int}},
		"misplaced logical":  {`{"type":"string","logicalType":"timestamp-millis"}`, &Schema{Type: String}},
		"decimal":            {`{"type":"bytes","logicalType":"decimal","precision":64,"scale":2,"connect.name":"x"}`, &Schema{Type: Bytes, Logical: "decimal", Precision: 64, Scale: 2}},
		"decimal without":    {`{"type":"bytes","logicalType":"decimal"}`, &Schema{Type: Bytes}},
		"decimal too scaled": {`{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}`, &Schema{Type: Bytes}},
		"uuid too short":     {`{"type":"fixed","name":"F","size":15,"logicalType":"uuid"}`, &Schema{Type: Fixed, Name: "F", Size: 15}},
		"union":              {`["null",{"type":"map","values":"long"}]`, &Schema{Type: Union, Branches: []*Schema{{Type: Null}, {Type: Map, Elem: long}}}},
		"names": {`{"type":"record","name":"Order","namespace":"a.b","aliases":["Old"],"fields":[
			{"name":"c","type":{"type":"enum","name":"Colour","aliases":["Color","x.Old"],"symbols":["R","G"],"default":"R"}},
			{"name":"d","aliases":["e"],"type":["null","Colour"],"default":null},{"name":"f","type":"a.b.Colour"}]}`,
			&Schema{Type: Record, Name: "a.b.Order", Aliases: []string{"a.b.Old"}, Fields: []Field{{Name: "c", Type: colour},
				{Name: "d", Aliases: []string{"e"}, HasDefault: true, Type: &Schema{Type: Union, Branches: []*Schema{{Type: Null}, colour}}}, {Name: "f", Type: colour}}}},
		"no namespace inside one": {`{"type":"record","name":"a.R","fields":[{"name":"x","type":{"type":"fixed","name":"X","namespace":"","size":1}},{"name":"y","type":"X"}]}`,
			&Schema{Type: Record, Name: "a.R", Fields: []Field{{Name: "x", Type: &Schema{Type: Fixed, Name: "X", Size: 1}}, {Name: "y", Type: &Schema{Type: Fixed, Name: "X", Size: 1}}}}},
		"text of other formats": {`{"type":"record","fields":[{"name":"a-b","type":{"type":"string","logicalType":"enum","symbols":["x y"]}}]}`,
			&Schema{Type: Record, Fields: []Field{{Name: "a-b", Type: &Schema{Type: String, Logical: "enum", Symbols: []string{"x y"}}}}}},
	} {
		got, err := Parse(c.text, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestParseRecursion(t *testing.T) {
	s, err := Parse(`{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"]}]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Fields[0].Type.Branches[1] != s {
		t.Error("the type does not hold itself")
	}
}

// Types of other schemas are known by their names.
func TestParseKnownNames(t *testing.T) {
	known := Names{}
	first, err := Parse(`{"type":"record","name":"a.Item","fields":[]}`, known)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(`{"type":"record","name":"a.Order","fields":[{"name":"i","type":"Item"}]}`, known)
	if err != nil || s.Fields[0].Type != first {
		t.Error(s, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                             "no JSON",
		`{`:                            "no JSON",
		`"int" "int"`:                  "it goes on after its value",
		`7`:                            "a type is a name, an object or a list",
		`"Item"`:                       `names the type "Item"`,
		`{}`:                           `has no "type"`,
		`[["null"]]`:                   "a union holds no unions",
		`{"type":"fixed","size":1}`:    `a type fixed has no "name"`,
		`{"type":"fixed","name":"F"}`:  `has no "size"`,
		`{"type":"enum","name":"E"}`:   `has no list of "symbols"`,
		`{"type":"record","name":"R"}`: `has no list of "fields"`,
		`{"type":"array"}`:             "a type is a name",
		strings.Repeat(`[`, 200):       "no JSON",
		strings.Repeat(`{"type":`, 200) + `"int"` + strings.Repeat(`}`, 200): "nested more than 100 deep",
		`{"type":"record","name":"R","fields":[{"type":"int"}]}`:             `a field of the record R has no "name"`,
		`{"type":"record","name":"R","fields":[{"name":"f","type":"x"}]}`:    `R.f: the schema names the type "x"`,
		`{"type":"fixed","name":"F","size":99999999999999999999}`:            `has no "size"`,
	} {
		if s, err := Parse(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %s", text, s, err, want)
		}
	}
}
