package evolve

import (
	"slices"
	"time"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// policies compares what does not change the rows of a table but how it lies and what happens beside it.
func (p *tablePair) policies() {
	a, b := p.was, p.is
	sameKind := a.Kind == b.Kind
	if !slices.Equal(a.PartitionBy, b.PartitionBy) {
		p.tell("SF0985", p.verdict("partition_by", contract.Refresh), "partition_by", vars{"was": list(a.PartitionBy), "now": list(b.PartitionBy)})
	}
	if !slices.Equal(a.ClusterBy, b.ClusterBy) {
		p.tell("SF0986", p.verdict("cluster_by", contract.Note), "cluster_by", vars{"was": list(a.ClusterBy), "now": list(b.ClusterBy)})
	}
	if p.before.Updates != p.now.Updates && sameKind {
		p.tell("SF0987", p.verdict("updates", contract.Note), "updates", vars{"was": updates(a), "now": updates(b)})
	}
	if a.OnBadRecord != b.OnBadRecord {
		p.tell("SF0988", p.verdict("on_bad_record", contract.Note), "on_bad_record", vars{"was": badRecord(a), "now": badRecord(b)})
	}
	if a.OnTie != b.OnTie && sameKind {
		p.tell("SF0989", p.verdict("on_tie", contract.Note), "on_tie", vars{"was": tie(a), "now": tie(b)})
	}
	if a.Retention != b.Retention && sameKind {
		p.tell("SF0939", p.verdict("tombstone_retention", contract.Note), "tombstone_retention", vars{"was": remembered(a), "now": remembered(b)})
	}
}

func updates(t *lock.Table) string { return word(t.Rewrite, "writing files anew", "deletion vectors") }

func badRecord(t *lock.Table) string {
	return word(t.OnBadRecord == "fail", "stops the run", "is set aside")
}

func tie(t *lock.Table) string { return word(t.OnTie == "fail", "stop the run", "are counted") }

func remembered(t *lock.Table) string {
	if t.Retention == 0 {
		return "for ever"
	}
	return "for " + (time.Duration(t.Retention) * time.Microsecond).String()
}
