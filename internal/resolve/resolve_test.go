package resolve

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// folder is a spec's folder in memory.
type folder map[string]string

func (f folder) ReadFile(path string) ([]byte, error) {
	if text, ok := f[path]; ok {
		return []byte(text), nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// schemas of all tests.
var schemas = folder{
	"a.json": `{"type": "object", "required": ["id"], "properties": {
  "id": {"type": "string"},
  "n": {"type": ["integer", "null"]},
  "small": {"type": ["integer", "null"], "format": "int32"},
  "at": {"type": ["string", "null"], "format": "date-time"},
  "kind": {"enum": ["x", "y", null]},
  "who": {"type": ["object", "null"], "properties": {"name": {"type": ["string", "null"]}}},
  "tags": {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
}}`,
	"b.json":       `{"type": "object", "required": ["ID"], "properties": {"ID": {"type": "string"}, "n": {"type": ["number", "null"]}, "extra": {"type": ["boolean", "null"]}}}`,
	"twins.json":   `{"type": "object", "properties": {"id": {"type": ["string", "null"]}, "in": {"type": ["object", "null"], "properties": {"x": {"type": ["string", "null"]}, "X": {"type": ["string", "null"]}}}}}`,
	"meta.json":    `{"type": "object", "properties": {"_File_Path": {"type": ["string", "null"]}}}`,
	"v.avsc":       `{"type": "record", "name": "V", "fields": [{"name": "id", "type": "string"}]}`,
	"k.json":       `{"type": "object", "properties": {"_Key": {"type": ["string", "null"]}}}`,
	"deep/in.avsc": `{"type": "record", "name": "In", "fields": [{"name": "id", "type": "string"}, {"name": "__seamflow_x", "type": "int"}]}`,
	"bad.json":     `{"type": "object", "properties": {"x": {"type": "strnig"}}}`,
}

func resolveText(t *testing.T, text string) (*model.Pipeline, []diag.Diagnostic) {
	t.Helper()
	var diags diag.List
	tree := spec.Parse("dir/p.yaml", []byte(text), &diags)
	if tree == nil || diags.HasErrors() {
		t.Fatalf("the spec does not parse: %v", diags.Sorted())
	}
	p := Resolve(tree, schemas, &diags)
	return p, diags.Sorted()
}

// head is how all specs of these tests begin: 6 lines.
const head = `pipeline: p
schemas: {A: a.json, B: b.json}
sources:
  a: {schema: A, files: {path: a/*.json, format: json}}
  b: {schema: B, files: {path: b/*.json, format: json}}
tables: {t: {delta: {path: t}}}
`

func TestErrors(t *testing.T) {
	apply := func(name, rest string) string {
		return "  " + name + ": {apply_changes: {target: t, " + rest + "}}\n"
	}
	tests := map[string]reported{
		"schema file missing":            {"pipeline: p\nschemas: {A: no.json}\n", []string{`dir/p.yaml:2:14: SF0303: the schema file no.json cannot be read: it is not there`}},
		"schema file of unknown kind":    {"pipeline: p\nschemas: {A: a.proto}\n", []string{`dir/p.yaml:2:14: SF0303: the schema file a.proto is of no known kind`}},
		"names that differ by case":      {head + "views: {A: SELECT id FROM b}\nflows:\n  f: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:7:9: SF0302: the view A differs from a only by case`}},
		"fields that differ by case":     {"pipeline: p\nschemas: {T: twins.json}\n", []string{`dir/twins.json:1:156: SF0312: the fields x and X of T.in differ only by case`}},
		"unknown schema":                 {"pipeline: p\nschemas: {Order: a.json}\nsources:\n  s: {schema: Oder, files: {path: x, format: json}}\n", []string{`dir/p.yaml:4:15: SF0301: there is no schema Oder`}},
		"a broken schema is told once":   {"pipeline: p\nschemas: {A: bad.json}\nsources: {s: {schema: A, files: {path: x, format: json}}}\ntables: {t: {delta: {path: t}}}\nflows: {f: {append_flow: {target: t, source: s}}}\n", []string{`dir/bad.json:1:49: SF01`}},
		"comment over folded lines":      {head + "views:\n  v: >-\n    SELECT id\n    FROM a -- some\n    WHERE n = 1\nflows:\n  f: {append_flow: {target: t, source: v}}\n", []string{`dir/p.yaml:10:12: SF0221: this comment takes out the lines below it too`}},
		"comment over lines in quotes":   {head + "views:\n  v: 'SELECT id # no \n    FROM a'\nflows:\n  f: {append_flow: {target: t, source: v}}\n", []string{`dir/p.yaml:8:17: SF0221`}},
		"unknown relation in a view":     {head + "views: {v: SELECT id FROM aa}\nflows:\n  f: {append_flow: {target: t, source: v}}\n", []string{`dir/p.yaml:7:27: SF0301: there is no source or view aa`}},
		"view reads itself":              {head + "views: {v: SELECT id FROM v}\nflows:\n  f: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:7:9: SF0304: the view v reads itself`}},
		"views in a circle":              {head + "views:\n  u: SELECT id FROM v\n  v: SELECT id FROM w\n  w: SELECT id FROM v\nflows:\n  f: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:9:3: SF0304: the view v reads itself: v reads w, which reads v`}},
		"unknown source of a flow":       {head + "flows:\n  f: {append_flow: {target: t, source: A}}\n", []string{`dir/p.yaml:8:40: SF0301: there is no source or view A`}},
		"unknown table":                  {head + "flows:\n  f: {append_flow: {target: tt, source: a}}\n  g: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:8:29: SF0301: there is no table tt`}},
		"table without flows":            {head + "flows: {}\n", []string{`dir/p.yaml:6:10: SF0309: no flow feeds the table t`}},
		"key that is not there":          {head + "flows:\n" + apply("f", "source: a, keys: [idd], sequence_by: at"), []string{`dir/p.yaml:8:52: SF0305: the source a has no column idd, which keys of the flow f names`}},
		"field of a struct as key":       {head + "flows:\n" + apply("f", "source: a, keys: [who.name], sequence_by: at"), []string{`SF0305`}},
		"key twice":                      {head + "flows:\n" + apply("f", "source: a, keys: [id, ID], sequence_by: at"), []string{`dir/p.yaml:8:56: SF0305: keys of the flow f names the column id twice`}},
		"map as key":                     {head + "flows:\n" + apply("f", "source: a, keys: [tags], sequence_by: at"), []string{`dir/p.yaml:8:52: SF0306: the key tags of the flow f is of type MAP<STRING, STRING>`}},
		"map as sequence":                {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: tags"), []string{`dir/p.yaml:8:70: SF0308: sequence_by of the flow f is of type MAP<STRING, STRING>`}},
		"key left out by column_list":    {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at, column_list: [n]"), []string{`dir/p.yaml:8:52: SF0307: the key id of the flow f is not among the table's columns`}},
		"key in except_column_list":      {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at, except_column_list: [ID]"), []string{`SF0307`}},
		"metadata column as key":         {head + "flows:\n" + apply("f", "source: a, keys: [_file_path], sequence_by: at"), []string{`SF0307`}},
		"column list names nothing":      {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at, column_list: [id, m]"), []string{`SF0305: the source a has no column m, which column_list`}},
		"two kinds of flows":             {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at") + "  g: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:9:7: SF0310: the table t is fed by apply_changes and by append_flow`}},
		"types without a common one":     {head + "views: {v: 'SELECT id, kind AS extra FROM a'}\nflows:\n  f: {append_flow: {target: t, source: v}}\n  g: {append_flow: {target: t, source: b}}\n", []string{`SF0311: the column extra of the table t is ENUM by the flow f and BOOLEAN by the flow g`}},
		"integer against floating point": {head + "flows:\n  f: {append_flow: {target: t, source: a}}\n  g: {append_flow: {target: t, source: b}}\n", []string{`SF0311: the column n of the table t is BIGINT by the flow f and DOUBLE by the flow g`}},
		"flows that disagree": {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at") + apply("g", "source: a, keys: [id, n], sequence_by: n"),
			[]string{`dir/p.yaml:9:52: SF0314: the flows f and g of the table t disagree on keys: [id] and [id, n]`, `dir/p.yaml:9:73: SF0314: the flows f and g of the table t disagree on the type of sequence_by: TIMESTAMP and BIGINT`}},
		"sequence of other length": {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at") + apply("g", "source: a, keys: [id], sequence_by: [at, n]"),
			[]string{`SF0314: the flows f and g of the table t disagree on the type of sequence_by: TIMESTAMP and 2 parts (TIMESTAMP, BIGINT)`}},
		"reserved column":             {"pipeline: p\nschemas: {A: deep/in.avsc}\nsources: {s: {schema: A, files: {path: x, format: json}}}\ntables: {t: {delta: {path: t}}}\nflows: {f: {append_flow: {target: t, source: s}}}\n", []string{`SF0313: the column name __seamflow_x of the table t is reserved`}},
		"field hides metadata":        {"pipeline: p\nschemas: {M: meta.json}\nsources: {s: {schema: M, files: {path: x, format: json}}}\n", []string{`dir/meta.json:1:35: SF0316: the field _File_Path of M hides the metadata column _file_path of the source s`}},
		"options without effect":      {strings.Replace(head, "path: t}}", "path: t}, on_tie: fail, updates: rewrite}", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:6:40: SF0318: on_tie`, `dir/p.yaml:6:55: SF0318: updates has no effect on the table t`}},
		"multiline csv":               {"pipeline: p\nschemas: {A: a.json}\nsources: {s: {schema: A, files: {path: x, format: csv, multiline: true}}}\n", []string{`SF0318: multiline has no effect`}},
		"allow_empty without once":    {strings.Replace(head, "a/*.json, format: json", "a/*.json, format: json, allow_empty: true", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n", []string{`dir/p.yaml:4:18: SF0318: allow_empty has no effect on the source a`}},
		"target of an unknown path":   {head + "flows:\n  f: {append_flow: {target: t, source: a}}\ntargets: {dev: {sources.a.path: x}}\n", []string{`dir/p.yaml:9:17: SF0301: there is no connection value sources.a.path`}},
		"where that is no condition":  {head + "flows:\n  f: {append_flow: {target: t, source: a, where: n + 1}}\n", []string{`dir/p.yaml:8:50: SF02`}},
		"delete that is no condition": {head + "flows:\n" + apply("f", "source: a, keys: [id], sequence_by: at, apply_as_deletes: nosuch = 1"), []string{`SF02`}},
		"layout by columns that are not there": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [idd], cluster_by: [who.name]}", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n",
			[]string{`dir/p.yaml:6:47: SF0323: the table t has no column idd, which partition_by names`, `dir/p.yaml:6:66: SF0323: the table t has no column who.name, which cluster_by names`}},
		"layout by types without an order": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [tags], cluster_by: [who]}", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n",
			[]string{`SF0323: the column tags of the table t is MAP<STRING, STRING>, which partition_by cannot take`, `SF0323: the column who of the table t is STRUCT`}},
		"partition of a float": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [n], cluster_by: [n]}", 1) + "flows:\n  f: {append_flow: {target: t, source: b}}\n",
			[]string{`dir/p.yaml:6:47: SF0323: the column n of the table t is DOUBLE, which partition_by cannot take`}},
		"layout by a column twice": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [kind, KIND], cluster_by: [id, small, at, n, kind]}", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n",
			[]string{`dir/p.yaml:6:53: SF0323: partition_by of the table t names the column kind twice`, `SF0323: cluster_by of the table t names more than 4 columns`}},
		"too many partition columns": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [id, kind, small, at]}", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n",
			[]string{`dir/p.yaml:6:64: SF0323: partition_by of the table t names more than 3 columns`}},
		"nothing but partitions": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [id]}", 1) + "views: {v: SELECT id FROM a}\nflows:\n  f: {append_flow: {target: t, source: v}}\n",
			[]string{`dir/p.yaml:6:32: SF0323: partition_by of the table t names all of its columns`}},
		"clustered by a partition": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [kind], cluster_by: [id, kind]}", 1) + "flows:\n  f: {append_flow: {target: t, source: a}}\n",
			[]string{`dir/p.yaml:6:71: SF0318: cluster_by has no effect on kind`}},
		"all at once": {head + "views: {v: SELECT id FROM aa}\nflows:\n" + apply("f", "source: a, keys: [idd], sequence_by: att") + "  g: {append_flow: {target: u, source: c}}\n",
			[]string{`7:27: SF0301`, `9:52: SF0305`, `SF02`, `10:29: SF0301: there is no table u`, `10:40: SF0301: there is no source or view c`}},
	}
	expectDiagnostics(t, tests)
}

