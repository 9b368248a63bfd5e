// Command changes measures what it takes to bring a set of changes into a large keyed table: Seamflow, in a pipeline that
// runs and from a cold start, beside delta-rs, DuckDB and PostgreSQL. All get the same sets, in alternated runs; the tables
// are compared at the end. It prints Markdown tables.
//
//	cd bench && go run ./changes -keys 5000000 -change 50000 -runs 5
//
// Of 20 changes one is of a new key, one deletes, and the others update rows that are there, drawn at random. A change is in
// when readers see it: for Seamflow from the rename of the file into the source's folder, or from the start of the process,
// until the version is in _delta_log. CPU seconds are user and system time. PostgreSQL is left out where its programs are
// not found.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seamflow/seamflow/bench/measure"
)

type options struct {
	keys, change, runs, commits int
	seed                        uint64
	dir                         string
	beside                      bool
}

func main() {
	var o options
	flag.IntVar(&o.keys, "keys", 5_000_000, "keys of the table")
	flag.IntVar(&o.change, "change", 50_000, "changes of a set")
	flag.IntVar(&o.runs, "runs", 5, "runs of each contestant")
	flag.IntVar(&o.commits, "commits", 100, "further sets, for what is written over many commits")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the data")
	flag.BoolVar(&o.beside, "beside", true, "the others too; else Seamflow alone, whose table is then compared with none")
	flag.StringVar(&o.dir, "dir", "", "work in this folder and keep it (default: a temporary one)")
	flag.Parse()
	if err := compare(o); err != nil {
		fmt.Fprintln(os.Stderr, "changes:", err)
		os.Exit(1)
	}
}

// bench is the data, the contestants and what they took.
type bench struct {
	options
	repo, python, script string
	data                 *maker
	sets                 int // of changes so far
	json                 int64
	flow                 *seamflow
	postgres             *postgres // nil where there is none

	running, cold, ended              measure.Contestant
	deltars, replace, merge, update   measure.Contestant // the statement alone
	deltarsCold, duckdbCold, upserted measure.Contestant
	rebuilt                           measure.Contestant
}

func compare(o options) (err error) {
	b := &bench{options: o, data: newMaker(o.seed)}
	if b.repo, err = filepath.Abs(".."); err != nil {
		return err
	}
	b.python = filepath.Join(b.repo, ".cache", "venv", "bin", "python")
	b.script = filepath.Join(b.repo, "bench", "changes", "others.py")
	if _, err := os.Stat(b.python); err != nil {
		return fmt.Errorf("%w: run `make tools` in the repository's root first", err)
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "seamflow-changes-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.dir)
	}
	if err := os.Chmod(b.dir, 0o755); err != nil { // for the user that PostgreSQL runs as
		return err
	}
	if err := b.prepare(); err != nil {
		return err
	}
	if b.postgres != nil {
		defer b.postgres.stop()
	}
	defer b.flow.kill()
	b.name()
	for n := range b.runs {
		if err := b.round(); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "run %d of %d: running %s; cold %s\n", n+1, b.runs, b.running.Runs[n], b.cold.Runs[n])
	}
	equal := ""
	if b.beside {
		if equal, err = b.equal(); err != nil {
			return err
		}
	}
	b.report(os.Stdout, equal)
	t, err := b.many()
	if err != nil {
		return err
	}
	t.report(os.Stdout, b)
	return nil
}

// prepare makes the data and every contestant's table of it.
func (b *bench) prepare() error {
	folders := map[string]string{}
	for _, name := range []string{"first", "sets", "seamflow/data", "duckdb", "deltars"} {
		folders[name] = filepath.Join(b.dir, name)
		if err := os.MkdirAll(folders[name], 0o755); err != nil {
			return err
		}
	}
	if err := b.data.first(folders["first"], b.keys, 250_000); err != nil {
		return err
	}
	b.flow = &seamflow{dir: filepath.Join(b.dir, "seamflow"), binary: filepath.Join(b.dir, "pipeline")}
	if err := measure.Command(filepath.Join(b.repo, "bench"), "go", "build", "-o", b.flow.binary, "./changes/pipeline"); err != nil {
		return err
	}
	all, err := filepath.Glob(filepath.Join(folders["first"], "*.json"))
	if err != nil {
		return err
	}
	for _, name := range all {
		if err := os.Link(name, filepath.Join(b.flow.dir, "data", filepath.Base(name))); err != nil {
			return err
		}
	}
	if _, _, err := b.flow.untilDone(); err != nil {
		return err
	}
	if !b.beside {
		return os.RemoveAll(folders["first"])
	}
	files := filepath.Join(folders["first"], "*.json")
	for _, engine := range []string{"duckdb", "deltars"} {
		if err := measure.Command(b.dir, b.python, b.script, "load", engine, folders[engine], files); err != nil {
			return err
		}
	}
	if b.postgres, err = startPostgres(filepath.Join(b.dir, "postgres"), all); err != nil {
		return err
	}
	return os.RemoveAll(folders["first"])
}

