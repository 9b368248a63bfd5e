package cutover

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/seamflow/seamflow/runtime/observe"
)

// ownCommit is what the pipeline's event log says of a commit that brought rows.
type ownCommit struct {
	at       time.Time
	rows     int64
	p50, p99 float64 // milliseconds
}

func (w *World) ownCommits() (all []ownCommit, err error) {
	lines, err := observe.ReadEvents(filepath.Join(w.Dir, ".seamflow", "events", "actions.jsonl"), observe.EventFilter{Level: "METRICS"})
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		var e struct {
			Timestamp time.Time
			Details   struct {
				Progress observe.FlowProgress `json:"flow_progress"`
			}
		}
		if err := json.Unmarshal(line.Raw, &e); err != nil {
			return nil, fmt.Errorf("event log: %w: %s", err, line.Raw)
		}
		m := e.Details.Progress.Metrics
		if m == nil || m.Output == nil || *m.Output == 0 || m.FreshnessP50 == nil || m.FreshnessP99 == nil {
			continue
		}
		all = append(all, ownCommit{e.Timestamp, *m.Output, *m.FreshnessP50, *m.FreshnessP99})
	}
	return all, nil
}

// reportOwnLog tells what the pipeline says of its freshness: of its commits' p50 the median, and of their p99 that of the
// worst hundredth of rows.
func (s *Story) reportOwnLog() error {
	commits, err := s.World.ownCommits()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(s.Out)
	fmt.Fprintln(w, "by the pipeline's event log\tcommits\trows\tp50\tp99\t")
	for _, p := range append(slices.Clone(s.phases), phase{"all", span{time.Time{}, time.Now()}}) {
		var in []ownCommit
		rows := int64(0)
		for _, c := range commits {
			if !c.at.Before(p.from) && c.at.Before(p.to) {
				in = append(in, c)
				rows += c.rows
			}
		}
		p50 := weighted(in, 0.5, func(c ownCommit) float64 { return c.p50 })
		p99 := weighted(in, 0.99, func(c ownCommit) float64 { return c.p99 })
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f ms\t%.0f ms\t\n", p.name, len(in), rows, p50, p99)
	}
	return w.Flush()
}

// weighted gives the value that a share of the rows does not exceed.
func weighted(commits []ownCommit, share float64, of func(ownCommit) float64) float64 {
	sorted := slices.SortedFunc(slices.Values(commits), func(a, b ownCommit) int { return cmp.Compare(of(a), of(b)) })
	rows, sum := int64(0), int64(0)
	for _, c := range sorted {
		rows += c.rows
	}
	for _, c := range sorted {
		if sum += c.rows; float64(sum) >= share*float64(rows) {
			return of(c)
		}
	}
	return 0
}
