package resolve

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
)

// retain settles how long a table remembers deletes (R7).
func (r *resolver) retain(t *model.Table, s *spec.Table) bool {
	pos := s.TombstoneRetentionPos
	if !pos.IsValid() {
		return true
	}
	k := t.Keyed
	if k != nil && k.SCDType == 2 && !k.Snapshot {
		r.report("SF0330", pos, "tombstone_retention of the table "+t.Name+" forgets deletes, and in SCD type 2 a delete is the end of a version", "take it out",
			diag.Related{Pos: r.flowInto(t).Pos, Message: "the flow " + r.flowInto(t).Name + " makes the table one of SCD type 2"})
		return false
	}
	without := ""
	switch {
	case k == nil:
		without = "which append_flow feeds"
	case k.Snapshot:
		without = "which full extracts feed: they come in order, so that no event is late"
	case !slices.ContainsFunc(r.out.Flows, func(f *model.Flow) bool { return f.Target == t && f.Apply.ApplyAsDeletes != "" }):
		without = "none of whose flows has apply_as_deletes"
	default:
		k.TombstoneRetentionMicros = s.TombstoneRetentionMicros
		return true
	}
	r.warn("SF0318", pos, "tombstone_retention has no effect on the table "+t.Name+", "+without, "take it out")
	return true
}

func (r *resolver) flowInto(t *model.Table) *model.Flow {
	return r.out.Flows[slices.IndexFunc(r.out.Flows, func(f *model.Flow) bool { return f.Target == t })]
}
