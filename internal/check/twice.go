package check

import (
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// rows are those that a flow adds to a table, as they are written down.
type rows struct {
	table         *model.Table
	source, where string
}

func rowsOf(f *model.Flow) rows {
	return rows{f.Target, strings.ToLower(f.Source), strings.Join(strings.Fields(f.Where), " ")}
}

// sameRowsTwice warns of append flows that add the very same rows to a table.
func sameRowsTwice(p *model.Pipeline, diags *diag.List) {
	first := map[rows]*model.Flow{}
	for _, f := range p.Flows {
		if f.Apply != nil {
			continue
		}
		key := rowsOf(f)
		if other := first[key]; other != nil {
			warn(diags, "SF0321", f.Pos, "take one of the flows out, or tell them apart with where",
				"the flows "+other.Name+" and "+f.Name+" add the same rows of "+f.Source+" to "+f.Target.Name+": every row is there twice",
				diag.Related{Pos: other.Pos, Message: other.Name + " is here"})
			continue
		}
		first[key] = f
	}
}
