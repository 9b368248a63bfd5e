package schematest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/avro"
	"github.com/seamflow/seamflow/schemas/jsonschema"
)

// A record written down in both formats is the same record read from both.
func TestBothFormats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &drawer{t: t}
		want := &model.Record{Name: "Order", Doc: "An order.", Fields: d.fields(3)}
		fromJSON := read(t, jsonschema.Read, jsonOf(want))
		fromAvro := read(t, avro.Read, (&avroWriter{described: map[string]bool{}}).record("Order", want.Doc, want.Fields))
		if diff := cmp.Diff(want, fromJSON, noPlaces); diff != "" {
			t.Fatalf("JSON Schema (-want +got)\n%s", diff)
		}
		text := fromAvro.Avro
		fromAvro.Avro = ""
		if diff := cmp.Diff(want, fromAvro, noPlaces); diff != "" {
			t.Fatalf("Avro (-want +got)\n%s", diff)
		}
		again := read(t, avro.Read, json.RawMessage(text))
		again.Avro = ""
		if diff := cmp.Diff(want, again, noPlaces, noDocs); diff != "" {
			t.Fatalf("its own text (-want +got)\n%s\n%s", diff, text)
		}
	})
}

var (
	noPlaces = cmpopts.IgnoreTypes(diag.Pos{})
	noDocs   = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Doc" }, cmp.Ignore())
)

type reader = func(name, file, path, fragment string, src []byte, open func(string) ([]byte, error), diags *diag.List) *model.Record

func read(t *rapid.T, read reader, schema any) *model.Record {
	src, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	rec := read("Order", "s", "s", "", src, nil, &diags)
	if rec == nil || diags.Len() > 0 {
		t.Fatalf("%s\n%v", src, diags.Sorted())
	}
	return rec
}

// drawer makes types that both formats have; named ones are used again.
type drawer struct {
	t     *rapid.T
	named []*model.Type
}

func (d *drawer) fields(depth int) (fields []model.Field) {
	for i := range rapid.IntRange(1, 5).Draw(d.t, "fields") {
		f := model.Field{Name: fmt.Sprintf("f%d", i), Type: d.typ(depth), Doc: rapid.SampledFrom([]string{"", "what it is"}).Draw(d.t, "doc")}
		if rapid.Bool().Draw(d.t, "nullable") {
			f.Nullable, f.Optional = true, true
		} else if rapid.Bool().Draw(d.t, "with default") {
			f.Default = d.constant(f.Type)
			f.Optional = f.Default != nil
		}
		fields = append(fields, f)
	}
	return fields
}

func (d *drawer) typ(depth int) *model.Type {
	kinds := []model.Kind{model.Bool, model.Int32, model.Int64, model.Float32, model.Float64, model.Decimal, model.String, model.Bytes,
		model.Date, model.Timestamp, model.UUID, model.Enum}
	if depth > 0 {
		kinds = append(kinds, model.List, model.Map, model.Struct)
	}
	t := &model.Type{Kind: rapid.SampledFrom(kinds).Draw(d.t, "kind")}
	switch t.Kind {
	case model.Decimal:
		t.Precision = rapid.IntRange(3, 38).Draw(d.t, "precision")
		t.Scale = rapid.IntRange(1, t.Precision-1).Draw(d.t, "scale")
	case model.List, model.Map:
		t.Elem, t.ElemNullable = d.typ(depth-1), rapid.Bool().Draw(d.t, "elements nullable")
	case model.Enum, model.Struct:
		if len(d.named) > 0 && rapid.Bool().Draw(d.t, "again") {
			if again := rapid.SampledFrom(d.named).Draw(d.t, "which"); again.Kind == model.Enum || depth > 1 {
				return again
			}
		}
		if t.Kind == model.Struct {
			t.Fields = d.fields(depth - 1)
		} else {
			t.Symbols = []string{"A", "b_1", "C"}[:rapid.IntRange(1, 3).Draw(d.t, "symbols")]
		}
		t.Name, t.Doc = fmt.Sprintf("T%d", len(d.named)), rapid.SampledFrom([]string{"", "of a kind"}).Draw(d.t, "type doc")
		d.named = append(d.named, t)
	}
	return t
}

func (d *drawer) constant(t *model.Type) *model.Literal {
	l := &model.Literal{Type: t}
	switch t.Kind {
	case model.Bool:
		l.Bool = rapid.Bool().Draw(d.t, "bool")
	case model.Int32, model.Date:
		l.Int = int64(rapid.Int32Range(-719162, 2932896).Draw(d.t, "int")) // years 1 to 9999
	case model.Int64:
		l.Int = rapid.Int64().Draw(d.t, "long")
	case model.Timestamp:
		l.Int = rapid.Int64Range(-62135596800_000_000, 253402300799_999_999).Draw(d.t, "micros")
	case model.Float32, model.Float64:
		l.Float = float64(float32(rapid.IntRange(-1000, 1000).Draw(d.t, "eighths"))) / 8
	case model.Decimal:
		l.Str = "-1." + strings.Repeat("0", t.Scale-1) + "5"
	case model.String:
		l.Str = rapid.SampledFrom([]string{"", "x", "é\n\"", "😀"}).Draw(d.t, "text")
	case model.Bytes:
		l.Str = string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(d.t, "bytes"))
	case model.UUID:
		l.Str = "01234567-89ab-cdef-0123-456789abcdef"
	case model.Enum:
		l.Str = t.Symbols[len(t.Symbols)-1]
	case model.Struct:
		return nil
	}
	return l
}
