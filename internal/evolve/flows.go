package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// flowPair is a flow in both versions.
type flowPair struct {
	was, is *lock.Flow
	silent  bool // it has another name, and does not say so
}

// pairFlows finds the flows that go on: as a run does, and those that would if they said so.
func (p *tablePair) pairFlows() {
	var old, now []lock.Flow
	for _, f := range p.old.Facts.Flows {
		if f.Target == p.was.Name {
			old = append(old, f)
		}
	}
	for _, f := range p.new.Facts.Flows {
		if f.Target == p.is.Name {
			now = append(now, f)
		}
	}
	add := func(a, b *lock.Flow) { p.flows = append(p.flows, flowPair{was: a, is: b}) }
	gone, added := pair(old, now, func(f *lock.Flow) string { return f.Name }, add)
	gone, added = renamed(gone, added, func(a, b *lock.Flow) bool { return b.Was == a.Name || a.Was == b.Name }, add)
	same := func(a, b *lock.Flow) bool {
		return a.Source == b.Source && a.Once == b.Once && (a.Where == b.Where || alike(a.Name, b.Name)) && a.Kind == b.Kind
	}
	p.gone, p.added = renamed(gone, added, same, func(a, b *lock.Flow) { p.flows = append(p.flows, flowPair{a, b, true}) })
}

// compareFlows compares the flows into a table one by one. What their filters are to each other, cutover compares.
func (p *tablePair) compareFlows() {
	for i := range p.flows {
		p.flow(&p.flows[i])
	}
	for _, f := range p.added {
		if from := flowNamed(p.old.Facts, f.Name); from != nil && from.Target != p.was.Name {
			p.flowTold(f.Name)
			p.tellFlow("SF0949", max(contract.Note, p.verdict("flows."+f.Name, contract.Note)), "flows/"+f.Name, vars{"flow": f.Name, "was": from.Target})
			continue
		}
		v := max(contract.Note, p.verdict("flows."+f.Name, contract.Note), p.verdict("flows."+f.Name+".was", contract.Note))
		p.tellFlow("SF0940", v, "flows/"+f.Name, vars{"flow": f.Name})
	}
	for _, f := range p.gone {
		v := p.verdict("flows."+f.Name, contract.Note)
		if to := flowNamed(p.new.Facts, f.Name); to != nil {
			continue // told where it goes to
		}
		gap := ""
		if why := p.unread(f); why != "" {
			v, gap = contract.Refuse, why
			if p.accepted("gap") {
				v = contract.Note
			}
		}
		p.addMoved("SF0941", v, "flows/"+f.Name, "tables/"+p.is.Name, []string{p.is.Name}, vars{"flow": f.Name, "table": p.is.Name, "gap": gap})
	}
}

func (p *tablePair) flowTold(name string) {
	p.told["flows."+name], p.told["flows."+name+".was"] = true, true
}

func flowNamed(f *lock.Facts, name string) *lock.Flow {
	for i := range f.Flows {
		if f.Flows[i].Name == name {
			return &f.Flows[i]
		}
	}
	return nil
}

func (p *tablePair) flow(f *flowPair) {
	was, is := f.was, f.is
	field, at := "flows."+is.Name, "flows/"+is.Name
	with := func(was, is string) vars { return vars{"flow": f.is.Name, "was": was, "now": is} }
	switch {
	case f.silent:
		v := max(p.verdict(field, contract.Note), p.verdict(field+".was", contract.Note), p.verdict("flows."+was.Name, contract.Note))
		p.tellFlow("SF0943", v, at, with(was.Name, ""))
	case was.Name != is.Name:
		p.told["flows."+was.Name] = true
		p.tellFlow("SF0942", max(p.verdict(field, contract.Note), p.verdict(field+".was", contract.Note)), at, with(was.Name, ""))
	default:
		p.flowTold(is.Name)
	}
	if was.Once != is.Once {
		p.tellFlow(word(is.Once, "SF0944", "SF0945"), p.verdict(field+".once", contract.Note), at+"/once", with("", ""))
	}
	if !slices.Equal(was.DependsOn, is.DependsOn) {
		p.tellFlow("SF0946", contract.Safe, at+"/depends_on", with(list(was.DependsOn), list(is.DependsOn)))
	}
	if was.Deletes != is.Deletes {
		p.tellFlow("SF0947", p.verdict(field+".apply_as_deletes", contract.Backfill), at+"/apply_as_deletes", with(or(was.Deletes, "nothing"), or(is.Deletes, "nothing")))
	}
	if was.Truncates != is.Truncates {
		p.tellFlow("SF0948", p.verdict(field+".apply_as_truncates", contract.Backfill), at+"/apply_as_truncates", with(or(was.Truncates, "nothing"), or(is.Truncates, "nothing")))
	}
	if !slices.Equal(was.Only, is.Only) || !slices.Equal(was.Except, is.Except) || p.speaks(field+".columns") {
		v := p.verdict(field+".columns", contract.Note)
		option := word(len(is.Except)+len(was.Except) > 0, "except_column_list", "column_list")
		p.tellFlow("SF0938", v, at+"/"+option, with(filled(was), filled(is)))
	}
	p.reads(f, field, at)
	p.filter(f, field, at)
}

