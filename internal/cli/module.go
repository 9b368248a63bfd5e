package cli

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/seamflow/seamflow/gen"
)

// seamflow is the module that generated code imports.
const seamflow = "github.com/seamflow/seamflow"

// goModule is the Go module that a spec's folder belongs to.
type goModule struct {
	dir  string // absolute
	file *modfile.File
}

// moduleOf finds the module of a folder.
func moduleOf(dir string) (*goModule, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "go.mod")
		data, err := os.ReadFile(name)
		if err == nil {
			return parseModule(at, name, data)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if at == filepath.Dir(at) {
			return nil, environment("there is no go.mod in "+dir+" or above it: generated code is built as part of a Go module", in(dir, "go mod init NAME && "+requireLine()))
		}
	}
}

func parseModule(dir, name string, data []byte) (*goModule, error) {
	file, err := modfile.ParseLax(name, data, nil)
	if err == nil && file.Module == nil {
		err = errors.New(name + " has no module line")
	}
	if err != nil {
		return nil, environment(err.Error(), "")
	}
	return &goModule{dir, file}, nil
}

// importPath is how the module's code imports the package in a folder of it.
func (m *goModule) importPath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(m.dir, dir)
	if err != nil {
		return "", err
	}
	return path.Join(m.file.Module.Mod.Path, filepath.ToSlash(rel)), nil
}

// checkRequires refuses a module whose go.mod does not name seamflow: no version of it could be chosen.
func (m *goModule) checkRequires() error {
	if m.file.Module.Mod.Path == seamflow {
		return nil
	}
	for _, r := range m.file.Require {
		if r.Mod.Path == seamflow {
			return nil
		}
	}
	return environment(filepath.Join(m.dir, "go.mod")+" does not require "+seamflow+", which generated code imports", in(m.dir, requireLine()))
}

// requireLine is the command that makes a module require this seamflow.
func requireLine() string {
	if o, err := findOrigin(); err == nil && o.source != "" {
		return "go mod edit -require=" + seamflow + "@" + o.version + " -replace=" + seamflow + "=" + o.source + " && go mod tidy"
	}
	return "go get " + seamflow + "@v" + gen.Version
}

// vendored reports whether the go tool takes dependencies from a vendor folder.
func (m *goModule) vendored() bool {
	_, err := os.Stat(filepath.Join(m.dir, "vendor", "modules.txt"))
	return err == nil
}

// mayEdit reports whether -mod=mod may be added to the flags that the go tool has.
func (m *goModule) mayEdit(goflags, gowork string) bool {
	return !m.vendored() && !strings.Contains(goflags, "-mod=") && (gowork == "" || gowork == "off")
}
