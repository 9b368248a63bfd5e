// Command all runs the benchmarks of this module one after the other and writes what they print, with the machine and its
// load, into a Markdown file. `make bench` calls it.
//
//	cd bench && go run ./all                    # everything: RESULTS.md anew
//	cd bench && go run ./all -only 'orders'     # sections whose name matches; the others stay as they are
//	cd bench && go run ./all -dir /data/bench   # where the data goes, some 20 GB, and stays
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/bench/measure"
)

// section is one benchmark: a heading of the report, and the command of this module that prints what is under it.
type section struct {
	name, why string
	args      []string
	// data names the folder, under -dir, that the command works in by its flag -dir.
	data string
}

var sections = []section{
	{
		name: "orders, from JSON", why: "JSON lines to the newest row per id. Goals: CPU at most 1/5 of DuckDB's best form and 1/8 of arg_max, wall at most 1/4 of its best form, peak RSS at most 400 MB.",
		args: []string{"./orders", "-rows", "5000000"}, data: "orders5",
	},
	{
		name: "orders, from Parquet", why: "The same orders as Parquet files. Goal: CPU at most 1/2.5 of DuckDB's best form.",
		args: []string{"./orders", "-rows", "5000000", "-format", "parquet"}, data: "orders5",
	},
	{
		name: "orders, other engines", why: "A million orders beside engines that take long or much memory.",
		args: []string{"./orders", "-rows", "1000000", "-beside", "duckdb-join,duckdb-qualify,clickhouse-limit_by,clickhouse-argmax,polars-unique,spark-row_number"}, data: "orders1",
	},
	{
		name: "orders, on one core and on two", why: "Goal: two cores give at least 1.7 times one.",
		args: []string{"./orders", "-rows", "5000000", "-beside", "", "-cores"}, data: "orders5",
	},
	{
		name: "orders, from one million to twenty", why: "Goal: time per row does not grow.",
		args: []string{"./orders", "-rows", "1000000,2000000,5000000,10000000,20000000", "-beside", ""}, data: "sizes",
	},
	{
		name: "change sets", why: "50,000 changed rows into a table of 5,000,000 keys. Goals: 0.25 s in a running pipeline, 1.5 s from a cold start, at most 3 times the change written.",
		args: []string{"./changes"},
	},
	{
		name: "latency", why: "Small files, 20 a second. Goal: in a committed version within 300 ms, 99 of 100.",
		args: []string{"./latency"},
	},
	{
		name: "decode", why: "One core, no table. Goals: 5 times fastjson and 18 times encoding/json on the canonical layout; 2 times fastjson where fields are shuffled, indented, and some unknown.",
		args: []string{"./decode"},
	},
	{name: "Kafka", why: "Apache Kafka's broker on the same cores.", args: []string{"./kafka"}},
	{name: "apply_changes, by how the table is kept", args: []string{"./cdc"}},
	{name: "key index, in memory", why: "Goal: at most 48 B and the key a key.", args: []string{"./state", "-keys", "5000000"}},
	{name: "key index, twenty million keys in 256 MiB", args: []string{"./state", "-keys", "20000000", "-memory", "256"}},
	{name: "generator", why: "100 pipelines of 10 records of 30 fields. Goals: under 1 s, and under 0.1 s where nothing changed.", args: []string{"./generate"}},
}

func main() {
	only := flag.String("only", "", "regular expression of the sections to run")
	out := flag.String("out", "RESULTS.md", "the report")
	dir := flag.String("dir", "", "folder for the data, which stays there (default: a temporary one)")
	flag.Parse()
	if err := run(*only, *out, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "all:", err)
		os.Exit(1)
	}
}

func run(only, out, dir string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "seamflow-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	texts := map[string]string{}
	if only != "" {
		if texts, err = written(out); err != nil {
			return err
		}
	}
	var failed []string
	for _, s := range sections {
		if !wanted.MatchString(s.name) {
			continue
		}
		text, err := s.run(dir)
		if err != nil {
			failed = append(failed, s.name)
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
			continue
		}
		texts[s.name] = text
		if err := write(out, texts); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("failed, and left as they were: %s", strings.Join(failed, "; "))
	}
	return nil
}

// run gives the text under the section's heading.
func (s *section) run(dir string) (string, error) {
	args := append([]string{"run"}, s.args...)
	if s.data != "" {
		folder := filepath.Join(dir, s.data)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", err
		}
		args = append(args, "-dir", folder)
	}
	var text strings.Builder
	if s.why != "" {
		fmt.Fprintf(&text, "%s\n\n", s.why)
	}
	fmt.Fprintf(&text, "`cd bench && go run %s`\n\n%s; %s; load before: %s\n\n", shell(s.args), measure.Machine(), time.Now().UTC().Format("2006-01-02 15:04 UTC"), measure.Load())
	fmt.Fprintf(os.Stderr, "== %s\n", s.name)
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	said, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, said)
	}
	text.Write(bytes.TrimSpace(said))
	return text.String() + "\n", nil
}

// shell writes arguments as a shell takes them.
func shell(args []string) string {
	quoted := slices.Clone(args)
	for i, a := range quoted {
		if a == "" {
			quoted[i] = "''"
		}
	}
	return strings.Join(quoted, " ")
}

const (
	title   = "# Benchmarks\n\nWritten by `make bench`. CPU is user and system time of the whole process, memory its peak resident set as the kernel counts it; runs of contestants alternate.\n"
	heading = "\n## "
)

// written gives the sections of an earlier report.
func written(out string) (map[string]string, error) {
	text, err := os.ReadFile(out)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	all := map[string]string{}
	for i, part := range strings.Split(string(text), heading) {
		if name, body, ok := strings.Cut(part, "\n\n"); ok && i > 0 {
			all[name] = body
		}
	}
	return all, nil
}

// write replaces the report.
func write(out string, texts map[string]string) error {
	var b strings.Builder
	b.WriteString(title)
	for _, s := range sections {
		if text, ok := texts[s.name]; ok {
			b.WriteString(heading + s.name + "\n\n" + strings.TrimRight(text, "\n") + "\n")
		}
	}
	return cmp.Or(os.WriteFile(out+".tmp", []byte(b.String()), 0o644), os.Rename(out+".tmp", out))
}
