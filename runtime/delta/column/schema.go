// Package column holds rows as typed columns, and writes and reads Parquet files of them. Generated code puts a row's
// values into leaf buffers and takes them out again; nothing here looks at a value through reflection or an interface.
//
// A schema's leaves are its columns of plain values in depth-first order, a map's key before its value. Each leaf has one
// buffer, which is written, gathered (Keep), written to a file, and read by a cursor. Every column, struct field, list
// element and map value may be NULL on disk, so an entry's definition level counts what is present on the way down:
// a struct adds 1; a list at depth d gives d for NULL, d+1 for empty, d+2 for a NULL element and d+3 for an element;
// a map is a list of entries whose key is never NULL. A leaf is present at its greatest level.
package column

import (
	"strconv"
	"strings"
)

// Kind is what a type is made of.
type Kind uint8

// The kinds. Date is days and Timestamp microseconds since 1970, UTC.
const (
	Bool Kind = iota + 1
	Int32
	Int64
	Float32
	Float64
	Decimal
	String
	Binary
	Date
	Timestamp
	List
	Map
	Struct
)

// Type is a column's type. Map keys are strings.
type Type struct {
	Kind             Kind
	Precision, Scale int     // Decimal
	Elem             *Type   // List, and Map's value
	Fields           []Field // Struct
}

// Field is a named column or struct field.
type Field struct {
	Name    string
	Type    Type
	Comment string
}

// Schema is a table's columns.
type Schema []Field

// Of returns the type of a kind that needs nothing else.
func Of(k Kind) Type { return Type{Kind: k} }

// DecimalOf returns decimal(precision, scale).
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// ListOf returns a list of elem.
func ListOf(elem Type) Type { return Type{Kind: List, Elem: &elem} }

// MapOf returns a map of strings to value.
func MapOf(value Type) Type { return Type{Kind: Map, Elem: &value} }

// StructOf returns a struct of fields.
func StructOf(fields ...Field) Type { return Type{Kind: Struct, Fields: fields} }

var kindNames = [...]string{
	Bool: "boolean", Int32: "int", Int64: "bigint", Float32: "float", Float64: "double", Decimal: "decimal", String: "string",
	Binary: "binary", Date: "date", Timestamp: "timestamp", List: "array", Map: "map", Struct: "struct",
}

// String is the kind's name in Spark's DDL.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return "kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindNames[k]
}

// String is the type in Spark's DDL, such as struct<chain:string,price:decimal(10,2)>.
func (t Type) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t Type) write(b *strings.Builder) {
	b.WriteString(t.Kind.String())
	switch t.Kind {
	case Decimal:
		b.WriteString("(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")")
	case List:
		b.WriteByte('<')
		t.Elem.write(b)
		b.WriteByte('>')
	case Map:
		b.WriteString("<string,")
		t.Elem.write(b)
		b.WriteByte('>')
	case Struct:
		b.WriteByte('<')
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteName(f.Name))
			b.WriteByte(':')
			f.Type.write(b)
		}
		b.WriteByte('>')
	}
}

// quoteName puts backticks around names that DDL does not take as they are.
func quoteName(name string) string {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
	}
	return name
}

// Equal reports whether two types hold the same values under the same names.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale || len(t.Fields) != len(u.Fields) {
		return false
	}
	if t.Elem != nil && (u.Elem == nil || !t.Elem.Equal(*u.Elem)) {
		return false
	}
	for i := range t.Fields {
		if t.Fields[i].Name != u.Fields[i].Name || !t.Fields[i].Type.Equal(u.Fields[i].Type) {
			return false
		}
	}
	return true
}

// LeafColumn is a column of plain values of a schema.
type LeafColumn struct {
	Path           []string // in the Parquet file: names, and list, element, key_value, key, value
	Type           Type
	MaxRep, MaxDef uint8
	Column         int // the column of the schema that it belongs to

	lists []int // where in Path the lists and maps are that it is under
}

// Leaves returns the schema's leaves, depth first.
func (s Schema) Leaves() []LeafColumn {
	var out []LeafColumn
	for i, f := range s {
		out = appendLeaves(out, LeafColumn{Path: []string{f.Name}, Type: f.Type, MaxDef: 1, Column: i})
	}
	return out
}

func appendLeaves(out []LeafColumn, at LeafColumn) []LeafColumn {
	below := func(t Type, rep, def uint8, names ...string) {
		path := append(append(make([]string, 0, len(at.Path)+len(names)), at.Path...), names...)
		c := LeafColumn{Path: path, Type: t, MaxRep: at.MaxRep + rep, MaxDef: at.MaxDef + def, Column: at.Column, lists: at.lists}
		if rep > 0 {
			c.lists = append(append([]int{}, at.lists...), len(at.Path))
		}
		out = appendLeaves(out, c)
	}
	switch at.Type.Kind {
	case List:
		below(*at.Type.Elem, 1, 2, "list", "element")
	case Map:
		below(Of(String), 1, 1, "key_value", "key")
		below(*at.Type.Elem, 1, 2, "key_value", "value")
	case Struct:
		for _, f := range at.Type.Fields {
			below(f.Type, 0, 1, f.Name)
		}
	default:
		out = append(out, at)
	}
	return out
}
