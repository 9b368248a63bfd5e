// Package jsonschema reads JSON Schema files into records.
//
// It takes the bytes of a file, follows $ref inside it and to files beside it through a function that its caller gives,
// never over the network, and gives a model.Record or diagnostics; internal/resolve imports it. What has no column
// type is an error with its place. docs/reference/schemas.md says what maps to what.
//
// It checks the keywords itself rather than through github.com/santhosh-tekuri/jsonschema: a record needs few of them,
// each diagnostic needs a place and a way out, and compiling the metaschemas would cost more than all the rest of a
// generation. The library is the second opinion in the tests.
package jsonschema

import (
	"fmt"
	"path"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/schemas/bound"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// Read makes the record called name of the schema that src holds. file is the file's name for positions; path is its
// slash path relative to the spec's folder, from which relative $refs start. fragment is a JSON pointer to the record's
// schema ("/$defs/Order") or the name of an anchor, "" for the whole file. open gives the files that $ref names, by
// slash path relative to the spec's folder. It gives nil when diags has an error of this record.
func Read(name, file, filePath, fragment string, src []byte, open func(path string) ([]byte, error), diags *diag.List) *model.Record {
	r := &reader{
		docs: map[string]*document{}, diags: diags, open: open, file: file, path: path.Clean(filePath),
		home: map[*jsontree.Node]*resource{}, names: map[*jsontree.Node]string{}, active: map[*jsontree.Node]bool{},
		done: map[*jsontree.Node]*result{}, formed: map[*jsontree.Node]bool{},
	}
	doc := r.load(r.path, src)
	if doc == nil {
		return nil
	}
	root := r.find(doc.whole, fragment)
	if root == nil {
		at := diag.Pos{File: file, Line: 1, Col: 1}
		r.report("SF0109", at, fmt.Sprintf("the file has no #%s", fragment), r.candidates(doc, fragment))
		return nil
	}
	return r.record(name, root)
}

func (r *reader) record(name string, root *jsontree.Node) *model.Record {
	res := r.read(root)
	if res == nil || r.failed {
		return nil
	}
	if res.t.Kind != model.Struct {
		hint := `a record is {"type": "object", "properties": {…}}`
		if res.t.Kind == model.List {
			hint = `name the records in it: "` + r.path + `#/items" in the spec`
		}
		r.report("SF0109", root.Pos, "the schema of a record is an object with properties; this is "+kindName(res.t.Kind), hint)
		return nil
	}
	rec := &model.Record{Name: name, Fields: res.t.Fields, Doc: res.doc, Pos: root.Pos}
	if rec.Doc == "" {
		rec.Doc = res.t.Doc
	}
	if rec.Doc == name { // a title that says what the name says
		rec.Doc = ""
	}
	if len(rec.Fields) == 0 {
		r.report("SF0109", root.Pos, "a record has at least one field", `describe them under "properties"`)
		return nil
	}
	if !bound.Check(rec, r.diags) {
		return nil
	}
	return rec
}

// reader holds what one Read has seen.
type reader struct {
	file, path string // of the first document
	open       func(path string) ([]byte, error)
	diags      *diag.List
	failed     bool                         // an error was reported
	docs       map[string]*document         // by path; nil for one that cannot be read
	home       map[*jsontree.Node]*resource // where the $refs of an object start
	names      map[*jsontree.Node]string    // of the entries of $defs
	active     map[*jsontree.Node]bool      // being read now: a $ref to one of them is a type that contains itself
	done       map[*jsontree.Node]*result   // named types; nil for one that failed
	formed     map[*jsontree.Node]bool      // whether the keywords of an object are well formed
	reads      int
	stopped    bool
}

// result is what a schema says of a column.
type result struct {
	t        *model.Type
	nullable bool
	doc      string
	def      *jsontree.Node // its default, nil for none
}

func (r *reader) report(id string, pos diag.Pos, message, hint string, related ...diag.Related) {
	r.failed = true
	r.diags.Add(diag.Diagnostic{ID: id, Pos: pos, Message: message, Hint: hint, Related: related})
}

// Looking for what a name may have meant takes time for every name that there is: it ends after so many errors, and is
// left out among so many names.
const (
	manyErrors = 50
	manyNames  = 1000
)

func (r *reader) didYouMean(name string, candidates []string) string {
	if r.diags.Len() > manyErrors || len(candidates) > manyNames {
		return ""
	}
	return diag.DidYouMean(name, candidates)
}

func kindName(k model.Kind) string {
	switch k {
	case model.List:
		return "a list"
	case model.Map:
		return "a map"
	case model.Enum, model.String:
		return "a text"
	}
	return "a single value"
}
