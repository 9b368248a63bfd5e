package jsonschema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/diag"
)

// Files at the limits end in a diagnostic, soon: quadratic work here would hang the test.
func TestHostileFiles(t *testing.T) {
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "#i", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, src := range map[string]string{
		"chain of references": `{"type": "object", "properties": {` + repeat(15000, `"p#i": {"$ref": "#/properties/p#i0"},`) + `"x": {"type": "string"}}}`,
		"wide":                `{"type": "object", "properties": {` + repeat(20000, `"p#i": {"type": "string"},`) + `"x": {"type": "string"}}}`,
		"required":            `{"type": "object", "required": [` + repeat(40000, `"q#i",`) + `"x"], "properties": {` + repeat(9000, `"p#i": {"type": "string"},`) + `"x": {"type": "string"}}}`,
		"allOf":               `{"allOf": [` + repeat(20000, `{"required": ["x"]},`) + `{}], "properties": {"x": {"type": "string"}}}`,
		"names of nothing":    `{"properties": {` + repeat(9000, `"p#i": {"$ref": "#/$defs/no#i"},`) + `"x": {}}, "$defs": {` + repeat(9000, `"d#i": {},`) + `"x": {}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.List
			if Read("R", "s.json", "s.json", "", []byte(src), nil, &diags) != nil || !diags.HasErrors() {
				t.Errorf("it is read: %v", diags.Sorted())
			}
		})
	}
}
