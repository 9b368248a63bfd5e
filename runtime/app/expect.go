package app

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/seamflow/seamflow/runtime/flow"
)

// writeExpectations prints a line for each expectation that a flow's rows are held against.
func writeExpectations(to io.Writer, s *flow.Summary, count func(*flow.ExpectationSummary) int64) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	any := false
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			for i := range f.Expectations {
				if !any {
					fmt.Fprintln(w, "\nflow\texpectation\trule\taction\tviolated")
					any = true
				}
				e := &f.Expectations[i]
				fmt.Fprintf(w, "%s\t%s.%s\t%s\t%s\t%s\n", f.Name, e.Owner, e.Name, printable(e.Rule), e.Action, thousands(count(e)))
			}
		}
	}
	w.Flush()
}
