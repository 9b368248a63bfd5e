package readers

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/delta/column"
)

// Rows returns the rows of our own buffers as the engines give theirs.
func Rows(l *column.Leaves) []string {
	l.Rewind()
	var out []string
	for range l.Rows() {
		out = append(out, Row(l))
	}
	l.Rewind()
	slices.Sort(out)
	return out
}

// Row is the row at the cursors, which advance.
func Row(l *column.Leaves) string {
	c := cursor{l: l}
	fields := map[string]any{}
	for _, f := range l.Schema() {
		fields[f.Name] = c.value(f.Type, 0, 0)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		panic(err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(text)
}

// cursor reads a row without knowing its type, leaf by leaf.
type cursor struct {
	l    *column.Leaves
	leaf int
}

// value reads a value of t below def levels and reps lists, and goes on to the leaf after it.
func (c *cursor) value(t column.Type, def, reps uint8) any {
	first := c.l.At(c.leaf)
	if t.Kind < column.List {
		return c.plain(t, def)
	}
	switch here := first.Def(); {
	case here <= def:
		c.skip(t)
		return nil
	case t.Kind == column.Struct:
		fields := map[string]any{}
		for _, f := range t.Fields {
			fields[f.Name] = c.value(f.Type, def+1, reps)
		}
		return fields
	case here == def+1:
		c.skip(t)
		return []any{}
	}
	start := c.leaf
	var out []any
	for {
		c.leaf = start
		if t.Kind == column.Map {
			key := c.plain(column.Of(column.String), def+1)
			out = append(out, map[string]any{"key": key, "value": c.value(*t.Elem, def+2, reps+1)})
		} else {
			out = append(out, c.value(*t.Elem, def+2, reps+1))
		}
		if first.Rep() != reps+1 {
			break
		}
	}
	if t.Kind == column.Map {
		slices.SortFunc(out, func(a, b any) int {
			return strings.Compare(a.(map[string]any)["key"].(string), b.(map[string]any)["key"].(string))
		})
	}
	return out
}

// skip passes a value that is NULL or empty.
func (c *cursor) skip(t column.Type) {
	for range (column.Schema{{Type: t}}).Leaves() {
		c.l.At(c.leaf).Advance()
		c.leaf++
	}
}

func (c *cursor) plain(t column.Type, def uint8) any {
	leaf := c.l.At(c.leaf)
	c.leaf++
	if leaf.Def() <= def {
		leaf.Advance()
		return nil
	}
	switch b := leaf.(type) {
	case *column.Bools:
		return b.Take()
	case *column.Int32s:
		if t.Kind == column.Date {
			return time.Unix(int64(b.Take())*86400, 0).UTC().Format("2006-01-02")
		}
		return b.Take()
	case *column.Int64s:
		if t.Kind == column.Timestamp {
			return time.UnixMicro(b.Take()).UTC().Format("2006-01-02T15:04:05.000000Z")
		}
		return b.Take()
	case *column.Float32s:
		return float(float64(b.Take()))
	case *column.Float64s:
		return float(b.Take())
	case *column.Decimals:
		return b.Take().String()
	case *column.Strings:
		if t.Kind == column.Binary {
			return hex.EncodeToString(b.TakeBytes())
		}
		return strings.Clone(b.Take())
	}
	panic("a leaf of unknown type")
}

// float is a number as Python's repr gives it.
func float(v float64) string {
	switch abs := math.Abs(v); {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(v, 'g', -1, 64)), "+")
	case abs != 0 && (abs < 1e-4 || abs >= 1e16):
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
