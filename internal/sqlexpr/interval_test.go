package sqlexpr

import (
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// TestCutovers: a line for each flow, "source(columns): SELECT", then ---- and the proof. Flows that begin with "before"
// are those of earlier, and the proof is that the others cover them.
func TestCutovers(t *testing.T) {
	rewrite(t, "testdata/cutovers.txt", func(old string) string {
		var b strings.Builder
		for _, block := range strings.Split(strings.TrimSpace(old), "\n\n") {
			flows, _, _ := strings.Cut(block, "\n----")
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString(flows + "\n----\n" + proofOf(t, strings.Split(flows, "\n")))
		}
		return b.String()
	})
}

func proofOf(t *testing.T, flows []string) string {
	t.Helper()
	var before, now []Predicate
	for i, f := range flows {
		if strings.HasPrefix(f, "#") {
			continue
		}
		declared, earlier := strings.CutPrefix(f, "before ")
		p := declaredFlow(t, declared)
		if p.Flow = p.Source; i > 0 && strings.HasPrefix(flows[i-1], p.Source+"(") {
			p.Flow += "2"
		}
		if earlier {
			before = append(before, p)
		} else {
			now = append(now, p)
		}
	}
	intoOneTable(t, before, now)
	if before != nil {
		return Covers(before, now).Text()
	}
	return Cutover(now).Text()
}

// declaredFlow reads "source(columns): SELECT …"; Table is what it selects.
func declaredFlow(t *testing.T, f string) Predicate {
	t.Helper()
	head, sql, ok := strings.Cut(f, "): ")
	source, columns, ok2 := strings.Cut(head, "(")
	if !ok || !ok2 {
		t.Fatalf("%s is no flow", f)
	}
	var diags diag.List
	p := Predicate{Source: source, Over: columnsOf(columns)}
	if q := ParseQuery(sqlText(sql), &diags); q != nil {
		side := q.Sides[0].Resolve(p.Over, &diags)
		p.Table, p.Row = side.Columns, side.Exprs
		if side.Where != nil {
			p.Where = []*model.Expr{side.Where}
		}
	}
	if diags.HasErrors() {
		t.Fatalf("%s: %s", f, show(&diags))
	}
	return p
}

// intoOneTable gives all flows the columns of all.
func intoOneTable(t *testing.T, groups ...[]Predicate) {
	t.Helper()
	var table []model.Column
	for _, flows := range groups {
		for _, p := range flows {
			for _, c := range p.Table {
				i := find(len(table), c.Name, func(i int) string { return table[i].Name })
				if i < 0 {
					table = append(table, c)
					continue
				}
				if table[i].Type = CommonType(table[i].Type, c.Type); table[i].Type == nil {
					t.Fatalf("the types of %s do not go together", c.Name)
				}
			}
		}
	}
	for _, flows := range groups {
		for k := range flows {
			p := &flows[k]
			row := make([]*model.Expr, len(table))
			for i, c := range table {
				row[i] = nullOf(c.Type, diag.Pos{})
				if at := find(len(p.Table), c.Name, func(i int) string { return p.Table[i].Name }); at >= 0 {
					row[i] = p.Row[at]
				}
			}
			p.Table, p.Row = table, row
		}
	}
}

// over are the predicates of flows f1, f2, … of different sources into a table of those columns.
func over(t testing.TB, columns string, wheres ...string) []Predicate {
	t.Helper()
	var out []Predicate
	cols := columnsOf(columns)
	for i, where := range wheres {
		name := string(rune('1' + i))
		p := Predicate{Flow: "f" + name, Source: "s" + name, Over: cols, Table: cols}
		for k := range cols {
			p.Row = append(p.Row, &model.Expr{Op: model.OpColumn, Column: k, Name: cols[k].Name, Type: cols[k].Type, Nullable: cols[k].Nullable})
		}
		p, err := p.Stored([]string{where})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}
