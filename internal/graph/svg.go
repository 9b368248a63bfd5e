package graph

import (
	"bytes"
	"fmt"
	"strings"
)

// fills and strokes by kind.
var colours = map[kind][2]string{
	source: {"#e8f1fb", "#3b7dc4"},
	view:   {"#f4f4f4", "#8a8a8a"},
	flow:   {"#fdf3e1", "#c98a1b"},
	table:  {"#e7f5ea", "#3a8f4d"},
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" font-family="Helvetica, Arial, sans-serif">
<title>%s</title>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#666"/></marker></defs>
<rect width="100%%" height="100%%" fill="#fff"/>
`

// svg draws the graph in layers from left to right. It refers to nothing outside itself.
func (g *graph) svg(b *bytes.Buffer) {
	l := g.layout()
	fmt.Fprintf(b, svgHead, l.width, l.height, l.width, l.height, xmlText(g.name))
	for _, wire := range l.wires {
		b.WriteString(`<path d="` + wirePath(wire) + `" fill="none" stroke="#666" stroke-width="1.4" marker-end="url(#arrow)"/>` + "\n")
	}
	for _, layer := range l.layers {
		for _, x := range layer {
			if x.node != nil {
				x.svg(b)
			}
		}
	}
	b.WriteString("</svg>\n")
}

// wirePath curves between layers and runs straight inside them, so that it touches no box but its own.
func wirePath(wire []*box) string {
	var d strings.Builder
	for i := range wire[1:] {
		from, to := wire[i], wire[i+1]
		x1, y1, x2, y2 := from.edge, from.middle(), to.x, to.middle()
		half := (x2 - x1) / 2
		if i == 0 {
			fmt.Fprintf(&d, "M%.1f %.1f", from.x+from.w, y1)
		}
		if from.x+from.w < x1 {
			fmt.Fprintf(&d, "H%.1f", x1)
		}
		fmt.Fprintf(&d, "C%.1f %.1f %.1f %.1f %.1f %.1f", x1+half, y1, x2-half, y2, x2, y2)
	}
	return d.String()
}

func (x *box) svg(b *bytes.Buffer) {
	n := x.node
	dash := ""
	if n.once {
		dash = ` stroke-dasharray="5 3"`
	}
	c := colours[n.kind]
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6" fill="%s" stroke="%s" stroke-width="1.4"%s/>`,
		xmlText(string(n.kind)+" "+n.label()+": "+n.detail), x.x, x.y, x.w, x.h, c[0], c[1], dash)
	nameY := x.y + 20
	if n.detail == "" {
		nameY = x.middle() + 5
	}
	text := func(y float64, size int, fill, s string) {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="%d" fill="%s">%s</text>`, x.x+boxPadding, y, size, fill, xmlText(s))
	}
	text(nameY, 13, "#111", n.label())
	if n.detail != "" {
		text(x.y+36, 11, "#555", short(n.detail))
	}
	b.WriteString("</g>\n")
}

// xmlText escapes text, and drops what XML 1.0 cannot hold.
func xmlText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
}
