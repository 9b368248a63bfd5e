package avro

import (
	"testing"

	library "github.com/hamba/avro/v2"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/schemas/schematest"
)

// Each case is a schema with what it gives. What is read without a word must be a schema to another library too.
func TestCases(t *testing.T) {
	schematest.Cases(t, 18, Read, func(t *testing.T, a *txtar.Archive) {
		if _, err := library.ParseBytesWithCache(a.Files[0].Data, "", new(library.SchemaCache)); err != nil {
			t.Errorf("it is read here, and no schema to another library: %v", err)
		}
	})
}

// Whatever the bytes are, there is a record or a diagnostic with a place, and no panic.
func FuzzRead(f *testing.F) {
	f.Add(`{"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", {"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal", "precision": 3}], "default": null}]}`, "")
	f.Add(`[{"type": "enum", "name": "a.E", "symbols": ["A"]}, {"type": "record", "name": "a.R", "fields": [{"name": "e", "type": "E", "default": "A"}]}]`, "R")
	f.Add(`{"type": "record", "name": "R", "fields": [{"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}, "default": -1}, {"name": "r", "type": "R"}]}`, "x")
	f.Fuzz(func(t *testing.T, src, fragment string) {
		var diags diag.List
		rec := Read("R", "s.avsc", "s.avsc", fragment, []byte(src), nil, &diags)
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
