package app

import (
	"context"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/runtime/observe"
)

// events prints the event log: its last events, and those that come.
func (c *command) events(ctx context.Context) error {
	filter := observe.EventFilter{Level: c.level, Flow: c.flow, Limit: c.limit}
	all, err := observe.ReadEvents(c.eventsFile(), filter)
	if err != nil {
		return err
	}
	all = filter.Last(all)
	if c.json && !c.follow {
		documents := []observe.EventDocument{}
		for _, e := range all {
			documents = append(documents, e.EventDocument)
		}
		c.encode(map[string]any{"pipeline": c.pipeline.Name, "events": documents})
		return nil
	}
	for _, e := range all {
		c.printEvent(e)
	}
	if c.follow {
		return observe.FollowEvents(ctx, c.eventsFile(), filter, c.printEvent)
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "no events")
	}
	return nil
}

func (c *command) printEvent(e observe.EventLine) {
	if c.json {
		fmt.Fprintf(c.out, "%s\n", e.Raw)
		return
	}
	at := e.Timestamp
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		at = t.Local().Format("2006-01-02 15:04:05.000")
	}
	message := e.Message
	if m := eventMetrics(e); m != "" {
		message += " " + m
	}
	if e.Error != nil {
		for _, x := range e.Error.Exceptions {
			message += " " + x.Message
		}
	}
	fmt.Fprintf(c.out, "%s  %-7s  %-18s  %s\n", at, e.Level, printable(e.EventType), printable(message))
}

// eventMetrics says what a commit brought.
func eventMetrics(e observe.EventLine) string {
	progress, _ := e.Details["flow_progress"].(map[string]any)
	m, _ := progress["metrics"].(map[string]any)
	if m == nil {
		return ""
	}
	n := func(names ...string) string {
		sum := 0.0
		for _, name := range names {
			v, _ := m[name].(float64)
			sum += v
		}
		return thousands(int64(sum))
	}
	s := fmt.Sprintf("%s read, %s rows out, %s deleted, %s quarantined, %s records and %s files left", n("num_read_rows"), n("num_output_rows", "num_upserted_rows"),
		n("num_deleted_rows"), n("num_quarantined_rows"), n("backlog_records"), n("backlog_files"))
	if p50, ok := m["freshness_p50_ms"].(float64); ok {
		p99, _ := m["freshness_p99_ms"].(float64)
		s += ", freshness p50 " + ageText(fromMilliseconds(p50)) + ", p99 " + ageText(fromMilliseconds(p99))
	}
	return s
}

func fromMilliseconds(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

// ageText is a duration of three digits or so.
func ageText(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	case d < 48*time.Hour:
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%.1fd", d.Hours()/24)
}
