package spec

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

// Parse reads a spec. file is the name that positions carry. It gives nil only where there is no YAML mapping to read;
// what else is wrong is in diags, and the tree holds the rest.
func Parse(file string, src []byte, diags *diag.List) *Pipeline {
	s := newSource(file, bytes.TrimPrefix(src, []byte("\ufeff")))
	root := readYAML(s, diags)
	if root == nil {
		return nil
	}
	v := validator{src: s, diags: diags}
	v.object(root, pipelineObject, "", root)
	if root.Kind != yaml.MappingNode {
		return nil
	}
	b := builder{src: s}
	return b.pipeline(mappingNode{root})
}

// mappingNode reads a mapping by key; what is missing or of the wrong kind reads as nothing, the validator having said
// so.
type mappingNode struct{ n *yaml.Node }

func (m mappingNode) get(name string) *yaml.Node {
	if m.n == nil || m.n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.n.Content); i += 2 {
		if m.n.Content[i].Kind == yaml.ScalarNode && m.n.Content[i].Value == name {
			return m.n.Content[i+1]
		}
	}
	return nil
}

func (m mappingNode) sub(name string) mappingNode { return mappingNode{m.get(name)} }

// key gives the node of a key itself, nil where it is not there.
func (m mappingNode) key(name string) *yaml.Node {
	if v := m.get(name); v != nil {
		for i := range m.n.Content {
			if m.n.Content[i] == v {
				return m.n.Content[i-1]
			}
		}
	}
	return nil
}

// each visits the entries of a mapping, of repeated keys the first.
func (m mappingNode) each(visit func(name *yaml.Node, value mappingNode)) {
	if m.n == nil || m.n.Kind != yaml.MappingNode {
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.n.Content); i += 2 {
		if n := m.n.Content[i]; n.Kind == yaml.ScalarNode && !seen[n.Value] {
			seen[n.Value] = true
			visit(n, mappingNode{m.n.Content[i+1]})
		}
	}
}

// builder makes the syntax tree.
type builder struct{ src *source }

func (b *builder) pipeline(m mappingNode) *Pipeline {
	p := &Pipeline{File: b.src.file, Pos: b.src.posOf(m.n), Name: b.text(m.get("pipeline"))}
	p.Go = b.golang(m.sub("go"), p.Name)
	m.sub("schemas").each(func(name *yaml.Node, v mappingNode) { p.Schemas = append(p.Schemas, b.schema(name, v)) })
	m.sub("sources").each(func(name *yaml.Node, v mappingNode) { p.Sources = append(p.Sources, b.source(name, v)) })
	m.sub("views").each(func(name *yaml.Node, v mappingNode) { p.Views = append(p.Views, b.view(name, v)) })
	m.sub("tables").each(func(name *yaml.Node, v mappingNode) { p.Tables = append(p.Tables, b.table(name, v)) })
	m.sub("flows").each(func(name *yaml.Node, v mappingNode) { p.Flows = append(p.Flows, b.flow(name, v)) })
	m.sub("targets").each(func(name *yaml.Node, v mappingNode) { p.Targets = append(p.Targets, b.target(name, v)) })
	t := m.sub("trigger")
	p.Trigger = Trigger{IntervalMicros: duration(t.get("interval"), 0), MaxBytesPerCommit: size(t.get("max_bytes_per_commit"))}
	return p
}

func (b *builder) golang(m mappingNode, name String) Go {
	g := Go{Package: b.text(m.get("package")), Out: b.text(m.get("out"))}
	if !g.Package.IsSet() {
		g.Package = String{packageFor(name.Value), name.Pos}
	}
	if !g.Out.IsSet() {
		g.Out = String{name.Value, name.Pos}
	}
	g.Out.Value = path.Clean(g.Out.Value)
	return g
}

func (b *builder) schema(name *yaml.Node, v mappingNode) SchemaFile {
	s := SchemaFile{Name: b.key(name), File: b.text(v.n)}
	s.File.Value, s.Fragment, _ = strings.Cut(s.File.Value, "#")
	return s
}

