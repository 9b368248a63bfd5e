package app

import (
	"context"
	"fmt"

	"github.com/seamflow/seamflow/runtime/observe"
)

func (c *command) adopt(ctx context.Context) error {
	a, err := c.pipeline.Adopt(ctx, c.opt, c.arg())
	if err != nil {
		return err
	}
	if len(a.Versions) > 0 || a.Unknown {
		c.tellAction(observe.Named{Table: a.Table}, "ADOPT", "adopted table "+a.Table+" as others have changed it")
	}
	if c.json {
		c.encode(a)
		return nil
	}
	if len(a.Versions) == 0 && !a.Unknown {
		fmt.Fprintf(c.out, "nothing to adopt: nobody else has changed rows or schema of table %s\n", a.Table)
		return nil
	}
	if a.Unknown {
		fmt.Fprintf(c.out, "the log does not have all of what others did\n")
	}
	for _, v := range a.Versions {
		fmt.Fprintf(c.out, "version %d: %s by %s, %s\n", v.Version, printable(v.Operation), printable(v.Engine), v.At.Format("2006-01-02 15:04:05"))
	}
	fmt.Fprintf(c.out, "adopted: table %s keeps the %d rows that it has now, and its flows go on where they were; rows that others removed are not read again\n", a.Table, a.Rows)
	return nil
}
