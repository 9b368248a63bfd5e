package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

// shaped is a pipeline whose contract speaks of the column val in its own way.
type shaped struct {
	spec
	change func(val *contract.Column)
}

func (s shaped) pipeline() Pipeline {
	p := s.spec.pipeline()
	c := &p.Tables[0].(*table[row]).Contract
	i := slices.IndexFunc(c.Columns, func(c contract.Column) bool { return c.Name == "val" })
	s.change(&c.Columns[i])
	if c.Columns[i].Name == "" {
		c.Columns = slices.Delete(c.Columns, i, i+1)
	}
	return p
}

// TestColumnsAsTheTableHasThem: a column that is spelled in another way, and one that comes back with another type, would lose
// the values that are there.
func TestColumnsAsTheTableHasThem(t *testing.T) {
	plain := func(*contract.Column) {}
	gone := func(c *contract.Column) { c.Name = "" }
	for name, c := range map[string]struct {
		versions []func(*contract.Column)
		want     string // of the last one's refusal; "" is none
	}{
		"as it was":          {[]func(*contract.Column){plain, plain}, ""},
		"another case":       {[]func(*contract.Column){plain, func(c *contract.Column) { c.Name = "Val" }}, "write the column as the table has it, val"},
		"back as it was":     {[]func(*contract.Column){plain, gone, plain}, ""},
		"back otherwise":     {[]func(*contract.Column){plain, gone, func(c *contract.Column) { c.Type = "bigint" }}, "the table has kept a column of this name"},
		"back, another case": {[]func(*contract.Column){plain, gone, func(c *contract.Column) { c.Name = "VAL" }}, "write the column as the table has it, val"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put("f/1.json", ev("a", 1, "", "x"))
			var err error
			for i, change := range c.versions {
				if err != nil {
					t.Fatalf("version %d: %v", i, err)
				}
				_, err = w.tryRun(shaped{spec{kind: "append", live: []string{"f"}}, change})
			}
			if c.want == "" && err != nil || c.want != "" && (ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v", err)
			}
			wantRows(t, w, "t", "a 1 x")
		})
	}
}

// TestAFlowThatComesBack goes on where it stood, and what is stored of it can be read without its pipeline.
func TestAFlowThatComesBack(t *testing.T) {
	w := newWorld(t)
	topic := newFakeTopic(2)
	both := spec{kind: "append", live: []string{"f", "g"}, topics: map[string]*fakeTopic{"g": topic}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	topic.put(1, ev("b", 1, "", "x"))
	w.run(both)
	w.put("f/2.json", ev("c", 1, "", "x"))
	w.run(spec{kind: "append", live: []string{"f"}})
	w.run(spec{kind: "append", live: []string{"g"}, topics: both.topics})
	topic.put(1, ev("d", 1, "", "x"))
	w.run(both)
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x", "d 1 x")

	table, err := delta.Open(t.Context(), w.fs, w.dir+"/tables/t")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Standings(table)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	f, g := got[0], got[1]
	if f.Flow != "f" || f.FilesRead != 2 || !cmp.Equal(f.Sources(), []string{"f_files"}) {
		t.Errorf("f: %+v", f)
	}
	if g.Flow != "g" || len(g.Partitions) != 2 || g.Partitions[1].Next != 2 || g.Partitions[1].Topic != "topic" || !cmp.Equal(g.Sources(), []string{"g_topic"}) {
		t.Errorf("g: %+v", g)
	}
}

// TestANameThatGoesAndComesBack: a spec that is rolled back says nothing of the later name, and goes on from it.
func TestANameThatGoesAndComesBack(t *testing.T) {
	w := newWorld(t)
	topic := newFakeTopic(1)
	named := func(flow, was string) error {
		s := spec{kind: "append", live: []string{flow}, topics: map[string]*fakeTopic{flow: topic}, was: map[string]string{flow: was}}
		p := s.pipeline()
		tab := p.Tables[0].(*table[row])
		tab.Flows[0].Inputs[0].(*input[event, row]).src.Name = "clicks"
		tab.Contract.Flows[0].Was = was
		tab.Contract.Flows[0].Inputs = []contract.Input{{Source: "clicks", Kind: contract.Kafka, Path: "topic"}}
		_, err := p.Run(t.Context(), w.options())
		return err
	}
	for i, step := range []struct{ flow, was string }{{"live", ""}, {"mine", "live"}, {"mine", "live"}, {"live", ""}, {"mine", "live"}} {
		topic.put(0, ev(string(rune('a'+i)), 1, "", "x"))
		if err := named(step.flow, step.was); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x", "d 1 x", "e 1 x")
	if err := named("third", ""); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "`was: mine`") {
		t.Errorf("got %v", err)
	}
	wantRows(t, w, "t", "a 1 x", "b 1 x", "c 1 x", "d 1 x", "e 1 x")
}
