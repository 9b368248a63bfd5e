// Package check holds the rules over one resolved pipeline, one file per rule.
package check

import (
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Check runs every rule over p.
func Check(p *model.Pipeline, diags *diag.List) {
}
