package jsonschema

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/schemas/jsontree"
)

// maxDocuments bounds how many files a record's $refs may open.
const maxDocuments = 64

// document is one file.
type document struct {
	path  string
	old   bool // draft-07 or older: what stands beside $ref is ignored
	whole *resource
	ids   map[string]*resource // by absolute $id, without fragment
}

// resource is a schema with an $id, or a whole file: "#/…" and anchors start from it.
type resource struct {
	doc     *document
	root    *jsontree.Node
	base    *url.URL
	anchors map[string]*jsontree.Node
}

// load reads a file's text; every file is read once.
func (r *reader) load(filePath string, src []byte) *document {
	r.docs[filePath] = nil
	before := r.diags.Len()
	root := jsontree.Parse(r.fileName(filePath), src, r.diags)
	r.failed = r.failed || r.diags.Len() > before
	if root == nil {
		return nil
	}
	d := &document{path: filePath, ids: map[string]*resource{}}
	if s := root.Get("$schema"); s.Is(jsontree.String) && !d.dialect(s.Text) {
		r.report("SF0105", s.Pos, "this dialect of JSON Schema is not read", `"$schema" is https://json-schema.org/draft/2020-12/schema, or that of draft 2019-09, draft-07 or draft-06`)
		return nil
	}
	base, _ := url.Parse("file:///")
	base.Path = "/" + filePath
	d.whole = &resource{doc: d, root: root, base: base, anchors: map[string]*jsontree.Node{}}
	d.ids[base.String()] = d.whole
	r.index(root, d.whole)
	if name, _, _ := strings.Cut(path.Base(filePath), "."); r.names[root] == "" {
		r.names[root] = name
	}
	r.docs[filePath] = d
	return d
}

// fileName gives the name of a file for positions: beside the first one, as the user wrote that.
func (r *reader) fileName(filePath string) string {
	if prefix, ok := strings.CutSuffix(r.file, r.path); ok {
		return prefix + filePath
	}
	if filePath == r.path {
		return r.file
	}
	return filePath
}

// dialect takes the value of $schema.
func (d *document) dialect(text string) bool {
	text = strings.TrimSuffix(text, "#")
	_, text, _ = strings.Cut(text, "://")
	switch text {
	case "json-schema.org/draft-07/schema", "json-schema.org/draft-06/schema":
		d.old = true
		return true
	}
	return slices.Contains([]string{"json-schema.org/draft/2020-12/schema", "json-schema.org/draft/2019-09/schema",
		"json-schema.org/schema", "spec.openapis.org/oas/3.1/dialect/base"}, text)
}

// values are keywords whose values are data, in which nothing is a schema.
var values = []string{"enum", "const", "default", "examples", "example"}

// index notes for every object below n where its references start, and what can be referred to by name.
func (r *reader) index(n *jsontree.Node, in *resource) {
	for _, item := range n.Items {
		r.index(item, in)
	}
	if n.Kind != jsontree.Object {
		return
	}
	in = r.identify(n, in)
	r.home[n] = in
	for _, key := range []string{"$anchor", "$dynamicAnchor"} {
		if a := n.Get(key); a.Is(jsontree.String) && in.anchors[a.Text] == nil {
			in.anchors[a.Text] = n
		}
	}
	for _, m := range n.Members {
		switch {
		case slices.Contains(values, m.Key):
		case slices.Contains(byName, m.Key) && m.Value.Kind == jsontree.Object:
			for _, d := range m.Value.Members { // its keys are names of the user's, "default" and "$id" too
				if slices.Contains(shelves, m.Key) {
					r.names[d.Value] = d.Key
				}
				r.index(d.Value, in)
			}
		default:
			r.index(m.Value, in)
		}
	}
}

// shelves hold schemas by name: JSON Schema's two, and that of an OpenAPI file.
var shelves = []string{"$defs", "definitions", "schemas"}

// byName are keywords whose values are schemas by a name.
var byName = append([]string{"properties", "patternProperties", "dependentSchemas", "dependencies"}, shelves...)

// identify takes the $id of n, which starts a resource of its own.
func (r *reader) identify(n *jsontree.Node, in *resource) *resource {
	id := n.Get("$id")
	if !id.Is(jsontree.String) {
		return in
	}
	u, err := url.Parse(id.Text)
	if err != nil {
		return in
	}
	if u.Fragment != "" { // draft-07's way to write an anchor
		in.anchors[u.Fragment] = n
		return in
	}
	base := in.base.ResolveReference(u)
	if n != in.root {
		in = &resource{doc: in.doc, root: n, anchors: map[string]*jsontree.Node{}}
	}
	in.base = base
	in.doc.ids[base.String()] = in
	return in
}

// find gives what a fragment names in a resource: a JSON pointer or an anchor. It may be percent-encoded.
func (r *reader) find(in *resource, fragment string) *jsontree.Node {
	n := in.at(fragment)
	if plain, err := url.PathUnescape(fragment); n == nil && err == nil {
		n = in.at(plain)
	}
	if n.Is(jsontree.Object) && r.home[n] == nil {
		return nil // data, such as a default
	}
	return n
}

func (in *resource) at(fragment string) *jsontree.Node {
	if fragment == "" || fragment[0] == '/' {
		return in.root.At(fragment)
	}
	return in.anchors[fragment]
}

// candidates is a hint for a fragment that names nothing.
func (r *reader) candidates(d *document, fragment string) string {
	var all []string
	for _, shelf := range shelves[:2] {
		if s := d.whole.root.Get(shelf); s != nil && r.diags.Len() <= manyErrors {
			for _, m := range s.Members {
				all = append(all, "#/"+shelf+"/"+m.Key)
			}
		}
	}
	if hint := r.didYouMean("#"+fragment, all); hint != "" || len(all) == 0 {
		return hint
	}
	return "it has " + strings.Join(all[:min(len(all), 10)], ", ")
}
