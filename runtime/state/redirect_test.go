package state_test

import (
	"fmt"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/state"
	"pgregory.net/rapid"
)

// TestMovedRowsAreFound moves rows between files at random, as compactions do, and compares the index with one that was
// told each row's place.
func TestMovedRowsAreFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := state.New()
		files := map[string][]string{} // by file, the key of each row, "" for dead
		next, keys := 0, 0
		name := func() string { next++; return fmt.Sprintf("part-%d", next) }
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			var paths []string
			for i := range next {
				if path := fmt.Sprintf("part-%d", i+1); files[path] != nil {
					paths = append(paths, path)
				}
			}
			if len(paths) < 2 || rapid.Bool().Draw(rt, "write") {
				path := name()
				for range rapid.IntRange(1, 20).Draw(rt, "rows") {
					key := fmt.Sprintf("key %d", keys)
					keys++
					id, _ := x.Put([]byte(key))
					x.Set(id, state.Entry{HasRow: true, Loc: state.Loc{File: x.FileID(path), Row: uint32(len(files[path]))}})
					files[path] = append(files[path], key)
				}
				continue
			}
			moved := rapid.SliceOfNDistinct(rapid.SampledFrom(paths), 1, len(paths), rapid.ID).Draw(rt, "moved")
			to := name()
			for _, from := range moved {
				dead := roaring.New()
				first := len(files[to])
				for row, key := range files[from] {
					if key == "" || rapid.IntRange(0, 3).Draw(rt, "dies") == 0 {
						dead.Add(uint32(row))
						continue
					}
					files[to] = append(files[to], key)
				}
				x.Move(from, to, dead, uint32(first))
				delete(files, from)
			}
		}
		for path, rows := range files {
			for row, key := range rows {
				id, _ := x.Find([]byte(key))
				if e := x.Get(id); x.FilePath(e.Loc.File) != path || e.Loc.Row != uint32(row) {
					rt.Fatalf("%s is at %s row %d, found at %v", key, path, row, e.Loc)
				}
			}
		}
	})
}

// TestDeadRowsMoveNowhere: a key whose row died in the commit that moved its file must not be taken for a neighbour's.
func TestDeadRowsMoveNowhere(t *testing.T) {
	x := state.New()
	id, _ := x.Put([]byte("k"))
	x.Set(id, state.Entry{HasRow: true, Loc: state.Loc{File: x.FileID("a"), Row: 1}})
	x.Move("a", "b", roaring.BitmapOf(1), 0)
	if e := x.Get(id); e.Loc.File != state.Nowhere || x.FilePath(e.Loc.File) != "" {
		t.Errorf("the dead row is found at %v (%q)", e.Loc, x.FilePath(e.Loc.File))
	}
}
