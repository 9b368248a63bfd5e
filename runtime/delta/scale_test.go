package delta

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// hasty is the machine's file system without its syncs: for building what a benchmark then measures with them.
type hasty struct{ vfs.FS }

type hastyFile struct{ vfs.File }

func (hastyFile) Sync() error      { return nil }
func (hasty) SyncDir(string) error { return nil }
func (h hasty) Create(name string) (vfs.File, error) {
	f, err := h.FS.Create(name)
	return hastyFile{f}, err
}

// BenchmarkScale is what opening a table and committing to it cost by the number of its commits and of its files:
//
//	go test -run '^$' -bench Scale -benchtime 1x ./runtime/delta
func BenchmarkScale(b *testing.B) {
	for _, c := range []struct{ commits, files int }{{100, 10}, {1000, 10}, {10_000, 10}, {100, 1000}, {100, 10_000}, {100, 100_000}} {
		b.Run(fmt.Sprintf("commits=%d/files=%d", c.commits, c.files), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "t")
			longTable(b, dir, c.commits, c.files)
			for b.Loop() {
				measureScale(b, dir)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// longTable makes a table of so many commits, each of which replaces one of so many files, with the checkpoints that the
// engine would write.
func longTable(b *testing.B, dir string, commits, files int) {
	b.Helper()
	ctx := context.Background()
	table, err := Create(ctx, hasty{vfs.OS()}, dir, NewTable{Schema: people, Keyed: true, Domains: map[string]string{"progress": "0"}})
	must(b, err)
	file := func(n int) AddFile {
		return AddFile{Path: fmt.Sprintf("part-%036d.parquet", n), Size: 1 << 20, Rows: 1000, ModTime: time.Now(),
			Stats: fmt.Sprintf(`{"numRecords":1000,"minValues":{"id":%d,"name":"name %d"},"maxValues":{"id":%d,"name":"name %d"},"nullCount":{"id":0,"name":0}}`, n, n, n+999, n+999)}
	}
	tx := &Tx{}
	for n := range files {
		tx.Adds = append(tx.Adds, file(n))
	}
	for n := files; n < files+commits-1; n++ {
		tx.Domains = map[string]string{"progress": fmt.Sprint(n)}
		_, err := table.Commit(ctx, tx)
		must(b, err)
		if table.CheckpointDue() {
			must(b, table.Checkpoint(ctx))
		}
		tx = &Tx{Adds: []AddFile{file(n)}, Removes: []string{fmt.Sprintf("part-%036d.parquet", n-files)}}
	}
	if table.checkpointed == 0 {
		must(b, table.Checkpoint(ctx))
	}
}

func measureScale(b *testing.B, dir string) {
	b.Helper()
	ctx := context.Background()
	took := func(name string, times int, do func()) {
		b.Helper()
		start := time.Now()
		for range times {
			do()
		}
		b.ReportMetric(float64(time.Since(start).Microseconds())/float64(times)/1000, name+"-ms")
	}
	var table *Table
	var err error
	took("open", 3, func() {
		table, err = Open(ctx, vfs.OS(), dir)
		must(b, err)
	})
	n := 0
	took("commit", 50, func() {
		n++
		_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: fmt.Sprintf("new-%d-%d", table.version, n), Rows: 1, ModTime: time.Now()}},
			Domains: map[string]string{"progress": fmt.Sprint(n)}, Expect: map[string]string{"progress": table.domains["progress"]}})
		must(b, err)
	})
	var s *Snapshot
	took("snapshot", 3, func() { s = table.Snapshot() })
	took("checkpoint", 1, func() { must(b, s.Checkpoint(ctx)) })
	took("cleanlog", 1, func() { _, err = s.CleanLog(ctx); must(b, err) })
	took("vacuum", 1, func() { _, err = s.Vacuum(ctx, VacuumOptions{}); must(b, err) })
}
