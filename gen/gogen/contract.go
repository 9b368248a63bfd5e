package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/runtime/contract"
)

// contract writes the facts that must not change under rows that are there.
func (w *writer) contract(f *jen.File, t *emit.Table) {
	f.Line()
	f.Func().Id(ident(t.Contract)).Params().Qual(contractPkg, "Table").Block(
		jen.Return(jen.Qual(contractPkg, "Table").Add(contractTable(t.Facts()))))
}

func contractTable(c contract.Table) *jen.Statement {
	var m members
	m.text("Name", c.Name)
	m.text("Was", c.Was)
	m.text("Kind", c.Kind)
	m.texts("Keys", c.Keys)
	m.texts("Sequence", c.Sequence)
	m.texts("SequenceTypes", c.SequenceTypes)
	m.list("Columns", "Column", each(c.Columns, contractColumn))
	m.texts("PartitionBy", c.PartitionBy)
	m.texts("ClusterBy", c.ClusterBy)
	m.flag("Snapshot", c.Snapshot)
	m.texts("Untracked", c.Untracked)
	m.texts("IgnoreNulls", c.IgnoreNulls)
	if c.TombstoneRetention != 0 {
		m = append(m, member("TombstoneRetention", duration(c.TombstoneRetention.Microseconds())))
	}
	m.text("OnBadRecord", c.OnBadRecord)
	m.text("OnTie", c.OnTie)
	if c.Updates == contract.Rewrite {
		m = append(m, member("Updates", jen.Qual(contractPkg, "Rewrite")))
	}
	m.list("Expectations", "Expectation", each(c.Expectations, contractExpectation))
	m.list("Flows", "Flow", each(c.Flows, contractFlow))
	return multi(m...)
}

func contractColumn(c contract.Column) jen.Code {
	var m members
	m.text("Name", c.Name)
	m.text("Type", c.Type)
	m.flag("Nullable", c.Nullable)
	return jen.Values(m...)
}

func contractExpectation(e contract.Expectation) jen.Code {
	var m members
	m.text("Owner", e.Owner)
	m.text("Name", e.Name)
	m.texts("Unique", e.Unique)
	m.text("Rule", e.Rule)
	m.text("Action", e.Action)
	return jen.Values(m...)
}

func contractFlow(f contract.Flow) jen.Code {
	var m members
	m.text("Name", f.Name)
	m.text("Was", f.Was)
	m.text("Kind", f.Kind)
	m.text("Source", f.Source)
	m.flag("Once", f.Once)
	m.text("Deletes", f.Deletes)
	m.text("Truncates", f.Truncates)
	m.texts("Columns", f.Columns)
	m.list("Inputs", "Input", each(f.Inputs, contractInput))
	return jen.Values(m...)
}

func contractInput(in contract.Input) jen.Code {
	var m members
	m.text("Source", in.Source)
	m.text("Kind", in.Kind)
	m.text("Path", in.Path)
	m.text("Format", in.Format)
	m.texts("Where", in.Where)
	return jen.Values(m...)
}

// members are those of a literal of package contract: what is zero is left out.
type members []jen.Code

func (m *members) text(name, text string) {
	if text != "" {
		*m = append(*m, member(name, lit(text)))
	}
}

func (m *members) texts(name string, texts []string) {
	if len(texts) > 0 {
		*m = append(*m, member(name, stringSlice(texts)))
	}
}

func (m *members) flag(name string, on bool) {
	if on {
		*m = append(*m, member(name, jen.True()))
	}
}

func (m *members) list(name, typ string, items []jen.Code) {
	if len(items) > 0 {
		*m = append(*m, member(name, jen.Index().Qual(contractPkg, typ).Add(multi(items...))))
	}
}

func each[T any](all []T, one func(T) jen.Code) (out []jen.Code) {
	for _, v := range all {
		out = append(out, one(v))
	}
	return out
}
