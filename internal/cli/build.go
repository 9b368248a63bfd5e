package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/seamflow/seamflow/gen"
)

func buildCommand() *command {
	var out string
	return &command{
		name: "build", operands: "SPEC [-o FILE]", most: 1,
		summary: "generate and build a pipeline's binary",
		text: `Generates the spec's code, writes a main function under .seamflow/main beside the spec, and builds it with the go tool: one
binary that needs nothing else. The spec's folder must be in a Go module whose go.mod requires ` + seamflow + `; what else
is missing there is added (-mod=mod), unless GOFLAGS, a workspace or a vendor folder forbid it. The default of -o is bin/PIPELINE
in the working folder.`,
		flags: func(fs *flag.FlagSet) { fs.StringVar(&out, "o", "", "write the binary to `FILE`") },
		run:   func(c *call) error { return c.buildSpec(out) },
	}
}

// built is what --json prints of build.
type built struct {
	Pipeline    string          `json:"pipeline"`
	Binary      string          `json:"binary"`
	Written     []string        `json:"written"`
	Removed     []string        `json:"removed"`
	Diagnostics json.RawMessage `json:"diagnostics"`
	ExitCode    int             `json:"exit_code"`
}

func (c *call) buildSpec(out string) error {
	name, err := c.spec("build")
	if err != nil {
		return err
	}
	res, err := c.generate([]string{name}, false)
	if err != nil {
		return err
	}
	if !c.json {
		c.printGenerated(res, false)
	}
	target := target{spec: name, res: res, out: out}
	if out == "" {
		target.out = filepath.Join("bin", target.name()+exe())
	}
	if err := c.build(target); err != nil {
		return err
	}
	if c.json {
		c.encode(built{target.name(), target.out, none(res.Written), none(res.Stale), rawDiagnostics(res.Diagnostics), exitFine})
	} else {
		fmt.Fprintln(c.out, "built", target.out)
	}
	return nil
}

// target is a pipeline to be built.
type target struct {
	spec  string
	res   *gen.Result
	out   string // the binary, relative to the working folder
	tests bool   // the program is the one that seamflow test drives
}

func (t target) name() string { return t.res.Pipelines[0].Name }

// build makes the binary.
func (c *call) build(t target) error {
	folder := filepath.Dir(t.spec)
	m, err := moduleOf(folder)
	if err != nil {
		return err
	}
	if err := m.checkRequires(); err != nil {
		return err
	}
	pkg, err := m.importPath(filepath.Join(folder, filepath.FromSlash(t.res.Pipelines[0].GoOut)))
	if err != nil {
		return err
	}
	kind, text := "main", "build/main.go.tmpl"
	if t.tests {
		kind, text = "test", "test/main.go.tmpl"
	}
	dir := filepath.Join(folder, ".seamflow", kind, t.name())
	if err := writeMain(dir, text, t.name(), pkg); err != nil {
		return err
	}
	out, err := filepath.Abs(t.out)
	if err != nil {
		return err
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		return usage(t.out+" is a folder", "name a file with -o")
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o777); err != nil {
		return err
	}
	tool := goTool{dir: folder}
	if tool.env, err = c.goEnv(m, folder); err != nil {
		return err
	}
	_, err = c.output(tool, "build", "-o", out, "./"+filepath.ToSlash(filepath.Join(".seamflow", kind, t.name())))
	return err
}

// goEnv lets the go tool complete go.mod and go.sum where nothing forbids it.
func (c *call) goEnv(m *goModule, folder string) ([]string, error) {
	said, err := c.output(goTool{dir: folder}, "env", "-json", "GOFLAGS", "GOWORK")
	if err != nil {
		return nil, err
	}
	var env struct{ GOFLAGS, GOWORK string }
	if err := json.Unmarshal([]byte(said), &env); err != nil {
		return nil, err
	}
	if !m.mayEdit(env.GOFLAGS, env.GOWORK) {
		return nil, nil
	}
	return []string{"GOFLAGS=" + strings.TrimSpace(env.GOFLAGS+" -mod=mod")}, nil
}

// writeMain writes the main package that runs the generated package, when it changes.
func writeMain(dir, from, pipeline, pkg string) error {
	text, err := render(from, map[string]string{"Pipeline": pipeline, "Package": pkg})
	if err != nil {
		return err
	}
	name := filepath.Join(dir, "main.go")
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o666)
}

func exe() string {
	goos := os.Getenv("GOOS")
	if goos == "windows" || goos == "" && runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
