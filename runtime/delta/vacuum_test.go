package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// old makes a file or all files of a folder so old.
func old(t *testing.T, name string, age time.Duration) {
	t.Helper()
	at := time.Now().Add(-age)
	must(t, filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, at, at)
	}))
}

// tree lists the files of a table but for the log's.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if !strings.HasPrefix(name, "_delta_log") || strings.Contains(name, tempPrefix) {
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	}))
	return names
}

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// TestVacuumRemovesWhatNobodyNeeds and nothing else: each file says what becomes of it, by age.
func TestVacuumRemovesWhatNobodyNeeds(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "t")
	table, err := Create(ctx, vfs.OS(), dir, NewTable{Schema: people, Keyed: true})
	must(t, err)
	add := func(rows int64) AddFile {
		f, err := writePeople(table, 0, rows, 1000)
		must(t, err)
		return f
	}
	half := rowsOf()
	for i := range uint32(1000) {
		half.Add(i * 3)
	}
	commit := func(tx *Tx) {
		t.Helper()
		_, err := table.Commit(ctx, tx)
		must(t, err)
	}
	side := func(kind string) string {
		name, err := table.WriteSide(kind, []byte(kind))
		must(t, err)
		return name
	}
	live, gone, longGone := add(4000), add(10), add(10)
	longAgo := time.Now().Add(-8 * day)
	keptSide, droppedSide := side("files"), side("files")
	commit(&Tx{Adds: []AddFile{live, gone, longGone}, MergeAdds: someMergeFile(t, table), Domains: map[string]string{"a": `"` + droppedSide + `"`}, Timestamp: longAgo})
	old(t, dir, 9*day)
	commit(&Tx{Deletes: map[string]*bitmap{live.Path: half}, Removes: []string{longGone.Path}, Timestamp: longAgo})                            // a vector that a tombstone of long ago names
	commit(&Tx{Deletes: map[string]*bitmap{live.Path: rowsOf(1)}, MergeAdds: someMergeFile(t, table), MergeReplace: true, Timestamp: longAgo}) // one of now
	old(t, dir, 8*day)
	commit(&Tx{Deletes: map[string]*bitmap{live.Path: rowsOf(2)}, Domains: map[string]string{"a": keptSide}, Timestamp: time.Now().Add(-2 * day)})
	old(t, table.logPath(table.Version()), 2*day)
	commit(&Tx{Removes: []string{gone.Path}})

	type note struct {
		name  string
		age   time.Duration
		stays bool
	}
	id := func(format string, n int) string {
		return fmt.Sprintf(format, fmt.Sprintf("00000000-0000-0000-0000-%012d", n))
	}
	notes := []note{ // debris, and others' things
		{id("part-%s.parquet", 1), 6 * day, true},
		{id("part-%s.parquet", 2), 8 * day, false},
		{id("part-%s.parquet", 15), 8 * day, true}, // a commit to come names it
		{id("p=1/part-%s.parquet", 3), 8 * day, false},
		{id("_p=1/part-%s.parquet", 4), 8 * day, false},
		{id("_change_data/%s.parquet", 16), 8 * day, true},
		{id("deletion_vector_%s.bin", 5), 8 * day, false},
		{"README.md", 8 * day, true},
		{id("_seamflow/files/%s.bin", 6), 2 * time.Hour, false},
		{id("_seamflow/files/%s.bin", 7), time.Minute, true},
		{id("_seamflow/merge/%s.parquet", 8), 2 * time.Hour, false},
		{id("_seamflow/deletion_vector_%s.bin", 9), 2 * time.Hour, false},
		{id("_seamflow/other/%s.bin", 10), 8 * day, true},
		{id("_seamflow/redirect/%s.bin", 11), 6 * day, true},
		{id("_seamflow/redirect/%s.bin", 12), 8 * day, false},
		{id("_delta_log/.tmp-%s.json", 13), 2 * time.Hour, false},
		{id("_delta_log/.tmp-%s.json", 14), time.Minute, true},
	}
	for _, n := range notes {
		full := filepath.Join(dir, filepath.FromSlash(n.name))
		must(t, os.MkdirAll(filepath.Dir(full), 0o777))
		must(t, os.WriteFile(full, []byte("12345"), 0o666))
		old(t, full, n.age)
	}
	notes = append(notes, note{longGone.Path, 0, false}, note{"_seamflow/" + droppedSide, 0, false}, note{live.Path, 0, true}, note{gone.Path, 0, true},
		note{"_seamflow/" + keptSide, 0, true}, note{"_seamflow/vacuum.json", 0, true})
	opt := VacuumOptions{Named: []string{`{"path":"part-00000000-0000-0000-0000-000000000015.parquet"}`}, DryRun: true}
	plan, err := table.Snapshot().Vacuum(ctx, opt)
	must(t, err)
	if !slices.Contains(tree(t, dir), longGone.Path) {
		t.Fatal("a dry run removed something")
	}
	opt.DryRun = false
	r, err := table.Snapshot().Vacuum(ctx, opt)
	must(t, err)
	if diff := cmp.Diff(plan, r); diff != "" {
		t.Errorf("a dry run says something else: %s", diff)
	}
	rest := tree(t, dir)
	for _, n := range notes {
		if slices.Contains(rest, n.name) != n.stays {
			t.Errorf("%s, %v old, is there: %v", n.name, n.age, !n.stays)
		}
	}
	vectors, merges := 0, 0
	for _, n := range rest {
		vectors += strings.Count(n, "deletion_vector")
		merges += strings.Count(n, "_seamflow/merge/")
	}
	if vectors != 2 || merges != 1 { // the live one and that of two days ago; the merge log as it is
		t.Errorf("%d vectors, %d files of the merge log are left:\n%s", vectors, merges, strings.Join(rest, "\n"))
	}
	if table.Vacuumed().Before(time.Now().Add(-time.Minute)) {
		t.Errorf("the last vacuum was at %v", table.Vacuumed())
	}
	again := reopenOS(t, dir)
	must(t, again.ScanMergeLog(ctx, again.MergeFiles(), func(MergeEntry) {}))
	if got, err := readPeople(again); err != nil || len(got) == 0 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func reopenOS(t *testing.T, dir string) *Table {
	t.Helper()
	h, err := Open(context.Background(), vfs.OS(), dir)
	must(t, err)
	return h
}

