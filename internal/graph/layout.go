package graph

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Measures of the drawing, in pixels.
const (
	nameWidth   = 7.3 // of a character of a name
	detailWidth = 6.1 // of a character of the second line
	boxPadding  = 14
	boxHeight   = 46
	rowGap      = 18
	layerGap    = 64
	margin      = 20
	wireHeight  = 8 // room for an edge that passes a layer
	maxDetail   = 46
)

// box is a node, or the place where a long edge passes a layer, with its place in the drawing.
type box struct {
	node       *node // nil for an edge that passes
	in         []*box
	out        []*box
	x, y, w, h float64
	edge       float64 // right edge of the layer
}

func (b *box) middle() float64 { return b.y + b.h/2 }

// layout is a drawing: boxes in layers from left to right, and wires through the boxes of one edge.
type layout struct {
	layers [][]*box
	wires  [][]*box
	width  float64
	height float64
}

func (g *graph) layout() *layout {
	l := &layout{}
	layerOf := g.assignLayers()
	boxes := map[*node]*box{}
	for _, n := range g.nodes {
		b := &box{node: n, w: boxWidth(n), h: boxHeight}
		boxes[n] = b
		l.put(layerOf[n], b)
	}
	g.edges(func(from, to *node) {
		wire := []*box{boxes[from]}
		for i := layerOf[from] + 1; i < layerOf[to]; i++ {
			b := &box{h: wireHeight}
			l.put(i, b)
			wire = append(wire, b)
		}
		wire = append(wire, boxes[to])
		for i := range wire[1:] {
			wire[i].out = append(wire[i].out, wire[i+1])
			wire[i+1].in = append(wire[i+1].in, wire[i])
		}
		l.wires = append(l.wires, wire)
	})
	l.order()
	l.place()
	return l
}

func (l *layout) put(layer int, b *box) {
	for len(l.layers) <= layer {
		l.layers = append(l.layers, nil)
	}
	l.layers[layer] = append(l.layers[layer], b)
}

// assignLayers puts sources first, a view behind all that it reads, then all flows, then all tables.
func (g *graph) assignLayers() map[*node]int {
	layer := map[*node]int{}
	var depth func(n *node) int
	depth = func(n *node) int {
		if d, ok := layer[n]; ok {
			return d
		}
		d := 0
		for _, from := range n.in {
			d = max(d, depth(from)+1)
		}
		layer[n] = d
		return d
	}
	last := 0
	for _, n := range append(g.ofKind(source), g.ofKind(view)...) {
		last = max(last, depth(n))
	}
	for _, n := range g.ofKind(flow) {
		layer[n] = last + 1
	}
	for _, n := range g.ofKind(table) {
		layer[n] = last + 2
	}
	return layer
}

func boxWidth(n *node) float64 {
	name := float64(utf8.RuneCountInString(n.label())) * nameWidth
	detail := float64(utf8.RuneCountInString(short(n.detail))) * detailWidth
	return max(name, detail) + 2*boxPadding
}

// short cuts a detail that would make its box too wide.
func short(s string) string {
	if r := []rune(s); len(r) > maxDetail {
		return string(r[:maxDetail-1]) + "…"
	}
	return s
}

// order lessens crossings: each box moves to the mean place of its neighbours, layer by layer, to and fro.
func (l *layout) order() {
	for range 4 {
		for _, layer := range l.layers {
			sortByNeighbours(layer, func(b *box) []*box { return b.in })
			number(layer)
		}
		for _, layer := range slices.Backward(l.layers) {
			sortByNeighbours(layer, func(b *box) []*box { return b.out })
			number(layer)
		}
	}
}

// number keeps a box's rank in y while the order is looked for.
func number(layer []*box) {
	for i, b := range layer {
		b.y = float64(i)
	}
}

func sortByNeighbours(layer []*box, neighbours func(*box) []*box) {
	number(layer)
	mean := map[*box]float64{}
	for _, b := range layer {
		mean[b] = b.y
		if near := neighbours(b); len(near) > 0 {
			mean[b] = 0
			for _, n := range near {
				mean[b] += n.y / float64(len(near))
			}
		}
	}
	slices.SortStableFunc(layer, func(a, b *box) int { return cmp.Compare(mean[a], mean[b]) })
}

// place gives every box its coordinates: layers side by side, each centred.
func (l *layout) place() {
	heights := make([]float64, len(l.layers))
	for i, layer := range l.layers {
		for _, b := range layer {
			heights[i] += b.h + rowGap
		}
		heights[i] -= rowGap
		l.height = max(l.height, heights[i]+2*margin)
	}
	x := float64(margin)
	for i, layer := range l.layers {
		widest := 0.0
		y := (l.height - heights[i]) / 2
		for _, b := range layer {
			widest = max(widest, b.w)
			b.x, b.y = x, y
			y += b.h + rowGap
		}
		for _, b := range layer {
			b.edge = x + widest
		}
		x += widest + layerGap
	}
	l.width = max(x-layerGap, 0) + margin
}
