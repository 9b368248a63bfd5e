package column

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestColumnsHaveOneCodec writes row groups of which one shrinks and the other does not: readers that take the first
// row group's codec for all must read both.
func TestColumnsHaveOneCodec(t *testing.T) {
	schema := Schema{{Name: "s", Type: Of(String)}}
	noise := func(i int) string {
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		b := make([]byte, 64)
		for j := range b {
			b[j] = byte(rng.Uint32())
		}
		return strings.ToValidUTF8(string(b), "?")
	}
	text := func(i int) string { return strings.Repeat("seamflow ", 8) + string(rune('a'+i%26)) + noise(i)[:4] }
	for name, groups := range map[string][]func(int) string{"noise_first": {noise, text}, "text_first": {text, noise}} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			w := NewFileWriter(&file, schema, WriterOptions{})
			var want []string
			for _, make := range groups {
				l := NewLeaves(schema)
				for i := range 2000 {
					want = append(want, make(i))
					l.Strings(0).Put(want[len(want)-1], 0, 1)
				}
				if err := w.WriteRowGroup(l); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Close(); err != nil {
				t.Fatal(err)
			}
			f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil {
				t.Fatal(err)
			}
			first, second := f.Metadata().RowGroups[0].Columns[0].MetaData.Codec, f.Metadata().RowGroups[1].Columns[0].MetaData.Codec
			if first != second {
				t.Errorf("codecs %v and %v", first, second)
			}
			r := parquet.NewGenericReader[struct {
				S string `parquet:"s,optional"`
			}](f)
			defer r.Close()
			rows := make([]struct {
				S string `parquet:"s,optional"`
			}, len(want))
			n, _ := r.Read(rows)
			for n < len(want) {
				m, err := r.Read(rows[n:])
				if n += m; err != nil {
					break
				}
			}
			if n != len(want) {
				t.Fatalf("%d of %d rows", n, len(want))
			}
			for i := range want {
				if rows[i].S != want[i] {
					t.Fatalf("row %d is %q, not %q", i, rows[i].S, want[i])
				}
			}
		})
	}
}
