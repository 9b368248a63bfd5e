package hostile

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// hurtful are texts that would be code, a directive, the end of a comment or a literal, another file, or another name, if
// somebody took them for more than text. pwned() would be the code.
var hurtful = []string{
	`"`, `'`, "`", `\`, `"); pwned(); //`, "`); pwned(); //", `"+pwned()+"`, "*/ pwned() /*", "/*", "*/", "//", "// x", "#", "\x00", "\x1b[2J\x1b]0;x\x07", "\x7f",
	"a\nb", "\n", "\r\n", "\n//go:build ignore\n", "\n//go:embed secret", "//go:linkname a b", "\n//line /etc/passwd:1", "//line x.go:1", "//export x", "\n// +build ignore", "/*line x:1*/",
	"\u2028", "\u2029", "\u0085", "a\u2028pwned()", "\ufeff", "\u202e\u2066x", "\u200b", "\u00ad", "a\u0301", "\U0001f4a3",
	"%s%n%!d(x)", "%[1]*d", "%", "{{.}}", "${HOME}", "${X:-`id`}", "$(touch pwned)", "`touch pwned`", "; rm -rf .", "| cat", "&& id", "-o", "--help",
	"type", "func", "import", "package", "var", "return", "init", "main", "_", "nil", "any", "string", "error", "len", "append", "iota", "true",
	"Order", "\u041erder", "order", "ORDER", "Ord\u0435r", "id", "Id", "ID", "\u0131d", "\uff49d", "K", "\u212a", "1st", "-1", "0", "0x10", "1e9", "..", ".", "", " ", "~", "null", "yes", "[a]", "{a: b}", "*a", "&a", "!!x", "- a", "? a", "a: b", "@", "a,b",
	"../x", "../../outside/secret", "a/../../x", "/etc/passwd", "/", `C:\x`, `\\host\share`, "file:///etc/passwd", "x/../..", "./.", "con", "nul.json", "a//b", ".git/hooks/post-checkout", "..\\x",
	"x\n}\n\nfunc init() { pwned() }\n\nfunc x() {\n//", "x string\n}\nfunc init() { pwned() }\ntype y struct {", `x" + string(os.Args[0]) + "`, "= 1 OR 1 = 1; DROP TABLE x; --", "' OR ''='", "id /* */ --", "id; SELECT 1",
	"<script>", "&quot;", "]]>", "\xff\xfe", "\xed\xa0\x80", "a\xc0\xafb", strings.Repeat("x", 300), strings.Repeat("long ", 2000), strings.Repeat("\U0001f4a3", 200), strings.Repeat("../", 60) + "etc/passwd",
	"__START_AT", "_rescued_data", "Reset", "DecodeJSON", "Pipeline", "toolVersion", "graph", "value", "flow", "jsonr", "unsafe", "os", "C",
}

// sql are texts for where SQL stands.
var sql = []string{
	"1 = 1", "id = 'x'", "id = \"\\u2028\"", "id != '`\"*/'", "(((id", "id = '", "id IN (SELECT 1)", "pwned()", "id = 'x'; DROP", "EXEC('x')", "CAST(id AS STRING) = '%n'", "n / 0 = 1", "n > 99999999999999999999999999", "id LIKE '%'", "NOT NOT NOT ok",
	"id = r'\\'", "id = '''a\nb'''", "id = b'x'", "@x", "?", "id -- x", "id /* x", "`id` = 'a'", "`a``b`", "ok AND ok OR ok", "CASE WHEN ok THEN TRUE END", "n IN (1,2,3)", "id = '\\x22); pwned(); //'", "id = '\n//go:embed x\n'",
	strings.Repeat("(", 400) + "ok" + strings.Repeat(")", 400), strings.Repeat("NOT ", 500) + "ok", "n" + strings.Repeat(" + n", 200) + " > 0", "id = '" + strings.Repeat("x", 5000) + "'", strings.Repeat("ok AND ", 200) + "ok",
}

// trial is one hostile repository: files below the project's folder, and links, whose targets may be anywhere.
type trial struct {
	files map[string]string
	links map[string]string
	dirs  []string
	kind  string
}

// maker makes trials of random numbers; canary is the address that http $refs lead to.
type maker struct {
	*rand.Rand
	canary string
}

