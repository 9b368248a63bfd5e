package avror

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/seamflow/seamflow/runtime/avsc"
	"pgregory.net/rapid"
)

// drawn is a writer's type, what a reader may make of it, and a value as hamba takes it.
type drawn struct {
	writer, reader any
	name           string // of the writer's type in a union
	value          any
}

type drawer struct {
	t        *rapid.T
	types    int
	defaults map[string]string // by field name, as text gives values
}

func pick[T any](d *drawer, from ...T) T { return rapid.SampledFrom(from).Draw(d.t, "pick") }

func (d *drawer) bool() bool { return rapid.Bool().Draw(d.t, "b") }

func (d *drawer) typeName() string {
	d.types++
	return "T" + strconv.Itoa(d.types)
}

func logical(base, name string, more ...any) map[string]any {
	out := map[string]any{"type": base, "logicalType": name}
	for i := 0; i < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

func (d *drawer) scalar() drawn {
	plain := func(v any, writer string, readers ...any) drawn {
		return drawn{writer, pick(d, readers...), writer, v}
	}
	instant := rapid.Int64Range(-1<<50, 1<<50)
	switch rapid.IntRange(0, 13).Draw(d.t, "kind") {
	case 0:
		return plain(d.bool(), "boolean", any("boolean"))
	case 1:
		return plain(int(rapid.Int32().Draw(d.t, "v")), "int", any("int"), "long", "float", "double")
	case 2:
		return plain(rapid.Int64().Draw(d.t, "v"), "long", any("long"), "float", "double")
	case 3:
		return plain(rapid.Float32().Draw(d.t, "v"), "float", any("float"), "double")
	case 4:
		return plain(rapid.Float64().Draw(d.t, "v"), "double", any("double"))
	case 5:
		return plain(rapid.String().Draw(d.t, "v"), "string", any("string"), "bytes")
	case 6:
		return plain([]byte(rapid.String().Draw(d.t, "v")), "bytes", any("bytes"), "string")
	case 7:
		s := logical("int", "date")
		return drawn{s, s, "int.date", time.Unix(86400*int64(rapid.IntRange(firstDay, lastDay).Draw(d.t, "day")), 0).UTC()}
	case 8:
		s := logical("long", "timestamp-millis")
		return drawn{s, s, "long.timestamp-millis", time.UnixMilli(instant.Draw(d.t, "v") / 1000).UTC()}
	case 9:
		s := logical("long", "timestamp-micros")
		return drawn{s, s, "long.timestamp-micros", time.UnixMicro(instant.Draw(d.t, "v")).UTC()}
	case 10:
		s := logical("bytes", "decimal", "precision", 20, "scale", 4)
		return drawn{s, s, "bytes.decimal", big.NewRat(rapid.Int64().Draw(d.t, "v"), 10000)}
	case 11:
		name := d.typeName()
		s := map[string]any{"type": "fixed", "name": name, "size": 3}
		return drawn{s, s, name, [3]byte(rapid.SliceOfN(rapid.Byte(), 3, 3).Draw(d.t, "v"))}
	case 12: // several types for one
		writer := []any{"int", "long"}
		v := any(map[string]any{"int": 7})
		if d.bool() {
			v = map[string]any{"long": rapid.Int64().Draw(d.t, "v")}
		}
		return drawn{writer, pick(d, "long", "double"), "", v}
	}
	return d.enum()
}

func (d *drawer) enum() drawn {
	symbols := []string{"A", "B", "C"}
	name := d.typeName()
	w := map[string]any{"type": "enum", "name": name, "symbols": symbols}
	r := map[string]any{"type": "enum", "name": name, "symbols": pick(d, []string{"C", "B", "X", "A"}, symbols)}
	if d.bool() {
		r["symbols"], r["default"] = []string{"X", "B"}, "X"
	}
	return drawn{w, r, name, pick(d, symbols...)}
}

func (d *drawer) any(depth int) drawn {
	out := d.plain(depth)
	_, union := out.writer.([]any)
	switch {
	case union:
	case d.bool():
		out.reader = []any{"null", out.reader}
		if d.bool() {
			out.writer = []any{out.writer, "null"}
			out.value = pick(d, any(nil), any(map[string]any{out.name: out.value}))
		}
	case d.bool(): // a writer who could write NULL, and did not
		out.writer, out.value = []any{"null", out.writer}, map[string]any{out.name: out.value}
		out.reader = []any{"null", out.reader}
	}
	return out
}

func (d *drawer) plain(depth int) drawn {
	if depth == 0 {
		return d.scalar()
	}
	switch rapid.IntRange(0, 5).Draw(d.t, "shape") {
	case 0:
		e := d.any(depth - 1)
		values := slices.Repeat([]any{e.value}, rapid.IntRange(0, 3).Draw(d.t, "n"))
		return drawn{map[string]any{"type": "array", "items": e.writer}, map[string]any{"type": "array", "items": e.reader}, "array", append([]any{}, values...)}
	case 1:
		e := d.any(depth - 1)
		values := map[string]any{}
		for i := range rapid.IntRange(0, 2).Draw(d.t, "n") {
			values["k"+strconv.Itoa(i)] = e.value
		}
		return drawn{map[string]any{"type": "map", "values": e.writer}, map[string]any{"type": "map", "values": e.reader}, "map", values}
	case 2:
		return d.record(depth)
	}
	return d.scalar()
}

// record draws one whose reader leaves fields out, has others, and calls some by another name.
func (d *drawer) record(depth int) drawn {
	name := d.typeName()
	values := map[string]any{}
	var writer, reader []any
	for i := range rapid.IntRange(1, 5).Draw(d.t, "fields") {
		e := d.any(depth - 1)
		was := fmt.Sprintf("%sf%d", strings.ToLower(name), i)
		is := map[string]any{"name": was, "type": e.reader}
		values[was] = e.value
		writer = append(writer, map[string]any{"name": was, "type": e.writer})
		switch rapid.IntRange(0, 3).Draw(d.t, "what") {
		case 0:
			continue
		case 1:
			is["name"], is["aliases"] = "n"+was, []string{"never", was}
		}
		reader = append(reader, is)
	}
	for i := range rapid.IntRange(0, 2).Draw(d.t, "new") {
		added := fmt.Sprintf("%sg%d", strings.ToLower(name), i)
		switch rapid.IntRange(0, 2).Draw(d.t, "default") {
		case 0:
			reader = append(reader, map[string]any{"name": added, "type": "long", "default": 41})
			d.defaults[added] = "41"
		case 1:
			reader = append(reader, map[string]any{"name": added, "type": []any{"null", "string"}, "default": nil})
			d.defaults[added] = "null"
		case 2:
			reader = append(reader, map[string]any{"name": added, "type": "string", "default": "x"})
			d.defaults[added] = `"x"`
		}
	}
	reader = rapid.Permutation(reader).Draw(d.t, "order")
	if reader == nil {
		reader = []any{}
	}
	return drawn{map[string]any{"type": "record", "name": name, "fields": writer}, map[string]any{"type": "record", "name": name, "namespace": "elsewhere", "fields": reader}, name, values}
}

// text reads any value as generated code does, and writes it down.
func text(r *Reader, s *avsc.Schema, defaults map[string]string) string {
	if nullable(s) && r.Null() {
		return "null"
	}
	s = notNull(s)
	switch s.Type {
	case avsc.Boolean:
		return fmt.Sprint(r.Bool())
	case avsc.Int:
		if s.Logical == "date" {
			return r.Date().String()
		}
		return fmt.Sprint(r.Int32())
	case avsc.Long:
		if s.Logical != "" {
			return r.Timestamp().Time().String()
		}
		return fmt.Sprint(r.Int64())
	case avsc.Float:
		return floatText(float64(r.Float32()))
	case avsc.Double:
		return floatText(r.Float64())
	case avsc.String:
		return strconv.Quote(r.String())
	case avsc.Bytes, avsc.Fixed:
		if s.Logical == "decimal" {
			return r.Decimal(s.Precision, s.Scale).String()
		}
		return hex.EncodeToString(r.Bytes())
	case avsc.Enum:
		return strconv.Quote(r.Enum(s.Symbols))
	case avsc.Array:
		var items []string
		for r.Array(); r.Elem(); {
			items = append(items, text(r, s.Elem, defaults))
		}
		return "[" + strings.Join(items, ",") + "]"
	case avsc.Map:
		var items []string
		for r.Map(); r.Next(); {
			key := r.KeyString()
			items = append(items, key+":"+text(r, s.Elem, defaults))
		}
		slices.Sort(items)
		return "{" + strings.Join(items, ",") + "}"
	}
	fields := map[string]string{}
	for _, f := range s.Fields {
		if f.HasDefault {
			fields[f.Name] = defaults[f.Name]
		}
	}
	for r.Record(); r.Field(); {
		f := &s.Fields[r.Index()]
		fields[f.Name] = text(r, f.Type, defaults)
	}
	return mapText(fields)
}

func mapText(m map[string]string) string {
	var items []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		items = append(items, k+":"+m[k])
	}
	return "{" + strings.Join(items, ",") + "}"
}

