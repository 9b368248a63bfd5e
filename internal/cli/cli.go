// Package cli is the seamflow command: it takes the words of a command line and gives text or JSON, and an exit code.
//
// One file holds one subcommand. What the commands do to specs is gen's; cmd/seamflow is the only caller.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/seamflow/seamflow/internal/diag"
)

// command is a subcommand. Each call of the constructor makes one with flags of its own.
type command struct {
	name     string
	operands string // as the usage line shows them
	summary  string // one line
	text     string // more of it, for its help
	flags    func(fs *flag.FlagSet)
	most     int  // operands that it takes; -1 is any number
	passes   bool // what stands behind "--" is somebody else's
	run      func(c *call) error
}

// commands lists all subcommands, in the order that a project meets them.
func commands() []*command {
	return []*command{
		initCommand(), generateCommand(), validateCommand(), graphCommand(), buildCommand(), runCommand(), planCommand(), reviewCommand(), testCommand(), explainCommand(),
		versionCommand(), helpCommand(),
	}
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// call is one use of a command.
type call struct {
	ctx      context.Context
	out, err io.Writer
	json     bool
	operands []string
	rest     []string // behind "--", of a command that passes it on
}

// Main runs one command line and gives the exit code: 0 fine, 1 findings, 2 wrong usage or spec, 3 environment.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &call{ctx: ctx, out: stdout, err: stderr}
	return c.exit(c.dispatch(args))
}

// dispatch finds the command and runs it.
func (c *call) dispatch(args []string) error {
	own := args
	if i := slices.Index(args, "--"); i >= 0 {
		own = args[:i]
	}
	c.json = slices.Contains(own, "--json") || slices.Contains(own, "-json")
	if len(args) == 0 {
		return usage("a command is needed", "seamflow help lists them")
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	for _, cmd := range commands() {
		if cmd.name == name {
			return c.do(cmd, args[1:])
		}
	}
	hint := "there are " + strings.Join(commandNames(), ", ")
	if near := diag.DidYouMean(name, commandNames()); near != "" {
		hint = near + " " + hint
	}
	return usage("no command "+name, hint)
}

// do reads the flags of cmd, which stand before, between or behind its operands, and runs it.
func (c *call) do(cmd *command, args []string) error {
	fs := newFlags(cmd, &c.json)
	if i := slices.Index(args, "--"); i >= 0 {
		c.rest, args = args[i+1:], args[:i]
	}
	for len(args) > 0 {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return c.helpOf(cmd)
		}
		if err != nil {
			return wrongFlag(cmd, err)
		}
		if args = fs.Args(); len(args) > 0 {
			c.operands, args = append(c.operands, args[0]), args[1:]
		}
	}
	if !cmd.passes {
		c.operands, c.rest = append(c.operands, c.rest...), nil
	}
	if cmd.most >= 0 && len(c.operands) > cmd.most {
		return usage(fmt.Sprintf("%s does not take %s", cmd.name, strings.Join(c.operands[cmd.most:], " ")), "seamflow help "+cmd.name+" shows what it takes")
	}
	return cmd.run(c)
}

func newFlags(cmd *command, json *bool) *flag.FlagSet {
	fs := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	if cmd.flags != nil {
		cmd.flags(fs)
	}
	fs.BoolVar(json, "json", *json, "print one JSON document")
	return fs
}

func wrongFlag(cmd *command, err error) error {
	message := strings.Replace(err.Error(), "flag provided but not defined: -", cmd.name+" has no flag --", 1)
	hint := "seamflow help " + cmd.name + " lists its flags"
	if cmd.passes {
		hint += "; flags of the pipeline stand behind --, as in seamflow run orders.yaml -- --available-now"
	}
	return usage(message, hint)
}
