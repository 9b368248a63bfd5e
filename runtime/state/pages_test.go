package state_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

func paged(fsys vfs.FS, dir string, limit int64) state.Place {
	return state.Place{FS: fsys, Name: filepath.Join(dir, "t.state"), Limit: limit}
}

func number(i uint64) []byte { return binary.BigEndian.AppendUint64([]byte("key"), i) }

// fill puts the keys [from, to) with sequence seq, paging as it goes.
func fill(t testing.TB, x *state.Index, from, to, seq uint64) {
	t.Helper()
	x.FileID("part-1.parquet")
	for i := from; i < to; i++ {
		id, _ := x.Put(number(i))
		x.Set(id, state.Entry{Seq: binary.BigEndian.AppendUint64(nil, seq), HasRow: true, Hash: i, Loc: state.Loc{Row: uint32(i)}})
		if x.Full() {
			if err := x.Spill(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func holds(t testing.TB, x *state.Index, from, to, seq uint64) {
	t.Helper()
	for i := from; i < to; i++ {
		id, ok := x.Find(number(i))
		if !ok {
			t.Fatalf("key %d is gone: %v", i, x.Err())
		}
		if e := x.Get(id); !e.HasRow || e.Hash != i || e.Loc.Row != uint32(i) || binary.BigEndian.Uint64(e.Seq) != seq {
			t.Fatalf("key %d: %+v", i, e)
		}
		if x.Full() {
			if err := x.Spill(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func files(t testing.TB, fsys vfs.FS, dir string) (names []string) {
	t.Helper()
	entries, err := fsys.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestPagedIsTheSameIndex does random operations on a paged index and on a map: with limits, spills, saves, loads under
// another limit, and drops of what was not saved.
func TestPagedIsTheSameIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := vfs.NewMem()
		place := paged(m, "/s", 1)
		x := place.New()
		want, saved := map[string]known{}, map[string]known{}
		keys := rapid.SliceOfNDistinct(rapid.StringN(0, 6, 12), 1, 60, rapid.ID[string]).Draw(t, "keys")
		number := func(file uint32) uint32 { return x.FileID(fmt.Sprint("file ", file)) } // until the next save
		seen := func(id state.ID) known {
			k := look(x, id)
			if k.Row {
				if _, err := fmt.Sscanf(x.FilePath(k.Loc.File), "file %d", &k.Loc.File); err != nil {
					t.Fatalf("file %d: %v", k.Loc.File, err)
				}
			}
			return k
		}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		load := func() {
			x.Close()
			place.Limit = rapid.SampledFrom([]int64{1, 1, 1 << 10, 0}).Draw(t, "limit")
			var err error
			x, _, err = place.Load()
			if errors.Is(err, fs.ErrNotExist) && len(saved) == 0 {
				x, err = place.New(), nil
			}
			check(err)
		}
		steps := map[string]func(){
			"set": func() {
				key, e := rapid.SampledFrom(keys).Draw(t, "key"), drawEntry(t)
				id, fresh := x.Put([]byte(key))
				if _, had := want[key]; had == fresh {
					t.Fatalf("Put(%q) fresh=%v, had=%v", key, fresh, had)
				}
				want[key] = known{Seq: string(e.Seq), Hash: e.Hash, Loc: e.Loc, Row: e.HasRow, Dead: e.Tombstone}
				e.Loc.File = number(e.Loc.File)
				x.Set(id, e)
				if !e.HasRow { // a snapshot keeps no more of it
					e.Hash, e.Loc = 0, state.Loc{}
					x.Set(id, e)
					want[key] = known{Seq: string(e.Seq), Row: e.HasRow, Dead: e.Tombstone}
				}
			},
			"look": func() {
				key := rapid.SampledFrom(keys).Draw(t, "key")
				id, ok := x.Find([]byte(key))
				w, had := want[key]
				if ok != had || ok && !cmp.Equal(w, seen(id)) {
					t.Fatalf("%q: %v, want %v", key, ok, had)
				}
			},
			"spill": func() { check(x.Spill()) },
			"save":  func() { check(x.Save(stamp)); saved = maps.Clone(want) },
			"drop":  func() { want = maps.Clone(saved); load() },
		}
		names := append(slices.Sorted(maps.Keys(steps)), "set", "set", "set", "look")
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			steps[rapid.SampledFrom(names).Draw(t, "step")]()
		}
		if x.Len() != len(want) {
			t.Fatalf("%d keys, want %d", x.Len(), len(want))
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			id, ok := x.Find([]byte(key))
			if !ok || string(x.Key(id)) != key {
				t.Fatalf("Find(%q) = %v %v", key, id, ok)
			}
			if diff := cmp.Diff(want[key], seen(id)); diff != "" {
				t.Fatalf("%q: %s", key, diff)
			}
		}
		if x.Err() != nil {
			t.Fatal(x.Err())
		}
		x.Close()
	})
}

func TestManyKeysWithinALimit(t *testing.T) {
	const n, limit = 200_000, 4 << 20
	place := paged(vfs.OS(), t.TempDir(), limit)
	x := place.New()
	for round := range uint64(2) { // the second changes keys that are on disk
		fill(t, x, 0, n, round)
		if x.Bytes() > limit*3/2 {
			t.Errorf("%d bytes held, with a limit of %d", x.Bytes(), limit)
		}
	}
	if x.Len() != n {
		t.Errorf("%d keys", x.Len())
	}
	if err := x.Save(stamp); err != nil {
		t.Fatal(err)
	}
	holds(t, x, 0, n, 1)
	x.Close()
	y, st, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
	if diff := cmp.Diff(stamp, st); diff != "" {
		t.Error(diff)
	}
	holds(t, y, 0, n, 1)
	if _, ok := y.Find(number(n)); ok {
		t.Error("found what was not put")
	}
	if names := files(t, vfs.OS(), filepath.Dir(place.Name)); !slices.Equal(names, []string{"t.cold"}) {
		t.Errorf("there is %v: a paged index has no flat snapshot", names)
	}
	if runs := len(files(t, vfs.OS(), filepath.Join(filepath.Dir(place.Name), "t.cold"))) - 1; runs > 12 {
		t.Errorf("%d runs: they are not merged", runs)
	}
}

// TestLimitIsRaised: an index that would fit by now is in memory again, and its runs go.
func TestLimitIsRaised(t *testing.T) {
	dir := t.TempDir()
	x := paged(vfs.OS(), dir, 100<<10).New()
	fill(t, x, 0, 5000, 1)
	if err := x.Save(stamp); err != nil {
		t.Fatal(err)
	}
	x.Close()
	y, _, err := paged(vfs.OS(), dir, 100<<20).Load()
	if err != nil {
		t.Fatal(err)
	}
	holds(t, y, 0, 5000, 1)
	if err := y.Save(stamp); err != nil {
		t.Fatal(err)
	}
	if names := files(t, vfs.OS(), filepath.Join(dir, "t.cold")); len(names) > 0 {
		t.Errorf("%v is left", names)
	}
	z, _, err := paged(vfs.OS(), dir, 100<<10).Load() // and lowered: the flat snapshot is paged as it is read
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	holds(t, z, 0, 5000, 1)
	if z.Bytes() > 300<<10 {
		t.Errorf("%d bytes held", z.Bytes())
	}
}

// TestCrashWhileSavingPages: at any call, the snapshot is the one before or the one after, whole.
func TestCrashWhileSavingPages(t *testing.T) {
	place := func(m *vfs.Mem) state.Place { return paged(m, "/s", 12<<10) }
	start := vfs.NewMem()
	x := place(start).New()
	fill(t, x, 0, 300, 1)
	if err := x.Save(state.Stamp{Version: 1}); err != nil {
		t.Fatal(err)
	}
	act := func(m *vfs.Mem) error {
		x, _, err := place(m).Load()
		if err != nil {
			return err
		}
		defer x.Close()
		for i := range uint64(300) {
			id, _ := x.Put(number(i))
			x.Set(id, state.Entry{Seq: binary.BigEndian.AppendUint64(nil, 2), HasRow: true, Hash: i, Loc: state.Loc{Row: uint32(i)}})
			if x.Full() {
				if err := x.Spill(); err != nil {
					return err
				}
			}
		}
		return errors.Join(x.Err(), x.Save(state.Stamp{Version: 2}))
	}
	calm := start.Crash(vfs.KeepAll)
	if err := act(calm); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d calls", calm.Calls())
	seen := map[int64]bool{}
	check := func(how string, k int, m *vfs.Mem) {
		y, st, err := place(m).Load()
		if err != nil {
			t.Fatalf("%s at %d: %v", how, k, err)
		}
		defer y.Close()
		seen[st.Version] = true
		holds(t, y, 0, 300, uint64(st.Version))
		if err := y.Save(st); err != nil {
			t.Fatalf("%s at %d: %v", how, k, err)
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

// TestEveryFlippedBitOfPagesIsNoticed flips each bit of each file, cuts each file off at each byte, takes each away and
// puts the other in its place: what Load gives, if anything, holds the keys as they are or fails.
func TestEveryFlippedBitOfPagesIsNoticed(t *testing.T) {
	m := vfs.NewMem()
	place := paged(m, "/s", 1)
	x := place.New()
	fill(t, x, 0, 2, 1) // a run each
	if err := x.Save(stamp); err != nil {
		t.Fatal(err)
	}
	x.Close()
	good := map[string][]byte{}
	for _, name := range files(t, m, "/s/t.cold") {
		data, err := vfs.ReadFile(m, "/s/t.cold/"+name)
		if err != nil {
			t.Fatal(err)
		}
		good[name] = data
	}
	if len(good) < 3 {
		t.Fatalf("there is %v", slices.Collect(maps.Keys(good)))
	}
	dir := t.TempDir()
	place = paged(vfs.OS(), dir, 1)
	refused := func(what string, at int, name string, data []byte) {
		t.Helper()
		os.MkdirAll(filepath.Join(dir, "t.cold"), 0o755)
		for n, d := range good {
			if n == name {
				d = data
			}
			if err := os.WriteFile(filepath.Join(dir, "t.cold", n), d, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if data == nil {
			os.Remove(filepath.Join(dir, "t.cold", name))
		}
		y, _, err := place.Load()
		if err == nil {
			for i := range uint64(2) {
				id, ok := y.Find(number(i))
				if y.Err() != nil {
					err = y.Err()
					break
				}
				if !ok || y.Get(id).Hash != i {
					t.Fatalf("%s: %s at %d: key %d is gone or changed, in silence", name, what, at, i)
				}
			}
			y.Close()
		}
		if !errors.Is(err, state.ErrDamaged) {
			t.Fatalf("%s: %s at %d: %v", name, what, at, err)
		}
	}
	runs := slices.Sorted(maps.Keys(good))
	for _, name := range runs {
		for i := range good[name] {
			for bit := range 8 {
				bad := bytes.Clone(good[name])
				bad[i] ^= 1 << bit
				refused("bit flipped", i, name, bad)
			}
			refused("cut off", i, name, append([]byte{}, good[name][:i]...))
		}
		if name != "manifest" {
			refused("gone", 0, name, nil)
			refused("another run", 0, name, good[runs[(slices.Index(runs, name)+1)%2]])
		}
	}
}

// TestClearLeavesNothing, of either kind of snapshot and of what a killed run left.
func TestClearLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	place := paged(vfs.OS(), dir, 50<<10)
	x := place.New()
	fill(t, x, 0, 5000, 1)
	if err := x.Save(stamp); err != nil {
		t.Fatal(err)
	}
	fill(t, x, 0, 5000, 2) // runs that no manifest names
	x.Close()
	os.WriteFile(place.Name, []byte("flat"), 0o644)
	if err := place.Clear(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := place.Load(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if names := files(t, vfs.OS(), filepath.Join(dir, "t.cold")); len(names) > 0 {
		t.Errorf("%v is left", names)
	}
}

// TestDebrisOfAKilledRunGoes: runs that no manifest names are removed by the next load, and their names are free.
func TestDebrisOfAKilledRunGoes(t *testing.T) {
	dir := t.TempDir()
	place := paged(vfs.OS(), dir, 50<<10)
	x := place.New()
	fill(t, x, 0, 5000, 1)
	x.Close()
	if _, _, err := place.Load(); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	if names := files(t, vfs.OS(), filepath.Join(dir, "t.cold")); len(names) > 0 {
		t.Errorf("%v is left", names)
	}
	y := place.New()
	defer y.Close()
	fill(t, y, 0, 5000, 1)
}

// TestFullDiskKeepsTheIndex: what cannot be paged stays in memory.
func TestFullDiskKeepsTheIndex(t *testing.T) {
	m := vfs.NewMem()
	x := paged(m, "/s", 1).New()
	id, _ := x.Put([]byte("a"))
	x.Set(id, state.Entry{Seq: []byte{1}, HasRow: true})
	m.FailAt(m.Calls()+3, syscall.ENOSPC)
	if err := x.Spill(); err == nil || !strings.Contains(err.Error(), "t.cold") {
		t.Fatalf("got %v: want an error with the folder", err)
	}
	if id, ok := x.Find([]byte("a")); !ok || !x.Get(id).HasRow {
		t.Error("the key is gone")
	}
}

// TestMovedRowsOfPagesAreFound: files that were written anew while their keys were on disk, over saves and merges.
func TestMovedRowsOfPagesAreFound(t *testing.T) {
	for _, limit := range []int64{40 << 10, 2000, 100 << 20} { // the second settles redirects as soon as it can
		place := paged(vfs.NewMem(), "/s", 40<<10)
		x := place.New()
		fill(t, x, 0, 2000, 1)
		x.Move("part-1.parquet", "part-2.parquet", roaring.BitmapOf(0, 1000), 7)
		x.Move("part-2.parquet", "part-3.parquet", roaring.BitmapOf(7), 0) // row 1 of the first dies
		place.Limit = limit
		check := func(x *state.Index) {
			t.Helper()
			for _, c := range []struct{ key, row uint32 }{{2, 7}, {999, 1004}, {1001, 1005}, {1999, 2003}} {
				id, ok := x.Find(number(uint64(c.key)))
				if e := x.Get(id); !ok || e.Loc.Row != c.row || x.FilePath(e.Loc.File) != "part-3.parquet" {
					t.Errorf("limit %d: key %d is at row %d of %s, want %d", limit, c.key, e.Loc.Row, x.FilePath(e.Loc.File), c.row)
				}
			}
		}
		check(x)
		for range 3 {
			if err := x.Save(stamp); err != nil {
				t.Fatal(err)
			}
			x.Close()
			var err error
			if x, _, err = place.Load(); err != nil {
				t.Fatal(err)
			}
			check(x)
			fill(t, x, 3000, 3100, 1)
		}
		x.Close()
	}
}
