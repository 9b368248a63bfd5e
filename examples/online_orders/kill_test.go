package main_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
)

// TestFiftyKills runs the pipeline over 100,000 orders and kills it at 50 random moments, while more files arrive from
// run to run; the table must end as that of a run that nobody disturbed. SEAMFLOW_SEED replays the moments.
func TestFiftyKills(t *testing.T) {
	const kills = 50
	binary := build(t)
	calm, wild := t.TempDir(), t.TempDir()
	for _, dir := range []string{calm, wild} {
		command(t, binary.gen, "-rows", "100000", "-file-rows", "2500", "-seed", "11", "-out", dir)
		pipeline{t, dir}.age()
	}
	start := time.Now()
	command(t, binary.pipeline, "run", "--available-now", "--data", calm)
	whole := time.Since(start)
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("SEAMFLOW_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("an undisturbed run takes %v; SEAMFLOW_SEED=%d", whole, seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	files := arrivals{t: t, dir: wild}
	killed, compared := 0, 0
	files.hold()
	for killed < kills {
		files.bring(rng.IntN(8))
		// Half of the moments are early ones: a run that finds little new is short.
		if runAndKill(t, binary.pipeline, wild, time.Duration(rng.Int64N(int64(whole)>>(2*rng.IntN(2))))) {
			killed++
		} else if files.left == nil {
			// All was done before the kill: compare, and start over, so that each kill hits work.
			compareOrders(t, calm, wild)
			compared++
			if err := os.RemoveAll(filepath.Join(wild, "tables")); err != nil {
				t.Fatal(err)
			}
			files.hold()
		}
	}
	files.bring(len(files.left))
	command(t, binary.pipeline, "run", "--available-now", "--data", wild)
	compareOrders(t, calm, wild)
	t.Logf("%d kills, in %d ways through all files", killed, compared+1)
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
