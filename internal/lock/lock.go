// Package lock keeps seamflow.lock: facts that later runs depend on and that no source file holds.
//
// It takes and gives the file's bytes, and pins the field tags of a model. It does no I/O; gen reads and writes.
//
// The file is text, sorted, one fact a line, so that two branches merge without help:
//
//	field <pipeline> <record> <path> <tag>    a field's tag; removed fields keep theirs
//	output <pipeline> <file>                  a file that generation wrote, from the lock's folder
//
// A word that holds more than letters, digits and _-./[] is quoted as in Go.
package lock

import (
	"cmp"
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

// File is the content of one lock file; the zero File is an empty one.
type File struct {
	fields  map[string]map[fieldKey]int // by pipeline
	outputs map[string]map[string]bool  // files by pipeline
}

type fieldKey struct{ pipeline, record, path string }

func (k fieldKey) compare(o fieldKey) int {
	return cmp.Or(cmp.Compare(k.pipeline, o.pipeline), cmp.Compare(k.record, o.record), cmp.Compare(k.path, o.path))
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
	for _, pipeline := range slices.Sorted(maps.Keys(f.fields)) {
		fields := f.fields[pipeline]
		for _, k := range slices.SortedFunc(maps.Keys(fields), fieldKey.compare) {
			line(&b, "field", k.pipeline, k.record, k.path, strconv.Itoa(fields[k]))
		}
	}
	for _, pipeline := range slices.Sorted(maps.Keys(f.outputs)) {
		for _, file := range f.Outputs(pipeline) {
			line(&b, "output", pipeline, file)
		}
	}
	return []byte(b.String())
}

func line(b *strings.Builder, words ...string) {
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if plain(w) {
			b.WriteString(w)
		} else {
			b.WriteString(strconv.QuoteToASCII(w))
		}
	}
	b.WriteByte('\n')
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

// Parse reads a lock file. Every broken line is reported; the File then holds the rest.
func Parse(name string, data []byte) (*File, []diag.Diagnostic) {
	p := parser{file: new(File), tags: map[tagKey]diag.Pos{}}
	for i, text := range strings.Split(string(data), "\n") {
		p.pos = diag.Pos{File: name, Line: i + 1, Col: 1}
		text = strings.TrimRight(text, "\r")
		if text == "" || text[0] == '#' {
			continue
		}
		p.line(text)
	}
	return p.file, p.list.Sorted()
}

type tagKey struct {
	pipeline, record string
	tag              int
}

type parser struct {
	file *File
	tags map[tagKey]diag.Pos
	pos  diag.Pos
	list diag.List
}

func (p *parser) line(text string) {
	if strings.HasPrefix(text, "<<<<<<<") || strings.HasPrefix(text, "=======") || strings.HasPrefix(text, ">>>>>>>") {
		p.fail(0, "a merge conflict is not resolved", "keep the lines of both sides and delete the markers, then run seamflow generate")
		return
	}
	words, cols, bad := split(text)
	if bad >= 0 {
		p.fail(bad, "this word's quotes are broken", "restore the file from version control, then run seamflow generate")
		return
	}
	switch {
	case words[0] == "field" && len(words) == 5:
		p.field(words, cols)
	case words[0] == "output" && len(words) == 3:
		p.file.addOutput(words[1], words[2])
	default:
		p.fail(0, "this line is no fact that this version of seamflow knows (field PIPELINE RECORD PATH TAG, or output PIPELINE FILE)",
			"restore the file from version control; a newer seamflow may have written it")
	}
}

func (p *parser) field(words []string, cols []int) {
	tag, err := strconv.Atoi(words[4])
	if err != nil || tag < 1 || tag > maxTag {
		p.fail(cols[4], "a tag is a number from 1 to "+strconv.Itoa(maxTag)+", not "+strconv.Quote(words[4]), "restore the file from version control")
		return
	}
	k := fieldKey{words[1], words[2], words[3]}
	if old, ok := p.file.fields[k.pipeline][k]; ok && old != tag {
		p.fail(cols[3], "field "+k.path+" of "+k.record+" has tag "+strconv.Itoa(old)+" and tag "+strconv.Itoa(tag), "keep the line that was committed first")
		return
	}
	t := tagKey{k.pipeline, k.record, tag}
	if first, ok := p.tags[t]; ok && p.file.fields[k.pipeline][k] != tag {
		p.list.Add(diag.Diagnostic{ID: "SF0402", Pos: p.at(cols[4]),
			Message: "tag " + words[4] + " of " + k.record + " is taken by two fields",
			Hint:    "two branches added a field each: delete the line that was committed last, and run seamflow generate for a new tag",
			Related: []diag.Related{{Pos: first, Message: "taken first here"}}})
		return
	}
	p.tags[t] = p.pos
	p.file.addField(k, tag)
}

func (p *parser) at(col int) diag.Pos {
	pos := p.pos
	pos.Col = col + 1
	return pos
}

func (p *parser) fail(col int, message, hint string) {
	p.list.Add(diag.Diagnostic{ID: "SF0401", Pos: p.at(col), Message: message, Hint: hint})
}

// split gives the words of a line with their columns from 0; bad is the column of a broken word, or -1.
func split(text string) (words []string, cols []int, bad int) {
	rest := text
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
