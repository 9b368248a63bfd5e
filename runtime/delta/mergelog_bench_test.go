package delta

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

// BenchmarkMergeLog is what an event costs in the merge log, merges of levels included: 512 commits of 1,000 tombstones
// of random keys. written is all that went to disk for it, held what is there at the end. dated entries say when, which
// is what tombstone_retention goes by.
func BenchmarkMergeLog(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchmarkMergeLog(b, 0) })
	b.Run("dated", func(b *testing.B) { benchmarkMergeLog(b, 1_700_000_000_000_000) })
}

func benchmarkMergeLog(b *testing.B, at int64) {
	const commits, entries = 512, 1000
	ctx := context.Background()
	for b.Loop() {
		table, err := Create(ctx, vfs.OS(), b.TempDir(), NewTable{Schema: people, Keyed: true})
		if err != nil {
			b.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		seen := map[string]bool{}
		var written, held int64
		for c := range commits {
			w := table.NewMergeFile()
			if at > 0 {
				at += 60_000_000 + rng.Int64N(1_000_000)
			}
			var key [16]byte
			var seq [8]byte
			for range entries {
				binary.BigEndian.PutUint64(key[:], rng.Uint64())
				binary.BigEndian.PutUint64(key[8:], rng.Uint64())
				binary.BigEndian.PutUint64(seq[:], uint64(c))
				w.Add(MergeEntry{Key: key[:], Seq: seq[:], Kind: Tombstone, At: at})
			}
			f, err := w.Close()
			if err != nil {
				b.Fatal(err)
			}
			written += f.Bytes
			seen[f.Name] = true
			if _, err := table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}}); err != nil {
				b.Fatal(err)
			}
			held = 0
			for _, f := range table.MergeFiles() {
				held += f.Bytes
				if !seen[f.Name] {
					written += f.Bytes
					seen[f.Name] = true
				}
			}
		}
		b.ReportMetric(float64(written)/(commits*entries), "written-B/event")
		b.ReportMetric(float64(held)/(commits*entries), "held-B/event")
		b.ReportMetric(float64(len(table.MergeFiles())), "files")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(commits*entries), "ns/event")
}
