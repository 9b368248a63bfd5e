package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// both runs a test on the machine's file system and on the one in memory.
func both(t *testing.T, run func(t *testing.T, fsys vfs.FS, dir string)) {
	t.Run("os", func(t *testing.T) { run(t, vfs.OS(), t.TempDir()+"/t") })
	t.Run("mem", func(t *testing.T) { run(t, vfs.NewMem(), "/data/t") })
}

// Writers that race on one unit must each see what the one before left: no increment is lost, none is counted twice.
func TestCompareAndSwapUnderRaces(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		ctx := context.Background()
		_, err := Create(ctx, fsys, dir, NewTable{Schema: people})
		must(t, err)
		const writers, each = 4, 15
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				table, err := Open(ctx, fsys, dir)
				if err != nil {
					t.Error(err)
					return
				}
				own := fmt.Sprintf("own-%d", w)
				for done := 0; done < each; {
					shared := table.Domains("")["shared"]
					n, _ := strconv.Atoi(shared)
					mine, _ := table.Domain(own)
					_, err := table.Commit(ctx, &Tx{
						Adds:    []AddFile{{Path: fmt.Sprintf("f-%d-%d", w, done), Rows: 1}},
						Domains: map[string]string{"shared": strconv.Itoa(n + 1), own: strconv.Itoa(done + 1)},
						Expect:  map[string]string{"shared": shared, own: mine},
					})
					switch {
					case err == nil:
						done++
					case errors.Is(err, ErrConflict):
						if _, err := table.Refresh(ctx); err != nil {
							t.Error(err)
							return
						}
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		table, err := Open(ctx, fsys, dir)
		must(t, err)
		if got, _ := table.Domain("shared"); got != strconv.Itoa(writers*each) || len(table.Files()) != writers*each || table.Version() != writers*each {
			t.Errorf("shared %s, %d files, version %d; want %d of each", got, len(table.Files()), table.Version(), writers*each)
		}
	})
}

// Blind appends of writers with units of their own follow each other without a conflict, and every handle sees all.
func TestBlindAppendsAreRebased(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		ctx := context.Background()
		_, err := Create(ctx, fsys, dir, NewTable{Schema: people})
		must(t, err)
		const writers, each = 4, 15
		var wg sync.WaitGroup
		tables := make([]*Table, writers)
		for w := range writers {
			tables[w], err = Open(ctx, fsys, dir)
			must(t, err)
		}
		for w := range writers {
			wg.Go(func() {
				unit := fmt.Sprintf("unit-%d", w)
				for i := range each {
					before, _ := tables[w].Domain(unit)
					version, err := tables[w].Commit(ctx, &Tx{
						Adds:    []AddFile{{Path: fmt.Sprintf("f-%d-%d", w, i), Rows: 1}},
						Domains: map[string]string{unit: strconv.Itoa(i)}, Expect: map[string]string{unit: before},
					})
					if err != nil || version != tables[w].Version() {
						t.Errorf("writer %d, commit %d: version %d, %v", w, i, version, err)
						return
					}
				}
			})
		}
		wg.Wait()
		for w, table := range tables {
			own := table.Version()
			commits, err := table.Refresh(ctx)
			must(t, err)
			if len(table.Files()) != writers*each || len(commits) != (writers-1)*each {
				t.Errorf("writer %d at version %d: %d files, %d commits of others", w, own, len(table.Files()), len(commits))
			}
			if !slices.IsSortedFunc(commits, func(a, b *Commit) int { return int(a.Version - b.Version) }) {
				t.Errorf("writer %d: commits out of order", w)
			}
		}
	})
}

func TestOneCreateWins(t *testing.T) {
	both(t, func(t *testing.T, fsys vfs.FS, dir string) {
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() { _, errs[i] = Create(context.Background(), fsys, dir, NewTable{Schema: people}) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, ErrExist) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of them made the table", won)
		}
	})
}

