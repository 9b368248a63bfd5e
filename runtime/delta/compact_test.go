package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
	"pgregory.net/rapid"
)

// spot is where a row is.
type spot struct {
	path string
	row  uint32
}

// spots gives the place of each live id.
func spots(t *Table) (map[int64]spot, error) {
	at := map[int64]spot{}
	l := column.NewLeaves(people)
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path)
	}
	err := t.Scan(context.Background(), l, wantAll, paths, func(path string, row uint32) {
		id := l.Int64s(0).Take()
		l.Strings(1).Take()
		at[id] = spot{path, row}
	})
	return at, err
}

// addPeople commits a file of the ids [from, to).
func addPeople(t *Table, from, to int64) error {
	f, err := writePeople(t, from, to, 7)
	if err != nil {
		return err
	}
	_, err = t.Commit(context.Background(), &Tx{Adds: []AddFile{f}})
	return err
}

// killPeople commits the death of ids.
func killPeople(t *Table, ids ...int64) (*Tx, error) {
	at, err := spots(t)
	if err != nil {
		return nil, err
	}
	tx := &Tx{Deletes: map[string]*bitmap{}}
	for _, id := range ids {
		s, ok := at[id]
		if !ok {
			continue
		}
		if tx.Deletes[s.path] == nil {
			tx.Deletes[s.path] = rowsOf()
		}
		tx.Deletes[s.path].Add(s.row)
	}
	_, err = t.Commit(context.Background(), tx)
	return tx, err
}

func paths(t *Table) (all []string) {
	for _, f := range t.Files() {
		all = append(all, f.Path)
	}
	return all
}

// compacted plans and writes a compaction of all files.
func compacted(t testing.TB, table *Table, limit int) *Compaction {
	t.Helper()
	c, err := table.NewCompaction(paths(table))
	must(t, err)
	must(t, c.Write(context.Background(), limit))
	return c
}

func TestCompactionKeepsOrderAndDeaths(t *testing.T) {
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
	for i := range int64(5) {
		must(t, addPeople(table, 20*i, 20*i+20))
	}
	_, err := killPeople(table, 0, 7, 8, 19, 20, 45, 99)
	must(t, err)
	before, err := spots(table)
	must(t, err)
	c := compacted(t, table, 300)
	_, err = killPeople(table, 1, 50, 98) // meanwhile
	must(t, err)
	must(t, addPeople(table, 100, 103))
	version, err := table.Compact(context.Background(), c, table.now())
	must(t, err)

	reopened, err := Open(context.Background(), fsys, table.Dir())
	must(t, err)
	for _, h := range []*Table{table, reopened} {
		want := idRange(0, 103)
		for _, id := range []int64{0, 7, 8, 19, 20, 45, 99, 1, 50, 98} {
			delete(want, id)
		}
		got, err := readPeople(h)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if n := len(h.Files()); n != 2 {
			t.Errorf("%d files are left: %v", n, paths(h))
		}
	}
	after, err := spots(reopened)
	must(t, err)
	var order []int64
	for id, s := range after {
		if s.path == c.done.add.Path {
			order = append(order, id)
		}
	}
	slices.SortFunc(order, func(a, b int64) int { return int(after[a].row) - int(after[b].row) })
	if !slices.IsSorted(order) {
		t.Errorf("the order of rows is lost: %v", order)
	}
	commit, err := reopened.CommitAt(version)
	must(t, err)
	if commit.DataChange || commit.Operation != OpCompact || len(commit.Removes) != 5 || len(commit.Adds) != 1 {
		t.Errorf("the log says: %+v", commit)
	}
	if text := logText(t, table, version); !strings.Contains(text, `"isBlindAppend":false`) || strings.Contains(text, `"dataChange":true`) {
		t.Errorf("the log says %s", text)
	}
	moves, err := reopened.MovesOf(commit)
	must(t, err)
	checkMoves(t, before, after, moves)
}

