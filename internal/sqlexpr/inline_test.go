package sqlexpr

import (
	"strings"
	"testing"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
)

func scalar(t *testing.T, sql string, columns []model.Column) *model.Expr {
	t.Helper()
	var diags diag.List
	e := ParseScalar(sqlText(sql), columns, &diags)
	if e == nil {
		t.Fatalf("%s: %s", sql, show(&diags))
	}
	return e
}

// A view over a view: what the outer one takes for a column that is never NULL may be an expression that is or fails.
func TestInlineRecomputesFacts(t *testing.T) {
	view := columnsOf("x BIGINT NOT NULL, y STRING NOT NULL")
	outer := scalar(t, "IF(x = 1, y, 'none')", view)
	before := Format(outer, view)
	for _, c := range []struct{ x, y, want string }{
		{"big", "id", "STRING"},
		{"SAFE_CAST(id AS BIGINT)", "id", "STRING"},
		{"CAST(id AS BIGINT)", "id", "STRING fails"},
		{"big", "`order`", "STRING null"},
		{"big", "COALESCE(`order`, LEFT(id, 2))", "STRING fails"},
	} {
		exprs := []*model.Expr{scalar(t, c.x, orders), scalar(t, c.y, orders)}
		got := Inline(outer, exprs)
		if flags(got) != c.want {
			t.Errorf("over %s and %s it is %s, want %s", c.x, c.y, flags(got), c.want)
		}
		readsBack(t, got, orders)
	}
	if Format(outer, view) != before || outer.CanFail {
		t.Error("Inline changed its argument")
	}
}

// Views that each name a column twice must not cost memory or time by powers of two.
func TestInlineKeepsSharing(t *testing.T) {
	columns := columnsOf("x STRING")
	e := scalar(t, "x", columns)
	twice := scalar(t, "x || x", columns)
	for range 200 {
		e = Inline(twice, []*model.Expr{e})
	}
	if got := Size(e, 1000); got != 1000 {
		t.Errorf("the size is %d", got)
	}
}

func TestTooLarge(t *testing.T) {
	sql := "n"
	for range 20 {
		sql = "COALESCE(" + sql + ", 1)"
	}
	var diags diag.List
	if ParseScalar(sqlText(sql), orders, &diags) != nil || !strings.Contains(show(&diags), "SF0202") {
		t.Errorf("written out it has a million operations: %s", show(&diags))
	}
}

// Positions are those in the YAML file, through every way of writing a scalar.
func TestPositionsInYAML(t *testing.T) {
	src := `pipeline: p
schemas: {o: o.avsc}
sources: {orders: {schema: o, files: {path: x, format: json}}}
views:
  folded: >-
    SELECT id,
      stauts FROM orders

    WHERE day < '2024-02-30'
  quoted: "SELECT \"a\" AS \u0061, missing FROM orders"
  'plain': SELECT it_is FROM orders
tables: {t: {delta: {path: t}}}
flows: {f: {append_flow: {target: t, source: folded, where: 'id = ''it'' AND nn > 1'}}}
`
	var diags diag.List
	p := spec.Parse("p.yaml", []byte(src), &diags)
	if diags.Len() > 0 {
		t.Fatalf("the spec: %s", show(&diags))
	}
	for _, v := range p.Views {
		if q := ParseQuery(Text{v.SQL.Value, v.SQL.Pos}, &diags); q != nil {
			q.Sides[0].Resolve(orders, &diags)
		}
	}
	where := p.Flows[0].Append.Where
	ParseCondition(Text{where.Value, where.Pos}, orders, &diags)
	var got []string
	for _, d := range diags.Sorted() {
		got = append(got, d.Pos.String()+" "+d.ID)
	}
	want := "p.yaml:7:7 SF0204, p.yaml:9:17 SF0210, p.yaml:10:36 SF0204, p.yaml:11:19 SF0204, p.yaml:13:78 SF0204"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
