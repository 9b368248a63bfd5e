package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/diag"
)

// pipelineKey is how a spec is told from other YAML, broken specs too.
var pipelineKey = regexp.MustCompile(`(?m)^["']?pipeline["']?[ \t]*:`)

// specsIn lists the specs of a folder.
func specsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var specs []string
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		ext := strings.ToLower(filepath.Ext(name))
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			continue // a pipe would be waited for
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if pipelineKey.Match(data) {
			specs = append(specs, name)
		}
	}
	return specs, nil
}

// specs gives the operands, or the specs of the working folder where there are none.
func (c *call) specs() ([]string, error) {
	if len(c.operands) > 0 {
		for _, name := range c.operands {
			if err := isSpec(name); err != nil {
				return nil, err
			}
		}
		return c.operands, nil
	}
	specs, err := specsIn(".")
	if err == nil && len(specs) == 0 {
		err = usage("there is no spec here: no *.yaml or *.yml file of this folder has a top-level key pipeline", "name the spec, or start a project with seamflow init")
	}
	return specs, err
}

// spec gives the one operand of cmd.
func (c *call) spec(cmd string) (string, error) {
	if len(c.operands) == 0 {
		return "", usage(cmd+" needs a spec", hereAre(".", ""))
	}
	return c.operands[0], isSpec(c.operands[0])
}

// isSpec reports what no file is. What is in it, gen reads.
func isSpec(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage(name+" does not exist", hereAre(filepath.Dir(name), name))
	case err != nil:
		return err
	case info.IsDir():
		return usage(name+" is a folder, not a spec", hereAre(name, ""))
	}
	return nil
}

// hereAre words which specs a folder has, for one that was not found.
func hereAre(dir, wanted string) string {
	specs, err := specsIn(dir)
	if err != nil || len(specs) == 0 {
		return ""
	}
	if near := diag.DidYouMean(wanted, specs); near != "" {
		return near
	}
	return "specs here: " + strings.Join(specs, ", ")
}

// generate runs gen over specs and reports what it found; with errors the command is over.
func (c *call) generate(specs []string, check bool) (*gen.Result, error) {
	return c.generateWith(gen.Options{Specs: specs, Check: check})
}

func (c *call) generateWith(opt gen.Options) (*gen.Result, error) {
	res, err := gen.Run(c.ctx, opt)
	if err != nil {
		return nil, err
	}
	if !c.json {
		c.report(res.Diagnostics)
	}
	if !res.HasErrors() {
		return res, nil
	}
	if c.json {
		c.encode(map[string]any{"diagnostics": rawDiagnostics(res.Diagnostics), "exit_code": exitUsage})
	}
	return nil, ended(exitUsage)
}

// none makes JSON show an empty list, not null.
func none(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
