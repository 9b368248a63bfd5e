package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
)

// checkpointed is a table with all that a checkpoint can hold: small and large vectors, tombstones, domains, added
// columns.
func checkpointed(t *testing.T) *table {
	t.Helper()
	tb := newTable(t, delta.NewTable{Schema: plainTypes, Keyed: true, Name: "name", Comment: "a table", Domains: map[string]string{"seamflow.x": "kept", "gone": "1"}})
	small, large, dying := tb.file(plainTypes, 100), tb.file(plainTypes, 3000), tb.file(plainTypes, 4)
	tb.commit(&delta.Tx{Adds: []delta.AddFile{small, large, dying}, MergeAdds: mergeFile(t, tb), Domains: map[string]string{"gone": ""}})
	scattered := roaring.New()
	for i := range uint32(900) {
		scattered.Add(i * 3)
	}
	tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{small.Path: roaring.BitmapOf(3, 99), large.Path: scattered, dying.Path: roaring.BitmapOf(0, 1, 2, 3)}})
	tb.commit(&delta.Tx{AddColumns: nestedTypes[2:6], Adds: []delta.AddFile{tb.file(slices.Concat(plainTypes, nestedTypes[2:6]), 60)}})
	return tb
}

// dropLogBefore removes the versions that a checkpoint stands in for.
func dropLogBefore(t *testing.T, dir string, version int64) {
	t.Helper()
	for v := range version {
		if err := os.Remove(filepath.Join(dir, "_delta_log", fmt.Sprintf("%020d.json", v))); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// TestReadersOfOurCheckpoint have nothing but it, and the versions after it.
func TestReadersOfOurCheckpoint(t *testing.T) {
	ctx := context.Background()
	tb := checkpointed(t)
	must(t, tb.Checkpoint(ctx))
	dropLogBefore(t, tb.Dir(), tb.Version())
	t.Run("alone", func(t *testing.T) { tb.t = t; tb.check() })
	first := tb.Files()[0].Path
	tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{first: roaring.BitmapOf(7, 8)}, Adds: []delta.AddFile{tb.file(plainTypes, 20)}})
	t.Run("and a version after it", func(t *testing.T) { tb.t = t; tb.check() })

	// Spark goes on from it and writes one of its own, and we go on from that.
	var saw struct {
		Rows    []string
		Version int64
	}
	must(t, json.Unmarshal(readers.Python(t, filepath.Join("runtime", "delta", "conformance", "testdata", "spark_checkpoint.py"), tb.Dir()), &saw))
	if diff := cmp.Diff(tb.want(nil), saw.Rows); diff != "" {
		t.Error(diff)
	}
	dropLogBefore(t, tb.Dir(), saw.Version)
	without5 := tb.want(func(row map[string]any) bool { return row["id"] != 5.0 })
	read, got := ours(t, tb.Dir())
	if diff := cmp.Diff(without5, got); diff != "" {
		t.Error(diff)
	}
	if x, _ := read.Domain("seamflow.x"); x != "kept" || read.Name() != "name" || len(read.MergeFiles()) != 1 || read.Version() != saw.Version {
		t.Errorf("domain %q, name %q, merge log %v, version %d", x, read.Name(), read.MergeFiles(), read.Version())
	}
	if _, ok := read.Domain("gone"); ok {
		t.Error("a domain that was removed is back")
	}
	_, err := read.Commit(ctx, &delta.Tx{Domains: map[string]string{"seamflow.x": "next"}})
	must(t, err)
	must(t, read.Checkpoint(ctx))
	dropLogBefore(t, tb.Dir(), read.Version())
	for _, e := range readers.OfDelta {
		if diff := cmp.Diff(without5, readers.Read(t, e, tb.Dir())); diff != "" {
			t.Errorf("%s after a third checkpoint: %s", e, diff)
		}
	}
}
