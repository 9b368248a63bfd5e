package vectors_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/internal/vectors"
)

// TestVectors runs every vector through a generated pipeline and reads the Delta table back with a foreign engine: at
// its own batches, as one batch, one event a batch, reversed, and at random splits of shuffled events. autocdc holds what
// the anchor said, rules what follows from our rules alone.
func TestVectors(t *testing.T) {
	var all []*vectors.Vector
	for _, folder := range []string{"autocdc", "rules"} {
		loaded, err := vectors.Load(filepath.Join("testdata", folder))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, loaded...)
	}
	if len(all) < 43+6 {
		t.Fatalf("%d vectors, some are missing", len(all))
	}
	all = append(all, partitioned(all)...)
	runner := build(t, all)
	type named struct {
		split string
		job   vectors.Job
	}
	jobs := map[*vectors.Vector][]named{}
	var flat []vectors.Job
	root := t.TempDir()
	for _, v := range all {
		ways := splits(v)
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			j := vectors.Job{Vector: v.Name, Dir: filepath.Join(root, v.Name, way), Steps: ways[way]}
			jobs[v] = append(jobs[v], named{way, j})
			flat = append(flat, j)
		}
	}
	outcomes := runner.run(t, flat)
	passed := 0
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			for _, n := range jobs[v] {
				got := outcomes[n.job.Dir]
				if v.ErrorClass != "" {
					expectError(t, v, n.split, got.Error)
				} else if got.Error != "" {
					t.Errorf("%s: %s", n.split, got.Error)
					continue
				}
				rows := tableRows(t, n.job.Dir)
				// Where the anchor's result of a tie depends on order, rule R5 gives what its file has, in every order.
				if diff := gocmp.Diff(wantRows(t, v), rows); diff != "" {
					t.Errorf("%s (-want +got):\n%s", n.split, diff)
				}
			}
			if !t.Failed() {
				passed++
			}
		})
	}
	t.Logf("vectors: %d/%d passed, %d runs", passed, len(all), len(flat))
}

// partitioned gives a few of the vectors with a partitioned table.
func partitioned(all []*vectors.Vector) (out []*vectors.Vector) {
	for i := 0; i < len(all); i += 4 {
		if p := all[i].Partitioned(); p != nil {
			out = append(out, p)
		}
	}
	return out
}

// splits cuts a vector's events in several ways.
func splits(v *vectors.Vector) map[string][]vectors.Step {
	ways := map[string][]vectors.Step{"own": v.Steps()}
	events := v.Events()
	if events == nil || v.ErrorClass != "" {
		return ways
	}
	one := func(batches ...[]json.RawMessage) (steps []vectors.Step) {
		for _, b := range batches {
			steps = append(steps, vectors.Step{"f": b})
		}
		return steps
	}
	ways["one_batch"] = one(events)
	ways["one_event_a_batch"] = one(slices.Collect(slices.Chunk(events, 1))...)
	reversed := slices.Clone(events)
	slices.Reverse(reversed)
	ways["reversed"] = one(slices.Collect(slices.Chunk(reversed, 1))...)
	rng := rand.New(rand.NewPCG(uint64(len(events)), 7))
	for i := range 2 {
		shuffled := slices.Clone(events)
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		ways[fmt.Sprintf("random_%d", i)] = one(slices.Collect(slices.Chunk(shuffled, 1+rng.IntN(4)))...)
	}
	return ways
}

func expectError(t *testing.T, v *vectors.Vector, split, got string) {
	t.Helper()
	want := map[string]string{"NULL_KEY": "key", "NULL_SEQUENCE": "sequence"}[v.ErrorClass]
	if want == "" {
		t.Fatalf("error class %s is not known", v.ErrorClass)
	}
	if !strings.Contains(got, "NULL") || !strings.Contains(got, want) {
		t.Errorf("%s: error %q does not speak of a NULL %s", split, got, want)
	}
}

// tableRows reads a job's table with delta-rs, one canonical JSON text a row, sorted.
func tableRows(t *testing.T, dir string) []string {
	t.Helper()
	path := filepath.Join(dir, "tables", "target")
	if _, err := os.Stat(path); err != nil {
		return []string{}
	}
	return canonical(t, readers.Records(t, readers.DeltaRS, path))
}