func TestConflicts(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct{ theirs, ours Tx }{
		"expected domain":   {Tx{Domains: map[string]string{"a": "2"}}, Tx{Adds: []AddFile{{Path: "n", Rows: 1}}, Expect: map[string]string{"a": "1"}}},
		"same domain":       {Tx{Domains: map[string]string{"a": "2"}}, Tx{Domains: map[string]string{"a": "3"}}},
		"same file":         {Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}, Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}},
		"deletes":           {Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}, Tx{Deletes: deleteOf("f", 0)}},
		"removes":           {Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}, Tx{Removes: []string{"f"}}},
		"adds a column":     {Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}, Tx{AddColumns: column.Schema{{Name: "x", Type: column.Of(column.Bool)}}}},
		"added to a column": {Tx{AddColumns: column.Schema{{Name: "x", Type: column.Of(column.Bool)}}}, Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}},
		"reset":             {Tx{Adds: []AddFile{{Path: "n", Rows: 1}}}, Tx{Reset: &NewTable{Schema: people, Keyed: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Domains: map[string]string{"a": "1"}})
			_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "f", Rows: 5}}})
			must(t, err)
			other, err := Open(ctx, fsys, table.Dir())
			must(t, err)
			_, err = other.Commit(ctx, &c.theirs)
			must(t, err)
			if _, err := table.Commit(ctx, &c.ours); !errors.Is(err, ErrConflict) {
				t.Fatalf("got %v", err)
			}
			seen, err := table.Refresh(ctx)
			must(t, err)
			if len(seen) != 1 || !seen[0].Ours || seen[0].Version != 2 {
				t.Errorf("Refresh after the conflict: %+v", seen)
			}
		})
	}
}

// Without a rival too: the caller's own view may be the stale one.
func TestExpectOfTheHandlesOwnVersion(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Domains: map[string]string{"a": "1"}})
	for domain, value := range map[string]string{"a": "0", "b": "1", "c": "2"} {
		if _, err := table.Commit(ctx, &Tx{Domains: map[string]string{"a": "2"}, Expect: map[string]string{domain: value}}); !errors.Is(err, ErrConflict) {
			t.Errorf("%s=%s: %v", domain, value, err)
		}
	}
	_, err := table.Commit(ctx, &Tx{Domains: map[string]string{"a": "2"}, Expect: map[string]string{"a": "1", "b": ""}})
	must(t, err)
}

func deleteOf(path string, rows ...uint32) map[string]*bitmap {
	return map[string]*bitmap{path: rowsOf(rows...)}
}

// A stored AddFile is committed by whoever comes to it, and adds its rows once: also after the file was removed again.
func TestPendingAddIsCommittedOnce(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	text, err := json.Marshal([]AddFile{{Path: "p.parquet", Size: 7, Rows: 3, Stats: `{"numRecords":3}`, ModTime: table.now().UTC()}})
	must(t, err)
	for i := range 3 {
		var adds []AddFile
		must(t, json.Unmarshal(text, &adds))
		handle, err := Open(ctx, fsys, table.Dir())
		must(t, err)
		version, err := handle.Commit(ctx, &Tx{Adds: adds})
		must(t, err)
		if version != min(int64(i)+1, 2) && version != 1 {
			t.Errorf("attempt %d made version %d", i, version)
		}
		if f, ok := handle.File("p.parquet"); i < 2 && (!ok || f.Rows != 3) {
			t.Errorf("attempt %d: file %+v", i, f)
		}
		if i == 1 {
			_, err := handle.Commit(ctx, &Tx{Deletes: deleteOf("p.parquet", 0, 1, 2)})
			must(t, err)
		}
	}
	handle, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	if len(handle.Files()) != 0 || handle.Version() != 2 {
		t.Errorf("a removed file came back: version %d, %v", handle.Version(), handle.Files())
	}
}

func TestDeletedRowsOfNewFiles(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{
		{Path: "some", Rows: 3, Deleted: rowsOf(1)}, {Path: "all", Rows: 2, Deleted: rowsOf(0, 1)}, {Path: "none", Rows: 2, Deleted: rowsOf()}}})
	must(t, err)
	reopened, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	for _, h := range []*Table{table, reopened} {
		var got []string
		for _, f := range h.Files() {
			dead, err := h.Deleted(f)
			must(t, err)
			got = append(got, fmt.Sprintf("%s %d %d %v", f.Path, f.Rows, f.Dead, dead.ToArray()))
		}
		if diff := cmp.Diff([]string{"none 2 0 []", "some 3 1 [1]"}, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, tx := range []*Tx{
		{Adds: []AddFile{{Path: "x", Rows: 2, Deleted: rowsOf(2)}}}, {Deletes: deleteOf("some", 3)}, {Adds: []AddFile{{Path: "../x", Rows: 1}}},
		{Adds: []AddFile{{Path: "/x", Rows: 1}}}, {Domains: map[string]string{"seamflow.merge": "{}"}},
	} {
		if _, err := table.Commit(ctx, tx); err == nil {
			t.Errorf("accepted: %+v", tx)
		}
	}
	if table.Version() != 1 {
		t.Errorf("version %d", table.Version())
	}
}

func TestNothingToDoMakesNoVersion(t *testing.T) {
	ctx := context.Background()
	_, table := memTable(t, NewTable{Schema: people, Keyed: true})
	version, err := table.Commit(ctx, &Tx{Domains: map[string]string{"absent": ""}})
	if err != nil || version != 0 {
		t.Errorf("version %d, %v", version, err)
	}
	must(t, vfs.WriteFile(table.fsys, "/data/t/f", nil))
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "f", Rows: 9}}})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Deletes: deleteOf("f", 1)})
	must(t, err)
	version, err = table.Commit(ctx, &Tx{Deletes: deleteOf("f", 1)})
	if err != nil || version != 2 {
		t.Errorf("deleting dead rows: version %d, %v", version, err)
	}
}

