package gen

import (
	"bytes"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// Place is what a spec declares at a line.
type Place struct {
	Kind  string // schema, source, view, table, flow or target
	Name  string
	Pos   diag.Pos
	Facts []Fact // empty where the spec has errors
}

// Fact is one thing to know about a Place.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// At gives what the spec file with the text src declares at a line, nil for nothing. p is its model, nil where there is
// none.
func At(file string, src []byte, line int, p *model.Pipeline) *Place {
	var ignored diag.List
	tree := spec.Parse(file, src, &ignored)
	if tree == nil {
		return nil
	}
	lines := bytes.Split(src, []byte("\n"))
	var found *Place
	for _, d := range declarations(tree) {
		if d.Pos.Line <= line && (found == nil || d.Pos.Line >= found.Pos.Line) && holds(lines, d.Pos, line) {
			found = &d
		}
	}
	if found != nil && p != nil {
		found.Facts = facts(p, found)
	}
	return found
}

func declarations(t *spec.Pipeline) []Place {
	var all []Place
	add := func(kind string, name spec.String) {
		all = append(all, Place{Kind: kind, Name: name.Value, Pos: name.Pos})
	}
	for _, x := range t.Schemas {
		add("schema", x.Name)
	}
	for _, x := range t.Sources {
		add("source", x.Name)
	}
	for _, x := range t.Views {
		add("view", x.Name)
	}
	for _, x := range t.Tables {
		add("table", x.Name)
	}
	for _, x := range t.Flows {
		add("flow", x.Name)
	}
	for _, x := range t.Targets {
		add("target", x.Name)
	}
	return all
}

// holds reports whether the entry whose key is at pos reaches to line: no line between is indented as the key is, or
// less. A comment may stand anywhere.
func holds(lines [][]byte, pos diag.Pos, line int) bool {
	if line > len(lines) {
		return false
	}
	for _, l := range lines[pos.Line:max(line, pos.Line)] {
		text := bytes.TrimLeft(l, " ")
		if rest := bytes.TrimSpace(text); len(rest) == 0 || rest[0] == '#' {
			continue
		}
		if len(l)-len(text) < pos.Col {
			return false
		}
	}
	return true
}

// facts finds the declaration in the model.
func facts(p *model.Pipeline, d *Place) []Fact {
	switch d.Kind {
	case "schema":
		for _, r := range p.Records {
			if r.Name == d.Name {
				return recordFacts(r)
			}
		}
	case "source":
		for _, s := range p.Sources {
			if s.Name == d.Name {
				return sourceFacts(p, s)
			}
		}
	case "view":
		for _, v := range p.Views {
			if v.Name == d.Name {
				return append([]Fact{{"reads", strings.Join(v.Uses, ", ")}, {"read by", readers(p, v.Name)}}, columnFacts(v.Columns, nil)...)
			}
		}
	case "table":
		for _, t := range p.Tables {
			if t.Name == d.Name {
				return tableFacts(p, t)
			}
		}
	case "flow":
		for _, f := range p.Flows {
			if f.Name == d.Name {
				return flowFacts(f)
			}
		}
	}
	return nil
}

func recordFacts(r *model.Record) []Fact {
	var out []Fact
	for _, f := range r.Fields {
		out = append(out, Fact{f.Name, typeText(f.Type, f.Nullable || f.Optional)})
	}
	return out
}

func sourceFacts(p *model.Pipeline, s *model.Source) []Fact {
	kind, from := "files", ""
	if s.Kafka != nil {
		kind, from = "kafka", s.Kafka.Topic
	} else {
		from = s.Files.Path
	}
	out := []Fact{{kind, from + " (" + s.Format().String() + ")"}, {"schema", s.Record.Name}, {"read by", readers(p, s.Name)}}
	return append(out, columnFacts(s.Columns, nil)...)
}

func tableFacts(p *model.Pipeline, t *model.Table) []Fact {
	var from []string
	for _, f := range p.Flows {
		if f.Target == t {
			from = append(from, f.Name)
		}
	}
	kind, keys := "append", []int(nil)
	if t.Keyed != nil {
		kind, keys = "one row per key, the newest (SCD type 1)", t.Keyed.Keys
	}
	return append([]Fact{{"kind", kind}, {"delta", t.Path}, {"written by", strings.Join(from, ", ")}}, columnFacts(t.Columns, keys)...)
}

func flowFacts(f *model.Flow) []Fact {
	kind := "append_flow"
	if f.Apply != nil {
		kind = "apply_changes"
	}
	if f.Once {
		kind += ", once"
	}
	out := []Fact{{"kind", kind}, {"reads", f.Source}, {"writes", f.Target.Name}}
	if f.Where != "" {
		out = append(out, Fact{"where", f.Where})
	}
	if a := f.Apply; a != nil {
		out = append(out, Fact{"keys", strings.Join(a.Keys, ", ")}, Fact{"sequence by", strings.Join(a.SequenceBy, ", ")})
		if a.ApplyAsDeletes != "" {
			out = append(out, Fact{"deletes", a.ApplyAsDeletes})
		}
	}
	return out
}

func columnFacts(columns []model.Column, keys []int) []Fact {
	isKey := map[int]bool{}
	for _, k := range keys {
		isKey[k] = true
	}
	var out []Fact
	for i, c := range columns {
		if c.Meta {
			continue
		}
		text := typeText(c.Type, c.Nullable)
		if isKey[i] {
			text += ", key"
		}
		out = append(out, Fact{"column " + c.Name, text})
	}
	return out
}

func typeText(t *model.Type, nullable bool) string {
	if nullable {
		return sqlexpr.TypeName(t)
	}
	return sqlexpr.TypeName(t) + " NOT NULL"
}

// readers lists the views and flows that read a source or view.
func readers(p *model.Pipeline, name string) string {
	var out []string
	for _, v := range p.Views {
		for _, used := range v.Uses {
			if strings.EqualFold(used, name) {
				out = append(out, "view "+v.Name)
				break
			}
		}
	}
	for _, f := range p.Flows {
		if strings.EqualFold(f.Source, name) {
			out = append(out, "flow "+f.Name)
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}
