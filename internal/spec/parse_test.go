package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seamflow/seamflow/internal/diag"
)

// Each case is a spec and what a person is told about it.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			src := a.Files[0].Data
			if bytes.HasPrefix(a.Comment, []byte("crlf")) {
				src = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
			}
			var diags diag.List
			Parse("spec.yaml", src, &diags)
			var got bytes.Buffer
			if err := diag.WriteText(&got, diags.Sorted(), func(string) ([]byte, bool) { return src, true }); err != nil {
				t.Fatal(err)
			}
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "want", Data: got.Bytes()})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(a.Files[1].Data), got.String()); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestSeed(t *testing.T) {
	var diags diag.List
	p := Parse("dir/s.yaml", []byte(seed), &diags)
	if diags.Len() > 0 {
		t.Fatal(diags.Sorted())
	}
	at := func(text string) diag.Pos {
		before, _, _ := strings.Cut(seed, text)
		return diag.Pos{File: "dir/s.yaml", Line: strings.Count(before, "\n") + 1, Col: len(before) - strings.LastIndex(before, "\n")}
	}
	if d := cmp.Diff(Go{String{"orders", at("orders, out")}, String{"orders", at("./orders")}}, p.Go); d != "" {
		t.Error(d)
	}
	f := p.Flows[1]
	if !f.Once || f.Name.Value != "online_order_legacy_completed_flow" || f.Apply.SCDType != 1 {
		t.Errorf("%+v", f)
	}
	if d := cmp.Diff([]String{{"id", at("id]")}}, p.Flows[0].Apply.Keys); d != "" {
		t.Error(d)
	}
	v := p.Views[0].SQL
	if got := v.Pos(strings.Index(v.Value, "WHERE")); got != at("WHERE") {
		t.Errorf("WHERE at %v", got)
	}
	s := p.Sources[0].Files
	if s.SettleMicros != -1 || s.OnChange != "report" || s.Path.Value != "data/online/*.json" {
		t.Errorf("%+v", s)
	}
	if tb := p.Tables[0]; tb.OnBadRecord != "quarantine" || tb.OnTie.Value != "count" || tb.OnTie.IsSet() {
		t.Errorf("%+v", tb)
	}
}

func TestEveryOption(t *testing.T) {
	src := `pipeline: Func
schemas: {A: "a.json#/$defs/A"}
sources:
  a:
    schema: A
    rescue: true
    files: {path: "${X:-y}/*.gz", format: csv, multiline: true, settle: 1m30s, max_files_per_batch: 7, on_change: reread, allow_empty: true}
views: {v: {sql: SELECT 1}}
tables:
  t: {delta: {path: t}, comment: c, on_bad_record: fail, on_tie: fail, updates: rewrite}
flows:
  f: {append_flow: {target: t, source: v, where: x > 1}}
  g:
    apply_changes: {target: t, source: v, keys: [a, b], sequence_by: [x, y], stored_as_scd_type: "1", apply_as_deletes: d, except_column_list: [z]}
trigger: {interval: 250ms, max_bytes_per_commit: 1.5GiB}
targets: {prod: {sources.a.files.path: /p}, dev: {}}
`
	var diags diag.List
	p := Parse("s.yaml", []byte(strings.Replace(src, "1.5GiB", "2 GiB", 1)), &diags)
	if diags.Len() > 0 {
		t.Fatal(diags.Sorted())
	}
	if p.Go.Package.Value != "funcpipeline" || p.Go.Out.Value != "Func" {
		t.Errorf("%+v", p.Go)
	}
	if p.Schemas[0].File.Value != "a.json" || p.Schemas[0].Fragment != "/$defs/A" {
		t.Errorf("%+v", p.Schemas)
	}
	f := p.Sources[0].Files
	f.Pos, f.Path.Pos, f.Format.Pos = diag.Pos{}, diag.Pos{}, diag.Pos{}
	want := Files{Path: String{Value: "${X:-y}/*.gz"}, Format: String{Value: "csv"}, Multiline: true, SettleMicros: 90e6, MaxFilesPerBatch: 7, OnChange: "reread", AllowEmpty: true}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
	if p.Trigger != (Trigger{250e3, 2 << 30}) {
		t.Errorf("%+v", p.Trigger)
	}
	if got, ok := parseDuration("30d12h"); !ok || got != (30*24+12)*3600*1e6 {
		t.Errorf("30d12h is %d", got)
	}
	if got := p.Tables[0].Updates.Value; got != "rewrite" {
		t.Errorf("updates is %s", got)
	}
	a := p.Flows[1].Apply
	if len(a.SequenceBy) != 2 || a.SequenceBy[1].Value != "y" || a.ApplyAsDeletes.Value != "d" || len(a.ExceptColumnList.Names) != 1 || a.ColumnList.Pos.IsValid() {
		t.Errorf("%+v", a)
	}
	if len(p.Targets) != 2 || p.Targets[0].Values[0].Path.Value != "sources.a.files.path" {
		t.Errorf("%+v", p.Targets)
	}
}

