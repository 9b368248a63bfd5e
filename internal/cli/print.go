package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/seamflow/seamflow/internal/diag"
)

// encode prints v as the command's one document.
func (c *call) encode(v any) {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // a reader that went away is nobody to tell
}

// rawDiagnostics are diagnostics as a part of a document.
func rawDiagnostics(diags []diag.Diagnostic) json.RawMessage {
	var b bytes.Buffer
	if err := diag.WriteJSON(&b, diags); err != nil {
		return json.RawMessage("[]")
	}
	return b.Bytes()
}

// report prints diagnostics for people, and what to do about them.
func (c *call) report(diags []diag.Diagnostic) {
	if len(diags) == 0 {
		return
	}
	_ = diag.WriteText(c.err, diags, source)
	switch failed, warned := count(diags); {
	case len(diags) == 1:
		fmt.Fprintf(c.err, "seamflow explain %s tells more\n", diags[0].ID)
	case failed == 0:
		fmt.Fprintf(c.err, "\n%s; seamflow explain %s tells more of the first\n", plural(warned, "warning"), diags[0].ID)
	case warned == 0:
		fmt.Fprintf(c.err, "\n%s; seamflow explain %s tells more of the first\n", plural(failed, "error"), diags[0].ID)
	default:
		fmt.Fprintf(c.err, "\n%s, %s; seamflow explain %s tells more of the first\n", plural(failed, "error"), plural(warned, "warning"), diags[0].ID)
	}
}

func source(file string) ([]byte, bool) {
	data, err := os.ReadFile(file)
	return data, err == nil
}

func count(diags []diag.Diagnostic) (failed, warned int) {
	for _, d := range diags {
		if d.Severity == diag.Warning {
			warned++
		} else {
			failed++
		}
	}
	return failed, warned
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