func (m *maker) text() string {
	s := hurtful[m.IntN(len(hurtful))]
	switch m.IntN(8) {
	case 0:
		return s + hurtful[m.IntN(len(hurtful))]
	case 1:
		return "a" + s
	case 2:
		return s + "b"
	}
	return s
}

// maybe gives a hurtful text at times.
func (m *maker) maybe(usual string, odds int) string {
	if m.IntN(odds) == 0 {
		return m.text()
	}
	return usual
}

func (m *maker) condition() string {
	if m.IntN(5) > 0 {
		return "id = " + sqlString(m.text())
	}
	return sql[m.IntN(len(sql))]
}

func sqlString(s string) string { return strconv.Quote(s) }

// yaml writes a text as YAML: in double quotes, or as it is.
func (m *maker) yaml(s string) string {
	if m.IntN(300) == 0 {
		return s
	}
	return jsonText(s)
}

// jsonText is s in double quotes as JSON and YAML read it; bytes that are not UTF-8 stay.
func jsonText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// trial makes the n-th kind of trial in turn.
func (m *maker) trial(n int) trial {
	t := trial{files: map[string]string{}, links: map[string]string{}, kind: "texts"}
	odds := []int{4, 20, 60, 150}[m.IntN(4)]
	t.files["schemas/order.schema.json"] = m.jsonSchema(odds)
	t.files["schemas/order.avsc"] = m.avro(odds)
	t.files["schemas/part.json"] = `{"type": "object", "properties": {"zip": {"type": "string"}}}`
	t.files["p.yaml"] = m.spec(odds)
	switch n % 10 {
	case 7:
		t.kind = "links"
		m.link(&t)
	case 8:
		t.kind = "references"
		t.files["p.yaml"] = m.spec(1000)
		t.files["schemas/order.schema.json"] = m.references()
	case 9:
		t.kind = "bytes"
		name := []string{"p.yaml", "schemas/order.schema.json", "schemas/order.avsc", "seamflow.lock"}[m.IntN(4)]
		t.files["seamflow.lock"] = m.lock()
		t.files[name] = m.mangle(t.files[name])
	}
	return t
}

func (m *maker) spec(odds int) string {
	var b strings.Builder
	y := func(usual string) string { return m.yaml(m.maybe(usual, odds)) }
	k := func(usual string) string { return m.yaml(m.maybe(usual, odds*10)) } // where little but the usual is right
	schema := []string{"schemas/order.schema.json", "schemas/order.avsc"}[m.IntN(2)]
	record, source, view, table := m.maybe("Order", odds), m.maybe("orders", odds), m.maybe("done", odds), m.maybe("newest", odds)
	fmt.Fprintf(&b, "pipeline: %s\ngo: {package: %s, out: %s}\n", y("shop"), y("shop"), k("./shop"))
	fmt.Fprintf(&b, "schemas:\n  %s: %s\n", m.yaml(record), k(schema))
	if m.IntN(3) > 0 {
		fmt.Fprintf(&b, "sources:\n  %s: {schema: %s, rescue: %v, files: {path: %s, format: %s}}\n", m.yaml(source), m.yaml(record), m.IntN(2) == 0, k("data/*.json"), k([]string{"json", "json", "csv"}[m.IntN(3)]))
	} else {
		fmt.Fprintf(&b, "sources:\n  %s: {schema: %s, kafka: {brokers: %s, topic: %s, format: %s, group: %s}}\n", m.yaml(source), m.yaml(record), y("${BROKERS}"), y("orders"), k([]string{"json", "avro"}[m.IntN(2)]), y("g"))
	}
	fmt.Fprintf(&b, "views:\n  %s: %s\n", m.yaml(view), jsonText("SELECT *, "+sqlString(m.text())+" AS marker FROM "+sqlName(source)+" WHERE "+m.condition()))
	fmt.Fprintf(&b, "tables:\n  %s:\n    delta: {path: %s}\n    comment: %s\n    on_bad_record: %s\n", m.yaml(table), y("tables/newest"), y("Words."), k("quarantine"))
	if m.IntN(2) == 0 {
		fmt.Fprintf(&b, "    expectations: {%s: {expect: %s, on_violation: %s}}\n", y("has_id"), jsonText(m.condition()), k("warn"))
	}
	fmt.Fprintf(&b, "flows:\n  %s:\n", y("flow"))
	if m.IntN(2) == 0 {
		fmt.Fprintf(&b, "    append_flow: {target: %s, source: %s, where: %s}\n", m.yaml(table), m.yaml(view), jsonText(m.condition()))
	} else {
		fmt.Fprintf(&b, "    apply_changes:\n      target: %s\n      source: %s\n      keys: [%s]\n      sequence_by: %s\n      apply_as_deletes: %s\n      stored_as_scd_type: %d\n",
			m.yaml(table), m.yaml(view), k("id"), k("n"), jsonText(m.condition()), 1+m.IntN(2))
	}
	if m.IntN(4) == 0 {
		fmt.Fprintf(&b, "targets: {%s: {%s: %s}}\n", k("dev"), k("tables.newest.delta.path"), y("elsewhere"))
	}
	return b.String()
}

