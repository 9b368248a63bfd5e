package flow

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// fold is the reference model of apply_changes over lines of events: the table's rows as text, sorted. It knows nothing
// of batches, files or state.
func fold(kind string, lines []string) []string {
	type newest struct {
		seq     int64
		deleted bool
		enc     string
		text    string
	}
	table := map[string]newest{}
	for _, line := range lines {
		var e struct {
			ID      string
			Seq     int64
			Op, Val *string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			panic(err)
		}
		if e.Op != nil && *e.Op == "skip" {
			continue
		}
		n := newest{seq: e.Seq, deleted: e.Op != nil && *e.Op == "d"}
		x := row{ID: e.ID, Seq: e.Seq}
		val := "-"
		if e.Val != nil {
			x.Val, val = value.Some(*e.Val), *e.Val
		}
		n.enc, n.text = string(rowAppend(nil, &x)), fmt.Sprintf("%s %d %s", e.ID, e.Seq, val)
		if kind == "slim" {
			n.enc, n.text = string(slimAppend(nil, &slim{ID: x.ID, Val: x.Val})), e.ID+" "+val
		}
		old, held := table[e.ID]
		switch {
		case held && n.seq < old.seq:
			continue
		case held && n.seq == old.seq && n.deleted: // an upsert beats a delete, and a delete changes nothing of a delete
			continue
		case held && n.seq == old.seq && !old.deleted && n.enc <= old.enc: // of two upserts the greater encoding wins
			continue
		}
		table[e.ID] = n
	}
	var out []string
	for _, n := range table {
		if !n.deleted {
			out = append(out, n.text)
		}
	}
	slices.Sort(out)
	return out
}

// drawEvents makes events of few keys, few sequences and few values, so that late ones, ties, repeats and deletes abound.
func drawEvents(t *rapid.T) []string {
	one := rapid.Custom(func(t *rapid.T) string {
		return ev(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "id"), rapid.IntRange(1, 5).Draw(t, "seq"),
			rapid.SampledFrom([]string{"", "u", "d", "d", "skip"}).Draw(t, "op"), rapid.SampledFrom([]string{"x", "y", "z", "-"}).Draw(t, "val"))
	})
	events := rapid.SliceOfN(one, 0, 40).Draw(t, "events")
	if len(events) > 0 {
		events = append(events, rapid.SliceOfN(rapid.SampledFrom(events), 0, 5).Draw(t, "repeats")...)
	}
	return events
}

// harm is what may happen to the folder of the state between two runs. older is a copy of it, by file.
type harm func(t *rapid.T, dir string, older map[string][]byte)

var harms = map[string]harm{
	"nothing": func(*rapid.T, string, map[string][]byte) {},
	"deleted": func(_ *rapid.T, dir string, _ map[string][]byte) { os.RemoveAll(dir) },
	"damaged": func(t *rapid.T, dir string, _ map[string][]byte) {
		all := readFolder(dir)
		if len(all) == 0 {
			return
		}
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(t, "file")
		if data := all[name]; len(data) > 0 {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "byte")] ^= 0x40
			os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
	},
	"an older copy": func(_ *rapid.T, dir string, older map[string][]byte) {
		if older != nil {
			writeFolder(dir, older)
		}
	},
}

// readFolder gives all files below dir by their path in it.
func readFolder(dir string) map[string][]byte {
	all := map[string][]byte{}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, _ := filepath.Rel(dir, name)
			all[rel], _ = os.ReadFile(name)
		}
		return nil
	})
	return all
}

// writeFolder makes dir hold these files and no others.
func writeFolder(dir string, all map[string][]byte) {
	os.RemoveAll(dir)
	for name, data := range all {
		full := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(full), 0o755)
		os.WriteFile(full, data, 0o644)
	}
}

// TestAnySplitGivesTheSameTable cuts events into files, files into batches, batches into runs, over two flows, and harms
// the state in between: the table is the fold of the events, whatever the cut.
func TestAnySplitGivesTheSameTable(t *testing.T) {
	for _, kind := range []string{"row", "slim"} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				dir, err := os.MkdirTemp("", "split")
				if err != nil {
					t.Fatal(err)
				}
				defer os.RemoveAll(dir)
				w := &world{t: t, dir: dir, fs: vfs.OS()}
				w.memory = rapid.SampledFrom([]int64{0, 0, 1}).Draw(t, "memory") // 1 pages whenever it can
				w.lag = rapid.SampledFrom([]int64{0, 1 << 40}).Draw(t, "lag")
				events := drawEvents(t)
				rest := rapid.Permutation(events).Draw(t, "order")
				s := spec{kind: kind, live: []string{"f", "g"}, maxFiles: rapid.IntRange(0, 2).Draw(t, "max files")}
				for _, flow := range s.live {
					os.MkdirAll(filepath.Join(dir, "in", flow), 0o755)
				}
				var older map[string][]byte
				for run := 0; run == 0 || len(rest) > 0; run++ {
					for file := range rapid.IntRange(1, 4).Draw(t, "files") {
						n := rapid.IntRange(0, len(rest)).Draw(t, "events in file")
						w.put(fmt.Sprintf("%s/%d_%d.json", rapid.SampledFrom(s.live).Draw(t, "flow"), run, file), rest[:n]...)
						rest = rest[n:]
					}
					if run > 6 {
						w.put(fmt.Sprintf("f/last_%d.json", run), rest...)
						rest = nil
					}
					w.run(s)
					name := rapid.SampledFrom([]string{"an older copy", "damaged", "deleted", "nothing"}).Draw(t, "state")
					harms[name](t, w.stateDir(), older)
					if rapid.Bool().Draw(t, "keep copy") {
						older = readFolder(w.stateDir())
					}
				}
				if diff := cmp.Diff(fold(kind, events), w.rows("t")); diff != "" {
					t.Fatalf("the table is not the fold of its events (-want +got):\n%s\nevents:\n%s", diff, strings.Join(events, "\n"))
				}
			})
		})
	}
}