func (b *builder) source(name *yaml.Node, m mappingNode) Source {
	f := m.sub("files")
	s := Source{Name: b.key(name), Schema: b.text(m.get("schema")), Rescue: boolean(m.get("rescue"))}
	s.Files = Files{
		Pos:              b.keyPos(m, "files"),
		Path:             b.text(f.get("path")),
		Format:           b.scalar(f.get("format")),
		Multiline:        boolean(f.get("multiline")),
		SettleMicros:     duration(f.get("settle"), -1),
		MaxFilesPerBatch: count(f.get("max_files_per_batch")),
		OnChange:         or(b.scalar(f.get("on_change")).Value, "report"),
		AllowEmpty:       boolean(f.get("allow_empty")),
	}
	if k := m.sub("kafka"); k.n != nil {
		s.Kafka = b.kafka(k, b.keyPos(m, "kafka"))
	}
	return s
}

func (b *builder) view(name *yaml.Node, m mappingNode) View {
	sql := m.n
	if sql.Kind == yaml.MappingNode {
		sql = m.get("sql")
	}
	return View{Name: b.key(name), SQL: b.sql(sql), Expectations: b.expectations(m)}
}

func (b *builder) expectations(m mappingNode) (out []Expectation) {
	m.sub("expectations").each(func(name *yaml.Node, v mappingNode) {
		out = append(out, Expectation{
			Name: b.key(name), Expect: b.sql(v.get("expect")), Unique: b.list(v, "unique"), OnViolation: b.withDefault(v.get("on_violation"), "warn"),
		})
	})
	return out
}

func (b *builder) table(name *yaml.Node, m mappingNode) Table {
	return Table{
		Name:        b.key(name),
		Delta:       b.text(m.sub("delta").get("path")),
		PartitionBy: b.list(m, "partition_by"),
		ClusterBy:   b.list(m, "cluster_by"),
		Comment:     b.text(m.get("comment")).Value,
		OnBadRecord: or(b.scalar(m.get("on_bad_record")).Value, "quarantine"),
		OnTie:       b.withDefault(m.get("on_tie"), "count"),
		Updates:     b.withDefault(m.get("updates"), "deletion_vectors"),

		TombstoneRetentionMicros: duration(m.get("tombstone_retention"), 0),
		TombstoneRetentionPos:    b.keyPos(m, "tombstone_retention"),
		Expectations:             b.expectations(m),
		Was:                      b.text(m.get("was")),
		Accept:                   b.accepted(m.sub("accept")),
	}
}

func (b *builder) accepted(m mappingNode) map[string]String {
	out := map[string]String{}
	for i := range acceptObject.keys {
		name := acceptObject.keys[i].name
		if reason := b.text(m.get(name)); reason.IsSet() {
			out[name] = reason
		}
	}
	return out
}

func (b *builder) flow(name *yaml.Node, m mappingNode) Flow {
	f := Flow{Name: b.key(name), Once: boolean(m.get("once")), OncePos: b.keyPos(m, "once"), DependsOn: b.list(m, "depends_on").Names, Was: b.text(m.get("was"))}
	if a := m.sub("apply_changes"); a.n != nil {
		f.Apply = b.apply(a, b.keyPos(m, "apply_changes"))
	} else if a := m.sub("apply_changes_from_snapshot"); a.n != nil {
		f.Apply = b.apply(a, b.keyPos(m, "apply_changes_from_snapshot"))
		f.Apply.Snapshot, f.Apply.SequenceBy = true, b.sqls(a.get("version_by"))
	} else if a := m.sub("append_flow"); a.n != nil {
		f.Append = &Append{Pos: b.keyPos(m, "append_flow"), Target: b.text(a.get("target")), Source: b.text(a.get("source")), Where: b.sql(a.get("where"))}
	}
	return f
}