// reported is a spec and what is said of it.
type reported struct {
	text string
	want []string // in part: position, ID, words
}

// expectDiagnostics holds what is said of specs, in order, against what is expected; all of it has a hint.
func expectDiagnostics(t *testing.T, tests map[string]reported) {
	t.Helper()
	for name, tt := range tests {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			_, diags := resolveText(t, tt.text)
			for i, d := range diags {
				if i >= len(tt.want) || !strings.Contains(d.Error(), tt.want[i]) {
					t.Errorf("unexpected: %s", d.Error())
				}
				if d.Hint == "" && !strings.HasPrefix(d.ID, "SF02") {
					t.Errorf("no hint: %s", d.Error())
				}
			}
			if len(diags) < len(tt.want) {
				t.Errorf("missing: %q", tt.want[len(diags):])
			}
		})
	}
}

// dump writes flows as text: columns, filters and what each column is made of, over the source's columns.
func dump(p *model.Pipeline) string {
	var b strings.Builder
	for _, t := range p.Tables {
		b.WriteString("table " + t.Name + ":")
		for _, c := range t.Columns {
			b.WriteString(" " + c.Name + " " + sqlexpr.TypeName(c.Type))
			if !c.Nullable {
				b.WriteString(" NOT NULL")
			}
			b.WriteByte(',')
		}
		if k := t.Keyed; k != nil {
			b.WriteString(" keys")
			for _, i := range k.Keys {
				b.WriteString(" " + t.Columns[i].Name)
			}
			b.WriteString(" by " + sequenceName(k.Sequence))
			if k.SequenceColumns == nil {
				b.WriteString(" in the merge log")
			}
			for _, i := range k.SequenceColumns {
				b.WriteString(" " + t.Columns[i].Name)
			}
		}
		for word, columns := range map[string][]model.ColumnAt{"partitioned": t.PartitionBy, "clustered": t.ClusterBy} {
			for _, c := range columns {
				b.WriteString(" " + word + " by " + t.Columns[c.Column].Name)
			}
		}
		b.WriteByte('\n')
	}
	for _, f := range p.Flows {
		for i := range f.Branches {
			dumpBranch(&b, f.Name+" "+strconv.Itoa(i), &f.Branches[i])
		}
	}
	return b.String()
}

