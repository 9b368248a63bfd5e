package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// TestPartsAreTheWholeIndex changes an index at random, saves it now and then, and loads what was saved, under a limit
// that it is paged by too: it is what a map is.
func TestPartsAreTheWholeIndex(t *testing.T) {
	defer state.SetMinWhole(0)()
	most := 0
	rapid.Check(t, func(rt *rapid.T) {
		m := vfs.NewMem()
		place := paged(m, "/s", 0)
		x := place.New()
		type placed struct {
			known
			path string
		}
		want := map[string]placed{}
		fill(t, x, 0, 2000, 1)
		for i := range uint64(2000) {
			want[string(number(i))] = placed{known{Seq: strings.Repeat("\x00", 7) + "\x01", Hash: i, Loc: state.Loc{Row: uint32(i)}, Row: true}, "part-1.parquet"}
		}
		paths, made := []string{"part-1.parquet"}, 0
		saved, version := maps.Clone(want), int64(0)
		check := func(err error) {
			if err = errors.Join(err, x.Err()); err != nil {
				rt.Fatal(err)
			}
		}
		save := func() {
			version++
			check(x.Save(state.Stamp{Version: version}))
			saved = maps.Clone(want)
			most = max(most, len(files(t, m, "/s")))
		}
		load := func() {
			x.Close()
			var st state.Stamp
			var err error
			peek := rapid.Bool().Draw(rt, "peek")
			if peek {
				x, st, err = place.Peek()
			}
			if !peek || errors.Is(err, state.ErrPaged) {
				x, st, err = place.Load()
			}
			check(err)
			if want = maps.Clone(saved); st.Version != version {
				rt.Fatalf("version %d, want %d", st.Version, version)
			}
		}
		save()
		steps := map[string]func(){
			"set": func() {
				key := rapid.OneOf(rapid.StringN(0, 4, 8), rapid.Custom(func(rt *rapid.T) string {
					return string(number(rapid.Uint64Range(0, 1999).Draw(rt, "number")))
				})).Draw(rt, "key")
				e := drawEntry(rt)
				e.Seq = append(e.Seq, bytes.Repeat([]byte("s"), rapid.SampledFrom([]int{0, 0, 30, 100}).Draw(rt, "more"))...)
				path := rapid.SampledFrom(paths).Draw(rt, "path")
				e.Loc.File = x.FileID(path)
				if !e.HasRow {
					e.Loc, e.Hash = state.Loc{}, 0
				}
				id, _ := x.Put([]byte(key))
				x.Set(id, e)
				want[key] = placed{known{Seq: string(e.Seq), Hash: e.Hash, Loc: state.Loc{Row: e.Loc.Row}, Row: e.HasRow, Dead: e.Tombstone}, path}
			},
			"file": func() { paths, made = append(paths, fmt.Sprint("file ", made)), made+1 },
			"move": func() {
				i := rapid.IntRange(0, len(paths)-1).Draw(rt, "moved")
				if i == 0 {
					return // most keys are there: the whole would be written each time
				}
				from, to := paths[i], fmt.Sprint("file ", made)
				paths[i], made = to, made+1
				x.Move(from, to, roaring.New(), 5)
				for key, k := range want {
					if k.Row && k.path == from {
						k.path, k.Loc.Row = to, k.Loc.Row+5
						want[key] = k
					}
				}
			},
			"save": save,
			"drop": load,
		}
		names := append(slices.Sorted(maps.Keys(steps)), "set", "set", "set", "save")
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			steps[rapid.SampledFrom(names).Draw(rt, "step")]()
		}
		save()
		place.Limit = rapid.SampledFrom([]int64{0, 0, 1, 60 << 10}).Draw(rt, "limit")
		load()
		if x.Len() != len(want) {
			rt.Fatalf("%d keys, want %d", x.Len(), len(want))
		}
		for key, w := range want {
			id, ok := x.Find([]byte(key))
			if !ok {
				rt.Fatalf("%q is gone: %v", key, x.Err())
			}
			got := placed{look(x, id), w.path}
			if got.Row {
				got.path = x.FilePath(got.Loc.File)
			} else {
				got.Hash, got.Loc = 0, state.Loc{} // they mean nothing
			}
			got.Loc.File = 0
			if got != w {
				rt.Fatalf("%q: %+v, want %+v", key, got, w)
			}
		}
		check(nil)
		x.Close()
	})
	if most < 4 {
		t.Errorf("at most %d files: no parts were written", most)
	}
}

