// Package check holds the rules over one resolved pipeline, one file per rule.
//
// A rule judges what is well-formed and still wrong or suspicious; what has no meaning at all is refused by resolve.
package check

import (
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Check runs every rule over p.
func Check(p *model.Pipeline, diags *diag.List) {
	for _, rule := range []func(*model.Pipeline, *diag.List){unread, sharedFolders, floatKeys, onlyOnce, sameRowsTwice, finePartitions, cutovers} {
		rule(p, diags)
	}
}

func warn(diags *diag.List, id string, pos diag.Pos, hint, message string, related ...diag.Related) {
	diags.Add(diag.Diagnostic{ID: id, Severity: diag.Warning, Pos: pos, Message: message, Hint: hint, Related: related})
}
