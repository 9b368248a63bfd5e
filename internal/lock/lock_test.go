package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"pgregory.net/rapid"
)

func pipeline(fields ...model.Field) *model.Pipeline {
	return &model.Pipeline{Name: "p", Records: []*model.Record{{Name: "Order", Fields: fields}}}
}

func str(name string) model.Field {
	return model.Field{Name: name, Type: &model.Type{Kind: model.String}}
}

func tags(p *model.Pipeline) map[string]int {
	m := map[string]int{}
	for _, f := range p.Records[0].Fields {
		m[f.Name] = f.Tag
	}
	return m
}

func TestRemovedFieldKeepsItsTag(t *testing.T) {
	f := new(File)
	f.Pin(pipeline(str("id"), str("status"), str("total")))
	again, ds := Parse("seamflow.lock", f.Format())
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	p := pipeline(str("new"), str("total"), str("id"))
	again.Pin(p)
	if diff := cmp.Diff(map[string]int{"id": 1, "total": 3, "new": 4}, tags(p)); diff != "" {
		t.Error(diff)
	}
	p = pipeline(str("status"))
	again.Pin(p)
	if got := tags(p)["status"]; got != 2 {
		t.Errorf("a field that came back has tag %d, want 2", got)
	}
}

func TestNestedFieldsHaveTheirOwnScope(t *testing.T) {
	named := &model.Type{Kind: model.Struct, Name: "Address", Fields: []model.Field{str("street")}}
	item := &model.Type{Kind: model.Struct, Fields: []model.Field{str("sku")}}
	f := new(File)
	f.Pin(pipeline(
		model.Field{Name: "home", Type: named}, model.Field{Name: "work", Type: named},
		model.Field{Name: "items", Type: &model.Type{Kind: model.List, Elem: item}}))
	f.SetOutputs("p", []string{"orders/pipeline.gen.go", "out dir/\"x\".gen.go"})
	want := header + `version 2
field p Order home 1
field p Order items 3
field p Order items[].sku 4
field p Order work 2
field p Order/Address street 1
output p orders/pipeline.gen.go
output p "out dir/\"x\".gen.go"
`
	if diff := cmp.Diff(want, string(f.Format())); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenLinesAllHavePositions(t *testing.T) {
	text := strings.Join([]string{
		"# comment",
		"field p Order id 1",
		"field p Order name 1",
		"field p Order zip zero",
		"<<<<<<< HEAD",
		`field p "Ord`,
		"fact of the future",
		"field p Order id 2",
		"output p x.gen.go",
		"field p Order id 1",
	}, "\n")
	f, ds := Parse("seamflow.lock", []byte(text))
	var got []string
	for _, d := range ds {
		got = append(got, d.Pos.String()+" "+d.ID)
	}
	want := []string{
		"seamflow.lock:3:20 SF0402", "seamflow.lock:4:19 SF0401", "seamflow.lock:5:1 SF0401",
		"seamflow.lock:6:9 SF0401", "seamflow.lock:7:1 SF0401", "seamflow.lock:8:15 SF0401",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if first := ds[0].Related[0].Pos; first != (diag.Pos{File: "seamflow.lock", Line: 2, Col: 1}) {
		t.Errorf("the first taker is at %v", first)
	}
	if out := f.Outputs("p"); len(out) != 1 || f.Owner("x.gen.go") != "p" {
		t.Errorf("outputs: %q", out)
	}
}

func TestOutputsOfOnePipelineDoNotTouchAnothers(t *testing.T) {
	f := new(File)
	f.SetOutputs("a", []string{"a/1.go", "a/2.go"})
	f.SetOutputs("b", []string{"b/1.go"})
	f.SetOutputs("a", []string{"a/2.go"})
	if diff := cmp.Diff([]string{"a/2.go"}, f.Outputs("a")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b/1.go"}, f.Outputs("b")); diff != "" {
		t.Error(diff)
	}
}

func TestAnyNameSurvivesTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.String(), rapid.ID[string]).Draw(t, "names")
		p := pipeline()
		for _, n := range names {
			p.Records[0].Fields = append(p.Records[0].Fields, str(n))
		}
		f := new(File)
		f.Pin(p)
		f.SetOutputs("p", names)
		again, ds := Parse("l", f.Format())
		if len(ds) > 0 {
			t.Fatalf("%v\n%s", ds, f.Format())
		}
		if diff := cmp.Diff(string(f.Format()), string(again.Format())); diff != "" {
			t.Fatal(diff)
		}
		want := tags(p)
		again.Pin(p)
		if diff := cmp.Diff(want, tags(p)); diff != "" {
			t.Fatal(diff)
		}
	})
}