func someMergeFile(t *testing.T, table *Table) []MergeFile {
	t.Helper()
	w := table.NewMergeFile()
	w.Add(MergeEntry{Key: []byte("k"), Seq: []byte("s"), Kind: Tombstone})
	f, err := w.Close()
	must(t, err)
	return []MergeFile{f}
}

// TestVacuumKeepsWhatWasNamedAnHourAgo: another handle may still stand at that version.
func TestVacuumKeepsWhatWasNamedAnHourAgo(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "t")
	table, err := Create(ctx, vfs.OS(), dir, NewTable{Schema: people, Keyed: true})
	must(t, err)
	_, err = table.Commit(ctx, &Tx{MergeAdds: someMergeFile(t, table)})
	must(t, err)
	was := table.MergeFiles()
	old(t, dir, 5*time.Hour)
	_, err = table.Commit(ctx, &Tx{MergeAdds: someMergeFile(t, table), MergeReplace: true})
	must(t, err)
	_, err = table.Snapshot().Vacuum(ctx, VacuumOptions{})
	must(t, err)
	must(t, table.ScanMergeLog(ctx, was, func(MergeEntry) {}))
	old(t, dir, 2*time.Hour)
	_, err = table.Snapshot().Vacuum(ctx, VacuumOptions{})
	must(t, err)
	if err := table.ScanMergeLog(ctx, was, func(MergeEntry) {}); err == nil {
		t.Error("the old file is still there")
	}
	must(t, table.ScanMergeLog(ctx, table.MergeFiles(), func(MergeEntry) {}))
}

