package contract

import (
	"slices"
	"strings"
)

// flows compares flow by flow. A flow goes on from what is stored of it, under its name or the one that it had; of one that
// has never read nothing can be lost or repeated.
func (c *comparison) flows() {
	var goesOn []string // flows of before
	for _, f := range c.now.Flows {
		if old := c.earlier(f); old != nil {
			goesOn = append(goesOn, old.Name)
		}
	}
	var ended []Flow
	for _, f := range c.before.Flows {
		if !slices.Contains(goesOn, f.Name) {
			ended = append(ended, f)
		}
	}
	for _, f := range c.now.Flows {
		c.flowOf(f, ended)
	}
	for _, f := range ended {
		if c.there.progress(f.Name) == nil {
			c.add(Note, "flows."+f.Name, "", "the flow ends: it has read nothing yet")
		} else {
			c.add(Note, "flows."+f.Name, "", "the flow ends: what it wrote stays")
		}
	}
}

func (c *comparison) earlier(f Flow) *Flow { return Earlier(c.before, c.now, &f) }

// Earlier gives the flow of before that f, a flow of now, goes on from; nil for none. It is the one of its name, or of the
// name that it had, or one that had f's name: a spec that is rolled back says nothing of names that came after it.
func Earlier(before, now *Table, f *Flow) *Flow {
	if old := before.Flow(f.Name); old != nil {
		return old
	}
	if old := before.Flow(f.Was); old != nil {
		return old
	}
	for i := range before.Flows {
		if old := &before.Flows[i]; old.Was == f.Name && now.Flow(old.Name) == nil {
			return old
		}
	}
	return nil
}

// EarlierName gives the other name under which progress of f may be stored, "" for none.
func EarlierName(before, now *Table, f *Flow) string {
	switch old := Earlier(before, now, f); {
	case old == nil:
		return f.Was
	case old.Name == f.Name:
		return ""
	default:
		return old.Name
	}
}

// Flow gives the flow of a name, nil for none.
func (t *Table) Flow(name string) *Flow {
	i := slices.IndexFunc(t.Flows, func(f Flow) bool { return f.Name == name })
	if i < 0 || name == "" {
		return nil
	}
	return &t.Flows[i]
}

// flowOf compares f with what it goes on from.
func (c *comparison) flowOf(f Flow, ended []Flow) {
	field := "flows." + f.Name
	name := EarlierName(c.before, c.now, &f)
	old, own, was := c.earlier(f), c.there.progress(f.Name), c.there.progress(name)
	if own != nil && was != nil {
		c.twoPasts(field, f, name)
		return
	}
	from := own
	if was != nil {
		from = was
		c.add(Note, field+".was", "", "the flow goes on where %s stands", name)
	}
	switch {
	case old != nil && from == nil:
		c.fresh(field, f, nil, ended)
	case old != nil:
		c.flow(*old, f, *from, ended)
	case from != nil:
		c.returns(field, f, *from, ended)
	default:
		if f.Was != "" {
			c.add(Note, field+".was", "", "nothing is stored of a flow %s", f.Was)
		}
		c.newFlow(field, f, ended)
	}
}

// twoPasts is a flow with a new name under which another flow has read before.
func (c *comparison) twoPasts(field string, f Flow, was string) {
	if !c.appends() {
		c.add(Note, field+".was", "", "a flow %s has read before: this one goes on where that stood, not where %s stands", f.Name, was)
		return
	}
	c.add(Refuse, field+".was", "give the flow a name that none has had; or "+c.refresh(),
		"a flow %s has read before, so that the flow would go on where that one stood, and not where %s stands: rows would be there twice", f.Name, was)
}

func (c *comparison) newFlow(field string, f Flow, ended []Flow) {
	if c.now.Snapshot && c.before.Snapshot {
		c.add(Refuse, field, "give the flow its earlier name, or say `was`; or "+c.refresh(),
			"the flow is new and takes all extracts from the first on, over rows that later ones have made")
		return
	}
	if !c.fresh(field, f, nil, ended) {
		c.add(Note, field, "", "a new flow: it reads its source from the start")
	}
}

// returns is a flow that the spec did not have for a while.
func (c *comparison) returns(field string, f Flow, from Progress, ended []Flow) {
	c.add(Note, field, "", "the flow is back: it goes on where it stood, whatever its filter was then")
	if from.Once != f.Once {
		c.once(field, from.Once, f)
		return
	}
	c.fresh(field, f, &from, ended)
}

