package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/seamflow/seamflow/internal/graph"
)

func validateCommand() *command {
	return &command{
		name: "validate", operands: "[SPEC...]", most: -1,
		summary: "check pipelines without writing anything",
		text: `Runs every check of specs, schemas and SQL, reports all of what is wrong, and prints the graph of each pipeline. Writes nothing
and touches no source or table. Without operands it takes every spec of the working folder.`,
		run: (*call).validate,
	}
}

// validated is what --json prints of a pipeline.
type validated struct {
	Pipeline string          `json:"pipeline"`
	Spec     string          `json:"spec"`
	Graph    json.RawMessage `json:"graph"`
}

func (c *call) validate() error {
	specs, err := c.specs()
	if err != nil {
		return err
	}
	res, err := c.generate(specs, true)
	if err != nil {
		return err
	}
	all := []validated{}
	for i, p := range res.Pipelines {
		if !c.json {
			if i > 0 {
				fmt.Fprintln(c.out)
			}
			fmt.Fprintf(c.out, "%s: pipeline %s is valid: %s, %s, %s, %s\n\n", p.SpecFile, p.Name, plural(len(p.Sources), "source"),
				plural(len(p.Views), "view"), plural(len(p.Flows), "flow"), plural(len(p.Tables), "table"))
			if err := graph.Write(c.out, p, "text"); err != nil {
				return err
			}
			continue
		}
		var b bytes.Buffer
		if err := graph.Write(&b, p, "json"); err != nil {
			return err
		}
		all = append(all, validated{p.Name, p.SpecFile, b.Bytes()})
	}
	if c.json {
		c.encode(map[string]any{"pipelines": all, "diagnostics": rawDiagnostics(res.Diagnostics), "exit_code": exitFine})
	}
	return nil
}
