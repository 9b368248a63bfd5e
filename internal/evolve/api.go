package evolve

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
)

// Name is an exported Go name and what it is: "Order.ID" "string", "Pipeline" "func() flow.Pipeline".
type Name struct{ Name, Is string }

// API lists the exported names of Go files of one package, sorted. Methods of types that are not exported are none.
func API(files map[string][]byte) ([]Name, error) {
	out := []Name{}
	set := token.NewFileSet()
	for name, src := range files {
		file, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				out = append(out, function(set, d)...)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					out = append(out, declared(set, s)...)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Name) int { return strings.Compare(a.Name+"\x00"+a.Is, b.Name+"\x00"+b.Is) })
	return out, nil
}

func function(set *token.FileSet, d *ast.FuncDecl) []Name {
	name := d.Name.Name
	if !d.Name.IsExported() {
		return nil
	}
	if d.Recv != nil {
		of := strings.TrimPrefix(text(set, d.Recv.List[0].Type), "*")
		if !ast.IsExported(of) {
			return nil
		}
		name = of + "." + name
	}
	return []Name{{name, text(set, d.Type)}}
}

func declared(set *token.FileSet, s ast.Spec) (out []Name) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return nil
		}
		st, ok := s.Type.(*ast.StructType)
		if !ok {
			return []Name{{s.Name.Name, "type " + text(set, s.Type)}}
		}
		out = append(out, Name{s.Name.Name, "type struct"})
		for _, f := range st.Fields.List {
			for _, n := range f.Names {
				if n.IsExported() {
					out = append(out, Name{s.Name.Name + "." + n.Name, text(set, f.Type)})
				}
			}
		}
	case *ast.ValueSpec:
		for i, n := range s.Names {
			if !n.IsExported() {
				continue
			}
			is := "value"
			if s.Type != nil {
				is = text(set, s.Type)
			}
			if i < len(s.Values) {
				is += " = " + text(set, s.Values[i])
			}
			out = append(out, Name{n.Name, is})
		}
	}
	return out
}

func text(set *token.FileSet, node ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, set, node); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Step is the step that a change of exported names asks for by semver.
func Step(old, now []Name) string {
	gone, added, changed := apiChanges(old, now)
	switch {
	case len(gone)+len(changed) > 0:
		return "major"
	case len(added) > 0:
		return "minor"
	}
	return "none"
}

func apiChanges(old, now []Name) (gone, added, changed []string) {
	g, a := pair(old, now, func(n *Name) string { return n.Name }, func(x, y *Name) {
		if x.Is != y.Is {
			changed = append(changed, fmt.Sprintf("%s (%s, was %s)", x.Name, y.Is, x.Is))
		}
	})
	for _, n := range g {
		gone = append(gone, n.Name)
	}
	for _, n := range a {
		added = append(added, n.Name)
	}
	return gone, added, changed
}

// api compares the exported names of the generated packages, where both sides have code.
func (c *comparison) api() {
	if c.old.API == nil || c.new.API == nil {
		return
	}
	gone, added, changed := apiChanges(c.old.API, c.new.API)
	for _, x := range []struct {
		id    string
		v     contract.Verdict
		names []string
	}{{"SF0832", contract.Note, gone}, {"SF0833", contract.Safe, added}, {"SF0834", contract.Note, changed}} {
		if len(x.names) > 0 {
			count := fmt.Sprintf("%d names", len(x.names))
			if len(x.names) == 1 {
				count = "1 name"
			}
			c.add(x.id, x.v, "go/package", nil, vars{"count": count, "names": some(x.names, 12)})
		}
	}
}
