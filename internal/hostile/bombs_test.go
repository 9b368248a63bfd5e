package hostile

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/seamflow/seamflow/gen"
)

const (
	bombSpec = "pipeline: p\ngo: {package: p, out: ./p}\nschemas: {R: r.json}\nsources:\n  s: {schema: R, files: {path: \"*.json\", format: json}}\ntables: {t: {delta: {path: t}}}\nflows: {f: {append_flow: {target: t, source: s}}}\n"
	bombJSON = `{"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}, "ok": {"type": "boolean"}}}`
)

func times(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.NewReplacer("#i", fmt.Sprint(i), "#j", fmt.Sprint(i+1)).Replace(format))
	}
	return b.String()
}

// TestBombs generates from files that are small and would be large, or are as large as they may be: memory stays in
// proportion to them.
func TestBombs(t *testing.T) {
	spec := func(text string) map[string]string { return map[string]string{"p.yaml": text, "r.json": bombJSON} }
	schema := func(text string) map[string]string { return map[string]string{"p.yaml": bombSpec, "r.json": text} }
	avro := func(text string) map[string]string {
		return map[string]string{"p.yaml": strings.Replace(bombSpec, "r.json", "r.avsc", 1), "r.avsc": text}
	}
	where := func(sql string) map[string]string {
		return spec(strings.Replace(bombSpec, "source: s}", "source: s, where: "+jsonText(sql)+"}", 1))
	}
	ring := schema(`{"type": "object", "properties": {"a": {"$ref": "f0.json"}}}`)
	for i := range 200 {
		ring[fmt.Sprintf("f%d.json", i)] = fmt.Sprintf(`{"type": "object", "properties": {"a": {"$ref": "f%d.json"}, "b": {"$ref": "f%d.json"}}}`, i+1, i+1)
	}
	for name, files := range map[string]map[string]string{
		"yaml aliases":           spec("a: &a [x, x, x, x, x, x, x, x, x]\n" + times(30, "a#j: &a#j [*a#i, *a#i, *a#i, *a#i, *a#i]\n") + bombSpec),
		"yaml aliases doubled":   spec("pipeline: p\nx0: &x0 {a: b}\n" + times(40, "x#j: &x#j {a: *x#i, b: *x#i}\n")),
		"yaml merges":            spec("pipeline: p\nx0: &x0 {a: b}\n" + times(40, "x#j: &x#j {<<: [*x#i, *x#i]}\n")),
		"yaml deep flow":         spec("pipeline: " + strings.Repeat("[", 200_000)),
		"yaml deep block":        spec(times(2000, "- ") + "x"),
		"yaml deep mapping":      spec("pipeline: " + strings.Repeat("{a: ", 100_000)),
		"yaml wide":              spec(bombSpec + times(60_000, "k#i: v\n")),
		"yaml one key again":     spec(bombSpec + times(60_000, "pipeline: p\n")),
		"yaml long text":         spec(bombSpec + "views: {v: \"" + strings.Repeat("x", 900_000) + "\"}\n"),
		"yaml too long":          spec(bombSpec + strings.Repeat("# x\n", 400_000)),
		"yaml many documents":    spec(strings.Repeat("--- {}\n", 100_000)),
		"yaml many errors":       spec(bombSpec + times(20_000, "x#i: [\n")),
		"yaml tabs":              spec(strings.Repeat("a:\n\t", 100_000)),
		"tables":                 spec(strings.Replace(bombSpec, "tables: {", "tables: {"+times(3000, "t#i: {delta: {path: t#i}}, "), 1)),
		"views on views":         spec(bombSpec + "views:\n  v0: SELECT *, * FROM s\n" + times(30, "  v#j: SELECT *, * FROM v#i\n")),
		"unions on unions":       spec(bombSpec + "views:\n  v0: SELECT id FROM s\n" + times(40, "  v#j: SELECT id FROM v#i UNION ALL SELECT id FROM v#i\n")),
		"projections doubled":    spec(strings.Replace(bombSpec, "source: s}", "source: v40}", 1) + "views:\n  v0: SELECT id FROM s\n" + times(40, "  v#j: SELECT CONCAT(id, id) AS id FROM v#i\n")),
		"json deep":              schema(strings.Repeat("[", 1_000_000)),
		"json deep objects":      schema(strings.Repeat(`{"a":`, 200_000)),
		"json schema deep":       schema(strings.Repeat(`{"type": "object", "properties": {"a": `, 20_000)),
		"json refs doubled":      schema(`{"$ref": "#/$defs/d0", "$defs": {` + times(60, `"d#i": {"type": "object", "properties": {"a": {"$ref": "#/$defs/d#j"}, "b": {"$ref": "#/$defs/d#j"}}}, `) + `"d60": {"type": "string"}}}`),
		"json allOf doubled":     schema(`{"$ref": "#/$defs/d0", "$defs": {` + times(60, `"d#i": {"allOf": [{"$ref": "#/$defs/d#j"}, {"$ref": "#/$defs/d#j"}]}, `) + `"d60": {"properties": {"x": {"type": "string"}}}}}`),
		"json lists of lists":    schema(`{"type": "object", "properties": {"a": ` + strings.Repeat(`{"type": "array", "items": `, 5000) + `{"type": "string"}` + strings.Repeat("}", 5000) + `}}`),
		"json enum":              schema(`{"type": "object", "properties": {"e": {"enum": [` + times(50_000, `"e#i", `) + `"x"]}}}`),
		"json long enum":         schema(`{"type": "object", "properties": {"e": {"enum": ["` + strings.Repeat("x", 2_000_000) + `"]}}}`),
		"json numbers":           schema(`{"type": "object", "properties": {"e": {"type": "number", "format": "decimal", "x-precision": 38, "x-scale": 2, "default": 1e` + strings.Repeat("9", 100_000) + `}}}`),
		"json exponents":         schema(`{"type": "object", "properties": {"e": {"type": "integer", "default": 1e999999999}, "f": {"type": "number", "format": "decimal", "x-precision": 38, "x-scale": 2, "default": 1e-999999999}}}`),
		"json files":             ring,
		"json fields":            schema(`{"type": "object", "properties": {` + times(4000, `"field#i": {"type": "string"}, `) + `"x": {"type": "string"}}}`),
		"json same fields":       schema(`{"type": "object", "properties": {` + times(2000, `"a`+"\u0301"+`#i": {"type": "string"}, "A#i": {"type": "string"}, `) + `"x": {"type": "string"}}}`),
		"avro deep":              avro(strings.Repeat(`{"type": "array", "items": `, 50_000)),
		"avro records doubled":   avro(`{"type": "record", "name": "R", "fields": [` + times(200, `{"name": "f#i", "type": {"type": "record", "name": "R#i", "fields": [{"name": "a", "type": "int"}]}}, {"name": "g#i", "type": "R#i"}, `) + `{"name": "x", "type": "int"}]}`),
		"avro nested in nested":  avro(strings.Repeat(`{"type": "record", "name": "R", "fields": [{"name": "a", "type": `, 5000)),
		"avro symbols":           avro(`{"type": "record", "name": "R", "fields": [{"name": "e", "type": {"type": "enum", "name": "E", "symbols": [` + times(30_000, `"S#i", `) + `"X"]}}]}`),
		"sql deep":               where(strings.Repeat("(", 100_000) + "ok"),
		"sql not":                where(strings.Repeat("NOT ", 100_000) + "ok"),
		"sql and":                where(strings.Repeat("ok AND ", 50_000) + "ok"),
		"sql plus":               where("n" + strings.Repeat("+n", 100_000) + " > 0"),
		"sql case":               where(strings.Repeat("CASE WHEN ok THEN ", 20_000) + "ok"),
		"sql long text":          where("id = '" + strings.Repeat("x", 900_000) + "'"),
		"sql in":                 where("n IN (" + strings.Repeat("1,", 100_000) + "1)"),
		"sql calls doubled":      where(strings.Repeat("COALESCE(n, ", 3000) + "n" + strings.Repeat(")", 3000) + " > 0"),
		"lock of broken lines":   {"p.yaml": bombSpec, "r.json": bombJSON, "seamflow.lock": strings.Repeat("<<<<<<< x\n\"\nfield a b c d\n", 20_000)},
		"lock of tags":           {"p.yaml": bombSpec, "r.json": bombJSON, "seamflow.lock": times(50_000, "field p R f#i 7\n")},
		"lock of outputs":        {"p.yaml": bombSpec, "r.json": bombJSON, "seamflow.lock": times(50_000, "output p o#i.gen.go\n")},
		"lock of one long line":  {"p.yaml": bombSpec, "r.json": bombJSON, "seamflow.lock": "output p \"" + strings.Repeat(`\u0041`, 500_000) + "\"\n"},
		"stamp that is no stamp": {"p.yaml": bombSpec, "r.json": bombJSON, ".seamflow/generate/stamp": strings.Repeat("0", 64) + "\n" + strings.Repeat(`{"Specs":[`, 300_000)},
	} {
		t.Run(name, func(t *testing.T) {
			tr := trial{files: files, kind: name}
			base := filepath.Join(t.TempDir(), "t")
			project := tr.write(t, base)
			size := 0
			for _, text := range files {
				size += len(text)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			res, err := gen.Run(context.Background(), gen.Options{Dir: project, Specs: []string{"p.yaml"}, Skip: true})
			runtime.ReadMemStats(&after)
			if err != nil {
				tr.checkError(t, err)
			} else {
				tr.checkDiagnostics(t, res)
			}
			used := int(after.TotalAlloc - before.TotalAlloc)
			t.Logf("%d kB of files, %d kB allocated, errors %v", size>>10, used>>10, err != nil || res.HasErrors())
			if most := 256<<20 + 50*size; used > most {
				t.Errorf("%d MB were allocated for %d kB", used>>20, size>>10)
			}
		})
	}
}
