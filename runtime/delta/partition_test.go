package delta

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
)

func text(s string) *string { return &s }

// shop is partitioned by all that a table can be partitioned by.
var shop = column.Schema{
	{Name: "id", Type: column.Of(column.Int64)},
	{Name: "s", Type: column.Of(column.String)}, {Name: "b", Type: column.Of(column.Bool)}, {Name: "i", Type: column.Of(column.Int32)},
	{Name: "l", Type: column.Of(column.Int64)}, {Name: "dec", Type: column.DecimalOf(20, 2)}, {Name: "day", Type: column.Of(column.Date)},
	{Name: "at", Type: column.Of(column.Timestamp)},
}

func shopColumns() (names []string) {
	for _, f := range shop[1:] {
		names = append(names, f.Name)
	}
	return names
}

func shopRow(l *column.Leaves, id int64, s string) {
	at, _ := value.ParseTimestamp([]byte("2024-01-01 10:00:00.120"))
	day, _ := value.ParseDate([]byte("0099-12-31"))
	l.Int64s(0).Put(id, 0, 1)
	l.Strings(1).Put(s, 0, 1)
	l.Bools(2).Put(true, 0, 1)
	l.Int32s(3).Put(-7, 0, 1)
	l.Int64s(4).Put(1<<60, 0, 1)
	l.Decimals(5).Put(value.NewDecimal(0, 1250, 2), 0, 1)
	l.Int32s(6).Put(int32(day), 0, 1)
	l.Int64s(7).Put(int64(at), 0, 1)
}

func TestPartitionValuesAsDeltaWritesThem(t *testing.T) {
	_, table := memTable(t, NewTable{Schema: shop, PartitionBy: shopColumns()})
	l := column.NewLeaves(shop)
	shopRow(l, 1, "a/b")
	want := Partition{"s": text("a/b"), "b": text("true"), "i": text("-7"), "l": text("1152921504606846976"), "dec": text("12.50"),
		"day": text("0099-12-31"), "at": text("2024-01-01 10:00:00.120000")}
	if diff := cmp.Diff(want, table.PartitionOf(l)); diff != "" {
		t.Error(diff)
	}
	l.Reset()
	for i := range l.Len() {
		l.At(i).Null(0, 0)
	}
	for name, v := range table.PartitionOf(l) {
		if v != nil {
			t.Errorf("%s is NULL and has the partition value %q", name, *v)
		}
	}
	l.Reset()
	shopRow(l, 1, "")
	if p := table.PartitionOf(l); p["s"] != nil {
		t.Errorf("an empty text, which Delta reads as NULL, is %q", *p["s"])
	}
}

func TestFoldersForColumnsThatNeedNoEscape(t *testing.T) {
	for _, by := range [][]string{{"b"}, {"i"}, {"l"}, {"dec"}, {"day"}, {"day", "b", "dec"}, {"s"}, {"at"}, {"day", "s"}, {"_x"}, {"a b"}} {
		schema := append(slices.Clone(shop), column.Field{Name: "_x", Type: column.Of(column.Int32)}, column.Field{Name: "a b", Type: column.Of(column.Int32)})
		_, table := memTable(t, NewTable{Schema: schema, PartitionBy: by})
		l := column.NewLeaves(schema)
		shopRow(l, 1, "a/b")
		l.Int32s(8).Put(1, 0, 1)
		l.Int32s(9).Null(0, 0)
		want := map[string]string{"b": "b=true/", "i": "i=-7/", "l": "l=1152921504606846976/", "dec": "dec=12.50/", "day": "day=0099-12-31/", "day b dec": "day=0099-12-31/b=true/dec=12.50/"}[strings.Join(by, " ")]
		if got := table.partitionFolder(table.PartitionOf(l)); got != want {
			t.Errorf("%v: folder %q, want %q", by, got, want)
		}
		if got := table.partitionFolder(Partition{by[0]: nil}); want != "" && !strings.HasPrefix(got, by[0]+"=__HIVE_DEFAULT_PARTITION__/") {
			t.Errorf("%v: folder of NULL %q", by, got)
		}
	}
}