func sqlName(name string) string {
	return "`" + strings.NewReplacer("\\", `\\`, "`", "\\`", "\n", `\n`).Replace(name) + "`"
}

// jsonSchema is a schema that is right but for the texts in it.
func (m *maker) jsonSchema(odds int) string {
	j := func(usual string) string { return jsonText(m.maybe(usual, odds)) }
	members := []string{
		`"id": {"type": "string", "description": ` + j("The key.") + `}`, `"n": {"type": "integer", "title": ` + j("N") + `}`, `"ok": {"type": "boolean"}`,
		j("state") + `: {"enum": [` + j("new") + `, ` + j("done") + `], "description": ` + j("Where it is.") + `}`,
		j("name") + `: {"type": "string", "default": ` + j("none") + `, "pattern": ` + j("^a$") + `}`,
		j("at") + `: {"type": "string", "format": ` + j("date-time") + `}`,
		j("nested") + `: {"type": "object", "title": ` + j("Nested") + `, "properties": {` + j("x") + `: {"type": "string"}, ` + j("list") + `: {"type": "array", "items": {"$ref": ` + j("#/$defs/Line") + `}}}}`,
		j("fixed") + `: {"const": ` + j("c") + `}`,
		j("amount") + `: {"type": "number", "format": "decimal", "x-precision": ` + strconv.Itoa(8+m.IntN(32)) + `, "x-scale": ` + strconv.Itoa(m.IntN(10)-1) + `}`,
		j("attrs") + `: {"type": "object", "additionalProperties": {"type": "string"}}`,
	}
	m.Shuffle(len(members)-3, func(i, k int) { members[i+3], members[k+3] = members[k+3], members[i+3] })
	return `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ` + j("order.schema.json") + `, "title": ` + j("Order") + `, "description": ` + j("An order.") +
		`, "type": "object", "required": ["id", ` + j("n") + `], "properties": {` + strings.Join(members[:3+m.IntN(len(members)-2)], ", ") + `}, "$defs": {` + j("Line") + `: {"type": "object", "properties": {` + j("sku") + `: {"type": "string"}}}}}`
}

func (m *maker) avro(odds int) string {
	j := func(usual string) string { return jsonText(m.maybe(usual, odds)) }
	return `{"type": "record", "name": ` + j("Order") + `, "namespace": ` + j("shop.v1") + `, "doc": ` + j("An order.") + `, "aliases": [` + j("Old") + `], "fields": [{"name": "id", "type": "string", "doc": ` + j("The key.") + `}, {"name": "n", "type": "long"}, {"name": "ok", "type": "boolean"}, ` +
		`{"name": ` + j("state") + `, "type": {"type": "enum", "name": ` + j("State") + `, "symbols": [` + j("NEW") + `, ` + j("DONE") + `], "default": ` + j("NEW") + `}}, {"name": ` + j("note") + `, "type": ["string", "null"], "default": ` + j("none") + `}, ` +
		`{"name": ` + j("line") + `, "type": {"type": "array", "items": {"type": "record", "name": ` + j("Line") + `, "fields": [{"name": ` + j("sku") + `, "type": "string", "order": ` + j("ascending") + `}]}}}]}`
}

