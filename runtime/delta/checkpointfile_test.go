package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// everything is a table with something of each kind that a checkpoint holds.
func everything(t *testing.T) (*vfs.Mem, *Table) {
	t.Helper()
	fsys, table := memTable(t, NewTable{Schema: people, Keyed: true, Name: "n", Comment: "c", Domains: map[string]string{"d": "1", "e": "old"}})
	ctx := context.Background()
	_, err := table.Commit(ctx, &Tx{Adds: []AddFile{{Path: "a", Rows: 9}, {Path: "gone", Rows: 1}, {Path: "b ä", Rows: 5000}, {Path: "c", Rows: 3}}, Domains: map[string]string{"e": ""}})
	must(t, err)
	writeLog(t, table, 2, `{"commitInfo":{"timestamp":1,"operation":"WRITE","engineInfo":"x"}}`, `{"txn":{"appId":"stream","version":7,"lastUpdated":3}}`, `{"txn":{"appId":"plain","version":9}}`,
		`{"add":{"path":"inline","partitionValues":{},"size":99,"modificationTime":1,"dataChange":true,"stats":"{\"numRecords\":199,\"tightBounds\":false}","deletionVector":{"storageType":"i","pathOrInlineDv":"wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L","sizeInBytes":40,"cardinality":6}}}`)
	_, err = table.Refresh(ctx)
	must(t, err)
	scattered := rowsOf()
	for i := range uint32(2000) {
		scattered.Add(i * 2)
	}
	_, err = table.Commit(ctx, &Tx{Deletes: map[string]*bitmap{"a": rowsOf(1, 2), "gone": rowsOf(0), "b ä": scattered}, Removes: []string{"c"}})
	must(t, err)
	return fsys, table
}

// stateText is everything that a handle knows.
func stateText(t *testing.T, h *Table) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, h.version, h.uuid)
	for a := range h.Snapshot().actions() {
		if a.Remove != nil { // a checkpoint says of them that they change nothing
			r := *a.Remove
			r.DataChange = false
			a.Remove = &r
		}
		line, err := json.Marshal(a)
		must(t, err)
		b.Write(append(line, '\n'))
	}
	for _, f := range h.Files() {
		dead, err := h.Deleted(f)
		must(t, err)
		fmt.Fprintln(&b, f.Path, f.Rows, dead.GetCardinality())
	}
	return b.String()
}

// reopen opens a table with a clock that fits the tests'.
func reopen(t *testing.T, fsys vfs.FS, dir string) *Table {
	t.Helper()
	h, err := Open(context.Background(), fsys, dir)
	must(t, err)
	return fixed(h)
}

func TestCheckpointHoldsAllThatTheLogDoes(t *testing.T) {
	fsys, table := everything(t)
	must(t, table.Checkpoint(context.Background()))
	want := stateText(t, table)
	for _, part := range []string{`"appId":"plain"`, `"appId":"stream"`, `"domain":"d"`, `"path":"gone"`, `"path":"c"`, `"storageType":"u"`, `"storageType":"i"`} {
		if !strings.Contains(want, part) {
			t.Fatalf("the scene lacks %s:\n%s", part, want)
		}
	}
	dropLog(t, table, 0, 3)
	if diff := cmp.Diff(want, stateText(t, reopen(t, fsys, table.Dir()))); diff != "" {
		t.Error(diff)
	}
	if got := string(mustRead(t, fsys, table.logDir()+"/_last_checkpoint")); !strings.HasPrefix(got, `{"version":3,"size":`) {
		t.Errorf("_last_checkpoint: %s", got)
	}
}

func mustRead(t *testing.T, fsys vfs.FS, name string) []byte {
	t.Helper()
	data, err := vfs.ReadFile(fsys, name)
	must(t, err)
	return data
}

