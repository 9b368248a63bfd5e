package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/examples/actions/v1/actions"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/flow"
)

// TestEveryFileIsReadOnce runs week 10: files arrive, each run takes those that are new.
func TestEveryFileIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data", "clickstream"), 0o755); err != nil {
		t.Fatal(err)
	}
	var want []string
	for day := 11; day <= 13; day++ {
		id := fmt.Sprintf("2024-03-%d", day)
		want = append(want, id)
		line := `{"action_id": "` + id + `", "event_date": "` + id + `", "event_time": "` + id + `T08:00:00Z", "action": "view"}` + "\n"
		if err := os.WriteFile(filepath.Join(dir, "data", "clickstream", id+".json"), []byte(line), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := actions.Pipeline().Run(t.Context(), flow.Options{Data: dir, AvailableNow: true})
		if err != nil {
			t.Fatal(err)
		}
		if c := s.Tables[0].Flows[0].Run; c.Read != 1 || c.Appended != 1 {
			t.Errorf("%s: %+v", id, c)
		}
		var got []string
		for _, row := range readers.Records(t, readers.DeltaRS, filepath.Join(dir, "tables", "actions")) {
			got = append(got, row["action_id"].(string))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}
