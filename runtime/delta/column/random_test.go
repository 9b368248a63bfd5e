package column_test

import (
	"bytes"
	"math"
	"strconv"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// Random tables: a row is a tree of nil, plain Go values, and []any for structs and lists; a map is a list of [2]any.

var plainKinds = []column.Kind{
	column.Bool, column.Int32, column.Int64, column.Float32, column.Float64, column.Decimal, column.String, column.Binary,
	column.Date, column.Timestamp,
}

func drawType(t *rapid.T, depth int) column.Type {
	kinds := plainKinds
	if depth > 0 {
		kinds = append(kinds[:len(kinds):len(kinds)], column.List, column.Map, column.Struct)
	}
	k := rapid.SampledFrom(kinds).Draw(t, "kind")
	switch k {
	case column.Decimal:
		p := rapid.IntRange(1, 38).Draw(t, "precision")
		return column.DecimalOf(p, rapid.IntRange(0, p).Draw(t, "scale"))
	case column.List:
		return column.ListOf(drawType(t, depth-1))
	case column.Map:
		return column.MapOf(drawType(t, depth-1))
	case column.Struct:
		return column.StructOf(drawFields(t, depth-1, 3)...)
	}
	return column.Of(k)
}

func drawFields(t *rapid.T, depth, most int) []column.Field {
	names := []string{"a", "list", "key value", "ünïcode", "x.y", "key", "B`t"}
	var fields []column.Field
	for i := range rapid.IntRange(1, most).Draw(t, "fields") {
		fields = append(fields, column.Field{Name: names[i], Type: drawType(t, depth)})
	}
	return fields
}

func drawValue(t *rapid.T, typ column.Type) any {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return nil
	}
	switch typ.Kind {
	case column.List:
		out := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			out = append(out, drawValue(t, *typ.Elem))
		}
		return out
	case column.Map:
		out := []any{}
		for i := range rapid.IntRange(0, 3).Draw(t, "length") {
			out = append(out, [2]any{"k" + strconv.Itoa(i), drawValue(t, *typ.Elem)})
		}
		return out
	case column.Struct:
		out := []any{}
		for _, f := range typ.Fields {
			out = append(out, drawValue(t, f.Type))
		}
		return out
	}
	return drawPlain(t, typ)
}

func drawPlain(t *rapid.T, typ column.Type) any {
	switch typ.Kind {
	case column.Bool:
		return rapid.Bool().Draw(t, "v")
	case column.Int32:
		return rapid.Int32().Draw(t, "v")
	case column.Int64:
		return rapid.Int64().Draw(t, "v")
	case column.Date:
		return rapid.Int32Range(-719162, 2932896).Draw(t, "v") // years 1 to 9999
	case column.Timestamp:
		return rapid.Int64Range(-62135596800e6, 253402300799999999).Draw(t, "v")
	case column.Float32:
		return rapid.OneOf(rapid.Float32(), rapid.Just(float32(math.Copysign(0, -1)))).Draw(t, "v")
	case column.Float64:
		return rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN()), rapid.Just(math.Inf(-1))).Draw(t, "v")
	case column.Decimal:
		return drawDecimal(t, typ)
	case column.Binary:
		return rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "v")
	}
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a", "complete", "𝄞 clef"})).Draw(t, "v")
}

