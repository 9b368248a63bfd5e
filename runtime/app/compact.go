package app

import (
	"context"
	"fmt"
	"time"
)

func (c *command) compact(ctx context.Context) error {
	all, err := c.pipeline.Compact(ctx, c.opt, c.arg())
	if err != nil {
		return err
	}
	if c.json {
		c.encode(map[string]any{"pipeline": c.pipeline.Name, "tables": all})
		return nil
	}
	for _, r := range all {
		if r.Commits == 0 {
			fmt.Fprintf(c.out, "table %s: nothing to compact in %s files\n", r.Table, thousands(int64(r.After)))
			continue
		}
		fmt.Fprintf(c.out, "table %s: %s files became %s (%s read, %s written, %d commits, %s)\n", r.Table, thousands(int64(r.Before)),
			thousands(int64(r.After)), bytesText(r.Read), bytesText(r.Written), r.Commits, r.Took.Round(time.Millisecond))
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "there is no table yet")
	}
	return nil
}
