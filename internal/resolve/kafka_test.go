package resolve

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/model"
)

// topics is a spec with topics beside head's sources, and flows.
func topics(sources, flows string) string {
	return `pipeline: p
schemas: {A: a.json, V: v.avsc, K: k.json}
sources:
  f: {schema: A, files: {path: a/*.json, format: json}}
` + sources + "tables: {t: {delta: {path: t}}}\nflows:\n" + flows
}

func TestErrorsOfTopics(t *testing.T) {
	const flow = "  f: {append_flow: {target: t, source: k}}\n"
	topic := func(options string) string {
		return topics("  k: {schema: A, kafka: {brokers: b, topic: t, "+options+"}}\n", flow)
	}
	tests := map[string]reported{
		"password written out":      {topic("format: json, sasl: {mechanism: plain, username: u, password: geheim}"), []string{`dir/p.yaml:5:110: SF0343: sources.k.kafka.sasl.password holds a password`}},
		"password as a default":     {topic(`format: json, sasl: {mechanism: plain, username: u, password: "${P:-geheim}"}`), []string{`SF0343`}},
		"password in part":          {topic(`format: json, sasl: {mechanism: plain, username: u, password: "x${P}"}`), []string{`SF0343`}},
		"password of a target":      {topic(`format: json, sasl: {mechanism: plain, username: u, password: "${P}"}`) + "targets: {dev: {sources.k.kafka.sasl.password: dev}}\n", []string{`dir/p.yaml:9:48: SF0343: sources.k.kafka.sasl.password holds a password`}},
		"token in a URL":            {topic(`format: json, schema_registry: "https://t0ken@h"`), []string{`SF0343: sources.k.kafka.schema_registry holds a password`}},
		"password in a URL":         {topic(`format: json, schema_registry: "https://u:pw@h"`), []string{`SF0343: sources.k.kafka.schema_registry holds a password`}},
		"default in a URL":          {topic(`format: json, schema_registry: "${R:-https://u:pw@h}"`), []string{`SF0343`}},
		"variables in a URL":        {topic(`format: json, schema_registry: "https://${U:-u}:${P}@h"`), nil},
		"a registry without scheme": {topic(`format: json, schema_registry: "registry:8081"`), []string{`SF0008: sources.k.kafka.schema_registry is a URL`}},
		"certificate without key":   {topic("format: json, tls: {cert: c.pem}"), []string{`SF0006: the key sources.k.kafka.tls.key is missing`}},
		"key without certificate":   {topic("format: json, tls: {key: k.pem}"), []string{`SF0006: the key sources.k.kafka.tls.cert is missing`}},
		"Avro of a JSON Schema":     {topic("format: avro"), []string{`dir/p.yaml:5:56: SF0345: the source k reads Avro, and nothing says by which schema its messages were written`}},
		"rescue of Avro":            {topics("  k: {schema: V, rescue: true, kafka: {brokers: b, topic: t, format: avro}}\n", flow), []string{`SF0318: rescue has no effect on the source k, which reads Avro`}},
		"field hides the key":       {topics("  k: {schema: K, kafka: {brokers: b, topic: t, format: json}}\n", flow), []string{`dir/k.json:1:35: SF0316: the field _Key of K hides the metadata column _key of the source k`}},
		"extract of a topic":        {topics("  k: {schema: A, kafka: {brokers: b, topic: t, format: json}}\n", "  f: {apply_changes_from_snapshot: {target: t, source: k, keys: [id], version_by: _timestamp}}\n"), []string{`SF0328: the flow f takes full extracts, which are files, and the source k is a topic`}},
		"file of a topic":           {topic("format: json") + "views: {v: 'SELECT _file_path FROM k'}\n", []string{`_file_path`}},
		"offset of a file":          {topics("  k: {schema: A, kafka: {brokers: b, topic: t, format: json}}\n", "  f: {append_flow: {target: t, source: f, where: _offset > 5}}\n"), []string{`_offset`}},
		"once from the end on":      {topics("  k: {schema: A, kafka: {brokers: b, topic: t, format: json, start: latest}}\n", "  f: {once: true, append_flow: {target: t, source: k}}\n  g: {append_flow: {target: t, source: k}}\n"), []string{`dir/p.yaml:8:3: SF0318: once has no effect but to end the flow f`}},
		"target without that value": {topic("format: json") + "targets: {dev: {sources.k.kafka.group: g}}\n", []string{`SF0301: there is no connection value sources.k.kafka.group`}},
	}
	expectDiagnostics(t, tests)
}

