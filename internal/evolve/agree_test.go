package evolve_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/evolve"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/resolve"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/runtime/contract"
)

type version struct {
	name string
	side *evolve.Side
}

var read struct {
	sync.Once
	all map[string][]version
}

// versions gives both sides of all cases, by pipeline.
func versions(t testing.TB) map[string][]version {
	t.Helper()
	read.Do(func() { read.all = readVersions(t) })
	return read.all
}

func readVersions(t testing.TB) map[string][]version {
	cases, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]version{}
	for _, name := range cases {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, which := range []string{"old", "new"} {
			s := side(t, archive(a, which), "spec.yaml")
			out[s.Facts.Pipeline] = append(out[s.Facts.Pipeline], version{filepath.Base(name) + " " + which, s})
		}
	}
	return out
}

// TestReviewIsNoMilderThanARun: of any two versions, what a run refuses review tells at least as badly; and what review
// refuses or wants to wipe, a run or plan does.
func TestReviewIsNoMilderThanARun(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pairs, nets := 0, map[string]bool{}
	byPipeline := versions(t)
	trials := 3000
	if testing.Short() {
		trials = 300
	}
	for _, pipeline := range []string{"shop", "clicks"} {
		all := byPipeline[pipeline]
		for range trials {
			a, b := all[random.IntN(len(all))], all[random.IntN(len(all))]
			pairs++
			found := evolve.Compare(a.side, b.side)
			worst := evolve.Worst(a.side, b.side)
			for i := range b.side.Facts.Tables {
				is := &b.side.Facts.Tables[i]
				was := tableNamed(a.side.Facts, is)
				if was == nil {
					continue
				}
				before, now := evolve.Contract(a.side.Facts, was), evolve.Contract(b.side.Facts, is)
				run := contract.Safe
				for _, d := range contract.Compare(&before, &now, asIfRead(&before)) {
					if !strings.HasSuffix(d.Field, ".where") { // contracts know no SQL
						run = max(run, d.Verdict)
					} else if !slices.ContainsFunc(found, func(f evolve.Finding) bool {
						return slices.Contains([]string{"SF0951", "SF0952", "SF0953", "SF0957", "SF0974"}, f.ID) && slices.Contains(f.Tables, is.Name)
					}) {
						t.Fatalf("%s to %s, table %s: nothing is told of %s\n%s", a.name, b.name, is.Name, d, findings(found))
					}
				}
				if worst[is.Name] < run {
					t.Fatalf("%s to %s, table %s: a run says %s, review %s\n%s", a.name, b.name, is.Name, run, worst[is.Name], findings(found))
				}
				if worst[is.Name] >= contract.Refresh && run < contract.Refresh && !slices.ContainsFunc(found, func(f evolve.Finding) bool {
					return slices.Contains([]string{"SF0941", "SF0954", "SF0955", "SF0956"}, f.ID) // plan refuses these
				}) {
					t.Fatalf("%s to %s, table %s: a run says %s, review %s\n%s", a.name, b.name, is.Name, run, worst[is.Name], findings(found))
				}
			}
			for _, f := range found {
				if f.ID == "SF0999" {
					nets[f.Message] = true
				}
			}
		}
	}
	t.Logf("%d pairs; the net caught %d kinds", pairs, len(nets))
	for n := range nets {
		t.Log(n)
	}
}

// tableNamed gives the table of f that is t: by name, by an earlier name or by path.
func tableNamed(f *lock.Facts, t *lock.Table) *lock.Table {
	for i := range f.Tables {
		if o := &f.Tables[i]; o.Name == t.Name || o.Name == t.Was || o.Was == t.Name {
			return o
		}
	}
	for i := range f.Tables {
		if o := &f.Tables[i]; o.Path == t.Path {
			return o
		}
	}
	return nil
}

func asIfRead(c *contract.Table) contract.There {
	out := contract.There{Columns: c.Columns}
	for _, f := range c.Flows {
		p := contract.Progress{Flow: f.Name, Once: f.Once}
		for _, in := range f.Inputs {
			if !f.Once || in.Kind == contract.Kafka {
				p.Sources = append(p.Sources, in.Source)
			}
		}
		out.Flows = append(out.Flows, p)
	}
	return out
}

// TestTypesThatUseEachOther would be of any number of fields: they are given up, and the filter over them is not judged.
func TestTypesThatUseEachOther(t *testing.T) {
	bomb := "source p s record R\nrecord p R is rows\nflow p f target t\ninput p f 1 source s\ninput p f 1 where \"(a IS NULL)\"\ntable p t path t\ntable p t kind append\n"
	for depth := range 30 {
		scope := "R"
		if depth > 0 {
			scope = fmt.Sprintf("R/T%d", depth)
		}
		bomb += fmt.Sprintf("record p %s is rows\n", scope)
		for i, field := range []string{"a", "b", "c"} {
			bomb += fmt.Sprintf("field p %s %s %d STRUCT named T%d\n", scope, field, i+1, depth+1)
		}
	}
	var sides [2]*evolve.Side
	for i, text := range []string{bomb, strings.ReplaceAll(bomb, "IS NULL", "IS TRUE")} {
		file, diags := lock.Parse("l", []byte(text))
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		facts, diags := file.Facts("p")
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		sides[i] = &evolve.Side{Facts: facts}
	}
	if text := findings(evolve.Compare(sides[0], sides[1])); !strings.Contains(text, "SF0956 refuse") || !strings.Contains(text, "too many fields") {
		t.Error(text)
	}
}

