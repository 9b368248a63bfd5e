// Command orders compares "the newest complete state of each order, as a table" between the online_orders pipeline and
// other engines: the same files, alternated runs, results compared row by row. It prints a Markdown table.
//
//	cd bench && go run ./orders -rows 5000000 -runs 3
//	cd bench && go run ./orders -rows 5000000 -runs 3 -format parquet
//	cd bench && go run ./orders -rows 1000000,5000000,20000000 -beside ''
//	cd bench && go run ./orders -rows 1000000 -runs 3 -beside duckdb-qualify,clickhouse-limit_by,polars-unique,spark-row_number
//
// CPU seconds are user and system time of the finished process, memory is its peak resident set as the kernel counts it.
// Seamflow leaves a committed Delta table, the others a Parquet file. Engines come from .cache, where requirements.txt puts
// them and, for Spark and for the comparison of the results, `make tools`.
package main

import (
	"errors"
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
	rows           []int
	keys, runs     int
	seed           uint64
	format, beside string
	memory, dir    string
	cores          bool
}

func main() {
	var o options
	rows := flag.String("rows", "1000000", "records in all; of several numbers, parted by commas, Seamflow takes each alone")
	flag.IntVar(&o.keys, "keys", 0, "orders that the records speak of (default a quarter of rows)")
	flag.IntVar(&o.runs, "runs", 3, "runs of each contestant")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the data")
	flag.StringVar(&o.format, "format", "json", "json or parquet: what the orders are read from")
	flag.StringVar(&o.beside, "beside", "duckdb-join,duckdb-arg_max", "what Seamflow is compared with, see others.py; empty for nothing")
	flag.StringVar(&o.memory, "memory", "", "Seamflow's --memory, such as 256MiB")
	flag.BoolVar(&o.cores, "cores", false, "Seamflow on one core too")
	flag.StringVar(&o.dir, "dir", "", "work in this folder and keep it (default: a temporary one); data that is there is used again")
	flag.Parse()
	err := o.parse(*rows)
	if err == nil {
		err = compare(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}

func (o *options) parse(rows string) error {
	for text := range strings.SplitSeq(rows, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("-rows: %w", err)
		}
		o.rows = append(o.rows, n)
	}
	if len(o.rows) > 1 && (o.beside != "" || o.cores) {
		return errors.New("-rows of several numbers goes with -beside '' and without -cores")
	}
	return nil
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
	if len(o.rows) > 1 {
		return sizes(e, o)
	}
	binary, data, err := prepare(e, o, o.dir, o.rows[0])
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
	fmt.Printf("%d orders as %s files (%s), %d runs each, alternated: minimum (median). %s\n\n", o.rows[0], o.format, size(data), o.runs, said)
	measure.Table(os.Stdout, all...)
	return nil
}

// sizes measures Seamflow alone on several numbers of orders.
func sizes(e engines, o options) error {
	var all []*measure.Contestant
	for _, rows := range o.rows {
		dir := filepath.Join(o.dir, strconv.Itoa(rows)+"-orders")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		binary, data, err := prepare(e, o, dir, rows)
		if err != nil {
			return err
		}
		one := contestants(e, o, binary, data, nil)[0]
		one.Name = strconv.Itoa(rows)
		all = append(all, one)
	}
	if err := measure.Alternate(o.runs, o.dir, all...); err != nil {
		return err
	}
	fmt.Printf("Orders as %s files, %d runs each, alternated: minimum.\n\n", o.format, o.runs)
	fmt.Println("| orders | CPU s | wall s | peak RSS MiB | CPU µs per order | wall µs per order |")
	fmt.Println("|---:|---:|---:|---:|---:|---:|")
	for i, c := range all {
		cpu, wall, n := c.Least(measure.Figures.CPUSeconds), c.Least(measure.Figures.WallSeconds), float64(o.rows[i])
		fmt.Printf("| %s | %.2f | %.2f | %.0f | %.2f | %.2f |\n", c.Name, cpu, wall, c.Least(measure.Figures.PeakMiB), cpu*1e6/n, wall*1e6/n)
	}
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
func prepare(e engines, o options, dir string, rows int) (binary, data string, err error) {
	examples := filepath.Join(e.repo, "examples")
	data = filepath.Join(dir, "data")
	if _, err := os.Stat(data); err != nil {
		err := measure.Command(examples, "go", "run", "./online_orders/gen", "-rows", strconv.Itoa(rows), "-keys", strconv.Itoa(o.keys),
			"-seed", strconv.FormatUint(o.seed, 10), "-out", dir)
		if err != nil {
			return "", "", err
		}
	}
	binary = filepath.Join(dir, "online_orders")
	if o.format == "json" {
		return binary, data, measure.Command(examples, "go", "build", "-o", binary, "./online_orders")
	}
	parquet := filepath.Join(dir, "parquet", "data")
	if _, err := os.Stat(parquet); err != nil {
		if err := measure.Command(dir, e.python("duckdb-join"), e.script(), "convert", dir); err != nil {
			return "", "", err
		}
	}
	return binary, parquet, buildParquet(e.repo, dir, binary)
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
