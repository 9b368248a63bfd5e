package check

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

func at(line int) diag.Pos { return diag.Pos{File: "p.yaml", Line: line, Col: 3} }

func table(name, path string, line int, key model.Kind) *model.Table {
	t := &model.Table{Name: name, Path: path, Pos: at(line)}
	if key != model.Invalid {
		t.Columns = []model.Column{{Name: "id", Type: &model.Type{Kind: key}, Pos: at(99)}}
		t.Keyed = &model.Keyed{Keys: []int{0}, SCDType: 1}
	}
	return t
}

func TestRules(t *testing.T) {
	a := &model.Source{Name: "a", Pos: at(1)}
	b := &model.Source{Name: "b", Pos: at(2)}
	v := &model.View{Name: "v", Uses: []string{"A"}, Pos: at(3)}
	appendTo := func(t *model.Table, source, where string, line int) *model.Flow {
		return &model.Flow{Name: "f" + string(rune('0'+line)), Target: t, Source: source, Where: where, Pos: at(line)}
	}
	applyTo := func(t *model.Table, line int) *model.Flow {
		return &model.Flow{Name: "f" + string(rune('0'+line)), Target: t, Source: "a", Pos: at(line), KindPos: at(line), Apply: &model.Apply{}}
	}
	once := func(f *model.Flow) *model.Flow { f.Once = true; return f }
	log, other, orders, floats := table("log", "t/log", 4, 0), table("other", "t/other", 5, 0), table("orders", "t/orders", 4, model.String), table("floats", "t/f", 4, model.Float64)
	structKey := table("structs", "t/s", 4, model.Struct)
	structKey.Columns[0].Type.Fields = []model.Field{{Name: "x", Type: &model.Type{Kind: model.List, Elem: &model.Type{Kind: model.Float32}}}}
	tables := func(paths ...string) *model.Pipeline {
		p := &model.Pipeline{}
		for i, path := range paths {
			p.Tables = append(p.Tables, table("t"+string(rune('1'+i)), path, i+1, 0))
		}
		return p
	}
	fine := func(kind model.Kind) *model.Table {
		return &model.Table{Name: "fine", Path: "fine" + strconv.Itoa(int(kind)), Columns: []model.Column{{Name: "id", Type: &model.Type{Kind: kind}}}, PartitionBy: []model.ColumnAt{{Pos: at(8)}}}
	}
	keyed := func(partition int, keys ...int) *model.Table {
		str := &model.Type{Kind: model.String}
		return &model.Table{Name: "keyed", Path: strconv.Itoa(partition) + strconv.Itoa(len(keys)), Columns: []model.Column{{Name: "id", Type: str}, {Name: "region", Type: str}},
			Keyed: &model.Keyed{Keys: append([]int{0}, keys...)}, PartitionBy: []model.ColumnAt{{Column: partition, Pos: at(8)}}}
	}
	history := func(kind model.Kind) *model.Table {
		return &model.Table{Name: "history", Path: "history" + strconv.Itoa(int(kind)), PartitionBy: []model.ColumnAt{{Column: 1, Pos: at(8)}},
			Columns: []model.Column{{Name: "id", Type: &model.Type{Kind: model.Int64}}, {Name: "__START_AT", Type: &model.Type{Kind: kind}}, {Name: "__END_AT", Type: &model.Type{Kind: kind}}},
			Keyed:   &model.Keyed{Keys: []int{0}, SCDType: 2, Start: 1, End: 2}}
	}
	tests := map[string]struct {
		p    *model.Pipeline
		want []string
	}{
		"all read, through a view ignoring case": {&model.Pipeline{Sources: []*model.Source{a}, Views: []*model.View{v}, Tables: []*model.Table{log}, Flows: []*model.Flow{appendTo(log, "v", "", 6)}}, nil},
		"view not read, its source neither": {&model.Pipeline{Sources: []*model.Source{a, b}, Views: []*model.View{v}, Tables: []*model.Table{log}, Flows: []*model.Flow{appendTo(log, "b", "", 6)}},
			[]string{"p.yaml:1:3: SF0315: no flow reads the source a", "p.yaml:3:3: SF0315: no flow reads the view v"}},
		"one folder":                 {tables("t/x", "./t//x"), []string{"p.yaml:2:3: SF0317: the tables t1 and t2 have the same folder t/x"}},
		"one folder by variable":     {tables("${T}/x", "${T}/x/"), []string{"p.yaml:2:3: SF0317: the tables t1 and t2 have the same folder ${T}/x"}},
		"folder in folder":           {tables("t/x", "t/x/y"), []string{"p.yaml:2:3: SF0317: the folder of table t2 is inside that of t1"}},
		"folder around folder":       {tables("t/x/y", "t"), []string{"p.yaml:2:3: SF0317: the folder of table t1 is inside that of t2"}},
		"folder around all":          {tables("t", "."), []string{"p.yaml:2:3: SF0317: the folder of table t1 is inside that of t2"}},
		"folder of a quarantine":     {tables("t/x", "t/x__quarantine"), []string{"p.yaml:2:3: SF0317: the folder of table t2 is that of the quarantine of t1"}},
		"quarantine in a folder":     {tables("t/x__quarantine", "t/x"), []string{"p.yaml:2:3: SF0317: the folder of table t1 is that of the quarantine of t2"}},
		"folders with a like prefix": {tables("t/x", "t/xy"), nil},
		"float key": {&model.Pipeline{Tables: []*model.Table{floats}, Flows: []*model.Flow{applyTo(floats, 6)}},
			[]string{"p.yaml:6:3: SF0319: the key id of table floats is a floating-point number: values that look alike may be different keys"}},
		"float deep in a key": {&model.Pipeline{Tables: []*model.Table{structKey}, Flows: []*model.Flow{applyTo(structKey, 6)}},
			[]string{"p.yaml:6:3: SF0319: the key id of table structs is a floating-point number: values that look alike may be different keys"}},
		"once and lasting": {&model.Pipeline{Tables: []*model.Table{orders}, Flows: []*model.Flow{applyTo(orders, 6), once(applyTo(orders, 7))}}, nil},
		"only once": {&model.Pipeline{Tables: []*model.Table{orders}, Flows: []*model.Flow{once(applyTo(orders, 6))}},
			[]string{"p.yaml:4:3: SF0320: only once flows feed the table orders: after their first run it never changes"}},
		"same rows twice": {&model.Pipeline{Tables: []*model.Table{log}, Flows: []*model.Flow{appendTo(log, "a", "x  > 1", 6), appendTo(log, "A", "x > 1", 7)}},
			[]string{"p.yaml:7:3: SF0321: the flows f6 and f7 add the same rows of A to log: every row is there twice"}},
		"same rows to two tables": {&model.Pipeline{Tables: []*model.Table{log, other}, Flows: []*model.Flow{appendTo(log, "a", "", 6), appendTo(other, "a", "", 7)}}, nil},
		"partitions as fine as rows": {&model.Pipeline{Tables: []*model.Table{fine(model.Timestamp), fine(model.UUID), fine(model.Date)}, Flows: []*model.Flow{applyTo(orders, 6)}},
			[]string{"p.yaml:8:3: SF0324: the table fine would have a partition for every UUID of id", "p.yaml:8:3: SF0324: the table fine would have a partition for every instant of id"}},
		"partition for every key": {&model.Pipeline{Tables: []*model.Table{keyed(0), keyed(0, 1), keyed(1)}, Flows: []*model.Flow{applyTo(orders, 6)}},
			[]string{"p.yaml:8:3: SF0324: partition_by of the table keyed names its whole key: every row would be a partition"}},
		"partition for every change": {&model.Pipeline{Tables: []*model.Table{history(model.Int64), history(model.Date)}, Flows: []*model.Flow{applyTo(orders, 6)}},
			[]string{"p.yaml:8:3: SF0324: the table history would have a partition for every change, by __START_AT"}},
		"other rows": {&model.Pipeline{Tables: []*model.Table{log}, Flows: []*model.Flow{appendTo(log, "a", "x > 1", 6), appendTo(log, "a", "x <= 1", 7)}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var diags diag.List
			Check(tt.p, &diags)
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
