// Command cdc measures what an event costs by how its table is kept: SCD type 1, SCD type 2, and both with
// ignore_null_updates, beside an append flow of the same records. All read the same files, in alternated runs; it prints a
// Markdown table.
//
//	cd bench && go run ./cdc -events 1000000 -runs 3
//
// Events are of -keys keys in the order of time, but for -late per cent, which come up to a fifth of the data later; every
// 20th deletes; a third of the columns of an event are NULL. -batches files are a commit each. CPU seconds are user and
// system time of the finished process, memory is its peak resident set as the kernel counts it.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seamflow/seamflow/bench/measure"
)

type options struct {
	events, keys, late, batches, runs int
	seed                              uint64
}

func main() {
	var o options
	flag.IntVar(&o.events, "events", 1_000_000, "events in all")
	flag.IntVar(&o.keys, "keys", 200_000, "keys")
	flag.IntVar(&o.late, "late", 10, "per cent of the events that come late")
	flag.IntVar(&o.batches, "batches", 20, "files, each of which is a commit")
	flag.IntVar(&o.runs, "runs", 3, "runs of each kind")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the data")
	flag.Parse()
	if err := compare(o); err != nil {
		fmt.Fprintln(os.Stderr, "cdc:", err)
		os.Exit(1)
	}
}

// kind is a way to keep a table.
type kind struct {
	name, title string
	flow        string
}

const applyChanges = "apply_changes: {target: t, source: events, keys: [id], sequence_by: at, apply_as_deletes: \"op = 'd'\", except_column_list: [op]"

var kinds = []kind{
	{name: "appended", title: "append_flow", flow: "append_flow: {target: t, source: events}"},
	{name: "scd1", title: "SCD type 1", flow: applyChanges + "}"},
	{name: "scd1_nulls", title: "SCD type 1, ignore_null_updates", flow: applyChanges + ", ignore_null_updates: true}"},
	{name: "scd2", title: "SCD type 2", flow: applyChanges + ", stored_as_scd_type: 2}"},
	{name: "scd2_track", title: "SCD type 2, one column tracked", flow: applyChanges + ", stored_as_scd_type: 2, track_history_column_list: [city]}"},
	{name: "scd2_nulls", title: "SCD type 2, ignore_null_updates", flow: applyChanges + ", stored_as_scd_type: 2, ignore_null_updates: true}"},
}

const spec = `pipeline: %[1]s
go: {package: %[1]s, out: ./%[1]s}
schemas: {Event: event.schema.json}
sources:
  events: {schema: Event, files: {path: "data/*.json", format: json, settle: 0s, max_files_per_batch: 1}}
tables:
  t: {delta: {path: t}}
flows:
  f: {%[2]s}
`

const schema = `{"title": "Event", "type": "object", "required": ["id", "at"], "properties": {
  "id": {"type": "integer"}, "at": {"type": "integer"}, "op": {"type": ["string", "null"]},
  "name": {"type": ["string", "null"]}, "city": {"type": ["string", "null"]}, "amount": {"type": ["integer", "null"]},
  "price": {"type": ["string", "null"], "format": "decimal", "x-precision": 12, "x-scale": 2},
  "seen": {"type": ["string", "null"], "format": "date-time"},
  "address": {"type": ["object", "null"], "properties": {"street": {"type": ["string", "null"]}, "zip": {"type": ["string", "null"]}}}}}
`

func compare(o options) error {
	repo, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "seamflow-cdc-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bytes, err := prepare(repo, dir, o)
	if err != nil {
		return err
	}
	var all []*measure.Contestant
	for _, k := range kinds {
		all = append(all, &measure.Contestant{Name: k.title, Run: func(out string) (measure.Figures, error) { return run(dir, out, k) }})
	}
	if err := measure.Alternate(o.runs, dir, all...); err != nil {
		return err
	}
	report(o, bytes, all)
	return nil
}

