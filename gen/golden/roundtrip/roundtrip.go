// Package roundtrip takes records through a generated package for its test: decode, project, column buffers, a Parquet
// file, and back to rows.
package roundtrip

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/seamflow/seamflow/runtime/csvr"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/value"
)

// Meta is what every record's source says of it.
var Meta = flow.Meta{FilePath: "data/x.json", FileModTime: 1715656326000001, Line: 7}

// Way is a generated way from a record S to a row T.
type Way[S, T any] struct {
	Decode  func(s *S, r *jsonr.Reader) error
	Flow    func(s *S, m *flow.Meta, row *T, ch *merge.Change) (bool, error)
	NewRows func() column.Rows[T]
	Schema  column.Schema
}

// JSON decodes each text into a record of its own and gives the rows of those that WHERE takes, with their changes.
func (w Way[S, T]) JSON(t testing.TB, texts ...string) (rows []T, changes []merge.Change) {
	t.Helper()
	for _, text := range texts {
		r, s := new(jsonr.Reader), new(S)
		r.Reset([]byte(text))
		if err := w.Decode(s, r); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		m := Meta
		m.Rescued = r.Rescued()
		rows, changes = w.project(t, s, &m, rows, changes)
	}
	return rows, changes
}

// CSV is JSON for CSV text with a header; decode is the record's.
func (w Way[S, T]) CSV(t testing.TB, decode func(s *S, r *csvr.Reader) error, columns []string, text string) (rows []T, changes []merge.Change) {
	t.Helper()
	r := csvr.NewReader(bytes.NewReader([]byte(text)), csvr.Options{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	r.Bind(columns)
	for r.Next() {
		s := new(S)
		if err := decode(s, r); err != nil {
			t.Fatal(err)
		}
		// The rows outlive the reader's buffer here: what is kept goes through a column buffer.
		kept, ch := w.project(t, s, &Meta, nil, nil)
		changes = append(changes, ch...)
		for i := range kept {
			buffer := w.NewRows()
			buffer.Append(&kept[i])
			buffer.Leaves().Rewind()
			var row T
			buffer.Read(&row)
			rows = append(rows, row)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return rows, changes
}

func (w Way[S, T]) project(t testing.TB, s *S, m *flow.Meta, rows []T, changes []merge.Change) ([]T, []merge.Change) {
	t.Helper()
	var row T
	var ch merge.Change
	ok, err := w.Flow(s, m, &row, &ch)
	if err != nil {
		t.Fatal(err)
	}
	if ok {
		rows, changes = append(rows, row), append(changes, ch)
	}
	return rows, changes
}

// Bad gives the error of a record that must not decode.
func (w Way[S, T]) Bad(t testing.TB, text string) error {
	t.Helper()
	r, s := new(jsonr.Reader), new(S)
	r.Reset([]byte(text))
	err := w.Decode(s, r)
	if err == nil {
		t.Fatalf("%s is taken", text)
	}
	return err
}

// Stored writes rows to a Parquet file and reads them back: they must be the same.
func (w Way[S, T]) Stored(t testing.TB, rows []T) {
	t.Helper()
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	out := w.NewRows()
	for i := range rows {
		out.Append(&rows[i])
	}
	var file bytes.Buffer
	fw := column.NewFileWriter(&file, w.Schema, column.WriterOptions{})
	if err := fw.WriteRowGroup(out.Leaves()); err != nil {
		t.Fatal(err)
	}
	if _, err := fw.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := column.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	in := w.NewRows()
	if err := f.ReadRowGroup(0, in.Leaves(), func(int) bool { return true }); err != nil {
		t.Fatal(err)
	}
	Same(t, rows, ReadAll(in))
	out.Leaves().Rewind()
	Same(t, rows, ReadAll(out))
}

// ReadAll reads rows from the cursors to the end, each into a row of its own.
func ReadAll[T any](rows column.Rows[T]) []T {
	out := make([]T, rows.Leaves().Rows())
	for i := range out {
		rows.Read(&out[i])
	}
	return out
}

// Same compares rows; an empty list is one without memory too.
func Same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs(),
		cmp.Comparer(func(a, b value.Decimal) bool { return a == b })); diff != "" {
		t.Errorf("rows differ (-want +got):\n%s", diff)
	}
}

// Steady proves that decoding, projecting and appending text over and over allocates nothing.
func (w Way[S, T]) Steady(t testing.TB, text string) {
	t.Helper()
	record := []byte(text)
	r, s, m, rows := new(jsonr.Reader), new(S), Meta, w.NewRows()
	var row T
	var ch merge.Change
	one := func() {
		r.Reset(record)
		ch.Reset()
		if err := w.Decode(s, r); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Flow(s, &m, &row, &ch); err != nil {
			t.Fatal(err)
		}
		rows.Append(&row)
		if rows.Leaves().Rows() >= 100 {
			rows.Leaves().Reset()
		}
	}
	for range 300 {
		one()
	}
	if n := testing.AllocsPerRun(300, one); n != 0 {
		t.Errorf("a record costs %v allocations", n)
	}
}

// Reused gives a function that decodes and projects text into one record and one row, as the engine does.
func (w Way[S, T]) Reused(t testing.TB) func(text string) *T {
	r, s, row := new(jsonr.Reader), new(S), new(T)
	return func(text string) *T {
		r.Reset([]byte(text))
		if err := w.Decode(s, r); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var ch merge.Change
		if _, err := w.Flow(s, &Meta, row, &ch); err != nil {
			t.Fatal(err)
		}
		return row
	}
}
