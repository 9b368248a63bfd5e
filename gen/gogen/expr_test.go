package gogen

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/genver"
	"pgregory.net/rapid"
)

var (
	boolType   = &model.Type{Kind: model.Bool}
	int32Type  = &model.Type{Kind: model.Int32}
	intType    = &model.Type{Kind: model.Int64}
	floatType  = &model.Type{Kind: model.Float64}
	textType   = &model.Type{Kind: model.String}
	bytesType  = &model.Type{Kind: model.Bytes}
	dateType   = &model.Type{Kind: model.Date}
	timeType   = &model.Type{Kind: model.Timestamp}
	uuidType   = &model.Type{Kind: model.UUID}
	priceType  = &model.Type{Kind: model.Decimal, Precision: 10, Scale: 2}
	statusType = &model.Type{Kind: model.Enum, Name: "Status", Symbols: []string{"open", "complete"}}
	placeType  = &model.Type{Kind: model.Struct, Name: "Place", Fields: []model.Field{
		{Name: "city", Type: textType, Nullable: true, Tag: 1}, {Name: "floor", Type: int32Type, Tag: 2}}}
	listType = &model.Type{Kind: model.List, Elem: intType, ElemNullable: true}
	mapType  = &model.Type{Kind: model.Map, Elem: textType}
)

// exprFields are columns for expressions: of every kind, one that may be NULL and one that may not.
func exprFields() []model.Field {
	all := map[string]*model.Type{"flag": boolType, "small": int32Type, "n": intType, "single": {Kind: model.Float32}, "x": floatType, "text": textType,
		"raw": bytesType, "day": dateType, "at": timeType, "id": uuidType, "price": priceType, "status": statusType, "place": placeType, "list": listType, "tags": mapType}
	var fields []model.Field
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fields = append(fields, model.Field{Name: name, Type: all[name], Tag: len(fields) + 1})
		fields = append(fields, model.Field{Name: "opt_" + name, Type: all[name], Nullable: true, Tag: len(fields) + 1})
	}
	return fields
}

// exprPlan plans a pipeline whose one table has a column e1, e2, … for each expression.
func exprPlan(t interface{ Fatalf(string, ...any) }, where *model.Expr, exprs ...*model.Expr) *emit.Plan {
	rec := &model.Record{Name: "Order", Fields: exprFields()}
	src := &model.Source{Name: "orders", Record: rec, Files: &model.FilesSource{Path: "x", Format: model.JSON, OnChange: "report"}}
	for _, f := range rec.Fields {
		src.Columns = append(src.Columns, model.Column{Name: f.Name, Type: f.Type, Nullable: f.Nullable})
	}
	tb := &model.Table{Name: "out", Path: "out", OnBadRecord: "fail"}
	branch := model.FlowBranch{Source: src, Row: exprs}
	if where != nil {
		branch.Where = []*model.Expr{where}
	}
	for i, e := range exprs {
		typ := e.Type
		if typ.Kind == model.Null {
			typ = textType
		}
		tb.Columns = append(tb.Columns, model.Column{Name: "e" + string(rune('1'+i)), Type: typ, Nullable: e.Nullable})
	}
	fl := &model.Flow{Name: "f", Target: tb, Source: "orders", Branches: []model.FlowBranch{branch}}
	p := &model.Pipeline{Name: "p", GoPackage: "p", GoOut: ".", SpecFile: "p.yaml", Records: []*model.Record{rec}, Sources: []*model.Source{src},
		Tables: []*model.Table{tb}, Flows: []*model.Flow{fl}}
	plan, ds := emit.Build(p, emit.Options{Tool: "t", Contract: genver.Version, Graph: "g"})
	if plan == nil {
		t.Fatalf("no plan: %v", ds)
	}
	return plan
}

func column(name string) *model.Expr {
	for i, f := range exprFields() {
		if f.Name == name {
			return &model.Expr{Op: model.OpColumn, Column: i, Type: f.Type, Nullable: f.Nullable}
		}
	}
	panic(name)
}

func constant(t *model.Type, l model.Literal) *model.Expr {
	l.Type = t
	return &model.Expr{Op: model.OpLiteral, Type: t, Lit: &l, Nullable: l.Null}
}

