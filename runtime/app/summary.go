package app

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

// silent is an error whose text was printed already: it only carries the exit code.
func silent(err error) error {
	if err == nil {
		return nil
	}
	return &printed{err}
}

type printed struct{ error }

func (p *printed) Unwrap() error { return p.error }

// writeSummary prints what a run did: a line per flow, then a line per table.
func writeSummary(to io.Writer, s *flow.Summary) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "flow\tread\tfiltered\tdropped\tappended\tupserted\tdeleted\tdeduplicated\tlate\ttied\tquarantined\t")
	var all observe.Counts
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			n := f.Run
			all.Add(n)
			fmt.Fprintf(w, "%s\t%s\n", f.Name, counts(n))
		}
	}
	w.Flush()
	writeRemoved(to, s)
	fmt.Fprintln(to)
	writeTables(to, s)
	writeExpectations(to, s, func(e *flow.ExpectationSummary) int64 { return e.Violated })
	rate := ""
	if seconds := s.Took.Seconds(); seconds > 0 && all.Read > 0 {
		rate = ", " + thousands(int64(float64(all.Read)/seconds)) + " records/s"
	}
	fmt.Fprintf(to, "\n%s records in %s%s\n", thousands(all.Read), s.Took.Round(time.Millisecond), rate)
}

// writeRemoved tells of rows that no record took away: a short extract shows here first.
func writeRemoved(to io.Writer, s *flow.Summary) {
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			if n := f.Run.Removed; n > 0 {
				fmt.Fprintf(to, "%s: %s rows of %s were ended, of keys that its extracts do not have\n", f.Name, thousands(n), t.Name)
			}
		}
	}
}

func counts(n observe.Counts) string {
	out := ""
	for _, v := range []int64{n.Read, n.Filtered, n.Dropped, n.Appended, n.Upserted, n.Deleted, n.Deduplicated, n.Late, n.Tied, n.Quarantined} {
		out += thousands(v) + "\t"
	}
	return out
}

func writeTables(to io.Writer, s *flow.Summary) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "table\trows\tversion\tfiles\tbytes\tquarantined\t")
	for _, t := range s.Tables {
		version := strconv.FormatInt(t.Version, 10)
		if t.Version < 0 {
			version = "none"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", t.Name, thousands(t.Rows), version, thousands(int64(t.Files)), bytesText(t.Bytes), thousands(t.Quarantined))
	}
	w.Flush()
}

// writeStatus prints how tables and flows stand.
func writeStatus(to io.Writer, s *flow.Summary) {
	writeTables(to, s)
	fmt.Fprintln(to)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "flow\ttable\tstate\tfiles read\trecords\tquarantined\tfresh p50\tfresh p99\tlast commit")
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			last := "never"
			if f.LastCommit != nil {
				last = f.LastCommit.Local().Format("2006-01-02 15:04:05")
				if f.LastCounts != nil {
					last += " (" + thousands(f.LastCounts.Read) + " records)"
				}
			}
			state := f.State
			if f.FilesLeft > 0 {
				state += " (" + thousands(int64(f.FilesLeft)) + " files left)"
			}
			if f.Backlog != nil && f.Backlog.Records > 0 {
				state += " (" + thousands(f.Backlog.Records) + " records behind)"
			}
			p50, p99 := "-", "-"
			if f.Fresh != nil && f.Fresh.Records > 0 {
				p50, p99 = ageText(f.Fresh.P50), ageText(f.Fresh.P99)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, t.Name, state, thousands(f.FilesRead), thousands(f.Total.Read), thousands(f.Total.Quarantined), p50, p99, last)
		}
	}
	w.Flush()
	for _, t := range s.Tables {
		for _, o := range t.Owners {
			fmt.Fprintf(to, "table %s is written by %s since %s\n", t.Name, o, o.Since.Local().Format("2006-01-02 15:04:05"))
		}
	}
	writeExpectations(to, s, func(e *flow.ExpectationSummary) int64 { return e.Total })
}

// thousands groups digits: 1,234,567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

func bytesText(n int64) string {
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v := float64(n)
	for _, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		v /= 1 << 10
		if v < 1<<10 || unit == "TiB" {
			return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
		}
	}
	return ""
}
