package faults

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Print writes the table, and reports whether there is one and all of it is as it should be.
func Print(w io.Writer, all []Result) bool {
	good := len(all) > 0
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tab, "fault\tcases\tlost\trepeated\twrong\ttime\tnote")
	for _, r := range all {
		fmt.Fprintf(tab, "%s\t%d\t%d\t%d\t%d\t%s\t%s\n", r.Fault, r.Cases, r.Lost, r.Repeated, r.Wrong, r.Took.Round(100*time.Millisecond), r.Note)
		good = good && !r.Bad()
	}
	tab.Flush()
	return good
}