func textOf(s string) *model.Expr { return constant(textType, model.Literal{Str: s}) }
func integer(n int64) *model.Expr {
	return constant(intType, model.Literal{Int: n})
}

// made is an expression over args, NULL where one of them may be.
func made(op model.Op, fn string, t *model.Type, args ...*model.Expr) *model.Expr {
	e := &model.Expr{Op: op, Func: fn, Type: t, Args: args}
	e.Nullable = slices.ContainsFunc(args, func(a *model.Expr) bool { return a.Nullable }) || fn == "safe_cast" || strings.HasPrefix(fn, "safe_")
	switch op {
	case model.OpIsNull, model.OpIsTrue, model.OpIsFalse:
		e.Nullable = false
	case model.OpKey:
		e.Nullable = true
	case model.OpIndex:
		e.Nullable = e.Nullable || args[0].Type.ElemNullable
	}
	return e
}

func call(fn string, t *model.Type, args ...*model.Expr) *model.Expr {
	return made(model.OpCall, fn, t, args...)
}

// written is the body of the flow function of an expression, or of a filter.
func written(t *testing.T, where *model.Expr, exprs ...*model.Expr) string {
	t.Helper()
	files, err := Write(exprPlan(t, where, exprs...))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		_, body, found := bytes.Cut(f.Data, []byte("(s *Order, m *flow.Meta, r *Out, ch *merge.Change) (bool, error) {\n"))
		if found {
			body, _, _ = bytes.Cut(body, []byte("\treturn true, nil\n}"))
			return strings.ReplaceAll("\t"+strings.TrimSpace(string(body))+"\n", "\n\t", "\n")[1:]
		}
	}
	t.Fatal("no flow function")
	return ""
}

