// Package emit decides what the generated package of a pipeline looks like: every Go name, file, type and order.
//
// It takes a resolved model and gives a Plan, which gogen writes without deciding anything; gen calls both.
package emit

import (
	"path"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Plan is a generated package, decided. Slices are in the order in which they are written.
type Plan struct {
	Package  string
	Dir      string // slash path from the spec's folder
	Spec     string // the spec's file name, for doc comments
	Tool     string // version of the generating tool
	Contract int    // genver.Version of that tool
	Graph    string // the pipeline's graph as text
	Pipeline *model.Pipeline
	Records  []*Record
	Sources  []*Source // those that a flow reads
	Tables   []*Table

	types *registry
}

// Record is a schema's record: one file with its type, the types inside it, and its decoders.
type Record struct {
	File   string
	Model  *model.Record
	Struct *Named
	Types  []*Named // further types that this file declares
	JSON   bool     // a JSON source reads it
	CSV    bool     // a CSV source reads it
	Avro   bool     // an Avro source reads it
	// Parquet: a source of Parquet files reads it. ColumnsGo is the type that fills records then, NewColumnsGo makes one.
	Parquet                 bool
	ColumnsGo, NewColumnsGo string
	// AvroSchema is the text of the Avro schema that decoders of Avro read by, in lines, and AvroSchemaGo the constant that
	// holds it; with Avro.
	AvroSchema, AvroSchemaGo string
}

// Named is a Go type made for a struct or an enum.
type Named struct {
	Go         string
	Type       *model.Type
	Doc        string   // the schema's own words
	From       string   // what it was made from: "schemas.Order field lineItems"
	Fields     []Field  // of a struct
	Required   []string // names of the fields that a record must have
	RequiredGo string   // the variable that lists them
	MembersGo  string   // the variable that JSON decoders find its fields by
	Symbols    []Symbol // of an enum
	SymbolsGo  string   // the variable that lists them
	Holds      bool     // holds capacity that Reset keeps
	Decoded    bool     // a source's records hold it
	JSON       bool     // one of those sources has it as JSON, or as JSON in a cell of CSV
	Avro       bool     // one of those sources has it as Avro
	Rescue     bool     // one of those sources keeps unknown fields
	Images     bool     // a record of change events
}

// Field is a field of a generated struct.
type Field struct {
	Go       string
	Name     string // as in the schema or table
	MemberGo string // the constant of its place in Named.MembersGo
	Type     *model.Type
	Opt      bool // a value.Opt
	Required int  // index in Named.Required, or -1
	Default  *model.Literal
	Image    bool // NULL only in the row of a delete or truncate; decoders of all else refuse it
	Doc      string
}

// Symbol is a constant of a generated enum.
type Symbol struct{ Go, Value string }

// Source is a source that flows read.
type Source struct {
	Var    string // in Pipeline
	Model  *model.Source
	Record *Record
}

// Table is a streaming table: one file with its row type, column buffers, encodings and flow functions.
type Table struct {
	File  string
	Model *model.Table
	Row   *Named
	Types []*Named // further types that this file declares

	Rows, NewRows, Schema, AppendRow, Contract string // Go names
	Key, Sequence                              string // Go names; "" where there is none
	Fold                                       *Fold  // of tables whose rows are taken apart; AppendRow is then ""
	Flows                                      []*Flow
	Uniques                                    []*Unique
}

// Flow is one flow into a table.
type Flow struct {
	Model    *model.Flow
	Branches []*Branch
	Rules    []*model.Expectation // what its rows are held against, but for Uniques
}

// Branch is one flow function: from a source's record to the table's row.
type Branch struct {
	Func     string
	Source   *Source
	Where    []*model.Expr
	Expects  []model.Expect
	Row      []*model.Expr // one per column, of the column's type where that is a scalar
	Sequence []*model.Expr // of Keyed.Sequence's types
	Delete   *model.Expr
	Truncate *model.Expr
	Version  string // Go name of the function that gives a full extract's version; "" for other flows
}

// Options are facts that the plan carries and does not decide.
type Options struct {
	Tool     string
	Contract int
	Graph    string
}

// Build makes the plan of p. There is none when a diagnostic is an error.
func Build(p *model.Pipeline, opt Options) (*Plan, []diag.Diagnostic) {
	b := &builder{pkg: packageScope(), files: scope{}, plan: &Plan{
		Package: p.GoPackage, Dir: path.Clean(p.GoOut), Spec: path.Base(slashed(p.SpecFile)),
		Tool: opt.Tool, Contract: opt.Contract, Graph: opt.Graph, Pipeline: p,
	}}
	b.types = newRegistry(b.pkg)
	b.plan.types = b.types
	b.checkPackage()
	b.claimTops()
	b.records()
	b.sources()
	b.tables()
	if b.list.HasErrors() {
		return nil, b.list.Sorted()
	}
	return b.plan, b.list.Sorted()
}

// Named gives the Go type made for a struct or enum.
func (p *Plan) Named(t *model.Type) *Named { return p.types.find(t) }

// Same reports whether values of a and b have one Go type and one meaning, so that assignment converts nothing.
func (p *Plan) Same(a, b *model.Type) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case model.Decimal:
		return a.Scale == b.Scale && a.Precision <= b.Precision
	case model.List, model.Map:
		return a.ElemNullable == b.ElemNullable && p.Same(a.Elem, b.Elem)
	case model.Struct, model.Enum:
		n := p.Named(a)
		return n != nil && n == p.Named(b)
	}
	return true
}

// Holds reports whether a Go value of type t holds capacity worth keeping between records.
func (p *Plan) Holds(t *model.Type) bool {
	switch t.Kind {
	case model.List, model.Map:
		return true
	case model.Struct:
		return p.Named(t).Holds
	}
	return false
}

func slashed(name string) string {
	out := []byte(name)
	for i, c := range out {
		if c == '\\' {
			out[i] = '/'
		}
	}
	return string(out)
}
