package sqlexpr

import (
	"math/big"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// Share is how many rows of a file a predicate takes.
type Share uint8

const (
	SomeRows Share = iota // or all or none: it is not known
	NoRows
	AllRows
)

func (s Share) String() string {
	return [...]string{SomeRows: "some", NoRows: "none", AllRows: "all"}[s]
}

// FileStats are the statistics that a Delta log has of a file. What it says nothing of may have any value.
type FileStats struct {
	Rows    int64 // numRecords; below 0 if unknown
	Columns []ColumnStats
}

// ColumnStats are those of a column of the table, or its one value where files are partitioned by it.
type ColumnStats struct {
	Column   string
	Min, Max *string // as in the log, texts without quotes; nil if unknown
	Nulls    int64   // below 0 if unknown
}

// RowsTaken says how many of a file's rows p takes, whoever wrote them, as far as statistics tell: bounds may be wider
// than the values, and texts and times are cut in them.
func RowsTaken(p Predicate, f FileStats) Share {
	s := spaceOf([]Predicate{p.ofFiles()})
	q := s.parts[0]
	for _, v := range s.vars {
		s.asStored(v, &p)
	}
	s.settle()
	for i := range f.Columns {
		if v := s.find(strings.ToLower(f.Columns[i].Column)); v != nil {
			v.within(&f.Columns[i], f.Rows)
		}
	}
	rows, ok := s.rows(q.vars)
	if !ok {
		return SomeRows
	}
	none, all := true, true
	for r := range rows {
		t := q.take(r, false)
		none = none && !t.has(isTRUE)
		all = all && t == isTRUE
	}
	switch {
	case none:
		return NoRows
	case all:
		return AllRows
	}
	return SomeRows
}

// ofFiles is p over rows of any flow: every column may be NULL, and NaN.
func (p Predicate) ofFiles() Predicate {
	p.NoNaN = false
	over := slices.Clone(p.Over)
	columns := make([]*model.Expr, len(over))
	for i := range over {
		over[i].Nullable = true
		columns[i] = &model.Expr{Op: model.OpColumn, Column: i, Name: over[i].Name, Type: over[i].Type, Nullable: true, Pos: over[i].Pos}
	}
	inlined := func(es []*model.Expr) []*model.Expr {
		out := make([]*model.Expr, len(es))
		for i, e := range es {
			out[i] = Inline(e, columns)
		}
		return out
	}
	p.Over, p.Where, p.Row = over, inlined(p.Where), inlined(p.Row)
	return p
}

// asStored gives v the type of the table's column, and no values where the table has no such column.
func (s *space) asStored(v *variable, p *Predicate) {
	if strings.HasPrefix(v.name, " ") {
		return
	}
	i := slices.IndexFunc(p.Table, func(c model.Column) bool { return strings.ToLower(c.Name) == v.name })
	if i < 0 {
		v.typ = nil
		return
	}
	v.nullable = true
	if v.typ = comparableType(v.typ, p.Table[i].Type); v.typ != nil && isText(v.typ) {
		v.typ = stringType
	}
}

// within leaves out the atoms of v that a file with c has no value of.
func (v *variable) within(c *ColumnStats, rows int64) {
	if v.typ == nil {
		return
	}
	least, _ := v.bound(c.Min, -1)
	most, open := v.bound(c.Max, 1)
	onlyNull := c.Nulls >= 0 && c.Nulls == rows
	v.atoms = slices.DeleteFunc(v.atoms, func(a atom) bool {
		switch {
		case a.shown.state == isNull:
			return c.Nulls == 0
		case onlyNull:
			return true
		case a.shown.state == isNaN:
			return false
		case least.state != isUnknown && a.hi.state != isUnknown && a.hi.order(least) <= 0:
			return true
		}
		return most.state != isUnknown && (a.lo.order(most) > 0 || open && a.lo.same(most))
	})
}

// bound reads the least (side below 0) or greatest value that a file can have; isUnknown is none. With open, all its
// values lie below it.
func (v *variable) bound(text *string, side int64) (d datum, open bool) {
	if text == nil {
		return d, false
	}
	lit, err := Literal(*text, v.typ)
	if err != nil {
		return d, false
	}
	if d, _ = datumOf(lit); d.state < isNumeric {
		return datum{}, false
	}
	switch {
	case v.typ.Kind == model.Timestamp:
		// Logs have milliseconds.
		d.n = new(big.Int).Add(d.n, big.NewInt(999*side))
	case d.state == isString && side > 0:
		// It may be the beginning of a longer text.
		end, ok := afterPrefix(d.s)
		if !ok {
			return datum{}, false
		}
		return textOf(end), true
	}
	return d, false
}
