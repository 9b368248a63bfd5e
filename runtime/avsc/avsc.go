// Package avsc reads the texts of Avro schemas while a pipeline runs: those that a schema registry gives, and the one
// that generated code holds of its own record.
//
// It takes a text and gives a Schema; packages avror and registry use it. It is as lenient as the readers of other
// languages: names may be any text, and a logical type that does not fit its type is ignored, as Avro says.
//
// A record that no Avro schema declares is described by records without names and by logical types of our own on
// "string": "date", "timestamp", "enum" and "decimal". They stand for what JSON writes as text.
package avsc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Type is what a Schema is.
type Type uint8

// The types of Avro.
const (
	Null Type = iota + 1
	Boolean
	Int
	Long
	Float
	Double
	Bytes
	String
	Fixed
	Enum
	Array
	Map
	Record
	Union
)

var typeNames = [...]string{Null: "null", Boolean: "boolean", Int: "int", Long: "long", Float: "float", Double: "double", Bytes: "bytes",
	String: "string", Fixed: "fixed", Enum: "enum", Array: "array", Map: "map", Record: "record", Union: "union"}

func (t Type) String() string { return typeNames[t] }

// Schema is an Avro schema. The members that its Type has are set; a schema may contain itself.
type Schema struct {
	Type             Type
	Name             string   // Record, Enum, Fixed: with the namespace
	Aliases          []string // with the namespace
	Logical          string   // "" for none
	Precision, Scale int      // of the logical type decimal
	Size             int      // Fixed, in bytes
	Symbols          []string // Enum, and the logical type enum
	Default          string   // Enum: the symbol for those that are not known; "" for none
	Elem             *Schema  // Array, Map
	Branches         []*Schema
	Fields           []Field
}

// Field is a field of a record.
type Field struct {
	Name       string
	Aliases    []string
	Type       *Schema
	HasDefault bool
}

// Names holds the named types that are known, by full name.
type Names map[string]*Schema

// What a text may be: far more than people write, and little enough that a hostile one costs nothing.
const (
	maxDepth = 100
	maxSize  = 1 << 30 // of a fixed, in bytes
)

// Parse reads a text. It may use types of known, which is extended by those that it describes; nil is none.
func Parse(text string, known Names) (*Schema, error) {
	if known == nil {
		known = Names{}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("the schema is no JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the schema is no JSON: it goes on after its value")
	}
	return (&parser{known}).schema(tree, "", 0)
}

type parser struct{ known Names }

func (p *parser) schema(tree any, space string, depth int) (*Schema, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the schema is nested more than %d deep", maxDepth)
	}
	switch tree := tree.(type) {
	case string:
		return p.named(tree, space)
	case []any:
		u := &Schema{Type: Union}
		for _, b := range tree {
			s, err := p.schema(b, space, depth+1)
			if err != nil {
				return nil, err
			}
			if s.Type == Union {
				return nil, errors.New("a union holds no unions")
			}
			u.Branches = append(u.Branches, s)
		}
		return u, nil
	case map[string]any:
		return p.object(tree, space, depth)
	}
	return nil, errors.New("a type is a name, an object or a list")
}

