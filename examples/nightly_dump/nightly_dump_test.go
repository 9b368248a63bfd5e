package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/examples/nightly_dump/customers"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/flow"
)

// TestThreeNights runs the example's data and reads both tables with delta-rs.
func TestThreeNights(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS("data")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "data", "*"))
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	for _, f := range files { // long ago, so that they are taken at once
		if err := os.Chtimes(f, time.Unix(0, 0), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	for run, want := range []struct{ rows, removed int64 }{{10, 1}, {0, 0}} {
		s, err := customers.Pipeline().Run(context.Background(), flow.Options{Data: dir, AvailableNow: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range s.Tables {
			if n := table.Flows[0].Run; !n.Balanced() || n.Read != want.rows || n.Removed != want.removed {
				t.Errorf("run %d: %s: %+v", run+1, table.Name, n)
			}
		}
	}
	check(t, dir, "customers", []string{"1 Paris", "2 Rome", "3 Bergen", "4 Bern"}, func(r map[string]any) string {
		return fmt.Sprint(r["id"], " ", r["city"])
	})
	check(t, dir, "customer_history", []string{
		"1 Berlin 2024-03-30 2024-04-01 2024-04-02", "1 Paris 2024-04-02 2024-04-02 <nil>", "2 Rome 2024-04-01 2024-04-01 <nil>",
		"3 Bergen 2024-04-02 2024-04-03 <nil>", "3 Oslo <nil> 2024-04-01 2024-04-02", "4 Bern <nil> 2024-04-02 <nil>",
	}, func(r map[string]any) string {
		return fmt.Sprint(r["id"], " ", r["city"], " ", r["last_login"], " ", r["__START_AT"], " ", r["__END_AT"])
	})
}

func check(t *testing.T, dir, table string, want []string, text func(map[string]any) string) {
	t.Helper()
	var got []string
	for _, r := range readers.Records(t, readers.DeltaRS, filepath.Join(dir, "tables", table)) {
		got = append(got, text(r))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", table, diff)
	}
}