func (b *builder) apply(m mappingNode, pos diag.Pos) *Apply {
	scd, _ := strconv.Atoi(or(b.scalar(m.get("stored_as_scd_type")).Value, "1"))
	return &Apply{
		Pos:              pos,
		Target:           b.text(m.get("target")),
		Source:           b.text(m.get("source")),
		Keys:             b.list(m, "keys").Names,
		SequenceBy:       b.sqls(m.get("sequence_by")),
		SCDType:          scd,
		SCDTypePos:       b.keyPos(m, "stored_as_scd_type"),
		ApplyAsDeletes:   b.sql(m.get("apply_as_deletes")),
		ApplyAsTruncates: b.sql(m.get("apply_as_truncates")),
		ColumnList:       b.list(m, "column_list"),
		ExceptColumnList: b.list(m, "except_column_list"),
		IgnoreNulls:      b.ignoreNulls(m),

		TrackHistoryColumnList:       b.list(m, "track_history_column_list"),
		TrackHistoryExceptColumnList: b.list(m, "track_history_except_column_list"),
	}
}

func (b *builder) ignoreNulls(m mappingNode) IgnoreNulls {
	const all, only, except = "ignore_null_updates", "ignore_null_updates_column_list", "ignore_null_updates_except_column_list"
	in := IgnoreNulls{All: boolean(m.get(all)), Only: b.list(m, all), Except: b.list(m, except)}
	if !in.Only.Pos.IsValid() {
		in.Only = b.list(m, only)
	}
	for _, name := range []string{all, only, except} {
		if pos := b.keyPos(m, name); pos.IsValid() && !in.Pos.IsValid() {
			in.Pos = pos
		}
	}
	return in
}

func (b *builder) target(name *yaml.Node, m mappingNode) Target {
	t := Target{Name: b.key(name)}
	m.each(func(name *yaml.Node, v mappingNode) {
		t.Values = append(t.Values, TargetValue{Path: b.key(name), Value: b.text(v.n)})
	})
	return t
}

func (b *builder) key(n *yaml.Node) String { return String{n.Value, b.src.posOf(n)} }

func (b *builder) keyPos(m mappingNode, name string) diag.Pos {
	if n := m.key(name); n != nil {
		return b.src.posOf(n)
	}
	return diag.Pos{}
}

// text reads a text; numbers and the like are none.
func (b *builder) text(n *yaml.Node) String {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag != "!!str" || strings.TrimSpace(n.Value) == "" {
		return String{}
	}
	return b.key(n)
}

func (b *builder) scalar(n *yaml.Node) String {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return String{}
	}
	return b.key(n)
}

func (b *builder) withDefault(n *yaml.Node, value string) String {
	s := b.scalar(n)
	s.Value = or(s.Value, value)
	return s
}

func (b *builder) sql(n *yaml.Node) Text {
	if !b.text(n).IsSet() {
		return Text{}
	}
	return newText(b.src, n)
}

func (b *builder) sqls(n *yaml.Node) []Text {
	nodes := []*yaml.Node{n}
	if n != nil && n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	var texts []Text
	for _, n := range nodes {
		if t := b.sql(n); t.IsSet() {
			texts = append(texts, t)
		}
	}
	return texts
}

func (b *builder) list(m mappingNode, name string) List {
	n := m.get(name)
	if n == nil || n.Kind != yaml.SequenceNode {
		return List{}
	}
	l := List{Pos: b.keyPos(m, name)}
	for _, c := range n.Content {
		if s := b.text(c); s.IsSet() {
			l.Names = append(l.Names, s)
		}
	}
	return l
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func boolean(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	value, ok := readBool(n)
	return value && ok
}

func duration(n *yaml.Node, otherwise int64) int64 {
	if n == nil {
		return otherwise
	}
	if micros, ok := parseDuration(n.Value); ok {
		return micros
	}
	return otherwise
}

func size(n *yaml.Node) int64 {
	if n == nil {
		return 0
	}
	bytes, _ := parseSize(n.Value)
	return bytes
}

func count(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	i, _ := readCount(n)
	return i
}
