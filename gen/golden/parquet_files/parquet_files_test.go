package parquet_files

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/gen/golden/roundtrip"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/parquetr"
	"github.com/seamflow/seamflow/runtime/value"
	"pgregory.net/rapid"
)

var way = roundtrip.Way[All, AllTypes]{Decode: (*All).DecodeJSON, Flow: allParquetFlow, NewRows: newAllTypesRows, Schema: allTypesSchema()}

// values are JSON values of each type, by the prefix of its fields' names.
var values = map[string][]string{
	"b":   {`true`, `false`},
	"i":   {`42`, `-2147483648`},
	"l":   {`-9007199254740993`, `9223372036854775807`},
	"f":   {`1.5`, `3.4028235e38`},
	"d":   {`-0.1`, `1.7976931348623157e308`},
	"dec": {`12.3400`, `-9999999999999999.9999`},
	"s":   {`"plain"`, `"\u0000 \ud83d\ude00 \"quoted\", 日本\n"`, `""`},
	"raw": {`"AP8="`, `""`},
	"day": {`"2024-05-14"`, `"0001-01-01"`, `"9999-12-31"`},
	"ts":  {`"2024-05-14T03:12:06.123456Z"`, `"9999-12-31T23:59:59.999999Z"`, `"0001-01-01T00:00:00Z"`},
	"u":   {`"123e4567-e89b-12d3-a456-426614174000"`, `"ffffffff-ffff-ffff-ffff-ffffffffffff"`},
	"e":   {`"RED"`, `"BLUE"`},
}

// drawRecord gives a record as JSON. without are fields that it does not have.
func drawRecord(t *rapid.T, without func(field string) bool) string {
	var b strings.Builder
	pick := func(prefix string) string { return rapid.SampledFrom(values[prefix]).Draw(t, prefix) }
	orNull := func(prefix string) string {
		if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
			return "null"
		}
		return pick(prefix)
	}
	list := func(elem func(string) string, prefix string) string {
		var elems []string
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			elems = append(elems, elem(prefix))
		}
		return "[" + strings.Join(elems, ",") + "]"
	}
	for prefix := range values {
		for _, suffix := range []string{"", "_n", "_d", "_list", "_list_n", "_map"} {
			name := prefix + suffix
			if without(name) {
				continue
			}
			v := ""
			switch suffix {
			case "", "_d":
				v = pick(prefix)
			case "_n":
				v = orNull(prefix)
			case "_list":
				v = list(pick, prefix)
			case "_list_n":
				if v = list(orNull, prefix); rapid.IntRange(0, 3).Draw(t, "no list") == 0 {
					v = "null"
				}
			case "_map":
				v = fmt.Sprintf(`{"a": %s, "": %s}`, orNull(prefix), orNull(prefix))
			}
			fmt.Fprintf(&b, ",%q: %s", name, v)
		}
	}
	return "{" + b.String()[1:] + "}"
}

// fileOf writes rows as a Parquet file with some of the table's columns, in groups.
func fileOf(t *rapid.T, rows []AllTypes, has func(field string) bool) []byte {
	var b bytes.Buffer
	whole := newAllTypesRows()
	for i := range rows {
		whole.Append(&rows[i])
	}
	w := column.NewFileWriter(&b, way.Schema, column.WriterOptions{Compression: rapid.SampledFrom([]column.Compression{column.Snappy, column.Zstd, column.None}).Draw(t, "codec")})
	if err := w.WriteRowGroup(whole.Leaves()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if has == nil {
		return b.Bytes()
	}
	f, err := column.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var some column.Schema
	for _, c := range way.Schema {
		if has(c.Name) {
			some = append(some, c)
		}
	}
	l := column.NewLeaves(some)
	if err := f.ReadRowGroup(0, l, nil); err != nil {
		t.Fatal(err)
	}
	var c bytes.Buffer
	w = column.NewFileWriter(&c, some, column.WriterOptions{})
	if err := w.WriteRowGroup(l); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return c.Bytes()
}

// read gives the rows of a file, and what each is as JSON.
func read(t *rapid.T, records parquetr.Records[All], file []byte) (rows []AllTypes, texts []string) {
	s := records.Scan()
	if err := s.Open(bytes.NewReader(file), int64(len(file))); err != nil {
		t.Fatal(err)
	}
	var o All // is used again, as the engine does
	for s.Next() {
		for row := range s.Rows() {
			records.Read(&o)
			if s.Bad(row) {
				t.Fatalf("row %d: %v", row, parquetr.Why(s, row))
			}
			rows = append(rows, project(t, &o))
			texts = append(texts, string(s.AppendJSON(nil, row)))
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return rows, texts
}

// project gives the row of a record, in memory of its own.
func project(t *rapid.T, o *All) (row AllTypes) {
	var r AllTypes
	var ch merge.Change
	if ok, err := allParquetFlow(o, &roundtrip.Meta, &r, &ch); !ok || err != nil {
		t.Fatal(ok, err)
	}
	buffer := newAllTypesRows()
	buffer.Append(&r)
	buffer.Leaves().Rewind()
	buffer.Read(&row)
	return row
}

func decode(t *rapid.T, text string) AllTypes {
	var r jsonr.Reader
	var o All
	r.Reset([]byte(text))
	if err := o.DecodeJSON(&r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return project(t, &o)
}

// Records are the same from JSON, from columns, and from what a row of columns is as JSON.
func TestSameRecords(t *testing.T) {
	records := newAllColumns()
	rapid.Check(t, func(t *rapid.T) {
		var want []AllTypes
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			want = append(want, decode(t, drawRecord(t, func(string) bool { return false })))
		}
		if len(want) == 0 {
			return
		}
		rows, texts := read(t, records, fileOf(t, want, nil))
		if diff := cmp.Diff(want, rows, cmpopts.EquateEmpty(), cmpopts.EquateNaNs(), cmp.Comparer(equalDecimals)); diff != "" {
			t.Fatal(diff)
		}
		for i, text := range texts {
			if diff := cmp.Diff(want[i], decode(t, text), cmpopts.EquateEmpty(), cmp.Comparer(equalDecimals)); diff != "" {
				t.Fatalf("%s\n%s", text, diff)
			}
		}
	})
}

// A column that the file lacks is a field that the record leaves out: NULL, or its default.
func TestColumnsThatAreMissing(t *testing.T) {
	records := newAllColumns()
	optional := func(field string) bool { return strings.HasSuffix(field, "_n") || strings.HasSuffix(field, "_d") }
	rapid.Check(t, func(t *rapid.T) {
		missing := map[string]bool{}
		lacks := func(field string) bool {
			if _, known := missing[field]; !known {
				missing[field] = optional(field) && rapid.Bool().Draw(t, "lacks")
			}
			return missing[field]
		}
		var want []AllTypes
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			want = append(want, decode(t, drawRecord(t, lacks)))
		}
		rows, _ := read(t, records, fileOf(t, want, func(field string) bool { return !missing[field] }))
		if diff := cmp.Diff(want, rows, cmpopts.EquateEmpty(), cmp.Comparer(equalDecimals)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A column that every record needs is asked of the file.
func TestColumnIsRequired(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := []AllTypes{decode(t, drawRecord(t, func(string) bool { return false }))}
		file := fileOf(t, want, func(field string) bool { return field != "dec" })
		err := newAllColumns().Scan().Open(bytes.NewReader(file), int64(len(file)))
		if err == nil || !strings.Contains(err.Error(), "the file has no column dec, which the schema requires; it has b, i,") {
			t.Fatal(err)
		}
	})
}

func equalDecimals(a, b value.Decimal) bool { return a == b }