func filled(f *lock.Flow) string {
	switch {
	case len(f.Columns) > 0:
		return some(f.Columns, 8)
	case len(f.Except) > 0:
		return "all but " + some(f.Except, 8)
	case len(f.Only) > 0:
		return some(f.Only, 8)
	}
	return "all columns"
}

// reads compares what a flow reads. Of sources whose place changed it is told at the sources.
func (p *tablePair) reads(f *flowPair, field, at string) {
	before, now := sources(f.was), sources(f.is)
	if f.was.Source == f.is.Source {
		if p.speaks(field+".source") && !p.told[field+".source"] { // a view reads something else
			p.tellFlow("SF0950", p.verdict(field+".source", contract.Note), at+"/source", vars{"flow": f.is.Name, "was": list(before), "now": list(now)})
		}
		return
	}
	if slices.Equal(before, now) {
		return // another view of the same sources: the filter and the columns tell of it
	}
	if p.renamedSource(before, now) {
		return
	}
	p.tellFlow("SF0950", p.verdict(field+".source", contract.Note), at+"/source", vars{"flow": f.is.Name, "was": f.was.Source, "now": f.is.Source})
}

func sources(f *lock.Flow) (out []string) {
	for _, in := range f.Inputs {
		if !slices.Contains(out, in.Source) {
			out = append(out, in.Source)
		}
	}
	slices.Sort(out)
	return out
}

// filter compares what one flow takes.
func (p *tablePair) filter(f *flowPair, field, at string) {
	if !p.speaks(field + ".where") {
		return
	}
	v := p.verdict(field+".where", contract.Backfill)
	was, is := wheres(f.was), wheres(f.is)
	with := vars{"flow": f.is.Name, "was": or(f.was.Where, taken(was)), "now": or(f.is.Where, taken(is))}
	before, err := predicates(p.old.Facts, p.was, f.was)
	now, err2 := predicates(p.new.Facts, p.is, f.is)
	id := "SF0953"
	if err == nil && err2 == nil {
		less := sqlexpr.Covers(now, before).Complete == sqlexpr.Proved
		more := sqlexpr.Covers(before, now).Complete == sqlexpr.Proved
		switch {
		case less && more:
			id, v = "SF0957", contract.Safe
		case less:
			id = "SF0951"
			if p.appends() && len(f.was.Inputs) == 1 && len(f.is.Inputs) == 1 {
				v = min(v, contract.Note) // what it took stays, and is taken by another flow or said to be lost
			}
		case more:
			id = "SF0952"
		}
	}
	views := p.changedViews(f.is)
	if f.was.Where != f.is.Where || f.was.Source != f.is.Source || len(views) == 0 {
		if f.was.Where == f.is.Where { // the words are the same: what they are about is not
			with["was"], with["now"] = taken(was), taken(is)
		}
		p.tellFlow(id, v, at+"/where", with)
		return
	}
	for _, view := range views { // the flow says the same: a view that it reads does not
		p.filteredView(view, v, with)
	}
}

func wheres(f *lock.Flow) (out []string) {
	for _, in := range f.Inputs {
		out = append(out, strings.Join(in.Where, " AND "))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// taken words what filters take.
func taken(wheres []string) string {
	if len(wheres) == 0 {
		return "all rows"
	}
	return list(wheres)
}

func (p *tablePair) appends() bool {
	return p.was.Kind == contract.Append && p.is.Kind == contract.Append
}