func floatText(f float64) string { return strconv.FormatUint(math.Float64bits(f), 16) }

// theirs writes down what hamba read for s.
func theirs(v any, s *avsc.Schema) string {
	if v == nil {
		return "null"
	}
	s = notNull(s)
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		for k, inner := range m {
			isRecord := s.Type == avsc.Record && (k == s.Name || k == short(s.Name))
			if s.Type < avsc.Array || s.Type == avsc.Array || s.Type == avsc.Map && k == "map" || isRecord {
				return theirs(inner, s) // a union's value stands under its type
			}
		}
	}
	switch s.Type {
	case avsc.Int:
		if t, ok := v.(time.Time); ok {
			return t.Format(time.DateOnly)
		}
	case avsc.Long:
		if t, ok := v.(time.Time); ok {
			return t.UTC().String()
		}
	case avsc.Float, avsc.Double:
		switch v := v.(type) {
		case float32:
			return floatText(float64(v))
		case float64:
			return floatText(v)
		}
	case avsc.String, avsc.Enum:
		return strconv.Quote(v.(string))
	case avsc.Bytes, avsc.Fixed:
		switch v := v.(type) {
		case *big.Rat:
			return v.FloatString(s.Scale)
		case [3]byte:
			return hex.EncodeToString(v[:])
		}
		return hex.EncodeToString(v.([]byte))
	case avsc.Array:
		var items []string
		for _, it := range v.([]any) {
			items = append(items, theirs(it, s.Elem))
		}
		return "[" + strings.Join(items, ",") + "]"
	case avsc.Map:
		m := map[string]string{}
		for k, it := range v.(map[string]any) {
			m[k] = theirs(it, s.Elem)
		}
		return mapText(m)
	case avsc.Record:
		m := map[string]string{}
		for _, f := range s.Fields {
			m[f.Name] = theirs(v.(map[string]any)[f.Name], f.Type)
		}
		return mapText(m)
	}
	return fmt.Sprint(v)
}

