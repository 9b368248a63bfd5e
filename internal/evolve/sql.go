package evolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// sourceColumns are the columns that SQL over a source sees, as far as the facts have them.
func sourceColumns(f *lock.Facts, name string) ([]model.Column, error) {
	s := sourceOf(f, name)
	if s == nil {
		return nil, fmt.Errorf("there is no source %s", name)
	}
	r := recordOf(f, s.Record)
	if r == nil {
		return nil, fmt.Errorf("there is no record %s", s.Record)
	}
	g := grower{f, maxGrown}
	fields, err := g.tree(r, "", 0)
	if err != nil {
		return nil, err
	}
	var out []model.Column
	for _, fd := range fields {
		out = append(out, model.Column{Name: fd.Name, Type: fd.Type, Nullable: r.Images || fd.Nullable || fd.Optional && fd.Default == nil})
	}
	return addMeta(out, s)
}

func addMeta(columns []model.Column, s *lock.Source) ([]model.Column, error) {
	for i := 0; i+1 < len(s.Meta); i += 2 {
		if slices.ContainsFunc(columns, func(c model.Column) bool { return strings.EqualFold(c.Name, s.Meta[i]) }) {
			continue
		}
		text, required := strings.CutSuffix(s.Meta[i+1], " NOT NULL")
		t, err := sqlexpr.ParseType(text)
		if err != nil {
			return nil, err
		}
		columns = append(columns, model.Column{Name: s.Meta[i], Type: t, Nullable: !required, Meta: true})
	}
	return columns, nil
}

// maxDepth and maxGrown bound types in types: a lock file may come from anybody, and a few named types that use each other
// twice would grow for ever.
const (
	maxDepth = 64
	maxGrown = 20_000
)

// grower makes types of the lines of a lock.
type grower struct {
	facts *lock.Facts
	left  int // fields that may still be made
}

// tree gives the fields of a struct of r with their types.
func (g *grower) tree(r *lock.Record, in string, depth int) ([]model.Field, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("types of %s are nested too deeply", r.Name)
	}
	var out []model.Field
	for i := range r.Fields {
		fd := &r.Fields[i]
		if fd.In != in {
			continue
		}
		if g.left--; g.left < 0 {
			return nil, fmt.Errorf("types of %s have too many fields", r.Name)
		}
		t, err := g.typeOf(r, fd, fd.Type, fd.Path, depth+1)
		if err != nil {
			return nil, err
		}
		m := model.Field{Name: fd.Name(), Type: t, Nullable: fd.Nullable || fd.Optional && fd.Default == "", Optional: fd.Optional}
		if fd.Default != "" {
			m.Default = &model.Literal{Type: t}
		}
		out = append(out, m)
	}
	return out, nil
}

func (g *grower) typeOf(r *lock.Record, fd *lock.Field, text, path string, depth int) (*model.Type, error) {
	kind, elem, ok := container(text)
	switch {
	case ok:
		inner, required := strings.CutSuffix(elem, " NOT NULL")
		t, err := g.typeOf(r, fd, inner, path+"[]", depth)
		return &model.Type{Kind: kind, Elem: t, ElemNullable: !required}, err
	case text != "STRUCT":
		return sqlexpr.ParseType(text)
	}
	if fd.Named != "" {
		root, _, _ := strings.Cut(r.Name, "/")
		if scope := recordOf(g.facts, root+"/"+fd.Named); scope != nil {
			fields, err := g.tree(scope, "", depth)
			return &model.Type{Kind: model.Struct, Fields: fields}, err
		}
	}
	fields, err := g.tree(r, path, depth)
	return &model.Type{Kind: model.Struct, Fields: fields}, err
}

// container takes ARRAY<…> and MAP<STRING, …> apart.
func container(text string) (kind model.Kind, elem string, ok bool) {
	inner, closed := strings.CutSuffix(text, ">")
	if !closed {
		return 0, "", false
	}
	if elem, ok = strings.CutPrefix(inner, "ARRAY<"); ok {
		return model.List, elem, true
	}
	elem, ok = strings.CutPrefix(inner, "MAP<STRING, ")
	return model.Map, elem, ok
}

// predicates are those of a flow, as sqlexpr.FlowPredicates makes them of a model.
func predicates(f *lock.Facts, t *lock.Table, fl *lock.Flow) ([]sqlexpr.Predicate, error) {
	var table []model.Column
	for _, c := range t.Columns {
		typ, err := sqlexpr.ParseType(c.Type)
		if err != nil {
			return nil, err
		}
		table = append(table, model.Column{Name: c.Name, Type: typ, Nullable: c.Nullable})
	}
	var out []sqlexpr.Predicate
	for i := range fl.Inputs {
		in := &fl.Inputs[i]
		over, err := sourceColumns(f, in.Source)
		if err != nil {
			return nil, err
		}
		p := sqlexpr.Predicate{Flow: fl.Name, Source: in.Source, Over: over, Table: table}
		switch plainFormat(sourceOf(f, in.Source).Format) {
		case "json", "debezium-json":
			p.NoNaN = true
		}
		for _, sql := range in.Where {
			e, err := sqlexpr.Condition(sql, over)
			if err != nil {
				return nil, err
			}
			p.Where = append(p.Where, e)
		}
		for _, c := range t.Columns {
			e, err := sqlexpr.Scalar(rowOf(in, c.Name), over)
			if err != nil {
				return nil, err
			}
			p.Row = append(p.Row, e)
		}
		out = append(out, p)
	}
	return out, nil
}

// rowOf is the SQL of what an input puts into a column.
func rowOf(in *lock.Input, column string) string {
	for i := 0; i+1 < len(in.Rows); i += 2 {
		if in.Rows[i] == column {
			return in.Rows[i+1]
		}
	}
	return sqlexpr.Quote(column)
}
