package evolve

import (
	"testing"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// TestTheNet: what a run says and no rule tells is told all the same.
func TestTheNet(t *testing.T) {
	facts := &lock.Facts{Pipeline: "p", Tables: []lock.Table{{Name: "t", Kind: contract.Append}}}
	c := &comparison{old: &Side{Facts: facts}, new: &Side{Facts: facts}}
	c.pairTables()
	p := c.pairs[0]
	p.says["a_fact_of_tomorrow"] = contract.Difference{Verdict: contract.Refuse, Field: "a_fact_of_tomorrow", Message: "it was x and is y", WayOut: "keep x"}
	p.compare()
	if len(c.out) != 1 || c.out[0].ID != "SF0999" || c.out[0].Verdict != contract.Refuse || c.out[0].Message != "table t, a_fact_of_tomorrow: it was x and is y" || c.out[0].Fix != "keep x" {
		t.Errorf("%+v", c.out)
	}
}

func TestWholePipelines(t *testing.T) {
	one := &Side{Facts: &lock.Facts{Pipeline: "p", Tables: []lock.Table{{Name: "t"}}}, Spec: "a.yaml", Tool: "1", Contract: 1}
	two := &Side{Facts: one.Facts, Spec: "b/a.yaml", Tool: "2", Contract: 2}
	for _, tt := range []struct {
		old, now *Side
		want     []string
	}{
		{nil, one, []string{"SF0837"}}, {one, nil, []string{"SF0838"}}, {nil, nil, nil}, {one, one, nil}, {one, two, []string{"SF0835", "SF0836", "SF0840"}},
	} {
		var got []string
		for _, f := range Compare(tt.old, tt.now) {
			got = append(got, f.ID)
		}
		if len(got) != len(tt.want) {
			t.Errorf("%v, want %v", got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%v, want %v", got, tt.want)
			}
		}
	}
}

// TestAPI: exported names of one version and the next, and the step that they ask for.
func TestAPI(t *testing.T) {
	api := func(src string) []Name {
		names, err := API(map[string][]byte{"a.go": []byte("package p\n" + src)})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	const base = "type T struct { A string; b int }\nfunc (t *T) Reset() {}\nfunc (t *hidden) Append() {}\nfunc Pipeline() flow.Pipeline { return x }\ntype E string\nconst ( EA E = \"a\" )\n"
	for _, tt := range []struct{ now, step, id string }{
		{base, "none", ""},
		{base + "type U struct{}\n", "minor", "SF0833"},
		{"type T struct { A string; C int }\n" + base[len("type T struct { A string; b int }\n"):], "minor", "SF0833"},
		{"type T struct { A int; b int }\n" + base[len("type T struct { A string; b int }\n"):], "major", "SF0834"},
		{base[:len(base)-len("const ( EA E = \"a\" )\n")], "major", "SF0832"},
		{base[:len(base)-len("const ( EA E = \"a\" )\n")] + "const ( EA E = \"b\" )\n", "major", "SF0834"},
	} {
		old, now := api(base), api(tt.now)
		if step := Step(old, now); step != tt.step {
			t.Errorf("step %s, want %s for\n%s", step, tt.step, tt.now)
		}
		facts := &lock.Facts{Pipeline: "p"}
		found := Compare(&Side{Facts: facts, API: old}, &Side{Facts: facts, API: now})
		switch {
		case tt.id == "" && len(found) > 0, tt.id != "" && (len(found) != 1 || found[0].ID != tt.id):
			t.Errorf("%+v, want %s", found, tt.id)
		}
	}
	if _, err := API(map[string][]byte{"a.go": []byte("package")}); err == nil {
		t.Error("what is no Go has an API")
	}
}
