package extracts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// world is a data folder.
type world struct {
	testing.TB
	dir string
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{t, t.TempDir()}
	for _, folder := range []string{"nightly", "dumps"} {
		if err := os.MkdirAll(filepath.Join(w.dir, "data", folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// put writes a file that has settled.
func (w world) put(name string, lines ...string) {
	w.Helper()
	path := filepath.Join(w.dir, "data", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	text := strings.Join(lines, "\n")
	if text != "" {
		text += "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, hourAgo, hourAgo); err != nil {
		w.Fatal(err)
	}
}

func (w world) run() (*flow.Summary, error) {
	return Pipeline().Run(context.Background(), flow.Options{Data: w.dir, AvailableNow: true})
}

func (w world) must() *flow.Summary {
	w.Helper()
	s, err := w.run()
	if err != nil {
		w.Fatal(err)
	}
	for _, t := range s.Tables {
		for _, f := range t.Flows {
			if !f.Run.Balanced() {
				w.Errorf("flow %s: counts do not add up: %+v", f.Name, f.Run)
			}
		}
	}
	return s
}

// rows reads a table, a text each, sorted.
func rows[T any](w world, table string, of column.Rows[T], text func(*T) string) []string {
	w.Helper()
	ctx := context.Background()
	t, err := delta.Open(ctx, vfs.OS(), filepath.Join(w.dir, "tables", table))
	if err != nil {
		w.Fatal(err)
	}
	var files []delta.RowRange
	for _, f := range t.Files() {
		files = append(files, delta.WholeFiles([]string{f.Path})...)
	}
	out := []string{}
	var row T
	err = t.ScanRanges(ctx, of.Leaves(), func(int) bool { return true }, files, func(string, uint32) {
		of.Read(&row)
		out = append(out, text(&row))
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (w world) history() []string {
	w.Helper()
	at := func(v value.Opt[CustomerHistoryStartAt]) string {
		if !v.Valid {
			return "-"
		}
		return strings.TrimSuffix(strings.TrimPrefix(v.V.FilePath.V, "data/dumps/"), ".json")
	}
	return rows(w, "customer_history", newCustomerHistoryRows(), func(r *CustomerHistory) string {
		return fmt.Sprintf("%d %s %d [%s, %s)", r.ID, r.Name.V, int64(r.Seen.V)/1e6, at(r.StartAt), at(r.EndAt))
	})
}

func (w world) newest() []string {
	w.Helper()
	return rows(w, "customers", newCustomersRows(), func(r *Customers) string { return fmt.Sprintf("%d %s", r.ID, r.Name.V) })
}

func customer(id int, name string, seen int) string {
	return fmt.Sprintf(`{"id": %d, "name": %q, "seen": "1970-01-01T00:00:%02dZ"}`, id, name, seen)
}

func (w world) want(what string, got []string, want ...string) {
	w.Helper()
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestThreeNights(t *testing.T) {
	w := newWorld(t)
	w.put("dumps/2024-05-01.json", customer(1, "Berlin", 1), customer(2, "Rome", 1), customer(3, "Oslo", 1))
	w.put("dumps/2024-05-02.json", customer(1, "Paris", 2), customer(2, "Rome", 2), customer(4, "Bern", 2))
	w.put("nightly/2024-05-01.csv", "id,name,seen", "1,Berlin,", "3,Oslo,")
	w.must()
	w.want("after two nights", w.history(),
		"1 Berlin 1 [2024-05-01, 2024-05-02)", "1 Paris 2 [2024-05-02, -)", "2 Rome 2 [2024-05-01, -)",
		"3 Oslo 1 [2024-05-01, 2024-05-02)", "4 Bern 2 [2024-05-02, -)")
	w.want("newest", w.newest(), "1 Berlin", "3 Oslo")

	w.put("dumps/2024-05-03.json", customer(1, "Paris", 2), customer(2, "Rome", 2), customer(3, "Oslo", 3), customer(4, "Bern", 2))
	if err := os.RemoveAll(filepath.Join(w.dir, ".seamflow")); err != nil {
		t.Fatal(err)
	}
	s := w.must()
	w.want("a key that was gone is back", w.history(),
		"1 Berlin 1 [2024-05-01, 2024-05-02)", "1 Paris 2 [2024-05-02, -)", "2 Rome 2 [2024-05-01, -)",
		"3 Oslo 1 [2024-05-01, 2024-05-02)", "3 Oslo 3 [2024-05-03, -)", "4 Bern 2 [2024-05-02, -)")
	for _, table := range s.Tables {
		for _, f := range table.Flows {
			if f.Name == "versions" && (f.Run.Upserted != 1 || f.Run.Deduplicated != 3) {
				t.Errorf("rows that are what they were were written: %+v", f.Run)
			}
		}
	}
}

func TestExtractsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	refused := func(what, names string) {
		t.Helper()
		before := w.history()
		_, err := w.run()
		var coded *flow.SourceError
		if !errors.As(err, &coded) || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %v", what, err)
		}
		w.want(what+": the table", w.history(), before...)
	}
	w.put("dumps/2024-05-02.json", customer(1, "Berlin", 1))
	w.must()
	w.put("dumps/2024-05-01.json", customer(1, "Rome", 1))
	refused("an older extract", "dumps/2024-05-01.json")
	if err := os.Remove(filepath.Join(w.dir, "data/dumps/2024-05-01.json")); err != nil {
		t.Fatal(err)
	}
	w.must() // the way out

	w.put("nightly/2024-05-03.csv", "id,name,seen", "1,Berlin,")
	w.must()
	w.put("nightly/2024-05-04.csv", "id,name,seen")
	if err := os.Chtimes(filepath.Join(w.dir, "data/nightly/2024-05-04.csv"), time.Now().Add(-time.Minute), time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	refused("an extract of a header", "allow_empty")
	w.want("newest", w.newest(), "1 Berlin")
}

// TestABadRecordDeletesNothing: its key may be any that the extract seems to lack.
func TestABadRecordDeletesNothing(t *testing.T) {
	w := newWorld(t)
	w.put("dumps/2024-05-01.json", customer(1, "Berlin", 1), customer(2, "Rome", 1))
	w.put("dumps/2024-05-02.json", customer(1, "Paris", 1), `{"id": "two"}`)
	w.must()
	w.want("with a bad record", w.history(), "1 Berlin 1 [2024-05-01, 2024-05-02)", "1 Paris 1 [2024-05-02, -)", "2 Rome 1 [2024-05-01, -)")
	w.put("dumps/2024-05-03.json", customer(1, "Paris", 1))
	w.must()
	w.want("without", w.history(), "1 Berlin 1 [2024-05-01, 2024-05-02)", "1 Paris 1 [2024-05-02, -)", "2 Rome 1 [2024-05-01, 2024-05-03)")
	w.put("dumps/2024-05-04.json")
	w.must() // the source has allow_empty
	w.want("an empty extract", w.history(), "1 Berlin 1 [2024-05-01, 2024-05-02)", "1 Paris 1 [2024-05-02, 2024-05-04)", "2 Rome 1 [2024-05-01, 2024-05-03)")
}

// TestOneKeyTwice is a tie: the greater row, whatever the order (R5).
func TestOneKeyTwice(t *testing.T) {
	for _, order := range [][]string{{customer(1, "a", 1), customer(1, "b", 1)}, {customer(1, "b", 1), customer(1, "a", 1), customer(1, "b", 1)}} {
		w := newWorld(t)
		w.put("dumps/2024-05-01.json", order...)
		w.must()
		w.want("history", w.history(), "1 b 1 [2024-05-01, -)")
	}
}

// TestAnyExtracts holds random extracts, in random runs, with the state thrown away now and then, against what they mean.
func TestAnyExtracts(t *testing.T) {
	type version struct {
		name       string
		seen       int
		start, end string
	}
	for seed := range uint64(25) {
		w := newWorld(t)
		rng := rand.New(rand.NewPCG(seed, 1))
		model := map[int][]version{}
		for night := range 6 {
			day := fmt.Sprintf("2024-05-%02d", night+1)
			var lines []string
			for id := range 6 {
				all := model[id]
				open := len(all) > 0 && all[len(all)-1].end == "-"
				if rng.IntN(4) == 0 {
					if open {
						all[len(all)-1].end = day
					}
					continue
				}
				name, seen := string(rune('a'+rng.IntN(3))), rng.IntN(60)
				lines = append(lines, customer(id, name, seen))
				switch {
				case open && all[len(all)-1].name == name:
					all[len(all)-1].seen = seen
					continue
				case open:
					all[len(all)-1].end = day
				}
				model[id] = append(all, version{name, seen, day, "-"})
			}
			rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
			w.put("dumps/"+day+".json", lines...)
			if rng.IntN(3) == 0 {
				if err := os.RemoveAll(filepath.Join(w.dir, ".seamflow")); err != nil {
					t.Fatal(err)
				}
			}
			if rng.IntN(3) > 0 || night == 5 {
				w.must()
			}
		}
		var want []string
		for id, versions := range model {
			for _, v := range versions {
				want = append(want, fmt.Sprintf("%d %s %d [%s, %s)", id, v.name, v.seen, v.start, v.end))
			}
		}
		slices.Sort(want)
		w.want(fmt.Sprintf("seed %d", seed), w.history(), want...)
	}
}
