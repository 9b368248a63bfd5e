package resolve

import (
	"slices"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
)

// orderFlows settles which flows wait for others.
func (r *resolver) orderFlows() {
	var known []string
	for _, s := range r.spec.Flows {
		known = append(known, s.Name.Value)
	}
	for i := range r.spec.Flows {
		s := &r.spec.Flows[i]
		for n, name := range s.DependsOn {
			switch {
			case name.Value == s.Name.Value:
				r.report("SF0344", name.Pos, "the flow "+s.Name.Value+" depends on itself", "take it out")
			case !slices.Contains(known, name.Value):
				r.missing("flow", name, slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == s.Name.Value }))
			case slices.ContainsFunc(s.DependsOn[:n], func(o spec.String) bool { return o.Value == name.Value }):
				r.warn("SF0344", name.Pos, "depends_on of the flow "+s.Name.Value+" names "+name.Value+" twice", "take one out")
			default:
				if m := r.flowNamed(s.Name.Value); m != nil {
					m.DependsOn = append(m.DependsOn, name.Value)
				}
			}
		}
	}
	r.reportCircles()
}

func (r *resolver) flowNamed(name string) *model.Flow {
	i := slices.IndexFunc(r.out.Flows, func(f *model.Flow) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return r.out.Flows[i]
}

// reportCircles reports flows that wait for one another, each circle once.
func (r *resolver) reportCircles() {
	done := map[string]bool{}
	var walk func(name string, through []string)
	walk = func(name string, through []string) {
		if i := slices.Index(through, name); i >= 0 {
			r.waitInCircle(through[i:])
			return
		}
		i := slices.IndexFunc(r.spec.Flows, func(s spec.Flow) bool { return s.Name.Value == name })
		if i < 0 || done[name] {
			return
		}
		for _, next := range r.spec.Flows[i].DependsOn {
			if next.Value != name { // which is reported by itself
				walk(next.Value, append(through, name))
			}
		}
		done[name] = true
	}
	for i := range r.spec.Flows {
		walk(r.spec.Flows[i].Name.Value, nil)
	}
}

func (r *resolver) waitInCircle(circle []string) {
	message := "the flow " + circle[0]
	for _, name := range circle[1:] {
		message += " depends on " + name + ", which"
	}
	at := func(name string) *spec.Flow {
		return &r.spec.Flows[slices.IndexFunc(r.spec.Flows, func(s spec.Flow) bool { return s.Name.Value == name })]
	}
	var related []diag.Related
	for _, name := range circle[1:] {
		related = append(related, diag.Related{Pos: at(name).Name.Pos, Message: name + " is here"})
	}
	next := circle[1%len(circle)]
	names := at(circle[0]).DependsOn
	pos := names[slices.IndexFunc(names, func(s spec.String) bool { return s.Value == next })].Pos
	r.report("SF0344", pos, message+" depends on "+circle[0]+": none of them would ever start", "one of them has to start by itself", related...)
}

// rename checks the earlier name of a flow or table: one that is free now, and that nothing else had.
func (r *resolver) rename(taken names, kind string, name, was spec.String, there []string) {
	if !was.IsSet() {
		return
	}
	if slices.ContainsFunc(there, func(n string) bool { return fold(n) == fold(was.Value) }) {
		r.report("SF0346", was.Pos, "the "+kind+" "+name.Value+" was "+was.Value+", and there is a "+kind+" of that name", "was names one that is gone; take it out once the new name is deployed")
		return
	}
	if first, again := taken[fold(was.Value)]; again {
		r.report("SF0346", was.Pos, "two "+kind+"s were "+was.Value, "one of them goes on where it stood; the other starts anew", diag.Related{Pos: first.Pos, Message: "it is first here"})
		return
	}
	taken[fold(was.Value)] = was
}

// renames checks all earlier names.
func (r *resolver) renames() {
	var flows, tables []string
	for _, s := range r.spec.Flows {
		flows = append(flows, s.Name.Value)
	}
	for _, s := range r.spec.Tables {
		tables = append(tables, s.Name.Value)
	}
	taken := names{}
	for _, s := range r.spec.Flows {
		r.rename(taken, "flow", s.Name, s.Was, flows)
	}
	taken = names{}
	for _, s := range r.spec.Tables {
		r.rename(taken, "table", s.Name, s.Was, tables)
	}
}

// warnOfNothingToRead tells of once flows over topics that are read from their end on: what there is at the first look is
// before it.
func (r *resolver) warnOfNothingToRead() {
	for _, f := range r.out.Flows {
		for i := range f.Branches {
			if src := f.Branches[i].Source; f.Once && src.Kafka != nil && src.Kafka.Start.At == "latest" {
				r.warn("SF0318", f.Pos, "once has no effect but to end the flow "+f.Name+": it reads what there is, and the source "+src.Name+" starts at the latest, behind that",
					"let the source start at the earliest, or at a timestamp", diag.Related{Pos: src.Pos, Message: src.Name + " is declared here"})
				break
			}
		}
	}
}

// accepted gives what a table accepts, with the reasons.
func accepted(s *spec.Table) map[string]string {
	if len(s.Accept) == 0 {
		return nil
	}
	out := map[string]string{}
	for name, reason := range s.Accept {
		out[name] = reason.Value
	}
	return out
}
