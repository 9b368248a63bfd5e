package sqlexpr

import (
	"fmt"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// FlowPredicates are those of a flow, one for each of its branches.
func FlowPredicates(f *model.Flow) []Predicate {
	out := make([]Predicate, len(f.Branches))
	for i := range f.Branches {
		b := &f.Branches[i]
		out[i] = Predicate{Flow: f.Name, Source: b.Source.Name, Where: b.Where, Over: b.Source.Columns, Table: f.Target.Columns, Row: b.Row}
		switch b.Source.Format() {
		case model.JSON, model.DebeziumJSON:
			out[i].NoNaN = true
		}
	}
	return out
}

// Stored is p with the conditions that a contract has stored for the same source and table, canonical SQL over the
// source's columns.
func (p Predicate) Stored(where []string) (Predicate, error) {
	p.Where = nil
	for _, sql := range where {
		e, err := conditionOf(sql, p.Over)
		if err != nil {
			return p, err
		}
		p.Where = append(p.Where, e)
	}
	return p, nil
}

// StoredColumn is a column of a stored contract; Type is Spark's name for it.
type StoredColumn struct {
	Name     string
	Type     string
	Nullable bool
}

// StoredPredicate is the predicate of a flow that the spec has no more: where is canonical SQL, and its columns are taken
// to be those of the table with their names. The error says which condition speaks of others.
func StoredPredicate(flow, source string, where []string, table []StoredColumn) (Predicate, error) {
	p := Predicate{Flow: flow, Source: source}
	for i, c := range table {
		parser := typeParser{sql: c.Type, tokens: scan(c.Type)}
		t, err := parser.parse(0)
		if err != nil {
			return p, fmt.Errorf("column %s: type %s: %w", c.Name, c.Type, err)
		}
		p.Over = append(p.Over, model.Column{Name: c.Name, Type: t, Nullable: c.Nullable})
		p.Row = append(p.Row, &model.Expr{Op: model.OpColumn, Column: i, Name: c.Name, Type: t, Nullable: c.Nullable})
	}
	p.Table = p.Over
	return p.Stored(where)
}

func conditionOf(sql string, columns []model.Column) (*model.Expr, error) {
	return stored(sql, columns, ParseCondition, "condition")
}

func scalarOf(sql string, columns []model.Column) (*model.Expr, error) {
	return stored(sql, columns, ParseScalar, "expression")
}

func stored(sql string, columns []model.Column, parse func(Text, []model.Column, *diag.List) *model.Expr, what string) (*model.Expr, error) {
	var diags diag.List
	text := Text{SQL: sql, Pos: func(offset int) diag.Pos { return diag.Pos{Line: 1, Col: offset + 1} }}
	if e := parse(text, columns, &diags); e != nil {
		return e, nil
	}
	why := "it is no " + what
	for _, d := range diags.Sorted() {
		if d.Severity == diag.Error {
			why = d.Message
			break
		}
	}
	return nil, fmt.Errorf("the %s %s: %s", what, sql, why)
}
