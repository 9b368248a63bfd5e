package gen

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seamflow/seamflow/internal/check"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/evolve"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/resolve"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/runtime/contract"
)

// Tree is files of one version of a project, by slash paths; a file that is not there is fs.ErrNotExist. Label, if any, is put
// before paths in positions. Without ReadFile it is the folder Dir of this machine, "" for the working folder.
type Tree struct {
	Label    string
	Dir      string
	ReadFile func(name string) ([]byte, error)
}

// Read gives a file's content.
func (t Tree) Read(name string) ([]byte, error) {
	if t.ReadFile != nil {
		return t.ReadFile(name)
	}
	return readSpec(t.disk(name))
}

func (t Tree) disk(name string) string {
	if filepath.IsAbs(filepath.FromSlash(name)) {
		return filepath.FromSlash(name)
	}
	return filepath.Join(t.Dir, filepath.FromSlash(name))
}

// below reads files of a folder of a tree, and none outside of it.
type below struct {
	tree   Tree
	folder string
}

func (b below) ReadFile(name string) ([]byte, error) {
	if clean := path.Clean(name); path.IsAbs(name) || clean == ".." || strings.HasPrefix(clean, "../") {
		return nil, fmt.Errorf("%s is outside of the spec's folder", name)
	}
	if b.tree.ReadFile != nil {
		return b.tree.ReadFile(path.Join(b.folder, name))
	}
	root, err := os.OpenRoot(b.tree.disk(b.folder))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return specFolder{root}.ReadFile(name)
}

// Describe gives a version of a pipeline as review compares it: the spec of a tree, with the tags of the lock beside it and the
// code that the lock lists. Without a side the diagnostics say what is wrong; an error is about the tree.
func Describe(tree Tree, name string) (*evolve.Side, []diag.Diagnostic, error) {
	src, err := tree.Read(name)
	if err != nil {
		return nil, nil, err
	}
	var diags diag.List
	label := tree.Label + name
	parsed := spec.Parse(label, src, &diags)
	if parsed == nil {
		return nil, diags.Sorted(), nil
	}
	folder := path.Dir(name)
	p := resolve.Resolve(parsed, below{tree, folder}, &diags)
	if !diags.HasErrors() {
		check.Check(p, &diags)
	}
	if diags.HasErrors() {
		return nil, diags.Sorted(), nil
	}
	file := new(lock.File)
	if data, err := tree.Read(path.Join(folder, lock.Name)); err == nil {
		file, _ = lock.Parse(path.Join(folder, lock.Name), data)
	}
	file.Pin(p)
	side := &evolve.Side{Facts: lock.Describe(p), Spec: name, Places: spec.Places(label, src), Tool: file.Tool, Contract: file.Contract}
	columnPlaces(side.Places, p)
	side.API, err = api(tree, folder, file, p.Name)
	return side, diags.Sorted(), err
}

// columnPlaces adds the places of fields and columns, which are in schema files and SQL.
func columnPlaces(places map[string]diag.Pos, p *model.Pipeline) {
	put := func(path string, pos diag.Pos) {
		if _, ok := places[path]; !ok && pos.IsValid() {
			places[path] = pos
		}
	}
	for _, r := range p.Records {
		scopes := map[*model.Type]bool{}
		var fields func(scope, in string, all []model.Field)
		var inside func(scope, path string, t *model.Type)
		fields = func(scope, in string, all []model.Field) {
			for i := range all {
				path := all[i].Name
				if in != "" {
					path = in + "." + path
				}
				put("schemas/"+scope+"/fields/"+path, all[i].Pos)
				inside(scope, path, all[i].Type)
			}
		}
		inside = func(scope, path string, t *model.Type) {
			switch {
			case t.Kind == model.List || t.Kind == model.Map:
				inside(scope, path+"[]", t.Elem)
			case t.Kind != model.Struct || scopes[t]:
			case t.Name != "":
				scopes[t] = true
				fields(r.Name+"/"+t.Name, "", t.Fields)
			default:
				fields(scope, path, t.Fields)
			}
		}
		fields(r.Name, "", r.Fields)
	}
	for _, t := range p.Tables {
		for _, c := range t.Columns {
			put("tables/"+t.Name+"/columns/"+c.Name, c.Pos)
		}
	}
}

// api reads the exported names of the code that a lock lists; none where a file is missing or is no Go.
func api(tree Tree, folder string, file *lock.File, pipeline string) ([]evolve.Name, error) {
	outputs := file.Outputs(pipeline)
	files := map[string][]byte{}
	for _, name := range outputs {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		data, err := tree.Read(path.Join(folder, name))
		if err != nil {
			return nil, nil
		}
		files[name] = data
	}
	if len(files) == 0 {
		return nil, nil
	}
	names, err := evolve.API(files)
	if err != nil {
		return nil, nil
	}
	return names, nil
}

// Locked gives the pipelines that a lock file of a tree describes, sorted by name.
func Locked(tree Tree, name string) ([]*evolve.Side, []diag.Diagnostic, error) {
	data, err := tree.Read(name)
	if err != nil {
		return nil, nil, err
	}
	file, diags := lock.Parse(tree.Label+name, data)
	if len(diags) > 0 {
		return nil, diags, nil
	}
	var out []*evolve.Side
	for _, pipeline := range file.Pipelines() {
		facts, ds := file.Facts(pipeline)
		if len(ds) > 0 {
			return nil, ds, nil
		}
		side := &evolve.Side{Facts: facts, Tool: file.Tool, Contract: file.Contract}
		if side.API, err = api(tree, path.Dir(name), file, pipeline); err != nil {
			return nil, nil, err
		}
		out = append(out, side)
	}
	return out, nil, nil
}

// Verdicts gives the worst verdict of each table for the step from one version of a spec to another, as review has it.
func Verdicts(old Tree, oldName string, now Tree, nowName string) (map[string]contract.Verdict, error) {
	sides := [2]*evolve.Side{}
	for i, of := range []struct {
		tree Tree
		name string
	}{{old, oldName}, {now, nowName}} {
		side, diags, err := Describe(of.tree, of.name)
		if err != nil {
			return nil, err
		}
		if side == nil {
			return nil, diags[0]
		}
		sides[i] = side
	}
	return evolve.Worst(sides[0], sides[1]), nil
}
