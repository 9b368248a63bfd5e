package resolve

import (
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// How many columns a table may be laid out by: each multiplies the number of partitions, and of clustering columns the
// fourth orders nothing that a reader would notice.
const (
	maxPartition = 3
	maxCluster   = 4
)

// layOut finds the columns of partition_by and cluster_by.
func (r *resolver) layOut(t *model.Table, s *spec.Table) {
	t.PartitionBy = r.layoutColumns(t, "partition_by", s.PartitionBy, maxPartition, partitions)
	t.ClusterBy = r.layoutColumns(t, "cluster_by", s.ClusterBy, maxCluster, clusters)
	if len(t.PartitionBy) > 0 && len(t.PartitionBy) == len(t.Columns) {
		r.report("SF0323", s.PartitionBy.Pos, "partition_by of the table "+t.Name+" names all of its columns", "leave one out at least: engines refuse a table of nothing but partitions")
	}
	for _, c := range t.ClusterBy {
		if i := slices.IndexFunc(t.PartitionBy, func(p model.ColumnAt) bool { return p.Column == c.Column }); i >= 0 {
			r.warn("SF0318", c.Pos, "cluster_by has no effect on "+t.Columns[c.Column].Name+", by which the table "+t.Name+" is partitioned", "take it out of one of the two",
				diag.Related{Pos: t.PartitionBy[i].Pos, Message: "partition_by names it here"})
		}
	}
}

// layoutColumns finds columns of a table by name, and says which cannot be taken.
func (r *resolver) layoutColumns(t *model.Table, option string, names spec.List, most int, takes func(*model.Type) bool) (out []model.ColumnAt) {
	if len(names.Names) > most {
		r.report("SF0323", names.Names[most].Pos, option+" of the table "+t.Name+" names more than "+strconv.Itoa(most)+" columns", "keep those that queries filter by most")
		names.Names = names.Names[:most]
	}
	for _, name := range names.Names {
		at := columnNamed(t.Columns, name.Value)
		if at < 0 {
			r.report("SF0323", name.Pos, "the table "+t.Name+" has no column "+name.Value+", which "+option+" names", suggest("column", name.Value, columnNames(t.Columns)))
			continue
		}
		if i := slices.IndexFunc(out, func(c model.ColumnAt) bool { return c.Column == at }); i >= 0 {
			r.report("SF0323", name.Pos, option+" of the table "+t.Name+" names the column "+t.Columns[at].Name+" twice", "take one out",
				diag.Related{Pos: out[i].Pos, Message: "it is named here first"})
			continue
		}
		if c := &t.Columns[at]; !takes(c.Type) {
			r.report("SF0323", name.Pos, "the column "+c.Name+" of the table "+t.Name+" is "+sqlexpr.TypeName(c.Type)+", which "+option+" cannot take", layoutHint(option),
				diag.Related{Pos: c.Pos, Message: "the column comes from here"})
			continue
		}
		out = append(out, model.ColumnAt{Column: at, Pos: name.Pos})
	}
	return out
}

func layoutHint(option string) string {
	if option == "partition_by" {
		return "partitions are of booleans, integers, decimals, texts, dates and timestamps; CAST it to one in a view"
	}
	return "rows are ordered by plain columns; select a field of it in a view"
}

// partitions reports whether Delta has one text for each value of a type: binaries and nested values have none, and of
// floats no two engines write the same.
func partitions(t *model.Type) bool {
	switch t.Kind {
	case model.Bytes, model.Float32, model.Float64:
		return false
	}
	return clusters(t)
}

func clusters(t *model.Type) bool {
	return t.Kind != model.List && t.Kind != model.Map && t.Kind != model.Struct
}