// Rows of odd values go to disk, die, and come back through a fresh handle, from the log and from a checkpoint, with
// their partition on every action.
func TestPartitionedTableRoundTrip(t *testing.T) {
	ctx := context.Background()
	schema := shop[:2]
	fsys, table := memTable(t, NewTable{Schema: schema, Keyed: true, PartitionBy: []string{"s"}})
	values := []string{"a/b", "100%", "ä", "two words", "", "a=b", "__HIVE_DEFAULT_PARTITION__", strings.Repeat("x/", 500)}
	tx := &Tx{}
	want := map[string]int64{}
	for i, v := range values {
		l := column.NewLeaves(schema)
		for n := range int64(2) {
			l.Int64s(0).Put(2*int64(i)+n, 0, 1)
			l.Strings(1).Put(v, 0, 1)
		}
		d, err := table.NewPartitionFile(schema, table.PartitionOf(l))
		must(t, err)
		must(t, d.WriteRowGroup(l))
		add, err := d.Close()
		must(t, err)
		tx.Adds = append(tx.Adds, add)
		want[v] = 2*int64(i) + 1
	}
	_, err := table.Commit(ctx, tx)
	must(t, err)
	dead := map[string]*bitmap{}
	for _, a := range tx.Adds {
		dead[a.Path] = rowsOf(0)
	}
	_, err = table.Commit(ctx, &Tx{Deletes: dead})
	must(t, err)
	log := logText(t, table, 2)
	if strings.Contains(log, `"partitionValues":{}`) {
		t.Errorf("an action without its partition:\n%s", log)
	}
	if !strings.Contains(log, `"partitionValues":{"s":"a/b"}`) || !strings.Contains(log, `"partitionValues":{"s":null}`) {
		t.Errorf("the log:\n%s", log)
	}
	check := func() {
		t.Helper()
		h, err := Open(ctx, fsys, table.Dir())
		must(t, err)
		if diff := cmp.Diff([]string{"s"}, h.PartitionColumns()); diff != "" {
			t.Error(diff)
		}
		got := map[string]int64{}
		l := column.NewLeaves(schema)
		for _, f := range h.Files() {
			must(t, h.Scan(ctx, l, wantAll, []string{f.Path}, func(string, uint32) {
				id, v := l.Int64s(0).Take(), strings.Clone(l.Strings(1).Take())
				got[v] = id
				if p := f.Partition["s"]; v == "" && p != nil || v != "" && (p == nil || *p != v) {
					t.Errorf("value %q in partition %s", v, f.Partition.Key())
				}
			}))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	check()
	writeCheckpoint(t, table, 1)
	dropLog(t, table, 0, 2)
	check()
}

// OPTIMIZE of other engines leaves the partition columns out of files, and Spark's texts of timestamps have another form.
func TestPartitionColumnsThatAFileLacks(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: shop, PartitionBy: shopColumns()})
	name := "s=x/part-0.parquet"
	w := &DataFile{t: table, path: name, full: filepath.Join(table.dir, name)}
	must(t, vfs.MkdirAllSync(fsys, filepath.Dir(w.full)))
	f, err := fsys.Create(w.full)
	must(t, err)
	l := column.NewLeaves(shop[:1])
	l.Int64s(0).Put(1, 0, 1)
	l.Int64s(0).Put(2, 0, 1)
	fw := column.NewFileWriter(f, shop[:1], column.WriterOptions{})
	must(t, fw.WriteRowGroup(l))
	info, err := fw.Close()
	must(t, err)
	must(t, f.Close())
	add := func(version int64, values string) {
		writeLog(t, table, version, fmt.Sprintf(`{"add":{"path":"s=x/part-0.parquet","partitionValues":{%s},"size":%d,"modificationTime":1,"dataChange":false}}`, values, info.Size))
	}
	read := func() ([]string, error) {
		h, err := Open(ctx, fsys, table.Dir())
		must(t, err)
		var rows []string
		l := column.NewLeaves(shop)
		err = h.Scan(ctx, l, wantAll, []string{name}, func(string, uint32) {
			row := fmt.Sprint(l.Int64s(0).Take())
			if l.Strings(1).Def() == 0 {
				row += " NULL"
			}
			rows = append(rows, row+fmt.Sprintf(" %q %v %d %d %s %s %s", l.Strings(1).Take(), l.Bools(2).Take(), l.Int32s(3).Take(), l.Int64s(4).Take(),
				l.Decimals(5).Take(), value.Date(l.Int32s(6).Take()).AppendText(nil), value.Timestamp(l.Int64s(7).Take()).AppendText(nil)))
		})
		return rows, err
	}
	good := map[string]string{"s": `""`, "b": `"true"`, "i": `"-7"`, "l": `"9"`, "dec": `"12.5"`, "day": `"2024-02-29"`, "at": `"2024-01-01T10:00:00.120000Z"`}
	spelled := func(change map[string]string) string {
		all := maps.Clone(good)
		maps.Copy(all, change)
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(all)) {
			parts = append(parts, fmt.Sprintf("%q:%s", k, all[k]))
		}
		return strings.Join(parts, ",")
	}
	add(1, spelled(nil))
	got, err := read()
	must(t, err)
	want := []string{`1 NULL "" true -7 9 12.50 2024-02-29 2024-01-01T10:00:00.120000Z`, `2 NULL "" true -7 9 12.50 2024-02-29 2024-01-01T10:00:00.120000Z`}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "00.120000Z", strings.TrimPrefix(string(value.Timestamp(1704103200120000).AppendText(nil)), "2024-01-01T10:00:"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	version := int64(2)
	for column, bad := range map[string]string{"b": "yes", "i": "99999999999", "l": "1.5", "dec": "1.234", "day": "2024-02-30", "at": "noon"} {
		add(version, spelled(map[string]string{column: `"` + bad + `"`}))
		version++
		if _, err := read(); err == nil || !strings.Contains(err.Error(), "column "+column) || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s %q: %v", column, bad, err)
		}
	}
}

