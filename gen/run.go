// Package gen is the door to generation: specs in, Go files out.
//
// Run takes spec files and writes the generated packages and seamflow.lock beside each spec; cli calls it.
package gen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seamflow/seamflow/gen/gogen"
	"github.com/seamflow/seamflow/internal/check"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/graph"
	"github.com/seamflow/seamflow/internal/lock"
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
	// Skip leaves out a run that would change nothing, going by what an earlier run noted below .seamflow; Result has no
	// Pipelines then. It has no effect with Check, which proves what it says.
	Skip bool
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
	if opt.Skip && !opt.Check {
		if res := unchanged(&opt); res != nil {
			return res, nil
		}
	}
	r := &run{opt: opt, roots: folders{dir: opt.Dir}, locks: map[string]*lockFile{}, owners: map[string]*model.Pipeline{}}
	defer r.roots.close()
	jobs := make([]job, len(opt.Specs))
	each(len(jobs), func(i int) { jobs[i].read(ctx, &r.opt, opt.Specs[i]) })
	// What specs of one folder share, the lock and the names, they meet in their order.
	var failed error
	for i := range jobs {
		if failed = r.admit(&jobs[i]); failed != nil {
			jobs = jobs[:i]
			break
		}
	}
	each(len(jobs), func(i int) { jobs[i].generate(ctx) })
	for i := range jobs {
		if err := r.place(&jobs[i]); err != nil {
			return nil, err
		}
	}
	if failed != nil {
		return nil, failed
	}
	r.result.Diagnostics = r.diags.Sorted()
	if r.diags.HasErrors() {
		return &r.result, nil
	}
	if err := r.write(); err != nil {
		return nil, err
	}
	if opt.Skip && !opt.Check {
		r.stamp(jobs)
	}
	return &r.result, nil
}

// each calls work with the numbers below n, on all processors.
func each(n int, work func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wait.Wait()
}

type run struct {
	opt    Options
	roots  folders
	diags  diag.List
	locks  map[string]*lockFile       // by folder
	owners map[string]*model.Pipeline // who generates each file
	files  []output
	stale  []output // what the lock lists and nothing makes
	locked []output // the locks, once they are written
	result Result
}

// job is one spec on its way. Jobs run beside each other and share nothing that changes.
type job struct {
	name   string
	inputs []input
	err    error // about the machine, or a defect of seamflow
	diags  diag.List
	model  *model.Pipeline // nil where the spec has errors
	lock   *lockFile       // nil where nothing is generated
	facts  *lock.Facts     // what the lock holds of it
	files  []output
}

// output is a file to be written.
type output struct {
	made
	root *os.Root // the folder
	data []byte
	now  state
}

// path is relative to Options.Dir.
func (m made) path() string { return filepath.Join(m.Folder, filepath.FromSlash(m.Name)) }

// state is what stands where an output goes.
type state uint8

const (
	missing state = iota
	same
	other
	foreign // seamflow did not write it
)

func (o *Options) path(name string) string { return filepath.Join(o.Dir, filepath.FromSlash(name)) }

// read reads, resolves and checks the spec.
func (j *job) read(ctx context.Context, opt *Options, name string) {
	j.name = name
	if j.err = ctx.Err(); j.err != nil {
		return
	}
	src, err := readSpec(opt.path(name))
	if err != nil {
		j.err = err
		return
	}
	root, err := os.OpenRoot(filepath.Dir(opt.path(name)))
	if err != nil {
		j.err = err
		return
	}
	defer root.Close()
	note := func(file string, s sum) { j.inputs = append(j.inputs, input{name, file, s}) }
	note("", sha256.Sum256(src))
	tree := spec.Parse(name, src, &j.diags)
	if tree == nil {
		return
	}
	p := resolve.Resolve(tree, notedFolder{specFolder{root}, note}, &j.diags)
	if !j.diags.HasErrors() {
		check.Check(p, &j.diags)
	}
	if !j.diags.HasErrors() {
		j.model = p
	}
}

// admit gives the job its place among the others.
func (r *run) admit(j *job) error {
	if j.err != nil {
		return j.err
	}
	for _, d := range j.diags.Sorted() {
		r.diags.Add(d)
	}
	if j.model == nil {
		return nil
	}
	r.result.Pipelines = append(r.result.Pipelines, j.model)
	lf, err := r.lock(folderOf(j.name))
	if err != nil || !r.claim(lf, j.model) {
		return err
	}
	lf.file.Pin(j.model)
	j.lock = lf
	return nil
}

// generate makes the files of the pipeline, in memory.
func (j *job) generate(ctx context.Context) {
	if j.lock == nil {
		return
	}
	if j.err = ctx.Err(); j.err != nil {
		return
	}
	j.diags = diag.List{}
	j.facts = lock.Describe(j.model)
	var text bytes.Buffer
	if j.err = graph.Write(&text, j.model, "text"); j.err != nil {
		return
	}
	plan, diags := emit.Build(j.model, emit.Options{Tool: Version, Contract: genver.Version, Graph: text.String()})
	for _, d := range diags {
		j.diags.Add(d)
	}
	if plan == nil {
		return
	}
	files, err := gogen.Write(plan)
	if err != nil {
		j.err = err
		return
	}
	for _, f := range files {
		out := output{made: made{j.lock.folder, path.Join(plan.Dir, f.Name)}, root: j.lock.root, data: f.Data}
		if out.now, err = out.state(); err != nil && !j.refused(&out, err) {
			j.err = err
			return
		}
		j.files = append(j.files, out)
	}
}
