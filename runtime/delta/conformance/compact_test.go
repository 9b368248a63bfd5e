package conformance_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
)

// compact makes one file of all that are there, of one partition after the other. meanwhile comes between work and commit.
func (tb *table) compact(meanwhile func()) {
	tb.t.Helper()
	ctx := context.Background()
	by := map[string][]string{}
	for _, f := range tb.Files() {
		by[f.Partition.Key()] = append(by[f.Partition.Key()], f.Path)
	}
	for _, paths := range by {
		c, err := tb.NewCompaction(paths)
		must(tb.t, err)
		must(tb.t, c.Write(ctx, 20_000))
		if meanwhile != nil {
			meanwhile()
		}
		_, err = tb.Compact(ctx, c, time.Now())
		must(tb.t, err)
	}
}

func TestCompactedTables(t *testing.T) {
	t.Run("nested, with deaths before and meanwhile", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: nestedTypes, Keyed: true})
		a, b := tb.file(nestedTypes, 230), tb.file(nestedTypes, 120)
		tb.commit(&delta.Tx{Adds: []delta.AddFile{a}})
		tb.commit(&delta.Tx{Adds: []delta.AddFile{b, tb.file(nestedTypes, 40)}, Deletes: map[string]*roaring.Bitmap{a.Path: roaring.BitmapOf(0, 5, 6, 7, 150)}})
		before := tb.want(nil)
		version := tb.Version()
		tb.compact(func() {
			tb.commit(&delta.Tx{Deletes: map[string]*roaring.Bitmap{a.Path: roaring.BitmapOf(1, 229), b.Path: roaring.BitmapOf(0)}})
		})
		if n := len(tb.Files()); n != 1 {
			t.Fatalf("%d files", n)
		}
		tb.check()
		for _, e := range []readers.Engine{readers.DeltaRS, readers.Spark} {
			if diff := cmp.Diff(before, readers.ReadVersion(t, e, tb.Dir(), version)); diff != "" {
				t.Errorf("%s at the version before: %s", e, diff)
			}
		}
		readers.Start(t, readers.Spark)
		history, err := readers.Do(readers.Spark, tb.Dir(), "DESCRIBE HISTORY "+readers.TablePath)
		must(t, err)
		if len(history) != 5 || !slices.ContainsFunc(history, func(row string) bool {
			return strings.Contains(row, delta.OpCompact) && strings.Contains(row, "numRemovedFiles") && strings.Contains(row, "false")
		}) {
			t.Errorf("history: %s", strings.Join(history, "\n"))
		}
	})
	t.Run("partitioned", func(t *testing.T) {
		tb := newTable(t, delta.NewTable{Schema: plainTypes, Keyed: true, PartitionBy: []string{"b", "day"}})
		for range 3 {
			rows := fill(plainTypes, tb.next, 30, 7)
			tb.next += 30
			tb.commit(&delta.Tx{Adds: tb.partitions(rows, 2, 11)})
		}
		dead := map[string]*roaring.Bitmap{}
		for _, f := range tb.Files() {
			if f.Rows > 1 {
				dead[f.Path] = roaring.BitmapOf(0)
			}
		}
		tb.commit(&delta.Tx{Deletes: dead})
		tb.compact(nil)
		tb.read([]string{"b", "day"}, map[string]func(map[string]any) bool{
			"b": func(r map[string]any) bool { return r["b"] == true },
		})
	})
}

// TestRewrittenTable is for readers that know no deletion vectors.
func TestRewrittenTable(t *testing.T) {
	tb := newTable(t, delta.NewTable{Schema: plainTypes, Keyed: true, Rewrite: true})
	a, b := tb.file(plainTypes, 250), tb.file(plainTypes, 60)
	b.Deleted = roaring.BitmapOf(7, 8)
	tb.commit(&delta.Tx{Adds: []delta.AddFile{a, b}})
	tb.commit(&delta.Tx{Adds: []delta.AddFile{tb.file(plainTypes, 20)}, Deletes: map[string]*roaring.Bitmap{a.Path: roaring.BitmapOf(0, 100, 249)}})
	tb.check()
	var got []string
	must(t, json.Unmarshal(readers.Python(t, filepath.Join("runtime", "delta", "conformance", "testdata", "toarrow.py"), tb.Dir()), &got))
	if diff := cmp.Diff(tb.want(nil), got); diff != "" {
		t.Errorf("to_pyarrow_table: %s", diff)
	}
}