// change sets some keys of 2000, and new ones, to a sequence.
func change(t testing.TB, x *state.Index, seq uint64) {
	t.Helper()
	fill(t, x, 0, 100, seq)
	fill(t, x, 2000+100*seq, 2100+100*seq, seq)
}

// partly makes a snapshot of a whole and n parts.
func partly(t testing.TB, p state.Place, n uint64) *state.Index {
	t.Helper()
	x := p.New()
	fill(t, x, 0, 2000, 1)
	for v := range n + 1 {
		if v > 0 {
			change(t, x, v+1)
		}
		if err := x.Save(state.Stamp{Version: int64(v)}); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func TestCrashWhileSavingAPart(t *testing.T) {
	defer state.SetMinWhole(0)()
	start := vfs.NewMem()
	partly(t, paged(start, "/s", 0), 1).Close()
	act := func(m *vfs.Mem) error {
		x, _, err := paged(m, "/s", 0).Load()
		if err != nil {
			return err
		}
		change(t, x, 3)
		if err := x.Save(state.Stamp{Version: 2}); err == nil {
			return nil
		}
		return x.Save(state.Stamp{Version: 2}) // what could not be saved is saved by the next
	}
	calm := start.Crash(vfs.KeepAll)
	if err := act(calm); err != nil {
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	check := func(how string, k int, m *vfs.Mem) {
		t.Helper()
		y, st, err := paged(m, "/s", 0).Load()
		if err != nil {
			t.Fatalf("%s at %d: %v", how, k, err)
		}
		seen[st.Version] = true
		holds(t, y, 0, 100, uint64(st.Version)+1)
		holds(t, y, 100, 2000, 1)
		if y.Len() != 2000+100*int(st.Version) {
			t.Fatalf("%s at %d: %d keys of version %d", how, k, y.Len(), st.Version)
		}
	}
	for k := 1; k <= calm.Calls(); k++ {
		m := start.Crash(vfs.KeepAll)
		m.StopAt(k)
		_ = act(m)
		for how, keep := range map[string]vfs.Keep{"nothing kept": vfs.KeepNothing, "all kept": vfs.KeepAll, "names kept": vfs.KeepNames, "some kept": vfs.KeepSome(uint64(k))} {
			check("stopped, "+how, k, m.Crash(keep))
		}
		m = start.Crash(vfs.KeepAll)
		m.FailAt(k, syscall.ENOSPC)
		_ = act(m)
		check("disk full", k, m.Crash(vfs.KeepAll))
	}
	if !seen[1] || !seen[2] {
		t.Errorf("seen %v: want both", seen)
	}
}

// TestEveryFlippedBitOfAPartIsNoticed: a snapshot with a damaged part is no good, one without its last part is older.
func TestEveryFlippedBitOfAPartIsNoticed(t *testing.T) {
	defer state.SetMinWhole(0)()
	dir := t.TempDir()
	place := paged(vfs.OS(), dir, 0)
	partly(t, place, 2).Close()
	part := func(n int) string { return fmt.Sprint(place.Name, ".", n) }
	load := func() (state.Stamp, error) {
		x, st, err := place.Peek()
		if err == nil {
			holds(t, x, 0, 100, uint64(st.Version)+1)
		}
		return st, err
	}
	good, err := os.ReadFile(part(1))
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) {
		if err := os.WriteFile(part(1), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < len(good); i += 1 + i/500 {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		write(bad)
		if _, err := load(); !errors.Is(err, state.ErrDamaged) {
			t.Fatalf("bit flipped at %d: %v", i, err)
		}
		write(good[:i])
		if _, err := load(); !errors.Is(err, state.ErrDamaged) {
			t.Fatalf("cut off at %d: %v", i, err)
		}
	}
	write(good)
	if st, err := load(); err != nil || st.Version != 2 {
		t.Fatalf("as it was: version %d, %v", st.Version, err)
	}
	last, _ := os.ReadFile(part(2))
	os.Remove(part(2))
	if st, err := load(); err != nil || st.Version != 1 {
		t.Errorf("without the last part: version %d, %v", st.Version, err)
	}
	write(last) // of another place in the row
	if st, err := load(); err != nil || st.Version != 0 {
		t.Errorf("the second part as the first: version %d, %v", st.Version, err)
	}
	os.Remove(place.Name)
	if _, err := load(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("parts alone: %v", err)
	}
}

// TestPartsOfAnOlderSnapshotAreDebris: a whole that was written since does not go on with them, and Load removes them.
func TestPartsOfAnOlderSnapshotAreDebris(t *testing.T) {
	defer state.SetMinWhole(0)()
	m := vfs.NewMem()
	place := paged(m, "/s", 0)
	x := partly(t, place, 2)
	old, err := vfs.ReadFile(m, place.Name+".1")
	if err != nil {
		t.Fatal(err)
	}
	fill(t, x, 0, 2000, 9) // too much for a part
	if err := x.Save(state.Stamp{Version: 8}); err != nil {
		t.Fatal(err)
	}
	if names := files(t, m, "/s"); !slices.Equal(names, []string{"t.state"}) {
		t.Fatalf("there is %v", names)
	}
	if err := vfs.WriteFile(m, place.Name+".1", old); err != nil {
		t.Fatal(err)
	}
	y, st, err := place.Load()
	if err != nil || st.Version != 8 {
		t.Fatalf("version %d, %v", st.Version, err)
	}
	holds(t, y, 0, 2000, 9)
	if names := files(t, m, "/s"); !slices.Equal(names, []string{"t.state"}) {
		t.Errorf("there is %v", names)
	}
	// One that peeked may find, when it owns the place, that another process has gone on: it writes the whole.
	peeked, _, err := place.Peek()
	if err != nil {
		t.Fatal(err)
	}
	change(t, y, 10)
	if err := y.Save(state.Stamp{Version: 9}); err != nil {
		t.Fatal(err)
	}
	change(t, peeked, 11)
	if err := peeked.Save(state.Stamp{Version: 10}); err != nil {
		t.Fatal(err)
	}
	z, st, err := place.Load()
	if err != nil || st.Version != 10 || z.Len() != peeked.Len() {
		t.Fatalf("version %d, %d keys, %v", st.Version, z.Len(), err)
	}
	holds(t, z, 0, 100, 11)
}

// TestAPartIsOfTheSizeOfTheChange, over a hundred rounds of one in a hundred keys.
func TestAPartIsOfTheSizeOfTheChange(t *testing.T) {
	const keys, rounds = 100_000, 100
	dir := t.TempDir()
	place := paged(vfs.OS(), dir, 0)
	x := place.New()
	fill(t, x, 0, keys, 1)
	if err := x.Save(stamp); err != nil {
		t.Fatal(err)
	}
	written, wholes, had := int64(0), 0, 1
	for round := range uint64(rounds) {
		for i := range uint64(keys / 100) {
			n := (i*100 + round*7919) % keys
			fill(t, x, n, n+1, round+2)
		}
		if err := x.Save(stamp); err != nil {
			t.Fatal(err)
		}
		name := place.Name
		if now := len(files(t, vfs.OS(), dir)); now > had {
			name = fmt.Sprint(place.Name, ".", had)
			had = now
		} else {
			wholes++
			had = now
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		written += info.Size()
	}
	if perChange := float64(written) / rounds / (keys / 100); perChange > 300 || wholes > rounds/20 || wholes == 0 {
		t.Errorf("%.0f bytes written per changed key, %d times the whole", perChange, wholes)
	}
}