func TestPartitionsThatCannotBe(t *testing.T) {
	ctx := context.Background()
	schema := column.Schema{{Name: "id", Type: column.Of(column.Int64)}, {Name: "f", Type: column.Of(column.Float64)}, {Name: "x", Type: column.ListOf(column.Of(column.Int64))}}
	for want, by := range map[string][]string{
		"gone is not a column": {"gone"}, "id is named twice": {"id", "id"}, "f is double": {"f"}, "x is array<bigint>": {"x"}, "one at least": {"id", "f", "x"},
	} {
		columns := schema
		if want == "one at least" {
			columns, by = schema[:1], by[:1]
		}
		if _, err := Create(ctx, vfs.NewMem(), "/t", NewTable{Schema: columns, PartitionBy: by}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", by, err)
		}
	}
	_, table := memTable(t, NewTable{Schema: people, PartitionBy: []string{"name"}})
	if _, err := table.NewFile(people); err == nil {
		t.Error("a file without a partition in a partitioned table")
	}
	for _, p := range []Partition{nil, {}, {"id": nil}, {"name": nil, "id": nil}} {
		if _, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a", Rows: 1, Partition: p}}}); err == nil || !strings.Contains(err.Error(), "[name]") {
			t.Errorf("partition %v: %v", p, err)
		}
	}
}

// The folders of partitions are new names on the disk too: a crash after the commit must not take them away.
func TestFoldersOfPartitionsSurviveACrash(t *testing.T) {
	ctx := context.Background()
	fsys, table := memTable(t, NewTable{Schema: people, PartitionBy: []string{"id"}})
	l := column.NewLeaves(people)
	person(l, 1, "one")
	d, err := table.NewPartitionFile(people, table.PartitionOf(l))
	must(t, err)
	must(t, d.WriteRowGroup(l))
	add, err := d.Close()
	must(t, err)
	if !strings.HasPrefix(add.Path, "id=1/part-") {
		t.Fatal(add.Path)
	}
	_, err = table.Commit(ctx, &Tx{Adds: []AddFile{add}})
	must(t, err)
	fsys = fsys.Crash(vfs.KeepNothing)
	h, err := Open(ctx, fsys, table.Dir())
	must(t, err)
	rows := 0
	must(t, h.Scan(ctx, column.NewLeaves(people), wantAll, []string{add.Path}, func(string, uint32) { rows++ }))
	if rows != 1 {
		t.Errorf("%d rows", rows)
	}
}
