package evolve

import (
	"slices"
	"time"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// Contract gives a table's stateful facts as its generated code holds them.
func Contract(f *lock.Facts, t *lock.Table) contract.Table {
	c := contract.Table{Name: t.Name, Was: t.Was, Kind: t.Kind, Keys: t.Keys, Sequence: t.SequenceBy, SequenceTypes: t.Sequence, Snapshot: t.Snapshot, Untracked: t.Untracked, IgnoreNulls: t.IgnoreNulls,
		TombstoneRetention: time.Duration(t.Retention) * time.Microsecond, PartitionBy: t.PartitionBy, ClusterBy: t.ClusterBy, OnBadRecord: t.OnBadRecord, OnTie: t.OnTie}
	if t.Rewrite && t.Kind != contract.Append {
		c.Updates = contract.Rewrite
	}
	for _, col := range t.Columns {
		c.Columns = append(c.Columns, contract.Column{Name: col.Name, Type: col.Type, Nullable: col.Nullable})
	}
	var passed []string
	for i := range f.Flows {
		fl := &f.Flows[i]
		if fl.Target != t.Name {
			continue
		}
		c.Flows = append(c.Flows, flowContract(f, fl))
		for _, in := range fl.Inputs {
			passed = append(passed, in.Expects...)
		}
	}
	for _, e := range f.Expectations {
		if e.Owner == "tables."+t.Name || slices.Contains(passed, e.Owner+"."+e.Name) {
			c.Expectations = append(c.Expectations, contract.Expectation{Owner: e.Owner, Name: e.Name, Rule: e.Rule, Unique: e.Unique, Action: e.Action})
		}
	}
	return c
}

func flowContract(f *lock.Facts, fl *lock.Flow) contract.Flow {
	c := contract.Flow{Name: fl.Name, Was: fl.Was, Kind: fl.Kind, Once: fl.Once, Source: fl.Source, Deletes: fl.Deletes, Truncates: fl.Truncates, Columns: fl.Columns}
	for i := range fl.Inputs {
		in := &fl.Inputs[i]
		out := contract.Input{Source: in.Source, Kind: contract.Files, Where: in.Where}
		if s := sourceOf(f, in.Source); s != nil {
			out.Path, out.Format = s.Path, plainFormat(s.Format)
			if s.Kafka {
				out.Kind = contract.Kafka
			}
		}
		c.Inputs = append(c.Inputs, out)
	}
	return c
}

// plainFormat is the format as the contract has it: the frame of messages is no part of it.
func plainFormat(format string) string {
	for i := range format {
		if format[i] == ' ' {
			return format[:i]
		}
	}
	return format
}

// there is a table whose flows have all read.
func there(c *contract.Table) contract.There {
	out := contract.There{Columns: c.Columns}
	for _, f := range c.Flows {
		p := contract.Progress{Flow: f.Name, Once: f.Once}
		for _, in := range f.Inputs {
			if (!f.Once || in.Kind == contract.Kafka) && !slices.Contains(p.Sources, in.Source) {
				p.Sources = append(p.Sources, in.Source)
			}
		}
		out.Flows = append(out.Flows, p)
	}
	return out
}

func sourceOf(f *lock.Facts, name string) *lock.Source {
	for i := range f.Sources {
		if f.Sources[i].Name == name {
			return &f.Sources[i]
		}
	}
	return nil
}

func recordOf(f *lock.Facts, name string) *lock.Record {
	for i := range f.Records {
		if f.Records[i].Name == name {
			return &f.Records[i]
		}
	}
	return nil
}
