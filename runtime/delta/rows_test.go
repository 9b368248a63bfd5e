package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// Random commits against a model that keeps plain sets of ids: through the handle and through a fresh one.
func TestDeletionVectorsAgainstAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		fsys := vfs.NewMem()
		table, err := Create(ctx, fsys, "/t", NewTable{Schema: people, Keyed: true})
		must(t, err)
		model := map[string]map[uint32]int64{} // path, row: id
		next := int64(0)
		check := func(h *Table) {
			want := map[int64]int{}
			for _, rows := range model {
				for _, id := range rows {
					want[id] = 1
				}
			}
			got, err := readPeople(h)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatal(diff)
			}
			for _, f := range h.Files() {
				if int(f.Rows-f.Dead) != len(model[f.Path]) || len(model[f.Path]) == 0 {
					rt.Fatalf("file %+v has %d live rows", f, len(model[f.Path]))
				}
			}
		}
		for range rapid.IntRange(1, 6).Draw(rt, "commits") {
			tx := &Tx{Deletes: map[string]*bitmap{}}
			for _, path := range slices.Sorted(maps.Keys(model)) {
				dead := rowsOf(rapid.SliceOfN(rapid.Uint32Range(0, uint32(rowsTotal(table, path)-1)), 0, 600).Draw(rt, "dead")...)
				if rapid.Bool().Draw(rt, "all") {
					dead.AddRange(0, uint64(rowsTotal(table, path)))
				}
				tx.Deletes[path] = dead
				for _, row := range dead.ToArray() {
					delete(model[path], row)
				}
			}
			if rapid.Bool().Draw(rt, "add") {
				n := rapid.Int64Range(1, 900).Draw(rt, "rows")
				add, err := writePeople(table, next, next+n, rapid.IntRange(1, 500).Draw(rt, "group"))
				must(t, err)
				add.Deleted = rowsOf(rapid.SliceOfN(rapid.Uint32Range(0, uint32(n-1)), 0, 3).Draw(rt, "born dead")...)
				rows := map[uint32]int64{}
				for row := range uint32(n) {
					if !add.Deleted.Contains(row) {
						rows[row] = next + int64(row)
					}
				}
				model[add.Path] = rows
				next += n
				tx.Adds = append(tx.Adds, add)
			}
			if _, err := table.Commit(ctx, tx); err != nil {
				rt.Fatal(err)
			}
			maps.DeleteFunc(model, func(_ string, rows map[uint32]int64) bool { return len(rows) == 0 })
			check(table)
		}
		reopened, err := Open(ctx, fsys, "/t")
		must(t, err)
		check(reopened)
	})
}

func rowsTotal(t *Table, path string) int64 {
	f, _ := t.File(path)
	return f.Rows
}

func TestReadRows(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	a, err := writePeople(table, 0, 1000, 100)
	must(t, err)
	b, err := writePeople(table, 1000, 1010, 100)
	must(t, err)
	at := map[string][]uint32{a.Path: {0, 1, 99, 100, 555, 999}, b.Path: {9}}
	read := func() []string {
		var got []string
		l := column.NewLeaves(people)
		must(t, table.ReadRows(ctx, l, wantAll, at, func(path string, row uint32) {
			got = append(got, fmt.Sprintf("%d %d %s", row, l.Int64s(0).Take(), l.Strings(1).Take()))
		}))
		return got
	}
	want := []string{"0 0 name 0", "1 1 name 1", "99 99 name 99", "100 100 name 100", "555 555 name 555", "999 999 name 999", "9 1009 name 1009"}
	if diff := cmp.Diff(want, read()); diff != "" { // before the commit that adds the files
		t.Error(diff)
	}
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{a, b}, Deletes: nil})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Deletes: deleteOf(a.Path, 555)})
	must(t, err)
	if diff := cmp.Diff(want, read()); diff != "" { // a dead row is still there to be read
		t.Error(diff)
	}

	calls := func(rows ...uint32) int {
		from := fsys.Calls()
		l := column.NewLeaves(people)
		must(t, table.ReadRows(ctx, l, wantAll, map[string][]uint32{a.Path: rows}, func(string, uint32) {
			l.Int64s(0).Take()
			l.Strings(1).Take()
		}))
		return fsys.Calls() - from
	}
	if one, all := calls(555), calls(5, 105, 205, 305, 405, 505, 605, 705, 805, 905); one*2 > all {
		t.Errorf("one row takes %d calls, one of each row group %d", one, all)
	}

	l := column.NewLeaves(people)
	skip := func(string, uint32) { l.SkipRows(1) }
	for name, at := range map[string]map[string][]uint32{
		"beyond the end": {b.Path: {3, 10}}, "unsorted": {a.Path: {7, 3}}, "twice": {a.Path: {7, 7}},
	} {
		if err := table.ReadRows(ctx, l, wantAll, at, skip); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var damaged *DamagedError
	if err := table.ReadRows(ctx, l, wantAll, map[string][]uint32{"gone.parquet": {1}}, skip); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "gone.parquet") {
		t.Errorf("missing file: %v", err)
	}
}

