package files

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func stored(t rapid.TB, s *Set) *Set {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 64<<10 {
		t.Fatalf("the set is %d bytes of JSON", len(text))
	}
	back := new(Set)
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	return back
}

func content(t rapid.TB, s *Set, store Store, ask []string) map[string]stamp {
	t.Helper()
	f, err := s.finder(store)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]stamp{}
	for _, p := range ask {
		if st, ok := f.find(p); ok {
			got[p] = st
		}
	}
	var each []string
	if err := s.Each(store, func(p string) { each = append(each, p) }); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(each) {
		t.Fatalf("Each is not sorted: %q", each)
	}
	if want := slices.Sorted(maps.Keys(got)); len(each) != len(want) {
		t.Fatalf("Each gives %d files, the set has %d", len(each), len(want))
	}
	return got
}

// TestSetAgainstAMap adds, stores, loses what was not stored and asks, at random.
func TestSetAgainstAMap(t *testing.T) {
	path := rapid.Custom(func(t *rapid.T) string {
		dir := rapid.SampledFrom([]string{"", "a/", "a-b/", "a/b/", "ä/", "/srv/x/"}).Draw(t, "dir")
		return dir + fmt.Sprint(rapid.IntRange(0, 3000).Draw(t, "name")) + rapid.SampledFrom([]string{"", ".json", "\n", "\"\\"}).Draw(t, "ending")
	})
	rapid.Check(t, func(t *rapid.T) {
		store := newMemStore()
		set, model := new(Set), map[string]stamp{}
		kept, keptModel := stored(t, set), map[string]stamp{}
		asked := map[string]bool{"": true, "zzz": true}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := rapid.SampledFrom([]int{1, 2, 100, 255, 256, 257, 700}).Draw(t, "files")
				from := rapid.Uint64().Draw(t, "seed")
				rnd := rand.New(rand.NewPCG(from, 1))
				prefix := path.Draw(t, "path")
				var read []File
				for range n {
					f := File{
						Path: prefix + fmt.Sprint(rnd.IntN(900)), Size: rnd.Int64() >> rnd.IntN(64),
						ModTime: time.Unix(rnd.Int64N(1<<34)-1<<32, rnd.Int64N(1e9)),
					}
					read = append(read, f)
					model[f.Path] = f.stamp()
					asked[f.Path], asked[f.Path+"x"] = true, true
				}
				if err := set.Add(store, read...); err != nil {
					t.Fatal(err)
				}
			},
			"commit": func(t *rapid.T) {
				kept, keptModel = stored(t, set), maps.Clone(model)
			},
			"crash": func(t *rapid.T) {
				set, model = stored(t, kept), maps.Clone(keptModel)
			},
			"restart": func(t *rapid.T) {
				set = stored(t, set)
			},
			"ask": func(t *rapid.T) {
				if diff := cmp.Diff(model, content(t, set, store, slices.Sorted(maps.Keys(asked))), cmp.AllowUnexported(stamp{})); diff != "" {
					t.Fatal(diff)
				}
			},
			"": func(t *rapid.T) {
				for i := 1; i < len(set.levels); i++ {
					if set.levels[i-1].Files <= 2*set.levels[i].Files {
						t.Fatalf("levels %v: each must be more than twice as long as the next", set.levels)
					}
				}
			},
		})
	})
}

func TestLongNamesLeaveTheTailEarly(t *testing.T) {
	store, set := newMemStore(), new(Set)
	for i := range 300 {
		must(t, set.Add(store, File{Path: strings.Repeat("é", 2000) + fmt.Sprint(i)}))
		stored(t, set)
	}
}

// TestWritingASetIsCheap adds files one commit at a time and bounds what side files cost, per file, by the logarithm.
func TestWritingASetIsCheap(t *testing.T) {
	store, set := newMemStore(), new(Set)
	const n = 100_000
	for i := range n {
		must(t, set.Add(store, numbered(i)))
	}
	if per := float64(store.written) / n; per > 250 {
		t.Errorf("%.0f bytes of side files were written per file", per)
	}
	if store.reads > 0 {
		t.Errorf("%d side files were read that were at hand", store.reads)
	}
	last := 0
	for _, l := range set.levels {
		last += len(store.side[l.Side])
	}
	if per := float64(last) / n; per > 20 {
		t.Errorf("the set takes %.0f bytes per file", per)
	}
}

func numbered(i int) File {
	return File{
		Path: fmt.Sprintf("data/online/2024/%02d/orders-%07d.json", i/10000, i), Size: int64(1000 + i*7919%100000),
		ModTime: yesterday.Add(time.Duration(i) * 137 * time.Millisecond),
	}
}

func TestDamagedSideFileIsNamed(t *testing.T) {
	store, set := newMemStore(), new(Set)
	for i := range 300 {
		must(t, set.Add(store, numbered(i)))
	}
	side := set.levels[0].Side
	sound := store.side[side]
	for what, data := range map[string][]byte{
		"missing": nil, "empty": {}, "short": sound[:len(sound)/2], "other": []byte("SFF1 something else"),
		"fewer": mustRun(numbered(1), numbered(2)), "repeated": mustRun(numbered(1), numbered(1)),
	} {
		if store.side[side] = data; data == nil {
			delete(store.side, side)
		}
		again := stored(t, set)
		if _, err := again.finder(store); err == nil || !strings.Contains(err.Error(), side) {
			t.Errorf("%s: got %v, want an error that names %s", what, err, side)
		}
		if err := again.Each(store, func(string) {}); err == nil {
			t.Errorf("%s: Each gives no error", what)
		}
	}
}

func mustRun(files ...File) []byte {
	var w runWriter
	for _, f := range files {
		w.add([]byte(f.Path), f.stamp())
	}
	return w.finish()
}

func FuzzRun(f *testing.F) {
	f.Add(mustRun(numbered(1)), "x")
	var many []File
	for i := range 40 {
		many = append(many, numbered(i))
	}
	f.Add(mustRun(many...), numbered(17).Path)
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		r, err := newRun(data)
		if err != nil {
			return
		}
		c, n := newCursor(r), 0
		for c.next() {
			n++
			if s := newCursor(r); !s.seek(string(c.key)) || s.stamp != c.stamp {
				t.Fatalf("%q is in the run and not found", c.key)
			}
		}
		if n != r.count {
			t.Fatalf("%d entries, counted %d", n, r.count)
		}
		newCursor(r).seek(path)
	})
}

func TestSetOfANewerVersionIsRefused(t *testing.T) {
	for _, text := range []string{`{"v":2}`, `{}`, `[]`, `{"v":1,"tail":[{"path":1}]}`} {
		if err := json.Unmarshal([]byte(text), new(Set)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

func BenchmarkFindInAMillion(b *testing.B) {
	store, set := newMemStore(), new(Set)
	all := make([]File, 1_000_000)
	for i := range all {
		all[i] = numbered(i)
	}
	must(b, set.Add(store, all...))
	for name, step := range map[string]int{"all": 1, "every_1000th": 1000} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f, err := set.finder(store)
				must(b, err)
				for i := 0; i < len(all); i += step {
					if _, ok := f.find(all[i].Path); !ok {
						b.Fatal("lost")
					}
				}
			}
		})
	}
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			_, err := stored(b, set).finder(store)
			must(b, err)
		}
	})
}
