package lock

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// Describe gives the facts of a model.
func Describe(p *model.Pipeline) *Facts {
	f := &Facts{Pipeline: p.Name, Package: p.GoPackage, Out: p.GoOut, IntervalMicros: p.Trigger.IntervalMicros, CommitBytes: p.Trigger.MaxBytesPerCommit}
	for _, t := range p.Targets {
		f.Targets = append(f.Targets, target(t))
	}
	for _, r := range p.Records {
		f.record(r)
	}
	for _, s := range p.Sources {
		f.Sources = append(f.Sources, source(s, p))
	}
	for _, v := range p.Views {
		f.Views = append(f.Views, View{Name: v.Name, SQL: folded(v.SQL), Uses: slices.Clone(v.Uses)})
		f.expectations(v.Expectations, v.Columns)
	}
	for _, t := range p.Tables {
		f.Tables = append(f.Tables, table(t, p.Flows))
		f.expectations(t.Expectations, t.Columns)
	}
	for _, fl := range p.Flows {
		f.Flows = append(f.Flows, flow(fl))
	}
	f.sort()
	return f
}

func (f *Facts) sort() {
	slices.SortFunc(f.Targets, func(a, b Target) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Records, func(a, b Record) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Sources, func(a, b Source) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Views, func(a, b View) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Tables, func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Flows, func(a, b Flow) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Expectations, func(a, b Expectation) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name))
	})
}

