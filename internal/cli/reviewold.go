package cli

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/evolve"
)

// lockName is how lock files are told from specs.
const lockName = "seamflow.lock"

func isLock(name string) bool {
	return filepath.Base(name) == lockName || filepath.Ext(name) == ".lock"
}

// otherVersion is what review compares with: a tree of files, or the pipelines of a lock file.
type otherVersion struct {
	words  string // for people
	tree   gen.Tree
	prefix string                                // the working folder in the tree, with a slash at its end, "" for its root
	list   func(folder string) ([]string, error) // files of a folder of the tree
	walk   func(visit func(name string)) error   // all files of the tree
	path   func(name string) string              // where a file of the working folder is in the tree
	locked []*evolve.Side                        // of a lock file; nil for a tree
	done   func()
	failed func() error // what of it could not be read: what is not there and what cannot be read are two things
}

func (o *otherVersion) close() {
	if o.done != nil {
		o.done()
	}
}

// openAgainst finds what a REF names.
func openAgainst(ctx context.Context, ref string) (*otherVersion, error) {
	if rest, ok := strings.CutPrefix(ref, "git:"); ok {
		return gitVersion(ctx, rest)
	}
	info, err := os.Stat(ref)
	switch {
	case err == nil && info.IsDir():
		return folderVersion(ref), nil
	case err == nil && info.Mode().IsRegular():
		return lockVersion(ref)
	case strings.ContainsAny(ref, `/\`) && (isLock(ref) || strings.HasPrefix(ref, ".")):
		return nil, usage(ref+" does not exist", "")
	}
	return gitVersion(ctx, ref)
}

func folderVersion(dir string) *otherVersion {
	o := &otherVersion{words: dir, tree: gen.Tree{Dir: dir, Label: filepath.ToSlash(dir) + "/"}}
	o.path = func(name string) string { return filepath.ToSlash(filepath.Clean(name)) }
	o.list = func(folder string) ([]string, error) {
		entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
		var names []string
		for _, e := range entries {
			if !e.IsDir() {
				names = append(names, path.Join(folder, e.Name()))
			}
		}
		return names, err
	}
	o.walk = func(visit func(name string)) error {
		return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && name != dir && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			if rel, err := filepath.Rel(dir, name); err == nil && !d.IsDir() {
				visit(filepath.ToSlash(rel))
			}
			return nil
		})
	}
	return o
}

func lockVersion(name string) (*otherVersion, error) {
	sides, diags, err := gen.Locked(gen.Tree{}, filepath.ToSlash(name))
	if err != nil {
		return nil, err
	}
	if len(diags) > 0 {
		return nil, usage(diags[0].Error(), diags[0].Hint)
	}
	if len(sides) == 0 {
		return nil, usage(name+" holds no pipeline: it is of an older seamflow, or no lock file", "run seamflow generate there once, which upgrades it, or compare with git:REF")
	}
	return &otherVersion{words: name, locked: sides, path: filepath.ToSlash}, nil
}

// has reports whether a file of the working folder is in the other version.
func (o *otherVersion) has(name string) bool {
	if o.locked != nil {
		return false
	}
	_, err := o.tree.Read(o.path(name))
	return err == nil
}

// specs lists the specs of the working folder in the other version.
func (o *otherVersion) specs() (out []string) {
	names, err := o.list(strings.TrimSuffix(o.prefix, "/"))
	if err != nil {
		return nil
	}
	for _, name := range names {
		if data, ok := o.spec(name); ok && pipelineKey.Match(data) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// spec reads what may be one.
func (o *otherVersion) spec(name string) ([]byte, bool) {
	ext := strings.ToLower(path.Ext(name))
	if strings.HasPrefix(path.Base(name), ".") || ext != ".yaml" && ext != ".yml" {
		return nil, false
	}
	data, err := o.tree.Read(name)
	return data, err == nil
}

// declares finds the spec of a pipeline anywhere in the other version, "" for none. Of several it is the first by path.
func (o *otherVersion) declares(pipeline string) string {
	pattern := regexp.MustCompile(`(?m)^["']?pipeline["']?[ \t]*:[ \t]*["']?` + regexp.QuoteMeta(pipeline) + `["']?[ \t]*(#.*)?\r?$`)
	found := ""
	_ = o.walk(func(name string) { // what cannot be read holds no spec
		if found != "" && found < name {
			return
		}
		if data, ok := o.spec(name); ok && pattern.Match(data) {
			found = name
		}
	})
	return found
}

// side describes a spec of the other version. One that has errors, as this seamflow sees it, is taken from the lock beside it.
func (o *otherVersion) side(at, pipeline string, c *call) (*evolve.Side, error) {
	s, diags, err := gen.Describe(o.tree, at)
	if err != nil || s != nil {
		return s, err
	}
	locked, _, err := gen.Locked(o.tree, path.Join(path.Dir(at), lockName))
	if err == nil {
		for _, s := range locked {
			if s.Facts.Pipeline == pipeline {
				s.Spec = at
				return s, nil
			}
		}
	}
	if !c.json {
		_ = diag.WriteText(c.err, diags, o.source)
	}
	return nil, usage(o.words+" has errors, and no lock file that holds what it was", "compare with a version that is valid")
}

// source gives a file of either version, for excerpts.
func (o *otherVersion) source(file string) ([]byte, bool) {
	if o.tree.Label != "" {
		if name, ok := strings.CutPrefix(file, o.tree.Label); ok {
			data, err := o.tree.Read(name)
			return data, err == nil
		}
	}
	return source(file)
}
