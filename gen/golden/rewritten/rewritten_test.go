package rewritten

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func TestUpdatesLeaveNoDeletionVectors(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	for day := 1; day <= 3; day++ { // each updates a and adds a key
		lines := fmt.Sprintf(`{"sku": "a", "cents": %d, "at": "2024-01-0%dT10:00:00Z"}`+"\n"+`{"sku": "s%d", "cents": 1, "at": "2024-01-01T10:00:00Z"}`+"\n", day, day, day)
		if err := os.WriteFile(filepath.Join(dir, "data", fmt.Sprintf("%d.json", day)), []byte(lines), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Pipeline().Run(context.Background(), flow.Options{Data: dir, AvailableNow: true}); err != nil {
			t.Fatal(err)
		}
	}
	table, err := delta.Open(context.Background(), vfs.OS(), filepath.Join(dir, "tables/latest"))
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for _, f := range table.Files() {
		rows += f.Rows
	}
	if rows != 4 || !table.Rewrites() {
		t.Errorf("%d rows in the files, rewrites %v", rows, table.Rewrites())
	}
	logs, err := filepath.Glob(filepath.Join(dir, "tables/latest/_delta_log/*.json"))
	if err != nil || len(logs) < 4 {
		t.Fatalf("%d versions, %v", len(logs), err)
	}
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "deletionVector") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
