package flow

import (
	"fmt"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/state"
)

// arrangement is how rows lie in the files of a table with partition_by or cluster_by: a file's rows are all of one
// partition, and a row group's rows are in the order of the clustering columns. It sorts what the buffers hold at a
// flush, so that it takes no more memory than they do, and orders as far as one flush goes.
type arrangement struct {
	partition []int // leaves
	order     []int // leaves: partition, and then what the rows are clustered by
	clustered bool
	picker    column.Picker
	rows      []uint32
	group     *column.Leaves // of rows, a row group
	owners    []state.ID     // of group
	warned    bool
}

// clusteredGroup is the size of row groups that are clustered: readers pass over whole row groups, so small ones tell
// them more.
const clusteredGroup = 4 << 20

// newArrangement is nil for a table whose rows lie as they come.
func newArrangement(schema column.Schema, partitionBy, clusterBy []int) *arrangement {
	if len(partitionBy)+len(clusterBy) == 0 {
		return nil
	}
	a := &arrangement{clustered: len(clusterBy) > 0, group: column.NewLeaves(schema)}
	a.partition = leavesOf(schema, partitionBy)
	a.order = append(leavesOf(schema, partitionBy), leavesOf(schema, clusterBy)...)
	return a
}

// leavesOf gives the leaves of plain columns.
func leavesOf(schema column.Schema, columns []int) []int {
	var out []int
	leaves := schema.Leaves()
	for _, c := range columns {
		for i := range leaves {
			if leaves[i].Column == c {
				out = append(out, i)
			}
		}
	}
	return out
}

// write gives the rows of leaves to put, row group by row group, with the number that each row has in leaves.
func (a *arrangement) write(leaves *column.Leaves, put func(group *column.Leaves, rows []uint32) error) error {
	n := leaves.Rows()
	a.picker.Reset(leaves)
	a.rows = a.rows[:0]
	for row := range n {
		a.rows = append(a.rows, uint32(row))
	}
	a.picker.Sort(a.rows, a.order)
	most := n
	if a.clustered {
		most = max(1, n*clusteredGroup/max(1, leaves.Bytes()))
	}
	for rest := a.rows; len(rest) > 0; {
		rows := rest[:min(a.run(rest), most)]
		rest = rest[len(rows):]
		a.group.Reset()
		a.picker.Into(a.group, rows)
		if err := put(a.group, rows); err != nil {
			return err
		}
	}
	return nil
}

// run counts the rows that are of the same partition as the first.
func (a *arrangement) run(rows []uint32) int {
	if len(a.partition) == 0 {
		return len(rows)
	}
	n := 1
	for n < len(rows) && a.picker.Equal(rows[0], rows[n], a.partition) {
		n++
	}
	return n
}

// ownersOf are the keys of rows.
func (a *arrangement) ownersOf(all []state.ID, rows []uint32) []state.ID {
	a.owners = a.owners[:0]
	for _, row := range rows {
		a.owners = append(a.owners, all[row])
	}
	return a.owners
}

// store writes the buffered rows into files, and tells the index where they went.
func (b *batch) store() error {
	a, leaves := b.w.arranged, b.rows.leaves
	b.readUnique()
	defer b.forgetOrigins()
	if a == nil {
		return b.storeGroup(leaves, nil, b.owners(), nil)
	}
	return a.write(leaves, func(group *column.Leaves, rows []uint32) error {
		var owners []state.ID
		if b.keyed != nil {
			owners = a.ownersOf(b.keyed.owners, rows)
		}
		return b.storeGroup(group, b.w.table.PartitionOf(group), owners, rows)
	})
}

func (b *batch) owners() []state.ID {
	if b.keyed == nil {
		return nil
	}
	return b.keyed.owners
}

// storeGroup writes a row group. rows are the numbers of its rows among the buffered ones, nil where they are all of these.
func (b *batch) storeGroup(group *column.Leaves, p delta.Partition, owners []state.ID, rows []uint32) error {
	n := group.Rows()
	path, base, err := b.out.write(group, p)
	if err == nil && b.keyed != nil {
		err = b.place(path, base, owners)
	}
	if err == nil {
		err = b.compare(path, base, rows, n)
	}
	return err
}

// manyFiles in one commit slow down every reader of the table, and us.
const manyFiles = 1000

// warnOfManyFiles tells, once a run, of a partitioning that is too fine.
func (b *batch) warnOfManyFiles() {
	a := b.w.arranged
	if a == nil || a.warned || len(a.partition) == 0 || len(b.out.adds) < manyFiles {
		return
	}
	a.warned = true
	b.w.warn(b.flow.name, fmt.Sprintf("one commit makes %d files: partition_by takes columns of few values; use cluster_by for the others", len(b.out.adds)))
}
