package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// schemaJSON is Delta's schemaString. Types stay raw, so that what others put there survives an added column.
type schemaJSON struct {
	Type   string      `json:"type"`
	Fields []fieldJSON `json:"fields"`
}

type fieldJSON struct {
	Name     string          `json:"name"`
	Type     json.RawMessage `json:"type"`
	Nullable bool            `json:"nullable"`
	Metadata json.RawMessage `json:"metadata"`
}

type arrayJSON struct {
	Type         string          `json:"type"`
	ElementType  json.RawMessage `json:"elementType"`
	ContainsNull bool            `json:"containsNull"`
}

type mapJSON struct {
	Type              string          `json:"type"`
	KeyType           json.RawMessage `json:"keyType"`
	ValueType         json.RawMessage `json:"valueType"`
	ValueContainsNull bool            `json:"valueContainsNull"`
}

var primitives = map[column.Kind]string{
	column.Bool: "boolean", column.Int32: "integer", column.Int64: "long", column.Float32: "float", column.Float64: "double",
	column.String: "string", column.Binary: "binary", column.Date: "date", column.Timestamp: "timestamp",
}

// rawJSON is json.Marshal without the escapes that are for HTML.
func rawJSON(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings, bools and raw JSON of our own making
	}
	return bytes.TrimSpace(b.Bytes())
}

// encodeSchema gives the schemaString of s.
func encodeSchema(s column.Schema) (string, error) {
	if len(s) == 0 {
		return "", fmt.Errorf("a table needs at least one column")
	}
	fields, err := encodeFields(s, "")
	if err != nil {
		return "", err
	}
	return string(rawJSON(schemaJSON{"struct", fields})), nil
}

func encodeFields(fields []column.Field, in string) ([]fieldJSON, error) {
	if err := checkNames(fields, in); err != nil {
		return nil, err
	}
	var out []fieldJSON
	for _, f := range fields {
		typ, err := encodeType(f.Type, in+f.Name)
		if err != nil {
			return nil, err
		}
		meta := map[string]string{}
		if f.Comment != "" {
			meta["comment"] = f.Comment
		}
		out = append(out, fieldJSON{f.Name, typ, true, rawJSON(meta)})
	}
	return out, nil
}

// checkNames refuses what no engine can tell apart.
func checkNames(fields []column.Field, in string) error {
	seen := map[string]string{}
	for _, f := range fields {
		if f.Name == "" {
			return fmt.Errorf("a column of %q has no name", strings.TrimSuffix(in, "."))
		}
		low := strings.ToLower(f.Name)
		if other, ok := seen[low]; ok {
			return fmt.Errorf("columns %s and %s differ at most in case, and engines do not tell them apart; rename one", in+other, in+f.Name)
		}
		seen[low] = f.Name
	}
	return nil
}

func encodeType(t column.Type, name string) (json.RawMessage, error) {
	if s, ok := primitives[t.Kind]; ok {
		return rawJSON(s), nil
	}
	switch t.Kind {
	case column.Decimal:
		if t.Precision < 1 || t.Precision > 38 || t.Scale < 0 || t.Scale > t.Precision {
			return nil, fmt.Errorf("column %s: decimal(%d,%d) is not a type of Delta", name, t.Precision, t.Scale)
		}
		return rawJSON(fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)), nil
	case column.List:
		elem, err := encodeType(*t.Elem, name+".element")
		return rawJSON(arrayJSON{"array", elem, true}), err
	case column.Map:
		elem, err := encodeType(*t.Elem, name+".value")
		return rawJSON(mapJSON{"map", rawJSON("string"), elem, true}), err
	case column.Struct:
		if len(t.Fields) == 0 {
			return nil, fmt.Errorf("column %s: a struct needs at least one field", name)
		}
		fields, err := encodeFields(t.Fields, name+".")
		if err != nil {
			return nil, err
		}
		return rawJSON(schemaJSON{"struct", fields}), nil
	}
	return nil, fmt.Errorf("column %s: kind %d is not a type of Delta", name, t.Kind)
}

// decodeSchema reads a schemaString, of whichever engine.
func decodeSchema(text string) (column.Schema, error) {
	var s schemaJSON
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, fmt.Errorf("schemaString is not JSON: %w", err)
	}
	fields, err := decodeFields(s.Fields, "")
	return column.Schema(fields), err
}

func decodeFields(fields []fieldJSON, in string) ([]column.Field, error) {
	out := make([]column.Field, 0, len(fields))
	for _, f := range fields {
		typ, err := decodeType(f.Type, in+f.Name)
		if err != nil {
			return nil, err
		}
		var meta struct {
			Comment    string `json:"comment"`
			Invariants any    `json:"delta.invariants"`
		}
		if len(f.Metadata) > 0 {
			_ = json.Unmarshal(f.Metadata, &meta) // a comment that is no string is no comment
		}
		if meta.Invariants != nil {
			return nil, fmt.Errorf("column %s has an invariant", in+f.Name)
		}
		out = append(out, column.Field{Name: f.Name, Type: typ, Comment: meta.Comment})
	}
	return out, checkNames(out, in)
}

func decodeType(raw json.RawMessage, name string) (column.Type, error) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return decodePrimitive(s, name)
	}
	var t struct {
		Type        string          `json:"type"`
		ElementType json.RawMessage `json:"elementType"`
		KeyType     json.RawMessage `json:"keyType"`
		ValueType   json.RawMessage `json:"valueType"`
		Fields      []fieldJSON     `json:"fields"`
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return column.Type{}, fmt.Errorf("column %s: %w", name, err)
	}
	switch t.Type {
	case "array":
		elem, err := decodeType(t.ElementType, name+".element")
		return column.Type{Kind: column.List, Elem: &elem}, err
	case "map":
		if string(bytes.TrimSpace(t.KeyType)) != `"string"` {
			return column.Type{}, fmt.Errorf("column %s: a map with keys of type %s", name, t.KeyType)
		}
		elem, err := decodeType(t.ValueType, name+".value")
		return column.Type{Kind: column.Map, Elem: &elem}, err
	case "struct":
		fields, err := decodeFields(t.Fields, name+".")
		return column.Type{Kind: column.Struct, Fields: fields}, err
	}
	return column.Type{}, fmt.Errorf("column %s: type %q", name, t.Type)
}

func decodePrimitive(s, name string) (column.Type, error) {
	for kind, text := range primitives {
		if s == text {
			return column.Type{Kind: kind}, nil
		}
	}
	if s == "short" || s == "byte" { // both are INT32 in files
		return column.Type{Kind: column.Int32}, nil
	}
	if args, ok := strings.CutPrefix(s, "decimal("); ok && strings.HasSuffix(args, ")") {
		p, sc, _ := strings.Cut(strings.TrimSuffix(args, ")"), ",")
		precision, err1 := strconv.Atoi(strings.TrimSpace(p))
		scale, err2 := strconv.Atoi(strings.TrimSpace(sc))
		if err1 == nil && err2 == nil {
			return column.Type{Kind: column.Decimal, Precision: precision, Scale: scale}, nil
		}
	}
	return column.Type{}, fmt.Errorf("column %s: type %s", name, s)
}

// appendColumns gives the schemaString text with columns added at its end.
func appendColumns(text string, have, add column.Schema) (string, error) {
	all := append(append(column.Schema{}, have...), add...)
	if err := checkNames(all, ""); err != nil {
		return "", err
	}
	var s schemaJSON
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return "", err
	}
	more, err := encodeFields(add, "")
	if err != nil {
		return "", err
	}
	s.Fields = append(s.Fields, more...)
	return string(rawJSON(s)), nil
}
