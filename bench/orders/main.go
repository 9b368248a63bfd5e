// Command orders compares "the newest complete state of each order, as a table" between the online_orders pipeline and
// other engines: the same files, alternated runs, results compared row by row. It prints a Markdown table.
//
//	cd bench && go run ./orders -rows 5000000 -runs 3
//	cd bench && go run ./orders -rows 5000000 -runs 3 -format parquet
//	cd bench && go run ./orders -rows 1000000 -runs 3 -beside duckdb-qualify,clickhouse-limit_by,polars-unique,spark-row_number
//
// CPU seconds are user and system time of the finished process, memory is its peak resident set as the kernel counts it.
// Seamflow leaves a committed Delta table, the others a Parquet file. Engines come from .cache, where requirements.txt puts
// them and, for Spark and for the comparison of the results, `make tools`.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/bench/measure"
)

type options struct {
	rows, keys, runs int
	seed             uint64
	format, beside   string
	memory, dir      string
	cores            bool
}

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 1_000_000, "records in all")
	flag.IntVar(&o.keys, "keys", 0, "orders that the records speak of (default a quarter of rows)")
	flag.IntVar(&o.runs, "runs", 3, "runs of each contestant")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the data")
	flag.StringVar(&o.format, "format", "json", "json or parquet: what the orders are read from")
	flag.StringVar(&o.beside, "beside", "duckdb-join,duckdb-arg_max", "what Seamflow is compared with, see others.py; empty for nothing")
	flag.StringVar(&o.memory, "memory", "", "Seamflow's --memory, such as 256MiB")
	flag.BoolVar(&o.cores, "cores", false, "Seamflow on one core too")
	flag.StringVar(&o.dir, "dir", "", "work in this folder and keep it (default: a temporary one); data that is there is used again")
	flag.Parse()
	if err := compare(o); err != nil {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}

func compare(o options) error {
	repo, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "seamflow-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.dir)
	}
	others := forms(o.beside)
	e := engines{repo: repo}
	if err := e.install(); err != nil {
		return err
	}
	binary, data, err := prepare(e, o)
	if err != nil {
		return err
	}
	all := contestants(e, o, binary, data, others)
	if err := measure.Alternate(o.runs, o.dir, all...); err != nil {
		return err
	}
	said := "Nothing was compared."
	if len(others) > 0 {
		if said, err = same(e, o, len(all)-len(others), others); err != nil {
			return err
		}
	}
	fmt.Printf("%d orders as %s files (%s), %d runs each, alternated: minimum (median). %s\n\n", o.rows, o.format, size(data), o.runs, said)
	measure.Table(os.Stdout, all...)
	fmt.Println()
	return nil
}

func forms(list string) (all []string) {
	for form := range strings.SplitSeq(list, ",") {
		if form != "" {
			all = append(all, form)
		}
	}
	return all
}

func contestants(e engines, o options, binary, data string, others []string) []*measure.Contestant {
	run := func(prefix ...string) func(out string) (measure.Figures, error) {
		return func(out string) (measure.Figures, error) {
			if err := see(data, out); err != nil {
				return measure.Figures{}, err
			}
			command := append(slices.Clone(prefix), binary, "run", "--available-now", "--data", out)
			if o.memory != "" {
				command = append(command, "--memory", o.memory)
			}
			return measure.Run(command...)
		}
	}
	name := "Seamflow, committed Delta table"
	if o.memory != "" {
		name += ", --memory " + o.memory
	}
	all := []*measure.Contestant{{Name: name, Run: run()}}
	if o.cores {
		all = append(all, &measure.Contestant{Name: name + ", one core", Run: run("taskset", "-c", "0")})
	}
	for _, form := range others {
		all = append(all, &measure.Contestant{Name: e.name(form), Run: func(out string) (measure.Figures, error) {
			if err := see(data, out); err != nil {
				return measure.Figures{}, err
			}
			return measure.Run(e.python(form), e.script(), form, o.format, out)
		}})
	}
	return all
}

// see lets a folder see the data.
func see(data, out string) error { return os.Symlink(data, filepath.Join(out, "data")) }

// same holds the last results against each other.
func same(e engines, o options, first int, others []string) (string, error) {
	args := []string{e.script(), "compare", measure.Folder(o.dir, 0)}
	for i, form := range others {
		args = append(args, form+"="+measure.Folder(o.dir, first+i))
	}
	said, err := exec.Command(e.reader(), args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the results differ: %s", said)
	}
	return strings.TrimSpace(string(said)), nil
}

// prepare makes the data, unless it is there, and builds the pipeline.
func prepare(e engines, o options) (binary, data string, err error) {
	examples := filepath.Join(e.repo, "examples")
	data = filepath.Join(o.dir, "data")
	if _, err := os.Stat(data); err != nil {
		err := measure.Command(examples, "go", "run", "./online_orders/gen", "-rows", strconv.Itoa(o.rows), "-keys", strconv.Itoa(o.keys),
			"-seed", strconv.FormatUint(o.seed, 10), "-out", o.dir)
		if err != nil {
			return "", "", err
		}
	}
	binary = filepath.Join(o.dir, "online_orders")
	if o.format == "json" {
		return binary, data, measure.Command(examples, "go", "build", "-o", binary, "./online_orders")
	}
	parquet := filepath.Join(o.dir, "parquet", "data")
	if _, err := os.Stat(parquet); err != nil {
		if err := measure.Command(o.dir, e.python("duckdb-join"), e.script(), "convert", o.dir); err != nil {
			return "", "", err
		}
	}
	return binary, parquet, buildParquet(e.repo, o.dir, binary)
}

// buildParquet builds the example's pipeline with the other format.
func buildParquet(repo, dir, binary string) error {
	example := filepath.Join(repo, "examples", "online_orders")
	spec, err := os.ReadFile(filepath.Join(example, "online_orders.yaml"))
	if err != nil {
		return err
	}
	schema, err := os.ReadFile(filepath.Join(example, "schemas", "order.schema.json"))
	if err != nil {
		return err
	}
	project := filepath.Join(dir, "project")
	if err := os.MkdirAll(filepath.Join(project, "schemas"), 0o755); err != nil {
		return err
	}
	tool, err := measure.Project(repo, project, map[string]string{
		"online_orders.yaml":        strings.NewReplacer("*.json, format: json", "*.parquet, format: parquet").Replace(string(spec)),
		"schemas/order.schema.json": string(schema),
	})
	if err != nil {
		return err
	}
	return measure.Command(project, tool, "build", "online_orders.yaml", "-o", binary)
}

// size says how large the files under a folder are.
func size(dir string) string {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
