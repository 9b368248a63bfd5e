package check

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// finePartitions warns of tables that would have about one file per row.
func finePartitions(p *model.Pipeline, diags *diag.List) {
	const hint = "partition by a column of few values, such as a day or a region; cluster_by is for the others"
	for _, t := range p.Tables {
		for _, by := range t.PartitionBy {
			c := t.Columns[by.Column]
			if t.Keyed != nil && t.Keyed.SCDType == 2 && by.Column >= t.Keyed.Start && c.Type.Kind != model.Date {
				warn(diags, "SF0324", by.Pos, hint, "the table "+t.Name+" would have a partition for every change, by "+c.Name)
				continue
			}
			switch c.Type.Kind {
			case model.Timestamp:
				warn(diags, "SF0324", by.Pos, "partition by the day instead: CAST("+c.Name+" AS DATE) in a view", "the table "+t.Name+" would have a partition for every instant of "+c.Name,
					diag.Related{Pos: c.Pos, Message: "the column comes from here"})
			case model.UUID:
				warn(diags, "SF0324", by.Pos, hint, "the table "+t.Name+" would have a partition for every UUID of "+c.Name,
					diag.Related{Pos: c.Pos, Message: "the column comes from here"})
			}
		}
		if t.Keyed != nil && len(t.PartitionBy) > 0 && coversKey(t) {
			warn(diags, "SF0324", t.PartitionBy[0].Pos, hint, "partition_by of the table "+t.Name+" names its whole key: every row would be a partition")
		}
	}
}

func coversKey(t *model.Table) bool {
	for _, key := range t.Keyed.Keys {
		if !slices.ContainsFunc(t.PartitionBy, func(c model.ColumnAt) bool { return c.Column == key }) {
			return false
		}
	}
	return true
}
