package evolve

import (
	"bytes"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/runtime/contract"
)

// text is the report for people at a terminal: excerpts with carets, the worst first.
func (r *Report) text() []byte {
	var b bytes.Buffer
	for i := range r.Findings {
		f := &r.Findings[i]
		d := diag.Diagnostic{ID: f.ID, Pos: f.Pos(), Message: f.label() + ": " + f.Message}
		if f.New.IsValid() && f.Old.IsValid() && f.Verdict > contract.Safe {
			d.Related = []diag.Related{{Pos: f.Old, Message: "before"}}
		}
		source := r.Source
		if f.Verdict == contract.Safe {
			source = nil // a line each is enough
		}
		_ = diag.WriteText(&b, []diag.Diagnostic{d}, source) // a buffer takes all
		if f.Verdict > contract.Safe {
			f.body(&b)
		}
	}
	for _, step := range r.steps() {
		fmt.Fprintln(&b, step)
	}
	fmt.Fprintln(&b, r.summary())
	return b.Bytes()
}

// label is the verdict, and whether it is accepted.
func (f *Finding) label() string {
	if f.Accepted != nil {
		return f.Verdict.String() + ", accepted"
	}
	return f.Verdict.String()
}

func (f *Finding) body(b *bytes.Buffer) {
	fmt.Fprintf(b, "why: %s\n", one(f.Why))
	for i, text := range f.Effects {
		if text != "" {
			fmt.Fprintf(b, "  %s: %s\n", diag.Axes()[i], one(text))
		}
	}
	if f.Fix != "" && f.Fix != "nothing" {
		fmt.Fprintf(b, "fix: %s\n", one(f.Fix))
	}
	if a := f.Accepted; a != nil {
		fmt.Fprintf(b, "accepted by %s%s: %s\n", one(a.Owner), until(a), one(a.Reason))
	}
	fmt.Fprintf(b, "fingerprint: %s\n\n", f.Fingerprint)
}

func until(a *Acceptance) string {
	if a.Until.IsZero() {
		return ""
	}
	return " until " + a.Until.Format(time.DateOnly)
}

// one keeps texts of other people's files on a line, and from steering a terminal.
func one(text string) string { return diag.Clean(text) }