func wantRows(t *testing.T, v *vectors.Vector) []string {
	t.Helper()
	isMap := map[string]bool{}
	for _, c := range v.Schema {
		isMap[c.Name] = strings.HasPrefix(c.Type, "MAP<")
	}
	var rows []map[string]any
	for _, r := range v.Rows {
		row := map[string]any{}
		for name, raw := range r {
			d := json.NewDecoder(bytes.NewReader(raw))
			d.UseNumber()
			var value any
			if err := d.Decode(&value); err != nil {
				t.Fatal(err)
			}
			if m, ok := value.(map[string]any); ok && isMap[name] {
				value = entries(m)
			}
			row[name] = value
		}
		rows = append(rows, row)
	}
	return canonical(t, rows)
}

// entries is a map as the readers give it.
func entries(m map[string]any) []any {
	out := []any{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, map[string]any{"key": key, "value": m[key]})
	}
	return out
}

// canonical gives one text a row. Times are compared as the readers print them.
func canonical(t *testing.T, rows []map[string]any) []string {
	t.Helper()
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		b, err := json.Marshal(plain(r))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// plain turns every scalar into text, so that 1 and "1" or 5 and 5.0 of two tools compare equal.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = plain(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	case nil:
		return nil
	}
	s := fmt.Sprint(v)
	if at, ok := strings.CutSuffix(s, "Z"); ok && len(s) > 20 && s[10] == 'T' {
		return strings.TrimRight(strings.TrimRight(at, "0"), ".") + "Z"
	}
	return s
}

// runner is the program that holds every vector's pipeline.
type runner struct{ binary string }

var mainTemplate = template.Must(template.New("main").Parse(`package main

import (
{{range .}}	"github.com/seamflow/seamflow/vectorsrun/{{.}}"
{{end}}
	"github.com/seamflow/seamflow/internal/vectors/run"
	"github.com/seamflow/seamflow/runtime/flow"
)

func main() {
	run.Main(map[string]func() flow.Pipeline{
{{range .}}		"{{.}}": {{.}}.Pipeline,
{{end}}	})
}
`))

// build generates all pipelines into one module and builds one binary of them.
func build(t *testing.T, all []*vectors.Vector) runner {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var names, specs []string
	for _, v := range all {
		schema, err := v.JSONSchema()
		if err != nil {
			t.Fatal(err)
		}
		write(v.Name+"/event.schema.json", schema)
		write(v.Name+"/pipeline.yaml", v.Spec())
		names = append(names, v.Name)
		specs = append(specs, filepath.Join(dir, v.Name, "pipeline.yaml"))
	}
	result, err := gen.Run(context.Background(), gen.Options{Specs: specs})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		if d.ID != "SF0319" { // that a key is a float is what one vector is about
			t.Error(d.Error())
		}
	}
	if t.Failed() || len(result.Pipelines) != len(all) {
		t.Fatalf("%d of %d pipelines were generated", len(result.Pipelines), len(all))
	}
	var main strings.Builder
	if err := mainTemplate.Execute(&main, names); err != nil {
		t.Fatal(err)
	}
	write("main.go", main.String())
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "vectors.bin")
	cmd := exec.Command("go", "build", "-o", binary, ".")
	cmd.Dir = dir
	write("go.mod", module(t, repo))
	sum, err := os.ReadFile(filepath.Join(repo, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write("go.sum", string(sum))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return runner{binary}
}

// module gives a go.mod that takes Seamflow from repo, with the same versions of everything else. Its path lies below
// Seamflow's own, so that it may import the internal package run.
func module(t *testing.T, repo string) string {
	t.Helper()
	mod, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module github.com/seamflow/seamflow\n", "module github.com/seamflow/seamflow/vectorsrun\n", 1)
	return text + "\nrequire github.com/seamflow/seamflow v0.0.0\n\nreplace github.com/seamflow/seamflow => " + repo + "\n"
}

func (r runner) run(t *testing.T, jobs []vectors.Job) map[string]vectors.Outcome {
	t.Helper()
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(r.binary)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("runner: %v\n%s", err, stderr.Bytes())
	}
	var outcomes map[string]vectors.Outcome
	if err := json.Unmarshal(out, &outcomes); err != nil {
		t.Fatalf("runner said %s: %v", out, err)
	}
	return outcomes
}
