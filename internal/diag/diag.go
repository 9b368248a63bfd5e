// Package diag holds positions and diagnostics: what every reader and rule reports, and how it is printed.
//
// It takes diagnostics from all other internal packages and imports none of them.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Pos is a place in a file. Line and Col count from 1, Col in bytes; the zero Pos is "no place".
type Pos struct {
	File string
	Line int
	Col  int
}

// IsValid reports whether p names a file.
func (p Pos) IsValid() bool { return p.File != "" }

// String gives file:line:col, leaving out what is unknown.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Compare orders by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Severity says whether a diagnostic stops the run.
type Severity uint8

const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Related is the other party of a diagnostic: "declared here", "used there".
type Related struct {
	Pos     Pos
	Message string
}

// Diagnostic is one finding. ID is a key of Catalog.
type Diagnostic struct {
	ID       string
	Severity Severity
	Pos      Pos
	Message  string
	Hint     string
	Related  []Related
}

// Error gives the one-line form: file:line:col: SF0123: message.
func (d Diagnostic) Error() string {
	if !d.Pos.IsValid() {
		return d.ID + ": " + d.Message
	}
	return d.Pos.String() + ": " + d.ID + ": " + d.Message
}

// List collects the diagnostics of a run; the zero List is ready to use.
type List struct {
	all []Diagnostic
}

// Add appends d.
func (l *List) Add(d Diagnostic) { l.all = append(l.all, d) }

// Errorf appends an error without hint or second position.
func (l *List) Errorf(id string, pos Pos, format string, args ...any) {
	l.Add(Diagnostic{ID: id, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// Warnf appends a warning without hint or second position.
func (l *List) Warnf(id string, pos Pos, format string, args ...any) {
	l.Add(Diagnostic{ID: id, Severity: Warning, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// Len is the number of diagnostics.
func (l *List) Len() int { return len(l.all) }

// HasErrors reports whether any diagnostic is an error.
func (l *List) HasErrors() bool {
	return slices.ContainsFunc(l.all, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted gives the diagnostics by position, each once.
func (l *List) Sorted() []Diagnostic {
	out := slices.Clone(l.all)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return a.ID == b.ID && a.Pos == b.Pos && a.Message == b.Message
	})
}