// prepare makes the data and builds a program of each kind. It gives the size of the data.
func prepare(repo, dir string, o options) (int64, error) {
	files := map[string]string{"event.schema.json": schema}
	for _, k := range kinds {
		files[k.name+".yaml"] = fmt.Sprintf(spec, k.name, k.flow)
	}
	tool, err := measure.Project(repo, dir, files)
	if err != nil {
		return 0, err
	}
	for _, k := range kinds {
		if err := measure.Command(dir, tool, "build", k.name+".yaml", "-o", filepath.Join(dir, "bin", k.name)); err != nil {
			return 0, err
		}
	}
	return write(filepath.Join(dir, "data"), o)
}

// write makes the events: a place in time each, late ones moved back in the order of arrival.
func write(dir string, o options) (size int64, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	rng := rand.New(rand.NewPCG(o.seed, 5))
	type arrival struct{ at, order int }
	events := make([]arrival, o.events)
	for i := range events {
		events[i] = arrival{i, i}
		if rng.IntN(100) < o.late {
			events[i].order += rng.IntN(o.events/5 + 1)
		}
	}
	slices.SortStableFunc(events, func(a, b arrival) int { return cmp.Compare(a.order, b.order) })
	per := (o.events + o.batches - 1) / o.batches
	for n := 0; len(events) > 0; n++ {
		some := events[:min(per, len(events))]
		events = events[len(some):]
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%05d.json", n)))
		if err != nil {
			return 0, err
		}
		w := bufio.NewWriterSize(f, 1<<20)
		for _, e := range some {
			line := event(rng, e.at, o.keys)
			size += int64(len(line))
			w.WriteString(line) // an error sticks, and Flush gives it
		}
		if err := cmp.Or(w.Flush(), f.Close()); err != nil {
			return 0, err
		}
	}
	return size, nil
}

var cities = []string{"Amsterdam", "Berlin", "Cancun", "Guadalajara", "Mexicali", "Monterrey", "Oaxaca", "Tijuana"}

func event(rng *rand.Rand, at, keys int) string {
	id := rng.IntN(keys)
	if rng.IntN(20) == 0 {
		return fmt.Sprintf("{\"id\": %d, \"at\": %d, \"op\": \"d\"}\n", id, at)
	}
	or := func(text string) string {
		if rng.IntN(3) == 0 {
			return "null"
		}
		return text
	}
	return fmt.Sprintf("{\"id\": %d, \"at\": %d, \"op\": \"u\", \"name\": %s, \"city\": %s, \"amount\": %s, \"price\": %s, \"seen\": %s, \"address\": %s}\n",
		id, at, or(fmt.Sprintf("\"customer %d\"", id)), or("\""+cities[rng.IntN(len(cities))]+"\""), or(fmt.Sprint(rng.IntN(1000))),
		or(fmt.Sprintf("\"%d.%02d\"", rng.IntN(1000), rng.IntN(100))),
		or("\""+time.Unix(1_700_000_000+int64(at), 0).UTC().Format(time.RFC3339)+"\""),
		or(fmt.Sprintf("{\"street\": \"Street %d\", \"zip\": %s}", rng.IntN(5000), or(fmt.Sprintf("\"%05d\"", rng.IntN(100000))))))
}

// run makes the table.
func run(dir, out string, k kind) (measure.Figures, error) {
	if err := os.Symlink(filepath.Join(dir, "data"), filepath.Join(out, "data")); err != nil {
		return measure.Figures{}, err
	}
	return measure.Run(filepath.Join(dir, "bin", k.name), "run", "--available-now", "--data", out)
}

func report(o options, bytes int64, all []*measure.Contestant) {
	fmt.Printf("%d events (%d MB) of %d keys, %d %% late, %d commits; %d runs each, alternated, minimum\n\n",
		o.events, bytes/1e6, o.keys, o.late, o.batches, o.runs)
	fmt.Println("| | CPU µs per event | wall s | peak RSS MiB | CPU, times SCD type 1's |")
	fmt.Println("|---|---:|---:|---:|---:|")
	for _, c := range all {
		cpu := c.Least(measure.Figures.CPUSeconds)
		fmt.Printf("| %s | %.2f | %.2f | %.0f | %.1f |\n", c.Name, cpu*1e6/float64(o.events),
			c.Least(measure.Figures.WallSeconds), c.Least(measure.Figures.PeakMiB), cpu/all[1].Least(measure.Figures.CPUSeconds))
	}
}
