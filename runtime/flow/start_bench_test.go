package flow

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// unsynced is the machine's file system without its syncs of folders.
type unsynced struct{ vfs.FS }

func (unsynced) SyncDir(string) error { return nil }

// BenchmarkStart is of a run that finds nothing to do, by the number of the table's commits:
//
//	go test -run '^$' -bench Start -benchtime 5x ./runtime/flow
func BenchmarkStart(b *testing.B) {
	for _, kind := range []string{"append", "row"} {
		for _, commits := range []int{10, 1000, 10_000} {
			b.Run(fmt.Sprintf("%s/commits=%d", kind, commits), func(b *testing.B) {
				ctx := context.Background()
				w := &world{t: b, dir: b.TempDir(), fs: vfs.OS()}
				s := spec{kind: kind, live: []string{"f"}}
				w.put("f/1.json", ev("a", 1, "", "x"))
				w.run(s)
				table, err := delta.Open(ctx, unsynced{vfs.OS()}, filepath.Join(w.dir, "tables", "t"))
				if err != nil {
					b.Fatal(err)
				}
				for i := range commits {
					if _, err := table.Commit(ctx, &delta.Tx{Domains: map[string]string{"padding": fmt.Sprint(i)}}); err != nil {
						b.Fatal(err)
					}
				}
				w.put("f/2.json", ev("b", 1, "", "x"))
				w.run(s) // writes the checkpoint that a run beside these commits would have written
				for b.Loop() {
					w.run(s)
				}
			})
		}
	}
}
