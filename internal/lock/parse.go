package lock

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
)

// Parse reads a lock file. Every broken line is reported; the File then holds the rest. Facts that contradict each other are
// reported by Facts only: but for tags, generate writes them anew.
func Parse(name string, data []byte) (*File, []diag.Diagnostic) {
	p := parser{file: &File{version: 1}, tags: map[tagKey]diag.Pos{}, seen: map[string]seen{}, building: map[string]*building{}}
	if len(data) == 0 {
		p.file.version = 0
	}
	for i, text := range strings.Split(string(data), "\n") {
		p.pos = diag.Pos{File: name, Line: i + 1, Col: 1}
		text = strings.TrimRight(text, "\r")
		if text == "" || text[0] == '#' {
			continue
		}
		p.line(text)
	}
	for _, b := range p.building {
		b.finish()
		p.file.Set(b.facts)
	}
	p.file.broken = p.broken
	return p.file, p.list.Sorted()
}

type tagKey struct {
	pipeline, record string
	tag              int
}

// seen is a line that was read, by the words that tell it from others.
type seen struct {
	text string
	pos  diag.Pos
}

type parser struct {
	file     *File
	tags     map[tagKey]diag.Pos
	seen     map[string]seen
	building map[string]*building
	broken   map[string][]diag.Diagnostic
	pos      diag.Pos
	text     string
	list     diag.List
}

const restore = "restore the file from version control, then run seamflow generate"

func (p *parser) line(text string) {
	if strings.HasPrefix(text, "<<<<<<<") || strings.HasPrefix(text, "=======") || strings.HasPrefix(text, ">>>>>>>") || strings.HasPrefix(text, "|||||||") {
		p.fail(0, "a merge conflict is not resolved", "keep the lines of both sides and delete the markers, then run seamflow generate")
		return
	}
	words, cols, bad := split(text)
	if bad >= 0 {
		p.fail(bad, "this word's quotes are broken", restore)
		return
	}
	p.text = text
	switch {
	case len(words) == 0: // blanks
	case words[0] == "version" && len(words) == 2:
		p.version(words[1], cols[1])
	case words[0] == "tool" && len(words) == 4 && words[2] == "contract":
		p.file.Tool = words[1]
		p.file.Contract, _ = strconv.Atoi(words[3])
	case words[0] == "field" && len(words) == 5:
		p.field(words, cols)
	case words[0] == "field" && len(words) > 5:
		if p.field(words, cols) {
			p.described(words)
		}
	case words[0] == "output" && len(words) == 3:
		p.file.addOutput(words[1], words[2])
	case len(words) > 2 && kinds[words[0]] != 0:
		p.fact(words, cols)
	default:
		p.unknown()
	}
}

func (p *parser) unknown() {
	p.fail(0, "this line is no fact that this version of seamflow knows", "restore the file from version control; a newer seamflow may have written it")
}

func (p *parser) version(word string, col int) {
	n, err := strconv.Atoi(word)
	switch {
	case err != nil || n < 1:
		p.fail(col, "a version is a number, not "+strconv.Quote(word), restore)
	case n > Version:
		p.fail(col, fmt.Sprintf("the file is of version %d, and this seamflow reads up to version %d", n, Version), "use the seamflow that wrote it, or a newer one")
	}
	p.file.version = n
}

// field reads the tag of a field, and reports whether it has one.
func (p *parser) field(words []string, cols []int) bool {
	tag, err := strconv.Atoi(words[4])
	if err != nil || tag < 1 || tag > maxTag {
		p.fail(cols[4], "a tag is a number from 1 to "+strconv.Itoa(maxTag)+", not "+strconv.Quote(words[4]), "restore the file from version control")
		return false
	}
	k := fieldKey{words[1], words[2], words[3]}
	if old, ok := p.file.fields[k.pipeline][k]; ok && old != tag {
		p.fail(cols[3], "field "+k.path+" of "+k.record+" has tag "+strconv.Itoa(old)+" and tag "+strconv.Itoa(tag), "keep the line that was committed first")
		return false
	}
	t := tagKey{k.pipeline, k.record, tag}
	if first, ok := p.tags[t]; ok && p.file.fields[k.pipeline][k] != tag {
		p.list.Add(diag.Diagnostic{ID: "SF0402", Pos: p.at(cols[4]),
			Message: "tag " + words[4] + " of " + k.record + " is taken by two fields",
			Hint:    "two branches added a field each: delete the line that was committed last, and run seamflow generate for a new tag",
			Related: []diag.Related{{Pos: first, Message: "taken first here"}}})
		return false
	}
	p.tags[t] = p.pos
	p.file.addField(k, tag)
	return true
}