func folded(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// hash stands for a text whose change matters and whose words do not.
func hash(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

func target(t model.Target) Target {
	out := Target{Name: t.Name}
	for _, v := range t.Values {
		if !strings.Contains(v.Path, ".sasl.") {
			out.Values = append(out.Values, v.Path, v.Value)
		}
	}
	return out
}

func (f *Facts) record(r *model.Record) {
	d := &describer{facts: f, record: r.Name}
	d.scope(Record{Name: r.Name, Doc: hash(r.Doc), Images: r.Images}, r.Fields)
}

// describer flattens the fields of a record.
type describer struct {
	facts  *Facts
	record string
	done   []string // named structs that have their scope
	paths  map[string]bool
}

func (d *describer) scope(r Record, fields []model.Field) {
	paths := d.paths
	d.paths = map[string]bool{}
	d.fields(&r, "", fields)
	d.facts.Records = append(d.facts.Records, r)
	d.paths = paths
}

func (d *describer) fields(r *Record, in string, fields []model.Field) {
	for i := range fields {
		m := &fields[i]
		fd := Field{Path: m.Name, In: in, Tag: m.Tag, Nullable: m.Nullable, Optional: m.Optional, Doc: hash(m.Doc)}
		if in != "" {
			fd.Path = in + "." + m.Name
		}
		if d.paths[fd.Path] {
			continue // a name with a dot, which has the tag of the other too
		}
		d.paths[fd.Path] = true
		fd.Type, fd.Named = shallow(m.Type)
		if m.Default != nil {
			fd.Default = sqlexpr.LiteralText(m.Default)
		}
		r.Fields = append(r.Fields, fd)
		d.nested(r, fd.Path, m.Type)
	}
}

func (d *describer) nested(r *Record, path string, t *model.Type) {
	switch t.Kind {
	case model.List, model.Map:
		d.nested(r, path+"[]", t.Elem)
	case model.Struct:
		if t.Name == "" {
			d.fields(r, path, t.Fields)
		} else if !slices.Contains(d.done, t.Name) {
			d.done = append(d.done, t.Name)
			d.scope(Record{Name: d.record + "/" + t.Name, Doc: hash(t.Doc)}, t.Fields)
		}
	}
}

// shallow is the type of a field without what is inside its struct, and the struct's or enum's name.
func shallow(t *model.Type) (text, named string) {
	switch t.Kind {
	case model.Struct:
		return "STRUCT", t.Name
	case model.Enum:
		return sqlexpr.TypeText(t), t.Name
	case model.List:
		elem, named := shallow(t.Elem)
		return "ARRAY<" + elem + notNull(t) + ">", named
	case model.Map:
		elem, named := shallow(t.Elem)
		return "MAP<STRING, " + elem + notNull(t) + ">", named
	}
	return sqlexpr.TypeText(t), ""
}

func notNull(t *model.Type) string {
	if t.ElemNullable {
		return ""
	}
	return " NOT NULL"
}

func source(s *model.Source, p *model.Pipeline) Source {
	out := Source{Name: s.Name, Record: s.Record.Name, Format: s.Format().String(), Rescue: s.Rescue, Meta: meta(s, p)}
	if k := s.Kafka; k != nil {
		out.Kafka, out.Path, out.Brokers, out.Registry = true, k.Topic, k.Brokers, withoutUser(k.Registry)
		if k.Confluent {
			out.Format += " (Confluent)"
		}
		out.Start, out.LostRule, out.Group, out.Offsets, out.Timeout = start(&k.Start), k.OnLostOffsets, k.Group, k.CommitOffsets, k.TimeoutMicros
		if k.SASL != nil {
			out.SASL = k.SASL.Mechanism
		}
		if k.TLS != nil {
			out.TLS = []string{k.TLS.CA, k.TLS.Cert, k.TLS.Key, k.TLS.ServerName}
		}
		return out
	}
	f := s.Files
	out.Path, out.Multiline, out.MostFiles, out.OnChange, out.Empty = f.Path, f.Multiline, f.MaxFilesPerBatch, f.OnChange, f.AllowEmpty
	if f.SettleMicros >= 0 {
		out.Settle = strconv.FormatInt(f.SettleMicros, 10)
	}
	return out
}

// withoutUser takes name and password out of a URL.
func withoutUser(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	host, path, slash := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if slash {
		path = "/" + path
	}
	return scheme + "://" + host + path
}

func start(s *model.KafkaStart) string {
	switch s.At {
	case "timestamp":
		return "timestamp " + strconv.FormatInt(s.Micros, 10)
	case "offsets":
		text := "offsets"
		for _, o := range s.Offsets {
			text += fmt.Sprintf(" %d:%d", o.Partition, o.Offset)
		}
		return text
	}
	return s.At
}

// meta lists the metadata columns of s that flows use.
func meta(s *model.Source, p *model.Pipeline) []string {
	used := map[int]bool{}
	var walk func(e *model.Expr)
	walk = func(e *model.Expr) {
		if e == nil {
			return
		}
		if e.Op == model.OpColumn && s.Columns[e.Column].Meta {
			used[e.Column] = true
		}
		for _, a := range e.Args {
			walk(a)
		}
	}
	for _, f := range p.Flows {
		for i := range f.Branches {
			if b := &f.Branches[i]; b.Source == s {
				for _, e := range slices.Concat(b.Where, b.Row, b.Sequence, []*model.Expr{b.Delete, b.Truncate}) {
					walk(e)
				}
			}
		}
	}
	var out []string
	for i, c := range s.Columns {
		if used[i] {
			text := sqlexpr.TypeText(c.Type)
			if !c.Nullable {
				text += " NOT NULL"
			}
			out = append(out, c.Name, text)
		}
	}
	return out
}

func table(t *model.Table, flows []*model.Flow) Table {
	out := Table{Name: t.Name, Path: t.Path, Kind: "append", OnBadRecord: t.OnBadRecord, Rewrite: t.Rewrite, Comment: t.Comment, Was: t.Was,
		PartitionBy: at(t, t.PartitionBy), ClusterBy: at(t, t.ClusterBy)}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, Column{c.Name, model.SparkType(c.Type), c.Nullable, hash(c.Doc)})
	}
	words := make([]string, 0, len(t.Accept))
	for word := range t.Accept {
		words = append(words, word)
	}
	slices.Sort(words)
	for _, word := range words {
		out.Accept = append(out.Accept, word, t.Accept[word])
	}
	k := t.Keyed
	if k == nil {
		return out
	}
	out.Kind = "scd" + strconv.Itoa(k.SCDType)
	out.Snapshot, out.OnTie, out.Retention = k.Snapshot, t.OnTie, k.TombstoneRetentionMicros
	out.Keys, out.InColumns = named(t.Columns, k.Keys), named(t.Columns, k.SequenceColumns)
	out.Untracked, out.IgnoreNulls = named(t.Columns, k.Untracked), named(t.Columns, k.IgnoreNulls)
	if i := slices.IndexFunc(flows, func(f *model.Flow) bool { return f.Target == t && f.Apply != nil }); i >= 0 {
		out.SequenceBy = flows[i].Apply.SequenceBy
	}
	for _, s := range k.Sequence {
		out.Sequence = append(out.Sequence, model.SparkType(s))
	}
	return out
}

