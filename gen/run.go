// Package gen is the door to generation: specs in, Go files out.
//
// Run takes spec files and writes the generated packages and seamflow.lock beside each spec; cli calls it.
package gen

import (
	"context"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

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
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Error {
			return true
		}
	}
	return false
}

// Run generates the packages of all specs. Findings about the specs and schemas are in Result.Diagnostics; the error
// is about the machine (a folder that cannot be written, a file that cannot be read).
func Run(ctx context.Context, opt Options) (*Result, error) {
	return nil, ctx.Err()
}