// name gives the contestants the names of the report.
func (b *bench) name() {
	b.running.Name = "Seamflow, in a running pipeline: rename to version"
	b.cold.Name = "Seamflow, cold, with its state: start of the process to version"
	b.ended.Name = "Seamflow, cold, with its state: start of the process to its end"
	b.rebuilt.Name = "Seamflow, cold, without its state (it is built from the table): to version"
	b.merge.Name = "DuckDB, MERGE INTO"
	b.replace.Name = "DuckDB, DELETE and INSERT OR REPLACE"
	b.update.Name = "DuckDB, DELETE, UPDATE and INSERT"
	b.duckdbCold.Name = "DuckDB, cold: the process, DELETE and INSERT OR REPLACE"
	b.deltars.Name = "delta-rs, MERGE"
	b.deltarsCold.Name = "delta-rs, cold: the process"
	b.upserted.Name = "PostgreSQL, INSERT … ON CONFLICT … WHERE newer, and DELETE"
}

// set makes the next set of changes.
func (b *bench) set(n int) (string, error) {
	name := filepath.Join(b.dir, "sets", fmt.Sprintf("set-%05d.json", b.sets))
	b.sets++
	if err := b.data.change(name, n); err != nil {
		return "", err
	}
	info, err := os.Stat(name)
	if err == nil {
		b.json = info.Size()
	}
	return name, err
}

// round is one set for a pipeline that runs, one for a cold start, and one for a start without state. DuckDB takes its
// forms in turn.
func (b *bench) round() error {
	if err := b.flow.start(); err != nil {
		return err
	}
	one, err := b.set(20) // the pipeline has its index in memory afterwards
	if err != nil {
		return err
	}
	if _, err := b.flow.take(one, 20); err != nil {
		return err
	}
	hot, err := b.set(b.change)
	if err != nil {
		return err
	}
	f, err := b.flow.take(hot, b.change)
	if err != nil {
		return err
	}
	peak, err := b.flow.stop()
	if err != nil {
		return err
	}
	f.Peak = peak
	b.running.Runs = append(b.running.Runs, f)
	if err := b.others(one, nil, true); err != nil {
		return err
	}
	turn := &form{"merge", &b.merge}
	if len(b.running.Runs)%2 == 0 {
		turn = &form{"replace", &b.replace}
	}
	if err := b.others(hot, turn, true); err != nil {
		return err
	}
	cold, err := b.set(b.change)
	if err != nil {
		return err
	}
	if err := b.flow.offer(cold); err != nil {
		return err
	}
	f, visible, err := b.flow.untilDone()
	if err != nil {
		return err
	}
	b.ended.Runs = append(b.ended.Runs, f)
	f.Wall = visible
	b.cold.Runs = append(b.cold.Runs, f)
	if err := b.others(cold, &form{"replace", nil}, false); err != nil {
		return err
	}
	third, err := b.set(b.change)
	if err != nil {
		return err
	}
	if err := b.flow.forget(); err != nil {
		return err
	}
	if err := b.flow.offer(third); err != nil {
		return err
	}
	if f, f.Wall, err = b.flow.untilDone(); err != nil {
		return err
	}
	b.rebuilt.Runs = append(b.rebuilt.Runs, f)
	return b.others(third, &form{"update", &b.update}, true)
}

// form is how DuckDB does it.
type form struct {
	name string
	of   *measure.Contestant
}