// kinds says how many words tell a line of a kind from others.
var kinds = map[string]int{
	"column": 4, "expectation": 5, "field": 4, "flow": 4, "input": 5, "pipeline": 3, "record": 4, "row": 5, "source": 4, "table": 4, "target": 4, "value": 4, "view": 4,
}

// once holds a line against one that tells the same thing, and reports whether it is the first.
func (p *parser) once(words []string) bool {
	key := strings.Join(words[:kinds[words[0]]], "\x00")
	first, ok := p.seen[key]
	if !ok {
		p.seen[key] = seen{p.text, p.pos}
		return true
	}
	if first.text != p.text {
		p.contradict(words[1], first.pos, "two lines tell the same fact in two ways, as after a merge of two branches")
	}
	return false
}

func (p *parser) contradict(pipeline string, first diag.Pos, message string) {
	if p.broken == nil {
		p.broken = map[string][]diag.Diagnostic{}
	}
	p.broken[pipeline] = append(p.broken[pipeline], diag.Diagnostic{ID: "SF0408", Pos: p.pos, Message: message, Hint: "run seamflow generate, which writes facts anew from the spec",
		Related: []diag.Related{{Pos: first, Message: "the other line"}}})
}

func (p *parser) of(pipeline string) *building {
	b := p.building[pipeline]
	if b == nil {
		b = newBuilding(pipeline)
		p.building[pipeline] = b
	}
	return b
}

// described reads a field that is in the schema.
func (p *parser) described(words []string) {
	more, ok := options(words[6:], []string{"named", "default", "doc", "in", "after"}, []string{"null", "optional"})
	if !ok {
		p.unknown()
		return
	}
	if !p.once(words) {
		return
	}
	tag, _ := strconv.Atoi(words[4])
	fd := Field{Path: words[3], In: more["in"], Tag: tag, Type: words[5], Named: more["named"], Nullable: more["null"] != "", Optional: more["optional"] != "",
		Default: more["default"], Doc: more["doc"]}
	if fd.In != "" && !strings.HasPrefix(fd.Path, fd.In+".") {
		p.unknown()
		return
	}
	b := p.of(words[1])
	b.fields[words[2]] = append(b.fields[words[2]], linkedField{fd, more["after"]})
}

func (p *parser) fact(words []string, cols []int) {
	if len(words) <= kinds[words[0]] {
		p.unknown()
		return
	}
	if !p.once(words) {
		return
	}
	if !p.of(words[1]).take(words) {
		p.fail(cols[kinds[words[0]]-1], "this fact is none that this version of seamflow knows, or its value is broken", "restore the file from version control; a newer seamflow may have written it")
	}
}

func (p *parser) at(col int) diag.Pos {
	pos := p.pos
	pos.Col = col + 1
	return pos
}

func (p *parser) fail(col int, message, hint string) {
	p.list.Add(diag.Diagnostic{ID: "SF0401", Pos: p.at(col), Message: message, Hint: hint})
}

// building is the facts of a pipeline while its lines are read, in any order.
type building struct {
	facts        *Facts
	targets      map[string]*Target
	records      map[string]*Record
	sources      map[string]*Source
	views        map[string]*View
	tables       map[string]*Table
	flows        map[string]*Flow
	inputs       map[string]map[int]*Input
	expectations map[[2]string]*Expectation
	fields       map[string][]linkedField
	columns      map[string][]linkedColumn
}

type linkedField struct {
	Field
	after string
}

type linkedColumn struct {
	Column
	after string
}

func newBuilding(pipeline string) *building {
	return &building{facts: &Facts{Pipeline: pipeline}, targets: map[string]*Target{}, records: map[string]*Record{}, sources: map[string]*Source{},
		views: map[string]*View{}, tables: map[string]*Table{}, flows: map[string]*Flow{}, inputs: map[string]map[int]*Input{},
		expectations: map[[2]string]*Expectation{}, fields: map[string][]linkedField{}, columns: map[string][]linkedColumn{}}
}

func entry[K comparable, T any](all map[K]*T, key K) *T {
	t := all[key]
	if t == nil {
		t = new(T)
		all[key] = t
	}
	return t
}

func set[T any](t *T, props []prop[T], name string, values []string) bool {
	for i := range props {
		if props[i].name == name {
			return props[i].set(t, values)
		}
	}
	return false
}

