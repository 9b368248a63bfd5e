package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The columns of a version's interval.
const (
	StartAt = "__START_AT"
	EndAt   = "__END_AT"
)

// key is a text that differs where keys do.
func (r *Rules) key(e Row) string { return fmt.Sprintf("%#v", values(e, r.Keys)) }

// values gives columns of a row; of no row it gives NULLs.
func values(e Row, columns []string) Struct {
	out := make(Struct, len(columns))
	for i, c := range columns {
		out[i] = e[c]
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Column is a column or a field.
type Column struct {
	Name string
	Type *Type
}

// Type is a column's type: how values of it are drawn, from few so that they meet again, and written.
type Type struct {
	Spark  string // its name in Spark
	fields []Column
	draw   func(rng *rand.Rand) Value // one that is not NULL
	// event and row give a value as JSON has it in a source, and as a reader of the table gives it.
	event, row func(v Value) any
}

func scalar(spark string, pool []Value, event, row func(Value) any) *Type {
	return &Type{Spark: spark, draw: func(rng *rand.Rand) Value { return pool[rng.IntN(len(pool))] }, event: event, row: row}
}

func same(v Value) any { return v }

func integer(spark string, from, to int64) *Type {
	var pool []Value
	for n := from; n <= to; n++ {
		pool = append(pool, n)
	}
	return scalar(spark, pool, same, same)
}

func text(pool ...Value) *Type { return scalar("STRING", pool, same, same) }

func boolean() *Type { return scalar("BOOLEAN", []Value{false, true}, same, same) }

// decimal takes unscaled numbers. An event has them without the zeros at their end: 1.1 is 1.10.
func decimal(precision, scale int, pool ...int64) *Type {
	point := func(v Value) string {
		n, sign := v.(int64), ""
		if n < 0 {
			n, sign = -n, "-"
		}
		digits := fmt.Sprintf("%0*d", scale+1, n)
		return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	return scalar(fmt.Sprintf("DECIMAL(%d,%d)", precision, scale), anys(pool),
		func(v Value) any { return strings.TrimSuffix(strings.TrimRight(point(v), "0"), ".") },
		func(v Value) any { return point(v) })
}

func timestamp(pool ...int64) *Type {
	at := func(v Value) time.Time { return time.UnixMicro(v.(int64)).UTC() }
	return scalar("TIMESTAMP", anys(pool),
		func(v Value) any { return at(v).Format(time.RFC3339Nano) },
		func(v Value) any { return at(v).Format("2006-01-02T15:04:05.000000Z") })
}

func anys(pool []int64) (out []Value) {
	for _, n := range pool {
		out = append(out, n)
	}
	return out
}

func structure(fields ...Column) *Type {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name+":"+f.Type.Spark)
	}
	object := func(of func(t *Type, v Value) any) func(Value) any {
		return func(v Value) any {
			out := map[string]any{}
			for i, f := range fields {
				out[f.Name] = of(f.Type, v.(Struct)[i])
			}
			return out
		}
	}
	return &Type{
		Spark: "STRUCT<" + strings.Join(names, ",") + ">", fields: fields,
		draw: func(rng *rand.Rand) Value {
			s := make(Struct, len(fields))
			for i, f := range fields {
				s[i] = f.Type.orNull(rng)
			}
			return s
		},
		event: object((*Type).Event), row: object((*Type).Row),
	}
}

func list(elem *Type) *Type {
	array := func(of func(t *Type, v Value) any) func(Value) any {
		return func(v Value) any {
			out := []any{}
			for _, e := range v.(List) {
				out = append(out, of(elem, e))
			}
			return out
		}
	}
	return &Type{
		Spark: "ARRAY<" + elem.Spark + ">",
		draw: func(rng *rand.Rand) Value {
			l := List{}
			for range rng.IntN(3) {
				l = append(l, elem.orNull(rng))
			}
			return l
		},
		event: array((*Type).Event), row: array((*Type).Row),
	}
}

// orNull draws a value that is NULL one time in four.
func (t *Type) orNull(rng *rand.Rand) Value {
	if rng.IntN(4) == 0 {
		return nil
	}
	return t.draw(rng)
}

// Event gives a value as a source has it.
func (t *Type) Event(v Value) any {
	if v == nil {
		return nil
	}
	return t.event(v)
}

// Row gives a value as a reader of the table gives it.
func (t *Type) Row(v Value) any {
	if v == nil {
		return nil
	}
	return t.row(v)
}

// Line gives an event as a line of JSON.
func (p *Pipe) Line(e Row) string {
	object := map[string]any{}
	for _, c := range p.Columns {
		object[c.Name] = c.Type.Event(e[c.Name])
	}
	return line(object)
}

// Texts gives rows of the table as package readers gives them, sorted.
func (p *Pipe) Texts(rows []Row) []string {
	sequence := p.bound()
	out := []string{}
	for _, r := range rows {
		object := map[string]any{}
		for _, c := range p.Columns {
			if slices.Contains(p.Rules.Columns, c.Name) {
				object[c.Name] = c.Type.Row(r[c.Name])
			}
		}
		if p.SCDType == 2 {
			object[StartAt], object[EndAt] = sequence.Row(r[StartAt]), sequence.Row(r[EndAt])
		}
		out = append(out, line(object))
	}
	slices.Sort(out)
	return out
}

// bound is the type of the sequence.
func (p *Pipe) bound() *Type {
	var parts []Column
	for _, name := range p.Sequence {
		i := slices.IndexFunc(p.Columns, func(c Column) bool { return c.Name == name })
		parts = append(parts, p.Columns[i])
	}
	if len(parts) == 1 {
		return parts[0].Type
	}
	return structure(parts...)
}

func line(object map[string]any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(object); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Open gives those rows of a history that have no end, without their intervals.
func Open(rows []string) []string {
	out := []string{}
	for _, r := range rows {
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(r), &object); err != nil {
			panic(err)
		}
		if string(object[EndAt]) != "null" {
			continue
		}
		delete(object, StartAt)
		delete(object, EndAt)
		plain := map[string]any{}
		for name, text := range object {
			plain[name] = text
		}
		out = append(out, line(plain))
	}
	slices.Sort(out)
	return out
}
