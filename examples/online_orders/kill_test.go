package main_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/faults"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// TestFaultKills runs the pipeline over 100,000 orders and kills it at random moments, while more files arrive from run to
// run and files are compacted; the table must end as that of a run that nobody disturbed. SEAMFLOW_SEED replays the moments.
func TestFaultKills(t *testing.T) {
	kills := 50
	if faults.Long() {
		kills = 200
	}
	y := faults.Begin(t, "SIGKILL of the real binary")
	binary := build(t)
	calm, wild := t.TempDir(), t.TempDir()
	for _, dir := range []string{calm, wild} {
		command(t, binary.gen, "-rows", "100000", "-file-rows", "2500", "-seed", "11", "-out", dir)
		pipeline{t, dir}.age()
	}
	start := time.Now()
	command(t, binary.pipeline, "run", "--available-now", "--data", calm)
	whole := time.Since(start)
	seed := faults.Seed()
	y.Note("seed %d", seed)
	t.Logf("an undisturbed run takes %v; SEAMFLOW_SEED=%d", whole, seed)
	want := standing(t, calm)
	rng := rand.New(rand.NewPCG(seed, 1))
	files := arrivals{t: t, dir: wild}
	killed, compacted, rounds := 0, 0, 0
	round := func() {
		y.Rows(fmt.Sprintf("after %d kills, seed %d", killed, seed), want, standing(t, wild))
		compacted += compactions(t, wild)
		rounds++
	}
	files.hold()
	for killed < kills && !t.Failed() {
		files.bring(rng.IntN(8))
		// Half of the moments are early ones: a run that finds little new is short.
		if runAndKill(t, binary.pipeline, wild, time.Duration(rng.Int64N(int64(whole)>>(2*rng.IntN(2))))) {
			killed++
			y.Held()
		} else if files.left == nil {
			// All was done before the kill: compare, and start over, so that each kill hits work.
			round()
			if err := os.RemoveAll(filepath.Join(wild, "tables")); err != nil {
				t.Fatal(err)
			}
			files.hold()
		}
	}
	files.bring(len(files.left))
	command(t, binary.pipeline, "run", "--available-now", "--data", wild)
	round()
	compareOrders(t, calm, wild)
	y.Note("%d kills, %d times through all files, %d compactions", killed, rounds, compacted)
}

// standing gives the rows of the table and of its quarantine as our own reader finds them, but for when they came there.
func standing(t *testing.T, dir string) (rows []string) {
	t.Helper()
	for _, name := range []string{"online_order_completed", "online_order_completed__quarantine"} {
		table, err := delta.Open(t.Context(), vfs.OS(), filepath.Join(dir, "tables", name))
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, f := range table.Files() {
			paths = append(paths, f.Path)
		}
		leaves := column.NewLeaves(table.Schema())
		err = table.Scan(t.Context(), leaves, func(int) bool { return true }, paths, func(string, uint32) {
			rows = append(rows, name+" "+whenSetAside.ReplaceAllString(readers.Row(leaves), `"$1":0`))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s: no rows", dir)
	}
	return rows
}

// compactions counts those in a table's log.
func compactions(t *testing.T, dir string) (n int) {
	t.Helper()
	table, err := delta.Open(t.Context(), vfs.OS(), filepath.Join(dir, "tables", "online_order_completed"))
	if err != nil {
		t.Fatal(err)
	}
	for v := range table.Version() + 1 {
		if c, err := table.CommitAt(v); err == nil && c.Operation == delta.OpCompact {
			n++
		}
	}
	return n
}

// runAndKill reports whether the kill came before the run was done.
func runAndKill(t *testing.T, binary, dir string, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command(binary, "run", "--available-now", "--data", dir)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
		t.Fatalf("the run ended with %v: %s", err, said.String())
	}
	return err != nil
}

// arrivals keeps files of the online system back, to bring them between runs. (Those of the old system are all there:
// its once flow freezes its list in the first run.)
type arrivals struct {
	t    *testing.T
	dir  string
	left []string
}

func (a *arrivals) hold() {
	a.t.Helper()
	names, err := filepath.Glob(filepath.Join(a.dir, "data", "online", "*.json"))
	if err != nil || len(names) < 30 {
		a.t.Fatalf("%d files: %v", len(names), err)
	}
	if err := os.MkdirAll(filepath.Join(a.dir, "held"), 0o755); err != nil {
		a.t.Fatal(err)
	}
	for _, name := range names {
		a.left = append(a.left, filepath.Base(name))
		a.move(filepath.Base(name), "data/online", "held")
	}
}

func (a *arrivals) bring(n int) {
	for ; n > 0 && a.left != nil; n-- {
		a.move(a.left[0], "held", "data/online")
		if a.left = a.left[1:]; len(a.left) == 0 {
			a.left = nil
		}
	}
}

func (a *arrivals) move(name, from, to string) {
	a.t.Helper()
	if err := os.Rename(filepath.Join(a.dir, from, name), filepath.Join(a.dir, to, name)); err != nil {
		a.t.Fatal(err)
	}
}

// compareOrders compares the tables of two folders row by row, and what they quarantined but for when that was.
func compareOrders(t *testing.T, calm, wild string) {
	t.Helper()
	for _, table := range []string{"online_order_completed", "online_order_completed__quarantine"} {
		want, got := rowsOf(t, calm, table), rowsOf(t, wild, table)
		if len(want) == 0 {
			t.Fatalf("%s: the undisturbed run left no rows", table)
		}
		if !slices.Equal(want, got) {
			t.Fatalf("%s: undisturbed and killed runs differ:\n%.4000s", table, cmp.Diff(want, got))
		}
	}
}

var whenSetAside = regexp.MustCompile(`"(quarantined_at|batch)":("[^"]*"|\d+)`)

func rowsOf(t *testing.T, dir, table string) []string {
	t.Helper()
	rows := readers.Read(t, readers.DeltaRS, filepath.Join(dir, "tables", table))
	if !strings.HasSuffix(table, "__quarantine") {
		return rows
	}
	for i, row := range rows {
		rows[i] = whenSetAside.ReplaceAllString(row, `"$1":0`)
	}
	slices.Sort(rows)
	return rows
}

type binaries struct{ gen, pipeline string }

func build(t *testing.T) binaries {
	t.Helper()
	dir := t.TempDir()
	b := binaries{filepath.Join(dir, "gen"), filepath.Join(dir, "orders")}
	command(t, "go", "build", "-o", b.gen, "./gen")
	command(t, "go", "build", "-o", b.pipeline, ".")
	return b
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}
