package jsonschema

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// valuesOf gives the list of values that enum or const allows, nil for neither.
func valuesOf(p *jsontree.Node) *jsontree.Node {
	if e := p.Get("enum"); e != nil {
		return e
	}
	if c := p.Get("const"); c != nil {
		return &jsontree.Node{Kind: jsontree.Array, Pos: c.Pos, Items: []*jsontree.Node{c}}
	}
	return nil
}

// valueTypes gives the types of the values of an enum; texts go with null only.
func (c *conjunction) valueTypes(values *jsontree.Node) (all set, ok bool) {
	if len(values.Items) == 0 {
		c.report("SF0104", values.Pos, `"enum" has at least one value`, "")
		return 0, false
	}
	for _, v := range values.Items {
		switch v.Kind {
		case jsontree.String:
			all |= text
		case jsontree.Number:
			all |= integer
			if strings.ContainsAny(v.Text, ".eE") {
				all |= number
			}
		case jsontree.Bool:
			all |= boolean
		case jsontree.Null:
			all |= nothing
		default:
			c.report("SF0105", v.Pos, "an enum of lists or objects has no column type", `describe them with "type"`)
			return 0, false
		}
		if all&text != 0 && all&^(text|nothing) != 0 {
			c.report("SF0105", v.Pos, "an enum of texts and other values has no column type", "a column has one type, and null beside it")
			return 0, false
		}
	}
	return all, true
}

// text reads a text type: an enum, or what its format says.
func (c *conjunction) text() *model.Type {
	var values *jsontree.Node
	for _, p := range c.parts {
		v := valuesOf(p)
		if v != nil && values != nil {
			c.report("SF0111", v.Pos, "two lists of values hold at once", "keep one of them", diag.Related{Pos: values.Pos, Message: "the other one"})
			return nil
		} else if v != nil {
			values = v
		}
	}
	if values != nil {
		return c.enum(values)
	}
	kind, format := model.String, c.one("format")
	if format != nil {
		switch format.Text {
		case "date":
			kind = model.Date
		case "date-time":
			kind = model.Timestamp
		case "uuid":
			kind = model.UUID
		case "byte": // OpenAPI's name for base64
			kind = model.Bytes
		}
	}
	if e := c.one("contentEncoding"); e != nil && strings.EqualFold(e.Text, "base64") {
		if kind != model.String && kind != model.Bytes {
			c.report("SF0112", e.Pos, "a text in base64 has no other format", "", diag.Related{Pos: format.Pos, Message: "the format is said here"})
			return nil
		}
		kind = model.Bytes
	}
	if numeric := format != nil && numberFormats[format.Text] != model.Invalid; numeric {
		c.report("SF0112", format.Pos, fmt.Sprintf("the format %s is one of numbers, and this is a text", format.Text), `for numbers in quotes there is {"format": "decimal", "x-precision": 19, "x-scale": 0}`)
		return nil
	}
	return &model.Type{Kind: kind}
}

func (c *conjunction) enum(values *jsontree.Node) *model.Type {
	t := &model.Type{Kind: model.Enum}
	seen := map[string]diag.Pos{}
	for _, v := range values.Items {
		if v.Kind != jsontree.String {
			continue
		}
		if first, twice := seen[v.Text]; twice {
			c.report("SF0104", v.Pos, fmt.Sprintf("the value %q is there twice", v.Text), "", diag.Related{Pos: first, Message: "first here"})
			return nil
		}
		seen[v.Text] = v.Pos
		t.Symbols = append(t.Symbols, v.Text)
	}
	return t
}

// numberFormats are the formats of numbers that decide a type; uint64 has none of its size.
var numberFormats = map[string]model.Kind{
	"int8": model.Int32, "int16": model.Int32, "int32": model.Int32, "int64": model.Int64,
	"uint8": model.Int32, "uint16": model.Int32, "uint32": model.Int64, "float": model.Float32, "double": model.Float64,
}

// numberFormat gives the kind that a number's format says, otherwise for none.
func (c *conjunction) numberFormat(otherwise model.Kind) *model.Type {
	f := c.one("format")
	if f == nil {
		return &model.Type{Kind: otherwise}
	}
	switch f.Text {
	case "date", "date-time", "uuid", "byte":
		c.report("SF0112", f.Pos, fmt.Sprintf("the format %s is one of texts, and this is a number", f.Text), `for seconds or milliseconds since 1970 leave the format out and convert in a view: TIMESTAMP_MILLIS(x)`)
		return nil
	case "uint64":
		c.report("SF0112", f.Pos, "the format uint64 has no column type of its size", `{"format": "decimal", "x-precision": 20, "x-scale": 0} holds all of it; int64 holds half`)
		return nil
	}
	if k := numberFormats[f.Text]; k != model.Invalid {
		return &model.Type{Kind: k}
	}
	return &model.Type{Kind: otherwise}
}

func (c *conjunction) number() *model.Type { return c.numberFormat(model.Float64) }

// integer is 64 bits wide unless its format or both of its bounds say that 32 are enough.
func (c *conjunction) integer() *model.Type {
	low := c.bound("minimum", math.MinInt32) || c.bound("exclusiveMinimum", math.MinInt32-1)
	high := c.bound("maximum", math.MaxInt32) || c.bound("exclusiveMaximum", math.MaxInt32+1)
	t := c.numberFormat(model.Int64)
	if t != nil && t.Kind == model.Int64 && low && high && c.one("format") == nil {
		t.Kind = model.Int32
	}
	if t != nil && (t.Kind == model.Float32 || t.Kind == model.Float64) {
		f := c.one("format")
		c.report("SF0112", f.Pos, fmt.Sprintf("the format %s is one of numbers with a fraction, and this is an integer", f.Text), `{"type": "number"}`)
		return nil
	}
	return t
}

// bound reports whether some part has the bound and it is within limit.
func (c *conjunction) bound(key string, limit float64) bool {
	for _, p := range c.parts {
		n := p.Get(key)
		if n == nil {
			continue
		}
		f, err := strconv.ParseFloat(n.Text, 64)
		if err == nil && (limit < 0 && f >= limit || limit > 0 && f <= limit) {
			return true
		}
	}
	return false
}

func (c *conjunction) decimal(format *jsontree.Node) *model.Type {
	precision, scale := c.one("x-precision"), c.one("x-scale")
	if precision == nil || scale == nil {
		c.report("SF0112", format.Pos, "a decimal says how many digits it has", `add "x-precision": 10 (all digits) and "x-scale": 2 (those behind the point)`)
		return nil
	}
	p, _ := precision.Int()
	s, _ := scale.Int()
	switch {
	case p < 1 || p > 38:
		c.report("SF0112", precision.Pos, "a decimal has 1 to 38 digits", "")
	case s > p:
		c.report("SF0112", scale.Pos, "a decimal has no more digits behind the point than in all", "", diag.Related{Pos: precision.Pos, Message: "in all"})
	default:
		return &model.Type{Kind: model.Decimal, Precision: int(p), Scale: int(s)}
	}
	return nil
}