func schemaText(t interface{ Fatal(...any) }, tree any) string {
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Random values of random writers, read by random readers that their schemas allow, are what hamba makes of them.
func TestEvolutionsAgreeWithHamba(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &drawer{t: t, defaults: map[string]string{}}
		e := d.record(3)
		writer, reader := schemaText(t, e.writer), schemaText(t, e.reader)
		hw, err := avro.ParseWithCache(writer, "", &avro.SchemaCache{})
		if err != nil {
			t.Fatal(err, writer)
		}
		hr, err := avro.ParseWithCache(reader, "", &avro.SchemaCache{})
		if err != nil {
			t.Fatal(err, reader)
		}
		data, err := avro.Marshal(hw, e.value)
		if err != nil {
			t.Fatal(err, writer, e.value)
		}
		resolved, err := avro.NewSchemaCompatibility().Resolve(hr, hw)
		if err != nil {
			t.Skip(err) // an enum that lacks a symbol of another one's, say
		}
		var theirValue any
		if err := (avro.Config{}).Freeze().Unmarshal(resolved, data, &theirValue); err != nil { // its cache mistakes one reader for another
			t.Skip(err)
		}
		w, err := avsc.Parse(writer, nil)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := avsc.Parse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := theirs(theirValue, rs)
		var r Reader
		r.Reset(Compile(w, rs), data, 0)
		got := text(&r, rs, d.defaults)
		if err := r.End(); err != nil {
			t.Fatalf("%v\nwriter %s\nreader %s\nwant %s", err, writer, reader, want)
		}
		if got != want {
			t.Fatalf("got  %s\nwant %s\nwriter %s\nreader %s", got, want, writer, reader)
		}
		r.Reset(Compile(w, &avsc.Schema{Type: avsc.Record}), append([]byte("frame"), data...), 5)
		for r.Record(); r.Field(); {
			t.Fatal("a field that the reader has not")
		}
		if err := r.End(); err != nil {
			t.Fatalf("passed over: %v\nwriter %s", err, writer)
		}
	})
}
