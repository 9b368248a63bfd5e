package app

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

func (c *command) runPipeline(ctx context.Context) error {
	if !c.json && c.pipeline.Graph != "" {
		fmt.Fprintln(c.out, strings.TrimRight(c.pipeline.Graph, "\n"))
		fmt.Fprintln(c.out)
	}
	watch, err := c.watch()
	if err != nil {
		return err
	}
	c.opt.Observer = watch.sink
	done := make(chan struct{})
	go c.drainBy(ctx, done)
	s, err := c.pipeline.Run(ctx, c.opt)
	close(done)
	watch.end(c, s, err)
	if s == nil {
		return err
	}
	if c.json {
		c.encode(runDocument{s, errorText(err), flow.ExitCode(err)})
		return silent(err)
	}
	writeSummary(c.out, s)
	return err
}

// drainBy ends the process where a run does not end in time after a signal. What is not committed is read again by the next
// run, as after any other end.
func (c *command) drainBy(ctx context.Context, done <-chan struct{}) {
	select {
	case <-done:
		return
	case <-ctx.Done():
	}
	timer := time.NewTimer(c.opt.Drain)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		c.fail(fmt.Errorf("it could not be ended within %s (--drain) and was cut off: what is committed stays, and the next run reads the rest", c.opt.Drain))
		c.exit(flow.ExitEnvironment)
	}
}

// runDocument is what --json prints of a run.
type runDocument struct {
	*flow.Summary
	Error    string `json:"error,omitempty"`
	ExitCode int    `json:"exit_code"`
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (c *command) status(ctx context.Context) error {
	s, err := c.pipeline.Status(ctx, c.opt)
	if err != nil {
		return err
	}
	if c.json {
		c.encode(s)
	} else {
		writeStatus(c.out, s)
	}
	return nil
}

func (c *command) reset(ctx context.Context) error {
	agreed := true
	plan, err := c.pipeline.Reset(ctx, c.opt, c.arg(), func(p *flow.ResetPlan) bool {
		agreed = c.agrees(p)
		return agreed
	})
	if err != nil {
		return err
	}
	if !agreed {
		return &flow.UsageError{Message: fmt.Sprintf("nothing was reset: %d files that were read are gone, and what only they held would be lost; repeat with --yes to reset all the same", len(plan.Lost))}
	}
	c.tellAction(observe.Named{Table: plan.Table, Flow: plan.Flow}, "RESET", "reset "+c.arg())
	if c.json {
		c.encode(plan)
		return nil
	}
	fmt.Fprintf(c.out, "reset: the next run reads from the start\n")
	return nil
}

// lostShown is how many of the lost files are named.
const lostShown = 20

// agrees says what a reset will do and, where something would be lost, asks.
func (c *command) agrees(p *flow.ResetPlan) bool {
	to := c.err
	if p.Flow != "" {
		fmt.Fprintf(to, "reset of flow %s of table %s: it will read its source again (%d files so far); rows stay, and events that are known already change nothing\n", p.Flow, p.Table, p.Files)
	} else {
		fmt.Fprintf(to, "reset of table %s: removes its %d rows, its tombstones and the progress of its flows (%d files so far), and reads its sources again\n", p.Table, p.Rows, p.Files)
	}
	if len(p.Lost) == 0 {
		return true
	}
	fmt.Fprintf(to, "%d files that were read are gone and cannot be read again:\n", len(p.Lost))
	for i, path := range p.Lost {
		if i == lostShown {
			fmt.Fprintf(to, "  and %d more\n", len(p.Lost)-i)
			break
		}
		fmt.Fprintf(to, "  %s\n", printable(path))
	}
	if c.yes || !c.asks {
		return c.yes
	}
	fmt.Fprint(to, "go on? [y/N] ")
	answer, _ := bufio.NewReader(c.in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

func (c *command) quarantineList(ctx context.Context) error {
	var all []*flow.Rejected
	total := 0
	err := c.pipeline.QuarantineList(ctx, c.opt, c.arg(), func(r *flow.Rejected) {
		total++
		if c.limit == 0 || len(all) < c.limit {
			all = append(all, r)
		}
	})
	if err != nil {
		return err
	}
	if c.json {
		c.encode(map[string]any{"pipeline": c.pipeline.Name, "total": total, "records": all})
		return nil
	}
	for _, r := range all {
		fmt.Fprintf(c.out, "%s: %s\n    table %s, flow %s, %s\n    %s\n", printable(r.Place()), printable(r.Reason), r.Table, r.Flow, r.At.Format("2006-01-02 15:04:05"), shorten(r.Raw))
	}
	fmt.Fprintf(c.out, "%d of %d records\n", len(all), total)
	return nil
}

// shorten makes a record fit a line or two.
func shorten(raw string) string {
	const most = 300
	s := strings.TrimSpace(raw)
	if len(s) <= most {
		return printable(s)
	}
	return printable(strings.ToValidUTF8(s[:most], "")) + fmt.Sprintf(" … (%d bytes)", len(raw))
}

func (c *command) quarantineReplay(ctx context.Context) error {
	show := c.observer()
	c.opt.Observer = show
	all, err := c.pipeline.QuarantineReplay(ctx, c.opt, c.arg())
	show.close()
	if err != nil {
		return err
	}
	for _, r := range all {
		c.tellAction(observe.Named{Table: r.Table}, "REPLAY", "tried records again that were set aside of table "+r.Table)
	}
	if c.json {
		c.encode(map[string]any{"pipeline": c.pipeline.Name, "tables": all})
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "table\ttried\tstill bad\tupserted\tappended\tdeleted\tlate or repeated\tfiltered\t")
	for _, r := range all {
		n := r.Counts
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.Table, r.Tried, r.Bad, n.Upserted, n.Appended, n.Deleted, n.Late+n.Deduplicated, n.Filtered)
	}
	w.Flush()
	if len(all) == 0 {
		fmt.Fprintln(c.out, "nothing is set aside")
	}
	return nil
}

func (c *command) vacuumTables(ctx context.Context) error {
	c.vacuum.Short = c.yes
	all, err := c.pipeline.Vacuum(ctx, c.opt, c.arg(), c.vacuum)
	if err != nil {
		return err
	}
	if c.json {
		c.encode(map[string]any{"pipeline": c.pipeline.Name, "dry_run": c.vacuum.DryRun, "tables": all})
		return nil
	}
	verb := "removed"
	if c.vacuum.DryRun {
		verb = "would remove"
	}
	for _, r := range all {
		if c.vacuum.DryRun {
			for _, name := range r.Files {
				fmt.Fprintln(c.out, printable(r.Path+"/"+name))
			}
		}
		fmt.Fprintf(c.out, "table %s: %s %s files, %s\n", r.Table, verb, thousands(int64(len(r.Files))), bytesText(r.Bytes))
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "there is no table yet")
	}
	return nil
}
