package spec

import (
	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

// Text is a scalar whose inside has positions too: SQL.
type Text struct {
	Value   string
	At      diag.Pos // of the scalar
	src     *source
	offsets []int // of each byte of Value in src, and of the end; nil where that could not be followed
}

func newText(src *source, n *yaml.Node) Text {
	return Text{Value: n.Value, At: src.posOf(n), src: src, offsets: traceScalar(src.text, src.offset(n), n)}
}

// IsSet reports whether the spec has the text.
func (t Text) IsSet() bool { return t.At.IsValid() }

// Pos gives the place in the YAML file of the byte at an offset of Value.
func (t Text) Pos(offset int) diag.Pos {
	if t.offsets == nil {
		return t.At
	}
	return t.src.pos(t.offsets[min(max(offset, 0), len(t.offsets)-1)])
}
