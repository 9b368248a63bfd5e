// Command run is `make cutover`: it moves a pipeline from files to Kafka and back, and forth, while events keep coming,
// and prints what was lost and repeated, and how fresh the table was. With -kills it kills the pipeline's processes
// instead, at random moments of the same story.
//
//	go run ./internal/cutover/run [-rate N] [-week D] [-inprocess] [-dir DIR]
//	go run ./internal/cutover/run -kills N [-real M] [-seed S]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seamflow/seamflow/internal/cutover"
	"github.com/seamflow/seamflow/internal/faults"
)

func main() {
	c := command{}
	flag.IntVar(&c.rate, "rate", 5000, "events a second")
	flag.DurationVar(&c.week, "week", 10*time.Second, "how long a week of the story takes")
	flag.BoolVar(&c.inProcess, "inprocess", false, "a broker within this process instead of Apache Kafka's own")
	flag.StringVar(&c.dir, "dir", "", "keep tables, files and logs here (default: a temporary folder, kept when something is wrong)")
	flag.IntVar(&c.kills, "kills", 0, "kill processes so many times instead")
	flag.IntVar(&c.real, "real", 0, "so many of the kills on Apache Kafka's own broker")
	flag.Uint64Var(&c.seed, "seed", faults.Seed(), "replays the moments of kills")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	good, err := c.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cutover:", err)
	}
	if err != nil || !good {
		os.Exit(1)
	}
}

type command struct {
	rate, kills, real int
	week              time.Duration
	inProcess         bool
	dir               string
	seed              uint64
}

func (c *command) run(ctx context.Context) (good bool, err error) {
	temporary := c.dir == ""
	if temporary {
		if c.dir, err = os.MkdirTemp("", "cutover-"); err != nil {
			return false, err
		}
	}
	defer func() {
		switch {
		case !temporary:
		case good && err == nil:
			_ = os.RemoveAll(c.dir)
		default:
			fmt.Fprintln(os.Stderr, "cutover: tables, files and logs are in", c.dir)
		}
	}()
	if c.dir, err = filepath.Abs(c.dir); err != nil {
		return false, err
	}
	if err := os.MkdirAll(filepath.Join(c.dir, "bin"), 0o755); err != nil {
		return false, err
	}
	fmt.Println("building V1, V2 and V3")
	tools, err := cutover.Build(ctx, filepath.Join(c.dir, "bin"))
	if err != nil {
		return false, err
	}
	if c.kills > 0 {
		return c.killAll(ctx, tools)
	}
	return c.story(ctx, tools)
}

func (c *command) story(ctx context.Context, tools *cutover.Tools) (good bool, err error) {
	var addr string
	if c.inProcess {
		a, stop, err := cutover.InProcess(ctx)
		if err != nil {
			return false, err
		}
		defer stop()
		addr = a
	} else {
		fmt.Println("starting Apache Kafka's broker")
		b, err := cutover.StartBroker(ctx)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, b.Stop()) }()
		addr = b.Addr()
	}
	world, err := cutover.NewWorld(tools, c.dir, addr)
	if err != nil {
		return false, err
	}
	defer world.Close()
	s := cutover.Story{World: world, Out: os.Stdout, Rate: c.rate, Week: c.week}
	return s.Run(ctx)
}

// killAll kills, first on the broker of this process.
func (c *command) killAll(ctx context.Context, tools *cutover.Tools) (good bool, err error) {
	t := &printer{}
	defer func() { good = t.end() && err == nil }()
	if n := c.kills - c.real; n > 0 {
		y := faults.Begin(t, "SIGKILL in the move from files to Kafka, kfake")
		k := cutover.Kills{Tools: tools, Cluster: cutover.InProcess, Dir: filepath.Join(c.dir, "kfake"), Want: n, Seed: c.seed, Tally: y}
		if err := k.Run(ctx); err != nil {
			return false, err
		}
	}
	if c.real == 0 {
		return true, nil
	}
	b, err := cutover.StartBroker(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, b.Stop()) }()
	y := faults.Begin(t, "SIGKILL in the move from files to Kafka, Apache Kafka's broker")
	k := cutover.Kills{Tools: tools, Cluster: cutover.Real(b), Dir: filepath.Join(c.dir, "real"), Want: c.real, Seed: c.seed, Tally: y}
	return true, k.Run(ctx)
}

// printer is what a Tally takes a test for.
type printer struct {
	ends   []func()
	failed bool
}

func (*printer) Helper()                         {}
func (*printer) Name() string                    { return "cutover" }
func (*printer) Logf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (p *printer) Cleanup(end func())            { p.ends = append(p.ends, end) }

func (p *printer) Errorf(format string, args ...any) {
	p.failed = true
	fmt.Printf(format+"\n", args...)
}

// end has the tallies speak, and reports whether all went well.
func (p *printer) end() bool {
	for _, end := range p.ends {
		end()
	}
	return !p.failed
}
