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

// TestFiftyKills runs the pipeline over 100,000 orders and kills it at 50 random moments; the table must end as that
// of a run that nobody disturbed. SEAMFLOW_SEED replays the moments.
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
	killed, finished := 0, 0
	for killed < kills {
		cmd := exec.Command(binary.pipeline, "run", "--available-now", "--data", wild)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(whole))))
		_ = cmd.Process.Kill()
		err := cmd.Wait()
		var exit *exec.ExitError
		switch {
		case err == nil:
			// It was done before the kill: start over, so that each kill hits work.
			finished++
			compareOrders(t, calm, wild)
			if err := os.RemoveAll(filepath.Join(wild, "tables")); err != nil {
				t.Fatal(err)
			}
		case errors.As(err, &exit) && exit.ExitCode() == -1:
			killed++
		default:
			t.Fatalf("after %d kills the run ended with %v", killed, err)
		}
	}
	command(t, binary.pipeline, "run", "--available-now", "--data", wild)
	compareOrders(t, calm, wild)
	t.Logf("%d kills, %d runs that finished before theirs", killed, finished)
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
