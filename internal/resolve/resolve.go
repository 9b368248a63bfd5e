// Package resolve turns a spec, its schema files and its SQL into a model.Pipeline; it is the only maker of one.
//
// It reads schema files below the spec's folder and nothing else. What it finds wrong goes to a diag.List, all of it in
// one run.
package resolve

import (
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
)

// FileReader reads files by slash-separated paths relative to the spec's folder; *os.Root is one.
type FileReader interface {
	ReadFile(path string) ([]byte, error)
}

// Resolve makes the model of p. With errors in diags the model may be incomplete: nothing is to be generated from it.
func Resolve(p *spec.Pipeline, files FileReader, diags *diag.List) *model.Pipeline {
	return &model.Pipeline{Name: p.Name.Value, SpecFile: p.File, Pos: p.Pos}
}
