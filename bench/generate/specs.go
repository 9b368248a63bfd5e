package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// size is how much there is to generate.
type size struct{ pipelines, records, fields int }

// writeSpecs makes the pipelines' specs in dir, their schemas below it, and gives the specs' names.
func writeSpecs(dir string, s size) ([]string, error) {
	var specs []string
	for p := range s.pipelines {
		name := fmt.Sprintf("p%03d", p)
		for r := range s.records {
			if err := write(filepath.Join(dir, schemaFile(name, r)), recordSchema(r, s.fields)); err != nil {
				return nil, err
			}
		}
		if err := write(filepath.Join(dir, name+".yaml"), spec(name, s.records)); err != nil {
			return nil, err
		}
		specs = append(specs, name+".yaml")
	}
	return specs, nil
}

func write(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

var nouns = []string{"Order", "Customer", "Shipment", "Payment", "Refund", "Product", "Store", "Visit", "Basket", "Ticket"}

func noun(r int) string {
	if r < len(nouns) {
		return nouns[r]
	}
	return fmt.Sprintf("%s%d", nouns[r%len(nouns)], r/len(nouns))
}

func schemaFile(pipeline string, r int) string {
	return filepath.Join("schemas", pipeline, strings.ToLower(noun(r))+".schema.json")
}

// kinds are a record's fields beside its key and time, in turn. A nested one counts as the fields inside it.
var kinds = []struct {
	fields int
	schema string
}{
	{1, `{"type": ["string", "null"], "description": "Free text."}`},
	{1, `{"type": "integer"}`},
	{1, `{"type": ["number", "null"]}`},
	{1, `{"type": "boolean"}`},
	{1, `{"type": ["string", "null"], "format": "date-time"}`},
	{1, `{"type": "number", "format": "decimal", "x-precision": 12, "x-scale": 2, "description": "In the currency of the order."}`},
	{1, `{"enum": ["new", "open", "done", null]}`},
	{4, `{"type": ["object", "null"], "properties": {"street": {"type": "string"}, "zip": {"type": ["string", "null"]}, "city": {"type": "string"}, "floor": {"type": "integer", "format": "int32"}}}`},
	{1, `{"type": "string", "format": "date"}`},
	{1, `{"type": "array", "items": {"type": "string"}}`},
	{1, `{"type": "string", "format": "uuid"}`},
	{3, `{"type": "array", "items": {"type": "object", "required": ["sku", "quantity"], "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "format": "int32"}, "note": {"type": ["string", "null"]}}}}`},
	{1, `{"type": ["object", "null"], "additionalProperties": {"type": "string"}}`},
}

// recordSchema is the JSON Schema of record r: id, updatedAt, status, and fields of all kinds up to their number.
func recordSchema(r, fields int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": %q,\n", noun(r))
	fmt.Fprintf(&b, "  \"description\": \"What is known of a %s, as it stood at updatedAt.\",\n", strings.ToLower(noun(r)))
	b.WriteString("  \"type\": \"object\",\n  \"required\": [\"id\", \"updatedAt\"],\n  \"properties\": {\n")
	b.WriteString("    \"id\": {\"type\": \"string\"},\n    \"updatedAt\": {\"type\": \"string\", \"format\": \"date-time\"},\n    \"status\": {\"type\": [\"string\", \"null\"]}")
	for n, i := 3, r; n < fields; i++ {
		k := kinds[i%len(kinds)]
		if n+k.fields > fields {
			k = kinds[0]
		}
		fmt.Fprintf(&b, ",\n    \"%sField%d\": %s", strings.ToLower(noun(r)), n, k.schema)
		n += k.fields
	}
	b.WriteString("\n  }\n}\n")
	return b.String()
}

// spec is a pipeline that reads every record: the newest state of the first, the history of the second, every row of the
// third, and what the others have in common.
func spec(name string, records int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "pipeline: %s\ngo: {package: %s, out: ./out/%s}\nschemas:\n", name, name, name)
	for r := range records {
		fmt.Fprintf(&b, "  %s: %s\n", noun(r), filepath.ToSlash(schemaFile(name, r)))
	}
	b.WriteString("sources:\n")
	for r := range records {
		low := strings.ToLower(noun(r))
		fmt.Fprintf(&b, "  %ss: {schema: %s, files: {path: \"data/%s/*.json\", format: json}}\n", low, noun(r), low)
	}
	b.WriteString("views:\n")
	first := strings.ToLower(noun(0))
	fmt.Fprintf(&b, "  done_%ss: SELECT *, COALESCE(status, 'none') = 'done' AS is_done FROM %ss WHERE status <> 'draft'\n", first, first)
	for r := 3; r < records; r++ {
		low := strings.ToLower(noun(r))
		fmt.Fprintf(&b, "  %s_activity: SELECT id, updatedAt, status, '%s' AS kind FROM %ss\n", low, low, low)
	}
	var tables, flows strings.Builder
	table := func(name, flow string) {
		fmt.Fprintf(&tables, "  %s: {delta: {path: tables/%s}}\n", name, name)
		fmt.Fprintf(&flows, "  %s_flow: %s\n", name, flow)
	}
	for r := range min(records, 3) {
		low := strings.ToLower(noun(r))
		switch r {
		case 0:
			table("newest_"+low, "{apply_changes: {target: newest_"+low+", source: done_"+low+"s, keys: [id], sequence_by: updatedAt, apply_as_deletes: status = 'deleted'}}")
		case 1:
			table(low+"_history", "{apply_changes: {target: "+low+"_history, source: "+low+"s, keys: [id], sequence_by: updatedAt, stored_as_scd_type: 2}}")
		case 2:
			table("all_"+low, "{append_flow: {target: all_"+low+", source: "+low+"s}}")
		}
	}
	if records > 3 {
		tables.WriteString("  activity: {delta: {path: tables/activity}}\n")
	}
	for r := 3; r < records; r++ {
		low := strings.ToLower(noun(r))
		fmt.Fprintf(&flows, "  %s_activity_flow: {append_flow: {target: activity, source: %s_activity}}\n", low, low)
	}
	b.WriteString("tables:\n" + tables.String() + "flows:\n" + flows.String())
	return b.String()
}
