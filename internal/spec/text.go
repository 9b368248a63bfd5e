package spec

import "github.com/seamflow/seamflow/internal/diag"

// Text is a scalar whose inside has positions too: SQL.
type Text struct {
	Value string
	At    diag.Pos // of the scalar
	pos   func(offset int) diag.Pos
}

// IsSet reports whether the spec has the text.
func (t Text) IsSet() bool { return t.At.IsValid() }

// Pos gives the place in the YAML file of the byte at an offset of Value.
func (t Text) Pos(offset int) diag.Pos {
	if t.pos == nil {
		return t.At
	}
	return t.pos(offset)
}
