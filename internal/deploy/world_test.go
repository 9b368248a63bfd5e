package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seamflow/seamflow/gen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// world is a folder with specs, sources and tables.
type world struct {
	*testing.T
	dir string
	opt Options
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, dir: t.TempDir()}
	w.opt.Data = w.dir
	w.file("action.schema.json", `{"type": "object", "required": ["id", "event_date", "ts"], "properties": {
		"id": {"type": "string"}, "event_date": {"type": "string", "format": "date"}, "ts": {"type": "string", "format": "date-time"},
		"page": {"type": "string"}, "n": {"type": "integer", "format": "int32"}}}`)
	return w
}

func (w *world) file(name, text string) {
	w.Helper()
	name = filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

const head = `
pipeline: actions
go: {package: actions, out: ./actions}
schemas: {Action: action.schema.json}
`

// actions is a spec of append flows into the table actions, which reads files and a topic.
func actions(flows ...string) string {
	return head + `
sources:
  clicks_files: {schema: Action, files: {path: "in/*.json", format: json, settle: 0s}}
  clicks_kafka: {schema: Action, kafka: {brokers: "localhost:1", topic: actions, format: json}}
tables:
  actions: {delta: {path: tables/actions}}
flows:
  ` + strings.Join(flows, "\n  ") + "\n"
}

// orders is a spec of apply_changes.
const orders = head + `
sources:
  feed: {schema: Action, files: {path: "in/*.json", format: json, settle: 0s}}
views:
  v: SELECT id, ts, page, n FROM feed WHERE page = 'a'
tables:
  orders: {delta: {path: tables/orders}}
flows:
  live: {apply_changes: {target: orders, source: v, keys: [id], sequence_by: ts}}
`

// model resolves a spec.
func (w *world) model(spec string) *model.Pipeline {
	w.Helper()
	w.file("spec.yaml", spec)
	res, err := gen.Run(w.Context(), gen.Options{Specs: []string{"spec.yaml"}, Dir: w.dir, Check: true})
	if err != nil {
		w.Fatal(err)
	}
	if res.HasErrors() {
		w.Fatalf("%v\n%s", res.Diagnostics, spec)
	}
	return res.Pipelines[0]
}

func (w *world) plan(spec string) *Plan {
	w.Helper()
	p, err := Make(w.Context(), w.model(spec), w.opt)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

var types = map[string]column.Type{"string": column.Of(column.String), "date": column.Of(column.Date), "timestamp": column.Of(column.Timestamp),
	"int": column.Of(column.Int32), "bigint": column.Of(column.Int64)}

// deploy does to the tables what a run of the spec does when it starts: contract, columns and the names of flows.
func (w *world) deploy(spec string) {
	w.Helper()
	emitted, _ := emit.Build(w.model(spec), emit.Options{})
	for _, t := range emitted.Tables {
		now := t.Facts()
		text, err := now.Encode()
		if err != nil {
			w.Fatal(err)
		}
		var schema column.Schema
		for _, c := range now.Columns {
			schema = append(schema, column.Field{Name: c.Name, Type: types[c.Type]})
		}
		dir := filepath.Join(w.dir, t.Model.Path)
		table, err := delta.Open(w.Context(), vfs.OS(), dir)
		if err != nil {
			home := "none"
			if k := t.Model.Keyed; k != nil && k.SequenceColumns != nil {
				home = "columns ts"
			} else if k != nil {
				home = "merge log"
			}
			_, err = delta.Create(w.Context(), vfs.OS(), dir, delta.NewTable{Schema: schema, Name: now.Name, Keyed: now.Keys != nil,
				Domains: map[string]string{contract.Domain: text, "seamflow.sequence": home}})
			if err != nil {
				w.Fatal(err)
			}
			continue
		}
		stored, _ := table.Domain(contract.Domain)
		before, err := contract.Decode(stored)
		if err != nil {
			w.Fatal(err)
		}
		domains := map[string]string{contract.Domain: text}
		for _, f := range now.Flows {
			was := "seamflow.flow/" + contract.EarlierName(before, &now, &f)
			for domain, text := range table.Domains(was) {
				if rest := strings.TrimPrefix(domain, was); was != "seamflow.flow/" && (rest == "" || rest[0] == '/') {
					domains[domain], domains["seamflow.flow/"+f.Name+rest] = "", text
				}
			}
		}
		w.commit(table, &delta.Tx{Domains: domains})
	}
}

func (w *world) commit(t *delta.Table, tx *delta.Tx) {
	w.Helper()
	tx.Guarded = false
	if _, err := t.Commit(w.Context(), tx); err != nil {
		w.Fatal(err)
	}
}

func (w *world) open(table string) *delta.Table {
	w.Helper()
	t, err := delta.Open(w.Context(), vfs.OS(), filepath.Join(w.dir, "tables", table))
	if err != nil {
		w.Fatal(err)
	}
	return t
}

// read is a commit of a flow that has read files of a source, by name in the folder in.
func (w *world) read(table, flow, source string, names ...string) {
	w.Helper()
	var tail []string
	for _, name := range names {
		w.file("in/"+name, "{}\n")
		info, err := os.Stat(filepath.Join(w.dir, "in", name))
		if err != nil {
			w.Fatal(err)
		}
		tail = append(tail, fmt.Sprintf(`{"path":"in/%s","size":%d,"mtime":%d}`, name, info.Size(), info.ModTime().UnixNano()))
	}
	w.commit(w.open(table), &delta.Tx{Domains: map[string]string{"seamflow.flow/" + flow: fmt.Sprintf(
		`{"v":1,"inputs":{"%s":{"done":{"v":1,"tail":[%s]}}},"files":%d}`, source, strings.Join(tail, ","), len(names))}})
}

// reached is a commit of a flow that has read a topic's partitions up to offsets.
func (w *world) reached(table, flow, source string, next ...int64) {
	w.Helper()
	domains := map[string]string{}
	for p, n := range next {
		domains[fmt.Sprintf("seamflow.flow/%s/%s/%d", flow, source, p)] = fmt.Sprintf(`{"v":1,"topic":"actions","next":%d,"leader_epoch":-1}`, n)
	}
	w.commit(w.open(table), &delta.Tx{Domains: domains})
}

// rows adds a file of rows with statistics.
func (w *world) rows(table string, n int64, stats string) {
	w.Helper()
	w.commit(w.open(table), &delta.Tx{Adds: []delta.AddFile{{Path: fmt.Sprintf("part-%d.parquet", time.Now().UnixNano()), Size: 1, Rows: n, ModTime: time.Now(),
		Stats: fmt.Sprintf(`{"numRecords":%d,%s}`, n, stats)}}})
}

// days are statistics of rows of those days.
func days(from, to string) string {
	return fmt.Sprintf(`"minValues":{"event_date":"%s"},"maxValues":{"event_date":"%s"},"nullCount":{"event_date":0,"page":0}`, from, to)
}

// summary is a plan in short: a line for each flow, and each change as verdict and field.
func summary(p *Plan) (lines []string) {
	add := func(changes []Change) {
		for _, c := range changes {
			line := c.Verdict.String() + " " + c.Field
			if c.Accepted != "" {
				line = "accepted " + c.Field
			}
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	for _, t := range p.Tables {
		add(t.Changes)
		for _, f := range t.Flows {
			lines = append(lines, f.Name+" "+string(f.State))
			add(f.Changes)
		}
	}
	return lines
}

// once is a commit of a once flow that has read some of its list.
func (w *world) once(table, flow string, listed, next int) {
	w.Helper()
	w.commit(w.open(table), &delta.Tx{Domains: map[string]string{"seamflow.flow/" + flow: fmt.Sprintf(
		`{"v":1,"once":{"frozen":"x","files":%d,"next":%d,"done":%v},"files":%d}`, listed, next, listed == next, next)}})
}

// foreign is a version that another engine makes.
func (w *world) foreign(table string) {
	w.Helper()
	t := w.open(table)
	w.file(filepath.Join("tables", table, "_delta_log", fmt.Sprintf("%020d.json", t.Version()+1)),
		`{"commitInfo":{"timestamp":1,"operation":"WRITE","engineInfo":"other"}}
{"add":{"path":"x.parquet","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}
`)
}