func TestExpiredTombstonesAreLeftOut(t *testing.T) {
	fsys, table := everything(t)
	table.now = func() time.Time { return time.UnixMilli(1_700_000_000_000).Add(DefaultFilesKept + time.Second) }
	must(t, table.Checkpoint(context.Background()))
	if table.knows("gone") {
		t.Error("the handle still knows a file that the checkpoint forgot")
	}
	dropLog(t, table, 0, 3)
	got := reopen(t, fsys, table.Dir())
	if got.knows("gone") || !got.knows("a") {
		t.Error("an expired tombstone is in the checkpoint, or a file is not")
	}
}

func TestManyRowGroups(t *testing.T) {
	fsys, table := memTable(t, NewTable{Schema: people})
	tx := &Tx{}
	for i := range 2*checkpointGroup + 10 {
		tx.Adds = append(tx.Adds, AddFile{Path: fmt.Sprintf("f%d", i), Rows: 1})
	}
	_, err := table.Commit(context.Background(), tx)
	must(t, err)
	must(t, table.Checkpoint(context.Background()))
	dropLog(t, table, 0, 1)
	if n := len(reopen(t, fsys, table.Dir()).Files()); n != len(tx.Adds) {
		t.Errorf("%d files of %d", n, len(tx.Adds))
	}
}

// TestNewestCheckpointThatCanBeRead: whatever is wrong with checkpoints and with what points at them, the table opens as
// it is, or not at all.
func TestNewestCheckpointThatCanBeRead(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, h *Table, last string)
		keep  bool // the whole log
		want  string
	}{
		"pointer missing":           {func(t *testing.T, h *Table, last string) { must(t, h.fsys.Remove(last)) }, false, ""},
		"pointer torn":              {func(t *testing.T, h *Table, last string) { overwrite(t, h, last, `{"vers`) }, false, ""},
		"pointer stale":             {func(t *testing.T, h *Table, last string) { overwrite(t, h, last, `{"version":1,"size":1}`) }, false, ""},
		"pointer at nothing":        {func(t *testing.T, h *Table, last string) { overwrite(t, h, last, `{"version":4,"size":1}`) }, false, ""},
		"pointer beyond the log":    {func(t *testing.T, h *Table, last string) { overwrite(t, h, last, `{"version":99,"size":1}`) }, false, ""},
		"newest damaged, older one": {func(t *testing.T, h *Table, _ string) { damage(t, h, 5) }, false, ""},
		"newest gone, older one": {func(t *testing.T, h *Table, _ string) {
			must(t, h.fsys.Remove(filepath.Join(h.logDir(), checkpointFile(5))))
		}, false, ""},
		"both damaged, log is there": {func(t *testing.T, h *Table, _ string) { damage(t, h, 3, 5) }, true, ""},
		"both damaged":               {func(t *testing.T, h *Table, _ string) { damage(t, h, 3, 5) }, false, checkpointFile(5)},
		"damaged, and log missing": {func(t *testing.T, h *Table, _ string) {
			damage(t, h, 5)
			dropLog(t, h, 4, 5)
		}, false, "version 4 of the log is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, table := everything(t)
			must(t, table.Checkpoint(ctx))
			for i := range uint32(3) {
				_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("a", 3+i)})
				must(t, err)
				if table.version == 5 {
					must(t, table.Checkpoint(ctx))
				}
			}
			if !c.keep {
				dropLog(t, table, 0, 3)
			}
			c.spoil(t, table, filepath.Join(table.logDir(), "_last_checkpoint"))
			got, err := Open(ctx, fsys, table.Dir())
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("open: %v", err)
				}
				return
			}
			must(t, err)
			if diff := cmp.Diff(stateText(t, table), stateText(t, fixed(got))); diff != "" {
				t.Error(diff)
			}
			if _, err := reopen(t, fsys, table.Dir()).Commit(ctx, &Tx{Domains: map[string]string{"d": "next"}}); err != nil {
				t.Errorf("the next commit: %v", err)
			}
		})
	}
}

func overwrite(t *testing.T, h *Table, name, text string) {
	t.Helper()
	must(t, h.fsys.Remove(name))
	must(t, vfs.WriteFile(h.fsys, name, []byte(text)))
}

