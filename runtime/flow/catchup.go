package flow

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/state"
)

// pastCommit is a version of the table that a snapshot does not know of.
type pastCommit struct {
	*delta.Commit
	moves []delta.Move
}

// keys is about how many keys the commit changed: those of the rows that it brought, or that died.
func (c *pastCommit) keys() (n int64) {
	if len(c.moves) > 0 {
		return 0
	}
	for _, f := range c.Adds {
		n += max(f.Rows, 0)
	}
	return n
}

// pastSince gives the versions after one, or says why an index of that version cannot follow them.
func (w *worker) pastSince(version int64) (past []pastCommit, why string) {
	for v := version + 1; v <= w.table.Version(); v++ {
		c, err := w.table.CommitAt(v)
		if err != nil || !c.Ours || c.Operation == opReset || c.Operation == opExpire {
			return nil, fmt.Sprintf("version %d of the table cannot be followed", v)
		}
		moves, err := w.table.MovesOf(c)
		if err != nil {
			return nil, err.Error()
		}
		past = append(past, pastCommit{c, moves})
	}
	return past, ""
}

// freshSince tells x where rows went that it knows, and gives the rows that it does not know, as far as they are still
// there. A key whose row or tombstone changed has a row among them, or an entry in the merge log.
func (w *worker) freshSince(x *state.Index, past []pastCommit) []delta.RowRange {
	var f freshRows
	for _, c := range past {
		f.follow(c)
		move(x, c.moves)
	}
	fresh := slices.DeleteFunc(f.ranges, func(r delta.RowRange) bool {
		_, still := w.table.File(r.Path)
		return !still || r.From >= r.End
	})
	slices.SortFunc(fresh, func(a, b delta.RowRange) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.From, b.From))
	})
	return fresh
}

// move tells x where the rows of files are now.
func move(x *state.Index, moves []delta.Move) {
	for _, m := range moves {
		x.Move(m.From, m.To, m.Dead, m.First)
	}
}

// freshRows are the rows that some commits added.
type freshRows struct{ ranges []delta.RowRange }

// follow takes the rows that a commit adds, and moves those that it moves. The files that it moves rows to hold nothing
// else.
func (f *freshRows) follow(c pastCommit) {
	from, to := map[string]*delta.Move{}, map[string]bool{}
	for i := range c.moves {
		m := &c.moves[i]
		from[m.From], to[m.To] = m, true
	}
	for i, r := range f.ranges {
		if m := from[r.Path]; m != nil {
			f.ranges[i].Path = m.To
			f.ranges[i].From, f.ranges[i].End = m.Range(r.From, r.End)
		}
	}
	for _, m := range from {
		if m.Born {
			f.ranges = append(f.ranges, delta.RowRange{Path: m.To, From: m.First, End: m.First + m.Rows})
		}
	}
	for _, add := range c.Adds {
		if !to[add.Path] {
			f.ranges = append(f.ranges, delta.RowRange{Path: add.Path, End: math.MaxUint32})
		}
	}
}