// fresh refuses inputs that are read from the start although their rows are there. It reports whether it has.
func (c *comparison) fresh(field string, f Flow, from *Progress, ended []Flow) bool {
	if !c.appends() {
		return false
	}
	for _, in := range f.Inputs {
		if from.reads(in.Source) || from != nil && from.Once {
			continue
		}
		if by := c.repeats(in, ended); by != "" {
			c.add(Refuse, field, "say `was: "+by+"` on the flow, so that it goes on where that one stands; or "+c.refresh(),
				"it reads %s from the start, which flow %s has appended already: its rows would be there twice", in.Source, by)
			return true
		}
	}
	return false
}

// repeats names a flow that does not go on and has appended what reading in from its start would bring; "" for none. A
// filter that has the conditions of the other, or lacks them all, has rows in common with it; of others this is not known
// here. In a table of apply_changes an event that is known changes nothing.
func (c *comparison) repeats(in Input, ended []Flow) string {
	if !c.appends() {
		return ""
	}
	for _, f := range ended {
		if c.there.progress(f.Name) == nil {
			continue
		}
		if slices.ContainsFunc(f.Inputs, func(old Input) bool {
			return (old.Source == in.Source || old.Kind == in.Kind && old.Path == in.Path) && nested(old.Where, in.Where)
		}) {
			return f.Name
		}
	}
	for _, p := range c.there.Flows { // of a flow that ended earlier no filter is known
		if len(in.Where) == 0 && p.reads(in.Source) && !c.has(p.Flow) {
			return p.Flow
		}
	}
	return ""
}

// has reports whether a flow is of either contract.
func (c *comparison) has(flow string) bool {
	named := func(f Flow) bool { return f.Name == flow || f.Was == flow }
	return slices.ContainsFunc(c.before.Flows, named) || slices.ContainsFunc(c.now.Flows, named)
}

// nested reports whether one of two filters has all conditions of the other.
func nested(a, b []string) bool {
	in := func(all []string) func(string) bool {
		return func(one string) bool { return !slices.Contains(all, one) }
	}
	return !slices.ContainsFunc(a, in(b)) || !slices.ContainsFunc(b, in(a))
}

func (c *comparison) appends() bool { return c.before.Kind == Append && c.now.Kind == Append }

// once is a flow that was a once flow and is none any more, or the other way.
func (c *comparison) once(field string, was bool, now Flow) {
	kafka := slices.ContainsFunc(now.Inputs, func(in Input) bool { return in.Kind == Kafka })
	switch {
	case c.appends():
		c.add(Refuse, field+".once", "leave `once` as it was; or "+c.refresh(),
			"was %v, is now %v: the flow would read its source from the start, and append again what is there", was, now.Once)
	case kafka:
		c.add(Refuse, field+".once", "leave `once` as it was; or "+c.again(now.Name),
			"was %v, is now %v: where a flow stops in a topic is stored when it starts", was, now.Once)
	default:
		c.add(Note, field+".once", "", "was %v, is now %v: the flow reads its source from the start", was, now.Once)
	}
}

func (c *comparison) flow(old, now Flow, from Progress, ended []Flow) {
	field := "flows." + now.Name
	if old.Once != now.Once {
		c.once(field, old.Once, now)
	}
	if old.Deletes != now.Deletes {
		c.add(Backfill, field+".apply_as_deletes", c.again(now.Name),
			"was %q, is now %q: events that were read before stay as they were judged", old.Deletes, now.Deletes)
	}
	if old.Truncates != now.Truncates {
		c.add(Backfill, field+".apply_as_truncates", c.again(now.Name),
			"was %q, is now %q: events that were read before stay as they were judged", old.Truncates, now.Truncates)
	}
	if !slices.EqualFunc(old.Columns, now.Columns, strings.EqualFold) {
		c.add(Backfill, field+".columns", c.again(now.Name), "it filled %s and now fills %s", list(old.Columns), list(now.Columns))
	}
	c.inputs(field, old, now, from, ended)
}

// again is how what a flow has read is read once more.
func (c *comparison) again(flow string) string {
	if c.now.Kind == Append || c.now.Snapshot { // append: rows carry no flow; extracts are taken in order, each over the one before
		return "run `reset " + c.now.Name + "` to wipe the table and read its sources again"
	}
	return "run `reset " + flow + "` to read its source again"
}
