package delta

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/zeebo/xxh3"
)

// oldMergeFile is a file as it was written before entries had payloads.
func oldMergeFile(t *testing.T, fsys vfs.FS, table *Table, name string, entries ...MergeEntry) MergeFile {
	schema := mergeSchema[:firstExtra]
	leaves := column.NewLeaves(schema)
	for _, e := range entries {
		leaves.Strings(0).PutBytes(e.Key, 0, 1)
		leaves.Strings(1).PutBytes(e.Seq, 0, 1)
		leaves.Int32s(2).Put(int32(e.Kind), 0, 1)
	}
	var text bytes.Buffer
	w := column.NewFileWriter(&text, schema, column.WriterOptions{})
	must(t, w.WriteRowGroup(leaves))
	info, err := w.Close()
	must(t, err)
	must(t, table.makeDir(table.mergeDir()))
	must(t, vfs.WriteFile(fsys, table.mergeDir()+"/"+name, text.Bytes()))
	sum := xxh3.Hash128(text.Bytes()).Bytes()
	return MergeFile{Name: name, Rows: info.Rows, Bytes: info.Size, Sum: hex.EncodeToString(sum[:])}
}

func entryText(e MergeEntry) string {
	return fmt.Sprintf("%s %s %d %q gen %d at %d", e.Key, e.Seq, e.Kind, e.Payload, e.Gen, e.At)
}

func TestMergeFilesFromBeforePayloads(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	files := []MergeFile{oldMergeFile(t, fsys, table, "old.parquet",
		MergeEntry{Key: []byte("a"), Seq: []byte("1"), Kind: Tombstone},
		MergeEntry{Key: []byte("b"), Seq: []byte("5"), Kind: Sequence},
		MergeEntry{Key: []byte("c"), Seq: []byte("2"), Kind: Tombstone})}
	w := table.NewMergeFile()
	w.Add(MergeEntry{Key: []byte("b"), Seq: []byte("3"), Kind: Registers, Payload: []byte("late"), Gen: 9})
	w.Add(MergeEntry{Key: []byte("c"), Seq: []byte("3"), Kind: Registers, Payload: []byte("p"), Gen: 8, At: 1 << 40})
	f, err := w.Close()
	must(t, err)
	files = append(files, f)
	_, err = table.Commit(ctx, &Tx{MergeAdds: files})
	must(t, err)

	want := []string{`a 1 1 "" gen 0 at 0`, `b 5 2 "" gen 0 at 0`, `c 3 3 "p" gen 8 at 1099511627776`}
	check := func(what string, files []MergeFile) {
		t.Helper()
		var got []string
		must(t, table.ScanMergeLog(ctx, files, func(e MergeEntry) { got = append(got, entryText(e)) }))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, scan: %s", what, diff)
		}
		got = nil
		keys := [][]byte{[]byte("a"), []byte("b"), []byte("c")}
		must(t, table.FindMergeEntries(ctx, files, keys, func(e MergeEntry) { got = append(got, entryText(e)) }))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, search: %s", what, diff)
		}
	}
	check("side by side", files)
	merged, err := table.mergeFiles(ctx, files)
	must(t, err)
	check("merged", []MergeFile{merged})
}

// What no entry needs costs nothing on disk.
func TestPlainEntriesHaveNoFurtherColumns(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	plain := MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: Tombstone}
	w := table.NewMergeFile()
	w.Add(plain)
	f, err := w.Close()
	must(t, err)
	old := oldMergeFile(t, fsys, table, "old.parquet", plain)
	merged, err := table.mergeFiles(ctx, []MergeFile{f, old})
	must(t, err)
	for _, now := range []MergeFile{f, merged} {
		if now.Sum != old.Sum {
			t.Errorf("%+v is not as before, %+v", now, old)
		}
	}
}

func TestRewriteMergeLog(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	for i := range 3 {
		w := table.NewMergeFile()
		w.Add(MergeEntry{Key: []byte("shared"), Seq: []byte{byte('0' + i)}, Kind: Tombstone, At: int64(i)})
		w.Add(MergeEntry{Key: []byte{byte('a' + i)}, Seq: []byte("s"), Kind: Tombstone, At: int64(i)})
		f, err := w.Close()
		must(t, err)
		_, err = table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}})
		must(t, err)
	}
	younger := func(than int64) func(MergeEntry) bool { return func(e MergeEntry) bool { return e.At >= than } }

	if files, dropped, err := table.RewriteMergeLog(ctx, younger(0)); err != nil || dropped != 0 || files != nil {
		t.Errorf("nothing to drop: %v %d %v", files, dropped, err)
	}
	files, dropped, err := table.RewriteMergeLog(ctx, younger(1))
	must(t, err)
	if dropped != 1 {
		t.Errorf("%d dropped: what is shadowed does not count", dropped)
	}
	_, err = table.Commit(ctx, &Tx{MergeAdds: files, MergeReplace: true})
	must(t, err)
	got, err := scanLog(table)
	must(t, err)
	if diff := cmp.Diff(map[string]string{"b": "s 1", "c": "s 1", "shared": "2 1"}, got); diff != "" {
		t.Error(diff)
	}
	files, dropped, err = table.RewriteMergeLog(ctx, younger(9))
	must(t, err)
	if dropped != 3 || len(files) != 0 {
		t.Errorf("all: %v %d", files, dropped)
	}
	_, err = table.Commit(ctx, &Tx{MergeAdds: files, MergeReplace: true})
	must(t, err)
	if len(table.MergeFiles()) != 0 {
		t.Error("an empty merge log has files")
	}
}
