package parquet_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	pq "github.com/parquet-go/parquet-go"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/jsonschema"
	"github.com/seamflow/seamflow/schemas/parquet"
	"github.com/seamflow/seamflow/schemas/schematest"
)

func read(src []byte) (*model.Record, diag.List) {
	var diags diag.List
	return parquet.Read("Rec", "dir/rec.parquet", "rec.parquet", "", src, nil, &diags), diags
}

func write[T any](t *testing.T, rows ...T) []byte {
	var b bytes.Buffer
	w := pq.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type item struct {
	SKU   string   `parquet:"sku"`
	Price int64    `parquet:"price,decimal(2:10)"`
	Tags  []string `parquet:"tags,list"`
}

type order struct {
	ID    string            `parquet:"id"`
	Count *int32            `parquet:"count,optional"`
	Total float64           `parquet:"total"`
	Small uint8             `parquet:"small"`
	Wide  uint32            `parquet:"wide"`
	Huge  uint64            `parquet:"huge"`
	Day   int32             `parquet:"day,date"`
	At    int64             `parquet:"at,timestamp(microsecond)"`
	Key   [16]byte          `parquet:"key,uuid"`
	Raw   []byte            `parquet:"raw"`
	Items []item            `parquet:"items,list"`
	Notes map[string]string `parquet:"notes"`
}

// TestTypes: what a footer says, as a record.
func TestTypes(t *testing.T) {
	rec, diags := read(write[order](t))
	if rec == nil || diags.Len() > 0 {
		t.Fatal(diags.Sorted())
	}
	want, err := os.ReadFile("testdata/order.want")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), schematest.Dump(rec)); diff != "" {
		t.Error(diff)
	}
}

// TestSameAsJSONSchema: a record that a JSON Schema describes is the same record.
func TestSameAsJSONSchema(t *testing.T) {
	src, err := json.Marshal(map[string]any{
		"type": "object", "required": []string{"id", "total", "items"},
		"properties": map[string]any{
			"id": map[string]any{"type": "string"}, "count": map[string]any{"type": []string{"integer", "null"}, "format": "int32"},
			"total": map[string]any{"type": "number"},
			"items": map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	want := jsonschema.Read("Rec", "s.json", "s.json", "", src, nil, &diags)
	type same struct {
		ID    string   `parquet:"id"`
		Count *int32   `parquet:"count,optional"`
		Total float64  `parquet:"total"`
		Items []string `parquet:"items,list"`
	}
	got, _ := read(write[same](t))
	byName := cmpopts.SortSlices(func(a, b model.Field) bool { return a.Name < b.Name })
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(diag.Pos{}), byName); diff != "" {
		t.Error(diff)
	}
}

// TestUnfit: what no column can hold is an error that names its path.
func TestUnfit(t *testing.T) {
	type in struct {
		At int64 `parquet:"at,time(microsecond)"`
	}
	type rec struct {
		ID string `parquet:"id"`
		In in     `parquet:"in"`
	}
	got, diags := read(write[rec](t))
	if got != nil || diags.Len() != 1 {
		t.Fatal(got, diags.Sorted())
	}
	if d := diags.Sorted()[0]; d.ID != "SF0105" || !strings.Contains(d.Message, "the column in.at is INT64 TIME(") || d.Pos.File != "dir/rec.parquet" {
		t.Error(d)
	}
}

// TestHostileFooters: a file that is damaged gives a record or an error, never both nor neither.
func TestHostileFooters(t *testing.T) {
	files, err := filepath.Glob("../../runtime/delta/column/testdata/small/*.parquet")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for n, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if rec, diags := read(src); rec == nil || diags.Len() > 0 {
			t.Fatal(name, diags.Sorted())
		}
		r := rand.New(rand.NewPCG(1, uint64(n)))
		for range 200 {
			broken := bytes.Clone(src)
			for range 1 + r.IntN(4) {
				broken[len(broken)-1-r.IntN(min(len(broken), 3000))] = byte(r.Uint32())
			}
			if rec, diags := read(broken); (rec == nil) != diags.HasErrors() {
				t.Fatal(rec, diags.Sorted())
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("../../runtime/delta/column/testdata/small/*.parquet")
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if rec, diags := read(src); (rec == nil) != diags.HasErrors() {
			t.Fatal(rec, diags.Sorted())
		}
	})
}