func dumpBranch(b *strings.Builder, name string, fb *model.FlowBranch) {
	b.WriteString(name + " from " + fb.Source.Name + ":")
	write := func(word string, exprs ...*model.Expr) {
		for _, e := range exprs {
			if e != nil {
				b.WriteString(" " + word + " " + sqlexpr.Format(e, fb.Source.Columns))
			}
		}
	}
	write("row", fb.Row...)
	write("where", fb.Where...)
	write("seq", fb.Sequence...)
	write("delete", fb.Delete)
	b.WriteByte('\n')
}

func TestModels(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"views over views and unions": {head + `views:
  big: SELECT id, n + 1 AS n FROM a WHERE n > 10
  both: SELECT id, n FROM big WHERE n < 100 UNION ALL SELECT id, small AS n FROM a
flows:
  f: {apply_changes: {target: t, source: both, keys: [id], sequence_by: n, apply_as_deletes: n = 0}}
`, `table t: id STRING NOT NULL, n BIGINT, keys id by BIGINT n
f 0 from a: row id row (n + 1) where (n > 10) where ((n + 1) < 100) seq (n + 1) delete ((n + 1) = 0)
f 1 from a: row id row CAST(small AS BIGINT) seq CAST(small AS BIGINT) delete (CAST(small AS BIGINT) = 0)
`},
		"laid out by a column that a later flow brings": {strings.Replace(head, "path: t}}", "path: t}, partition_by: [EXTRA]}", 1) + `views: {v: "SELECT CAST(n AS DOUBLE) AS N, id FROM a"}
flows:
  f: {append_flow: {target: t, source: v}}
  g: {append_flow: {target: t, source: b}}
`, `table t: N DOUBLE, id STRING NOT NULL, extra BOOLEAN, partitioned by extra
f 0 from a: row CAST(n AS DOUBLE) row id row CAST(NULL AS BOOLEAN)
g 0 from b: row n row ID row extra
`},
		"append flows are merged by name": {head + `views: {v: "SELECT CAST(n AS DOUBLE) AS N, id FROM a"}
flows:
  f: {append_flow: {target: t, source: v}}
  g: {append_flow: {target: t, source: b, where: extra}}
`, `table t: N DOUBLE, id STRING NOT NULL, extra BOOLEAN,
f 0 from a: row CAST(n AS DOUBLE) row id row CAST(NULL AS BOOLEAN)
g 0 from b: row n row ID row extra where extra
`},
		"columns widen and become nullable": {head + `views:
  u: SELECT small AS x, 'k' AS y FROM a
  v: SELECT n AS x, kind AS y FROM a
flows:
  f: {append_flow: {target: t, source: u}}
  g: {append_flow: {target: t, source: v}}
`, `table t: x BIGINT, y STRING,
f 0 from a: row small row 'k'
g 0 from a: row n row kind
`},
		"sequence by struct, left out": {head + `flows:
  f: {apply_changes: {target: t, source: a, keys: [ID], sequence_by: "STRUCT(` + "`at`" + `, n)", column_list: [n, id]}}
`, `table t: id STRING NOT NULL, n BIGINT, keys id by 2 parts (TIMESTAMP, BIGINT) in the merge log
f 0 from a: row id row n seq ` + "`at`" + ` seq n
`},
		"sequence is an enum, kept": {head + `flows:
  f: {apply_changes: {target: t, source: a, keys: [id, who], sequence_by: kind, column_list: [id, who, kind]}}
`, `table t: id STRING NOT NULL, kind ENUM, who STRUCT<name STRING>, keys id who by STRING kind
f 0 from a: row id row kind row who seq CAST(kind AS STRING)
`},
		"metadata by a view": {head + `views: {v: "SELECT id, _file_path AS file FROM a"}
flows:
  f: {append_flow: {target: t, source: v, where: file LIKE '%x%'}}
`, `table t: id STRING NOT NULL, file STRING NOT NULL,
f 0 from a: row id row _file_path where (_file_path LIKE '%x%')
`},
		"except list": {head + `flows:
  f: {apply_changes: {target: t, source: a, keys: [id], sequence_by: at, except_column_list: [At, tags, who, kind]}}
`, `table t: id STRING NOT NULL, n BIGINT, small INT, keys id by TIMESTAMP in the merge log
f 0 from a: row id row n row small seq ` + "`at`" + `
`},
	}
	for name, tt := range tests {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			p, diags := resolveText(t, tt.text)
			for _, d := range diags {
				if d.Severity == diag.Error {
					t.Error(d.Error())
				}
			}
			if d := cmp.Diff(tt.want, dump(p)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// A dozen lines of views must not become millions of branches, or expressions of millions of parts.
// A comment that ends with its line, or with the text, takes out nothing.
func TestCommentsThatEnd(t *testing.T) {
	for name, view := range map[string]string{
		"kept lines":     "|-\n    SELECT id -- some\n    FROM a # that\n    WHERE n = 1\n",
		"last line":      ">-\n    SELECT id\n    FROM a\n    WHERE n = 1 -- that\n\n",
		"in brackets":    ">-\n    SELECT id /* -- some\n    more */ FROM a\n    WHERE n = 1\n",
		"inside a text":  ">-\n    SELECT '-- # ' AS id\n    FROM a\n    WHERE n = 1\n",
		"escaped breaks": "\"SELECT id -- some\\n FROM a\n    WHERE n = 1\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			p, diags := resolveText(t, head+"views:\n  v: "+view+"flows:\n  f: {append_flow: {target: t, source: v}}\n")
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if p.Views[0].Branches[0].Where == nil {
				t.Error("the condition is lost")
			}
		})
	}
}

