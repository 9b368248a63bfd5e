// Package sqlexpr turns SQL text into typed expressions: it takes text and the columns that it may speak of, and gives
// model.Expr. The grammar is GoogleSQL's as memefish parses it, with Spark's type names beside GoogleSQL's; what is
// supported of it is in docs/reference/sql.md.
//
// Everything implicit is made explicit here (casts, COALESCE, BETWEEN, IF), so that those who read a model.Expr know a
// handful of operations; functions.go is the table of functions that they may meet.
package sqlexpr

import (
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Text is SQL with a way to find places: Pos gives the position of the byte at an offset.
type Text struct {
	SQL string
	Pos func(offset int) diag.Pos
}

// Query is a parsed view: the sides of UNION ALL, in order.
type Query struct {
	Sides  []*Select
	byName bool // UNION ALL BY NAME: another order of names is intended
}

// Select is one SELECT, not yet typed.
type Select struct {
	From    string // the one source or view that it reads, as written, unquoted
	FromPos diag.Pos
	Pos     diag.Pos // of the word SELECT

	alias string // what qualified names start with: FROM x AS y
	syntax
}

// Side is a Select typed over the columns of what it reads.
type Side struct {
	Columns []model.Column // never Meta; Pos is where the item stands
	Exprs   []*model.Expr  // one per column; Expr.Column is an index into the columns that Resolve was given
	Where   *model.Expr    // nil: all rows
	OK      bool           // false: diags has why
	Pos     diag.Pos
}

// ParseQuery parses a view. It is nil where the text does not parse or uses what is not supported; diags has why.
func ParseQuery(t Text, diags *diag.List) *Query {
	return parseQuery(t, diags)
}

// Resolve types s over columns. Meta columns can be named and are not part of "*".
func (s *Select) Resolve(columns []model.Column, diags *diag.List) Side {
	return resolveSelect(s, columns, diags)
}

// Union matches sides by name, ignoring case. It gives the columns of the whole, named and ordered as in the first
// side, and for every side its expressions in that order, cast to the common types. A name that one side lacks and types
// without a lossless common type are errors.
func (q *Query) Union(sides []Side, diags *diag.List) (columns []model.Column, exprs [][]*model.Expr, ok bool) {
	return unionSides(sides, q.byName, diags)
}

// ParseScalar types one expression. A top-level STRUCT(a, b) comes back as OpStruct. It is nil on error.
func ParseScalar(t Text, columns []model.Column, diags *diag.List) *model.Expr {
	return parseScalar(t, columns, diags)
}

// ParseCondition is ParseScalar that must be BOOL.
func ParseCondition(t Text, columns []model.Column, diags *diag.List) *model.Expr {
	return parseCondition(t, columns, diags)
}