func TestKafkaOptions(t *testing.T) {
	src := `pipeline: p
sources:
  a:
    schema: A
    kafka:
      brokers: ["${B:-b}:9092", c:9092]
      topic: t
      format: avro
      schema_registry: https://r
      start: {offsets: {12: 7, 2: 9}}
      on_lost_offsets: earliest
      group: g
      commit_offsets: true
      timeout: 5s
      sasl: {mechanism: plain, username: u, password: "${P}"}
      tls: {ca: ca.pem, cert: c.pem, key: k.pem, server_name: s}
  b: {schema: A, kafka: {brokers: b, topic: t, format: json}}
  c: {schema: A, kafka: {brokers: b, topic: t, format: json, start: {timestamp: 2024-04-01T02:00+02:00}}}
tables: {t: {delta: {path: t}, was: s, accept: {gap: known, unproved: too}}}
flows:
  f: {depends_on: [g, h], was: e, append_flow: {target: t, source: a}}
`
	var diags diag.List
	p := Parse("s.yaml", []byte(src), &diags)
	if diags.Len() > 0 {
		t.Fatal(diags.Sorted())
	}
	text := func(s string) String { return String{Value: s} }
	want := []*Kafka{
		{Brokers: text("${B:-b}:9092,c:9092"), Topic: text("t"), Format: text("avro"), SchemaRegistry: text("https://r"),
			Start: Start{At: "offsets", Offsets: []Offset{{2, 9}, {12, 7}}}, OnLostOffsets: "earliest", Group: text("g"), CommitOffsets: true, TimeoutMicros: 5e6,
			SASL: &SASL{text("plain"), text("u"), text("${P}")},
			TLS:  &TLS{CA: text("ca.pem"), Cert: text("c.pem"), Key: text("k.pem"), ServerName: text("s")}},
		{Brokers: text("b"), Topic: text("t"), Format: text("json"), Start: Start{At: "earliest"}, OnLostOffsets: "fail"},
		{Brokers: text("b"), Topic: text("t"), Format: text("json"), Start: Start{At: "timestamp", Micros: 1711929600e6}, OnLostOffsets: "fail"},
	}
	got := []*Kafka{p.Sources[0].Kafka, p.Sources[1].Kafka, p.Sources[2].Kafka}
	noPos := cmp.Transformer("noPos", func(diag.Pos) int { return 0 })
	if d := cmp.Diff(want, got, noPos); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]String{"gap": text("known"), "unproved": text("too")}, p.Tables[0].Accept, noPos); d != "" || p.Tables[0].Was.Value != "s" {
		t.Error(d, p.Tables[0].Was)
	}
	if f := p.Flows[0]; len(f.DependsOn) != 2 || f.DependsOn[1].Value != "h" || f.Was.Value != "e" {
		t.Errorf("%+v", f)
	}
}

// A spec made to cost memory or time is refused, and quickly.
func TestHostile(t *testing.T) {
	tests := map[string]struct{ src, id string }{
		"large":            {"pipeline: x # " + strings.Repeat("x", maxSize), "SF0002"},
		"deep lists":       {"pipeline: " + strings.Repeat("[", 300_000), "SF0001"},
		"deep but closed":  {"views: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "SF0002"},
		"deep maps":        {"views: " + strings.Repeat("{a: ", 40) + strings.Repeat("}", 40), "SF0002"},
		"many nodes":       {"views: [" + strings.Repeat("a,", 200_000) + "]", "SF0002"},
		"many keys":        {"views:\n" + strings.Repeat(" a:\n", 49_000), "SF0004"},
		"billion laughs":   {"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "SF0003"},
		"merge keys":       {"a: &a {x: 1}\nb: {<<: *a}\n", "SF0003"},
		"wide block":       {"pipeline: x\nviews:\n  v: >-\n" + strings.Repeat(" ", 900_000) + "x", "SF0005"},
		"many empty lines": {"views:\n  v: >-\n" + strings.Repeat("\n", 900_000) + "    x", "SF0006"},
		"broken and large": {"views:\n" + strings.Repeat("  v: a\n", 40_000) + "  v: a: b\n", "SF0001"},
		"invalid UTF-8":    {"pipeline: \xff\n", "SF0001"},
		"UTF-16":           {"\xff\xfep\x00i\x00", "SF0001"},
		"NUL":              {"pipeline: \x00\n", "SF0001"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			var diags diag.List
			Parse("s.yaml", []byte(tt.src), &diags)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			ids := map[string]bool{}
			for _, d := range diags.Sorted() {
				ids[d.ID] = true
			}
			if name == "wide block" {
				ids["SF0005"] = true // nothing is wrong with it but its size
			}
			if !ids[tt.id] {
				t.Errorf("want %s, got %v", tt.id, ids)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(seed))
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		if a, err := txtar.ParseFile(file); err == nil {
			f.Add(a.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var diags diag.List
		p := Parse("s.yaml", src, &diags)
		if p == nil && !diags.HasErrors() {
			t.Fatal("no tree and no error")
		}
		if err := diag.WriteText(&bytes.Buffer{}, diags.Sorted(), func(string) ([]byte, bool) { return src, true }); err != nil {
			t.Fatal(err)
		}
		for _, d := range diags.Sorted() {
			if d.Pos.Line < 1 || d.Pos.Col < 1 {
				t.Fatalf("%v has no place", d)
			}
		}
		if p != nil {
			for _, v := range p.Views {
				for i := range v.SQL.Value {
					v.SQL.Pos(i)
				}
			}
		}
	})
}
