package cli

import (
	"flag"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/graph"
)

func graphCommand() *command {
	format := "text"
	return &command{
		name: "graph", operands: "SPEC", most: 1,
		summary: "draw a pipeline's sources, views, flows and tables",
		text: `Formats are text, mermaid (Markdown viewers show it), dot (Graphviz), json and svg. --json is --format json.
Connection values are shown as the spec writes them: ${NAME} stays ${NAME}.`,
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&format, "format", format, "`FORMAT` is "+strings.Join(graph.Formats(), ", "))
		},
		run: func(c *call) error { return c.graph(format) },
	}
}

func (c *call) graph(format string) error {
	if c.json {
		format = "json"
	}
	if !slices.Contains(graph.Formats(), format) {
		hint := diag.DidYouMean(format, graph.Formats())
		if hint == "" {
			hint = "there are " + strings.Join(graph.Formats(), ", ")
		}
		return usage("no graph format "+format, hint)
	}
	name, err := c.spec("graph")
	if err != nil {
		return err
	}
	res, err := c.generate([]string{name}, true)
	if err != nil {
		return err
	}
	return graph.Write(c.out, res.Pipelines[0], format)
}
