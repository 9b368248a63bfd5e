package graph

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// text draws one line for each way from a source to a table, the ways of a table in a bracket:
//
//	online ─> complete ─> live          ─┬─> orders
//	legacy ─> old      ─> legacy (once) ─┘
func (g *graph) text(b *bytes.Buffer) {
	var all [][]string
	ways := map[*node][][]string{}
	tables := g.ofKind(table)
	for _, t := range tables {
		for _, f := range t.in {
			ways[t] = append(ways[t], waysTo(f)...)
		}
		all = append(all, ways[t]...)
	}
	widths := columnWidths(all)
	for _, t := range tables {
		for i, way := range ways[t] {
			line := chain(way, widths) + bracket(i, len(ways[t]))
			if i == 0 {
				line += t.name + "  [" + t.detail + "]"
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	for _, n := range g.unread() {
		b.WriteString(n.name + "  [" + string(n.kind) + " that no flow reads]\n")
	}
}

// waysTo lists every way to n: names from a source to n.
func waysTo(n *node) [][]string {
	if len(n.in) == 0 {
		return [][]string{{n.label()}}
	}
	var out [][]string
	for _, from := range n.in {
		for _, way := range waysTo(from) {
			out = append(out, append(slices.Clip(way), n.label()))
		}
	}
	return out
}

// columnWidths gives the width of each column; sources are in the first, flows in the last, and views between them.
func columnWidths(ways [][]string) []int {
	columns := 0
	for _, w := range ways {
		columns = max(columns, len(w))
	}
	widths := make([]int, columns)
	for _, w := range ways {
		for i, name := range w {
			if i == len(w)-1 {
				i = columns - 1
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(name))
		}
	}
	return widths
}

// chain joins the names of a way, the last in the last column.
func chain(way []string, widths []int) string {
	var b strings.Builder
	for i, width := range widths {
		last := i == len(widths)-1
		switch {
		case last:
			b.WriteString(pad(way[len(way)-1], width, " "))
		case i < len(way)-1:
			b.WriteString(way[i] + " " + pad("", width-utf8.RuneCountInString(way[i]), "─") + "─> ")
		default:
			// The arrow of the column before runs on through a column that this way has nothing in.
			s := strings.TrimSuffix(b.String(), "> ")
			b.Reset()
			b.WriteString(s + pad("", width+4, "─") + "> ")
		}
	}
	return b.String()
}

func pad(s string, width int, with string) string {
	return s + strings.Repeat(with, max(0, width-utf8.RuneCountInString(s)))
}

func bracket(i, n int) string {
	switch {
	case n == 1:
		return " ───> "
	case i == 0:
		return " ─┬─> "
	case i == n-1:
		return " ─┘"
	}
	return " ─┤"
}