// FuzzCompare: whatever two lock files say, they are compared in bounded time, and each table has a verdict.
func FuzzCompare(f *testing.F) {
	var texts []string
	for _, name := range []string{"../../examples/online_orders/seamflow.lock", "../../examples/actions/v2/seamflow.lock", "../../examples/nightly_dump/seamflow.lock"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, a := range texts {
		for _, b := range texts {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var sides [2][]*evolve.Side
		for i, text := range []string{a, b} {
			file, _ := lock.Parse("l", []byte(text))
			for _, p := range file.Pipelines() {
				if facts, _ := file.Facts(p); facts != nil {
					sides[i] = append(sides[i], &evolve.Side{Facts: facts})
				}
			}
		}
		for _, old := range sides[0] {
			for _, now := range sides[1] {
				evolve.Compare(old, now)
				if len(evolve.Worst(old, now)) < len(now.Facts.Tables) {
					t.Error("a table has no verdict")
				}
			}
		}
	})
}

// TestNothingChanged: a version held against itself has no findings.
func TestNothingChanged(t *testing.T) {
	for _, all := range versions(t) {
		for _, v := range all {
			if found := evolve.Compare(v.side, v.side); len(found) > 0 {
				t.Errorf("%s:\n%s", v.name, findings(found))
			}
		}
	}
}

// TestEveryChangeHasItsMirror: a rule names the rule of the change back, or says why there is none; and where a case is
// turned round, each finding has its mirror.
func TestEveryChangeHasItsMirror(t *testing.T) {
	byID := map[string]diag.Change{}
	for _, c := range diag.Changes() {
		byID[c.ID] = c
	}
	for _, c := range byID {
		if (c.Mirror == "") == (c.Alone == "") {
			t.Errorf("%s has a mirror and says why it has none, or neither", c.ID)
		}
		if c.Mirror != "" && byID[c.Mirror].ID == "" {
			t.Errorf("%s is mirrored by %s, which is not there", c.ID, c.Mirror)
		}
	}
	cases, _ := filepath.Glob("testdata/rules/*.txtar")
	for _, name := range cases {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		old, now := side(t, archive(a, "old"), "spec.yaml"), side(t, archive(a, "new"), "spec.yaml")
		back := evolve.Compare(now, old)
		for _, f := range evolve.Compare(old, now) {
			c := byID[f.ID]
			if c.Mirror != "" && !slices.ContainsFunc(back, func(b evolve.Finding) bool {
				return b.ID == c.Mirror || byID[b.ID].Mirror == f.ID
			}) {
				t.Errorf("%s: %s has no mirror among\n%s", filepath.Base(name), f.ID, findings(back))
			}
		}
	}
}

// TestContractIsThatOfTheCode: what review compares is what generated code holds.
func TestContractIsThatOfTheCode(t *testing.T) {
	seen := 0
	check := func(name string, src []byte, files resolve.FileReader) {
		var diags diag.List
		p := resolve.Resolve(spec.Parse(name, src, &diags), files, &diags)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", name, diags.Sorted())
		}
		plan, ds := emit.Build(p, emit.Options{})
		if plan == nil {
			t.Fatalf("%s: %v", name, ds)
		}
		facts := lock.Describe(p)
		for _, table := range plan.Tables {
			want := table.Facts()
			got := evolve.Contract(facts, tableNamed(facts, &lock.Table{Name: table.Model.Name}))
			sorted := []gocmp.Option{cmpopts.EquateEmpty(),
				cmpopts.SortSlices(func(a, b contract.Flow) bool { return a.Name < b.Name }),
				cmpopts.SortSlices(func(a, b contract.Expectation) bool {
					return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name)) < 0
				})}
			if diff := gocmp.Diff(want, got, sorted...); diff != "" {
				t.Errorf("%s: table %s:\n%s", name, want.Name, diff)
			}
			seen++
		}
	}
	for _, pattern := range []string{"../../examples/*/*.yaml", "../../examples/actions/v*/*.yaml", "../../bench/*/*.yaml", "../../gen/golden/*/*.yaml", "../../gen/golden/testdata/*/*.yaml"} {
		specs, _ := filepath.Glob(pattern)
		for _, name := range specs {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains("\n"+string(src), "\npipeline:") {
				continue
			}
			root, err := os.OpenRoot(filepath.Dir(name))
			if err != nil {
				t.Fatal(err)
			}
			check(name, src, root)
			root.Close()
		}
	}
	cases, _ := filepath.Glob("testdata/rules/*.txtar")
	for _, name := range cases {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, which := range []string{"old", "new"} {
			tree := archive(a, which)
			src, err := tree.ReadFile("spec.yaml")
			if err != nil {
				t.Fatal(err)
			}
			check(name+" "+which, src, reader{tree})
		}
	}
	if seen < 200 {
		t.Errorf("only %d tables were compared", seen)
	}
}

type reader struct{ gen.Tree }

func (r reader) ReadFile(name string) ([]byte, error) { return r.Tree.ReadFile(name) }
