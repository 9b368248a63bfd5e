package harness

import (
	"fmt"
	"strings"
)

// Column is a column by its Spark type.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// JSONSchema gives the schema of events with these columns, every one nullable, as in Spark.
func JSONSchema(columns []Column) (string, error) {
	properties := new(ordered)
	for _, c := range columns {
		t, err := jsonType(c.Type)
		if err != nil {
			return "", fmt.Errorf("column %s: %w", c.Name, err)
		}
		properties.add(c.Name, t)
	}
	return fmt.Sprintf(`{"title": "Event", "type": "object", "properties": %s}`, properties), nil
}

// ordered is a JSON object that keeps its members' order, which is the columns' order.
type ordered struct{ b strings.Builder }

func (o *ordered) add(name, value string) {
	if o.b.Len() > 0 {
		o.b.WriteString(", ")
	}
	fmt.Fprintf(&o.b, "%q: %s", name, value)
}

func (o *ordered) String() string { return "{" + o.b.String() + "}" }

var scalars = map[string]string{
	"BOOLEAN":   `{"type": ["boolean", "null"]}`,
	"INT":       `{"type": ["integer", "null"], "format": "int32"}`,
	"BIGINT":    `{"type": ["integer", "null"]}`,
	"FLOAT":     `{"type": ["number", "null"], "format": "float"}`,
	"DOUBLE":    `{"type": ["number", "null"]}`,
	"STRING":    `{"type": ["string", "null"]}`,
	"DATE":      `{"type": ["string", "null"], "format": "date"}`,
	"TIMESTAMP": `{"type": ["string", "null"], "format": "date-time"}`,
}

// jsonType turns a Spark type into JSON Schema.
func jsonType(spark string) (string, error) {
	if t, ok := scalars[spark]; ok {
		return t, nil
	}
	name, inner, ok := strings.Cut(spark, "<")
	if p, s, decimal := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(spark, "DECIMAL("), ")"), ","); decimal && strings.HasPrefix(spark, "DECIMAL(") {
		return fmt.Sprintf(`{"type": ["string", "number", "null"], "format": "decimal", "x-precision": %s, "x-scale": %s}`, p, s), nil
	}
	if !ok || !strings.HasSuffix(inner, ">") {
		return "", fmt.Errorf("type %q is not known", spark)
	}
	parts := split(strings.TrimSuffix(inner, ">"))
	switch {
	case name == "ARRAY" && len(parts) == 1:
		elem, err := jsonType(parts[0])
		return fmt.Sprintf(`{"type": ["array", "null"], "items": %s}`, elem), err
	case name == "MAP" && len(parts) == 2 && parts[0] == "STRING":
		elem, err := jsonType(parts[1])
		return fmt.Sprintf(`{"type": ["object", "null"], "additionalProperties": %s}`, elem), err
	case name == "STRUCT":
		properties := new(ordered)
		for _, part := range parts {
			field, t, _ := strings.Cut(part, ":")
			inner, err := jsonType(t)
			if err != nil {
				return "", err
			}
			properties.add(field, inner)
		}
		return fmt.Sprintf(`{"type": ["object", "null"], "properties": %s}`, properties), nil
	}
	return "", fmt.Errorf("type %q is not known", spark)
}

// split cuts a type list at its outermost commas.
func split(list string) (parts []string) {
	depth, start := 0, 0
	for i, c := range list {
		switch c {
		case '<', '(':
			depth++
		case '>', ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, list[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, list[start:])
}
