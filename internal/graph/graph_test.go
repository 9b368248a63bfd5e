package graph

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/model"
)

var update = flag.Bool("update", false, "write the golden files")

func src(name, path string) *model.Source {
	return &model.Source{Name: name, Files: &model.FilesSource{Path: path, Format: model.JSON}}
}

func keyed(name string) *model.Table {
	return &model.Table{Name: name, Columns: []model.Column{{Name: "id"}}, Keyed: &model.Keyed{Keys: []int{0}, SCDType: 1}}
}

// seed is the pipeline of two systems in one table.
func seed() *model.Pipeline {
	t := keyed("online_order_completed")
	return &model.Pipeline{
		Name:    "online_orders",
		Sources: []*model.Source{src("online_orders", "data/online/*.json"), src("legacy_orders", "data/legacy/*.json")},
		Views:   []*model.View{{Name: "online_order_view", Uses: []string{"online_orders"}}, {Name: "legacy_view", Uses: []string{"legacy_orders"}}},
		Tables:  []*model.Table{t},
		Flows: []*model.Flow{
			{Name: "online_order_completed_flow", Source: "online_order_view", Target: t, Apply: &model.Apply{}},
			{Name: "online_order_legacy_completed_flow", Source: "legacy_view", Target: t, Once: true, Apply: &model.Apply{}},
		},
	}
}

// many has views over views, a union, a source read straight, one that is not read, and text that wants escaping.
func many() *model.Pipeline {
	orders, log := keyed("orders"), &model.Table{Name: "log"}
	return &model.Pipeline{
		Name:    "many",
		Sources: []*model.Source{src("a", "a/<b>&\"c\"/*.json"), src("b", "b/*.json"), src("c", "${C:-c}/*.json"), src("unread", "x")},
		Views: []*model.View{
			{Name: "both", Uses: []string{"a", "B", "a"}}, {Name: "clean", Uses: []string{"both"}}, {Name: "idle", Uses: []string{"c"}},
		},
		Tables: []*model.Table{orders, log},
		Flows: []*model.Flow{
			{Name: "f1", Source: "clean", Target: orders, Apply: &model.Apply{}},
			{Name: "f2", Source: "c", Target: orders, Apply: &model.Apply{}, Once: true},
			{Name: "f3", Source: "both", Target: orders, Apply: &model.Apply{}},
			{Name: "raw", Source: "c", Target: log, Where: "event_date <  '2024-04-01'\n AND a = \"`<script>`\""},
		},
	}
}

func TestGoldens(t *testing.T) {
	for name, p := range map[string]*model.Pipeline{"seed": seed(), "many": many(), "empty": {Name: "empty"}} {
		for _, format := range Formats() {
			t.Run(name+"."+format, func(t *testing.T) {
				var b bytes.Buffer
				if err := Write(&b, p, format); err != nil {
					t.Fatal(err)
				}
				file := filepath.Join("testdata", name+"."+format)
				if *update {
					if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), b.String()); d != "" {
					t.Errorf("(-want +got; go test ./internal/graph -update)\n%s", d)
				}
			})
		}
	}
}

func TestSVGIsXMLAndRefersToNothing(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, many(), "svg"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if e, ok := tok.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") || e.Name.Local == "script" {
					t.Errorf("%s %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

// Boxes of one layer do not overlap, and no wire runs through a box.
func TestLayoutKeepsApart(t *testing.T) {
	l := of(many()).layout()
	for _, layer := range l.layers {
		for i, b := range layer[:max(len(layer)-1, 0)] {
			if next := layer[i+1]; b.y+b.h >= next.y {
				t.Errorf("boxes at %v and %v overlap", b.y, next.y)
			}
		}
		for _, b := range layer {
			if b.x < 0 || b.y < 0 || b.x+b.w > l.width || b.y+b.h > l.height {
				t.Errorf("box at %v,%v is outside", b.x, b.y)
			}
		}
	}
	for _, w := range l.wires {
		for i := range w[1:] {
			if w[i].x+w[i].w > w[i].edge || w[i].edge >= w[i+1].x {
				t.Errorf("a wire runs backwards: %v, %v, %v", w[i].x+w[i].w, w[i].edge, w[i+1].x)
			}
		}
	}
}

func TestJSONHoldsEveryEdgeOnce(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, many(), "json"); err != nil {
		t.Fatal(err)
	}
	var g jsonGraph
	if err := json.Unmarshal(b.Bytes(), &g); err != nil {
		t.Fatal(err)
	}
	ids, seen := map[string]bool{}, map[jsonEdge]bool{}
	for _, n := range g.Nodes {
		ids[n.ID] = true
	}
	for _, e := range g.Edges {
		if !ids[e.From] || !ids[e.To] || seen[e] {
			t.Errorf("edge %v", e)
		}
		seen[e] = true
	}
	if len(g.Edges) != 12 {
		t.Errorf("%d edges, want 12", len(g.Edges))
	}
}

func TestUnknownFormatNamesTheKnown(t *testing.T) {
	err := Write(io.Discard, seed(), "png")
	if err == nil || !strings.Contains(err.Error(), "svg") {
		t.Errorf("%v", err)
	}
}
