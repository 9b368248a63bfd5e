package deploy

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/runtime/contract"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/flow"
)

// look is a table, as the spec has it and as it stands.
type look struct {
	m        *maker
	emitted  *emit.Table
	now      contract.Table
	before   *contract.Table // nil where there is no table
	table    *delta.Table
	standing []flow.Standing
	out      *Table
}

func (m *maker) table(t *emit.Table) (*Table, error) {
	path, err := m.value("tables."+t.Model.Name+".delta.path", t.Model.Path)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(m.data, path)
	}
	l := &look{m: m, emitted: t, now: t.Facts(), out: &Table{Name: t.Model.Name, Path: filepath.Clean(path), State: Starts, Version: -1}}
	l.table, err = delta.Open(m.ctx, m.opt.FS, l.out.Path)
	switch {
	case errors.Is(err, delta.ErrNotExist):
		err = l.fresh()
	case err == nil:
		err = l.compare()
	}
	if err == nil {
		err = l.flows()
	}
	if err == nil {
		err = l.cutover()
	}
	if err != nil {
		return nil, fmt.Errorf("table %s (%s): %w", l.out.Name, l.out.Path, err)
	}
	return l.out, nil
}

// fresh is a table that is not there yet.
func (l *look) fresh() error {
	if l.now.Was != "" {
		l.add(Change{Verdict: contract.Note, Field: "was", Message: "there is no table at its path: nothing of " + l.now.Was + " goes on, and all flows read from the start; " +
			"keep the path as it was, where the table is to be the same one"})
	}
	return nil
}

// compare takes over what a run would find.
func (l *look) compare() error {
	planned := flow.Planned{Contract: l.now}
	if k := l.emitted.Model.Keyed; k != nil {
		planned.Keys, planned.Sequence = k.Keys, k.SequenceColumns
	}
	found, err := planned.Check(l.m.ctx, l.table)
	if err != nil {
		return err
	}
	if l.standing, err = flow.Standings(l.table); err != nil {
		return err
	}
	l.before = found.Before
	l.out.State, l.out.Version = Continues, l.table.Version()
	for _, f := range l.table.Files() {
		l.out.Rows += f.Rows - f.Dead
	}
	if found.Foreign != nil {
		message, wayOut, _ := strings.Cut(found.Foreign.Error(), "; way out: ")
		l.add(Change{Verdict: contract.Refuse, Field: "history", Message: message, WayOut: wayOut})
	}
	l.out.Flows = l.flowsOf()
	for _, d := range found.Differences {
		l.add(Change{Verdict: d.Verdict, Field: d.Field, Message: d.Message, WayOut: d.WayOut})
	}
	return nil
}

// add tells of a change at the flow that it is of, or at the table.
func (l *look) add(c Change) {
	if f := l.flowOf(c.Field); f != nil {
		f.Changes = append(f.Changes, c)
	} else {
		l.out.Changes = append(l.out.Changes, c)
	}
}

// flowOf gives the flow that a field is of, nil for the table's own.
func (l *look) flowOf(field string) *Flow {
	rest, ok := strings.CutPrefix(field, "flows.")
	if !ok {
		return nil
	}
	name, _, _ := strings.Cut(rest, ".")
	i := slices.IndexFunc(l.out.Flows, func(f Flow) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &l.out.Flows[i]
}

// accept marks what the spec accepts, by the word that stands under accept.
func (l *look) accept(c Change, word string) Change {
	c.Accepted = l.emitted.Model.Accept[word]
	if c.Accepted == "" {
		c.WayOut += "; if that is as it should be, say why: `accept: {" + word + ": …}` on the table"
	}
	return c
}
