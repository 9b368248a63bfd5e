package cli

import (
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/seamflow/seamflow/internal/diag"
)

func helpCommand() *command {
	return &command{
		name: "help", operands: "[COMMAND]", most: 1,
		summary: "explain a command",
		text:    `Without an operand it lists the commands.`,
		run:     (*call).help,
	}
}

func (c *call) help() error {
	if len(c.operands) == 0 {
		return c.helpOf(nil)
	}
	for _, cmd := range commands() {
		if cmd.name == c.operands[0] {
			return c.helpOf(cmd)
		}
	}
	return usage("no command "+c.operands[0], diag.DidYouMean(c.operands[0], commandNames()))
}

// helped is what --json prints of a command.
type helped struct {
	Command string `json:"command"`
	Usage   string `json:"usage"`
	Summary string `json:"summary"`
}

// helpOf explains cmd, or nil for all.
func (c *call) helpOf(cmd *command) error {
	if !c.json {
		text := overview()
		if cmd != nil {
			text = cmd.help()
		}
		fmt.Fprint(c.out, text)
		return nil
	}
	all := []helped{}
	for _, each := range commands() {
		if cmd == nil || cmd.name == each.name {
			all = append(all, helped{each.name, each.usageLine(), each.summary})
		}
	}
	c.encode(map[string]any{"commands": all})
	return nil
}

func overview() string {
	var b strings.Builder
	b.WriteString("seamflow turns a pipeline spec into a typed Go program that keeps tables up to date.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %s\t%s\n", cmd.usageLine(), cmd.summary)
	}
	w.Flush()
	b.WriteString("\nEvery command has --json and --help; flags stand before or behind operands.\n" +
		"Exit codes: 0 fine, 1 findings or failed data, 2 wrong usage or spec, 3 environment.\n")
	return b.String()
}

func (cmd *command) usageLine() string {
	return strings.TrimSpace("seamflow " + cmd.name + " " + cmd.operands)
}

func (cmd *command) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s.\n%s\n\nFlags\n", cmd.usageLine(), strings.ToUpper(cmd.summary[:1])+cmd.summary[1:], cmd.text)
	var json bool
	newFlags(cmd, &json).VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		fmt.Fprintf(&b, "  %-18s %s\n", strings.TrimSpace(dashes+f.Name+" "+value), text)
	})
	return b.String()
}
