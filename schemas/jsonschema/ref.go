package jsonschema

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/schemas/jsontree"
)

// lookup gives the schema that the $ref of n names, nil after a diagnostic.
func (r *reader) lookup(n *jsontree.Node) *jsontree.Node {
	ref := n.Get("$ref")
	in, fragment := r.refResource(n, ref)
	if in == nil {
		return nil
	}
	to := r.find(in, fragment)
	if to == nil {
		r.report("SF0107", ref.Pos, fmt.Sprintf("%s names nothing: there is no #%s", ref.Text, fragment), r.candidates(in.doc, fragment))
	}
	return to
}

// circular reports a $ref of n to a schema that is being read.
func (r *reader) circular(n, to *jsontree.Node) bool {
	if r.active[to] {
		r.report("SF0108", n.Get("$ref").Pos, "a type that contains itself has no columns",
			`cut the circle: leave the field out, or keep the inner value as a text, {"type": "string"}`,
			diag.Related{Pos: to.Pos, Message: "the type starts here"})
	}
	return r.active[to]
}

// refResource finds where a reference leads, by the $ids of the document first, then by file.
func (r *reader) refResource(n, ref *jsontree.Node) (*resource, string) {
	in := r.home[n]
	u, err := url.Parse(ref.Text)
	if err != nil {
		r.report("SF0107", ref.Pos, "this is no reference: "+ref.Text, `references are "#/$defs/Name", "file.json" or "file.json#/$defs/Name"`)
		return nil, ""
	}
	file, fragment, _ := strings.Cut(ref.Text, "#")
	if file == "" {
		return in, fragment
	}
	u.Fragment, u.RawFragment = "", ""
	if to := in.doc.ids[in.base.ResolveReference(u).String()]; to != nil {
		return to, fragment
	}
	if u.Scheme != "" || u.Host != "" || u.RawQuery != "" {
		r.report("SF0107", ref.Pos, ref.Text+" is not followed: references are to files, by relative path", "put a copy of the file beside this one")
		return nil, ""
	}
	if d := r.openFile(in.doc, u.Path, ref); d != nil {
		return d.whole, fragment
	}
	return nil, ""
}

// openFile opens the file that ref names by a path relative to from.
func (r *reader) openFile(from *document, name string, ref *jsontree.Node) *document {
	to := path.Join(path.Dir(from.path), name)
	if path.IsAbs(name) || to == ".." || strings.HasPrefix(to, "../") || strings.Contains(name, `\`) {
		r.report("SF0107", ref.Pos, ref.Text+" is outside the spec's folder", "references are relative paths that stay below the folder of the spec")
		return nil
	}
	if d, seen := r.docs[to]; seen {
		return d // a nil one was reported where it was first named
	}
	if len(r.docs) == maxDocuments {
		r.report("SF0102", ref.Pos, "the schemas of a record are in more than 64 files", "")
		return nil
	}
	src, err := r.open(to)
	if err != nil {
		r.docs[to] = nil
		why := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			why = "it is not there"
		}
		r.report("SF0107", ref.Pos, fmt.Sprintf("%s cannot be read: %s", to, why), "the path is relative to the file that names it")
		return nil
	}
	return r.load(to, src)
}
