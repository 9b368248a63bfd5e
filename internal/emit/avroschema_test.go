package emit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/avsc"
)

// A record that no Avro schema declares is described so that the reader of messages understands it.
func TestAvroSchemaOfOtherFormats(t *testing.T) {
	of := func(k model.Kind) *model.Type { return &model.Type{Kind: k} }
	rec := &model.Record{Name: "Order", Fields: []model.Field{
		{Name: "a-b", Type: of(model.Int64)},
		{Name: "at", Type: of(model.Timestamp), Nullable: true, Optional: true},
		{Name: "day", Type: of(model.Date), Optional: true, Default: &model.Literal{Type: of(model.Date)}},
		{Name: "price", Type: &model.Type{Kind: model.Decimal, Precision: 10, Scale: 2}},
		{Name: "kind", Type: &model.Type{Kind: model.Enum, Symbols: []string{`in "store"`, "web"}}},
		{Name: "lines", Type: &model.Type{Kind: model.List, ElemNullable: true, Elem: &model.Type{Kind: model.Struct, Fields: []model.Field{
			{Name: "id", Type: of(model.UUID)}, {Name: "tags", Type: &model.Type{Kind: model.Map, Elem: of(model.String)}}}}}},
	}}
	text := avroSchema(rec)
	got, err := avsc.Parse(text, nil)
	if err != nil {
		t.Fatal(err, text)
	}
	orNull := func(s *avsc.Schema) *avsc.Schema {
		return &avsc.Schema{Type: avsc.Union, Branches: []*avsc.Schema{{Type: avsc.Null}, s}}
	}
	asText := func(logical string) *avsc.Schema { return &avsc.Schema{Type: avsc.String, Logical: logical} }
	want := &avsc.Schema{Type: avsc.Record, Fields: []avsc.Field{
		{Name: "a-b", Type: &avsc.Schema{Type: avsc.Long}},
		{Name: "at", Type: orNull(asText("timestamp")), HasDefault: true},
		{Name: "day", Type: asText("date"), HasDefault: true},
		{Name: "price", Type: &avsc.Schema{Type: avsc.String, Logical: "decimal", Precision: 10, Scale: 2}},
		{Name: "kind", Type: &avsc.Schema{Type: avsc.String, Logical: "enum", Symbols: []string{`in "store"`, "web"}}},
		{Name: "lines", Type: &avsc.Schema{Type: avsc.Array, Elem: orNull(&avsc.Schema{Type: avsc.Record, Fields: []avsc.Field{
			{Name: "id", Type: asText("uuid")}, {Name: "tags", Type: &avsc.Schema{Type: avsc.Map, Elem: &avsc.Schema{Type: avsc.String}}}}})}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, text)
	}
	if lines := strings.Count(text, "\n"); lines != len(rec.Fields) {
		t.Errorf("%d lines for %d fields", lines, len(rec.Fields))
	}
}
