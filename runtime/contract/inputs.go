package contract

import "slices"

func (c *comparison) inputs(field string, old, now Flow, from Progress, ended []Flow) {
	before, dropped := pair(old.Inputs, now.Inputs)
	renamed := append(slices.Clone(ended), Flow{Name: old.Name, Inputs: dropped})
	for i, in := range now.Inputs {
		switch {
		case before[i] != nil:
			c.input(field, now.Name, *before[i], in)
		case slices.ContainsFunc(old.Inputs, func(o Input) bool { return o.Source == in.Source }):
			c.add(Backfill, field+".source", c.again(now.Name), "it reads %s in one more way: what was read before is not read again for it", in.Source)
		case now.Once:
			c.add(Backfill, field+".source", c.again(now.Name), "it reads %s too: a once flow takes what it found when it began, and looks at nothing else", in.Source)
		case from.reads(in.Source):
			c.add(Note, field+".source", "", "it reads %s again, and goes on where it stood", in.Source)
		default:
			c.newInput(field, in, renamed)
		}
	}
	for _, in := range dropped {
		if !slices.ContainsFunc(now.Inputs, func(i Input) bool { return i.Source == in.Source }) {
			c.add(Note, field+".source", "", "it does not read %s any more: what it has read of it stays", in.Source)
		}
	}
}

func (c *comparison) newInput(field string, in Input, ended []Flow) {
	switch by := c.repeats(in, ended); {
	case by == "":
		c.add(Note, field+".source", "", "it now reads %s, from the start", in.Source)
	default:
		c.add(Refuse, field+".source", "give the source its earlier name; or "+c.refresh(),
			"it reads %s from the start, which flow %s has appended under another name of the source: its rows would be there twice", in.Source, by)
	}
}

// pair gives each input of now the one that it goes on from, nil where there is none, and those of old that are left. The
// sides of a UNION ALL may read one source: those of equal filters belong together.
func pair(old, now []Input) (before []*Input, ended []Input) {
	before, used := make([]*Input, len(now)), make([]bool, len(old))
	for _, exact := range []bool{true, false} {
		for i, in := range now {
			for j := range old {
				if before[i] == nil && !used[j] && old[j].Source == in.Source && (!exact || slices.Equal(old[j].Where, in.Where)) {
					before[i], used[j] = &old[j], true
				}
			}
		}
	}
	for j := range old {
		if !used[j] {
			ended = append(ended, old[j])
		}
	}
	return before, ended
}

func (c *comparison) input(field, flow string, old, now Input) {
	if !slices.Equal(old.Where, now.Where) {
		c.add(Backfill, field+".where", c.again(flow), "the filter on %s was %s and is now %s: what was read before stays as it was judged",
			now.Source, list(old.Where), list(now.Where))
	}
	switch {
	case old.Kind != now.Kind:
		c.medium(field, old, now)
	case now.Kind == Kafka && old.Path != now.Path:
		c.add(Note, field+".source", "", "the topic of %s was %s and is now %s: if that is another one, the flow stops at its start, for offsets are of a topic; "+
			"give the source of another topic a name of its own", now.Source, old.Path, now.Path)
	case now.Kind != Kafka && (old.Path != now.Path || old.Format != now.Format):
		c.add(Note, field+".source", "", "%s was %s (%s) and is now %s (%s): files are known by their paths, so what was read under a path is not read again, and what lies under a new one is",
			now.Source, old.Path, old.Format, now.Path, now.Format)
	}
	if now.Kind == Kafka && old.Kind == Kafka && old.Format != now.Format {
		c.add(Note, field+".source", "", "messages of %s were read as %s and are read as %s from where the flow stands", now.Source, old.Format, now.Format)
	}
}

// medium is a source that was files and is a topic now, or the other way: the one says nothing of what was read of the other.
func (c *comparison) medium(field string, old, now Input) {
	if !c.appends() {
		c.add(Note, field+".source", "", "%s was of %s and is now of %s: it is read from the start", now.Source, old.Kind, now.Kind)
		return
	}
	c.add(Refuse, field+".source", "give the new source a name and a flow of its own, and part the two flows by `where`; or "+c.refresh(),
		"%s was of %s and is now of %s, which the flow would read from the start: what it has appended already would be there twice", now.Source, old.Kind, now.Kind)
}