// checkMoves follows the rows of before by the moves of one commit.
func checkMoves(t testing.TB, before, after map[int64]spot, moves []Move) {
	t.Helper()
	for id, s := range before {
		for _, m := range moves {
			if m.From != s.path {
				continue
			}
			row, ok := m.Row(s.row)
			if now, alive := after[id]; alive && (!ok || now != (spot{m.To, row})) {
				t.Fatalf("id %d was at %v and is at %v; by the moves it is at %s row %d (%v)", id, s, now, m.To, row, ok)
			}
		}
	}
}

func TestRowGroupsBecomeLarge(t *testing.T) {
	_, table := memTable(t, NewTable{Schema: people})
	for i := range int64(10) {
		must(t, addPeople(table, 100*i, 100*i+100))
	}
	_, err := table.Compact(context.Background(), compacted(t, table, 4000), table.now())
	must(t, err)
	file, closer, err := table.openData(table.Files()[0].Path)
	must(t, err)
	defer closer.Close()
	if n := file.RowGroups(); file.NumRows() != 1000 || n < 2 || n > 10 {
		t.Errorf("%d rows in %d row groups", file.NumRows(), n)
	}
}

func TestStaleCompactionIsRefused(t *testing.T) {
	ctx := context.Background()
	for name, meanwhile := range map[string]func(t *Table) error{
		"a file is gone": func(t *Table) error {
			_, err := t.Commit(ctx, &Tx{Removes: paths(t)[:1]})
			return err
		},
		"all rows of a file died": func(t *Table) error {
			_, err := killPeople(t, 0, 1, 2, 3, 4)
			return err
		},
		"the table was reset": func(t *Table) error {
			_, err := t.Commit(ctx, &Tx{Reset: &NewTable{Schema: people, Keyed: true}})
			return err
		},
		"somebody compacted it": func(t *Table) error {
			c, err := t.NewCompaction(paths(t))
			if err == nil {
				err = c.Write(ctx, 1<<20)
			}
			if err == nil {
				_, err = t.Compact(ctx, c, t.now())
			}
			return err
		},
		"an older version came back": func(t *Table) error { // RESTORE: the file with fewer dead rows
			f := *t.Files()[0]
			f.vector, f.Dead, f.dead = nil, 0, rowsOf()
			t.files[f.Path], t.sorted = &f, nil
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, table := memTable(t, NewTable{Schema: people, Keyed: true})
			must(t, addPeople(table, 0, 5))
			must(t, addPeople(table, 5, 9))
			if name != "all rows of a file died" {
				_, err := killPeople(table, 0)
				must(t, err)
			}
			c := compacted(t, table, 1<<20)
			must(t, meanwhile(table))
			if _, err := table.Compact(ctx, c, table.now()); !errors.Is(err, ErrConflict) {
				t.Fatalf("got %v", err)
			}
			c.Discard()
			for _, full := range []string{filepath.Join(table.Dir(), c.done.add.Path), filepath.Join(table.Dir(), "_seamflow", redirectFile(c.redirect))} {
				if _, err := fsys.Stat(full); err == nil {
					t.Errorf("%s is left behind", full)
				}
			}
		})
	}
}

// TestCompactionBetweenBlindAppends: another writer appends while a compaction is on its way, and the other way round.
func TestCompactionBetweenBlindAppends(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people})
	must(t, addPeople(table, 0, 5))
	must(t, addPeople(table, 5, 10))
	other, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	c := compacted(t, table, 1<<20)
	must(t, addPeople(other, 10, 15))
	if _, err := table.Compact(ctx, c, table.now()); !errors.Is(err, ErrConflict) {
		t.Fatalf("a version that was not seen: %v", err)
	}
	fits, err := table.Fits(c)
	must(t, err)
	if !fits {
		t.Fatal("an append makes a compaction stale")
	}
	_, err = table.Compact(ctx, c, table.now())
	must(t, err)
	must(t, addPeople(other, 15, 20)) // blind, over a compaction that it has not seen
	_, err = table.Refresh(ctx)
	must(t, err)
	got, err := readPeople(table)
	must(t, err)
	if diff := cmp.Diff(idRange(0, 20), got); diff != "" || len(table.Files()) != 3 {
		t.Errorf("%d files; %s", len(table.Files()), diff)
	}
}

