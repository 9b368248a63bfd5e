// Package vectors holds cases of AUTO CDC, most of them run on Apache Spark's own engine, and turns each into a
// pipeline: a spec, a schema and the events of each batch. Its test runs them end to end.
package vectors

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/harness"
	"github.com/seamflow/seamflow/internal/vectors/run"
)

// Vector is one case, as its file says it.
type Vector struct {
	Name       string                       `json:"name"`
	Keys       []string                     `json:"keys"`
	SequenceBy string                       `json:"sequence_by"`
	SCDType    int                          `json:"scd_type"`
	Options    map[string]json.RawMessage   `json:"options"`
	Schema     []harness.Column             `json:"schema"`
	Batches    [][]json.RawMessage          `json:"batches"`
	Runs       []Run                        `json:"runs"`
	Flows      []string                     `json:"flows"`
	OnceFlows  []string                     `json:"once_flows"`
	Columns    []string                     `json:"expected_columns"`
	Rows       []map[string]json.RawMessage `json:"expected_rows"`
	ErrorClass string                       `json:"expected_error_class"`
	// Deterministic is false where the anchor's rows depend on the order of events.
	Deterministic bool `json:"deterministic"`

	partitionBy string // "" for none
}

// Run is one run of a pipeline of several flows, in either of the two forms that the files use: one flow's events, or
// what is appended to each flow's source.
type Run struct {
	Flow   string                       `json:"flow"`
	Once   bool                         `json:"once"`
	Events []json.RawMessage            `json:"events"`
	Append map[string][]json.RawMessage `json:"append"`
}

// soleFlow is the flow of a vector that names none.
const soleFlow = "f"

// Load reads all vectors of a folder, by name.
func Load(dir string) ([]*Vector, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []*Vector
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		v := new(Vector)
		if err := json.Unmarshal(data, v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// Steps gives the vector's own batches.
func (v *Vector) Steps() []run.Step {
	var steps []run.Step
	for _, r := range v.Runs {
		if r.Append != nil {
			steps = append(steps, run.Step(r.Append))
		} else {
			steps = append(steps, run.Step{r.Flow: r.Events})
		}
	}
	if len(v.Runs) > 0 {
		return steps
	}
	for _, b := range v.Batches {
		steps = append(steps, run.Step{soleFlow: b})
	}
	return steps
}

// Event is an event with the flow that it comes by.
type Event struct {
	Flow string
	Data json.RawMessage
}

// Events gives all events, nil for a vector in which it matters when they come: one with once flows.
func (v *Vector) Events() (all []Event) {
	if _, once := v.flows(); len(once) > 0 {
		return nil
	}
	for _, s := range v.Steps() {
		for _, flow := range slices.Sorted(maps.Keys(s)) {
			for _, e := range s[flow] {
				all = append(all, Event{flow, e})
			}
		}
	}
	return all
}

// flows gives each flow's name and whether it is a once flow.
func (v *Vector) flows() (names []string, once map[string]bool) {
	once = map[string]bool{}
	for _, f := range v.OnceFlows {
		once[f] = true
	}
	for _, r := range v.Runs {
		if r.Once {
			once[r.Flow] = true
		}
	}
	if len(v.Flows) == 0 {
		return []string{soleFlow}, once
	}
	return v.Flows, once
}

// Spec gives the vector's pipeline.
func (v *Vector) Spec() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pipeline: %s\ngo: {package: %s, out: .}\n\n", v.Name, v.Name)
	b.WriteString("schemas:\n  Event: event.schema.json\n\nsources:\n")
	names, once := v.flows()
	for _, f := range names {
		empty := ""
		if once[f] {
			empty = ", allow_empty: true"
		}
		fmt.Fprintf(&b, "  %s_source: {schema: Event, files: {path: data/%s/*.json, format: json, settle: 0s%s}}\n", f, f, empty)
	}
	policy := "quarantine"
	if v.ErrorClass != "" {
		policy = "fail"
	}
	fmt.Fprintf(&b, "\ntables:\n  target:\n    delta: {path: tables/target}\n    on_bad_record: %s\n", policy)
	if v.partitionBy != "" {
		fmt.Fprintf(&b, "    partition_by: [%s]\n", v.partitionBy)
	}
	b.WriteString("\nflows:\n")
	for _, f := range names {
		fmt.Fprintf(&b, "  %s:\n", f)
		if once[f] {
			b.WriteString("    once: true\n")
		}
		fmt.Fprintf(&b, "    apply_changes:\n      target: target\n      source: %s_source\n      keys: [%s]\n      sequence_by: %s\n      stored_as_scd_type: %d\n",
			f, strings.Join(v.Keys, ", "), v.SequenceBy, v.SCDType)
		for _, option := range slices.Sorted(maps.Keys(v.Options)) {
			fmt.Fprintf(&b, "      %s: %s\n", option, v.Options[option])
		}
	}
	return b.String()
}

// Partitioned gives the vector with a table that is partitioned by a column which updates change, nil where no column will
// do. The rows are the same.
func (v *Vector) Partitioned() *Vector {
	for _, c := range v.Schema {
		if slices.Contains(v.Columns, c.Name) && !slices.Contains(v.Keys, c.Name) && slices.Contains([]string{"STRING", "INT", "BIGINT", "BOOLEAN", "DATE"}, c.Type) {
			p := *v
			p.Name, p.partitionBy = v.Name+"_partitioned", c.Name
			return &p
		}
	}
	return nil
}

// Pipeline gives what the vector's pipeline is generated from.
func (v *Vector) Pipeline() (harness.Pipeline, error) {
	schema, err := harness.JSONSchema(v.Schema)
	if err != nil {
		return harness.Pipeline{}, fmt.Errorf("%s: %w", v.Name, err)
	}
	return harness.Pipeline{Name: v.Name, Spec: v.Spec(), Schema: schema}, nil
}