func damage(t *testing.T, h *Table, versions ...int64) {
	t.Helper()
	for _, v := range versions {
		name := filepath.Join(h.logDir(), checkpointFile(v))
		data := mustRead(t, h.fsys, name)
		for i := range len(data) / 2 {
			data[i+4] ^= 0x55
		}
		overwrite(t, h, name, string(data))
	}
}

// TestHandleWhoseNextVersionIsCleanedUp must not write a version that others have read long ago as something else.
func TestHandleWhoseNextVersionIsCleanedUp(t *testing.T) {
	ctx := context.Background()
	fsys, table := everything(t)
	stale := reopen(t, fsys, table.Dir())
	for i := range uint32(3) {
		_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("a", 3+i)})
		must(t, err)
	}
	must(t, table.Checkpoint(ctx))
	dropLog(t, table, 0, 6)
	for _, step := range []func() error{
		func() error { _, err := stale.Refresh(ctx); return err },
		func() error { _, err := stale.Commit(ctx, &Tx{Adds: []AddFile{{Path: "x", Rows: 1}}}); return err },
	} {
		if err := step(); err == nil || !strings.Contains(err.Error(), "cleaned up") {
			t.Errorf("the stale handle goes on: %v", err)
		}
	}
	if _, err := fsys.Stat(table.logPath(4)); err == nil {
		t.Error("version 4 was written a second time")
	}
}

// TestCrashAtEveryCallOfACheckpoint: it is there or it is not, and the table is the same.
func TestCrashAtEveryCallOfACheckpoint(t *testing.T) {
	ctx := context.Background()
	scene, table := everything(t)
	must(t, table.Checkpoint(ctx))
	_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("a", 7)})
	must(t, err)
	want := stateText(t, table)
	// open gives a handle, and how many calls it took, so that those of the checkpoint count from 1.
	open := func(fsys *vfs.Mem) (*Table, int) {
		h, err := Open(ctx, fsys, table.Dir())
		must(t, err)
		h.now = table.now
		return h, fsys.Calls()
	}
	write := func(fsys *vfs.Mem) error {
		h, _ := open(fsys)
		return h.Checkpoint(ctx)
	}
	check := func(fsys *vfs.Mem, how string) {
		t.Helper()
		if diff := cmp.Diff(want, stateText(t, reopen(t, fsys, table.Dir()))); diff != "" {
			t.Fatalf("%s: %s", how, diff)
		}
		if err := write(fsys); err != nil {
			t.Fatalf("%s: the next one: %v", how, err)
		}
		if diff := cmp.Diff(want, stateText(t, reopen(t, fsys, table.Dir()))); diff != "" {
			t.Fatalf("%s: after the next one: %s", how, diff)
		}
	}
	calm := scene.Crash(vfs.KeepAll)
	must(t, write(calm))
	_, before := open(scene.Crash(vfs.KeepAll))
	for k := 1; k <= calm.Calls()-before; k++ {
		for name, policy := range crashPolicies {
			fsys := scene.Crash(vfs.KeepAll)
			h, _ := open(fsys)
			fsys.StopAt(before + k)
			if err := h.Checkpoint(ctx); !errors.Is(err, vfs.ErrStopped) {
				t.Fatalf("call %d: %v", k, err)
			}
			check(fsys.Crash(policy(uint64(k))), fmt.Sprintf("crash at call %d, %s", k, name))
		}
		for name, fail := range map[string]func(*vfs.Mem, int, error){"before": (*vfs.Mem).FailAt, "after": (*vfs.Mem).FailAfter} {
			fsys := scene.Crash(vfs.KeepAll)
			h, _ := open(fsys)
			fail(fsys, before+k, syscall.ENOSPC)
			_ = h.Checkpoint(ctx)
			check(fsys, fmt.Sprintf("disk full %s call %d", name, k))
		}
	}
}
