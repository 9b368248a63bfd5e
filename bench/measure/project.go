package measure

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Project makes dir a Go module of files, by name, that stands on repo, and builds the seamflow command into it, whose path
// it gives.
func Project(repo, dir string, files map[string]string) (tool string, err error) {
	examples := filepath.Join(repo, "examples")
	mod, err := os.ReadFile(filepath.Join(examples, "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(examples, "go.sum"))
	if err != nil {
		return "", err
	}
	all := map[string]string{
		"go.mod": strings.NewReplacer("seamflow/examples", "seamflow/bench/work", "=> ../", "=> "+repo).Replace(string(mod)),
		"go.sum": string(sum),
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	tool = filepath.Join(dir, "seamflow")
	return tool, Command(repo, "go", "build", "-o", tool, "./cmd/seamflow")
}

// Command runs a command in dir that is not measured. An error has what it said.
func Command(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