func (p *parser) named(name, space string) (*Schema, error) {
	if i := slices.Index(typeNames[:Fixed], name); i > 0 {
		return &Schema{Type: Type(i)}, nil
	}
	if s := p.known[full(name, space)]; s != nil {
		return s, nil
	}
	if s := p.known[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("the schema names the type %q, which it does not describe", name)
}

func (p *parser) object(o map[string]any, space string, depth int) (*Schema, error) {
	name, ok := o["type"].(string)
	if o["type"] == nil {
		return nil, errors.New(`a type has no "type"`)
	}
	if !ok { // a type in braces once more, as old libraries write it
		return p.reference(o, space, depth)
	}
	switch name {
	case "record", "error":
		return p.record(o, space, depth)
	case "enum":
		return p.enum(o, space)
	case "fixed":
		return p.fixed(o, space)
	case "array", "map":
		s, key := &Schema{Type: Array}, "items"
		if name == "map" {
			s.Type, key = Map, "values"
		}
		var err error
		s.Elem, err = p.schema(o[key], space, depth+1)
		return s, err
	}
	return p.reference(o, space, depth)
}

// reference reads a type that o gives a logical type to.
func (p *parser) reference(o map[string]any, space string, depth int) (*Schema, error) {
	s, err := p.schema(o["type"], space, depth+1)
	if err != nil || s.Type > Fixed || o["logicalType"] == nil {
		return s, err
	}
	with := *s
	logical(&with, o)
	return &with, nil
}

// declare makes a named type known, before what it holds is read.
func (p *parser) declare(t Type, o map[string]any, space string) (s *Schema, inside string, err error) {
	name, _ := o["name"].(string)
	if name == "" {
		if t == Record {
			return &Schema{Type: t}, space, nil
		}
		return nil, "", fmt.Errorf(`a type %s has no "name"`, t)
	}
	if n, ok := o["namespace"].(string); ok && !strings.Contains(name, ".") {
		space = n
	}
	s = &Schema{Type: t, Name: full(name, space)}
	if i := strings.LastIndexByte(s.Name, '.'); i >= 0 {
		inside = s.Name[:i]
	}
	for _, a := range texts(o["aliases"]) {
		s.Aliases = append(s.Aliases, full(a, inside))
	}
	p.known[s.Name] = s
	return s, inside, nil
}

func full(name, space string) string {
	if space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}

func texts(list any) (out []string) {
	items, _ := list.([]any)
	for _, it := range items {
		if s, ok := it.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (p *parser) record(o map[string]any, space string, depth int) (*Schema, error) {
	s, inside, err := p.declare(Record, o, space)
	if err != nil {
		return nil, err
	}
	list, ok := o["fields"].([]any)
	if !ok {
		return nil, errors.New(strings.TrimSpace("the record "+s.Name) + ` has no list of "fields"`)
	}
	for _, it := range list {
		f, _ := it.(map[string]any)
		name, ok := f["name"].(string)
		if !ok {
			return nil, fmt.Errorf(`a field of the record %s has no "name"`, s.Name)
		}
		t, err := p.schema(f["type"], inside, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", s.Name, name, err)
		}
		_, defaulted := f["default"]
		s.Fields = append(s.Fields, Field{Name: name, Aliases: texts(f["aliases"]), Type: t, HasDefault: defaulted})
	}
	return s, nil
}

func (p *parser) enum(o map[string]any, space string) (*Schema, error) {
	s, _, err := p.declare(Enum, o, space)
	if err != nil {
		return nil, err
	}
	if s.Symbols = texts(o["symbols"]); len(s.Symbols) == 0 {
		return nil, fmt.Errorf(`the enum %s has no list of "symbols"`, s.Name)
	}
	s.Default, _ = o["default"].(string)
	return s, nil
}

func (p *parser) fixed(o map[string]any, space string) (*Schema, error) {
	s, _, err := p.declare(Fixed, o, space)
	if err != nil {
		return nil, err
	}
	size, ok := number(o["size"])
	if !ok || size < 0 || size > maxSize {
		return nil, fmt.Errorf(`the fixed %s has no "size", a number of bytes`, s.Name)
	}
	s.Size = size
	logical(s, o)
	return s, nil
}

// bases says what the logical types stand on that have a meaning here; the rest are as good as none.
var bases = map[string][]Type{
	"date":                   {Int, String},
	"time-millis":            {Int},
	"time-micros":            {Long},
	"timestamp-millis":       {Long},
	"timestamp-micros":       {Long},
	"timestamp-nanos":        {Long},
	"local-timestamp-millis": {Long},
	"local-timestamp-micros": {Long},
	"local-timestamp-nanos":  {Long},
	"timestamp":              {String},
	"enum":                   {String},
	"decimal":                {Bytes, Fixed, String},
	"uuid":                   {String, Fixed},
	"duration":               {Fixed},
}

func logical(s *Schema, o map[string]any) {
	name, _ := o["logicalType"].(string)
	if !slices.Contains(bases[name], s.Type) || name == "uuid" && s.Type == Fixed && s.Size != 16 {
		return
	}
	if name == "decimal" {
		precision, ok := number(o["precision"])
		scale, _ := number(o["scale"])
		if !ok || precision < 1 || scale < 0 || scale > precision {
			return
		}
		s.Precision, s.Scale = precision, scale
	}
	if name == "enum" {
		s.Symbols = texts(o["symbols"])
	}
	s.Logical = name
}

func number(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return int(i), err == nil && i <= maxSize && i >= -maxSize
}