// references is a schema whose $refs lead where they must not.
func (m *maker) references() string {
	to := []string{
		"http://" + m.canary + "/order.json", "https://" + m.canary + "/order.json", "http://" + m.canary + "/a#/$defs/x", "//" + m.canary + "/x.json", "ftp://" + m.canary + "/x",
		"file:///etc/passwd", "file://localhost/etc/passwd", "file:../../outside/secret.json", "/etc/passwd", "../../outside/secret.json", "../../../outside/secret.json", "..%2f..%2foutside%2fsecret.json", "%2e%2e/%2e%2e/outside/secret.json",
		"part.json", "part.json#/properties/zip", "part.json?x=1", "#", "#/properties/r0", "#/$defs/loop", "#/%", "%zz", "part.json#%00", `..\..\outside\secret.json`, "./part.json", "../schemas/part.json", "order.schema.json", "http://", "urn:x:y", "data:application/json,{}", "\x00", "part.json\x00.txt", m.text(),
	}
	var members []string
	for i := range 1 + m.IntN(3) {
		members = append(members, fmt.Sprintf(`"r%d": {"$ref": %s}`, i, jsonText(to[m.IntN(len(to))])))
	}
	id := ""
	if m.IntN(3) == 0 {
		id = `"$id": ` + jsonText(to[m.IntN(len(to))]) + `, `
	}
	return `{` + id + `"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}, "ok": {"type": "boolean"}, ` + strings.Join(members, ", ") + `}, "$defs": {"loop": {"$ref": "#/$defs/loop"}}}`
}

// link puts a link, a folder or a pipe where a file or folder of generation is.
func (m *maker) link(t *trial) {
	t.files["p.yaml"] = m.spec(1000)
	t.files["schemas/order.schema.json"] = m.jsonSchema(1000)
	t.files["schemas/order.avsc"] = m.avro(1000)
	where := []string{"shop", "shop/pipeline.gen.go", "shop/order_record.gen.go", "seamflow.lock", "schemas/order.schema.json", "schemas/order.avsc", "schemas", ".seamflow", ".seamflow/generate", ".seamflow/generate/stamp", "tables", "data"}[m.IntN(12)]
	if where == "schemas" || strings.HasPrefix(where, "schemas/") {
		delete(t.files, where)
		for name := range t.files {
			if strings.HasPrefix(name, where+"/") {
				delete(t.files, name)
			}
		}
	}
	to := []string{"../outside", "../outside/secret.json", "../outside/generated.gen.go", "../outside/new", "/etc", "/etc/passwd", "/dev/zero", "/proc/self/mem", "shop", ".", "..", "p.yaml", "schemas/part.json", "loop", where, "/nonexistent"}
	if m.IntN(6) == 0 {
		t.dirs = append(t.dirs, where)
		return
	}
	t.links[where] = to[m.IntN(len(to))]
	if strings.Contains(where, "/") && !strings.HasPrefix(to[0], "/") && m.IntN(2) == 0 {
		t.links[where] = "../" + t.links[where]
	}
}

// lock is a lock file of hostile facts.
func (m *maker) lock() string {
	var b strings.Builder
	for range m.IntN(6) {
		w := func() string { return strconv.QuoteToASCII(m.text()) }
		switch m.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "field shop Order %s %d\n", w(), m.IntN(20)-2)
		case 1:
			fmt.Fprintf(&b, "output shop %s\n", strconv.QuoteToASCII([]string{"../outside/generated.gen.go", "/etc/passwd", "shop/../../outside/generated.gen.go", "p.yaml", "schemas/part.json", "seamflow.lock", ".", "", m.text()}[m.IntN(9)]))
		case 2:
			fmt.Fprintf(&b, "output %s %s\n", w(), w())
		case 3:
			fmt.Fprintf(&b, "%s %s\n", w(), w())
		}
	}
	return b.String()
}

// mangle damages a text.
func (m *maker) mangle(s string) string {
	b := []byte(s)
	for range 1 + m.IntN(4) {
		if len(b) == 0 {
			return m.text()
		}
		at := m.IntN(len(b))
		switch m.IntN(4) {
		case 0:
			b = b[:at]
		case 1:
			b[at] = byte(m.IntN(256))
		case 2:
			b = append(b[:at:at], append([]byte(m.text()), b[at:]...)...)
		case 3:
			end := min(len(b), at+m.IntN(60))
			b = append(b[:end:end], b[at:]...)
		}
	}
	return string(b)
}
