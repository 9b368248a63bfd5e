package flow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta"
)

// TestAdoptGoesOnFromTheRowsOfOthers: what they removed is not read again, what comes later is.
func TestAdoptGoesOnFromTheRowsOfOthers(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	if a, err := s.pipeline().Adopt(t.Context(), w.options(), "t"); err != nil || len(a.Versions) != 0 {
		t.Fatalf("there is nothing to adopt: %+v, %v", a, err)
	}
	w.foreignCommit("DELETE", `{"remove":{"path":"`+w.onlyFile().Path+`","deletionTimestamp":1,"dataChange":true}}`)
	w.put("f/2.json", ev("b", 1, "", "y"))
	_, err := w.tryRun(s)
	if ExitCode(err) != ExitData || !strings.Contains(err.Error(), "`adopt t`") {
		t.Fatalf("got %v", err)
	}
	a, err := s.pipeline().Adopt(t.Context(), w.options(), "t")
	if err != nil || len(a.Versions) != 1 || a.Versions[0].Operation != "DELETE" || a.Versions[0].Engine != "Apache-Spark/4" {
		t.Fatalf("got %+v, %v", a, err)
	}
	w.run(s)
	wantRows(t, w, "t", "b 1 y")
}

// TestAdoptRefuses tables whose rows are what their events amount to, flows, and columns of other types.
func TestAdoptRefuses(t *testing.T) {
	w := newWorld(t)
	keyed := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(keyed)
	for _, name := range []string{"", "t", "f", "nothing"} {
		if _, err := keyed.pipeline().Adopt(t.Context(), w.options(), name); ExitCode(err) != ExitUsage {
			t.Errorf("adopt %q: %v", name, err)
		}
	}
	w = newWorld(t)
	appended := spec{kind: "append", live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(appended)
	w.foreignCommit("REPLACE", `{"remove":{"path":"`+w.onlyFile().Path+`","deletionTimestamp":1,"dataChange":true}}`,
		`{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"seq\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{},"createdTime":1}}`)
	if _, err := appended.pipeline().Adopt(t.Context(), w.options(), "t"); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "column seq is now of type") {
		t.Errorf("got %v", err)
	}
}

// TestForeignCommitBelowOneOfOurs is not forgotten because a commit of ours, that no flow made, came after it.
func TestForeignCommitBelowOneOfOurs(t *testing.T) {
	w := newWorld(t)
	s := spec{live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	w.foreignCommit("DELETE", `{"remove":{"path":"`+w.onlyFile().Path+`","deletionTimestamp":1,"dataChange":true}}`)
	var foreign *ForeignError
	if _, err := s.pipeline().Reset(t.Context(), w.options(), "f", func(*ResetPlan) bool { return true }); !errors.As(err, &foreign) {
		t.Errorf("a flow of a table that others changed was reset: %v", err)
	}
	ours := filepath.Join(w.dir, "tables/t/_delta_log", fmt.Sprintf("%020d.json", foreign.Version+1))
	text := `{"commitInfo":{"timestamp":1,"operation":"SEAMFLOW COMPACT","engineInfo":"Seamflow/0","seamflowCommit":"x"}}` + "\n"
	if err := os.WriteFile(ours, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := w.tryRun(s); !errors.As(err, &foreign) || foreign.Operation != "DELETE" {
		t.Errorf("got %v", err)
	}
}

// TestForeignNotesAreFollowed: a metadata action that changes nothing but how long things are kept.
func TestForeignNotesAreFollowed(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	meta := w.metadata()
	for _, property := range []string{"delta.logRetentionDuration", "delta.appendOnly"} {
		w.foreignCommit("SET TBLPROPERTIES", strings.Replace(meta, `"configuration":{`, `"configuration":{"`+property+`":"true"`, 1))
		w.put("f/"+property+".json", ev("b", 1, "", "x"))
		if _, err := w.tryRun(s); (err == nil) != (property == "delta.logRetentionDuration") {
			t.Errorf("%s: %v", property, err)
		}
	}
}

// metadata is the first metaData action of table t.
func (w *world) metadata() string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "tables/t/_delta_log", fmt.Sprintf("%020d.json", 0)))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, `{"metaData"`) {
			return strings.TrimSpace(line)
		}
	}
	w.t.Fatalf("no metaData in version 0")
	return ""
}

// TestHistoryThatIsGone: what others did cannot be told any more, so that nothing is guessed; the log before our own last
// commit may go.
func TestHistoryThatIsGone(t *testing.T) {
	w := newWorld(t)
	s := spec{kind: "append", live: []string{"f"}}
	w.put("f/1.json", ev("a", 1, "", "x"))
	w.run(s)
	last := w.checkpointAndDropLog()
	w.put("f/2.json", ev("b", 1, "", "x"))
	w.run(s)
	w.foreignCommit("DELETE", `{"remove":{"path":"`+"gone"+`","deletionTimestamp":1,"dataChange":true}}`)
	w.foreignCommit("OPTIMIZE")
	w.checkpointAndDropLog()
	var history *HistoryError
	if _, err := w.tryRun(s); !errors.As(err, &history) || ExitCode(err) != ExitData || history.Last != last+1 || !strings.Contains(err.Error(), "`adopt t`") {
		t.Fatalf("got %v", err)
	}
	if a, err := s.pipeline().Adopt(t.Context(), w.options(), "t"); err != nil || !a.Unknown {
		t.Fatalf("adopt: %+v, %v", a, err)
	}
	w.run(s)
	wantRows(t, w, "t", "a 1 x", "b 1 x")
}

// checkpointAndDropLog leaves of table t's log a checkpoint and the commit of its version, which it gives.
func (w *world) checkpointAndDropLog() int64 {
	w.t.Helper()
	dir := filepath.Join(w.dir, "tables/t")
	tab, err := delta.Open(contextOf(w), w.fs, dir)
	if err == nil {
		err = tab.Checkpoint(contextOf(w))
	}
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for v := range tab.Version() {
		os.Remove(filepath.Join(dir, "_delta_log", fmt.Sprintf("%020d.json", v)))
	}
	return tab.Version()
}
