package observe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/observe"
)

func noWarning(t *testing.T) func(string) {
	return func(m string) { t.Error("warned:", m) }
}

// TestEventsAsDLTNamesThem: what a query over DLT's event log asks for is where it looks for it.
func TestEventsAsDLTNamesThem(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events", "p.jsonl")
	l := observe.NewEventLog(name, "p", noWarning(t))
	flow := observe.Named{Table: "orders", Flow: "f"}
	l.Begin("v1", "a -> b", []observe.Named{flow})
	ages := &observe.Histogram{}
	ages.Add(100*time.Millisecond, 10)
	l.Commit(observe.Commit{
		Table: "orders", Flow: "f", Version: 3, Took: 20 * time.Millisecond, Fresh: ages.Freshness(), Ages: ages, Backlog: observe.Backlog{Records: 4},
		Counts: observe.Counts{Read: 10, Filtered: 1, Upserted: 5, Deleted: 2, Dropped: 2}, Changes: true,
		Judged: []observe.Judged{{Owner: "tables.orders", Name: "positive", Passed: 7, Failed: 2}, {Owner: "views.v", Name: "never", Passed: 9}},
	})
	l.Event(observe.Event{Level: observe.Warn, Table: "orders", Flow: "f", Message: "a file changed"})
	l.End(observe.StatusFailed, map[observe.Named]string{flow: observe.StatusFailed}, errors.New("disk full"))
	l.Close()

	all, err := observe.ReadEvents(name, observe.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for i, e := range all {
		kinds = append(kinds, e.Level+" "+e.EventType)
		if e.Details[e.EventType] == nil || e.ID == "" || e.Timestamp == "" || e.Message == "" || e.MaturityLevel == "" || e.Origin.PipelineName != "p" || e.Origin.UpdateID == "" {
			t.Errorf("a field is missing in %s", e.Raw)
		}
		if e.Sequence.DataPlaneID.SeqNo != int64(i+1) {
			t.Errorf("event %d has the number %d", i, e.Sequence.DataPlaneID.SeqNo)
		}
	}
	want := []string{
		"INFO create_update", "INFO graph", "INFO dataset_definition", "INFO flow_definition", "INFO flow_progress", "INFO update_progress",
		"INFO flow_progress", "METRICS flow_progress", "WARN operation_progress", "ERROR flow_progress", "ERROR update_progress",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Fatal(diff)
	}
	got := all[7].Details["flow_progress"]
	metrics := map[string]any{
		"num_output_rows": nil, "num_upserted_rows": 5.0, "num_deleted_rows": 2.0, "backlog_bytes": 0.0, "backlog_records": 4.0, "backlog_files": 0.0,
		"num_read_rows": 10.0, "num_quarantined_rows": 0.0, "table_version": 3.0, "commit_duration_ms": 20.0,
		"freshness_p50_ms": float64(ages.Freshness().P50.Microseconds()) / 1e3, "freshness_p99_ms": float64(ages.Freshness().P99.Microseconds()) / 1e3, "freshness_max_ms": 100.0,
	}
	quality := map[string]any{"dropped_records": 2.0, "expectations": []any{
		map[string]any{"name": "positive", "dataset": "orders", "passed_records": 7.0, "failed_records": 2.0},
		map[string]any{"name": "never", "dataset": "v", "passed_records": 9.0, "failed_records": 0.0},
	}}
	if diff := cmp.Diff(map[string]any{"status": "RUNNING", "metrics": metrics, "data_quality": quality}, got); diff != "" {
		t.Error(diff)
	}
	if e := all[9].Error; e == nil || !e.Fatal || e.Exceptions[0].Message != "disk full" {
		t.Errorf("no error in %s", all[9].Raw)
	}
	last, err := observe.ReadEvents(name, observe.EventFilter{Level: "ERROR", Flow: "f"})
	if err != nil || len(last) != 1 {
		t.Errorf("%d errors of the flow, %v", len(last), err)
	}
}

// TestEventsSurviveAKill: the line in which a process was killed costs that line only.
func TestEventsSurviveAKill(t *testing.T) {
	if name := os.Getenv("EVENTS_UNTIL_KILLED"); name != "" {
		l := observe.NewEventLog(name, "p", func(m string) { panic(m) })
		for i := 0; ; i++ {
			l.Event(observe.Event{Table: "t", Message: strings.Repeat("x", 3000)})
			if i == 100 {
				fmt.Println("going")
			}
		}
	}
	name := filepath.Join(t.TempDir(), "p.jsonl")
	child := exec.Command(os.Args[0], "-test.run", "^TestEventsSurviveAKill$")
	child.Env = append(os.Environ(), "EVENTS_UNTIL_KILLED="+name)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = bufio.NewReader(out).ReadString('\n')
	_ = child.Process.Kill()
	_ = child.Wait()

	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, `{"id":"torn","sequ`)
	f.Close()
	before, err := observe.ReadEvents(name, observe.EventFilter{})
	if err != nil || len(before) < 100 {
		t.Fatalf("%d events, %v", len(before), err)
	}
	l := observe.NewEventLog(name, "p", noWarning(t))
	l.Event(observe.Event{Table: "t", Message: "back"})
	l.Close()
	after, err := observe.ReadEvents(name, observe.EventFilter{})
	if err != nil || len(after) != len(before)+1 || after[len(after)-1].Message != "back" {
		t.Errorf("%d events after %d, %v", len(after), len(before), err)
	}
}

func TestEventLogThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "events"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	name := filepath.Join(dir, "events", "p.jsonl")
	l := observe.NewEventLog(name, "p", func(m string) { warnings = append(warnings, m) })
	defer l.Close()
	for range 3 {
		l.Event(observe.Event{Message: "m"})
	}
	if len(warnings) != 1 {
		t.Errorf("%d warnings: %q", len(warnings), warnings)
	}
	if err := os.Remove(filepath.Join(dir, "events")); err != nil {
		t.Fatal(err)
	}
	l.Event(observe.Event{Message: "again"})
	if all, err := observe.ReadEvents(name, observe.EventFilter{}); err != nil || len(all) != 1 || len(warnings) != 1 {
		t.Errorf("%d events once it can be written, %v", len(all), err)
	}
}

func TestFollowEvents(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p.jsonl")
	l := observe.NewEventLog(name, "p", noWarning(t))
	defer l.Close()
	l.Event(observe.Event{Message: "before"})
	ctx, stop := context.WithCancel(t.Context())
	got := make(chan string, 10)
	done := make(chan error)
	go func() {
		done <- observe.FollowEvents(ctx, name, observe.EventFilter{}, func(e observe.EventLine) { got <- e.Message })
	}()
	time.Sleep(100 * time.Millisecond)
	l.Event(observe.Event{Message: "one"})
	if err := os.Rename(name, name+".1"); err != nil { // as another process does that moves it on
		t.Fatal(err)
	}
	l.Event(observe.Event{Message: "two"})
	for _, want := range []string{"one", "two"} {
		select {
		case m := <-got:
			if m != want {
				t.Errorf("%q, want %q", m, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%q did not come", want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
