package flow

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/seamflow/seamflow/runtime/vfs"
)

const benchRecords = 200_000

// benchFile writes events of which one in four is older or a repeat, and one in fifty deletes.
func benchFile(b *testing.B, dir string) {
	b.Helper()
	var text bytes.Buffer
	for i := range benchRecords {
		op := ""
		if i%50 == 7 {
			op = "d"
		}
		fmt.Fprintln(&text, ev(fmt.Sprintf("order-%06d", i*7919%(benchRecords*3/4)), i*31%1000, op, "a value of some length"))
	}
	if err := os.MkdirAll(filepath.Join(dir, "in/f"), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in/f/1.json"), text.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRun is a run over 200,000 events into a new table.
func BenchmarkRun(b *testing.B) {
	for _, s := range []spec{{kind: "row"}, {kind: "row", partition: []int{2}, cluster: []int{1}}, {kind: "slim"}, {kind: "append"}} {
		name := s.kind
		if s.partition != nil {
			name += " laid out"
		}
		b.Run(name, func(b *testing.B) {
			data := b.TempDir()
			benchFile(b, data)
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				s.live = []string{"f"}
				p := s.pipeline()
				switch t := p.Tables[0].(type) {
				case *table[row]:
					t.Path = fmt.Sprint("tables/", n)
				case *table[slim]:
					t.Path = fmt.Sprint("tables/", n)
				}
				if _, err := p.Run(b.Context(), Options{Data: data, AvailableNow: true, FS: vfs.OS()}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*benchRecords/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkRebuild makes the key index from a table and its merge log, in memory and with a share of memory for a tenth of
// it.
func BenchmarkRebuild(b *testing.B) {
	for _, kind := range []string{"row", "slim"} {
		data := b.TempDir()
		benchFile(b, data)
		p := spec{kind: kind, live: []string{"f"}}.pipeline()
		if _, err := p.Run(b.Context(), Options{Data: data, AvailableNow: true, FS: vfs.OS()}); err != nil {
			b.Fatal(err)
		}
		for _, memory := range []int64{0, 4 << 20} {
			b.Run(fmt.Sprintf("%s, %d MiB", kind, memory>>20), func(b *testing.B) {
				keys := 0
				for range b.N {
					keys = rebuild(b, p, Options{Data: data, FS: vfs.OS(), Memory: memory})
				}
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(keys)*1e6, "s/Mkeys")
			})
		}
	}
}

func rebuild(b *testing.B, p Pipeline, opt Options) (keys int) {
	b.Helper()
	b.StopTimer()
	defer b.StartTimer()
	if err := os.RemoveAll(filepath.Join(opt.Data, ".seamflow")); err != nil {
		b.Fatal(err)
	}
	env, err := newEnvironment(&p, opt)
	if err != nil {
		b.Fatal(err)
	}
	workers, err := p.open(b.Context(), env)
	if err != nil {
		b.Fatal(err)
	}
	defer closeAll(workers)
	b.StartTimer()
	err = workers[0].ensureIndex(b.Context())
	b.StopTimer()
	if err != nil {
		b.Fatal(err)
	}
	return workers[0].index.Len()
}

// syncs counts calls that wait for the disk.
type syncs struct {
	vfs.FS
	n atomic.Int64
}

type syncedFile struct {
	vfs.File
	n *atomic.Int64
}

func (s *syncs) SyncDir(dir string) error { s.n.Add(1); return s.FS.SyncDir(dir) }

func (s *syncs) Create(name string) (vfs.File, error) {
	f, err := s.FS.Create(name)
	return syncedFile{f, &s.n}, err
}

func (f syncedFile) Sync() error { f.n.Add(1); return f.File.Sync() }

// TestSyncsToTheFirstCommit bounds what a disk that takes a while to sync adds to a start: some milliseconds each.
func TestSyncsToTheFirstCommit(t *testing.T) {
	w := newWorld(t)
	disk := &syncs{FS: w.fs}
	w.fs = disk
	w.put("f/1.json", ev("a", 1, "", "x"), ev("b", 1, "d", ""))
	w.put("old/1.json", ev("c", 1, "", "x"))
	opt := w.options()
	var first int64
	opt.Observer = onCommit{&w.log, func() {
		if first == 0 {
			first = disk.n.Load()
		}
	}}
	s := spec{live: []string{"f"}, once: []string{"old"}}
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	whole := disk.n.Load()
	w.put("f/2.json", ev("d", 1, "", "x"))
	if _, err := s.pipeline().Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if second := disk.n.Load() - whole; first > 14 || whole > 25 || second > 8 {
		t.Errorf("%d syncs to the first commit, %d in all, %d in a run of one more file; want at most 14, 25, 8", first, whole, second)
	}
}

// TestRecordsTakeNoMemory: what a run allocates does not grow with its records, but for buffers and the index.
func TestRecordsTakeNoMemory(t *testing.T) {
	allocs := func(records int) float64 {
		w := newWorld(t)
		var lines []string
		for i := range records {
			lines = append(lines, ev(fmt.Sprint("k", i%500), i*31%97, "", "x"))
		}
		w.put("f/1.json", lines...)
		s, n := spec{live: []string{"f"}}, 0
		return testing.AllocsPerRun(1, func() {
			p := s.pipeline()
			n++
			p.Tables[0].(*table[row]).Path = fmt.Sprint("tables/", n)
			if _, err := p.Run(t.Context(), w.options()); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := allocs(2_000), allocs(22_000)
	if perRecord := (many - few) / 20_000; perRecord > 0.02 {
		t.Errorf("%.3f allocations a record (%.0f for 2,000, %.0f for 22,000)", perRecord, few, many)
	}
}
