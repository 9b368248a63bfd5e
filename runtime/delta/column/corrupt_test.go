package column_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
)

func decimal(t *testing.T, text string, p, s int) value.Decimal {
	t.Helper()
	d, err := value.ParseDecimal([]byte(text), p, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tryRead reads all of a file that may be broken.
func tryRead(file []byte, schema column.Schema) ([]string, error) {
	f, err := column.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	var rows []string
	l := column.NewLeaves(schema)
	for g := range f.RowGroups() {
		if err := f.ReadRowGroup(g, l, nil); err != nil {
			return nil, err
		}
		rows = append(rows, readers.Rows(l)...)
	}
	return rows, nil
}

// TestCutShort: a file that lacks its end is an error, wherever it was cut.
func TestCutShort(t *testing.T) {
	tab := nested()
	file, _ := write(t, column.WriterOptions{}, tab.leaves())
	for n := range file {
		if _, err := tryRead(file[:n], tab.schema); err == nil || !strings.HasPrefix(err.Error(), "parquet: ") {
			t.Fatalf("%d of %d bytes: %v", n, len(file), err)
		}
	}
}

// TestFlippedBits: damage to pages and footer is an error or changes nothing.
func TestFlippedBits(t *testing.T) {
	for _, tab := range []table{nested(), hazards()} {
		file, _ := write(t, column.WriterOptions{}, tab.leaves())
		want, err := tryRead(file, tab.schema)
		if err != nil {
			t.Fatal(err)
		}
		footer := len(file) - 8 - int(binary.LittleEndian.Uint32(file[len(file)-8:]))
		refused := 0
		for at := 4; at < len(file); at++ {
			for bit := range 8 {
				broken := slices.Clone(file)
				broken[at] ^= 1 << bit
				rows, err := tryRead(broken, tab.schema)
				if err != nil {
					refused++
				} else if !slices.Equal(rows, want) {
					t.Fatalf("bit %d of byte %d of %d: wrong rows\n%s", bit, at, footer, strings.Join(rows, "\n"))
				}
			}
		}
		if refused < 4*footer+7*(len(file)-footer) {
			t.Errorf("%d of %d flips were noticed", refused, 8*len(file))
		}
	}
}

func FuzzOpenFile(f *testing.F) {
	for _, tab := range []table{nested(), hazards()} {
		for _, c := range []column.Compression{column.Snappy, column.Zstd, column.None} {
			var b bytes.Buffer
			w := column.NewFileWriter(&b, tab.schema, column.WriterOptions{Compression: c})
			if err := w.WriteRowGroup(tab.leaves()); err != nil {
				f.Fatal(err)
			}
			if _, err := w.Close(); err != nil {
				f.Fatal(err)
			}
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := tryRead(file, hazards().schema)
		_, err2 := tryRead(file, nested().schema)
		for _, err := range []error{err, err2} {
			if err != nil && strings.Contains(err.Error(), "the file is broken: ") {
				t.Fatal(err) // a panic that was caught
			}
		}
	})
}
