// Package avro reads Avro schema files (.avsc) into records.
//
// It takes the bytes of a file and gives a model.Record or diagnostics; internal/resolve imports it. What has no column
// type is an error with its place. docs/reference/schemas.md says what maps to what.
//
// It reads the schema itself rather than through github.com/hamba/avro: that library reports no places, ignores what
// it does not like about logical types, and takes unions that no column can hold. It is the second opinion in the
// tests.
package avro

import (
	"fmt"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/bound"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// Read makes the record called name of the Avro schema that src holds. file is the file's name for positions. fragment
// is the name of one of the file's records, with its namespace or without; "" is the record that the file is, or the
// last one of a list of named types, where those that it uses come before it. An Avro file names no other files, so
// that neither its path nor open is asked. It gives nil when diags has an error of this record.
func Read(name, file, _, fragment string, src []byte, _ func(path string) ([]byte, error), diags *diag.List) *model.Record {
	before := diags.Len()
	root := jsontree.Parse(file, src, diags)
	if root == nil {
		return nil
	}
	r := &reader{diags: diags, named: map[string]*entry{}, byNode: map[*jsontree.Node]*entry{}}
	top := r.file(root)
	if diags.Len() > before {
		return nil
	}
	e := top
	if fragment != "" {
		e = r.byName(strings.TrimPrefix(fragment, "/"))
	}
	if e == nil || e.column.t.Kind != model.Struct {
		r.noRecord(root, fragment)
		return nil
	}
	rec := &model.Record{Name: name, Fields: e.column.t.Fields, Doc: e.column.t.Doc, Pos: e.pos}
	if len(rec.Fields) == 0 {
		r.report("SF0109", rec.Pos, "a record has at least one field", "")
		return nil
	}
	if !bound.Check(rec, diags) {
		return nil
	}
	rec.Avro = r.schemaText(e)
	return rec
}

// file reads all of a file and gives the type that it is, or the last of its list.
func (r *reader) file(root *jsontree.Node) *entry {
	if root.Kind != jsontree.Array {
		return r.entryOf(r.column(root, ""))
	}
	var last *entry
	for _, n := range root.Items {
		if e := r.entryOf(r.column(n, "")); e != nil && e.column.t.Kind == model.Struct {
			last = e
		}
	}
	return last
}

// reader holds what one Read has seen.
type reader struct {
	diags  *diag.List
	named  map[string]*entry // by full name
	byNode map[*jsontree.Node]*entry
	order  []*entry // in file order
}

// entry is a named type.
type entry struct {
	full   string
	node   *jsontree.Node
	pos    diag.Pos
	open   bool   // its fields are being read: a type that uses it contains itself
	column column // t is nil for one that failed
}

// column is what a schema says of a column, with the form that Avro's defaults have.
type column struct {
	t        *model.Type
	nullable bool
	physical string // the Avro type below: "bytes", "fixed", "long", …
	size     int64  // of a fixed
	micros   int64  // of one unit of a timestamp
}

func (r *reader) report(id string, pos diag.Pos, message, hint string, related ...diag.Related) {
	r.diags.Add(diag.Diagnostic{ID: id, Pos: pos, Message: message, Hint: hint, Related: related})
}

// entryOf gives the named type that c is, nil for none.
func (r *reader) entryOf(c column) *entry {
	for _, e := range r.order {
		if c.t != nil && e.column.t == c.t {
			return e
		}
	}
	return nil
}

// byName finds a type by its full name, or the last one of that name in any namespace.
func (r *reader) byName(name string) (found *entry) {
	if e := r.named[name]; e != nil {
		return e
	}
	for _, e := range r.order {
		if short(e.full) == name {
			found = e
		}
	}
	return found
}

func short(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

func (r *reader) noRecord(root *jsontree.Node, fragment string) {
	var records []string
	for _, e := range r.order {
		if e.column.t.Kind == model.Struct {
			records = append(records, e.full)
		}
	}
	hint := `a record is {"type": "record", "name": …, "fields": […]}`
	if len(records) > 0 {
		hint = "the file has " + strings.Join(records[:min(len(records), 10)], ", ")
	}
	message := "the schema of a record is an Avro record, and this file is none"
	if fragment != "" {
		message = fmt.Sprintf("the file has no record %s", fragment)
		if near := diag.DidYouMean(fragment, records); near != "" {
			hint = near
		}
	}
	r.report("SF0109", root.Pos, message, hint)
}