func TestWrittenExpressions(t *testing.T) {
	complete := func(name string) *model.Expr {
		return made(model.OpCompare, "=", boolType, column(name), constant(statusType, model.Literal{Str: "complete"}))
	}
	toInt := made(model.OpCast, "cast", intType, column("opt_text"))
	for _, c := range []struct {
		name  string
		where bool
		e     *model.Expr
		want  string
	}{
		{"filter", true, complete("opt_status"), `
			if !(s.OptStatus.Valid && s.OptStatus.V == StatusComplete) {
				return false, nil
			}`},
		{"not_equal", true, made(model.OpNot, "", boolType, complete("opt_status")), `
			if !(s.OptStatus.Valid && s.OptStatus.V != StatusComplete) {
				return false, nil
			}`},
		{"in", true, made(model.OpIn, "", boolType, column("opt_text"), textOf("a"), textOf("b")), `
			if !(s.OptText.Valid && (s.OptText.V == "a" || s.OptText.V == "b")) {
				return false, nil
			}`},
		{"cast", false, made(model.OpCast, "cast", intType, column("text")), `
			e1, ok := sqlfn.StringToInt64(s.Text)
			if !ok {
				return false, flow.BadColumn("e1", sqlfn.NotA(s.Text, "BIGINT"))
			}
			r.E1 = e1`},
		{"cast_of_optional", false, toInt, `
			var e1 value.Opt[int64]
			if s.OptText.Valid {
				if e1.V, e1.Valid = sqlfn.StringToInt64(s.OptText.V); !e1.Valid {
					return false, flow.BadColumn("e1", sqlfn.NotA(s.OptText.V, "BIGINT"))
				}
			}
			r.E1 = e1`},
		{"safe_cast", false, made(model.OpCast, "safe_cast", timeType, column("text")), `
			var e1 value.Opt[value.Timestamp]
			e1.V, e1.Valid = sqlfn.StringToTimestamp(s.Text)
			r.E1 = e1`},
		{"overflow", false, call("add", intType, column("opt_n"), integer(1)), `
			var e1 value.Opt[int64]
			if e1.Valid = s.OptN.Valid; e1.Valid {
				var err error
				if e1.V, err = sqlfn.AddInt64(s.OptN.V, 1); err != nil {
					return false, flow.BadColumn("e1", err)
				}
			}
			r.E1 = e1`},
		{"total_call", false, call("upper", textType, column("opt_text")), `
			r.E1 = value.Opt[string]{V: sqlfn.Upper(s.OptText.V), Valid: s.OptText.Valid}`},
		{"case_is_lazy", false, made(model.OpCase, "", intType, complete("status"), made(model.OpCast, "cast", intType, column("text")), integer(0)), `
			var e1 int64
			if s.Status == StatusComplete {
				e2, ok := sqlfn.StringToInt64(s.Text)
				if !ok {
					return false, flow.BadColumn("e1", sqlfn.NotA(s.Text, "BIGINT"))
				}
				e1 = e2
			} else {
				e1 = int64(0)
			}
			r.E1 = e1`},
		{"and_is_lazy", true, made(model.OpAnd, "", boolType, complete("status"), made(model.OpCompare, "<", boolType, toInt, integer(9))), `
			e2 := s.Status == StatusComplete
			if e2 {
				var e1 value.Opt[int64]
				if s.OptText.Valid {
					if e1.V, e1.Valid = sqlfn.StringToInt64(s.OptText.V); !e1.Valid {
						return false, flow.BadColumn("WHERE", sqlfn.NotA(s.OptText.V, "BIGINT"))
					}
				}
				e2 = e1.Valid && e1.V < 9
			}
			if !e2 {
				return false, nil
			}`},
		{"kleene", false, made(model.OpOr, "", boolType, column("opt_flag"), column("flag")), `
			e1 := s.OptFlag
			e1 = sqlfn.Or(e1, value.Opt[bool]{V: s.Flag, Valid: true})
			r.E1 = e1`},
		{"nullif", false, &model.Expr{Op: model.OpCase, Type: textType, Nullable: true, Args: []*model.Expr{
			made(model.OpCompare, "=", boolType, column("text"), textOf("")), constant(textType, model.Literal{Null: true}), column("text")}}, `
			var e1 value.Opt[string]
			if s.Text != "" {
				e1.V, e1.Valid = s.Text, true
			}
			r.E1 = e1`},
		{"element", false, made(model.OpIndex, "offset", intType, column("list"), integer(0)), `
			var e1 value.Opt[int64]
			{
				at, err := sqlfn.Offset(len(s.List), 0)
				if err != nil {
					return false, flow.BadColumn("e1", err)
				}
				e1 = s.List[at]
			}
			r.E1 = e1`},
		{"key", false, made(model.OpKey, "", textType, column("opt_tags"), textOf("a")), `
			var e1 value.Opt[string]
			if s.OptTags.Valid {
				e1.V, e1.Valid = s.OptTags.V.Get("a")
			}
			r.E1 = e1`},
		{"decimal", true, made(model.OpCompare, ">=", boolType, column("price"), constant(priceType, model.Literal{Str: "9.99"})), `
			if sqlfn.CompareDecimal(s.Price, value.NewDecimal(0, 999, 2)) < 0 {
				return false, nil
			}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.ReplaceAll(c.want[1:], "\n\t\t\t", "\n")[3:] + "\n"
			got := written(t, nil, c.e)
			if c.where {
				got = written(t, c.e, integer(1))
				want += "r.E1 = int64(1)\n"
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSharedExpressionIsEvaluatedOnce writes one expression in two places.
func TestSharedExpressionIsEvaluatedOnce(t *testing.T) {
	shared := made(model.OpCast, "cast", intType, column("opt_text"))
	got := written(t, nil, &model.Expr{Op: model.OpCase, Type: intType, Args: []*model.Expr{
		made(model.OpNot, "", boolType, made(model.OpIsNull, "", boolType, shared)), shared, integer(0)}}, shared)
	if n := strings.Count(got, "StringToInt64"); n != 1 {
		t.Errorf("evaluated %d times:\n%s", n, got)
	}
}

// TestAnyExpressionTypeChecks writes random expressions of every operation and function: each must compile.
func TestAnyExpressionTypeChecks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var exprs []*model.Expr
		for range 6 {
			typ := rapid.SampledFrom([]*model.Type{boolType, int32Type, intType, floatType, textType, bytesType, dateType, timeType, uuidType, priceType, statusType, placeType}).Draw(t, "type")
			exprs = append(exprs, drawExpr(t, typ, 4))
		}
		files, err := Write(exprPlan(t, drawExpr(t, boolType, 4), exprs...))
		if err != nil {
			t.Fatal(err)
		}
		var parsed []*ast.File
		for _, f := range files {
			p, err := parser.ParseFile(fset, f.Name, f.Data, 0)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, p)
		}
		var bad []error
		conf := types.Config{Importer: from, Error: func(err error) { bad = append(bad, err) }}
		conf.Check("p", fset, parsed, nil)
		for _, err := range bad {
			t.Errorf("%v", err)
		}
		if len(bad) > 0 {
			for _, f := range files {
				t.Logf("%s", f.Data)
			}
		}
	})
}

func drawExpr(t *rapid.T, typ *model.Type, depth int) *model.Expr {
	leaf := func() *model.Expr {
		if typ.Kind != model.Struct && rapid.Bool().Draw(t, "literal") {
			l := drawLiteral(t, typ)
			if typ.Kind == model.Decimal {
				l.Str = "-1.25"
			}
			l.Null = rapid.IntRange(0, 9).Draw(t, "null") == 0
			return constant(typ, *l)
		}
		var fit []*model.Expr
		for _, f := range exprFields() {
			if f.Type == typ {
				fit = append(fit, column(f.Name))
			}
		}
		return rapid.SampledFrom(fit).Draw(t, "column")
	}
	if depth == 0 {
		return leaf()
	}
	sub := func(typ *model.Type) *model.Expr { return drawExpr(t, typ, depth-1) }
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0:
		return leaf()
	case 1, 2:
		var args []*model.Expr
		nullable := false
		for range rapid.IntRange(1, 2).Draw(t, "branches") {
			args = append(args, sub(boolType), sub(typ))
			nullable = nullable || args[len(args)-1].Nullable
		}
		args = append(args, sub(typ))
		return &model.Expr{Op: model.OpCase, Type: typ, Args: args, Nullable: nullable || args[len(args)-1].Nullable}
	case 3, 4, 5:
		if e := drawCall(t, typ, sub); e != nil {
			return e
		}
	}
	switch typ.Kind {
	case model.Bool:
		return drawLogic(t, sub)
	case model.Struct:
		return made(model.OpStruct, "", typ, sub(textType), notNull(sub(int32Type)))
	case model.Int32:
		e := made(model.OpField, "", typ, sub(placeType))
		e.Name = "floor"
		return e
	case model.Int64:
		if rapid.Bool().Draw(t, "element") {
			fn := rapid.SampledFrom([]string{"offset", "ordinal", "safe_offset", "safe_ordinal"}).Draw(t, "subscript")
			return made(model.OpIndex, fn, typ, leafOf(t, listType), sub(rapid.SampledFrom([]*model.Type{intType, int32Type}).Draw(t, "int")))
		}
	case model.String:
		if rapid.Bool().Draw(t, "key") {
			return made(model.OpKey, "", typ, leafOf(t, mapType), sub(textType))
		}
	}
	return drawCast(t, typ, sub)
}

func leafOf(t *rapid.T, typ *model.Type) *model.Expr {
	if typ == listType {
		return column(rapid.SampledFrom([]string{"list", "opt_list"}).Draw(t, "list"))
	}
	return column(rapid.SampledFrom([]string{"tags", "opt_tags"}).Draw(t, "map"))
}

// notNull is e, or 0 where it is NULL.
func notNull(e *model.Expr) *model.Expr {
	return &model.Expr{Op: model.OpCase, Type: e.Type, Args: []*model.Expr{made(model.OpIsNull, "", boolType, e), constant(e.Type, model.Literal{}), e}}
}

func drawLogic(t *rapid.T, sub func(*model.Type) *model.Expr) *model.Expr {
	switch op := model.Op(rapid.IntRange(int(model.OpNot), int(model.OpIsFalse)).Draw(t, "op")); op {
	case model.OpAnd, model.OpOr:
		return made(op, "", boolType, sub(boolType), sub(boolType), sub(boolType))
	case model.OpCompare, model.OpIn:
		typ := rapid.SampledFrom([]*model.Type{boolType, int32Type, intType, floatType, textType, bytesType, dateType, timeType, uuidType, priceType, statusType, placeType}).Draw(t, "type")
		fn := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "comparison")
		if typ.Kind == model.Struct && fn != "=" {
			fn = "!="
		}
		if op == model.OpIn {
			fn = ""
		}
		e := made(op, fn, boolType, sub(typ), sub(typ))
		e.Nullable = e.Nullable || typ.Kind == model.Struct
		return e
	case model.OpIsNull:
		return made(op, "", boolType, sub(rapid.SampledFrom([]*model.Type{intType, textType, placeType}).Draw(t, "type")))
	default:
		return made(op, "", boolType, sub(boolType))
	}
}

// castSources are the kinds that have a cast to a kind.
var castSources = map[model.Kind][]*model.Type{
	model.Bool: {int32Type, intType, textType}, model.Int32: {boolType, intType, floatType, priceType, textType}, model.Int64: {boolType, int32Type, floatType, priceType, textType},
	model.Float64: {int32Type, intType, priceType, textType}, model.Decimal: {int32Type, intType, floatType, textType, {Kind: model.Decimal, Precision: 10, Scale: 2}},
	model.String: {boolType, int32Type, intType, floatType, priceType, bytesType, dateType, timeType, uuidType, statusType}, model.Bytes: {textType},
	model.Date: {timeType, textType}, model.Timestamp: {dateType, textType}, model.UUID: {textType}, model.Enum: {textType},
}

func drawCast(t *rapid.T, typ *model.Type, sub func(*model.Type) *model.Expr) *model.Expr {
	from := rapid.SampledFrom(castSources[typ.Kind]).Draw(t, "from")
	if from.Kind == model.Decimal {
		from = priceType
	}
	return made(model.OpCast, rapid.SampledFrom([]string{"cast", "safe_cast"}).Draw(t, "cast"), typ, sub(from))
}

var kindTypes = map[string]*model.Type{"Int64": intType, "Float64": floatType, "Decimal": priceType, "String": textType, "Bytes": bytesType, "Date": dateType,
	"Timestamp": timeType, "List": listType}

// resultOf is the type that a signature of calls gives.
func resultOf(name, first string) *model.Type {
	switch {
	case name == "like" || name == "starts_with" || name == "ends_with" || strings.HasPrefix(name, "is_"):
		return boolType
	case name == "extract_date" || name == "date" || name == "date_from_unix_date":
		return dateType
	case name == "timestamp" || name == "timestamp_seconds" || name == "timestamp_millis" || name == "timestamp_micros":
		return timeType
	case strings.HasPrefix(name, "extract_") || strings.HasPrefix(name, "unix_") || strings.HasSuffix(name, "_diff") || strings.HasSuffix(name, "length") || name == "strpos",
		name == "sign" && first == "Decimal":
		return intType
	}
	return kindTypes[first]
}

// drawCall draws a function that gives typ, nil for none.
func drawCall(t *rapid.T, typ *model.Type, sub func(*model.Type) *model.Expr) *model.Expr {
	switch typ.Kind {
	case model.Bool, model.Date, model.Timestamp, model.UUID, model.Bytes, model.Decimal, model.Float64, model.Int64, model.String:
	default:
		return nil
	}
	if fn := rapid.SampledFrom([]string{"", "", "", "least", "greatest"}).Draw(t, "fold"); fn != "" {
		return call(fn, typ, sub(typ), sub(typ), sub(typ))
	}
	if typ.Kind == model.String || typ.Kind == model.Bytes {
		if rapid.IntRange(0, 4).Draw(t, "concat") == 0 {
			return call("concat", typ, sub(typ), sub(typ), sub(typ))
		}
	}
	var fit []string
	for _, s := range slices.Sorted(maps.Keys(calls)) {
		name, kinds, _ := strings.Cut(s, "(")
		if first, _, _ := strings.Cut(strings.TrimSuffix(kinds, ")"), ","); resultOf(name, first) == typ {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	name, kinds, _ := strings.Cut(rapid.SampledFrom(fit).Draw(t, "function"), "(")
	var args []*model.Expr
	for _, k := range strings.Split(strings.TrimSuffix(kinds, ")"), ",") {
		if k == "List" {
			args = append(args, leafOf(t, listType))
			continue
		}
		args = append(args, sub(kindTypes[k]))
	}
	e := call(name, typ, args...)
	e.Name = "DAY"
	return e
}