func TestCancelledCompactionLeavesNothing(t *testing.T) {
	fsys, table := memTable(t, NewTable{Schema: people})
	must(t, addPeople(table, 0, 50))
	entries, err := fsys.ReadDir(table.Dir())
	must(t, err)
	c, err := table.NewCompaction(paths(table))
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Write(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	after, err := fsys.ReadDir(table.Dir())
	must(t, err)
	if len(after) != len(entries) {
		t.Errorf("%d names, there were %d", len(after), len(entries))
	}
}

func TestMovesThatAreGone(t *testing.T) {
	fsys, table := memTable(t, NewTable{Schema: people})
	must(t, addPeople(table, 0, 5))
	version, err := table.Compact(context.Background(), compacted(t, table, 1<<20), table.now())
	must(t, err)
	c, err := table.CommitAt(version)
	must(t, err)
	must(t, fsys.Remove(filepath.Join(table.Dir(), "_seamflow", redirectFile(c.Domains[redirectDomain]))))
	if moves, err := table.MovesOf(c); err == nil {
		t.Errorf("got %v", moves)
	}
}

// lives is a table's life with compactions: each step is a commit that moves domain "step" on, but for compactions,
// which change nothing.
type lives struct{ rewrite bool }

const livesSteps = 3

func (s lives) rows(step int) map[int64]int {
	ids := map[int64]int{}
	for i := range step {
		maps.Copy(ids, idRange(int64(100*i), int64(100*i+100)))
	}
	for i := range int64(step - 1) { // the commit of a step kills some of those before
		for id := range int64(100) {
			if id%7 == 0 || id%3 == 0 && step-int(i) > 2 {
				delete(ids, 100*i+id)
			}
		}
	}
	return ids
}

func (s lives) run(fsys vfs.FS, ack func(int)) error {
	ctx := context.Background()
	table, err := Open(ctx, fsys, "/data/t")
	if errors.Is(err, ErrNotExist) {
		table, err = Create(ctx, fsys, "/data/t", NewTable{Schema: people, Keyed: true, Rewrite: s.rewrite})
	}
	if err != nil {
		return err
	}
	for {
		at := table.Domains("step")["step"]
		step := len(at)
		ack(step)
		if step > 0 {
			if err := compactNow(table); err != nil {
				return err
			}
		}
		if step == livesSteps {
			return nil
		}
		f, err := writePeople(table, int64(100*step), int64(100*step+110), 40)
		if err != nil {
			return err
		}
		f.Deleted = rowsOf(100, 101, 102, 103, 104, 105, 106, 107, 108, 109) // of another key's future
		tx := &Tx{Adds: []AddFile{f}, Deletes: map[string]*bitmap{}, Domains: map[string]string{"step": at + "x"}, Expect: map[string]string{"step": at}}
		where, err := spots(table)
		if err != nil {
			return err
		}
		want := s.rows(step + 1)
		for id, p := range where {
			if want[id] == 0 {
				if tx.Deletes[p.path] == nil {
					tx.Deletes[p.path] = rowsOf()
				}
				tx.Deletes[p.path].Add(p.row)
			}
		}
		if _, err := table.Commit(ctx, tx); err != nil {
			return err
		}
	}
}

func compactNow(table *Table) error {
	c, err := table.NewCompaction(paths(table))
	if err != nil {
		return err
	}
	if err := c.Write(context.Background(), 2000); err != nil {
		return err
	}
	_, err = table.Compact(context.Background(), c, table.now())
	if err != nil && !errors.Is(err, ErrUnclear) {
		c.Discard()
	}
	return err
}

func (s lives) check(fsys vfs.FS, acked int) error {
	table, err := Open(context.Background(), fsys, "/data/t")
	if errors.Is(err, ErrNotExist) && acked < 0 {
		return nil
	}
	if err != nil {
		return err
	}
	step := len(table.Domains("step")["step"])
	if step < acked {
		return fmt.Errorf("step %d, and %d was acknowledged", step, acked)
	}
	rows, err := readPeople(table)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(s.rows(step), rows); diff != "" {
		return fmt.Errorf("rows of step %d: %s", step, diff)
	}
	return nil
}

func TestCrashAtEveryCallOfCompactions(t *testing.T) {
	policies := slices.Sorted(maps.Keys(crashPolicies))
	for _, rewrite := range []bool{false, true} {
		t.Run(fmt.Sprintf("rewrite=%v", rewrite), func(t *testing.T) {
			t.Parallel()
			s := lives{rewrite}
			calm := vfs.NewMem()
			must(t, s.run(calm, func(int) {}))
			must(t, s.check(calm, livesSteps))
			for k := 1; k <= calm.Calls(); k++ {
				fsys := vfs.NewMem()
				fsys.StopAt(k)
				acked := -1
				if err := s.run(fsys, func(step int) { acked = step }); err != nil && !errors.Is(err, vfs.ErrStopped) {
					t.Fatalf("call %d: %v", k, err)
				}
				name := policies[k%len(policies)] // over all calls each has its turn many times
				after := fsys.Crash(crashPolicies[name](uint64(k)))
				if err := s.check(after, acked); err != nil {
					t.Fatalf("%s kept, crash at call %d (%v): %v", name, k, fsys.Trace()[k-1], err)
				}
				if err := s.run(after, func(int) {}); err != nil {
					t.Fatalf("%s kept, crash at call %d: going on: %v", name, k, err)
				}
				if err := s.check(after, livesSteps); err != nil {
					t.Fatalf("%s kept, crash at call %d: after going on: %v", name, k, err)
				}
			}
		})
	}
}

// TestMovesFollowEveryRow kills and compacts at random, with vectors and without, and follows each row by the moves.
func TestMovesFollowEveryRow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fsys := vfs.NewMem()
		table, err := Create(context.Background(), fsys, "/data/t", NewTable{Schema: people, Keyed: true, Rewrite: rapid.Bool().Draw(rt, "rewrite")})
		if err != nil {
			rt.Fatal(err)
		}
		want := map[int64]int{}
		next := int64(0)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			before, err := spots(table)
			if err != nil {
				rt.Fatal(err)
			}
			version := table.Version()
			switch n := rapid.Int64Range(1, 30).Draw(rt, "n"); rapid.SampledFrom([]string{"add", "kill", "compact"}).Draw(rt, "step") {
			case "add":
				err = addPeople(table, next, next+n)
				maps.Copy(want, idRange(next, next+n))
				next += n
			case "kill":
				var ids []int64
				for id := range want {
					if id%n == 0 {
						ids = append(ids, id)
						delete(want, id)
					}
				}
				_, err = killPeople(table, ids...)
			case "compact":
				if len(table.Files()) > 0 {
					err = compactNow(table)
				}
			}
			if err != nil {
				rt.Fatal(err)
			}
			after, err := spots(table)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := readPeople(table)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatal(diff)
			}
			if table.Version() > version {
				c, err := table.CommitAt(table.Version())
				if err != nil {
					rt.Fatal(err)
				}
				moves, err := table.MovesOf(c)
				if err != nil {
					rt.Fatal(err)
				}
				for id, s := range before {
					for _, m := range moves {
						if row, ok := m.Row(s.row); m.From == s.path && want[id] > 0 && (!ok || after[id] != (spot{m.To, row})) {
							rt.Fatalf("id %d was at %v, is at %v", id, s, after[id])
						}
					}
				}
			}
		}
	})
}
