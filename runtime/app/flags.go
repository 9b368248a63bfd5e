package app

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
)

// parse takes flags and words in any order: `reset --yes orders` and `reset orders --yes` are the same.
func (c *command) parse(args []string) error {
	fs := flag.NewFlagSet(c.pipeline.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.BoolVar(&c.opt.AvailableNow, "available-now", false, "")
	fs.StringVar(&c.opt.Data, "data", "", "")
	fs.StringVar(&c.opt.Target, "target", "", "")
	fs.DurationVar(&c.opt.Wait, "wait", 0, "")
	fs.BoolVar(&c.opt.Standby, "standby", false, "")
	fs.BoolVar(&c.opt.Shared, "shared", false, "")
	fs.DurationVar(&c.opt.Drain, "drain", flow.DefaultDrain, "")
	fs.Func("memory", "", func(s string) (err error) {
		c.opt.Memory, err = parseSize(s)
		return err
	})
	fs.StringVar(&c.metrics, "metrics", "", "")
	fs.BoolVar(&c.json, "json", false, "")
	fs.BoolVar(&c.follow, "follow", false, "")
	fs.StringVar(&c.flow, "flow", "", "")
	fs.Func("level", "", func(s string) error {
		c.level = strings.ToUpper(s)
		if !slices.Contains(levels, c.level) {
			return errors.New("not one of " + strings.Join(levels, ", "))
		}
		return nil
	})
	fs.IntVar(&c.limit, "limit", 100, "")
	fs.BoolVar(&c.yes, "yes", false, "")
	fs.BoolVar(&c.vacuum.DryRun, "dry-run", false, "")
	fs.Func("retention", "", func(s string) error {
		d, err := parseDays(s)
		c.vacuum.Retention = &d
		return err
	})
	var words []string
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			return wrongUsage(err)
		}
		args = fs.Args()
		if len(args) > 0 {
			words, args = append(words, args[0]), args[1:]
		}
	}
	return c.choose(words)
}

func wrongUsage(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return &flow.UsageError{Message: err.Error() + " (see --help)"}
}

// choose tells the command from its arguments.
func (c *command) choose(words []string) error {
	c.name = "run"
	if len(words) > 0 {
		c.name, c.args = words[0], words[1:]
	}
	most := 0
	switch c.name {
	case "run", "status", "events", "version":
	case "help":
		return flag.ErrHelp
	case "reset":
		most = 1
		if len(c.args) == 0 {
			return wrongUsage(errors.New("reset needs the name of a table or flow"))
		}
	case "vacuum", "compact":
		most = 1
	case "adopt":
		most = 1
		if len(c.args) == 0 {
			return wrongUsage(errors.New("adopt needs the name of a table"))
		}
	case "quarantine":
		if len(c.args) == 0 || c.args[0] != "list" && c.args[0] != "replay" {
			return wrongUsage(errors.New("quarantine needs list or replay"))
		}
		c.name, c.args, most = "quarantine "+c.args[0], c.args[1:], 1
	default:
		return wrongUsage(fmt.Errorf("no command %s", c.name))
	}
	if len(c.args) > most {
		return wrongUsage(fmt.Errorf("%s does not take %s", c.name, strings.Join(c.args[most:], " ")))
	}
	return nil
}

// levels are those of events.
var levels = []string{"INFO", "METRICS", "WARN", "ERROR"}

// arg is the table or flow that was named, "" for none.
func (c *command) arg() string {
	if len(c.args) == 0 {
		return ""
	}
	return c.args[0]
}

var units = []struct {
	name  string
	bytes int64
}{
	{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"TIB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"B", 1},
}

// parseDays reads a duration in Go's units, or a number of days such as 10d.
func parseDays(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if days, is := strings.CutSuffix(s, "d"); is {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 {
		return 0, errors.New("not a time such as 12h or 10d")
	}
	return d, nil
}

func parseSize(s string) (int64, error) {
	number, unit := strings.ToUpper(strings.TrimSpace(s)), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || n*float64(unit) > 1<<62 {
		return 0, errors.New("not a size such as 512MiB or 2GiB")
	}
	return int64(n * float64(unit)), nil
}
