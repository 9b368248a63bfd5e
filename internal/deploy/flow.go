package deploy

import (
	"fmt"
	"slices"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/flow"
)

// flowsOf lists the flows of the spec in its order, then those that end.
func (l *look) flowsOf() (all []Flow) {
	for _, f := range l.emitted.Flows {
		out := Flow{Name: f.Model.Name, Was: f.Model.Was, Once: f.Model.Once, State: Starts}
		if l.before != nil {
			out.Was = contract.EarlierName(l.before, &l.now, l.now.Flow(out.Name))
		}
		all = append(all, out)
	}
	if l.before == nil {
		return all
	}
	for _, f := range l.before.Flows {
		if !l.goesOn(f.Name) {
			all = append(all, Flow{Name: f.Name, Once: f.Once, State: Ends})
		}
	}
	return all
}

// earlier gives the flow of the stored contract that f goes on from, nil for none.
func (l *look) earlier(f *contract.Flow) *contract.Flow {
	if l.before == nil {
		return nil
	}
	return contract.Earlier(l.before, &l.now, f)
}

// goesOn reports whether a flow of the spec goes on from one of the stored contract.
func (l *look) goesOn(name string) bool {
	return slices.ContainsFunc(l.now.Flows, func(f contract.Flow) bool {
		old := l.earlier(&f)
		return old != nil && old.Name == name
	})
}

// stands gives what is stored of a flow, nil for nothing. A new name goes on from the earlier one's, where it has nothing
// of its own.
func (l *look) stands(name, was string) *flow.Standing {
	for _, n := range []string{name, was} {
		if i := slices.IndexFunc(l.standing, func(s flow.Standing) bool { return s.Flow == n }); n != "" && i >= 0 {
			return &l.standing[i]
		}
	}
	return nil
}

// flows says of each flow where it goes on.
func (l *look) flows() error {
	if l.out.Flows == nil {
		l.out.Flows = l.flowsOf()
	}
	for i := range l.out.Flows {
		f := &l.out.Flows[i]
		at := l.stands(f.Name, f.Was)
		if at != nil && f.State == Starts {
			f.State = Continues
		}
		f.Complete = at != nil && at.Complete
		inputs, err := l.inputs(f, at)
		if err != nil {
			return fmt.Errorf("flow %s: %w", f.Name, err)
		}
		f.Inputs = inputs
	}
	return nil
}

// inputs are those of the spec; of a flow that ends, those of the stored contract.
func (l *look) inputs(f *Flow, at *flow.Standing) (all []Input, err error) {
	for _, in := range l.contractInputs(f) {
		if slices.ContainsFunc(all, func(i Input) bool { return i.Source == in.Source }) {
			continue // another side of a UNION ALL
		}
		out := Input{Source: in.Source, Kind: in.Kind, Path: in.Path}
		source := l.source(in.Source)
		switch {
		case in.Kind == contract.Kafka:
			out.From = topicFrom(&out, at, source)
		case f.Complete:
			out.FilesRead, out.From = at.FilesRead, fmt.Sprintf("all of the %s on its list are read", plural(int64(at.Listed), "file"))
		case at != nil && at.Once:
			out.FilesRead, out.From = at.FilesRead, fmt.Sprintf("%s of the %s on its list are left", number(int64(at.Left)), plural(int64(at.Listed), "file"))
		case at != nil && at.Files[in.Source] != nil:
			out.FilesRead, err = l.count(at, in.Source)
			out.From = "behind the " + plural(out.FilesRead, "file") + " that it has read"
		case f.State == Ends:
			out.From = "it has read nothing"
		default:
			out.From = "from the first file"
		}
		if err == nil && f.State != Ends {
			err = l.otherTopic(f, &out, at, source)
		}
		if err == nil && at != nil && at.Once {
			out.Left = leftOfList(&in, at)
		} else if err == nil && l.m.opt.Connect {
			err = l.left(f, &out, at, source)
		}
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", in.Source, err)
		}
		all = append(all, out)
	}
	return all, nil
}

// leftOfList is what a once flow has not read of what it found when it began: that much is stored.
func leftOfList(in *contract.Input, at *flow.Standing) *Left {
	if in.Kind != contract.Kafka {
		return &Left{Files: at.Left}
	}
	left := &Left{}
	for _, p := range at.Partitions {
		if p.Source == in.Source && p.End != nil {
			left.Offsets += max(*p.End-p.Next, 0)
		}
	}
	return left
}

// count gives the number of files that a flow has read of a source.
func (l *look) count(at *flow.Standing, source string) (n int64, err error) {
	err = at.Files[source].Each(l.table, func(string) { n++ })
	return n, err
}

func (l *look) contractInputs(f *Flow) []contract.Input {
	if f.State == Ends {
		return l.before.Flow(f.Name).Inputs
	}
	return l.now.Flow(f.Name).Inputs
}

// source gives the spec's source of a name, nil where it has none.
func (l *look) source(name string) *model.Source {
	for _, s := range l.m.pipeline.Sources {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// topicFrom lists a topic's partitions as far as they are known, and says in words where the flow is.
func topicFrom(out *Input, at *flow.Standing, source *model.Source) string {
	if at != nil {
		for _, p := range at.Partitions {
			if p.Source == out.Source {
				out.Partitions = append(out.Partitions, Partition{p.Position.Partition, p.Next})
			}
		}
	}
	switch {
	case len(out.Partitions) > 0:
		text := ""
		for i, p := range out.Partitions {
			if i == 8 {
				return text + fmt.Sprintf(", … (%s)", plural(int64(len(out.Partitions)), "partition"))
			}
			if i > 0 {
				text += ", "
			}
			text += fmt.Sprintf("partition %d at offset %d", p.Partition, p.Next)
		}
		return text
	case source == nil || source.Kafka == nil:
		return "it has read nothing"
	}
	return startText(&source.Kafka.Start)
}
