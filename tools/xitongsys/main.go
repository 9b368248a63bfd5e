// Command xitongsys writes the files of runtime/delta/column/testdata/xitongsys, with their rows as canonical JSON beside
// them, by github.com/xitongsys/parquet-go: go run . ../../runtime/delta/column/testdata/xitongsys.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xitongsys/parquet-go/parquet"
	"github.com/xitongsys/parquet-go/writer"
)

type item struct {
	Sku  string   `parquet:"name=sku, type=BYTE_ARRAY, convertedtype=UTF8" json:"sku"`
	Tags []string `parquet:"name=tags, type=LIST, valuetype=BYTE_ARRAY, valueconvertedtype=UTF8" json:"tags"`
}

type row struct {
	ID    int64            `parquet:"name=id, type=INT64"`
	I32   *int32           `parquet:"name=i32, type=INT32"`
	I64   *int64           `parquet:"name=i64, type=INT64, encoding=DELTA_BINARY_PACKED"`
	F64   *float64         `parquet:"name=f64, type=DOUBLE"`
	B     *bool            `parquet:"name=b, type=BOOLEAN"`
	S     *string          `parquet:"name=s, type=BYTE_ARRAY, convertedtype=UTF8, encoding=PLAIN_DICTIONARY"`
	U     string           `parquet:"name=u, type=BYTE_ARRAY, convertedtype=UTF8, encoding=DELTA_BYTE_ARRAY"`
	Day   *int32           `parquet:"name=day, type=INT32, convertedtype=DATE"`
	Ts    *int64           `parquet:"name=ts, type=INT64, convertedtype=TIMESTAMP_MICROS"`
	D9    *int32           `parquet:"name=d9, type=INT32, convertedtype=DECIMAL, scale=2, precision=9"`
	D18   *int64           `parquet:"name=d18, type=INT64, convertedtype=DECIMAL, scale=3, precision=18"`
	L     []int64          `parquet:"name=l, type=LIST, valuetype=INT64"`
	LS    []item           `parquet:"name=ls, type=LIST"`
	M     map[string]int64 `parquet:"name=m, type=MAP, keytype=BYTE_ARRAY, keyconvertedtype=UTF8, valuetype=INT64"`
	Other string           `parquet:"name=other, type=BYTE_ARRAY, convertedtype=UTF8"`
}

func opt[T any](i int, v T) *T {
	if i%5 == 3 {
		return nil
	}
	return &v
}

func newRow(i int) row {
	r := row{
		ID: int64(i), I32: opt(i, int32(i*1000003)), I64: opt(i, int64(i-6)<<40), F64: opt(i, -float64(i)/8), B: opt(i, i%3 == 0),
		S: opt(i, []string{"complete", "open", "", "ünï"}[i%4]), U: fmt.Sprintf("prefix-%d", i*i),
		Day: opt(i, int32(i-3)), Ts: opt(i, int64(i-2)*1_000_001), D9: opt(i, int32(100*i+i)), D18: opt(i, int64(i)*1_000_000_000_007),
		L: []int64{}, LS: []item{}, M: map[string]int64{}, Other: "not read",
	}
	for j := range i % 4 {
		r.L = append(r.L, int64(i*10+j))
		t := item{Sku: fmt.Sprint("s", j), Tags: []string{}}
		for range j {
			t.Tags = append(t.Tags, "t")
		}
		r.LS = append(r.LS, t)
	}
	if i%2 == 1 { // one key at most: maps have no order there
		r.M["k"] = int64(i)
	}
	return r
}

// float is Python's repr of a number that is not large.
func float(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func decimal(unscaled int64, scale int) string {
	s := fmt.Sprintf("%0*d", scale+1, unscaled)
	return s[:len(s)-scale] + "." + s[len(s)-scale:]
}

// canonical is the row as tools/readers/canonical.py has it.
func (r *row) canonical() string {
	out := map[string]any{"id": r.ID, "i32": r.I32, "i64": r.I64, "b": r.B, "s": r.S, "u": r.U, "l": r.L, "ls": r.LS, "m": []any{},
		"f64": nil, "day": nil, "ts": nil, "d9": nil, "d18": nil}
	for k, v := range r.M {
		out["m"] = []any{map[string]any{"key": k, "value": v}}
	}
	if r.F64 != nil {
		out["f64"], out["day"], out["ts"] = float(*r.F64), time.Unix(int64(*r.Day)*86400, 0).UTC().Format("2006-01-02"), time.UnixMicro(*r.Ts).UTC().Format("2006-01-02T15:04:05.000000Z")
		out["d9"], out["d18"] = decimal(int64(*r.D9), 2), decimal(*r.D18, 3)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		log.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func main() {
	for name, codec := range map[string]parquet.CompressionCodec{
		"none": parquet.CompressionCodec_UNCOMPRESSED, "snappy": parquet.CompressionCodec_SNAPPY, "gzip": parquet.CompressionCodec_GZIP, "zstd": parquet.CompressionCodec_ZSTD,
	} {
		base := filepath.Join(os.Args[1], "xitongsys_"+name)
		f, err := os.Create(base + ".parquet")
		if err != nil {
			log.Fatal(err)
		}
		w, err := writer.NewParquetWriterFromWriter(f, new(row), 1)
		if err != nil {
			log.Fatal(err)
		}
		w.CompressionType = codec
		w.PageSize = 300
		w.RowGroupSize = 1 << 20
		var rows []string
		for i := range 12 {
			r := newRow(i)
			if err := w.Write(r); err != nil {
				log.Fatal(err)
			}
			rows = append(rows, r.canonical())
			if i == 6 { // a second row group
				if err := w.Flush(true); err != nil {
					log.Fatal(err)
				}
			}
		}
		if err := w.WriteStop(); err != nil {
			log.Fatal(err)
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
		slices.Sort(rows)
		if err := os.WriteFile(base+".rows", []byte(strings.Join(rows, "\n")+"\n"), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