// take reads a line, and reports whether it is one.
func (b *building) take(w []string) bool {
	switch w[0] {
	case "pipeline":
		return set(b.facts, pipelineProps, w[2], w[3:])
	case "target":
		return set(entry(b.targets, w[2]), targetProps, w[3], w[4:])
	case "record":
		return set(entry(b.records, w[2]), recordProps, w[3], w[4:])
	case "source":
		return set(entry(b.sources, w[2]), sourceProps, w[3], w[4:])
	case "view":
		return set(entry(b.views, w[2]), viewProps, w[3], w[4:])
	case "table":
		return set(entry(b.tables, w[2]), tableProps, w[3], w[4:])
	case "flow":
		return set(entry(b.flows, w[2]), flowProps, w[3], w[4:])
	case "expectation":
		return set(entry(b.expectations, [2]string{w[2], w[3]}), expectationProps, w[4], w[5:])
	case "input":
		in := b.input(w[2], w[3])
		return in != nil && set(in, inputProps, w[4], w[5:])
	case "row":
		in := b.input(w[2], w[3])
		if in == nil || len(w) != 6 {
			return false
		}
		in.Rows = append(in.Rows, w[4], w[5])
		return true
	case "value":
		if len(w) != 5 {
			return false
		}
		t := entry(b.targets, w[2])
		t.Values = append(t.Values, w[3], w[4])
		return true
	case "column":
		return b.column(w)
	}
	return false
}

func (b *building) column(w []string) bool {
	more, ok := options(w[5:], []string{"doc", "after"}, []string{"required"})
	if ok {
		c := Column{Name: w[3], Type: w[4], Nullable: more["required"] == "", Doc: more["doc"]}
		b.columns[w[2]] = append(b.columns[w[2]], linkedColumn{c, more["after"]})
	}
	return ok
}

func (b *building) input(flow, number string) *Input {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 10_000 {
		return nil
	}
	if b.inputs[flow] == nil {
		b.inputs[flow] = map[int]*Input{}
	}
	return entry(b.inputs[flow], n)
}

// finish puts what was read in order.
func (b *building) finish() {
	f := b.facts
	for name, t := range b.targets {
		t.Name, t.Values = name, sortedPairs(t.Values)
		f.Targets = append(f.Targets, *t)
	}
	for name, r := range b.records {
		r.Name, r.Fields = name, orderedFields(b.fields[name])
		f.Records = append(f.Records, *r)
	}
	for name, s := range b.sources {
		s.Name = name
		f.Sources = append(f.Sources, *s)
	}
	for name, v := range b.views {
		v.Name = name
		f.Views = append(f.Views, *v)
	}
	for name, t := range b.tables {
		t.Name, t.Columns = name, orderedColumns(b.columns[name])
		f.Tables = append(f.Tables, *t)
	}
	for name, fl := range b.flows {
		fl.Name = name
		for _, n := range sortedKeys(b.inputs[name]) {
			in := b.inputs[name][n]
			in.Rows = sortedPairs(in.Rows)
			fl.Inputs = append(fl.Inputs, *in)
		}
		f.Flows = append(f.Flows, *fl)
	}
	for name, e := range b.expectations {
		e.Owner, e.Name = name[0], name[1]
		f.Expectations = append(f.Expectations, *e)
	}
	f.sort()
}

func sortedKeys(m map[int]*Input) []int {
	var out []int
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func sortedPairs(words []string) []string {
	pairs := make([][2]string, 0, len(words)/2)
	for i := 0; i+1 < len(words); i += 2 {
		pairs = append(pairs, [2]string{words[i], words[i+1]})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	out := words[:0]
	for _, p := range pairs {
		out = append(out, p[0], p[1])
	}
	return out
}

func orderedColumns(all []linkedColumn) []Column {
	links := make([]linked, len(all))
	for i := range all {
		links[i] = linked{all[i].Name, all[i].after, i}
	}
	out := make([]Column, 0, len(all))
	for _, i := range ordered(links) {
		out = append(out, all[i].Column)
	}
	return out
}

// orderedFields puts fields in order within their struct, and those of a struct behind it.
func orderedFields(all []linkedField) []Field {
	in := map[string][]linked{}
	for i := range all {
		in[all[i].In] = append(in[all[i].In], linked{all[i].Name(), all[i].after, i})
	}
	out := make([]Field, 0, len(all))
	var put func(path string)
	put = func(path string) {
		links := in[path]
		delete(in, path)
		for _, i := range ordered(links) {
			out = append(out, all[i].Field)
			inner := all[i].Path
			for range strings.Count(all[i].Type, "<") {
				put(inner)
				inner += "[]"
			}
			put(inner)
		}
	}
	put("")
	return out
}
