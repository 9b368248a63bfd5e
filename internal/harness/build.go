// Package harness turns many specs into one program, for tests that run whole pipelines: it generates them into one
// module and builds a binary of them and a Main that the test gives.
package harness

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/seamflow/seamflow/gen"
)

// Pipeline is what a pipeline is generated from. Its name is its package's.
type Pipeline struct {
	Name   string
	Spec   string // whose schema is the file event.schema.json beside it
	Schema string
}

var mainTemplate = template.Must(template.New("main").Parse(`package main

import (
{{range .Pipelines}}	"github.com/seamflow/seamflow/generated/{{.Name}}"
{{end}}
	"{{.Run}}"
	"github.com/seamflow/seamflow/runtime/flow"
)

func main() {
	run.Main(map[string]func() flow.Pipeline{
{{range .Pipelines}}		"{{.Name}}": {{.Name}}.Pipeline,
{{end}}	})
}
`))

// Build gives a binary that calls Main of the package run with the pipelines by name. A diagnostic fails the test, but for
// those of the ids that are expected.
func Build(t testing.TB, run string, pipelines []Pipeline, expected ...string) string {
	t.Helper()
	dir := t.TempDir()
	generate(t, dir, pipelines, expected)
	var main strings.Builder
	if err := mainTemplate.Execute(&main, struct {
		Run       string
		Pipelines []Pipeline
	}{run, pipelines}); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "main.go", main.String())
	module(t, dir)
	binary := filepath.Join(dir, "pipelines.bin")
	cmd := exec.Command("go", "build", "-trimpath", "-o", binary, ".") // -trimpath: what was built in another folder is not built again
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

func generate(t testing.TB, dir string, pipelines []Pipeline, expected []string) {
	t.Helper()
	var specs []string
	for _, p := range pipelines {
		write(t, dir, p.Name+"/event.schema.json", p.Schema)
		write(t, dir, p.Name+"/pipeline.yaml", p.Spec)
		specs = append(specs, filepath.Join(dir, p.Name, "pipeline.yaml"))
	}
	result, err := gen.Run(context.Background(), gen.Options{Specs: specs})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		if !slices.Contains(expected, d.ID) {
			t.Error(d.Error())
		}
	}
	if t.Failed() || len(result.Pipelines) != len(pipelines) {
		t.Fatalf("%d of %d pipelines were generated", len(result.Pipelines), len(pipelines))
	}
}

// module writes a go.mod that takes Seamflow from this repository, with the same versions of everything else. Its path lies
// below Seamflow's own, so that it may import internal packages.
func module(t testing.TB, dir string) {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	repo := filepath.Join(filepath.Dir(file), "..", "..")
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(repo, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	mod := strings.Replace(read("go.mod"), "module github.com/seamflow/seamflow\n", "module github.com/seamflow/seamflow/generated\n", 1)
	write(t, dir, "go.mod", mod+"\nrequire github.com/seamflow/seamflow v0.0.0\n\nreplace github.com/seamflow/seamflow => "+repo+"\n")
	write(t, dir, "go.sum", read("go.sum"))
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
