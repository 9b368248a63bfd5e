package laid_out

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func TestTablesAreLaidOut(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data", "a.json")
	if err := os.MkdirAll(filepath.Dir(data), 0o755); err != nil {
		t.Fatal(err)
	}
	lines := `{"id": 1, "region": "a/b", "at": "2024-01-01T10:00:00Z"}
{"id": 2, "region": "", "at": "2024-01-02T10:00:00Z"}
{"id": 1, "region": "a/b", "at": "2024-01-02T11:00:00Z"}
`
	if err := os.WriteFile(data, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := Pipeline().Run(ctx, flow.Options{Data: dir, AvailableNow: true, FS: vfs.OS()}); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, name := range []string{"log", "newest"} {
		table, err := delta.Open(ctx, vfs.OS(), filepath.Join(dir, "tables", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range table.Files() {
			folder, _, _ := strings.Cut(f.Path, "part-")
			got[name] = append(got[name], folder+" "+f.Partition.Key())
			slices.Sort(got[name])
		}
	}
	want := map[string][]string{
		"log": {" null"},
		"newest": {
			` {"day":"2024-01-02","region":"a/b"}`,
			` {"day":"2024-01-02","region":null}`,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
