package state_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/state"
)

// TestFilesThatAreGoneAreForgotten: each round's file is left by an update, or moved by a compaction, as in a table that
// lives for years. What the index remembers of them must not grow, and the rows must be where they were.
func TestFilesThatAreGoneAreForgotten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.state")
	x := placeAt(name).New()
	set := func(key, file string, row uint32) {
		id, _ := x.Put([]byte(key))
		x.Set(id, state.Entry{HasRow: true, Loc: state.Loc{File: x.FileID(file), Row: row}})
	}
	set("still", "first", 7)
	size := map[int]int64{}
	for round := range 40 {
		set("updated", fmt.Sprintf("update %2d", round), 3)
		set("moved", fmt.Sprintf("small %2d", round), 5)
		x.Move(fmt.Sprintf("small %2d", round), fmt.Sprintf("large %2d", round), roaring.BitmapOf(1), 10)
		if err := x.Save(stamp); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size[round] = info.Size()
		if round%7 == 0 {
			if x, _, err = placeAt(name).Load(); err != nil {
				t.Fatal(err)
			}
		}
		for key, want := range map[string]string{
			"still": "first 7", "updated": fmt.Sprintf("update %2d 3", round), "moved": fmt.Sprintf("large %2d 14", round),
		} {
			id, _ := x.Find([]byte(key))
			if e := x.Get(id); fmt.Sprint(x.FilePath(e.Loc.File), " ", e.Loc.Row) != want {
				t.Fatalf("round %d: %s is at %q row %d, want %s", round, key, x.FilePath(e.Loc.File), e.Loc.Row, want)
			}
		}
	}
	if size[39] != size[1] {
		t.Errorf("the snapshot has grown from %d to %d bytes", size[1], size[39])
	}
}
