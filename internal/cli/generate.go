package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/seamflow/seamflow/gen"
)

func generateCommand() *command {
	var check bool
	return &command{
		name: "generate", operands: "[SPEC...]", most: -1,
		summary: "write the Go code of pipelines",
		text: `Writes the Go package of each spec and seamflow.lock beside the spec, and prints the files that it wrote or removed; nothing
where all of it is up to date. Without operands it takes every spec of the working folder. Generated code and seamflow.lock
are committed; --check holds them in step in CI. A run notes below .seamflow what it read and wrote; the next one with the
same specs does nothing where no byte of that has changed. --check goes by no note: it generates and compares.`,
		flags: func(fs *flag.FlagSet) {
			fs.BoolVar(&check, "check", false, "write nothing; exit 1 and name the files where output is stale")
		},
		run: func(c *call) error { return c.generateSpecs(check) },
	}
}

// generated is what --json prints of generate.
type generated struct {
	Specs       []string        `json:"specs"`
	UpToDate    bool            `json:"up_to_date"`
	Written     []string        `json:"written"`
	Removed     []string        `json:"removed"`
	Unchanged   []string        `json:"unchanged"`
	Diagnostics json.RawMessage `json:"diagnostics"`
	ExitCode    int             `json:"exit_code"`
}

func (c *call) generateSpecs(check bool) error {
	specs, err := c.specs()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a short run: memory is cheaper than time
	}
	res, err := c.generateWith(gen.Options{Specs: specs, Check: check, Skip: true})
	if err != nil {
		return err
	}
	stale := check && !res.UpToDate()
	if c.json {
		doc := generated{specs, res.UpToDate(), none(res.Written), none(res.Stale), none(res.Unchanged), rawDiagnostics(res.Diagnostics), exitFine}
		if stale {
			doc.ExitCode = exitFindings
		}
		c.encode(doc)
	} else {
		c.printGenerated(res, check)
	}
	if !stale {
		return nil
	}
	if !c.json {
		fmt.Fprintf(c.err, "seamflow: generated code is stale\nhint: run seamflow generate%s and commit what it writes\n", c.operandText())
	}
	return ended(exitFindings)
}

func (c *call) printGenerated(res *gen.Result, check bool) {
	wrote, removed := "wrote", "removed"
	if check {
		wrote, removed = "stale", "to be removed"
	}
	for _, name := range res.Written {
		fmt.Fprintln(c.out, wrote, name)
	}
	for _, name := range res.Stale {
		fmt.Fprintln(c.out, removed, name)
	}
}

// operandText is the operands as they continue a command line.
func (c *call) operandText() string {
	if len(c.operands) == 0 {
		return ""
	}
	return " " + strings.Join(c.operands, " ")
}
