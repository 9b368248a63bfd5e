package spec

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

// source is a spec's text with what it takes to find places in it. The YAML library counts lines by YAML's line breaks
// and columns in characters; people and editors count lines by \n, and diag counts columns in bytes.
type source struct {
	file      string
	text      []byte
	yamlLines []int // offset of each line's first byte, by YAML's breaks
	lines     []int // the same by \n
}

func newSource(file string, text []byte) *source {
	s := &source{file: file, text: text, yamlLines: []int{0}, lines: []int{0}}
	for i := 0; i < len(text); {
		n := breakLen(text[i:])
		if n == 0 {
			i++
			continue
		}
		i += n
		s.yamlLines = append(s.yamlLines, i)
		if text[i-1] == '\n' {
			s.lines = append(s.lines, i)
		}
	}
	return s
}

// breakLen is the length of the YAML line break that b starts with, or 0.
func breakLen(b []byte) int {
	switch {
	case len(b) == 0:
		return 0
	case b[0] == '\n':
		return 1
	case b[0] == '\r':
		if len(b) > 1 && b[1] == '\n' {
			return 2
		}
		return 1
	case bytes.HasPrefix(b, []byte("\u0085")):
		return 2
	case bytes.HasPrefix(b, []byte("\u2028")), bytes.HasPrefix(b, []byte("\u2029")):
		return 3
	}
	return 0
}

// offset gives the byte that a node starts at.
func (s *source) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(s.yamlLines) {
		return 0
	}
	i := s.yamlLines[n.Line-1]
	for c := 1; c < n.Column && i < len(s.text); c++ {
		_, size := utf8.DecodeRune(s.text[i:])
		i += size
	}
	return i
}

// pos gives the place of the byte at offset.
func (s *source) pos(offset int) diag.Pos {
	offset = min(max(offset, 0), len(s.text))
	line := sort.SearchInts(s.lines, offset+1)
	return diag.Pos{File: s.file, Line: line, Col: offset - s.lines[line-1] + 1}
}

func (s *source) posOf(n *yaml.Node) diag.Pos { return s.pos(s.offset(n)) }
