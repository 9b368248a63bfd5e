package column_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

// TestSecondOpinion: parquet-go's own reader gives the levels and values that were put in.
func TestSecondOpinion(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := drawTable(rt)
		if len(tab.rows) == 0 {
			return
		}
		rows := tab.leaves()
		data, _ := write(t, column.WriterOptions{}, rows)
		f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			rt.Fatal(err)
		}
		for i, chunk := range f.RowGroups()[0].ColumnChunks() {
			if diff := cmp.Diff(entries(rows.At(i)), chunkEntries(rt, chunk)); diff != "" {
				rt.Fatalf("leaf %d: %s", i, diff)
			}
		}
	})
}

// entries are a leaf's entries as text.
func entries(leaf column.Leaf) []string {
	var out []string
	leaf.Rewind()
	for n := 0; n < leaf.Entries(); n++ {
		rep, def := leaf.Rep(), leaf.Def()
		text := fmt.Sprintf("%d %d ", rep, def)
		present := def == leaf.Column().MaxDef
		var v any
		switch b := leaf.(type) {
		case *column.Bools:
			v = b.Take()
		case *column.Int32s:
			v = b.Take()
		case *column.Int64s:
			v = b.Take()
		case *column.Float32s:
			v = b.Take()
		case *column.Float64s:
			v = b.Take()
		case *column.Decimals:
			v = unscaled(b.Take(), b.Column().Type.Precision)
		case *column.Strings:
			v = hex.EncodeToString(b.TakeBytes())
		}
		if present {
			text += fmt.Sprint(v)
		}
		out = append(out, text)
	}
	leaf.Rewind()
	return out
}

// unscaled is a decimal as its physical type has it: a number, or bytes of the size that the precision needs.
func unscaled(d value.Decimal, precision int) any {
	hi, lo := d.Unscaled()
	if precision <= 18 {
		return int64(lo)
	}
	return fmt.Sprintf("%016x%016x", uint64(hi), lo)
}

func chunkEntries(t *rapid.T, chunk parquet.ColumnChunk) []string {
	var out []string
	pages := chunk.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]parquet.Value, page.NumValues())
		if n, err := page.Values().ReadValues(values); n != len(values) {
			t.Fatalf("%d of %d values: %v", n, len(values), err)
		}
		for _, v := range values {
			out = append(out, fmt.Sprintf("%d %d ", v.RepetitionLevel(), v.DefinitionLevel())+plainText(v))
		}
	}
}

func plainText(v parquet.Value) string {
	if v.IsNull() {
		return ""
	}
	switch v.Kind() {
	case parquet.ByteArray:
		return hex.EncodeToString(v.ByteArray())
	case parquet.FixedLenByteArray:
		b := v.ByteArray()
		pad := byte(int8(b[0]) >> 7)
		full := bytes.Repeat([]byte{pad}, 16-len(b))
		return hex.EncodeToString(append(full, b...))
	case parquet.Boolean:
		return fmt.Sprint(v.Boolean())
	case parquet.Int32:
		return fmt.Sprint(v.Int32())
	case parquet.Int64:
		return fmt.Sprint(v.Int64())
	case parquet.Float:
		return fmt.Sprint(v.Float())
	}
	return fmt.Sprint(v.Double())
}
