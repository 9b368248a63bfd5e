package resolve

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/schemas/avro"
	"github.com/seamflow/seamflow/schemas/jsonschema"
	"github.com/seamflow/seamflow/schemas/parquet"
)

// schemaReader makes a record of a schema file.
type schemaReader func(name, file, path, fragment string, src []byte, open func(string) ([]byte, error), diags *diag.List) *model.Record

var schemaReaders = map[string]schemaReader{".json": jsonschema.Read, ".avsc": avro.Read, ".parquet": parquet.Read}

func (r *resolver) resolveRecords() {
	taken := names{}
	for _, s := range r.spec.Schemas {
		if !r.claim(taken, "schema", s.Name) {
			continue
		}
		record := r.readSchema(s)
		r.records[s.Name.Value] = record
		if record == nil {
			continue
		}
		r.checkFieldNames(record.Fields, s.Name.Value)
		r.out.Records = append(r.out.Records, record)
	}
	slices.SortFunc(r.out.Records, func(a, b *model.Record) int { return cmp.Compare(a.Name, b.Name) })
}

func (r *resolver) readSchema(s spec.SchemaFile) *model.Record {
	if !s.File.IsSet() {
		return nil // the spec's reader has said so
	}
	read := schemaReaders[path.Ext(s.File.Value)]
	if read == nil {
		r.report("SF0303", s.File.Pos, "the schema file "+s.File.Value+" is of no known kind", "name a .json file (JSON Schema), an .avsc file (Avro) or a .parquet file")
		return nil
	}
	src, err := r.files.ReadFile(s.File.Value)
	file := path.Join(path.Dir(filepath.ToSlash(r.spec.File)), s.File.Value)
	if unsound := new(parquet.Unsound); errors.As(err, &unsound) {
		unsound.Report(file, r.diags)
		return nil
	}
	if err != nil {
		r.report("SF0303", s.File.Pos, "the schema file "+s.File.Value+" cannot be read: "+reason(err), "paths are relative to the folder of "+path.Base(filepath.ToSlash(r.spec.File)))
		return nil
	}
	return read(s.Name.Value, file, s.File.Value, s.Fragment, src, r.files.ReadFile, r.diags)
}

// reason words an error of the file system without the path, which the message has.
func reason(err error) string {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is not there"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &at):
		return at.Err.Error()
	}
	return err.Error()
}

// checkFieldNames refuses fields that SQL and most engines cannot tell apart.
func (r *resolver) checkFieldNames(fields []model.Field, where string) {
	seen := map[string]*model.Field{}
	for i := range fields {
		f := &fields[i]
		if first := seen[fold(f.Name)]; first != nil {
			message := "the fields " + first.Name + " and " + f.Name + " of " + where + " differ only by case"
			if first.Name == f.Name {
				message = "the field " + f.Name + " of " + where + " is there twice"
			}
			r.report("SF0312", f.Pos, message, "rename one of them", diag.Related{Pos: first.Pos, Message: first.Name + " is declared here"})
		} else {
			seen[fold(f.Name)] = f
		}
		t := f.Type
		for t.Kind == model.List || t.Kind == model.Map {
			t = t.Elem
		}
		if t.Kind == model.Struct {
			r.checkFieldNames(t.Fields, where+"."+f.Name)
		}
	}
}
