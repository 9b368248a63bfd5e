package cli

import (
	"fmt"
	"runtime"

	"github.com/seamflow/seamflow/gen"
)

func versionCommand() *command {
	return &command{
		name:    "version",
		summary: "print the versions of seamflow, Go and the generated code",
		text: `The contract is a number that generated code and runtime check at compile time: code of one contract builds with a runtime
that serves it.`,
		run: (*call).version,
	}
}

func (c *call) version() error {
	if c.json {
		c.encode(map[string]any{"seamflow": gen.Version, "go": runtime.Version(), "contract": gen.Contract})
		return nil
	}
	fmt.Fprintf(c.out, "seamflow %s (%s, generated code of contract %d)\n", gen.Version, runtime.Version(), gen.Contract)
	return nil
}
