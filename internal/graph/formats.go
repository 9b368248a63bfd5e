package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// mermaid draws a flowchart that Markdown viewers show.
func (g *graph) mermaid(b *bytes.Buffer) {
	shapes := map[kind][2]string{source: {"([", "])"}, view: {"[", "]"}, flow: {"{{", "}}"}, table: {"[(", ")]"}}
	b.WriteString("flowchart LR\n")
	for _, n := range g.nodes {
		text := mermaidText(n.name)
		if n.once {
			text += "<br/>once"
		}
		if n.detail != "" {
			text += "<br/>" + mermaidText(n.detail)
		}
		s := shapes[n.kind]
		fmt.Fprintf(b, "  %s%s\"%s\"%s\n", n.id, s[0], text, s[1])
	}
	g.edges(func(from, to *node) { fmt.Fprintf(b, "  %s --> %s\n", from.id, to.id) })
}

// mermaidText leaves letters, digits and a little more as they are; the rest is written as character codes, since
// Mermaid reads quotes, brackets, backticks and HTML in labels.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || r == '_' || r == '.' || r == ',' || r == '/' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r > 0xa0 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// dot draws for Graphviz.
func (g *graph) dot(b *bytes.Buffer) {
	shapes := map[kind]string{source: "folder", view: "box", flow: "cds", table: "cylinder"}
	fmt.Fprintf(b, "digraph %s {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n", dotText(g.name))
	for _, n := range g.nodes {
		label := n.label()
		if n.detail != "" {
			label += "\n" + n.detail
		}
		style := ""
		if n.once {
			style = ", style=dashed"
		}
		fmt.Fprintf(b, "  %s [shape=%s, label=%s%s];\n", dotText(n.id), shapes[n.kind], dotText(label), style)
	}
	g.edges(func(from, to *node) { fmt.Fprintf(b, "  %s -> %s;\n", dotText(from.id), dotText(to.id)) })
	b.WriteString("}\n")
}

func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

type jsonGraph struct {
	Pipeline string     `json:"pipeline"`
	Nodes    []jsonNode `json:"nodes"`
	Edges    []jsonEdge `json:"edges"`
}

type jsonNode struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Detail string `json:"detail,omitempty"`
	Once   bool   `json:"once,omitempty"`
}

type jsonEdge struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (g *graph) json(b *bytes.Buffer) error {
	out := jsonGraph{Pipeline: g.name, Nodes: []jsonNode{}, Edges: []jsonEdge{}}
	for _, n := range g.nodes {
		out.Nodes = append(out.Nodes, jsonNode{n.id, string(n.kind), n.name, n.detail, n.once})
	}
	g.edges(func(from, to *node) { out.Edges = append(out.Edges, jsonEdge{from.id, to.id}) })
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
