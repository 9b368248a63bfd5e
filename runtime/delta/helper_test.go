package delta

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

var people = column.Schema{
	{Name: "id", Type: column.Of(column.Int64), Comment: "who"},
	{Name: "name", Type: column.Of(column.String)},
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// person is a row of people.
func person(l *column.Leaves, id int64, name string) {
	l.Int64s(0).Put(id, 0, 1)
	l.Strings(1).Put(name, 0, 1)
}

// writePeople makes a data file of the ids [from, to), in row groups of group rows.
func writePeople(t *Table, from, to int64, group int) (AddFile, error) {
	d, err := t.NewFile(people)
	if err != nil {
		return AddFile{}, err
	}
	l := column.NewLeaves(people)
	for id := from; id < to; id++ {
		person(l, id, fmt.Sprintf("name %d", id))
		if l.Rows() == group || id == to-1 {
			if err := d.WriteRowGroup(l); err != nil {
				return AddFile{}, errors.Join(err, d.Discard())
			}
			l.Reset()
		}
	}
	return d.Close()
}

func wantAll(int) bool { return true }

// readPeople gives the live rows by id, with the number of times that an id is there.
func readPeople(t *Table) (map[int64]int, error) {
	got := map[int64]int{}
	var bad error
	l := column.NewLeaves(people)
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path)
	}
	err := t.Scan(context.Background(), l, wantAll, paths, func(path string, row uint32) {
		id := l.Int64s(0).Take()
		if name := l.Strings(1).Take(); name != fmt.Sprintf("name %d", id) {
			bad = fmt.Errorf("%s row %d: id %d has name %q", path, row, id, name)
		}
		got[id]++
	})
	return got, errors.Join(err, bad)
}

// idRange is what readPeople should give for [from, to).
func idRange(from, to int64) map[int64]int {
	m := map[int64]int{}
	for id := from; id < to; id++ {
		m[id] = 1
	}
	return m
}

func rowsOf(rows ...uint32) *roaring.Bitmap { return roaring.BitmapOf(rows...) }

// fixed makes a handle's clock and UUIDs repeatable.
func fixed(t *Table) *Table {
	var n byte
	t.now = func() time.Time { return time.UnixMilli(1_700_000_000_000) }
	t.newUUID = func() (id [16]byte) {
		n++
		id[15] = n
		return id
	}
	return t
}

func memTable(t testing.TB, m NewTable) (*vfs.Mem, *Table) {
	t.Helper()
	fsys := vfs.NewMem()
	table, err := create(context.Background(), fixed(newHandle(fsys, "/data/t")), m)
	must(t, err)
	return fsys, table
}

func logText(t testing.TB, table *Table, version int64) string {
	t.Helper()
	data, err := vfs.ReadFile(table.fsys, table.logPath(version))
	must(t, err)
	return string(data)
}

// writeLog puts a version into a log as another engine would.
func writeLog(t testing.TB, table *Table, version int64, lines ...string) {
	t.Helper()
	must(t, vfs.WriteFile(table.fsys, table.logPath(version), []byte(strings.Join(lines, "\n")+"\n")))
	must(t, table.fsys.SyncDir(filepath.Dir(table.logPath(version))))
}

type bitmap = roaring.Bitmap
