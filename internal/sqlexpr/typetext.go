package sqlexpr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

var kindNames = map[model.Kind]string{
	model.Bool: "BOOLEAN", model.Int32: "INT", model.Int64: "BIGINT", model.Float32: "FLOAT", model.Float64: "DOUBLE",
	model.String: "STRING", model.Bytes: "BYTES", model.Date: "DATE", model.Timestamp: "TIMESTAMP", model.UUID: "UUID", model.Enum: "ENUM", model.Null: "NULL",
}

// typeNames are the scalar types by their names in Spark and GoogleSQL.
var typeNames = map[string]model.Kind{
	"BOOL": model.Bool, "BOOLEAN": model.Bool,
	"TINYINT": model.Int32, "BYTEINT": model.Int32, "SMALLINT": model.Int32, "INT": model.Int32, "INTEGER": model.Int32, "INT32": model.Int32,
	"BIGINT": model.Int64, "LONG": model.Int64, "INT64": model.Int64,
	"FLOAT": model.Float32, "REAL": model.Float32, "FLOAT32": model.Float32,
	"DOUBLE": model.Float64, "FLOAT64": model.Float64,
	"STRING": model.String, "VARCHAR": model.String, "CHAR": model.String, "TEXT": model.String,
	"BINARY": model.Bytes, "VARBINARY": model.Bytes, "BYTES": model.Bytes,
	"DATE": model.Date, "TIMESTAMP": model.Timestamp, "UUID": model.UUID,
}

// TypeName is the SQL name of a type for messages: BIGINT, DECIMAL(10,2), ARRAY<STRING>, STRUCT<a INT>. The symbols of
// an ENUM are left out.
func TypeName(t *model.Type) string {
	switch t.Kind {
	case model.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case model.List:
		return "ARRAY<" + TypeName(t.Elem) + ">"
	case model.Map:
		return "MAP<STRING, " + TypeName(t.Elem) + ">"
	case model.Struct:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = quoteName(f.Name) + " " + TypeName(f.Type)
		}
		return "STRUCT<" + strings.Join(fields, ", ") + ">"
	}
	return kindNames[t.Kind]
}

// typeText is t as CAST takes it, with all that EqualTypes looks at.
func typeText(t *model.Type) string {
	switch t.Kind {
	case model.Enum:
		symbols := make([]string, len(t.Symbols))
		for i, s := range t.Symbols {
			symbols[i] = quoteText(s)
		}
		return "ENUM(" + strings.Join(symbols, ", ") + ")"
	case model.List:
		return "ARRAY<" + typeText(t.Elem) + notNull(t.ElemNullable) + ">"
	case model.Map:
		return "MAP<STRING, " + typeText(t.Elem) + notNull(t.ElemNullable) + ">"
	case model.Struct:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = quoteName(f.Name) + " " + typeText(f.Type) + notNull(f.Nullable)
		}
		return "STRUCT<" + strings.Join(fields, ", ") + ">"
	}
	return TypeName(t)
}

func notNull(nullable bool) string {
	if nullable {
		return ""
	}
	return " NOT NULL"
}

// typeParser reads a type from tokens.
type typeParser struct {
	sql    string
	tokens []token
	i      int // the next token
}

// typeError is what is wrong with a type, at a token.
type typeError struct {
	at      int
	message string
}

func (e *typeError) Error() string { return e.message }

func (p *typeParser) fail(format string, args ...any) error {
	at := len(p.sql)
	if p.i < len(p.tokens) {
		at = p.tokens[p.i].start
	}
	return &typeError{at, fmt.Sprintf(format, args...)}
}

// take passes the next token if it is the word or symbol s.
func (p *typeParser) take(s string) bool {
	if p.i < len(p.tokens) && p.tokens[p.i].upper == s {
		p.i++
		return true
	}
	return false
}

func (p *typeParser) need(s string) error {
	if !p.take(s) {
		return p.fail("expected %s in a type", s)
	}
	return nil
}

// maxTypeDepth bounds types in types.
const maxTypeDepth = 32

func (p *typeParser) parse(depth int) (*model.Type, error) {
	if p.i >= len(p.tokens) || p.tokens[p.i].kind != word {
		return nil, p.fail("expected a type")
	}
	if depth > maxTypeDepth {
		return nil, p.fail("types are nested too deeply")
	}
	name := p.tokens[p.i].upper
	kind, scalar := typeNames[name]
	p.i++
	switch {
	case scalar:
		if kind == model.String || kind == model.Bytes {
			return p.sized(kind)
		}
		return &model.Type{Kind: kind}, nil
	case name == "DECIMAL" || name == "NUMERIC" || name == "DEC":
		return p.decimal()
	case name == "ENUM":
		return p.enum()
	case name == "ARRAY":
		return p.container(model.List, depth)
	case name == "MAP":
		return p.container(model.Map, depth)
	case name == "STRUCT":
		return p.structure(depth)
	}
	p.i--
	return nil, p.fail("there is no type %s", p.sql[p.tokens[p.i].start:p.tokens[p.i].end])
}

