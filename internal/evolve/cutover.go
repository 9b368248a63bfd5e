package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// cutover holds the flows that append to a table against each other and against what the table's flows took before, as plan
// does: no row may be taken twice, and none may be lost that was taken.
func (p *tablePair) cutover() {
	if !p.appends() {
		return
	}
	now, err := p.takes(p.new.Facts, p.is)
	if err != nil {
		if !p.asBefore() {
			p.unproved(err.Error())
		}
		return
	}
	p.eachOther(now)
	for i := range p.flows {
		p.goesOn(&p.flows[i], now)
	}
}

// takes are the predicates of all flows into a table.
func (p *tablePair) takes(f *lock.Facts, t *lock.Table) (all []sqlexpr.Predicate, err error) {
	for i := range f.Flows {
		if f.Flows[i].Target != t.Name {
			continue
		}
		parts, err := predicates(f, t, &f.Flows[i])
		if err != nil {
			return nil, err
		}
		all = append(all, parts...)
	}
	return all, nil
}

func filtered(all []sqlexpr.Predicate) bool {
	return slices.ContainsFunc(all, func(p sqlexpr.Predicate) bool { return len(p.Where) > 0 })
}

// asBefore reports whether the flows are those that there were: what there is to say of them was said then.
func (p *tablePair) asBefore() bool {
	if len(p.gone)+len(p.added) > 0 {
		return false
	}
	for i := range p.flows {
		if !sameInputs(p.flows[i].was, p.flows[i].is) {
			return false
		}
	}
	return true
}

func sameInputs(a, b *lock.Flow) bool {
	return slices.EqualFunc(a.Inputs, b.Inputs, func(x, y lock.Input) bool { return x.Source == y.Source && slices.Equal(x.Where, y.Where) })
}

func (p *tablePair) eachOther(now []sqlexpr.Predicate) {
	if len(p.now.Flows) < 2 || !filtered(now) || p.asBefore() {
		return
	}
	proof := sqlexpr.Cutover(now)
	switch proof.Disjoint {
	case sqlexpr.Broken:
		for _, w := range proof.Overlaps {
			p.refuse("overlap", "SF0955", "flows/"+w.Flows[len(w.Flows)-1]+"/where", vars{"flows": strings.Join(w.Flows, " and "), "witness": w.String()})
		}
	case sqlexpr.Unproved:
		p.unproved(proof.Why)
	}
}

func (p *tablePair) unproved(reason string) {
	p.refuse("unproved", "SF0956", p.appendPath(), vars{"reason": reason})
}

func (p *tablePair) refuse(accept, id, path string, with vars) {
	v := contract.Refuse
	if p.accepted(accept) {
		v = contract.Note
	}
	p.tellFlow(id, v, path, with)
}

// goesOn proves that what a flow took is taken on, where its filter changed.
func (p *tablePair) goesOn(f *flowPair, now []sqlexpr.Predicate) {
	if sameInputs(f.was, f.is) {
		return
	}
	took, err := predicates(p.old.Facts, p.was, f.was)
	if err != nil {
		p.unproved(err.Error())
		return
	}
	switch proof := sqlexpr.Covers(took, now); proof.Complete {
	case sqlexpr.Broken:
		for _, w := range proof.Gaps {
			p.refuse("gap", "SF0954", "flows/"+f.is.Name+"/where", vars{"witness": w.String(), "took": ", which " + f.was.Name + " took"})
		}
	case sqlexpr.Unproved:
		p.unproved(proof.Why)
	}
}

// unread says why it matters what a flow that ends has not read; "" where others take what it takes, or where nothing is
// lost by it.
func (p *tablePair) unread(f *lock.Flow) string {
	if !p.appends() {
		return ""
	}
	took, err := predicates(p.old.Facts, p.was, f)
	now, err2 := p.takes(p.new.Facts, p.is)
	if err != nil || err2 != nil {
		return ", and it is not known whether others take what it takes: what it has not read may be lost"
	}
	proof := sqlexpr.Covers(took, now)
	switch {
	case proof.Complete == sqlexpr.Proved && (filtered(took) || filtered(now)):
		return ""
	case proof.Complete == sqlexpr.Broken:
		return ", and no flow takes rows with " + proof.Gaps[0].String() + " any more: what it has not read is lost"
	}
	return ", and no flow takes over what it takes: what it has not read is lost"
}
