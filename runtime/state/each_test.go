package state_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// Each sees every key once, as Find does, in whichever runs and in memory it is, and where its row has moved to.
func TestEachSeesWhatFindSees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := paged(vfs.NewMem(), "/s", rapid.SampledFrom([]int64{0, 1}).Draw(t, "limit")).New()
		defer x.Close()
		for range 10 {
			x.FileID(fmt.Sprint(x.FileID("")))
		}
		keys := rapid.SliceOfNDistinct(rapid.StringN(0, 6, 12), 1, 40, rapid.ID[string]).Draw(t, "keys")
		put := map[string]bool{}
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			id, _ := x.Put([]byte(key))
			x.Set(id, drawEntry(t))
			put[key] = true
			if x.Full() && rapid.Bool().Draw(t, "spill") {
				if err := x.Spill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if rapid.Bool().Draw(t, "move") {
			x.Move(x.FilePath(3), "elsewhere", roaring.BitmapOf(1), 100)
		}
		size := x.Len()
		got, want := map[string]known{}, map[string]known{}
		err := x.Each(func(key []byte, e state.Entry) error {
			if _, twice := got[string(key)]; twice {
				t.Fatalf("%q was visited twice", key)
			}
			got[string(key)] = seen(e)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if x.Len() != size || size != len(put) {
			t.Fatalf("%d keys after, %d before, %d put", x.Len(), size, len(put))
		}
		for key := range maps.Keys(put) {
			id, _ := x.Find([]byte(key))
			want[key] = seen(x.Get(id))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// seen leaves out what is not meaningful, which need not survive paging.
func seen(e state.Entry) known {
	k := known{Seq: string(e.Seq), Row: e.HasRow, Dead: e.Tombstone}
	if e.HasRow {
		k.Hash, k.Loc = e.Hash, e.Loc
	}
	return k
}

func TestEachStopsAtAnErrorOfItsCaller(t *testing.T) {
	x := paged(vfs.NewMem(), "/s", 1).New()
	fill(t, x, 0, 100, 1)
	enough := errors.New("enough")
	for _, after := range []int{1, 100} {
		n := 0
		err := x.Each(func([]byte, state.Entry) error {
			if n++; n == after {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || n != after {
			t.Errorf("stopped after %d of %d with %v", n, after, err)
		}
	}
	if x.Err() != nil {
		t.Error("the caller's error is the index's: ", x.Err())
	}
}
