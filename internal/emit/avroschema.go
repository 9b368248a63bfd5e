package emit

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// avro notes that an Avro source reads rec.
func (b *builder) avro(rec *Record) {
	if rec.Avro {
		return
	}
	rec.Avro = true
	if rec.AvroSchema = rec.Model.Avro; rec.AvroSchema == "" {
		rec.AvroSchema = avroSchema(rec.Model)
	}
	rec.AvroSchemaGo = b.pkg.claim(local(rec.Struct.Go)+"Avro", local(rec.Struct.Go)+"AvroSchema")
}

// avroSchema describes a record that no Avro schema declares, as runtime/avsc reads it: types have no names, and what
// JSON writes as text is a string with a logical type.
func avroSchema(rec *model.Record) string {
	var b strings.Builder
	avroRecord(&b, rec.Fields, "\n")
	return b.String()
}

// avroRecord writes each field after between.
func avroRecord(b *strings.Builder, fields []model.Field, between string) {
	b.WriteString(`{"type":"record","fields":[`)
	for i := range fields {
		f := &fields[i]
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(between + `{"name":` + quoted(f.Name) + `,"type":`)
		avroType(b, f.Type, f.Nullable || f.Optional && f.Default == nil)
		if f.Optional {
			b.WriteString(`,"default":null`) // what it is, the decoder knows
		}
		b.WriteByte('}')
	}
	b.WriteString("]}")
}

var avroNames = map[model.Kind]string{
	model.Bool: `"boolean"`, model.Int32: `"int"`, model.Int64: `"long"`, model.Float32: `"float"`, model.Float64: `"double"`,
	model.String: `"string"`, model.Bytes: `"bytes"`, model.Date: `{"type":"string","logicalType":"date"}`,
	model.Timestamp: `{"type":"string","logicalType":"timestamp"}`, model.UUID: `{"type":"string","logicalType":"uuid"}`,
}

func avroType(b *strings.Builder, t *model.Type, nullable bool) {
	if nullable {
		b.WriteString(`["null",`)
		defer b.WriteByte(']')
	}
	switch t.Kind {
	case model.Decimal:
		b.WriteString(`{"type":"string","logicalType":"decimal","precision":` + strconv.Itoa(t.Precision) + `,"scale":` + strconv.Itoa(t.Scale) + `}`)
	case model.Enum:
		b.WriteString(`{"type":"string","logicalType":"enum","symbols":[`)
		for i, s := range t.Symbols {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoted(s))
		}
		b.WriteString("]}")
	case model.List, model.Map:
		key := `{"type":"array","items":`
		if t.Kind == model.Map {
			key = `{"type":"map","values":`
		}
		b.WriteString(key)
		avroType(b, t.Elem, t.ElemNullable)
		b.WriteByte('}')
	case model.Struct:
		avroRecord(b, t.Fields, "")
	default:
		b.WriteString(avroNames[t.Kind])
	}
}

// quoted is s as JSON.
func quoted(s string) string {
	out, _ := json.Marshal(s) // no string fails
	return string(out)
}
