package check

import (
	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// onlyOnce warns of tables that only once flows feed: after the first run they never change.
func onlyOnce(p *model.Pipeline, diags *diag.List) {
	for _, t := range p.Tables {
		var flows []*model.Flow
		lasting := false
		for _, f := range p.Flows {
			if f.Target == t {
				flows = append(flows, f)
				lasting = lasting || !f.Once
			}
		}
		if len(flows) > 0 && !lasting {
			warn(diags, "SF0320", t.Pos, "leave once: true out of the flow that shall keep the table up to date",
				"only once flows feed the table "+t.Name+": after their first run it never changes",
				diag.Related{Pos: flows[0].Pos, Message: "flow " + flows[0].Name + " runs once"})
		}
	}
}
