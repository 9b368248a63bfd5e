package sqlexpr

import (
	"fmt"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

func unionSides(sides []Side, byName bool, diags *diag.List) (columns []model.Column, exprs [][]*model.Expr, ok bool) {
	u := &union{sides: sides, diags: diags, ok: true}
	for _, s := range sides {
		if !s.OK {
			return nil, nil, false
		}
	}
	u.match()
	if !u.ok {
		return nil, nil, false
	}
	if !byName {
		u.warnOfOrder()
	}
	for i, c := range sides[0].Columns {
		columns = append(columns, u.column(i, c))
	}
	if !u.ok {
		return nil, nil, false
	}
	ok = true
	for s, side := range sides {
		row := make([]*model.Expr, len(columns))
		for i := range columns {
			row[i] = CastTo(side.Exprs[u.at[s][i]], columns[i].Type)
			ok = noBareNull(row[i], diags) && ok
		}
		exprs = append(exprs, row)
	}
	return columns, exprs, ok
}

type union struct {
	sides []Side
	diags *diag.List
	at    [][]int // by side and column of the first side: the column of that side
	ok    bool
}

// match finds every column of the first side in every side.
func (u *union) match() {
	first := u.sides[0]
	for _, side := range u.sides {
		at := make([]int, len(first.Columns))
		taken := map[int]bool{}
		for i, c := range first.Columns {
			at[i] = find(len(side.Columns), c.Name, func(j int) string { return side.Columns[j].Name })
			if at[i] < 0 {
				u.missing(c, side, side.Columns)
				continue
			}
			taken[at[i]] = true
		}
		for j, c := range side.Columns {
			if !taken[j] {
				u.missing(c, first, first.Columns)
			}
		}
		u.at = append(u.at, at)
	}
}

func (u *union) missing(c model.Column, side Side, there []model.Column) {
	u.ok = false
	hint := didYouMean(c.Name, columnNames(there))
	if hint == "" {
		hint = "add it there, perhaps as CAST(NULL AS " + typeText(c.Type) + ") AS " + quoteName(c.Name)
	}
	u.diags.Add(diag.Diagnostic{ID: "SF0215", Pos: c.Pos, Message: fmt.Sprintf("the sides of UNION ALL differ: %s is not in another side", c.Name),
		Hint: hint, Related: []diag.Related{{Pos: side.Pos, Message: "the side without it"}}})
}

// warnOfOrder tells those who expect UNION ALL to match by position.
func (u *union) warnOfOrder() {
	for s, at := range u.at {
		for i, j := range at {
			if i != j {
				u.diags.Add(diag.Diagnostic{ID: "SF0218", Severity: diag.Warning, Pos: u.sides[s].Pos,
					Message: "the sides of UNION ALL name their columns in another order; they are matched by name", Hint: "write UNION ALL BY NAME, or use one order"})
				return
			}
		}
	}
}

// column gives the type that all sides fit into.
func (u *union) column(i int, c model.Column) model.Column {
	c.Meta = false
	from := c
	for s, side := range u.sides {
		d := side.Columns[u.at[s][i]]
		t := CommonType(c.Type, d.Type)
		if t == nil {
			u.ok = false
			u.diags.Add(diag.Diagnostic{ID: "SF0216", Pos: d.Pos, Message: fmt.Sprintf("%s is %s here and %s in another side of UNION ALL", d.Name, TypeName(d.Type), TypeName(from.Type)),
				Hint: "CAST one of them", Related: []diag.Related{{Pos: from.Pos, Message: "the other side"}}})
			return c
		}
		if !EqualTypes(c.Type, t) {
			from = d
		}
		c.Type, c.Nullable = t, c.Nullable || d.Nullable
		if c.Doc == "" {
			c.Doc = d.Doc
		}
	}
	if holdsNull(c.Type) {
		u.ok = false
		u.diags.Add(diag.Diagnostic{ID: "SF0216", Pos: c.Pos, Message: c.Name + " is NULL and has no type", Hint: "write CAST(NULL AS …)"})
	}
	return c
}

// holdsNull reports whether a bare NULL gives t, or a part of it, its type.
func holdsNull(t *model.Type) bool {
	switch t.Kind {
	case model.Null:
		return true
	case model.List, model.Map:
		return holdsNull(t.Elem)
	case model.Struct:
		for _, f := range t.Fields {
			if holdsNull(f.Type) {
				return true
			}
		}
	}
	return false
}

// noBareNull reports a NULL inside e that nothing gives a type.
func noBareNull(e *model.Expr, diags *diag.List) bool {
	if !holdsNull(e.Type) {
		for _, a := range e.Args {
			if !noBareNull(a, diags) {
				return false
			}
		}
		return true
	}
	diags.Add(diag.Diagnostic{ID: "SF0216", Pos: e.Pos, Message: "this NULL has no type", Hint: "write CAST(NULL AS …)"})
	return false
}

func columnNames(columns []model.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// didYouMean is diag.DidYouMean for names that are matched ignoring case.
func didYouMean(name string, candidates []string) string {
	if near := diag.Nearest(strings.ToLower(name), lowered(candidates)); near != "" {
		for _, c := range candidates {
			if strings.EqualFold(c, near) {
				return "did you mean " + c + "?"
			}
		}
	}
	return ""
}

func lowered(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	return out
}
