package schematest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/seamflow/seamflow/internal/model"
)

// ordered is a JSON object that keeps its members' order, which is the fields' order.
type ordered []member

type member struct {
	key   string
	value any
}

func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := json.NewEncoder(&b).Encode(m.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := json.NewEncoder(&b).Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// jsonOf writes a record as JSON Schema, named types under $defs.
func jsonOf(r *model.Record) any {
	defs := map[string]any{}
	return append(jsonStruct(defs, r.Fields), member{"description", r.Doc}, member{"$defs", defs})
}

func jsonStruct(defs map[string]any, fields []model.Field) ordered {
	properties, required := ordered{}, []string{}
	for _, f := range fields {
		s := jsonType(defs, f.Type, f.Nullable)
		if f.Doc != "" {
			s = append(s, member{"description", f.Doc})
		}
		if f.Default != nil {
			s = append(s, member{"default", jsonConstant(f.Default)})
		}
		properties = append(properties, member{f.Name, s})
		if !f.Optional {
			required = append(required, f.Name)
		}
	}
	return ordered{{"type", "object"}, {"properties", properties}, {"required", required}}
}

func jsonType(defs map[string]any, t *model.Type, nullable bool) ordered {
	if t.Name != "" {
		jsonDefine(defs, t)
		ref := ordered{{"$ref", "#/$defs/" + t.Name}}
		if nullable {
			return ordered{{"anyOf", []any{ref, ordered{{"type", "null"}}}}}
		}
		return ref
	}
	name, rest := "string", ordered{}
	switch t.Kind {
	case model.Bool:
		name = "boolean"
	case model.Int32:
		name, rest = "integer", ordered{{"format", "int32"}}
	case model.Int64:
		name = "integer"
	case model.Float32:
		name, rest = "number", ordered{{"format", "float"}}
	case model.Float64:
		name = "number"
	case model.Decimal:
		rest = ordered{{"format", "decimal"}, {"x-precision", t.Precision}, {"x-scale", t.Scale}}
	case model.Bytes:
		rest = ordered{{"contentEncoding", "base64"}}
	case model.Date:
		rest = ordered{{"format", "date"}}
	case model.Timestamp:
		rest = ordered{{"format", "date-time"}}
	case model.UUID:
		rest = ordered{{"format", "uuid"}}
	case model.List:
		name, rest = "array", ordered{{"items", jsonType(defs, t.Elem, t.ElemNullable)}}
	case model.Map:
		name, rest = "object", ordered{{"additionalProperties", jsonType(defs, t.Elem, t.ElemNullable)}}
	}
	if nullable {
		return append(ordered{{"type", []string{name, "null"}}}, rest...)
	}
	return append(ordered{{"type", name}}, rest...)
}

func jsonDefine(defs map[string]any, t *model.Type) {
	if defs[t.Name] != nil {
		return
	}
	def := ordered{{"enum", t.Symbols}}
	if t.Kind == model.Struct {
		def = jsonStruct(defs, t.Fields)
	}
	if t.Doc != "" {
		def = append(def, member{"description", t.Doc})
	}
	defs[t.Name] = def
}

func jsonConstant(l *model.Literal) any {
	switch l.Type.Kind {
	case model.Bytes:
		return base64.StdEncoding.EncodeToString([]byte(l.Str))
	case model.Date:
		return time.Unix(l.Int*24*60*60, 0).UTC().Format(time.DateOnly)
	case model.Timestamp:
		return time.UnixMicro(l.Int).UTC().Format(time.RFC3339Nano)
	case model.Decimal:
		return json.Number(l.Str)
	}
	return plain(l)
}

func plain(l *model.Literal) any {
	switch l.Type.Kind {
	case model.Bool:
		return l.Bool
	case model.Int32, model.Int64, model.Date, model.Timestamp:
		return l.Int
	case model.Float32, model.Float64:
		return l.Float
	case model.List:
		return []any{}
	case model.Map:
		return ordered{}
	}
	return l.Str
}

// avroWriter writes a record as an Avro schema: a named type in full where it is met first.
type avroWriter struct{ described map[string]bool }

func (w *avroWriter) record(name, doc string, fields []model.Field) any {
	list := []any{}
	for _, f := range fields {
		t := w.typ(f.Type)
		if f.Nullable {
			t = []any{"null", t}
		}
		field := map[string]any{"name": f.Name, "type": t, "doc": f.Doc}
		if f.Nullable && f.Optional {
			field["default"] = nil
		}
		if f.Default != nil {
			field["default"] = avroConstant(f.Default)
		}
		list = append(list, field)
	}
	return map[string]any{"type": "record", "name": name, "doc": doc, "fields": list}
}

func (w *avroWriter) typ(t *model.Type) any {
	switch t.Kind {
	case model.Decimal:
		return map[string]any{"type": "bytes", "logicalType": "decimal", "precision": t.Precision, "scale": t.Scale}
	case model.Date:
		return map[string]any{"type": "int", "logicalType": "date"}
	case model.Timestamp:
		return map[string]any{"type": "long", "logicalType": "timestamp-micros"}
	case model.UUID:
		return map[string]any{"type": "string", "logicalType": "uuid"}
	case model.List, model.Map:
		elem := w.typ(t.Elem)
		if t.ElemNullable {
			elem = []any{elem, "null"}
		}
		if t.Kind == model.List {
			return map[string]any{"type": "array", "items": elem}
		}
		return map[string]any{"type": "map", "values": elem}
	case model.Enum, model.Struct:
		if w.described[t.Name] {
			return t.Name
		}
		w.described[t.Name] = true
		if t.Kind == model.Struct {
			return w.record(t.Name, t.Doc, t.Fields)
		}
		return map[string]any{"type": "enum", "name": t.Name, "doc": t.Doc, "symbols": t.Symbols}
	}
	return map[model.Kind]string{model.Bool: "boolean", model.Int32: "int", model.Int64: "long", model.Float32: "float", model.Float64: "double",
		model.String: "string", model.Bytes: "bytes"}[t.Kind]
}

func avroConstant(l *model.Literal) any {
	raw := []byte(l.Str)
	switch l.Type.Kind {
	case model.Decimal:
		unscaled, _ := new(big.Int).SetString(strings.Replace(l.Str, ".", "", 1), 10)
		raw = new(big.Int).Add(unscaled, new(big.Int).Lsh(big.NewInt(1), 256)).Bytes()[:32] // the two's complement of a negative number
	case model.Bytes:
	default:
		return plain(l)
	}
	characters := []rune{}
	for _, b := range raw {
		characters = append(characters, rune(b))
	}
	return string(characters)
}
