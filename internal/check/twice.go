package check

import (
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// sameRowsTwice warns of append flows that add the very same rows to a table.
func sameRowsTwice(p *model.Pipeline, diags *diag.List) {
	type rows struct {
		table         *model.Table
		source, where string
	}
	first := map[rows]*model.Flow{}
	for _, f := range p.Flows {
		if f.Apply != nil {
			continue
		}
		key := rows{f.Target, strings.ToLower(f.Source), strings.Join(strings.Fields(f.Where), " ")}
		if other := first[key]; other != nil {
			warn(diags, "SF0321", f.Pos, "take one of the flows out, or tell them apart with where",
				"the flows "+other.Name+" and "+f.Name+" add the same rows of "+f.Source+" to "+f.Target.Name+": every row is there twice",
				diag.Related{Pos: other.Pos, Message: other.Name + " is here"})
			continue
		}
		first[key] = f
	}
}
