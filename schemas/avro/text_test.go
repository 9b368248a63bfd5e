package avro

import (
	"testing"

	"github.com/hamba/avro/v2"
	"github.com/seamflow/seamflow/internal/diag"
)

// What a record keeps of its file is a schema on its own, which means to others what the file means.
func TestSchemaText(t *testing.T) {
	const file = `[
{"type": "enum", "name": "Unit", "namespace": "shop", "symbols": ["kg", "l"], "default": "l"},
{"type": "record", "name": "shop.Item", "fields": [{"name": "unit", "type": "Unit"}, {"name": "h", "type": {"type": "fixed", "name": "Hash", "namespace": "", "size": 4, "doc": "dropped"}}]},
{"type": "record", "name": "Unused", "fields": [{"name": "x", "type": "int"}]},
{"type": "record", "name": "Order", "namespace": "shop", "aliases": ["Purchase"], "doc": "dropped", "fields": [
  {"name": "items", "type": {"type": "array", "items": ["null", "Item"]}},
  {"name": "unit", "aliases": ["u"], "type": "shop.Unit", "default": "kg", "doc": "dropped"},
  {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
  {"name": "price", "type": {"type": "fixed", "name": "Price", "size": 8, "logicalType": "decimal", "precision": 10, "scale": 2}},
  {"name": "tags", "type": {"type": "map", "values": "string"}, "default": {}},
  {"name": "raw", "type": "bytes", "default": "\u00ff\""}]}]`
	const want = `{"type":"record","name":"shop.Order","aliases":["Purchase"],"fields":[
{"name":"items","type":{"type":"array","items":["null",{"type":"record","name":"shop.Item","fields":[{"name":"unit","type":{"type":"enum","name":"shop.Unit","symbols":["kg","l"],"default":"l"}},{"name":"h","type":{"type":"fixed","name":"Hash","namespace":"","size":4}}]}]}},
{"name":"unit","type":"shop.Unit","aliases":["u"],"default":"kg"},
{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
{"name":"price","type":{"type":"fixed","name":"shop.Price","size":8,"logicalType":"decimal","precision":10,"scale":2}},
{"name":"tags","type":{"type":"map","values":"string"},"default":{}},
{"name":"raw","type":"bytes","default":"ÿ\""}]}`
	var diags diag.List
	rec := Read("Order", "order.avsc", "order.avsc", "", []byte(file), nil, &diags)
	if rec == nil {
		t.Fatal(diags.Sorted())
	}
	if rec.Avro != want {
		t.Errorf("got\n%s\nwant\n%s", rec.Avro, want)
	}
	if _, err := avro.ParseWithCache(rec.Avro, "", &avro.SchemaCache{}); err != nil {
		t.Error(err)
	}
}