func TestVacuumRefuses(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "t")
	table, err := Create(ctx, vfs.OS(), dir, NewTable{Schema: people, Configuration: map[string]string{"delta.deletedFileRetentionDuration": "interval 2 days"}})
	must(t, err)
	if _, err := table.Snapshot().Vacuum(ctx, VacuumOptions{Keep: 3 * day}); err == nil || !strings.Contains(err.Error(), "48h") {
		t.Errorf("a retention that the log cannot promise: %v", err)
	}
	table.now = func() time.Time { return time.Now().Add(-time.Hour) }
	if _, err := table.Snapshot().Vacuum(ctx, VacuumOptions{}); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("a clock behind the table: %v", err)
	}
}

func TestIntervals(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"interval 1 week 2 days": 9 * day, "INTERVAL 30 minutes": 30 * time.Minute, "5 hours": 5 * time.Hour, "interval 0 seconds": 0,
		"": unreadableIsNever, "interval": unreadableIsNever, "interval 1 month": unreadableIsNever, "7": unreadableIsNever,
		"interval -1 days": unreadableIsNever, "interval 2000000000 weeks": unreadableIsNever,
	} {
		if got := parseInterval(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

// versionsOf lists what the log holds.
func versionsOf(t *testing.T, table *Table) (versions []int64, checkpoints int) {
	t.Helper()
	l, err := table.list()
	must(t, err)
	return l.versions, len(l.checkpoints)
}

// aged is a table of eleven versions, one a day, with checkpoints of some of them.
func aged(t *testing.T, checkpoints ...int64) *Table {
	t.Helper()
	ctx := context.Background()
	table, err := Create(ctx, vfs.OS(), filepath.Join(t.TempDir(), "t"), NewTable{Schema: people, Domains: map[string]string{"d": "0"},
		Configuration: map[string]string{"delta.logRetentionDuration": "interval 84 hours"}})
	must(t, err)
	for v := int64(1); v <= 10; v++ {
		_, err := table.Commit(ctx, &Tx{Domains: map[string]string{"d": string(rune('a' + v))}})
		must(t, err)
		if slices.Contains(checkpoints, v) {
			must(t, table.Checkpoint(ctx))
		}
	}
	for v := range int64(11) {
		old(t, table.logPath(v), time.Duration(10-v)*day)
	}
	return table
}

func TestLogCleanUpLeavesNoGap(t *testing.T) {
	for name, c := range map[string]struct {
		checkpoints []int64
		spoil       func(table *Table)
		first       int64
	}{
		"before the retention":          {[]int64{2, 6, 9}, nil, 6}, // version 7 is the first that is kept
		"at its edge":                   {[]int64{7, 9}, nil, 7},
		"no checkpoint old enough":      {[]int64{8}, nil, 0},
		"no checkpoint":                 {nil, nil, 0},
		"the checkpoint is damaged":     {[]int64{2, 6}, func(h *Table) { damage(t, h, 6) }, 2},
		"clean-up is off":               {[]int64{6}, func(h *Table) { h.meta.Configuration[propertyCleanup] = "false" }, 0},
		"the clock went back for a day": {[]int64{2, 4, 6}, func(h *Table) { old(t, h.logPath(3), time.Hour) }, 2},
		"all is old":                    {[]int64{2, 10}, func(h *Table) { old(t, h.logDir(), 9*day) }, 10},
	} {
		t.Run(name, func(t *testing.T) {
			table := aged(t, c.checkpoints...)
			if c.spoil != nil {
				c.spoil(table)
			}
			_, err := table.Snapshot().CleanLog(context.Background())
			must(t, err)
			versions, _ := versionsOf(t, table)
			if versions[0] != c.first || int64(len(versions)) != 11-c.first || versions[len(versions)-1] != 10 {
				t.Errorf("versions %v are left, want them from %d", versions, c.first)
			}
			h := reopenOS(t, table.Dir())
			if d, _ := h.Domain("d"); h.Version() != 10 || d != "k" {
				t.Errorf("version %d, domain %q", h.Version(), d)
			}
		})
	}
}

func TestCleanedLogTakesOthersFilesAlong(t *testing.T) {
	table := aged(t, 2, 6)
	for _, name := range []string{"00000000000000000003.crc", ".00000000000000000003.json.crc", "00000000000000000006.crc", "_note"} {
		must(t, os.WriteFile(filepath.Join(table.logDir(), name), nil, 0o666))
	}
	n, err := table.Snapshot().CleanLog(context.Background())
	must(t, err)
	if n != 6+1+2 {
		t.Errorf("%d files removed", n)
	}
	for name, want := range map[string]bool{"00000000000000000003.crc": false, ".00000000000000000003.json.crc": false, "00000000000000000006.crc": true, "_note": true, "_last_checkpoint": true} {
		if _, err := os.Stat(filepath.Join(table.logDir(), name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := table.Snapshot().CleanLog(context.Background()); n != 0 || err != nil {
		t.Errorf("a second time: %d, %v", n, err)
	}
}

// TestCrashAtEveryCallOfUpkeep: clean-up and vacuum interrupted anywhere leave the table as it is.
func TestCrashAtEveryCallOfUpkeep(t *testing.T) {
	ctx := context.Background()
	scene, table := everything(t)
	must(t, table.Checkpoint(ctx))
	for i := range uint32(2) {
		_, err := table.Commit(ctx, &Tx{Deletes: deleteOf("a", 3+i), MergeAdds: someMergeFile(t, table), MergeReplace: true})
		must(t, err)
	}
	_, err := table.WriteSide("files", []byte("debris"))
	must(t, err)
	later := func() time.Time { return time.UnixMilli(1_700_000_000_000).Add(40 * day) }
	must(t, vfs.WriteFile(scene, table.Dir()+"/part-x.parquet", []byte("debris")))
	describe := func(h *Table) string {
		h.now = later
		s := stateText(t, h)
		must(t, h.ScanMergeLog(ctx, h.MergeFiles(), func(MergeEntry) {}))
		return s
	}
	want := describe(reopen(t, scene, table.Dir()))
	work := func(h *Table) error {
		h.now = later
		s := h.Snapshot()
		_, err := s.CleanLog(ctx)
		if err == nil {
			_, err = s.Vacuum(ctx, VacuumOptions{})
		}
		return err
	}
	calm := scene.Crash(vfs.KeepAll)
	h := reopen(t, calm, table.Dir())
	before := calm.Calls()
	must(t, work(h))
	calls := calm.Calls() - before
	removes := 0
	for _, c := range calm.Trace() {
		if c.Op == "remove" {
			removes++
		}
	}
	if removes < 3+3 { // versions 0 to 2; debris twice, a merge file
		t.Fatalf("the scene removes %d files only", removes)
	}
	for k := 1; k <= calls; k++ {
		if op := calm.Trace()[before+k-1].Op; op == "read" || op == "size" || op == "stat" {
			continue // as good as a crash at the next call that changes something
		}
		for name, policy := range crashPolicies {
			fsys := scene.Crash(vfs.KeepAll)
			h := reopen(t, fsys, table.Dir())
			fsys.StopAt(before + k)
			if err := work(h); !errors.Is(err, vfs.ErrStopped) {
				t.Fatalf("call %d: %v", k, err)
			}
			after := fsys.Crash(policy(uint64(k)))
			if diff := cmp.Diff(want, describe(reopen(t, after, table.Dir()))); diff != "" {
				t.Fatalf("crash at call %d, %s: %s", k, name, diff)
			}
			must(t, work(reopen(t, after, table.Dir())))
		}
		fsys := scene.Crash(vfs.KeepAll)
		h := reopen(t, fsys, table.Dir())
		fsys.FailAt(before+k, syscall.EIO)
		_ = work(h)
		if diff := cmp.Diff(want, describe(reopen(t, fsys, table.Dir()))); diff != "" {
			t.Fatalf("failure of call %d: %s", k, diff)
		}
	}
}