// Files from before a column was added read as NULL there.
func TestScanOfOlderSchemas(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	a, err := writePeople(table, 0, 3, 10)
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{a}, AddColumns: column.Schema{{Name: "tags", Type: column.ListOf(column.Of(column.String))}}})
	must(t, err)
	l := column.NewLeaves(table.Schema())
	rows := 0
	must(t, table.Scan(ctx, l, wantAll, []string{a.Path}, func(_ string, row uint32) {
		if id := l.Int64s(0).Take(); id != int64(row) {
			t.Errorf("row %d has id %d", row, id)
		}
		if def := l.Strings(2).Def(); def != 0 {
			t.Errorf("row %d has level %d in the new column", row, def)
		}
		l.Strings(1).Advance()
		l.Strings(2).Advance()
		rows++
	}))
	if rows != 3 {
		t.Errorf("%d rows", rows)
	}
}

func TestScanFailsOnDamagedFiles(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	a, err := writePeople(table, 0, 3, 10)
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{a}})
	must(t, err)
	full := "/data/t/" + a.Path
	data, err := vfs.ReadFile(fsys, full)
	must(t, err)
	for _, bad := range [][]byte{nil, data[:len(data)/2], append([]byte{}, make([]byte, len(data))...)} {
		must(t, fsys.Remove(full))
		must(t, vfs.WriteFile(fsys, full, bad))
		_, err := readPeople(table)
		var damaged *DamagedError
		if !errors.As(err, &damaged) || !strings.Contains(err.Error(), full) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

// A foreign file without statistics: its footer says how many rows there are.
func TestFullyDeletedFileWithoutStatistics(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	a, err := writePeople(table, 0, 3, 2)
	must(t, err)
	writeLog(t, table, 1, fmt.Sprintf(`{"add":{"path":%q,"partitionValues":{},"size":%d,"modificationTime":1,"dataChange":true}}`, a.Path, a.Size))
	table, err = Open(ctx, fsys, table.Dir())
	must(t, err)
	if f, _ := table.File(a.Path); f.Rows != -1 {
		t.Errorf("rows %d", f.Rows)
	}
	_, err = table.Commit(ctx, &Tx{Deletes: deleteOf(a.Path, 1)})
	must(t, err)
	if text := logText(t, table, 2); !strings.Contains(text, `\"numRecords\":3`) {
		t.Error(text)
	}
	_, err = table.Commit(ctx, &Tx{Deletes: deleteOf(a.Path, 0, 2)})
	must(t, err)
	if len(table.Files()) != 0 {
		t.Errorf("files %+v", table.Files())
	}
}

// A disk that fails says nothing of what it holds: nobody is to be told to restore anything.
func TestDiskErrorIsNoDamage(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	a, err := writePeople(table, 0, 3000, 1000)
	must(t, err)
	scattered := rowsOf()
	for i := range uint32(1000) {
		scattered.Add(3 * i)
	}
	w := table.NewMergeFile()
	w.Add(MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: Sequence})
	merge, err := w.Close()
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{a}, MergeAdds: []MergeFile{merge}})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Deletes: map[string]*bitmap{a.Path: scattered}})
	must(t, err)
	broken := errors.New("broken disk")
	for k := 1; ; k++ {
		from := fsys.Calls()
		fsys.FailAt(from+k, broken)
		err := func() error {
			table, err := Open(ctx, fsys, table.Dir())
			if err != nil {
				return err
			}
			if _, err := readPeople(table); err != nil {
				return err
			}
			_, err = scanLog(table)
			return err
		}()
		if fsys.Calls() < from+k {
			if k < 20 {
				t.Fatalf("only %d calls", k)
			}
			return
		}
		var damaged *DamagedError
		if closes := fsys.Trace()[from+k-1].Op == "close"; errors.As(err, &damaged) || !errors.Is(err, broken) && !closes {
			t.Errorf("call %v: %v", fsys.Trace()[from+k-1], err)
		}
	}
}

func TestFileWithoutALiveRowLeavesTheDisk(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Domains: map[string]string{"d": "1"}})
	a, err := writePeople(table, 0, 3, 10)
	must(t, err)
	a.Deleted = rowsOf(0, 1, 2)
	if _, err := table.Commit(ctx, &Tx{Adds: []AddFile{a}, Expect: map[string]string{"d": "0"}}); !errors.Is(err, ErrConflict) {
		t.Fatal(err)
	}
	if _, err := fsys.Stat("/data/t/" + a.Path); err != nil {
		t.Errorf("a commit that failed took the file away: %v", err)
	}
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{a}, Domains: map[string]string{"d": "2"}})
	must(t, err)
	if _, err := fsys.Stat("/data/t/" + a.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}
