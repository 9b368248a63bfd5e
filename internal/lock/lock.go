// Package lock keeps seamflow.lock: the canonical model of a folder's pipelines, and facts that later runs depend on and that
// no source file holds.
//
// It takes and gives the file's bytes, describes models, and pins their field tags. It does no I/O; gen reads and writes.
//
// The file is text, sorted, one fact a line, so that two branches merge without help and collide only where they mean the
// same thing: docs/reference/lock.md lists the facts. A word that holds more than letters, digits and _-./[] is quoted as in Go.
package lock

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
)

// Name is the lock file's name, beside the spec.
const Name = "seamflow.lock"

const header = "# seamflow.lock is written by seamflow generate. Commit it; on a merge conflict keep the lines of both sides.\n"

// maxTag keeps tags within what formats with numbered fields can hold.
const maxTag = 1<<29 - 1

// Version is the format that Format writes. Files of version 1 hold tags and outputs only, and no line that says so.
const Version = 2

// File is the content of one lock file; the zero File is an empty one.
type File struct {
	// Tool and Contract are the version of seamflow that wrote the facts, and of its contract with the runtime.
	Tool     string
	Contract int

	version   int                          // that was read; 0 of a new file
	fields    map[string]map[fieldKey]int  // by pipeline
	outputs   map[string]map[string]bool   // files by pipeline
	pipelines map[string]*Facts            // by name
	broken    map[string][]diag.Diagnostic // what is wrong with the facts of a pipeline
}

// Pipelines lists the pipelines whose facts the file holds, sorted.
func (f *File) Pipelines() []string { return slices.Sorted(maps.Keys(f.pipelines)) }

// Facts gives those of a pipeline, nil for none: the file is of version 1, or does not know it. Facts that a merge has left
// in two forms are reported; the next run of generate settles them.
func (f *File) Facts(pipeline string) (*Facts, []diag.Diagnostic) {
	if ds := f.broken[pipeline]; len(ds) > 0 {
		return nil, ds
	}
	return f.pipelines[pipeline], nil
}

// Set replaces the facts of a pipeline, whose tags are pinned.
func (f *File) Set(facts *Facts) {
	if f.pipelines == nil {
		f.pipelines = map[string]*Facts{}
	}
	f.pipelines[facts.Pipeline] = facts
	delete(f.broken, facts.Pipeline)
}

type fieldKey struct{ pipeline, record, path string }

// PinFacts holds the tags that facts have, as Pin gave them to their model.
func (f *File) PinFacts(facts *Facts) {
	for i := range facts.Records {
		for j := range facts.Records[i].Fields {
			fd := &facts.Records[i].Fields[j]
			f.addField(fieldKey{facts.Pipeline, facts.Records[i].Name, fd.Path}, fd.Tag)
		}
	}
}

// Outputs lists the files that the last run for pipeline wrote, sorted.
func (f *File) Outputs(pipeline string) []string {
	return slices.Sorted(maps.Keys(f.outputs[pipeline]))
}

// Owner names the pipeline that lists file as its output, or "".
func (f *File) Owner(file string) string {
	var owner string
	for pipeline, files := range f.outputs {
		if files[file] && (owner == "" || pipeline < owner) {
			owner = pipeline
		}
	}
	return owner
}

// SetOutputs replaces the list of pipeline's outputs.
func (f *File) SetOutputs(pipeline string, files []string) {
	delete(f.outputs, pipeline)
	for _, name := range files {
		f.addOutput(pipeline, name)
	}
}

func (f *File) addOutput(pipeline, file string) {
	if f.outputs == nil {
		f.outputs = map[string]map[string]bool{}
	}
	if f.outputs[pipeline] == nil {
		f.outputs[pipeline] = map[string]bool{}
	}
	f.outputs[pipeline][file] = true
}

func (f *File) addField(k fieldKey, tag int) {
	if f.fields == nil {
		f.fields = map[string]map[fieldKey]int{}
	}
	if f.fields[k.pipeline] == nil {
		f.fields[k.pipeline] = map[fieldKey]int{}
	}
	f.fields[k.pipeline][k] = tag
}

// Format gives the file's bytes.
func (f *File) Format() []byte {
	var b strings.Builder
	b.WriteString(header)
	line(&b, []string{"version", strconv.Itoa(Version)})
	if f.Tool != "" {
		line(&b, []string{"tool", f.Tool, "contract", strconv.Itoa(f.Contract)})
	}
	var all []fact
	behind := map[fieldKey][]string{}
	for _, facts := range f.pipelines {
		all = append(all, facts.lines()...)
		for i := range facts.Records {
			r := &facts.Records[i]
			for j := range r.Fields {
				behind[fieldKey{facts.Pipeline, r.Name, r.Fields[j].Path}] = fieldWords(&r.Fields[j], r.after(j))
			}
		}
	}
	for _, fields := range f.fields {
		for k, tag := range fields {
			all = append(all, fact{append([]string{"field", k.pipeline, k.record, k.path, strconv.Itoa(tag)}, behind[k]...), 4})
		}
	}
	for pipeline, files := range f.outputs {
		for file := range files {
			all = append(all, fact{[]string{"output", pipeline, file}, 3})
		}
	}
	slices.SortFunc(all, compareFacts)
	for _, l := range all {
		line(&b, l.words)
	}
	return []byte(b.String())
}

func plain(w string) bool {
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_-./[]", c) >= 0:
		default:
			return false
		}
	}
	return w != ""
}

// split gives the words of a line with their columns from 0; bad is the column of a broken word, or -1.
func split(text string) (words []string, cols []int, bad int) {
	rest := text
	most := strings.Count(text, " ") + strings.Count(text, "\t") + 1
	words, cols = make([]string, 0, most), make([]int, 0, most)
	for {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			return words, cols, -1
		}
		col := len(text) - len(rest)
		raw := rest
		if rest[0] == '"' {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, nil, col
			}
			raw = quoted
		} else if i := strings.IndexAny(rest, " \t"); i >= 0 {
			raw = rest[:i]
		}
		rest = rest[len(raw):]
		if raw[0] == '"' {
			raw, _ = strconv.Unquote(raw) // QuotedPrefix has checked it
		}
		words, cols = append(words, raw), append(cols, col)
	}
}
