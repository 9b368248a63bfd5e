package cli

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"golang.org/x/mod/module"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/templates"
)

func initCommand() *command {
	var name string
	return &command{
		name: "init", operands: "[DIR]", most: 1,
		summary: "start a project that runs",
		text: `Writes a small pipeline with schema, sample data, go.mod, main.go and a CI workflow, and generates its code. DIR is made when it is
not there; the default is the working folder. Files that exist are never overwritten: init names them and writes nothing.`,
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&name, "module", "", "`NAME` of the Go module (default: the folder's name)")
		},
		run: func(c *call) error { return c.initProject(name) },
	}
}

// goVersion is the go line of a new module: that of seamflow's own go.mod.
const goVersion = "1.26.0"

// scaffold is what init renders: template and file.
var scaffold = []struct{ from, to string }{
	{"orders.yaml.tmpl", "orders.yaml"},
	{"order.schema.json.tmpl", "schemas/order.schema.json"},
	{"day1.json.tmpl", "data/orders/2024-05-14.json"},
	{"day2.json.tmpl", "data/orders/2024-05-15.json"},
	{"orders.test.yaml.tmpl", "tests/orders.test.yaml"},
	{"main.go.tmpl", "main.go"},
	{"go.mod.tmpl", "go.mod"},
	{"gitignore.tmpl", ".gitignore"},
	{"README.md.tmpl", "README.md"},
	{"workflow.yml.tmpl", ".github/workflows/seamflow.yml"},
}

// project is what the templates of init take.
type project struct {
	Name, Module, Go, Version string
	Source                    string // of an unpublished seamflow
	Require                   []requirement
}

// file is a file to be written; its path is relative to the project.
type file struct {
	path string
	data []byte
}

func (c *call) initProject(moduleName string) error {
	dir := "."
	if len(c.operands) > 0 {
		dir = c.operands[0]
	}
	files, from, err := newProject(dir, moduleName)
	if err != nil {
		return err
	}
	if err := refuseExisting(dir, files); err != nil {
		return err
	}
	var written []string
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.data, 0o666); err != nil {
			return err
		}
		written = append(written, name)
	}
	res, err := c.generate([]string{filepath.Join(dir, "orders.yaml")}, false)
	if err != nil {
		return err
	}
	if from.source == "" { // versions and sums are the go tool's to find
		if _, err := c.output(goTool{dir: dir}, "mod", "tidy"); err != nil {
			return err
		}
	}
	c.welcome(dir, append(written, res.Written...))
	return nil
}

// newProject renders all files.
func newProject(dir, moduleName string) ([]file, origin, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, origin{}, err
	}
	p := project{Name: filepath.Base(full), Module: moduleName, Go: goVersion}
	if p.Module == "" {
		p.Module = p.Name
	}
	if err := module.CheckImportPath(p.Module); err != nil || taken[p.Module] {
		return nil, origin{}, usage(fmt.Sprintf("%q cannot be the name of a Go module", p.Module), "give one with --module, such as --module example.com/orders")
	}
	from, err := findOrigin()
	if err != nil {
		return nil, origin{}, err
	}
	p.Version, p.Source = from.version, from.source
	files := []file{{".seamflow/pipeline.schema.json", gen.Schema()}}
	if from.source != "" {
		mods, sums, err := from.requirements()
		if err != nil {
			return nil, origin{}, err
		}
		p.Require = mods
		files = append(files, file{"go.sum", sums})
	}
	for _, s := range scaffold {
		data, err := render("init/"+s.from, p)
		if err != nil {
			return nil, origin{}, err
		}
		files = append(files, file{s.to, data})
	}
	return files, from, nil
}

// render executes one of templates.Files.
func render(name string, data any) ([]byte, error) {
	t, err := template.ParseFS(templates.Files, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Option("missingkey=error").Execute(&b, data)
	return b.Bytes(), err
}

func refuseExisting(dir string, files []file) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage(dir+" is a file", "name a folder")
	}
	var there []string
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.path))
		_, err := os.Lstat(name)
		if err == nil {
			there = append(there, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(there) == 0 {
		return nil
	}
	return usage("nothing was written, since init would overwrite "+strings.Join(there, ", "), "name a new folder: seamflow init DIR")
}

// welcome says what was written and what comes next.
func (c *call) welcome(dir string, written []string) {
	next := []string{"go generate ./...", "go run . --available-now"}
	if dir != "." {
		next = append([]string{"cd " + shellWord(dir)}, next...)
	}
	if c.json {
		c.encode(map[string]any{"dir": dir, "written": written, "next": next, "exit_code": exitFine})
		return
	}
	for _, name := range written {
		fmt.Fprintln(c.out, "wrote", name)
	}
	fmt.Fprintf(c.out, "\nNext: %s\n", strings.Join(next, " && "))
}
