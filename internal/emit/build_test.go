package emit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

var str = &model.Type{Kind: model.String}

func field(name string, t *model.Type) model.Field { return model.Field{Name: name, Type: t} }

func object(fields ...model.Field) *model.Type {
	return &model.Type{Kind: model.Struct, Fields: fields}
}

func list(t *model.Type) *model.Type { return &model.Type{Kind: model.List, Elem: t} }

func record(name string, fields ...model.Field) *model.Record {
	return &model.Record{Name: name, Fields: fields}
}

// appending is a pipeline that appends every record to a table of the record's columns.
func appending(records ...*model.Record) *model.Pipeline {
	p := &model.Pipeline{Name: "p", GoPackage: "p", GoOut: "./p", SpecFile: "dir/p.yaml", Records: records}
	for _, r := range records {
		s := &model.Source{Name: r.Name + "_source", Record: r, Files: &model.FilesSource{Path: "x", Format: model.JSON}}
		t := &model.Table{Name: r.Name + "_table"}
		b := model.FlowBranch{Source: s}
		for i, f := range r.Fields {
			c := model.Column{Name: f.Name, Type: f.Type, Nullable: f.Nullable}
			s.Columns = append(s.Columns, c)
			t.Columns = append(t.Columns, c)
			b.Row = append(b.Row, &model.Expr{Op: model.OpColumn, Column: i, Type: f.Type, Nullable: f.Nullable})
		}
		p.Sources = append(p.Sources, s)
		p.Tables = append(p.Tables, t)
		p.Flows = append(p.Flows, &model.Flow{Name: r.Name, Target: t, Source: s.Name, Branches: []model.FlowBranch{b}})
	}
	return p
}

func build(t *testing.T, p *model.Pipeline) *Plan {
	t.Helper()
	plan, ds := Build(p, Options{})
	if plan == nil {
		t.Fatal(ds)
	}
	return plan
}

func typeNames(ns []*Named) []string {
	var out []string
	for _, n := range ns {
		out = append(out, n.Go)
	}
	return out
}

func TestNestedTypeNames(t *testing.T) {
	address := &model.Type{Kind: model.Struct, Name: "com.acme.Address", Fields: []model.Field{field("street", str)}}
	again := &model.Type{Kind: model.Struct, Name: "com.acme.Address", Fields: []model.Field{field("street", str)}}
	other := &model.Type{Kind: model.Struct, Name: "org.Address", Fields: []model.Field{field("zip", str)}}
	p := build(t, appending(
		record("Order",
			field("lineItems", list(object(field("sku", str)))),
			field("orderType", &model.Type{Kind: model.Enum, Symbols: []string{"a-b", "a_b"}}),
			field("home", address), field("work", again), field("far", other)),
		record("OrderLineItem", field("home", address))))
	if diff := cmp.Diff([]string{"OrderLineItem_2", "OrderType", "Address", "OrderAddress"}, typeNames(p.Records[0].Types)); diff != "" {
		t.Error(diff)
	}
	if len(p.Records[1].Types) != 0 || p.Named(address) != p.Named(again) {
		t.Error("a type that a schema names is not shared")
	}
	symbols := p.Records[0].Types[1].Symbols
	if diff := cmp.Diff([]Symbol{{"OrderTypeAB", "a-b"}, {"OrderTypeAB_2", "a_b"}}, symbols); diff != "" {
		t.Error(diff)
	}
}

func TestTheOldestFieldKeepsItsName(t *testing.T) {
	newer, older := field("customer_id", str), field("customerId", str)
	newer.Tag, older.Tag = 2, 1
	p := build(t, appending(record("Order", newer, older, field("reset", str))))
	var got []string
	for _, f := range p.Records[0].Struct.Fields {
		got = append(got, f.Name+" "+f.Go)
	}
	if diff := cmp.Diff([]string{"customer_id CustomerID_", "customerId CustomerID", "reset Reset_"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFileNames(t *testing.T) {
	long := make([]byte, 300)
	for i := range long {
		long[i] = 'a'
	}
	p := build(t, appending(record("orders_linux", field("a", str)), record("Orders-Linux", field("a", str)),
		record("_test", field("a", str)), record("größe", field("a", str)), record(string(long), field("a", str))))
	var got []string
	for _, r := range p.Records {
		got = append(got, r.File)
	}
	want := []string{"orders_linux_record.gen.go", "orders_linux_2_record.gen.go", "test_record.gen.go", "gru00f6u00dfe_record.gen.go"}
	if diff := cmp.Diff(want, got[:4]); diff != "" {
		t.Error(diff)
	}
	if len(got[4]) > 160 {
		t.Errorf("a file name of %d bytes", len(got[4]))
	}
}

func TestPassedOnStructsShareTheirType(t *testing.T) {
	ctx := object(field("chain", str))
	p := build(t, appending(record("Order", field("ctx", ctx))))
	if len(p.Tables[0].Types) != 0 || p.Tables[0].Row.Fields[0].Type != ctx {
		t.Error("the row has a type of its own for a struct that is passed on unchanged")
	}
}

func TestRefusals(t *testing.T) {
	empty := appending(record("Order", field("a", list(object(field("b", object()))))))
	main := appending(record("Order", field("a", str)))
	main.GoPackage = "main"
	outside := appending(record("Order", field("a", str)))
	outside.GoOut = "../x"
	for id, p := range map[string]*model.Pipeline{"SF0405": empty, "SF0406": main, "SF0407": outside} {
		plan, ds := Build(p, Options{})
		if plan != nil || len(ds) != 1 || ds[0].ID != id {
			t.Errorf("%s: %v", id, ds)
			continue
		}
		if _, ok := diag.Lookup(id); !ok {
			t.Errorf("%s is not in the catalog", id)
		}
	}
}
