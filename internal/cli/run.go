package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func runCommand() *command {
	return &command{
		name: "run", operands: "SPEC [-- FLAGS]", most: 1, passes: true,
		summary: "build a pipeline and run it in the spec's folder",
		text: `Builds as seamflow build does, then becomes the pipeline's binary: signals, input, output and exit code are the pipeline's own.
What stands behind -- is the pipeline's command line: "-- --available-now" reads what is there and exits, "-- status" shows
where it stands, "-- --help" lists the rest. --json is passed on.`,
		run: (*call).runSpec,
	}
}

func (c *call) runSpec() error {
	name, err := c.spec("run")
	if err != nil {
		return err
	}
	res, err := c.generate([]string{name}, false)
	if err != nil {
		return err
	}
	for _, file := range append(slices.Clone(res.Written), res.Stale...) {
		fmt.Fprintln(c.err, "generated", file) // stdout is the pipeline's
	}
	t := target{spec: name, res: res}
	t.out = filepath.Join(filepath.Dir(name), ".seamflow", "bin", t.name()+exe())
	if err := c.build(t); err != nil {
		return err
	}
	binary, err := filepath.Abs(t.out)
	if err != nil {
		return err
	}
	args := append([]string{t.name()}, c.rest...)
	if c.json && !slices.Contains(c.rest, "--json") {
		args = append(args, "--json")
	}
	if err := os.Chdir(filepath.Dir(name)); err != nil {
		return err
	}
	return c.become(binary, args)
}
