package resolve

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// relation is what FROM and a flow's source may name: a source or a view.
type relation struct {
	name   spec.String
	kind   string // "source" or "view"
	source *model.Source
	view   *viewState
	// broken: it has errors, which are reported; who reads it says nothing more.
	broken  bool
	columns []model.Column
	// branches are the ways from a source to columns; Exprs has one for each of columns.
	branches []model.Branch
}

// relationNamed finds a source or view ignoring case, as SQL does.
func (r *resolver) relationNamed(name string) *relation { return r.relations[fold(name)] }

func (r *resolver) relationNames() []string {
	var out []string
	for _, s := range r.spec.Sources {
		out = append(out, s.Name.Value)
	}
	for _, v := range r.spec.Views {
		out = append(out, v.Name.Value)
	}
	return out
}

func (r *resolver) resolveSources() {
	r.markImages()
	taken := names{}
	for i := range r.spec.Sources {
		s := &r.spec.Sources[i]
		if !r.claim(taken, "source", s.Name) {
			continue
		}
		rel := &relation{name: s.Name, kind: "source"}
		r.relations[fold(s.Name.Value)] = rel
		if rel.source = r.source(s); rel.source == nil {
			rel.broken = true
			continue
		}
		rel.columns = rel.source.Columns
		rel.branches = []model.Branch{{Source: rel.source, Exprs: identity(rel.columns)}}
		r.out.Sources = append(r.out.Sources, rel.source)
	}
	for i := range r.spec.Views {
		v := &r.spec.Views[i]
		if r.claim(taken, "view", v.Name) {
			r.relations[fold(v.Name.Value)] = &relation{name: v.Name, kind: "view", view: &viewState{spec: v}}
		}
	}
}

// identity is what gives columns as they are.
func identity(columns []model.Column) []*model.Expr {
	exprs := make([]*model.Expr, len(columns))
	for i := range columns {
		c := &columns[i]
		exprs[i] = &model.Expr{Op: model.OpColumn, Column: i, Name: c.Name, Type: c.Type, Nullable: c.Nullable, Pos: c.Pos}
	}
	return exprs
}

func (r *resolver) source(s *spec.Source) *model.Source {
	record, declared := r.records[s.Schema.Value]
	if !declared && s.Schema.IsSet() {
		var there []string
		for _, f := range r.spec.Schemas {
			there = append(there, f.Name.Value)
		}
		r.missing("schema", s.Schema, there)
	}
	if record == nil {
		return nil
	}
	m := &model.Source{Name: s.Name.Value, Record: record, Rescue: s.Rescue, Pos: s.Name.Pos}
	switch {
	case s.Kafka != nil:
		if m.Kafka = r.topic(s, record); m.Kafka == nil {
			return nil
		}
		m.Rescue = m.Rescue && m.Kafka.Format != model.Avro
	case s.Files.Path.IsSet():
		m.Files = r.folder(s)
	default:
		return nil
	}
	m.Columns = r.sourceColumns(m)
	return m
}

func (r *resolver) folder(s *spec.Source) *model.FilesSource {
	m := &model.FilesSource{
		Path: s.Files.Path.Value, Format: formatNamed(s.Files.Format), Multiline: s.Files.Multiline, SettleMicros: s.Files.SettleMicros,
		MaxFilesPerBatch: s.Files.MaxFilesPerBatch, OnChange: s.Files.OnChange, AllowEmpty: s.Files.AllowEmpty,
	}
	switch {
	case m.Format == model.CSV && s.Files.Multiline:
		r.warn("SF0318", s.Files.Pos, "multiline has no effect on the source "+s.Name.Value+", which reads CSV", "quoted CSV cells may span lines as they are; take the option out")
	case m.Format == model.Parquet && s.Files.Multiline:
		r.warn("SF0318", s.Files.Pos, "multiline has no effect on the source "+s.Name.Value+", which reads Parquet files", "take the option out")
	}
	if m.Format == model.Parquet && s.Rescue {
		r.report("SF0347", s.Name.Pos, "the source "+s.Name.Value+" cannot rescue unknown columns: it reads Parquet files", "take rescue out, and declare the columns that you want in the schema; others are passed over")
	}
	return m
}

// formatNamed is JSON where the spec's reader has found the format wanting.
func formatNamed(name spec.String) model.Format {
	for _, f := range []model.Format{model.CSV, model.DebeziumJSON, model.Avro, model.Parquet} {
		if name.Value == f.String() {
			return f
		}
	}
	return model.JSON
}

// sourceColumns are the record's fields and what the source offers beside them.
func (r *resolver) sourceColumns(s *model.Source) []model.Column {
	var out []model.Column
	for _, f := range s.Record.Fields {
		out = append(out, model.Column{Name: f.Name, Type: f.Type, Nullable: s.Record.Images || f.Nullable || f.Optional && f.Default == nil, Doc: f.Doc, Pos: f.Pos})
	}
	meta := slices.Clone(fileColumns)
	if s.Kafka != nil {
		meta = slices.Clone(topicColumns)
	}
	if s.Format() == model.DebeziumJSON {
		meta = append(meta, eventColumns...)
	}
	if s.Rescue {
		meta = append(meta, model.Column{Name: "_rescued_data", Type: &model.Type{Kind: model.String}, Nullable: true, Doc: "unknown fields as JSON text"})
	}
	for _, c := range meta {
		if i := columnNamed(out, c.Name); i >= 0 {
			r.warn("SF0316", out[i].Pos, "the field "+out[i].Name+" of "+s.Record.Name+" hides the metadata column "+c.Name+" of the source "+s.Name,
				"rename the field, or be content with it", diag.Related{Pos: s.Pos, Message: "the source is declared here"})
			continue
		}
		c.Meta, c.Pos = true, s.Pos
		out = append(out, c)
	}
	return out
}

// fileColumns are what a folder says of each record.
var fileColumns = []model.Column{
	{Name: "_file_path", Type: textType, Doc: "the file that the record comes from"},
	{Name: "_file_modification_time", Type: &model.Type{Kind: model.Timestamp}, Doc: "when that file was last written to"},
}

// condition types a text that must be a condition over the relation's columns, and gives it per branch.
func (r *resolver) condition(rel *relation, t spec.Text) (over *model.Expr, perBranch []*model.Expr, ok bool) {
	if !t.IsSet() {
		return nil, make([]*model.Expr, len(rel.branches)), true
	}
	if over = sqlexpr.ParseCondition(text(t), rel.columns, r.diags); over == nil {
		return nil, nil, false
	}
	return over, rel.inline(over), true
}

// inline gives e, which speaks of the relation's columns, over each branch's source.
func (rel *relation) inline(e *model.Expr) []*model.Expr {
	out := make([]*model.Expr, len(rel.branches))
	for i := range rel.branches {
		out[i] = sqlexpr.Inline(e, rel.branches[i].Exprs)
	}
	return out
}
