package cli

import (
	"flag"
	"path/filepath"

	"github.com/seamflow/seamflow/internal/deploy"
)

func planCommand() *command {
	var opt deploy.Options
	return &command{
		name: "plan", operands: "SPEC", most: 1,
		summary: "say what deploying a pipeline does to its tables",
		text: `Compares the spec with the tables as they stand, and says of each table and flow whether it continues (and where), starts, ends,
needs backfill, needs full refresh or is refused, why, and what the way out is. Flows that append to one table are held
against each other: no row may be taken twice, and none may be lost that was taken before. Exit 1 when something is
refused or would be lost. Reads the tables' logs only; writes nothing, takes no lock, and needs no Go.`,
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&opt.Data, "data", "", "`DIR` that relative paths of the spec start from (default: the spec's folder, as seamflow run has it)")
			fs.StringVar(&opt.Target, "target", "", "`NAME` of the target whose connection values to use")
			fs.BoolVar(&opt.Connect, "connect", false, "look at the sources, too: what is left unread, and how far back topics reach")
		},
		run: func(c *call) error { return c.plan(opt) },
	}
}

func (c *call) plan(opt deploy.Options) error {
	name, err := c.spec("plan")
	if err != nil {
		return err
	}
	res, err := c.generate([]string{name}, true)
	if err != nil {
		return err
	}
	if opt.Data == "" {
		opt.Data = filepath.Dir(name)
	}
	p, err := deploy.Make(c.ctx, res.Pipelines[0], opt)
	if err != nil {
		return &failure{code: deploy.ExitCode(err), message: err.Error()}
	}
	code := exitFine
	if p.Stops() {
		code = exitFindings
	}
	if c.json {
		c.encode(p.Document(code))
	} else if err := p.Text(c.out); err != nil {
		return err
	}
	if code != exitFine {
		return ended(code)
	}
	return nil
}
