package flow

import (
	"bufio"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/observe"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// BenchmarkUpdates makes a table of a million rows and then a hundred commits that update one row in a hundred each, with
// compaction and without, by deletion vectors and by writing files anew:
//
//	go test ./runtime/flow -run - -bench Updates -benchtime 1x
//
// The MiB are of data files that batches and compactions wrote; p50 and p99 are of whole batches, from reading to commit.
func BenchmarkUpdates(b *testing.B) {
	never := delta.CompactPolicy{Target: 1, Files: 1 << 30, DeadShare: 2}
	for _, c := range []struct {
		name    string
		policy  delta.CompactPolicy
		rewrite bool
	}{
		{"off", never, false},
		{"on", delta.CompactPolicy{}, false},
		{"rewrite", delta.CompactPolicy{}, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				benchUpdates(b, c.policy, c.rewrite)
			}
		})
	}
}

const (
	benchRows    = 1_000_000
	benchCommits = 100
)

func benchUpdates(b *testing.B, policy delta.CompactPolicy, rewrite bool) {
	w := &world{t: b, dir: b.TempDir(), fs: vfs.OS(), compaction: policy}
	s := spec{live: []string{"f"}, maxFiles: 1, rewrite: rewrite}
	random := rand.New(rand.NewPCG(1, 2))
	updatesFile(w, "000", benchRows, func(i int) int { return i })
	w.run(s)
	for n := range benchCommits {
		updatesFile(w, fmt.Sprintf("%03d", n+1), benchRows/100, func(int) int { return random.IntN(benchRows) })
	}
	took := timings{recorder: &w.log}
	opt := w.options()
	opt.Observer = &took
	before := w.open("t").Version()
	began := time.Now()
	if _, err := s.pipeline().Run(b.Context(), opt); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s")
	b.ReportMetric(0, "ns/op")
	slices.SortFunc(took.each, func(x, y time.Duration) int { return cmp.Compare(x, y) })
	if len(took.each) != benchCommits {
		b.Fatalf("%d commits", len(took.each))
	}
	b.ReportMetric(float64(took.each[len(took.each)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took.each[len(took.each)-2].Milliseconds()), "p99-ms")
	table := w.open("t")
	var size int64
	for _, f := range table.Files() {
		size += f.Size
	}
	compacted, own := int64(0), int64(0)
	for v := before + 1; v <= table.Version(); v++ {
		c, err := table.CommitAt(v)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range c.Adds {
			if c.Operation == delta.OpCompact {
				compacted += f.Size
			} else {
				own += f.Size
			}
		}
	}
	b.ReportMetric(float64(len(table.Files())), "files")
	b.ReportMetric(float64(size)/(1<<20), "table-MiB")
	b.ReportMetric(float64(own)/(1<<20), "batches-MiB")
	b.ReportMetric(float64(compacted)/(1<<20), "compaction-MiB")
	b.ReportMetric(float64(operations(table)[delta.OpCompact]), "compactions")
}

// updatesFile writes n events of keys.
func updatesFile(w *world, name string, n int, key func(int) int) {
	dir := filepath.Join(w.dir, "in/f")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatalf("%v", err)
	}
	f, err := os.Create(filepath.Join(dir, name+".json"))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	for i := range n {
		fmt.Fprintf(out, `{"id":"order-%08d","seq":%s%06d,"val":"%016x%016x%016x"}`+"\n", key(i), "1"+name, i, rand.Uint64(), rand.Uint64(), rand.Uint64())
	}
	if err := cmp.Or(out.Flush(), f.Close()); err != nil {
		w.t.Fatalf("%v", err)
	}
	at := time.Now().Add(-time.Hour)
	_ = os.Chtimes(f.Name(), at, at)
}

// timings remembers how long each batch took.
type timings struct {
	*recorder
	each []time.Duration
}

func (t *timings) Commit(c observe.Commit) { t.each = append(t.each, c.Took) }