func TestViewsThatBlowUp(t *testing.T) {
	for name, tt := range map[string]struct{ line, want string }{
		"branches": {"SELECT id, n FROM v# UNION ALL SELECT id, n FROM v#", "in more than 128 ways"},
		"parts":    {"SELECT id, n + n AS n FROM v#", "more than 10000 parts"},
	} {
		t.Run(name, func(t *testing.T) {
			text := head + "views:\n  v0: SELECT id, n FROM a\n"
			for i := range 40 {
				text += "  v" + strconv.Itoa(i+1) + ": " + strings.ReplaceAll(tt.line, "#", strconv.Itoa(i)) + "\n"
			}
			text += "flows:\n  f: {append_flow: {target: t, source: v40}}\n"
			_, diags := resolveText(t, text)
			if len(diags) != 1 || diags[0].ID != "SF0322" || !strings.Contains(diags[0].Message, tt.want) {
				t.Errorf("%v", diags)
			}
		})
	}
}

func TestSchemaPositionsAreRelativeToTheUser(t *testing.T) {
	p, diags := resolveText(t, head+"flows:\n  f: {append_flow: {target: t, source: a}}\n")
	if len(diags) != 1 { // source b is not read, which check says; multiple sources are fine here
		for _, d := range diags {
			t.Log(d.Error())
		}
	}
	if got := p.Records[0].Fields[1].Pos.String(); got != "dir/a.json:3:3" {
		t.Errorf("field n is at %s", got)
	}
}

func TestTargetsAreSorted(t *testing.T) {
	p, _ := resolveText(t, head+"flows:\n  f: {append_flow: {target: t, source: a}}\ntargets: {prod: {tables.t.delta.path: x, sources.a.files.path: y}, dev: {}}\n")
	if len(p.Targets) != 2 || p.Targets[0].Name != "dev" || p.Targets[1].Values[0].Path != "sources.a.files.path" {
		t.Errorf("%+v", p.Targets)
	}
}
