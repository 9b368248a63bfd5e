package delta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

func scanLog(t *Table) (map[string]string, error) {
	got := map[string]string{}
	last := ""
	err := t.ScanMergeLog(context.Background(), t.MergeFiles(), func(e MergeEntry) {
		if key := string(e.Key); key <= last && len(got) > 0 {
			got["out of order: "+key] = last
		}
		last = string(e.Key)
		got[last] = fmt.Sprintf("%s %d", e.Seq, e.Kind)
	})
	return got, err
}

// Whatever order entries come in and however levels were merged, the log says of each key what the greatest entry says.
func TestMergeLogAgainstAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		fsys := vfs.NewMem()
		table, err := Create(ctx, fsys, "/t", NewTable{Schema: people, Keyed: true})
		must(t, err)
		model := map[string]MergeEntry{}
		for range rapid.IntRange(1, 20).Draw(rt, "commits") {
			w := table.NewMergeFile()
			for range rapid.IntRange(0, 6).Draw(rt, "entries") {
				e := MergeEntry{
					Key:  []byte(rapid.SampledFrom([]string{"", "a", "b", "c", "\x00", "d\xff"}).Draw(rt, "key")),
					Seq:  []byte(rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(rt, "seq")),
					Kind: rapid.SampledFrom([]MergeKind{Tombstone, Sequence}).Draw(rt, "kind"),
				}
				w.Add(e)
				old, ok := model[string(e.Key)]
				if c := bytes.Compare(e.Seq, old.Seq); !ok || c > 0 || c == 0 && e.Kind == Sequence {
					model[string(e.Key)] = e
				}
			}
			f, err := w.Close()
			must(t, err)
			_, err = table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}})
			must(t, err)
		}
		want := map[string]string{}
		for key, e := range model {
			want[key] = fmt.Sprintf("%s %d", e.Seq, e.Kind)
		}
		reopened, err := Open(ctx, fsys, "/t")
		must(t, err)
		for _, h := range []*Table{table, reopened} {
			got, err := scanLog(h)
			must(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatal(diff)
			}
		}
	})
}

func TestMergeLogLevels(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	const commits = 8*8 + 3
	want := map[string]string{}
	for i := range commits {
		w := table.NewMergeFile()
		w.Add(MergeEntry{Key: []byte("shared"), Seq: []byte(fmt.Sprintf("%03d", i)), Kind: Tombstone})
		w.Add(MergeEntry{Key: []byte(fmt.Sprintf("own%03d", i)), Seq: []byte("s"), Kind: Sequence})
		want["shared"], want[fmt.Sprintf("own%03d", i)] = fmt.Sprintf("%03d 1", i), "s 2"
		f, err := w.Close()
		must(t, err)
		_, err = table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}})
		must(t, err)
	}
	files := table.MergeFiles()
	var rows []int64
	for _, f := range files {
		rows = append(rows, f.Rows)
	}
	if diff := cmp.Diff([]int64{65, 2, 2, 2}, rows); diff != "" {
		t.Error(diff)
	}
	got, err := scanLog(table)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	w := table.NewMergeFile()
	w.Add(MergeEntry{Key: []byte("only"), Seq: []byte("1"), Kind: Tombstone})
	f, err := w.Close()
	must(t, err)
	_, err = table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}, MergeReplace: true})
	must(t, err)
	got, err = scanLog(table)
	must(t, err)
	if diff := cmp.Diff(map[string]string{"only": "1 1"}, got); diff != "" {
		t.Error(diff)
	}
	_, err = table.Commit(ctx, &Tx{MergeReplace: true})
	must(t, err)
	if _, ok := table.Domain("seamflow.merge"); ok || len(table.MergeFiles()) != 0 {
		t.Error("an empty merge log is still there")
	}
}

func TestMergeLogOfSeveralRowGroups(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	var files []MergeFile
	const n = mergeGroupMax + 1000
	for half := range 2 {
		w := table.NewMergeFile()
		for i := n - 1; i >= 0; i-- { // odd and even keys, backwards
			w.Add(MergeEntry{Key: []byte(fmt.Sprintf("%09d", 2*i+half)), Seq: []byte("s"), Kind: Sequence})
		}
		f, err := w.Close()
		must(t, err)
		files = append(files, f)
	}
	_, err := table.Commit(ctx, &Tx{MergeAdds: files})
	must(t, err)
	next := 0
	must(t, table.ScanMergeLog(ctx, table.MergeFiles(), func(e MergeEntry) {
		if want := fmt.Sprintf("%09d", next); string(e.Key) != want || string(e.Seq) != "s" {
			t.Fatalf("entry %s where %s was due", e.Key, want)
		}
		next++
	}))
	if next != 2*n {
		t.Errorf("%d entries", next)
	}
}

func TestMissingOrDamagedMergeFileIsNamed(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	w := table.NewMergeFile()
	w.Add(MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: Sequence})
	f, err := w.Close()
	must(t, err)
	_, err = table.Commit(ctx, &Tx{MergeAdds: []MergeFile{f}})
	must(t, err)
	full := "/data/t/_seamflow/merge/" + f.Name
	good, err := vfs.ReadFile(fsys, full)
	must(t, err)
	flipped := append([]byte{}, good...)
	flipped[10] ^= 1
	for name, bad := range map[string][]byte{"flipped": flipped, "short": good[:len(good)-1], "empty": {}} {
		must(t, fsys.Remove(full))
		must(t, vfs.WriteFile(fsys, full, bad))
		var damaged *DamagedError
		if _, err := scanLog(table); !errors.As(err, &damaged) || !strings.Contains(err.Error(), full) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, fsys.Remove(full))
	if _, err := scanLog(table); err == nil || !strings.Contains(err.Error(), full) {
		t.Errorf("missing: %v", err)
	}
}
