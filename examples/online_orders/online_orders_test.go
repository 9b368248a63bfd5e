package main_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/examples/online_orders/orders"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/observe"
)

const (
	live   = "online_order_completed_flow"
	legacy = "online_order_legacy_completed_flow"
)

// pipeline is the example in a folder of the test's own.
type pipeline struct {
	t   *testing.T
	dir string
}

func newPipeline(t *testing.T) pipeline {
	p := pipeline{t, t.TempDir()}
	for _, system := range []string{"online", "legacy"} {
		if err := os.CopyFS(filepath.Join(p.dir, "data", system), os.DirFS(filepath.Join("data", system))); err != nil {
			t.Fatal(err)
		}
	}
	p.age()
	return p
}

// age makes all files old enough to be taken at once, and of one age wherever they are.
func (p pipeline) age() {
	p.t.Helper()
	names, _ := filepath.Glob(filepath.Join(p.dir, "data", "*", "*.json"))
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, name := range names {
		if err := os.Chtimes(name, then, then); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p pipeline) add(name, lines string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "data", name), []byte(lines), 0o644); err != nil {
		p.t.Fatal(err)
	}
	p.age()
}

// run runs to the end of what is there and gives the counts by flow.
func (p pipeline) run() (flow.TableSummary, map[string]observe.Counts) {
	p.t.Helper()
	s, err := orders.Pipeline().Run(context.Background(), flow.Options{Data: p.dir, AvailableNow: true})
	if err != nil {
		p.t.Fatal(err)
	}
	counts := map[string]observe.Counts{}
	for _, f := range s.Tables[0].Flows {
		counts[f.Name] = f.Run
		if !f.Run.Balanced() {
			p.t.Errorf("%s: %+v does not add up", f.Name, f.Run)
		}
	}
	return s.Tables[0], counts
}

// updates reads the table with delta-rs: id -> lastUpdateTime.
func (p pipeline) updates() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	for _, row := range readers.Records(p.t, readers.DeltaRS, filepath.Join(p.dir, "tables", "online_order_completed")) {
		id := row["id"].(string)
		if _, twice := out[id]; twice {
			p.t.Errorf("order %s is there twice", id)
		}
		out[id] = row["lastUpdateTime"].(string)
	}
	return out
}

var newest = map[string]string{
	"101": "2023-03-29T10:00:00Z", "102": "2023-04-02T17:31:05Z", "103": "2023-05-02T08:00:00Z", "105": "2024-01-05T12:00:00Z",
	"123": "2024-05-17T18:02:44Z", "223": "2024-05-15T05:19:32", "310": "2024-05-14T10:45:12.250Z",
	"412": "2024-05-17T06:20:00-04:00", "414": "2024-05-17 12:00:00", "415": "2024-05-17T12:00:01Z",
}

func TestNewestOfEachOrder(t *testing.T) {
	p := newPipeline(t)
	table, counts := p.run()
	if diff := cmp.Diff(newest, p.updates()); diff != "" {
		t.Error(diff)
	}
	if table.Rows != 10 || table.Quarantined != 3 {
		t.Errorf("%d rows, %d quarantined; want 10 and 3", table.Rows, table.Quarantined)
	}
	if c := counts[live]; c.Read != 13 || c.Filtered != 3 || c.Quarantined != 1 {
		t.Errorf("%s: %+v", live, c)
	}
	if c := counts[legacy]; c.Read != 11 || c.Quarantined != 2 {
		t.Errorf("%s: %+v", legacy, c)
	}
}

func TestSecondRunReadsOnlyWhatIsNew(t *testing.T) {
	p := newPipeline(t)
	before, _ := p.run()
	again, counts := p.run()
	if again.Version != before.Version || counts[live].Read != 0 || counts[legacy].Read != 0 {
		t.Errorf("version %d then %d, counts %+v", before.Version, again.Version, counts)
	}
	p.add("online/2024-05-18.json", `{"id": "416", "status": "complete", "lastUpdateTime": "2024-05-18T07:00:00Z"}`+"\n")
	_, counts = p.run()
	if c := counts[live]; c.Read != 1 || c.Upserted != 1 {
		t.Errorf("%+v", c)
	}
	if got := p.updates()["416"]; got != "2024-05-18T07:00:00Z" {
		t.Errorf("order 416 is %q", got)
	}
}