func at(t *model.Table, columns []model.ColumnAt) (out []string) {
	for _, c := range columns {
		out = append(out, t.Columns[c.Column].Name)
	}
	return out
}

func named(columns []model.Column, indexes []int) (out []string) {
	for _, i := range indexes {
		out = append(out, columns[i].Name)
	}
	return out
}

func flow(f *model.Flow) Flow {
	out := Flow{Name: f.Name, Was: f.Was, Kind: "append_flow", Target: f.Target.Name, Source: f.Source, Once: f.Once,
		DependsOn: slices.Sorted(slices.Values(f.DependsOn)), Where: folded(f.Where), Columns: filled(f)}
	if a := f.Apply; a != nil {
		out.Kind = "apply_changes"
		if a.Snapshot {
			out.Kind = "apply_changes_from_snapshot"
		}
		out.Keys, out.SequenceBy, out.Deletes, out.Truncates = a.Keys, a.SequenceBy, a.ApplyAsDeletes, a.ApplyAsTruncates
		out.Only, out.Except = a.ColumnList, a.ExceptColumnList
	}
	for i := range f.Branches {
		b := &f.Branches[i]
		out.Inputs = append(out.Inputs, input(f, b))
		for _, e := range b.Sequence {
			out.NullSeq = out.NullSeq || e.Nullable
		}
	}
	return out
}

func input(f *model.Flow, b *model.FlowBranch) Input {
	in := Input{Source: b.Source.Name}
	for _, e := range b.Where {
		in.Where = append(in.Where, sqlexpr.Format(e, b.Source.Columns))
	}
	for _, e := range b.Expects {
		in.Expects = append(in.Expects, e.Owner+"."+e.Name)
	}
	var rows [][2]string
	for i, e := range b.Row {
		c := f.Target.Columns[i]
		if e.Op == model.OpColumn && b.Source.Columns[e.Column].Name == c.Name || f.Target.Keyed != nil && i >= f.Target.Keyed.Start && f.Target.Keyed.SCDType == 2 {
			continue
		}
		rows = append(rows, [2]string{c.Name, sqlexpr.Format(e, b.Source.Columns)})
	}
	slices.SortFunc(rows, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	for _, r := range rows {
		in.Rows = append(in.Rows, r[0], r[1])
	}
	return in
}

// filled names the columns that f fills, none when it fills all of its table, as the contract has it.
func filled(f *model.Flow) (out []string) {
	columns := f.Target.Columns
	if k := f.Target.Keyed; k != nil && k.SCDType == 2 {
		columns = columns[:k.Start]
	}
	for i, c := range columns {
		if slices.ContainsFunc(f.Branches, func(b model.FlowBranch) bool { return b.Row[i].Op != model.OpLiteral || !b.Row[i].Lit.Null }) {
			out = append(out, c.Name)
		}
	}
	if len(out) == len(columns) {
		return nil
	}
	return out
}

func (f *Facts) expectations(all []*model.Expectation, columns []model.Column) {
	for _, e := range all {
		x := Expectation{Owner: e.Owner, Name: e.Name, Action: e.Action}
		if e.Unique != nil {
			x.Unique = named(columns, e.Unique)
		} else {
			x.Rule = e.SQL
		}
		f.Expectations = append(f.Expectations, x)
	}
}
