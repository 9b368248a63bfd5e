package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/contract"
)

// compare is Compare where the table has the columns that its contract speaks of, and each flow of it has read of all its
// sources.
func compare(before, now *contract.Table) []contract.Difference {
	return contract.Compare(before, now, there(before))
}

func there(before *contract.Table) contract.There {
	t := contract.There{Columns: slices.Clone(before.Columns)}
	for _, f := range before.Flows {
		p := contract.Progress{Flow: f.Name, Once: f.Once}
		for _, in := range f.Inputs {
			p.Sources = append(p.Sources, in.Source)
		}
		t.Flows = append(t.Flows, p)
	}
	return t
}

func orders() *contract.Table {
	return &contract.Table{
		Name: "orders", Kind: contract.SCD1, Keys: []string{"id"},
		Sequence: []string{"updated"}, SequenceTypes: []string{"timestamp"},
		Columns:     []contract.Column{{Name: "id", Type: "string"}, {Name: "updated", Type: "timestamp", Nullable: true}},
		OnBadRecord: "quarantine", OnTie: "count",
		Flows: []contract.Flow{{
			Name: "live", Kind: contract.SCD1, Source: "v", Deletes: "op = 'D'",
			Inputs: []contract.Input{{Source: "s", Kind: "files", Path: "data/*.json", Format: "json", Where: []string{"status = 'complete'"}}},
		}},
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name   string
		change func(*contract.Table)
		want   []string // verdict field
	}{
		{"nothing", func(*contract.Table) {}, nil},
		{"other_keys", func(c *contract.Table) { c.Keys = []string{"id", "chain"} }, []string{"refresh keys"}},
		{"sequence_expression", func(c *contract.Table) { c.Sequence = []string{"created"} }, []string{"refresh sequence_by"}},
		{"sequence_type", func(c *contract.Table) { c.SequenceTypes = []string{"bigint"} }, []string{"refresh sequence_by"}},
		{"append_instead", func(c *contract.Table) { c.Kind, c.Keys = contract.Append, nil }, []string{"refresh kind"}},
		{"column_added", func(c *contract.Table) {
			c.Columns = append(c.Columns, contract.Column{Name: "total", Type: "bigint"})
		}, []string{"note columns.total"}},
		{"column_gone", func(c *contract.Table) { c.Columns = c.Columns[:1] }, []string{"note columns.updated"}},
		{"column_case", func(c *contract.Table) { c.Columns[0].Name = "ID" }, []string{"refuse columns.ID"}},
		{"column_retyped", func(c *contract.Table) { c.Columns[0].Type = "bigint" }, []string{"refresh columns.id"}},
		{"partitions", func(c *contract.Table) { c.PartitionBy = []string{"id"} }, []string{"refresh partition_by"}},
		{"clustering", func(c *contract.Table) { c.ClusterBy = []string{"id"} }, []string{"note cluster_by"}},
		{"without deletion vectors", func(c *contract.Table) { c.Updates = contract.Rewrite }, []string{"refuse updates"}},
		{"policies", func(c *contract.Table) { c.OnBadRecord, c.OnTie = "fail", "fail" }, []string{"note on_bad_record", "note on_tie"}},
		{"flow_added", func(c *contract.Table) { c.Flows = append(c.Flows, contract.Flow{Name: "legacy"}) }, []string{"note flows.legacy"}},
		{"flow_renamed", func(c *contract.Table) { c.Flows[0].Name = "x" }, []string{"note flows.x", "note flows.live"}},
		{"once", func(c *contract.Table) { c.Flows[0].Once = true }, []string{"note flows.live.once"}},
		{"deletes", func(c *contract.Table) { c.Flows[0].Deletes = "" }, []string{"backfill flows.live.apply_as_deletes"}},
		{"flow_columns", func(c *contract.Table) { c.Flows[0].Columns = []string{"id"} }, []string{"backfill flows.live.columns"}},
		{"filter", func(c *contract.Table) { c.Flows[0].Inputs[0].Where = nil }, []string{"backfill flows.live.where"}},
		{"path", func(c *contract.Table) { c.Flows[0].Inputs[0].Path = "other/*.json" }, []string{"note flows.live.source"}},
		{"input_added", func(c *contract.Table) {
			c.Flows[0].Inputs = append(c.Flows[0].Inputs, contract.Input{Source: "t"})
		}, []string{"note flows.live.source"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := orders()
			tt.change(now)
			var got []string
			for _, d := range compare(orders(), now) {
				got = append(got, d.Verdict.String()+" "+d.Field)
				if d.Stops() != (d.Verdict == contract.Refresh || d.Verdict == contract.Refuse) {
					t.Errorf("%s: Stops() = %v", d, d.Stops())
				}
				if text := d.String(); d.Stops() && !strings.Contains(text, "reset orders") && !strings.Contains(text, "new path") {
					t.Errorf("%s: names no way out", d)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSidesOfAUnion that read one source are told apart by their filters.
func TestSidesOfAUnion(t *testing.T) {
	union := func(filters ...string) *contract.Table {
		c := orders()
		c.Flows[0].Inputs = nil
		for _, f := range filters {
			c.Flows[0].Inputs = append(c.Flows[0].Inputs, contract.Input{Source: "s", Where: []string{f}})
		}
		return c
	}
	if got := compare(union("a", "b"), union("b", "a")); len(got) > 0 {
		t.Errorf("sides that changed places: %v", got)
	}
	got := compare(union("a", "b"), union("c", "b"))
	if more := compare(union("a"), union("a", "b")); len(more) != 1 || more[0].Verdict != contract.Backfill {
		t.Errorf("one more side: %v", more)
	}
	if len(got) != 1 || got[0].Field != "flows.live.where" || !strings.Contains(got[0].Message, "was a and is now c") {
		t.Errorf("one filter that changed: %v", got)
	}
}

// TestWhatWouldRepeatRowsOfAnAppendTable has no key that a second reading could be told by.
func TestWhatWouldRepeatRowsOfAnAppendTable(t *testing.T) {
	actions := func() *contract.Table {
		c := orders()
		c.Kind, c.Keys, c.Sequence, c.SequenceTypes = contract.Append, nil, nil, nil
		return c
	}
	tests := []struct {
		name   string
		change func(*contract.Table)
		want   []string // verdict field
	}{
		{"once_now", func(c *contract.Table) { c.Flows[0].Once = true }, []string{"refuse flows.live.once"}},
		{"flow_renamed", func(c *contract.Table) { c.Flows[0].Name = "x" }, []string{"refuse flows.x", "note flows.live"}},
		{"source_renamed", func(c *contract.Table) { c.Flows[0].Inputs[0].Source = "x" }, []string{"refuse flows.live.source", "note flows.live.source"}},
		{"flow_with_another_filter", func(c *contract.Table) {
			c.Flows[0].Name, c.Flows[0].Inputs[0].Where = "x", []string{"status <> 'complete'"}
		}, []string{"note flows.x", "note flows.live"}},
		{"flow_of_another_source", func(c *contract.Table) {
			c.Flows = append(c.Flows, contract.Flow{Name: "x", Inputs: []contract.Input{{Source: "t", Path: "t/*.json"}}})
		}, []string{"note flows.x"}},
		{"second_flow_of_a_source_that_goes_on", func(c *contract.Table) {
			c.Flows = append(c.Flows, contract.Flow{Name: "x", Inputs: c.Flows[0].Inputs})
		}, []string{"note flows.x"}},
		{"filter", func(c *contract.Table) { c.Flows[0].Inputs[0].Where = nil }, []string{"backfill flows.live.where"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := actions()
			now.Flows[0].Inputs = slices.Clone(now.Flows[0].Inputs)
			tt.change(now)
			var got []string
			for _, d := range compare(actions(), now) {
				got = append(got, d.Verdict.String()+" "+d.Field)
				if d.Verdict >= contract.Backfill && !strings.Contains(d.WayOut, "reset orders") {
					t.Errorf("%s: names no way out that works", d)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncodeDecode(t *testing.T) {
	text, err := orders().Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := contract.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(orders(), back); diff != "" {
		t.Error(diff)
	}
	if _, err := contract.Decode("{"); err == nil {
		t.Error("half a contract was taken")
	}
}

// TestDeletionVectorsForGood: the other way is a protocol upgrade, which a run makes by itself.
func TestDeletionVectorsForGood(t *testing.T) {
	before := orders()
	before.Updates = contract.Rewrite
	got := compare(before, orders())
	if len(got) != 1 || got[0].Verdict != contract.Note || got[0].Field != "updates" {
		t.Errorf("got %v", got)
	}
}
