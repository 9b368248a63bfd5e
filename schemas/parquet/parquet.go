// Package parquet reads the schema of a Parquet file (.parquet) into a record.
//
// It takes the bytes of a file, looks at its footer alone, and gives a model.Record or diagnostics; internal/resolve
// imports it. What has no column type is an error that names the column by its path: a footer has no lines.
// docs/reference/schemas.md says what maps to what.
package parquet

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strconv"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/schemas/bound"
)

// Unsound says why a file is no Parquet file that can be read.
type Unsound struct{ err error }

func (u *Unsound) Error() string { return u.err.Error() }

// Footer gives what Read takes of a file of size bytes, whatever its size is: the footer as a file of its own. The error is
// an Unsound unless it is the disk's.
func Footer(in io.ReaderAt, size int64) ([]byte, error) {
	src, err := column.Footer(in, size)
	if at := new(fs.PathError); err != nil && !errors.As(err, &at) {
		return nil, &Unsound{err}
	}
	return src, err
}

// Report adds what Read would say of the file.
func (u *Unsound) Report(file string, diags *diag.List) {
	r := &reader{pos: diag.Pos{File: file}, diags: diags}
	r.unsound(u.err)
}

// Read makes the record called name of the schema of the Parquet file that src holds. file is the file's name for
// positions. A Parquet file has one schema and names no others, so that fragment must be "", and neither its path nor open
// is asked. It gives nil when diags has an error of this record.
func Read(name, file, _, fragment string, src []byte, _ func(path string) ([]byte, error), diags *diag.List) *model.Record {
	r := &reader{pos: diag.Pos{File: file}, diags: diags}
	before := diags.Len()
	if fragment != "" {
		r.report("SF0109", "a Parquet file has one schema, and no part called "+strconv.Quote(fragment), "leave out what is after the #")
		return nil
	}
	f, err := column.OpenFile(bytes.NewReader(src), int64(len(src)))
	if err != nil {
		r.unsound(err)
		return nil
	}
	rec := &model.Record{Name: name, Pos: r.pos, Fields: r.fields(f.Fields(), 1)}
	if len(rec.Fields) == 0 && diags.Len() == before {
		r.report("SF0109", "the file has no columns", "")
	}
	if diags.Len() > before || !bound.Check(rec, diags) {
		return nil
	}
	return rec
}

type reader struct {
	pos   diag.Pos
	diags *diag.List
	types int
}

func (r *reader) report(id, message, hint string) {
	r.diags.Add(diag.Diagnostic{ID: id, Pos: r.pos, Message: message, Hint: hint})
}

func (r *reader) unsound(err error) {
	r.report("SF0104", "the file has no schema that can be read: "+err.Error(), "name a sound Parquet file; one without rows will do")
}

// Errors of one file that are told: the others are of the same kind, as a rule.
const manyErrors = 50

func (r *reader) fields(in []column.FileField, depth int) (out []model.Field) {
	seen := map[string]bool{}
	for i := range in {
		f := &in[i]
		if r.diags.Len() >= manyErrors {
			return out
		}
		if seen[f.Name] {
			r.report("SF0114", "the column "+f.Path+" is in the file twice", "rename one of them")
			continue
		}
		seen[f.Name] = true
		if f.Name == "" {
			r.report("SF0104", "a column has no name", "")
			continue
		}
		t := r.typ(f, depth)
		if t == nil {
			continue
		}
		out = append(out, model.Field{Name: f.Name, Type: t, Nullable: f.Nullable, Optional: f.Nullable, Pos: r.pos})
	}
	return out
}

var kinds = map[column.Kind]model.Kind{
	column.Bool: model.Bool, column.Int32: model.Int32, column.Int64: model.Int64, column.Float32: model.Float32, column.Float64: model.Float64,
	column.Decimal: model.Decimal, column.String: model.String, column.Binary: model.Bytes, column.Date: model.Date, column.Timestamp: model.Timestamp,
	column.List: model.List, column.Map: model.Map, column.Struct: model.Struct,
}

// typ gives the type of a field, nil after an error.
func (r *reader) typ(f *column.FileField, depth int) *model.Type {
	if r.types++; r.types == bound.MaxTypes+1 || depth > bound.MaxDepth {
		r.report("SF0102", "the schema at "+f.Path+" is too large", "")
	}
	if r.types > bound.MaxTypes || depth > bound.MaxDepth {
		return nil
	}
	if f.Kind == 0 {
		r.report("SF0105", "the column "+f.Path+" is "+f.Unfit+", which has no column type", "cast it where the file is written, to a string or an integer for example; or declare the record by a JSON Schema without it")
		return nil
	}
	t := &model.Type{Kind: kinds[f.Kind], Precision: f.Precision, Scale: f.Scale}
	switch {
	case f.UUID:
		t.Kind = model.UUID
	case f.Kind == column.Struct:
		if t.Fields = r.fields(f.Fields, depth+1); len(t.Fields) == 0 {
			return nil
		}
	case f.Elem != nil:
		if t.Elem = r.typ(f.Elem, depth+1); t.Elem == nil {
			return nil
		}
		t.ElemNullable = f.Elem.Nullable
	}
	return t
}
