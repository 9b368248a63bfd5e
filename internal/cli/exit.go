package cli

import (
	"context"
	"errors"
	"fmt"
)

// Exit codes, the same for seamflow and for the pipelines that it builds.
const (
	exitFine        = 0
	exitFindings    = 1 // stale output, failed data
	exitUsage       = 2 // wrong usage or spec
	exitEnvironment = 3 // the machine: files, the go tool, the module
)

// failure ends a command.
type failure struct {
	code    int
	message string
	hint    string
	printed bool // the command has said so itself
}

func (f *failure) Error() string { return f.message }

func usage(message, hint string) error {
	return &failure{code: exitUsage, message: message, hint: hint}
}

func environment(message, hint string) error {
	return &failure{code: exitEnvironment, message: message, hint: hint}
}

// ended is a failure that the command has printed.
func ended(code int) error { return &failure{code: code, printed: true} }

// exit says what went wrong, where that is still to be done, and gives the exit code.
func (c *call) exit(err error) int {
	if err == nil {
		return exitFine
	}
	var f *failure
	switch {
	case errors.As(err, &f):
	case errors.Is(err, context.Canceled):
		f = &failure{code: exitEnvironment, message: "interrupted"}
	default:
		f = &failure{code: exitEnvironment, message: err.Error()}
	}
	switch {
	case f.printed:
	case c.json:
		c.encode(failureDocument{f.message, f.hint, f.code})
	default:
		fmt.Fprintf(c.err, "seamflow: %s\n", f.message)
		if f.hint != "" {
			fmt.Fprintf(c.err, "hint: %s\n", f.hint)
		}
	}
	return f.code
}

// failureDocument is what --json prints of a command that could not do its work.
type failureDocument struct {
	Error    string `json:"error"`
	Hint     string `json:"hint,omitempty"`
	ExitCode int    `json:"exit_code"`
}