func TestErrorsOfOrder(t *testing.T) {
	flow := func(name, options string) string {
		return "  " + name + ": {" + options + "append_flow: {target: t, source: a}}\n"
	}
	tests := map[string]reported{
		"on a flow that is not there": {head + "flows:\n" + flow("f", "") + flow("g", "depends_on: [ff], "), []string{`dir/p.yaml:9:20: SF0301: there is no flow ff`}},
		"on itself":                   {head + "flows:\n" + flow("f", "depends_on: [f], "), []string{`dir/p.yaml:8:20: SF0344: the flow f depends on itself`}},
		"twice":                       {head + "flows:\n" + flow("f", "") + flow("g", "depends_on: [f, f], "), []string{`dir/p.yaml:9:23: SF0344: depends_on of the flow g names f twice`}},
		"in a circle": {head + "flows:\n" + flow("e", "depends_on: [f], ") + flow("f", "depends_on: [g], ") + flow("g", "depends_on: [h], ") + flow("h", "depends_on: [f], "),
			[]string{`dir/p.yaml:9:20: SF0344: the flow f depends on g, which depends on h, which depends on f: none of them would ever start`}},
		"was one that is there":   {head + "flows:\n" + flow("f", "") + flow("g", "was: F, "), []string{`dir/p.yaml:9:12: SF0346: the flow g was F, and there is a flow of that name`}},
		"was itself":              {head + "flows:\n" + flow("f", "was: f, "), []string{`SF0346`}},
		"two were one":            {head + "flows:\n" + flow("f", "was: e, ") + flow("g", "was: e, "), []string{`dir/p.yaml:9:12: SF0346: two flows were e`}},
		"tables that were one":    {table("was: s", head) + "flows:\n" + flow("f", "was: s, "), nil},
		"table was itself":        {table("was: t", head) + "flows:\n" + flow("f", ""), []string{`dir/p.yaml:6:37: SF0346: the table t was t`}},
		"accepted without effect": {table("accept: {gap: known, overlap: too}", head) + "flows:\n  f: {apply_changes: {target: t, source: a, keys: [id], sequence_by: n}}\n", []string{`SF0318: accept.gap has no effect on the table t`, `SF0318: accept.overlap`}},
	}
	expectDiagnostics(t, tests)
}

func TestTopic(t *testing.T) {
	p, diags := resolveText(t, topics(`  k:
    schema: A
    kafka:
      brokers: [b:1, b:2]
      topic: orders
      format: debezium-json
      schema_registry: "https://${U}:${P}@r"
      start: {offsets: {3: 7}}
      sasl: {mechanism: plain, username: "${U:-u}", password: "${P}"}
      tls: {}
`, "  f: {was: e, depends_on: [g], append_flow: {target: t, source: k}}\n  g: {append_flow: {target: t, source: k, where: \"_key IS NULL AND _headers['h'] IS NOT NULL AND _op = 'd' AND _partition < 3\"}}\n")+
		`targets: {dev: {sources.k.kafka.brokers: "x", sources.k.kafka.sasl.username: y}}`)
	for _, d := range diags {
		if d.ID != "SF0315" {
			t.Error(d.Error())
		}
	}
	want := &model.KafkaSource{
		Brokers: "b:1,b:2", Topic: "orders", Format: model.DebeziumJSON, Confluent: true, Registry: "https://${U}:${P}@r",
		Start: model.KafkaStart{At: "offsets", Offsets: []model.KafkaOffset{{Partition: 3, Offset: 7}}}, OnLostOffsets: "fail",
		SASL: &model.KafkaSASL{Mechanism: "plain", Username: "${U:-u}", Password: "${P}"}, TLS: &model.KafkaTLS{},
	}
	if d := cmp.Diff(want, p.Sources[1].Kafka); d != "" {
		t.Error(d)
	}
	if f := p.Flows[0]; f.Was != "e" || !cmp.Equal(f.DependsOn, []string{"g"}) {
		t.Errorf("%+v", f)
	}
	if !p.Sources[1].Record.Images {
		t.Error("rows of deletes have columns that are NULL")
	}
	for _, c := range p.Tables[0].Columns {
		if c.Name[0] == '_' {
			t.Errorf("%s is part of the table", c.Name)
		}
	}
}