// others brings a set into the other tables, measured where a form is given: the statement in a process that is warm, or the
// whole of a process that is not.
func (b *bench) others(set string, f *form, warm bool) error {
	if !b.beside {
		return nil
	}
	name := "merge"
	if f != nil {
		name = f.name
	}
	whole, inner, err := b.statement(name, "duckdb", set, warm)
	if err != nil {
		return err
	}
	wholeRust, innerRust, err := b.statement("deltars", "deltars", set, warm)
	if err != nil {
		return err
	}
	var upserted measure.Figures
	if b.postgres != nil {
		if upserted, err = b.postgres.merge(set); err != nil {
			return err
		}
	}
	switch {
	case f == nil:
		return nil
	case warm:
		f.of.Runs = append(f.of.Runs, inner)
		b.deltars.Runs = append(b.deltars.Runs, innerRust)
	default:
		b.duckdbCold.Runs = append(b.duckdbCold.Runs, whole)
		b.deltarsCold.Runs = append(b.deltarsCold.Runs, wholeRust)
	}
	if b.postgres != nil {
		b.upserted.Runs = append(b.upserted.Runs, upserted)
	}
	return nil
}

// statement runs a merge as a process of its own, and gives what the process took, and the statement within it.
func (b *bench) statement(form, folder, set string, warm bool) (whole, inner measure.Figures, err error) {
	command := []string{b.python, b.script, "merge", form, filepath.Join(b.dir, folder), set}
	if warm {
		command = append(command, "warm")
	}
	whole, out, err := output(command...)
	if err != nil {
		return whole, inner, fmt.Errorf("%s: %w", form, err)
	}
	var took struct{ Wall, CPU float64 }
	if err := json.Unmarshal([]byte(out), &took); err != nil {
		return whole, inner, fmt.Errorf("%s: %w", form, err)
	}
	return whole, measure.Figures{Wall: seconds(took.Wall), CPU: seconds(took.CPU), Peak: whole.Peak}, nil
}

// output runs a command and gives what it took and what it said.
func output(command ...string) (f measure.Figures, said string, err error) {
	cmd := exec.Command(command[0], command[1:]...)
	var errs strings.Builder
	cmd.Stderr = &errs
	began := time.Now()
	out, err := cmd.Output()
	if err != nil {
		return f, "", fmt.Errorf("%w\n%s", err, errs.String())
	}
	f = measure.Figures{Wall: time.Since(began), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.Peak = usage.Maxrss << 10
	}
	return f, string(out), nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// equal compares all tables, and says so.
func (b *bench) equal() (string, error) {
	csv := ""
	if b.postgres != nil {
		var err error
		if csv, err = b.postgres.export(); err != nil {
			return "", err
		}
	}
	out, err := exec.Command(b.python, b.script, "compare", b.dir, csv).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compare: %w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

func (b *bench) report(w io.Writer, equal string) {
	versions, _ := exec.Command(b.python, b.script, "versions").Output()
	says := strings.TrimSpace(string(versions))
	if b.postgres != nil {
		says += ", " + b.postgres.version
	}
	fmt.Fprintf(w, "%s changes (%.1f MiB of JSON) of a table of %s keys, %d sets each, alternated, minimum (median). %s; load %s. %s. %s\n\n",
		thousands(b.change), float64(b.json)/(1<<20), thousands(b.keys), b.runs, measure.Machine(), measure.Load(), says, equal)
	fmt.Fprintln(w, "| | wall s | CPU s | peak RSS MiB | wall, times the running pipeline's |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|")
	for _, c := range []*measure.Contestant{&b.running, &b.merge, &b.replace, &b.update, &b.deltars, &b.upserted, &b.cold, &b.ended, &b.rebuilt, &b.duckdbCold, &b.deltarsCold} {
		if len(c.Runs) == 0 {
			continue
		}
		wall, wallMedian := c.Spread(measure.Figures.WallSeconds)
		cpu, cpuMedian := c.Spread(measure.Figures.CPUSeconds)
		peak, _ := c.Spread(measure.Figures.PeakMiB)
		fmt.Fprintf(w, "| %s | %.3f (%.3f) | %.2f (%.2f) | %s | %.1f |\n", c.Name, wall, wallMedian, cpu, cpuMedian, memory(peak), wall/b.running.Least(measure.Figures.WallSeconds))
	}
}

// memory is empty for what was not measured.
func memory(mib float64) string {
	if mib == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", mib)
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
