package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
)

// stored says which rows a flow took, by the filters that the table's contract holds.
func (c *cut) stored(f *contract.Flow) (all []sqlexpr.Predicate, err error) {
	for _, in := range f.Inputs {
		p, err := c.storedInput(f.Name, &in)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// storedInput speaks of the source as the spec has it, where a flow into the table still reads it.
func (c *cut) storedInput(flow string, in *contract.Input) (sqlexpr.Predicate, error) {
	for _, p := range c.all {
		if p.Source == in.Source {
			p.Flow = flow
			return p.Stored(in.Where)
		}
	}
	return sqlexpr.StoredPredicate(flow, in.Source, in.Where, columns(c.before))
}

func columns(t *contract.Table) (all []sqlexpr.StoredColumn) {
	for _, c := range t.Columns {
		all = append(all, sqlexpr.StoredColumn{Name: c.Name, Type: c.Type, Nullable: c.Nullable})
	}
	return all
}

// held counts the files of the table that may hold rows which now takes, and which others have brought, and their rows. It
// goes by the files' statistics: what it does not count is not there.
func (c *cut) held(now []sqlexpr.Predicate, b brought) (files int, rows int64, err error) {
	named := mentioned(now, b.took, b.by)
	none := map[string]bool{} // by what statistics say: many files have the same
	for _, f := range c.table.Files() {
		if f.Rows >= 0 && f.Rows == f.Dead {
			continue
		}
		where := c.bounds(f, named)
		key := strings.Join(where, "\x00")
		free, known := none[key]
		if !known {
			of, err := sqlexpr.StoredPredicate("table", "table", where, c.nullable())
			if err != nil {
				return 0, 0, fmt.Errorf("file %s: %w", f.Path, err)
			}
			free = apart(of, now) || len(b.by) > 0 && apart(of, b.by) ||
				len(b.took) > 0 && sqlexpr.Covers([]sqlexpr.Predicate{of}, b.took).Complete == sqlexpr.Proved
			none[key] = free
		}
		if !free {
			files++
			rows += max(f.Rows, 0) - f.Dead
		}
	}
	return files, max(rows, 0), nil
}

// apart reports whether no row of the file is one that a flow takes.
func apart(of sqlexpr.Predicate, takes []sqlexpr.Predicate) bool {
	return !slices.ContainsFunc(takes, func(p sqlexpr.Predicate) bool {
		return sqlexpr.Cutover([]sqlexpr.Predicate{of, p}).Disjoint != sqlexpr.Proved
	})
}

// allApart reports whether no row is taken by both sides; where one of them is empty, that is not known.
func allApart(a, b []sqlexpr.Predicate) bool {
	return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(p sqlexpr.Predicate) bool { return !apart(p, b) })
}

// mentioned are the names, in small letters, of the table's columns that filters depend on.
func mentioned(all ...[]sqlexpr.Predicate) map[string]bool {
	names := map[string]bool{}
	for _, p := range slices.Concat(all...) {
		used := map[int]bool{}
		for _, e := range p.Where {
			use(e, used)
		}
		for i, e := range p.Row {
			of := map[int]bool{}
			use(e, of)
			for column := range of {
				if used[column] {
					names[strings.ToLower(p.Table[i].Name)] = true
				}
			}
		}
	}
	return names
}

func use(e *model.Expr, columns map[int]bool) {
	if e.Op == model.OpColumn {
		columns[e.Column] = true
	}
	for _, a := range e.Args {
		use(a, columns)
	}
}

// statistics are those of an add action, of the columns that are not nested.
type statistics struct {
	Min   map[string]json.RawMessage `json:"minValues"`
	Max   map[string]json.RawMessage `json:"maxValues"`
	Nulls map[string]json.RawMessage `json:"nullCount"`
}

// bounds is what a file's statistics say of the rows that it may hold, as the filter of a flow that brought them.
func (c *cut) bounds(f *delta.File, named map[string]bool) (where []string) {
	var stats statistics
	if f.Stats != "" && json.Unmarshal([]byte(f.Stats), &stats) != nil {
		stats = statistics{} // another engine's: nothing is known of the rows
	}
	for _, col := range c.before.Columns {
		if named[strings.ToLower(col.Name)] {
			where = append(where, stats.conditions(col, f.Rows)...)
		}
	}
	return where
}

// nullable are the table's columns as they are on disk.
func (c *cut) nullable() []sqlexpr.StoredColumn {
	all := columns(c.before)
	for i := range all {
		all[i].Nullable = true
	}
	return all
}

// conditions are what the values of a column hold to.
func (s *statistics) conditions(col contract.Column, rows int64) []string {
	name := quoted(col.Name)
	nulls := string(s.Nulls[col.Name])
	if rows >= 0 && nulls == fmt.Sprint(rows) {
		return []string{name + " IS NULL"}
	}
	var bounds []string
	if lo, ok := literal(s.Min[col.Name], col.Type, 0); ok {
		bounds = append(bounds, name+" >= "+lo)
	}
	if hi, ok := literal(s.Max[col.Name], col.Type, 999*time.Microsecond); ok {
		bounds = append(bounds, name+" <= "+hi)
	}
	if nulls == "0" {
		return append(bounds, name+" IS NOT NULL")
	}
	if len(bounds) > 0 {
		return []string{"(" + strings.Join(bounds, " AND ") + ") OR " + name + " IS NULL"}
	}
	return nil
}

// literal is a value of the statistics as SQL. Other engines cut times to milliseconds, so that the greatest may be up to
// later than it says.
func literal(raw json.RawMessage, typ string, later time.Duration) (string, bool) {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", false
	case typ == "float" || typ == "double": // they say nothing of NaN
		return "", false
	case raw[0] != '"':
		return string(raw), raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9'
	case json.Unmarshal(raw, &text) != nil:
		return "", false
	case typ == "timestamp":
		at, err := time.Parse(time.RFC3339Nano, text)
		return "'" + at.Add(later).UTC().Format("2006-01-02 15:04:05.999999") + "+00:00'", err == nil
	case typ == "date":
		_, err := time.Parse(time.DateOnly, text)
		return "'" + text + "'", err == nil
	}
	lit := &model.Literal{Type: &model.Type{Kind: model.String}, Str: text}
	return sqlexpr.Format(&model.Expr{Op: model.OpLiteral, Type: lit.Type, Lit: lit}, nil), typ == "string"
}

// quoted writes a name as SQL.
func quoted(name string) string {
	return sqlexpr.Format(&model.Expr{Op: model.OpColumn}, []model.Column{{Name: name}})
}
