package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/state"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func placeAt(name string) state.Place { return state.Place{FS: vfs.OS(), Name: name} }

func small(p state.Place) *state.Index {
	x := p.New()
	f := x.FileID("part-1.parquet")
	put := func(key string, e state.Entry) {
		id, _ := x.Put([]byte(key))
		x.Set(id, e)
	}
	put("a", state.Entry{Seq: []byte("12345678"), HasRow: true, Hash: 77, Loc: state.Loc{File: f, Row: 3}})
	put("", state.Entry{Seq: []byte("a sequence that is long"), HasRow: true, Loc: state.Loc{File: f, Row: 4}})
	put("gone", state.Entry{Seq: []byte{1}, Tombstone: true})
	return x
}

var stamp = state.Stamp{TableID: "t", Path: "tables/t", Version: 12, CommitUUID: "u", Types: "string|timestamp"}

func TestSnapshotRoundTrip(t *testing.T) {
	name := filepath.Join(t.TempDir(), "deep", "t.state")
	x := small(placeAt(name))
	for range 2 { // the second replaces the first
		if err := x.Save(stamp); err != nil {
			t.Fatal(err)
		}
	}
	y, st, err := placeAt(name).Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stamp, st); diff != "" {
		t.Error(diff)
	}
	if y.Len() != x.Len() || y.FilePath(0) != x.FilePath(0) {
		t.Fatalf("%d keys, want %d", y.Len(), x.Len())
	}
	err = x.Each(func(key []byte, e state.Entry) error {
		id, ok := y.Find(key)
		if !ok {
			return fmt.Errorf("key %q is gone", key)
		}
		if diff := cmp.Diff(e, y.Get(id)); diff != "" {
			t.Errorf("key %q: %s", key, diff)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestLoadTakesTheMemoryOfTheIndex: a snapshot of many keys is as large as the index, and both at once is too much.
func TestLoadTakesTheMemoryOfTheIndex(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.state")
	x := placeAt(name).New()
	f := x.FileID("part-1.parquet")
	for i := range 100_000 {
		id, _ := x.Put(fmt.Appendf(nil, "a key of some length %06d", i))
		x.Set(id, state.Entry{Seq: []byte("12345678"), HasRow: true, Hash: 1, Loc: state.Loc{File: f, Row: uint32(i)}})
	}
	if err := x.Save(stamp); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	y, _, err := placeAt(name).Load()
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if took := int64(after.TotalAlloc - before.TotalAlloc); took > y.Bytes()+2<<20 {
		t.Errorf("%d bytes for an index of %d", took, y.Bytes())
	}
}

func TestMissingSnapshot(t *testing.T) {
	_, _, err := placeAt(filepath.Join(t.TempDir(), "none")).Load()
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestEveryFlippedBitIsNoticed also cuts the snapshot off at every byte and adds one.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.state")
	if err := small(placeAt(name)).Save(stamp); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, at int, data []byte) {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := placeAt(name).Load(); !errors.Is(err, state.ErrDamaged) {
			t.Fatalf("%s at %d: %v", what, at, err)
		}
	}
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			refused("bit flipped", i, bad)
		}
		refused("cut off", i, good[:i])
	}
	refused("byte added", len(good), append(bytes.Clone(good), 0))
}