// sized reads the length of VARCHAR(20), which bounds nothing here, as in Spark's CAST.
func (p *typeParser) sized(kind model.Kind) (*model.Type, error) {
	if p.take("(") {
		if _, err := p.number(1 << 30); err != nil {
			return nil, err
		}
		if err := p.need(")"); err != nil {
			return nil, err
		}
	}
	return &model.Type{Kind: kind}, nil
}

// decimal reads (precision, scale). Without them the type is DECIMAL(38,9): GoogleSQL's NUMERIC.
func (p *typeParser) decimal() (*model.Type, error) {
	t := &model.Type{Kind: model.Decimal, Precision: 38, Scale: 9}
	if !p.take("(") {
		return t, nil
	}
	var err error
	t.Scale = 0
	if t.Precision, err = p.number(38); err != nil {
		return nil, err
	}
	if t.Precision == 0 {
		p.i--
		return nil, p.fail("a DECIMAL has 1 to 38 digits")
	}
	if p.take(",") {
		if t.Scale, err = p.number(t.Precision); err != nil {
			return nil, err
		}
	}
	return t, p.need(")")
}

func (p *typeParser) number(most int) (int, error) {
	if p.i >= len(p.tokens) || p.tokens[p.i].kind != number {
		return 0, p.fail("expected a number in a type")
	}
	t := p.tokens[p.i]
	n, err := strconv.Atoi(p.sql[t.start:t.end])
	if err != nil || n > most {
		return 0, p.fail("expected a number up to %d", most)
	}
	p.i++
	return n, nil
}

// enum reads ('a', 'b').
func (p *typeParser) enum() (*model.Type, error) {
	t := &model.Type{Kind: model.Enum}
	if err := p.need("("); err != nil {
		return nil, err
	}
	for {
		if p.i >= len(p.tokens) || p.tokens[p.i].kind != text {
			return nil, p.fail("expected a text in an ENUM")
		}
		tok := p.tokens[p.i]
		s, ok := unquote(p.sql[tok.start:tok.end])
		if !ok {
			return nil, p.fail("expected a text in an ENUM")
		}
		t.Symbols = append(t.Symbols, s)
		p.i++
		if !p.take(",") {
			return t, p.need(")")
		}
	}
}

func (p *typeParser) container(kind model.Kind, depth int) (*model.Type, error) {
	if err := p.need("<"); err != nil {
		return nil, err
	}
	if kind == model.Map {
		key, err := p.parse(depth + 1)
		if err != nil {
			return nil, err
		}
		if key.Kind != model.String {
			return nil, p.fail("the keys of a MAP are STRING")
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
	}
	elem, nullable, err := p.nullable(depth)
	if err != nil {
		return nil, err
	}
	return &model.Type{Kind: kind, Elem: elem, ElemNullable: nullable}, p.need(">")
}

func (p *typeParser) nullable(depth int) (*model.Type, bool, error) {
	t, err := p.parse(depth + 1)
	if err != nil || !p.take("NOT") {
		return t, true, err
	}
	return t, false, p.need("NULL")
}

// structure reads <name type, …>, with or without Spark's colon.
func (p *typeParser) structure(depth int) (*model.Type, error) {
	t := &model.Type{Kind: model.Struct}
	if err := p.need("<"); err != nil {
		return nil, err
	}
	for {
		if p.i >= len(p.tokens) || p.tokens[p.i].kind != word && p.tokens[p.i].kind != quoted {
			return nil, p.fail("expected the name of a field")
		}
		tok := p.tokens[p.i]
		name := p.sql[tok.start:tok.end]
		if tok.kind == quoted {
			var ok bool
			if name, ok = unquote(name); !ok {
				return nil, p.fail("expected the name of a field")
			}
		}
		p.i++
		p.take(":")
		typ, nullable, err := p.nullable(depth)
		if err != nil {
			return nil, err
		}
		t.Fields = append(t.Fields, model.Field{Name: name, Type: typ, Nullable: nullable})
		if !p.take(",") {
			return t, p.need(">")
		}
	}
}