func TestResetStartsAnew(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Domains: map[string]string{"a": "1", "b": "2"}})
	id := table.ID()
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "old", Rows: 1}}})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{Operation: "RESET", Adds: []AddFile{{Path: "new", Rows: 2, Deleted: rowsOf(0)}},
		Reset: &NewTable{Schema: people[:1], Keyed: true, Comment: "again", Domains: map[string]string{"b": "3"}}})
	must(t, err)
	reopened, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	for _, h := range []*Table{table, reopened} {
		if h.ID() != id || !h.Keyed() || len(h.Schema()) != 1 || len(h.Files()) != 1 || h.Files()[0].Path != "new" {
			t.Errorf("table %s, keyed %v, schema %v, files %v", h.ID(), h.Keyed(), h.Schema(), h.Files())
		}
		if diff := cmp.Diff(map[string]string{"b": "3"}, h.Domains("")); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRefreshTellsWhatHappened(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	follower, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	for _, tx := range []*Tx{
		{Adds: []AddFile{{Path: "a", Rows: 3}, {Path: "b", Rows: 3}}, Operation: "MERGE"},
		{Deletes: map[string]*bitmap{"a": rowsOf(0), "b": rowsOf(0, 1, 2)}, Domains: map[string]string{"d": "x"}},
		{Deletes: deleteOf("a", 0, 2), AddColumns: column.Schema{{Name: "x", Type: column.Of(column.Bool)}}},
	} {
		_, err := table.Commit(ctx, tx)
		must(t, err)
	}
	commits, err := follower.Refresh(ctx)
	must(t, err)
	var got []string
	for _, c := range commits {
		line := fmt.Sprintf("%d %s %v:", c.Version, c.Operation, c.Ours)
		for _, f := range c.Adds {
			line += " +" + f.Path
		}
		for _, p := range c.Removes {
			line += " -" + p
		}
		for p, rows := range c.Deletes {
			line += fmt.Sprintf(" %s%v", p, rows.ToArray())
		}
		for d, v := range c.Domains {
			line += " " + d + "=" + v
		}
		got = append(got, line+fmt.Sprintf(" metadata=%v data=%v", c.Metadata, c.DataChange))
		if uuid, err := table.CommitUUID(c.Version); err != nil || uuid != c.UUID {
			t.Errorf("version %d: UUID %s, CommitUUID %s, %v", c.Version, c.UUID, uuid, err)
		}
	}
	want := []string{
		"1 MERGE true: +a +b metadata=false data=true",
		"2 WRITE true: -b a[0] d=x metadata=false data=true",
		"3 WRITE true: a[2] metadata=true data=true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if own, err := table.Refresh(ctx); err != nil || len(own) != 0 {
		t.Errorf("a handle is told of its own commits: %v, %v", own, err)
	}
}

// Everything that a commit names must be durable before the link makes it visible.
func TestOrderOfSyncs(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	must(t, vfs.WriteFile(fsys, "/data/t/a", nil))
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a", Rows: 5000}}})
	must(t, err)
	must(t, vfs.WriteFile(fsys, "/data/t/b", nil))
	scattered := rowsOf()
	for i := range uint32(300) {
		scattered.Add(i * 7)
	}
	from := fsys.Calls()
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "b", Rows: 1}}, Deletes: map[string]*bitmap{"a": scattered}})
	must(t, err)
	var got []string
	for _, c := range fsys.Trace()[from:] {
		switch c.Op {
		case "sync", "syncdir", "link", "create":
			got = append(got, c.Op+" "+strings.TrimPrefix(c.Name, "/data/t"))
		}
	}
	id := "00000000-0000-0000-0000-000000000005"
	temp := "/_delta_log/.tmp-00000000-0000-0000-0000-000000000004.json"
	want := []string{
		"syncdir ", // the folder _seamflow was made
		"create /_seamflow/deletion_vector_" + id + ".bin", "sync /_seamflow/deletion_vector_" + id + ".bin",
		"syncdir ", "syncdir /_seamflow",
		"create " + temp, "sync " + temp, "link /_delta_log/00000000000000000002.json", "syncdir /_delta_log",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if entries, err := fsys.ReadDir("/data/t/_delta_log"); err != nil || len(entries) != 3 {
		t.Errorf("the log holds %v, %v", entries, err)
	}
}
