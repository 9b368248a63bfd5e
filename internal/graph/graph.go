// Package graph draws a pipeline's graph (sources, views, flows, tables) as text, Mermaid, Graphviz dot, JSON or SVG.
//
// It takes a resolved model and writes one document; the same model gives the same bytes.
package graph

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// Formats are the names that Write takes.
func Formats() []string { return []string{"text", "mermaid", "dot", "json", "svg"} }

// Write draws p in one of Formats.
func Write(w io.Writer, p *model.Pipeline, format string) error {
	g := of(p)
	var b bytes.Buffer
	switch format {
	case "text":
		g.text(&b)
	case "mermaid":
		g.mermaid(&b)
	case "dot":
		g.dot(&b)
	case "json":
		if err := g.json(&b); err != nil {
			return err
		}
	case "svg":
		g.svg(&b)
	default:
		return fmt.Errorf("unknown graph format %q; there are %s", format, strings.Join(Formats(), ", "))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// kind of a node. Its value is the node's word in JSON.
type kind string

const (
	source kind = "source"
	view   kind = "view"
	flow   kind = "flow"
	table  kind = "table"
)

// node is one thing of the pipeline. detail says a little more about it, "" for nothing.
type node struct {
	id     string // unique over all kinds
	kind   kind
	name   string
	detail string
	once   bool
	topic  bool
	in     []*node // what it reads, each once
}

// graph holds the nodes: sources, views, flows, tables, each in spec order.
type graph struct {
	name  string
	nodes []*node
}

func of(p *model.Pipeline) *graph {
	g := &graph{name: p.Name}
	relations := map[string]*node{}
	tables := map[*model.Table]*node{}
	add := func(k kind, name, detail string) *node {
		n := &node{id: string(k) + "_" + name, kind: k, name: name, detail: detail}
		g.nodes = append(g.nodes, n)
		return n
	}
	for _, s := range p.Sources {
		n := add(source, s.Name, sourceDetail(s))
		n.topic = s.Kafka != nil
		relations[strings.ToLower(s.Name)] = n
	}
	for _, v := range p.Views {
		relations[strings.ToLower(v.Name)] = add(view, v.Name, "")
	}
	for _, v := range p.Views {
		for _, used := range v.Uses {
			relations[strings.ToLower(v.Name)].reads(relations[strings.ToLower(used)])
		}
	}
	var flows []*node
	for _, f := range p.Flows {
		n := add(flow, f.Name, flowDetail(f))
		n.once = f.Once
		n.reads(relations[strings.ToLower(f.Source)])
		flows = append(flows, n)
	}
	for _, t := range p.Tables {
		tables[t] = add(table, t.Name, tableDetail(t))
	}
	for i, f := range p.Flows {
		if t := tables[f.Target]; t != nil {
			t.reads(flows[i])
		}
	}
	return g
}

func (n *node) reads(from *node) {
	if from != nil && !slices.Contains(n.in, from) {
		n.in = append(n.in, from)
	}
}

// sourceDetail tells a folder's path, and of a topic its name, not where its brokers are.
func sourceDetail(s *model.Source) string {
	if s.Kafka != nil {
		return s.Format().String() + " " + s.Kafka.Topic
	}
	return s.Format().String() + " " + s.Files.Path
}

func flowDetail(f *model.Flow) string {
	switch {
	case f.Apply != nil && f.Apply.Snapshot:
		return "apply_changes_from_snapshot"
	case f.Apply != nil && f.Apply.ApplyAsTruncates != "":
		return "apply_changes, truncates"
	case f.Apply != nil:
		return "apply_changes"
	case f.Where != "":
		return "append_flow where " + oneLine(f.Where)
	}
	return "append_flow"
}

func tableDetail(t *model.Table) string {
	if t.Keyed == nil {
		return "append"
	}
	var keys []string
	for _, i := range t.Keyed.Keys {
		if i >= 0 && i < len(t.Columns) {
			keys = append(keys, t.Columns[i].Name)
		}
	}
	return fmt.Sprintf("SCD type %d, key %s", t.Keyed.SCDType, strings.Join(keys, ", "))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// label is the name as people see it.
func (n *node) label() string {
	switch {
	case n.once:
		return n.name + " (once)"
	case n.topic:
		return n.name + " (kafka)"
	}
	return n.name
}

// edges visits every edge, by the order of the nodes that they lead to.
func (g *graph) edges(visit func(from, to *node)) {
	for _, to := range g.nodes {
		for _, from := range to.in {
			visit(from, to)
		}
	}
}

func (g *graph) ofKind(k kind) []*node {
	var out []*node
	for _, n := range g.nodes {
		if n.kind == k {
			out = append(out, n)
		}
	}
	return out
}

// unread are the sources and views that no flow reads, whether straight or through views.
func (g *graph) unread() []*node {
	read := map[*node]bool{}
	var mark func(n *node)
	mark = func(n *node) {
		if read[n] {
			return
		}
		read[n] = true
		for _, from := range n.in {
			mark(from)
		}
	}
	for _, f := range g.ofKind(flow) {
		mark(f)
	}
	return slices.DeleteFunc(append(g.ofKind(source), g.ofKind(view)...), func(n *node) bool { return read[n] })
}
