package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/files"
	"github.com/seamflow/seamflow/runtime/stream"
)

// Standing is how far a flow has come, as the table says: of flows that have left the spec too.
type Standing struct {
	Flow       string
	Once       bool // a once flow that has frozen its list
	Listed     int  // files on that list
	Left       int  // those of it that are not read yet
	Complete   bool
	FilesRead  int64
	Files      map[string]*files.Set // what was read, by source; of a once flow none
	Partitions []Partition           // sorted by source and partition
}

// Partition is how far a flow has read a partition of a stream.
type Partition struct {
	Source string
	Topic  string
	stream.Position
	End *int64 // of a once flow: where it stops
}

// Standings reads how far flows have come that feed a table, sorted by name. It takes no lock.
func Standings(t *delta.Table) ([]Standing, error) {
	all := map[string]*Standing{}
	of := func(flow string) *Standing {
		if all[flow] == nil {
			all[flow] = &Standing{Flow: flow, Files: map[string]*files.Set{}}
		}
		return all[flow]
	}
	for domain, text := range t.Domains(flowDomains) {
		parts := strings.Split(strings.TrimPrefix(domain, flowDomains), "/")
		var err error
		switch len(parts) {
		case 1:
			err = of(parts[0]).files(text)
		case 3:
			err = of(parts[0]).partition(domain, parts[1], parts[2], text)
		default:
			err = fmt.Errorf("domain %s: it names neither a flow nor a partition", domain)
		}
		if err != nil {
			return nil, fmt.Errorf("table %s (%s): %w", t.Name(), t.Dir(), err)
		}
	}
	var out []Standing
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		slices.SortFunc(s.Partitions, func(a, b Partition) int {
			return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Position.Partition, b.Position.Partition))
		})
		out = append(out, *s)
	}
	return out, nil
}

func (s *Standing) files(text string) error {
	p, err := decodeProgress(text)
	if err != nil {
		return fmt.Errorf("flow %s: %w", s.Flow, err)
	}
	s.FilesRead = p.Files
	for source, in := range p.Inputs {
		s.Files[source] = in.Done
	}
	if p.Once != nil {
		s.Once, s.Listed, s.Left, s.Complete = true, p.Once.Files, p.Once.Files-p.Once.Next, p.Once.Done
	}
	return nil
}

func (s *Standing) partition(domain, source, number, text string) error {
	n, err := partitionOf(domain, number)
	if err != nil {
		return err
	}
	u := unit{domain: domain, partition: n}
	if err := u.decode(text); err != nil {
		return err
	}
	s.Partitions = append(s.Partitions, Partition{source, u.prog.Topic, u.position(), u.prog.End})
	return nil
}

// Sources gives the names of those that the flow has read of, sorted.
func (s *Standing) Sources() (names []string) {
	for source := range s.Files {
		names = append(names, source)
	}
	for _, p := range s.Partitions {
		names = append(names, p.Source)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// There is what contracts are compared with of a table that is there.
func There(t *delta.Table) (contract.There, error) {
	var out contract.There
	for _, f := range t.Schema() {
		out.Columns = append(out.Columns, contract.Column{Name: f.Name, Type: f.Type.String(), Nullable: true})
	}
	standings, err := Standings(t)
	for _, s := range standings {
		out.Flows = append(out.Flows, contract.Progress{Flow: s.Flow, Once: s.Once, Sources: s.Sources()})
	}
	return out, err
}

// Planned is a table as a spec has it, of which there need be no program.
type Planned struct {
	Contract       contract.Table
	Keys, Sequence []int // indexes into the contract's columns; Sequence is nil when it lives in the merge log
}

// Checked is what a run finds when it takes the table.
type Checked struct {
	Before      *contract.Table // that the table's rows were written under
	Differences []contract.Difference
	Foreign     error // what others did to the table, after which a run stops: a *ForeignError or *HistoryError
}

// Check looks at a table as a run does before it writes anything. It fails with a *UsageError where the table is of
// somebody else.
func (p *Planned) Check(ctx context.Context, t *delta.Table) (*Checked, error) {
	w := &worker{dir: t.Dir(), table: t, def: definition{name: p.Contract.Name, keys: p.Keys, sequence: p.Sequence, contract: p.Contract}}
	for _, c := range p.Contract.Columns {
		w.def.schema = append(w.def.schema, column.Field{Name: c.Name})
	}
	var c Checked
	var err error
	if c.Before, err = w.storedContract(); err != nil {
		return nil, err
	}
	if c.Differences, err = w.compare(c.Before); err != nil {
		return nil, err
	}
	c.Differences = append(c.Differences, w.sequenceMoved()...)
	err = w.checkHistory(ctx)
	var foreign *ForeignError
	var unknown *HistoryError
	if errors.As(err, &foreign) || errors.As(err, &unknown) {
		c.Foreign, err = err, nil
	}
	return &c, err
}
