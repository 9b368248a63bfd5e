package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

// eventsOf reads the event log as a user does.
func eventsOf(t *testing.T, dir string, args ...string) []observe.EventDocument {
	t.Helper()
	code, out, errs := call(t, dir, append([]string{"events", "--json"}, args...)...)
	var doc struct{ Events []observe.EventDocument }
	if err := json.Unmarshal([]byte(out), &doc); code != flow.ExitFine || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, errs)
	}
	return doc.Events
}

func TestEventsOfARun(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":1}`, `{"w":"b"}`)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "in", "1.json"), old, old); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, dir, "--available-now"); code != flow.ExitFine {
		t.Fatalf("exit %d: %s", code, errs)
	}
	all := eventsOf(t, dir)
	if first, last := all[0], all[len(all)-1]; first.EventType != "create_update" || last.EventType != "update_progress" || !strings.Contains(last.Message, "COMPLETED") {
		t.Errorf("from %s to %s (%s)", first.EventType, last.EventType, last.Message)
	}
	commits := eventsOf(t, dir, "--level", "metrics", "--flow", "say")
	if len(commits) != 1 {
		t.Fatalf("%d commits of the flow", len(commits))
	}
	m := commits[0].Details["flow_progress"].(map[string]any)["metrics"].(map[string]any)
	if m["num_output_rows"] != 2.0 || m["num_quarantined_rows"] != 1.0 || m["backlog_files"] != 0.0 {
		t.Errorf("metrics %v", m)
	}
	if p99 := m["freshness_p99_ms"].(float64); p99 < 0.95*3600e3 || p99 > 1.1*3600e3 {
		t.Errorf("a file of an hour ago: freshness %v ms", p99)
	}
	_, out, _ := call(t, dir, "events", "--limit", "3")
	if n := strings.Count(out, "\n"); n != 3 || !strings.Contains(out, "METRICS") && !strings.Contains(out, "update_progress") {
		t.Errorf("the last three:\n%s", out)
	}
	if code, _, _ := call(t, dir, "events", "--level", "loud"); code != flow.ExitUsage {
		t.Errorf("exit %d for a level that there is not", code)
	}
}

func TestEventsOfWhatPeopleDo(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":1}`)
	call(t, dir, "--available-now")
	for _, did := range [][]string{{"quarantine", "replay"}, {"reset", "words"}} {
		call(t, dir, did...)
		all := eventsOf(t, dir)
		if last := all[len(all)-1]; last.EventType != "user_action" || last.Origin.DatasetName != "words" {
			t.Errorf("after %v: %s of %s: %s", did, last.EventType, last.Origin.DatasetName, last.Message)
		}
	}
}

// TestNoEventsInAWrongFolder: a run that reads nothing there leaves nothing there.
func TestNoEventsInAWrongFolder(t *testing.T) {
	dir := t.TempDir()
	if code, _, _ := call(t, dir, "--available-now"); code == flow.ExitFine {
		t.Fatal("it runs")
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) != 0 {
		t.Errorf("%v %v", there, err)
	}
}

func TestStatusShowsFreshness(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "in", "1.json"), old, old); err != nil {
		t.Fatal(err)
	}
	call(t, dir, "--available-now")
	_, out, _ := call(t, dir, "status")
	if !regexp.MustCompile(`fresh p50 +fresh p99 +last commit`).MatchString(out) || !regexp.MustCompile(`\b(5\d|1h\d+)m\d+s`).MatchString(out) {
		t.Errorf("no freshness in\n%s", out)
	}
	_, out, _ = call(t, dir, "status", "--json")
	var s flow.Summary
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	if f := s.Tables[0].Flows[0]; f.Fresh == nil || f.Fresh.Records != 1 || f.Backlog == nil {
		t.Errorf("%+v", f)
	}
}

// lineWriter hands on what is written.
type lineWriter chan string

func (w lineWriter) Write(b []byte) (int, error) {
	w <- string(b)
	return len(b), nil
}

func TestMetricsOfARun(t *testing.T) {
	dir := dataDir(t, `{"w":"a"}`, `{"w":"b"}`)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said := make(lineWriter, 1000)
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, words(), []string{"--metrics", "localhost:0", "--data", dir}, terminal{in: strings.NewReader(""), out: io.Discard, err: said})
	}()
	at := ""
	for at == "" {
		if m := regexp.MustCompile(`http://\S+/metrics`).FindString(<-said); m != "" {
			at = strings.Trim(m, `"`)
		}
	}
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	want := `seamflow_rows_total{flow="say",kind="appended",table="words"} 2`
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		r, err := client.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if strings.Contains(string(text), want) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s in\n%s", want, text)
		}
	}
	stop()
	if c := <-code; c != flow.ExitFine {
		t.Errorf("exit %d", c)
	}
	if _, err := client.Get(at); err == nil {
		t.Error("it answers after its end")
	}
}

func TestMetricsAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := dataDir(t, `{"w":"a"}`)
	code, _, errs := call(t, dir, "--available-now", "--metrics", l.Addr().String())
	if code != flow.ExitEnvironment || !strings.Contains(errs, "address already in use; give another address") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestHowFlowsHaveEnded(t *testing.T) {
	s := &flow.Summary{Tables: []flow.TableSummary{{Name: "t", Flows: []flow.FlowSummary{{Name: "a", State: flow.StateRunning}, {Name: "b", State: flow.StateRunning}, {Name: "once", State: flow.StateComplete}}}}}
	for _, c := range []struct {
		now  bool
		err  error
		want string
	}{
		{false, nil, "STOPPED STOPPED COMPLETED"},
		{true, nil, "COMPLETED COMPLETED COMPLETED"},
		{true, &flow.SourceError{Flow: "b", Err: io.EOF}, "STOPPED FAILED COMPLETED"},
		{false, errors.New("disk"), "FAILED FAILED COMPLETED"},
	} {
		got := flowStates(s, c.now, c.err)
		text := fmt.Sprint(got[observe.Named{Table: "t", Flow: "a"}], " ", got[observe.Named{Table: "t", Flow: "b"}], " ", got[observe.Named{Table: "t", Flow: "once"}])
		if text != c.want {
			t.Errorf("%v, %v: %s, want %s", c.now, c.err, text, c.want)
		}
	}
}

// TestStreamLine: the line of a flow that reads a topic stays between its commits, and says how it is going.
func TestStreamLine(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1_700_000_000, 0)
	d := &display{to: &out, now: func() time.Time { return now }}
	commit := observe.Commit{Table: "t", Flow: "f", Streams: true, Counts: observe.Counts{Read: 1000}, Backlog: observe.Backlog{Records: 1234},
		Fresh: observe.Freshness{Records: 1000, P50: 120 * time.Millisecond, P99: 310 * time.Millisecond}}
	d.Commit(commit)
	now = now.Add(2 * time.Second)
	d.Commit(commit)
	if want := "f: 1,000 records/s, 1,234 records behind, fresh p50 120ms, p99 310ms\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("%q", out.String())
	}
}
