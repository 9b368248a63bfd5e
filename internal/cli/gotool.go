package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"unicode"
)

// goTool runs the go command in a folder.
type goTool struct {
	dir string
	env []string // beside the environment
}

// output runs go and gives what it printed.
func (c *call) output(t goTool, args ...string) (string, error) {
	cmd := exec.CommandContext(c.ctx, "go", args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), t.env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case c.ctx.Err() != nil:
		return "", c.ctx.Err()
	case errors.As(err, &exit):
		said := strings.TrimSpace(errs.String())
		return "", environment("go "+args[0]+" failed:\n"+said, remedy(said, t.dir))
	case errors.Is(err, exec.ErrNotFound):
		return "", environment("the go command was not found", "install Go from https://go.dev/dl and put its bin folder on PATH")
	}
	return strings.TrimSpace(out.String()), err
}

// remedy says what to do about an error of the go tool.
func remedy(said, dir string) string {
	for _, r := range []struct{ part, what string }{
		{"CodeTooOld_RunSeamflowGenerate", "generated code is older than the seamflow of go.mod: run seamflow generate with that version (go tool seamflow generate)"},
		{"RuntimeTooOld_RunGoGetSeamflow", "the seamflow of go.mod is older than this command: " + in(dir, requireLine())},
		{"inconsistent vendoring", in(dir, "go mod vendor")},
		{"updates to go.mod needed", in(dir, "go mod tidy")},
		{"missing go.sum entry", in(dir, "go mod tidy")},
		{"no required module provides package", in(dir, "go mod tidy")},
		{"cannot find module providing package", in(dir, "go mod tidy")},
		{"replacement directory", "correct the replace line of go.mod: " + in(dir, requireLine())},
		{"dial tcp", "the go tool could not download modules: check the network, GOPROXY and the proxy settings"},
		{"module lookup disabled", "the go tool may not download modules: check GOPROXY and GOFLAGS"},
		{"requires go >=", "install a newer Go from https://go.dev/dl, or allow GOTOOLCHAIN=auto"},
	} {
		if strings.Contains(said, r.part) {
			return r.what
		}
	}
	return ""
}

// in words a command that is to be run in a folder.
func in(dir, command string) string {
	if here, err := os.Getwd(); err == nil && (dir == "." || dir == here) {
		return command
	}
	return "cd " + shellWord(dir) + " && " + command
}

// shellWord is s as people can paste it into a shell.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-+@%:,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
