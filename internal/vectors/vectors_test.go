package vectors_test

import (
	"bytes"
	"cmp"
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

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/harness"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/internal/vectors"
	"github.com/seamflow/seamflow/internal/vectors/run"
)

// TestVectors runs every vector through a generated pipeline and reads the Delta table back with a foreign engine: at
// its own batches, as one batch, one event a batch, reversed, and at random splits of shuffled events. autocdc holds what
// the anchor said, rules what follows from our rules alone.
func TestVectors(t *testing.T) {
	all := load(t)
	all = append(all, partitioned(all)...)
	runner := build(t, all)
	type named struct {
		split string
		job   run.Job
	}
	jobs := map[*vectors.Vector][]named{}
	var flat []run.Job
	root := t.TempDir()
	for _, v := range all {
		ways := splits(v)
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			j := run.Job{Vector: v.Name, Dir: filepath.Join(root, v.Name, way), Steps: ways[way]}
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

// load gives the anchor's cases and ours. Where the anchor's result of a tie depends on the order of events, rule R5 decides,
// the same in every order: its file has the rows that R5 gives, or the case of that name under rules does.
func load(t *testing.T) []*vectors.Vector {
	t.Helper()
	anchor, err := vectors.Load(filepath.Join("testdata", "autocdc"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := vectors.Load(filepath.Join("testdata", "rules"))
	if err != nil {
		t.Fatal(err)
	}
	if len(anchor) < 83 || len(rules) < 12 {
		t.Fatalf("%d and %d vectors, some are missing", len(anchor), len(rules))
	}
	all := slices.DeleteFunc(anchor, func(a *vectors.Vector) bool {
		ours := slices.ContainsFunc(rules, func(r *vectors.Vector) bool { return r.Name == a.Name })
		if ours && a.Deterministic {
			t.Errorf("%s is deterministic: what the anchor says stands", a.Name)
		}
		return ours
	})
	return append(all, rules...)
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
func splits(v *vectors.Vector) map[string][]run.Step {
	ways := map[string][]run.Step{"own": v.Steps()}
	events := v.Events()
	if events == nil || v.ErrorClass != "" {
		return ways
	}
	one := func(batches ...[]vectors.Event) (steps []run.Step) {
		for _, b := range batches {
			s := run.Step{}
			for _, e := range b {
				s[e.Flow] = append(s[e.Flow], e.Data)
			}
			steps = append(steps, s)
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

func build(t *testing.T, all []*vectors.Vector) runner {
	t.Helper()
	var pipelines []harness.Pipeline
	for _, v := range all {
		p, err := v.Pipeline()
		if err != nil {
			t.Fatal(err)
		}
		pipelines = append(pipelines, p)
	}
	// SF0319: that a key is a float is what one vector is about.
	return runner{harness.Build(t, "github.com/seamflow/seamflow/internal/vectors/run", pipelines, "SF0319")}
}

func (r runner) run(t *testing.T, jobs []run.Job) map[string]run.Outcome {
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
	var outcomes map[string]run.Outcome
	if err := json.Unmarshal(out, &outcomes); err != nil {
		t.Fatalf("runner said %s: %v", out, err)
	}
	return outcomes
}
