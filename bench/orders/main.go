// Command orders compares "the newest complete state of each order, as a table" between the online_orders pipeline and
// DuckDB: same files, alternated runs, results compared row by row. It prints a Markdown table.
//
//	cd bench && go run ./orders -rows 1000000 -runs 3
//
// CPU seconds are user and system time of the finished process, memory is its peak resident set as the kernel counts
// it. DuckDB comes from .cache/venv, which make tools fills.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/bench/measure"
)

func main() {
	rows := flag.Int("rows", 1_000_000, "records in all")
	runs := flag.Int("runs", 3, "runs of each contestant")
	seed := flag.Uint64("seed", 1, "seed of the data")
	keep := flag.String("dir", "", "work in this folder and keep it (default: a temporary one)")
	flag.Parse()
	if err := compare(*rows, *runs, *seed, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}

// contestant is a program that makes the table from dir's data into out.
type contestant struct {
	name    string
	command func(out string) []string
	runs    []measure.Figures
}

func compare(rows, runs int, seed uint64, dir string) error {
	repo, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	python := filepath.Join(repo, ".cache", "venv", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return fmt.Errorf("%w: run `make tools` in the repository's root first", err)
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "seamflow-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	binary := filepath.Join(dir, "online_orders")
	if err := prepare(repo, dir, binary, rows, seed); err != nil {
		return err
	}
	script := filepath.Join(repo, "bench", "orders", "newest.py")
	all := []*contestant{
		{name: "Seamflow, committed Delta table", command: func(out string) []string {
			return []string{binary, "run", "--available-now", "--data", out}
		}},
		{name: "DuckDB, max per id joined back, Parquet", command: func(out string) []string { return []string{python, script, "join", out} }},
		{name: "DuckDB, arg_max, Parquet", command: func(out string) []string { return []string{python, script, "arg_max", out} }},
	}
	for n := range runs {
		for i, c := range all {
			out, err := workspace(dir, i)
			if err != nil {
				return err
			}
			f, err := measure.Run(c.command(out)...)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			c.runs = append(c.runs, f)
			fmt.Fprintf(os.Stderr, "run %d of %d: %s: %s\n", n+1, runs, c.name, f)
		}
	}
	equal, err := exec.Command(python, script, "compare", filepath.Join(dir, "0"), filepath.Join(dir, "1"), filepath.Join(dir, "2")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the results differ: %s", equal)
	}
	version, err := exec.Command(python, "-c", "import duckdb; print(duckdb.__version__)").Output()
	if err != nil {
		return err
	}
	report(all, rows, runs, strings.TrimSpace(string(version)), strings.TrimSpace(string(equal)))
	return nil
}

// prepare makes the data and builds the pipeline.
func prepare(repo, dir, binary string, rows int, seed uint64) error {
	examples := filepath.Join(repo, "examples")
	for _, args := range [][]string{
		{"go", "run", "./online_orders/gen", "-rows", strconv.Itoa(rows), "-seed", strconv.FormatUint(seed, 10), "-out", dir},
		{"go", "build", "-o", binary, "./online_orders"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Stderr = examples, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return nil
}

// workspace gives a contestant an empty folder that sees the data.
func workspace(dir string, i int) (string, error) {
	out := filepath.Join(dir, strconv.Itoa(i))
	if err := os.RemoveAll(out); err != nil {
		return "", err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	return out, os.Symlink(filepath.Join(dir, "data"), filepath.Join(out, "data"))
}

func report(all []*contestant, rows, runs int, duckdb, equal string) {
	fmt.Printf("%d records, %d runs each, alternated, minimum (median); %s, %s/%s, %d CPUs; DuckDB %s. %s\n\n",
		rows, runs, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), duckdb, equal)
	fmt.Println("| | CPU s | wall s | peak RSS MiB | CPU, times Seamflow's |")
	fmt.Println("|---|---|---|---|---|")
	least := func(c *contestant) float64 { return column(c, measure.Figures.CPUSeconds)[0] }
	for _, c := range all {
		cpu := column(c, measure.Figures.CPUSeconds)
		wall := column(c, measure.Figures.WallSeconds)
		peak := column(c, measure.Figures.PeakMiB)
		fmt.Printf("| %s | %.2f (%.2f) | %.2f (%.2f) | %.0f (%.0f) | %.1f |\n", c.name,
			cpu[0], cpu[len(cpu)/2], wall[0], wall[len(wall)/2], peak[0], peak[len(peak)/2], least(c)/least(all[0]))
	}
}

// column gives one figure of all runs, sorted.
func column(c *contestant, of func(measure.Figures) float64) []float64 {
	out := make([]float64, len(c.runs))
	for i, f := range c.runs {
		out[i] = of(f)
	}
	slices.SortFunc(out, cmp.Compare[float64])
	return out
}
