package check

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// cutovers warns of append flows that part a table's rows between them by where, and do it wrong: rows that two of them
// take are there twice, and rows that fall between them are lost. Sources that are not parted are two sources.
func cutovers(p *model.Pipeline, diags *diag.List) {
	for _, t := range p.Tables {
		var flows []*model.Flow
		filtered := 0
		for _, f := range p.Flows {
			if f.Target == t && f.Apply == nil {
				flows = append(flows, f)
				filtered += min(1, len(f.Where))
			}
		}
		if len(flows) > 1 && filtered > 0 {
			cutover(t, flows, filtered == len(flows), diags)
		}
	}
}

// cutover judges the flows of t. A flow that takes all leaves no gap to look for but what views leave out.
func cutover(t *model.Table, flows []*model.Flow, parted bool, diags *diag.List) {
	var parts []sqlexpr.Predicate
	for _, f := range flows {
		parts = append(parts, sqlexpr.FlowPredicates(f)...)
	}
	proof := sqlexpr.Cutover(parts)
	say := func(word, id, message, hint string, of []*model.Flow) {
		if t.Accept[word] != "" {
			return
		}
		last := of[len(of)-1]
		var related []diag.Related
		for _, f := range of[:len(of)-1] {
			related = append(related, diag.Related{Pos: f.Pos, Message: f.Name + " is here"})
		}
		warn(diags, id, last.Pos, hint+"; if it is meant, say so on the table: accept: {"+word+": why}", message, related...)
	}
	if proof.Disjoint == sqlexpr.Broken {
		for _, w := range proof.Overlaps {
			if of := named(flows, w.Flows); rowsOf(of[0]) == rowsOf(of[1]) {
				continue // sameRowsTwice has said so
			}
			say("overlap", "SF0360", "the flows "+strings.Join(w.Flows, " and ")+" both take rows with "+w.String()+" into "+t.Name+": such a row is there twice if both sources have it",
				"part them by where so that every row is taken by one flow", named(flows, w.Flows))
		}
	}
	if parted && proof.Complete == sqlexpr.Broken {
		for _, w := range proof.Gaps {
			say("gap", "SF0361", "no flow takes rows with "+w.String()+" into "+t.Name+": they are lost", wayOut(w), flows)
		}
	}
	if proof.Disjoint == sqlexpr.Unproved || parted && proof.Complete == sqlexpr.Unproved {
		say("unproved", "SF0362", "it is not known whether every row is taken by one of the flows of "+t.Name+": "+proof.Why,
			"compare columns of the table with constants", flows)
	}
}

func named(flows []*model.Flow, names []string) []*model.Flow {
	return slices.DeleteFunc(slices.Clone(flows), func(f *model.Flow) bool { return !slices.Contains(names, f.Name) })
}

// wayOut says which flow could take the rows of a gap.
func wayOut(w sqlexpr.Witness) string {
	for _, v := range w.Values {
		if v.Literal == "NULL" {
			return "let one flow take them: OR " + v.Column + " IS NULL"
		}
	}
	return "let the conditions meet: < in one flow and >= in the other"
}
