package emit

import (
	"strconv"
	"time"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// Facts is the table's contract: generated code holds it, and `seamflow plan` compares by it.
func (t *Table) Facts() contract.Table {
	m := t.Model
	c := contract.Table{
		Name: m.Name, Was: m.Was, Kind: t.Kind(), Keys: t.KeyNames(), OnBadRecord: m.OnBadRecord,
		PartitionBy: t.Names(m.PartitionBy), ClusterBy: t.Names(m.ClusterBy),
	}
	for _, col := range m.Columns {
		c.Columns = append(c.Columns, contract.Column{Name: col.Name, Type: SparkType(col.Type), Nullable: col.Nullable})
	}
	if k := m.Keyed; k != nil {
		c.Sequence, c.SequenceTypes = t.SequenceSQL(), t.SequenceTypes()
		c.Snapshot = k.Snapshot
		c.Untracked, c.IgnoreNulls = t.ColumnNames(k.Untracked), t.ColumnNames(k.IgnoreNulls)
		c.TombstoneRetention = time.Duration(k.TombstoneRetentionMicros) * time.Microsecond
		c.OnTie = m.OnTie
		if m.Rewrite {
			c.Updates = contract.Rewrite
		}
	}
	for _, e := range t.Expectations() {
		rule := contract.Expectation{Owner: e.Owner, Name: e.Name, Action: e.Action}
		if e.Unique != nil {
			rule.Unique = t.ColumnNames(e.Unique)
		} else {
			rule.Rule = e.SQL
		}
		c.Expectations = append(c.Expectations, rule)
	}
	for _, f := range t.Flows {
		c.Flows = append(c.Flows, f.facts(t))
	}
	return c
}

func (f *Flow) facts(t *Table) contract.Flow {
	m := f.Model
	c := contract.Flow{Name: m.Name, Was: m.Was, Kind: f.Kind(), Once: m.Once, Source: m.Source, Columns: f.Filled(t)}
	if m.Apply != nil {
		c.Deletes, c.Truncates = m.Apply.ApplyAsDeletes, m.Apply.ApplyAsTruncates
	}
	for _, b := range f.Branches {
		src := b.Source.Model
		in := contract.Input{Source: src.Name, Format: src.Format().String(), Where: b.WhereSQL()}
		if src.Kafka != nil {
			in.Kind, in.Path = contract.Kafka, src.Kafka.Topic
		} else {
			in.Kind, in.Path = contract.Files, src.Files.Path
		}
		c.Inputs = append(c.Inputs, in)
	}
	return c
}

// SparkType is Spark's name of t as it is stored: enums and UUIDs are strings on disk.
func SparkType(t *model.Type) string { return model.SparkType(t) }

// Kind is the contract's word for how the table is fed.
func (t *Table) Kind() string {
	if t.Model.Keyed == nil {
		return "append"
	}
	return "scd" + strconv.Itoa(t.Model.Keyed.SCDType)
}

// KeyNames are the names of the key columns.
func (t *Table) KeyNames() []string {
	if t.Model.Keyed == nil {
		return nil
	}
	var out []string
	for _, i := range t.Model.Keyed.Keys {
		out = append(out, t.Model.Columns[i].Name)
	}
	return out
}

// Names are the names of columns.
func (t *Table) Names(columns []model.ColumnAt) (out []string) {
	for _, c := range columns {
		out = append(out, t.Model.Columns[c.Column].Name)
	}
	return out
}

// SequenceSQL is sequence_by of the table's flows, one text per part.
func (t *Table) SequenceSQL() []string {
	for _, f := range t.Flows {
		if f.Model.Apply != nil {
			return f.Model.Apply.SequenceBy
		}
	}
	return nil
}

// SequenceTypes are Spark's names for the sequence's parts.
func (t *Table) SequenceTypes() []string {
	if t.Model.Keyed == nil {
		return nil
	}
	var out []string
	for _, s := range t.Model.Keyed.Sequence {
		out = append(out, SparkType(s))
	}
	return out
}

// Kind is the contract's word for the flow.
func (f *Flow) Kind() string {
	if f.Model.Apply == nil {
		return "append_flow"
	}
	if f.Model.Apply.Snapshot {
		return "apply_changes_from_snapshot"
	}
	return "apply_changes"
}

// Filled names the columns that the flow fills, or nothing when it fills all of t.
func (f *Flow) Filled(t *Table) []string {
	var out []string
	columns := t.Model.Columns[:len(t.Columns())]
	for i, c := range columns {
		for _, b := range f.Branches {
			if e := b.Row[i]; e.Op != model.OpLiteral || !e.Lit.Null {
				out = append(out, c.Name)
				break
			}
		}
	}
	if len(out) == len(columns) {
		return nil
	}
	return out
}

// WhereSQL is the branch's filter over the source's columns, one text per condition that must be TRUE. The texts are
// canonical: they change with the filter, not with how it is written.
func (b *Branch) WhereSQL() []string {
	var out []string
	for _, e := range b.Where {
		out = append(out, sqlexpr.Format(e, b.Source.Model.Columns))
	}
	return out
}