func TestLegacyFileAddedLaterIsNeverRead(t *testing.T) {
	p := newPipeline(t)
	p.run()
	p.add("legacy/orders_late.json", `{"id": "999", "status": "complete", "lastUpdateTime": "2024-06-01T00:00:00Z"}`+"\n")
	if _, counts := p.run(); counts[legacy].Read != 0 {
		t.Errorf("%+v", counts[legacy])
	}
	if diff := cmp.Diff(newest, p.updates()); diff != "" {
		t.Error(diff)
	}
}

func TestLateOlderOrderChangesNothing(t *testing.T) {
	p := newPipeline(t)
	p.run()
	p.add("online/late.json", `{"id": "123", "status": "complete", "lastUpdateTime": "2024-05-16T00:00:00Z"}`+"\n")
	if _, counts := p.run(); counts[live].Late != 1 {
		t.Errorf("%+v", counts[live])
	}
	if diff := cmp.Diff(newest, p.updates()); diff != "" {
		t.Error(diff)
	}
}

func TestStateIsOnlyACache(t *testing.T) {
	p := newPipeline(t)
	p.run()
	if err := os.RemoveAll(filepath.Join(p.dir, ".seamflow")); err != nil {
		t.Fatal(err)
	}
	p.add("online/late.json", `{"id": "123", "status": "complete", "lastUpdateTime": "2024-05-16T00:00:00Z"}`+"\n")
	if _, counts := p.run(); counts[live].Late != 1 {
		t.Errorf("%+v", counts[live])
	}
	if diff := cmp.Diff(newest, p.updates()); diff != "" {
		t.Error(diff)
	}
}

// TestQuarantineList asks the compiled binary for what could not become a row, as the README does.
func TestQuarantineList(t *testing.T) {
	p := newPipeline(t)
	p.run()
	binary := build(t).pipeline
	out, err := exec.Command(binary, "quarantine", "list", "--json", "--data", p.dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Total   int
		Records []struct{ Table, Flow, Source, Reason, File, Raw string }
	}
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const table, why = "online_order_completed", "the sequence (sequence_by) is NULL"
	want := map[string][]string{
		"413": {table, live, "online_orders", why, "data/online/2024-05-17.json"},
		"123": {table, legacy, "legacy_orders", why, "data/legacy/orders_2024.json"},
		"104": {table, legacy, "legacy_orders", why, "data/legacy/orders_2023.json"},
	}
	got := map[string][]string{}
	for _, r := range list.Records {
		var order struct{ ID string }
		if err := json.Unmarshal([]byte(r.Raw), &order); err != nil {
			t.Errorf("%v: %s", err, r.Raw)
		}
		got[order.ID] = []string{r.Table, r.Flow, r.Source, r.Reason, r.File}
	}
	if diff := cmp.Diff(want, got); diff != "" || list.Total != 3 {
		t.Errorf("%d records: %s", list.Total, diff)
	}
	text, err := exec.Command(binary, "quarantine", "list", "--data", p.dir).Output()
	if err != nil || !strings.Contains(string(text), "data/online/2024-05-17.json:4: "+why) {
		t.Errorf("%v: %s", err, text)
	}
}

// TestEveryEngineReadsTheSame is the promise of the project's first page.
func TestEveryEngineReadsTheSame(t *testing.T) {
	p := newPipeline(t)
	p.run()
	p.add("online/newer.json", `{"id": "101", "status": "complete", "lastUpdateTime": "2024-05-18T00:00:00Z"}`+"\n")
	p.run() // the second version deletes a row of the first one's file
	path := filepath.Join(p.dir, "tables", "online_order_completed")
	want := readers.Read(t, readers.DeltaRS, path)
	if len(want) != 10 {
		t.Errorf("%d rows", len(want))
	}
	for _, engine := range []readers.Engine{readers.DuckDB, readers.Polars, readers.Spark} {
		if diff := cmp.Diff(want, readers.Read(t, engine, path)); diff != "" {
			t.Errorf("delta-rs and %v differ:\n%s", engine, diff)
		}
	}
}
