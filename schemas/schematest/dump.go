package schematest

import (
	"fmt"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Dump writes a record for people, one field a line.
func Dump(r *model.Record) string {
	d := dumper{}
	fmt.Fprintf(&d.b, "record %s%s%s\n", r.Name, place(r.Pos), doc(r.Doc))
	d.fields(r.Fields, 1)
	return d.b.String()
}

type dumper struct{ b strings.Builder }

func (d *dumper) fields(fields []model.Field, depth int) {
	for i := range fields {
		f := &fields[i]
		fmt.Fprintf(&d.b, "%s%s: %s", strings.Repeat("  ", depth), f.Name, typeName(f.Type))
		if f.Nullable {
			d.b.WriteString(" nullable")
		}
		if f.Optional {
			d.b.WriteString(" optional")
		}
		if f.Default != nil {
			d.b.WriteString(" = " + constant(f.Default))
		}
		d.b.WriteString(place(f.Pos) + doc(f.Doc) + "\n")
		d.inner(f.Type, depth+1)
	}
}

func (d *dumper) inner(t *model.Type, depth int) {
	for t.Elem != nil {
		t = t.Elem
	}
	d.fields(t.Fields, depth)
}

var kinds = [...]string{model.Bool: "bool", model.Int32: "int32", model.Int64: "int64", model.Float32: "float32", model.Float64: "float64",
	model.Decimal: "decimal", model.String: "string", model.Bytes: "bytes", model.Date: "date", model.Timestamp: "timestamp", model.UUID: "uuid",
	model.Enum: "enum", model.List: "list", model.Map: "map", model.Struct: "struct"}

func typeName(t *model.Type) string {
	s := kinds[t.Kind]
	if t.Name != "" {
		s += " " + t.Name
	}
	switch t.Kind {
	case model.Decimal:
		s += fmt.Sprintf("(%d,%d)", t.Precision, t.Scale)
	case model.Enum:
		s += fmt.Sprintf("%q", t.Symbols)
	case model.List, model.Map:
		if t.ElemNullable {
			s += " of nullable " + typeName(t.Elem)
		} else {
			s += " of " + typeName(t.Elem)
		}
	}
	if t.Doc != "" {
		s += fmt.Sprintf(" {%s}", t.Doc)
	}
	return s
}

func constant(l *model.Literal) string {
	switch l.Type.Kind {
	case model.Bool:
		return fmt.Sprint(l.Bool)
	case model.Float32, model.Float64:
		return fmt.Sprint(l.Float)
	case model.Int32, model.Int64, model.Date, model.Timestamp:
		return fmt.Sprint(l.Int)
	case model.List, model.Map:
		return "empty"
	}
	return fmt.Sprintf("%q", l.Str)
}

func place(p diag.Pos) string { return fmt.Sprintf("  @%d:%d", p.Line, p.Col) }

func doc(s string) string {
	if s == "" {
		return ""
	}
	return "  -- " + s
}
