package jen

import (
	"fmt"
	"go/format"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// File is a Go file.
type File struct {
	*Group
	name    string
	header  string
	names   map[string]string // of packages, by path
	imports map[string]bool   // paths
}

// NewFile makes a file of a package.
func NewFile(pkg string) *File {
	return &File{Group: &Group{}, name: pkg, names: map[string]string{}, imports: map[string]bool{}}
}

// HeaderComment is the line above the package clause.
func (f *File) HeaderComment(text string) { f.header = text }

// ImportName says what the package at a path is called.
func (f *File) ImportName(path, name string) { f.names[path] = name }

// Render writes the file.
func (f *File) Render(w io.Writer) error {
	text, err := f.Bytes()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// Bytes gives the file's text.
func (f *File) Bytes() ([]byte, error) {
	l := layout{file: f, out: make([]byte, 0, 16<<10)}
	l.declarations(f.items)
	body := l.out
	head, err := f.head()
	if err != nil {
		return nil, err
	}
	text := append(append(make([]byte, 0, len(head)+len(body)), head...), body...)
	if l.unsure {
		if text, err = format.Source(text); err != nil {
			return nil, fmt.Errorf("%w in:\n%s", err, body)
		}
	}
	return text, nil
}

// head is what stands above the declarations. The standard library comes first.
func (f *File) head() ([]byte, error) {
	var b strings.Builder
	if f.header != "" {
		b.WriteString(f.header + "\n\n")
	}
	b.WriteString("package " + f.name + "\n")
	var std, other []string
	taken := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(f.imports)) {
		name := f.nameOf(path)
		if taken[name] != "" {
			return nil, fmt.Errorf("%s and %s are both called %s", taken[name], path, name)
		}
		taken[name] = path
		quoted := strconv.Quote(path)
		if name != path[strings.LastIndexByte(path, '/')+1:] {
			quoted = name + " " + quoted
		}
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
			other = append(other, quoted)
		} else {
			std = append(std, quoted)
		}
	}
	switch {
	case len(std)+len(other) == 0:
	case len(std)+len(other) == 1:
		b.WriteString("\nimport " + slices.Concat(std, other)[0] + "\n")
	default:
		b.WriteString("\nimport (\n")
		for _, path := range std {
			b.WriteString("\t" + path + "\n")
		}
		if len(std) > 0 && len(other) > 0 {
			b.WriteByte('\n')
		}
		for _, path := range other {
			b.WriteString("\t" + path + "\n")
		}
		b.WriteString(")\n")
	}
	return []byte(b.String()), nil
}

func (f *File) nameOf(path string) string {
	if name := f.names[path]; name != "" {
		return name
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// GoString gives the text of a statement alone.
func (s *Statement) GoString() string {
	l := layout{file: NewFile("")}
	l.statement(s, 1)
	return string(l.out)
}
