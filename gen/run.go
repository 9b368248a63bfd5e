// Package gen is the door to generation: specs in, Go files out.
//
// Run takes spec files and writes the generated packages and seamflow.lock beside each spec; cli calls it.
package gen

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/seamflow/seamflow/gen/gogen"
	"github.com/seamflow/seamflow/internal/check"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/graph"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/resolve"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/runtime/genver"
)

// Version is this seamflow's version; it is written into generated packages.
const Version = "0.1.0"

// Options say what to generate.
type Options struct {
	Specs []string // spec files, relative to Dir; in the order that diagnostics and results keep
	Dir   string   // the folder that Specs are relative to; "" is the working folder
	Check bool     // write nothing: Written and Stale then say what a run would do
}

// Result is what a run did, or with Options.Check would do. Paths are relative to Options.Dir, sorted.
type Result struct {
	Written     []string // new or changed
	Unchanged   []string
	Stale       []string // listed in seamflow.lock and no longer made: removed
	Diagnostics []diag.Diagnostic
	// Pipelines has one entry per spec that could be resolved, in the order of Options.Specs.
	Pipelines []*model.Pipeline
}

// UpToDate reports whether nothing had to be written or removed.
func (r *Result) UpToDate() bool { return len(r.Written) == 0 && len(r.Stale) == 0 }

// HasErrors reports whether a diagnostic is an error; nothing was written then.
func (r *Result) HasErrors() bool {
	return slices.ContainsFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return d.Severity == diag.Error })
}

// Run generates the packages of all specs. Findings about specs, schemas and the lock are in Result.Diagnostics, and
// with an error among them nothing is written. The error is about the machine (a file that cannot be read, a folder
// that cannot be written) or a defect of seamflow.
func Run(ctx context.Context, opt Options) (*Result, error) {
	r := &run{opt: opt, locks: map[string]*lockFile{}, owners: map[string]*model.Pipeline{}}
	for _, name := range opt.Specs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := r.model(name)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		r.result.Pipelines = append(r.result.Pipelines, p)
		if err := r.generate(name, p); err != nil {
			return nil, err
		}
	}
	r.result.Diagnostics = r.diags.Sorted()
	if r.diags.HasErrors() {
		return &r.result, nil
	}
	if err := r.write(); err != nil {
		return nil, err
	}
	return &r.result, nil
}

type run struct {
	opt    Options
	diags  diag.List
	locks  map[string]*lockFile       // by folder
	owners map[string]*model.Pipeline // who generates each file
	files  []output
	result Result
}

// output is a file to be written; its path is relative to Options.Dir.
type output struct {
	path string
	data []byte
}

func (r *run) path(name string) string { return filepath.Join(r.opt.Dir, filepath.FromSlash(name)) }

// model reads, resolves and checks one spec. There is none where the spec has errors.
func (r *run) model(name string) (*model.Pipeline, error) {
	src, err := readSpec(r.path(name))
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(r.path(name)))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var diags diag.List
	defer func() {
		for _, d := range diags.Sorted() {
			r.diags.Add(d)
		}
	}()
	tree := spec.Parse(name, src, &diags)
	if tree == nil {
		return nil, nil
	}
	p := resolve.Resolve(tree, specFolder{root}, &diags)
	if diags.HasErrors() {
		return nil, nil
	}
	check.Check(p, &diags)
	if diags.HasErrors() {
		return nil, nil
	}
	return p, nil
}

// generate makes the files of one pipeline, in memory.
func (r *run) generate(name string, p *model.Pipeline) error {
	folder := filepath.Dir(filepath.FromSlash(name))
	lf, err := r.lock(folder)
	if err != nil {
		return err
	}
	if !r.claim(lf, p) {
		return nil
	}
	lf.file.Pin(p)
	var text bytes.Buffer
	if err := graph.Write(&text, p, "text"); err != nil {
		return err
	}
	plan, diags := emit.Build(p, emit.Options{Tool: Version, Contract: genver.Version, Graph: text.String()})
	for _, d := range diags {
		r.diags.Add(d)
	}
	if plan == nil {
		return nil
	}
	files, err := gogen.Write(plan)
	if err != nil {
		return err
	}
	return r.place(lf, folder, plan, files)
}
