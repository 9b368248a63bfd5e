// Command generate measures seamflow generate over many pipelines: all of them anew, with nothing changed, with one spec
// or one schema changed, and --check. It prints a Markdown table.
//
//	cd bench && go run ./generate
//	cd bench && go run ./generate -pipelines 10 -runs 20
//
// Each pipeline has ten records of thirty fields, nested ones counted, each with a source; one table keeps the newest
// state of a record, one the history of another, two add rows. CPU seconds are user and system time of the finished
// process, memory is its peak resident set as the kernel counts it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/bench/measure"
)

func main() {
	var s size
	flag.IntVar(&s.pipelines, "pipelines", 100, "pipelines")
	flag.IntVar(&s.records, "records", 10, "records of each pipeline")
	flag.IntVar(&s.fields, "fields", 30, "fields of each record")
	runs := flag.Int("runs", 10, "runs of each kind")
	keep := flag.String("dir", "", "work in this folder and keep it (default: a temporary one)")
	flag.Parse()
	if err := compare(s, *runs, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// kind is a state in which generate is run.
type kind struct {
	name    string
	args    []string
	prepare func(run int) error
}

func compare(s size, runs int, dir string) error {
	repo, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "seamflow-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	tool := filepath.Join(dir, "seamflow")
	if err := measure.Command(repo, "go", "build", "-o", tool, "./cmd/seamflow"); err != nil {
		return err
	}
	specs, err := writeSpecs(dir, s)
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	var all []*measure.Contestant
	for _, k := range []kind{
		{name: "all anew", prepare: func(int) error { return clean() }},
		{name: "nothing changed", prepare: func(int) error { return nil }},
		{name: "one spec changed", prepare: func(run int) error { return replace(specs[0], "'draft'", fmt.Sprintf("'draft%d'", run)) }},
		{name: "one schema changed", prepare: func(run int) error {
			return replace(schemaFile("p000", 0), "as it stood", fmt.Sprintf("run %d, as it stood", run))
		}},
		{name: "`--check`", args: []string{"--check"}, prepare: func(int) error { return nil }},
	} {
		run := 0
		all = append(all, &measure.Contestant{Name: k.name, Run: func(string) (measure.Figures, error) {
			if err := k.prepare(run); err != nil {
				return measure.Figures{}, err
			}
			run++
			return measure.Run(slices.Concat([]string{tool, "generate"}, k.args, specs)...)
		}})
	}
	if err := measure.Alternate(runs, filepath.Join(dir, "runs"), all...); err != nil {
		return err
	}
	return report(all, s, runs)
}

// clean removes what generate wrote.
func clean() error {
	for _, name := range []string{"out", ".seamflow", "seamflow.lock"} {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	return nil
}

// replace changes a file as it was first written.
func replace(name, old, by string) error {
	first := name + ".first"
	data, err := os.ReadFile(first)
	if os.IsNotExist(err) {
		if data, err = os.ReadFile(name); err == nil {
			err = os.WriteFile(first, data, 0o644)
		}
	}
	if err != nil {
		return err
	}
	text := strings.Replace(string(data), old, by, 1)
	if text == string(data) {
		return fmt.Errorf("%s does not hold %s", name, old)
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

func report(all []*measure.Contestant, s size, runs int) error {
	files, lines, size, err := written()
	if err != nil {
		return err
	}
	fmt.Printf("%d pipelines of %d records of %d fields make %d files of %d lines, %.1f MB. %d runs of each kind, in turn, minimum (median); %s, %s/%s, %d CPUs.\n\n",
		s.pipelines, s.records, s.fields, files, lines, float64(size)/1e6, runs, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Println("| seamflow generate | CPU s | wall s | peak RSS MiB |")
	fmt.Println("|---|---:|---:|---:|")
	for _, c := range all {
		fmt.Printf("| %s | %s | %s | %s |\n", c.Name,
			column(c, measure.Figures.CPUSeconds, 3), column(c, measure.Figures.WallSeconds, 3), column(c, measure.Figures.PeakMiB, 0))
	}
	return nil
}

// column is the minimum and the median of one figure.
func column(c *measure.Contestant, of func(measure.Figures) float64, digits int) string {
	least, median := c.Spread(of)
	return fmt.Sprintf("%.*f (%.*f)", digits, least, digits, median)
}

// written counts what generate wrote.
func written() (files, lines, size int, err error) {
	err = filepath.WalkDir("out", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		files, lines, size = files+1, lines+bytes.Count(data, []byte("\n")), size+len(data)
		return err
	})
	return files, lines, size, err
}