func drawDecimal(t *rapid.T, typ column.Type) value.Decimal {
	digits := rapid.StringMatching(`-?[1-9][0-9]{0,`+strconv.Itoa(typ.Precision-1)+`}`).Draw(t, "v")
	neg := digits[0] == '-'
	if neg {
		digits = digits[1:]
	}
	for len(digits) <= typ.Scale {
		digits = "0" + digits
	}
	text := digits[:len(digits)-typ.Scale]
	if typ.Scale > 0 {
		text += "." + digits[len(digits)-typ.Scale:]
	}
	if neg {
		text = "-" + text
	}
	d, err := value.ParseDecimal([]byte(text), typ.Precision, typ.Scale)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// putter adds random rows to buffers as generated code would.
type putter struct {
	l    *column.Leaves
	leaf int
}

func putRow(l *column.Leaves, row []any) {
	p := putter{l: l}
	for i, f := range l.Schema() {
		p.put(f.Type, row[i], 0, 0, 0)
	}
}

// put adds v below def levels, as an entry that repeats at rep, within reps lists.
func (p *putter) put(t column.Type, v any, rep, def, reps uint8) {
	if v == nil {
		p.null(t, rep, def)
		return
	}
	switch t.Kind {
	case column.Struct:
		for i, f := range t.Fields {
			p.put(f.Type, v.([]any)[i], rep, def+1, reps)
		}
	case column.List, column.Map:
		p.list(t, v.([]any), rep, def, reps)
	default:
		putPlain(p.l.At(p.leaf), v, rep, def+1)
		p.leaf++
	}
}

func (p *putter) list(t column.Type, v []any, rep, def, reps uint8) {
	if len(v) == 0 {
		p.null(t, rep, def+1)
		return
	}
	start := p.leaf
	for _, e := range v {
		p.leaf = start
		if entry, ok := e.([2]any); ok {
			putPlain(p.l.At(p.leaf), entry[0], rep, def+2)
			p.leaf++
			e = entry[1]
		}
		p.put(*t.Elem, e, rep, def+2, reps+1)
		rep = reps + 1
	}
}

func (p *putter) null(t column.Type, rep, def uint8) {
	for range (column.Schema{{Type: t}}).Leaves() {
		p.l.At(p.leaf).Null(rep, def)
		p.leaf++
	}
}

func putPlain(leaf column.Leaf, v any, rep, def uint8) {
	switch b := leaf.(type) {
	case *column.Bools:
		b.Put(v.(bool), rep, def)
	case *column.Int32s:
		b.Put(v.(int32), rep, def)
	case *column.Int64s:
		b.Put(v.(int64), rep, def)
	case *column.Float32s:
		b.Put(v.(float32), rep, def)
	case *column.Float64s:
		b.Put(v.(float64), rep, def)
	case *column.Decimals:
		b.Put(v.(value.Decimal), rep, def)
	case *column.Strings:
		if s, ok := v.(string); ok {
			b.Put(s, rep, def)
		} else {
			b.PutBytes(v.([]byte), rep, def)
		}
	}
}

// table is a random schema and rows of it.
type table struct {
	schema column.Schema
	rows   [][]any
}

func drawTable(t *rapid.T) table {
	tab := table{schema: column.Schema(drawFields(t, 3, 4))}
	for range rapid.IntRange(0, 12).Draw(t, "rows") {
		var row []any
		for _, f := range tab.schema {
			row = append(row, drawValue(t, f.Type))
		}
		tab.rows = append(tab.rows, row)
	}
	return tab
}

func (tab *table) leaves() *column.Leaves {
	l := column.NewLeaves(tab.schema)
	for _, r := range tab.rows {
		putRow(l, r)
	}
	return l
}

// write makes a Parquet file of row groups.
func write(t testing.TB, opt column.WriterOptions, groups ...*column.Leaves) ([]byte, column.FileInfo) {
	t.Helper()
	var b bytes.Buffer
	w := column.NewFileWriter(&b, groups[0].Schema(), opt)
	for _, g := range groups {
		if err := w.WriteRowGroup(g); err != nil {
			t.Fatal(err)
		}
	}
	info, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if info.Size != int64(b.Len()) {
		t.Fatalf("info.Size %d of a file of %d", info.Size, b.Len())
	}
	return b.Bytes(), info
}

func open(t testing.TB, file []byte) *column.File {
	t.Helper()
	f, err := column.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// read reads row group g under a schema.
func read(t testing.TB, file []byte, g int, schema column.Schema) *column.Leaves {
	t.Helper()
	l := column.NewLeaves(schema)
	if err := open(t, file).ReadRowGroup(g, l, nil); err != nil {
		t.Fatal(err)
	}
	return l
}
