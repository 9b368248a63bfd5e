package spec

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

var update = flag.Bool("update", false, "write the golden files")

// The editors' schema is what the table of keys says.
func TestSchemaIsInStep(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(editorSchema()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("pipeline.schema.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(b.String(), string(Schema())); d != "" {
		t.Errorf("pipeline.schema.json is stale: go test ./internal/spec -run Schema -update\n%s", d)
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("pipeline.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("pipeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The parser and the editors' schema take and refuse the same specs.
func TestSchemaAgreesWithParser(t *testing.T) {
	schema := compiledSchema(t)
	for name, tt := range map[string]struct {
		edit  func(string) string
		valid bool
	}{
		"seed":                      {func(s string) string { return s }, true},
		"scd type as text":          {replace("stored_as_scd_type: 1", `stored_as_scd_type: "1"`), true},
		"scd type 2":                {replace("stored_as_scd_type: 1", "stored_as_scd_type: 2"), true},
		"unknown key":               {replace("once: true", "onec: true"), false},
		"later key":                 {replace("files: {path: data/legacy/*.json, format: json}", "delta: {path: x}"), false},
		"bool as text":              {replace("once: true", `once: "true"`), false},
		"missing key":               {replace("keys: [id], ", ""), false},
		"empty list":                {replace("keys: [id], ", "keys: [], "), false},
		"keys as text":              {replace("keys: [id], ", "keys: id, "), false},
		"sequence list":             {replace("sequence_by: lastUpdateTimestamp, ", "sequence_by: [a, b], "), true},
		"variable in connection":    {replace("data/online/*.json", `"${DATA:-data}/*.json"`), true},
		"variable elsewhere":        {replace("keys: [id], ", `keys: ["${KEY}"], `), false},
		"dollar in text":            {replace("'complete'", "'$5 $x$'"), true},
		"number for text":           {replace("schema: Order", "schema: 5"), false},
		"bad name":                  {replace("  legacy_view: >-", "  legacy-view: >-"), false},
		"bad pipeline name":         {replace("pipeline: online_orders", "pipeline: online-orders"), false},
		"two kinds of flow":         {replace("once: true", "append_flow: {target: x, source: y}"), false},
		"settle":                    {replace("format: json}", "format: json, settle: 0s}"), true},
		"settle without unit":       {replace("format: json}", "format: json, settle: 5}"), false},
		"trigger":                   {add("trigger: {interval: 2d12h, max_bytes_per_commit: 512MiB}"), true},
		"bytes as number":           {add("trigger: {max_bytes_per_commit: 1000}"), true},
		"bad size":                  {add("trigger: {max_bytes_per_commit: lots}"), false},
		"empty section":             {add("targets:"), true},
		"targets":                   {add(`targets: {dev: {sources.online_orders.files.path: "${DEV}"}}`), true},
		"view as mapping":           {replace("legacy_view: >-\n    SELECT", "legacy_view:\n    sql: SELECT"), true},
		"view with expectations":    {replace("legacy_view: >-\n    SELECT", "legacy_view:\n    expectations: {}\n    sql: SELECT"), true},
		"column list":               {replace("keys: [id], ", "keys: [id], column_list: [id], "), true},
		"both column lists":         {replace("keys: [id], ", "keys: [id], column_list: [id], except_column_list: [x], "), false},
		"source without files":      {replace(", files: {path: data/legacy/*.json, format: json}", ""), false},
		"max files":                 {replace("format: json}", "format: json, max_files_per_batch: 10}"), true},
		"max files of none":         {replace("format: json}", "format: json, max_files_per_batch: 0}"), false},
		"ignore nulls of columns":   {replace("keys: [id], ", "keys: [id], ignore_null_updates: [a], "), true},
		"ignore nulls twice":        {replace("keys: [id], ", "keys: [id], ignore_null_updates: true, ignore_null_updates_column_list: [a], "), false},
		"two exclusive groups":      {replace("keys: [id], ", "keys: [id], column_list: [id], track_history_column_list: [a], "), true},
		"ignore nulls as text":      {replace("keys: [id], ", "keys: [id], ignore_null_updates: all, "), false},
		"kafka":                     {kafka("start: latest"), true},
		"kafka from a date":         {kafka(`start: {timestamp: "2024-04-01"}`), true},
		"kafka from a time":         {kafka(`start: {timestamp: "2024-04-01 10:30:00"}`), true},
		"kafka from no time":        {kafka("start: {timestamp: noon}"), false},
		"kafka from offsets":        {kafka(`start: {offsets: {"0": 5}}`), true},
		"kafka from no offset":      {kafka(`start: {offsets: {"0": x}}`), false},
		"kafka from nowhere":        {kafka("start: {}"), false},
		"kafka from two places":     {kafka(`start: {timestamp: 2024-04-01, offsets: {"0": 5}}`), false},
		"kafka with log-in":         {kafka(`tls: {}, sasl: {mechanism: plain, username: u, password: "${P}"}`), true},
		"kafka of CSV":              {replace("files: {path: data/legacy/*.json, format: json}", "kafka: {brokers: b, topic: t, format: csv}"), false},
		"kafka of many brokers":     {replace("files: {path: data/legacy/*.json, format: json}", "kafka: {brokers: [a, b], topic: t, format: avro}"), true},
		"files and kafka":           {replace("files: {path: data/legacy/*.json, format: json}", "files: {path: x, format: json}, kafka: {brokers: b, topic: t, format: json}"), false},
		"after another flow":        {replace("once: true", "once: true\n    depends_on: [a]\n    was: b"), true},
		"accepted":                  {replace("delta: {path:", "was: o\n    accept: {gap: no such rows}\n    delta: {path:"), true},
		"accepted without reason":   {replace("delta: {path:", "accept: {gap: true}\n    delta: {path:"), false},
		"format of a later version": {replace("format: json}", "format: avro}"), false},
	} {
		t.Run(name, func(t *testing.T) {
			src := tt.edit(seed)
			if src == seed && name != "seed" {
				t.Fatal("the edit changed nothing")
			}
			var diags diag.List
			Parse("s.yaml", []byte(src), &diags)
			var doc any
			if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
				t.Fatal(err)
			}
			err := schema.Validate(doc)
			if (err == nil) != tt.valid {
				t.Errorf("schema: valid %t, want %t: %v", err == nil, tt.valid, err)
			}
			if diags.HasErrors() == tt.valid {
				t.Errorf("parser: %v", diags.Sorted())
			}
		})
	}
}

// kafka makes a source of the seed a topic.
func kafka(options string) func(string) string {
	return replace("files: {path: data/legacy/*.json, format: json}", "kafka: {brokers: b, topic: t, format: json, "+options+"}")
}

func replace(old, new string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, new, 1) }
}

func add(text string) func(string) string {
	return func(s string) string { return s + text + "\n" }
}

const seed = `# yaml-language-server: $schema=./.seamflow/pipeline.schema.json
pipeline: online_orders
go: {package: orders, out: ./orders}

schemas:
  Order: schemas/order.schema.json

sources:
  online_orders: {schema: Order, files: {path: data/online/*.json, format: json}}
  legacy_orders: {schema: Order, files: {path: data/legacy/*.json, format: json}}

views:
  online_order_view: >-
    SELECT *, SAFE_CAST(lastUpdateTime AS TIMESTAMP) AS lastUpdateTimestamp FROM online_orders WHERE status = 'complete'
  legacy_view: >-
    SELECT *, SAFE_CAST(lastUpdateTime AS TIMESTAMP) AS lastUpdateTimestamp FROM legacy_orders

tables:
  online_order_completed:
    delta: {path: tables/online_order_completed}

flows:
  online_order_completed_flow:
    apply_changes:
      target: online_order_completed
      source: online_order_view
      keys: [id]
      sequence_by: lastUpdateTimestamp
      stored_as_scd_type: 1
  online_order_legacy_completed_flow:
    once: true
    apply_changes:
      {target: online_order_completed, source: legacy_view, keys: [id], sequence_by: lastUpdateTimestamp, stored_as_scd_type: 1}
`
