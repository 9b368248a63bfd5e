package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
)

// filler puts random values into buffers, by the schema.
type filler struct {
	*rand.Rand
	l *column.Leaves
}

// fill gives buffers of n rows: NULLs everywhere but in column id, which counts from first.
func fill(schema column.Schema, first, n int, seed uint64) *column.Leaves {
	f := filler{rand.New(rand.NewPCG(seed, uint64(first))), column.NewLeaves(schema)}
	for i := range n {
		leaf := 0
		for _, c := range schema {
			if c.Name == "id" {
				f.l.Int64s(leaf).Put(int64(first+i), 0, 1)
				leaf++
				continue
			}
			leaf = f.put(c.Type, leaf, 0, 0, 0)
		}
	}
	return f.l
}

// put adds a value of t below def levels and reps lists, as the first of its entry at rep, and gives the leaf after it.
func (f *filler) put(t column.Type, leaf int, rep, def, reps uint8) int {
	n := len((column.Schema{{Type: t}}).Leaves())
	if f.IntN(5) == 0 {
		f.l.Nulls(leaf, leaf+n, rep, def)
		return leaf + n
	}
	switch t.Kind {
	case column.Struct:
		for _, field := range t.Fields {
			leaf = f.put(field.Type, leaf, rep, def+1, reps)
		}
		return leaf
	case column.List, column.Map:
		entries := f.IntN(4)
		if entries == 0 {
			f.l.Nulls(leaf, leaf+n, rep, def+1)
		}
		for i := range entries {
			at := leaf
			if t.Kind == column.Map {
				f.l.Strings(at).Put(fmt.Sprintf("k%d", i), rep, def+2)
				at++
			}
			f.put(*t.Elem, at, rep, def+2, reps+1)
			rep = reps + 1
		}
		return leaf + n
	}
	f.plain(t, leaf, rep, def+1)
	return leaf + 1
}

func (f *filler) plain(t column.Type, leaf int, rep, def uint8) {
	switch t.Kind {
	case column.Bool:
		f.l.Bools(leaf).Put(f.IntN(2) == 0, rep, def)
	case column.Int32:
		f.l.Int32s(leaf).Put(int32(f.Uint32()), rep, def)
	case column.Int64:
		f.l.Int64s(leaf).Put(int64(f.Uint64()), rep, def)
	case column.Float32:
		f.l.Float32s(leaf).Put(float32(edge(f, f.NormFloat64(), math.NaN(), math.Inf(1), math.Inf(-1), -math.MaxFloat32, math.SmallestNonzeroFloat32)), rep, def)
	case column.Float64:
		f.l.Float64s(leaf).Put(edge(f, f.NormFloat64()*1e6, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.Copysign(0, -1)), rep, def)
	case column.Decimal:
		f.l.Decimals(leaf).Put(f.decimal(t), rep, def)
	case column.String:
		f.l.Strings(leaf).Put([]string{"", "plain", "ümläut \"quoted\"", "line\nbreak", "日本", "a long one: " + fmt.Sprint(f.Uint64(), f.Uint64())}[f.IntN(6)], rep, def)
	case column.Binary:
		f.l.Strings(leaf).Put(string([]byte{0, 0xff, byte(f.IntN(256))}), rep, def)
	case column.Date:
		f.l.Int32s(leaf).Put(edge(f, int32(f.IntN(40000)-10000), firstDay, lastDay, firstGregorian-1), rep, def)
	case column.Timestamp:
		f.l.Int64s(leaf).Put(edge(f, f.Int64N(4e15)-1e15, firstDay*microsADay, (lastDay+1)*microsADay-1, firstGregorian*microsADay-1), rep, def)
	}
}

// Days since 1970: the first and the last that SQL knows, and the one where calendars change, which some readers shift.
const (
	firstDay       = -719162 // 0001-01-01
	lastDay        = 2932896 // 9999-12-31
	firstGregorian = -141427 // 1582-10-15
	microsADay     = 86400 * 1_000_000
)

// edge is mostly the common value, and one of those at the edges now and then.
func edge[T any](f *filler, common T, edges ...T) T {
	if f.IntN(8) > 0 {
		return common
	}
	return edges[f.IntN(len(edges))]
}

// decimal is within the type's digits, in 18 of them at most but for wide types.
func (f *filler) decimal(t column.Type) value.Decimal {
	limit := int64(1)
	for range min(t.Precision, 18) {
		limit *= 10
	}
	v := f.Int64N(2*limit-1) - limit + 1
	if t.Precision > 20 && f.IntN(2) == 0 {
		return value.NewDecimal(v%1_000_000, f.Uint64(), uint8(t.Scale))
	}
	return value.NewDecimal(v>>63, uint64(v), uint8(t.Scale))
}

// texts gives the rows of buffers as canonical JSON, in their order, with NULL for the columns of schema that the buffers
// lack.
func texts(l *column.Leaves, schema column.Schema) []string {
	l.Rewind()
	var out []string
	for range l.Rows() {
		fields := map[string]json.RawMessage{}
		for _, c := range schema {
			fields[c.Name] = json.RawMessage("null")
		}
		if err := json.Unmarshal([]byte(readers.Row(l)), &fields); err != nil {
			panic(err)
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(fields); err != nil {
			panic(err)
		}
		out = append(out, strings.TrimSuffix(b.String(), "\n"))
	}
	l.Rewind()
	return out
}
