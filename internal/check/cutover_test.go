package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

func TestCutovers(t *testing.T) {
	const before, from = "event_date < '2024-04-01'", "event_date >= '2024-04-01'"
	tests := map[string]struct {
		nullable bool
		accept   string
		wheres   []string
		want     []string
	}{
		"seed":                    {false, "", []string{before, from}, nil},
		"seed, NULL":              {true, "", []string{before, from}, []string{"p.yaml:3:3: SF0361: no flow takes rows with event_date IS NULL into actions: they are lost"}},
		"seed, NULL is taken":     {true, "", []string{before + " OR event_date IS NULL", from}, nil},
		"seed, NULL is no matter": {true, "gap", []string{before, from}, nil},
		"the day itself twice": {false, "", []string{"event_date <= '2024-04-01'", from},
			[]string{"p.yaml:3:3: SF0360: the flows f1 and f2 both take rows with event_date = DATE '2024-04-01' into actions: such a row is there twice if both sources have it"}},
		"the day itself twice, accepted": {false, "overlap", []string{"event_date <= '2024-04-01'", from}, nil},
		"the day itself lost": {false, "", []string{before, "event_date > '2024-04-01'"},
			[]string{"p.yaml:3:3: SF0361: no flow takes rows with event_date = DATE '2024-04-01' into actions: they are lost"}},
		"one takes all": {true, "", []string{"", from},
			[]string{"p.yaml:3:3: SF0360: the flows f1 and f2 both take rows with event_date = DATE '2024-04-01' into actions: such a row is there twice if both sources have it"}},
		"two sources":        {true, "", []string{"", ""}, nil},
		"a lone filter":      {true, "", []string{before}, nil},
		"three flows":        {false, "", []string{"event_date < '2024-01-01'", "event_date BETWEEN '2024-01-01' AND '2024-03-31'", from}, nil},
		"cannot be known":    {true, "", []string{"EXTRACT(MONTH FROM event_date) = 3", "event_date >= '2024-04-01' OR event_date < '2024-03-01'"}, []string{"p.yaml:3:3: SF0362: it is not known whether every row is taken by one of the flows of actions: which values EXTRACT(MONTH FROM event_date) can have is not known"}},
		"nobody has to know": {true, "unproved", []string{"EXTRACT(MONTH FROM event_date) = 3", "event_date >= '2024-04-01' OR event_date < '2024-03-01'"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var diags diag.List
			cutovers(appending(t, tt.nullable, tt.accept, tt.wheres), &diags)
			var got []string
			for _, d := range diags.Sorted() {
				got = append(got, d.Error())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// appending is a pipeline of append flows f1, f2, … with these conditions, each of its own source, into one table.
func appending(t *testing.T, nullable bool, accept string, wheres []string) *model.Pipeline {
	t.Helper()
	columns := []model.Column{{Name: "event_date", Type: &model.Type{Kind: model.Date}, Nullable: nullable}}
	into := &model.Table{Name: "actions", Columns: columns, Pos: at(1)}
	if accept != "" {
		into.Accept = map[string]string{accept: "known"}
	}
	p := &model.Pipeline{Tables: []*model.Table{into}}
	for i, where := range wheres {
		digit := string(rune('1' + i))
		source := &model.Source{Name: "s" + digit, Files: &model.FilesSource{Format: model.JSON}, Columns: columns}
		b := model.FlowBranch{Source: source, Row: []*model.Expr{{Op: model.OpColumn, Name: "event_date", Type: columns[0].Type, Nullable: nullable}}}
		if where != "" {
			var diags diag.List
			e := sqlexpr.ParseCondition(sqlexpr.Text{SQL: where, Pos: func(int) diag.Pos { return at(9) }}, columns, &diags)
			if e == nil {
				t.Fatal(diags.Sorted())
			}
			b.Where = []*model.Expr{e}
		}
		p.Flows = append(p.Flows, &model.Flow{Name: "f" + digit, Target: into, Source: source.Name, Where: where, Branches: []model.FlowBranch{b}, Pos: at(2 + i)})
	}
	return p
}
