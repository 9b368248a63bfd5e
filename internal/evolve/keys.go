package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// keys compares what tells rows apart.
func (p *tablePair) keys() {
	was, is := p.was.Keys, p.is.Keys
	if p.was.Kind != p.is.Kind && (len(was) == 0 || len(is) == 0) || slices.Equal(was, is) {
		return
	}
	v := p.verdict("keys", contract.Refresh)
	at := p.keyPath()
	gone, added := without(was, is), without(is, was)
	if len(gone)+len(added) == 0 {
		p.tellFlow("SF0924", v, at, vars{"was": list(was), "now": list(is)})
		return
	}
	for len(gone) > 0 && len(added) > 0 {
		a, b := find(p.was.Columns, gone[0]), find(p.is.Columns, added[0])
		if a == nil || b == nil || find(p.is.Columns, a.Name) != nil || !p.sameColumn(a, b) {
			break
		}
		p.tellFlow("SF0922", v, at, vars{"column": a.Name, "new": b.Name})
		gone, added = gone[1:], added[1:]
	}
	for _, k := range added {
		p.tellFlow("SF0920", v, at, vars{"column": k})
	}
	for _, k := range gone {
		p.tellFlow("SF0921", v, at, vars{"column": k})
	}
}

// keyPath is where the spec says the keys: the first flow of the table that does.
func (p *tablePair) keyPath() string { return p.flowPath("keys") }

func (p *tablePair) flowPath(option string) string {
	for _, f := range p.new.Facts.Flows {
		if f.Target == p.is.Name && f.Kind != "append_flow" {
			return "flows/" + f.Name + "/" + option
		}
	}
	return "tables/" + p.is.Name
}

// tellFlow tells of something that stands at a flow and is of its table.
func (p *tablePair) tellFlow(id string, v contract.Verdict, path string, with vars) {
	with["table"] = or(with["table"], p.is.Name)
	p.addMoved(id, v, p.earlierPath(path), path, []string{p.is.Name}, with)
}

// earlierPath is the path in the old version of what is at path now.
func (p *tablePair) earlierPath(path string) string {
	rest, ok := strings.CutPrefix(path, "flows/")
	if !ok {
		return path
	}
	name, option, _ := strings.Cut(rest, "/")
	for i := range p.flows {
		if f := &p.flows[i]; f.is.Name == name {
			return strings.TrimSuffix("flows/"+f.was.Name+"/"+option, "/")
		}
	}
	for _, f := range p.old.Facts.Flows {
		if f.Target == p.was.Name {
			return "flows/" + f.Name + "/" + option
		}
	}
	return path
}

func without(all, these []string) (out []string) {
	for _, a := range all {
		if !slices.Contains(these, a) {
			out = append(out, a)
		}
	}
	return out
}

// sequence compares what puts events in order.
func (p *tablePair) sequence() {
	option := word(p.is.Snapshot, "version_by", "sequence_by")
	if p.was.Kind == p.is.Kind && p.was.Kind != contract.Append {
		with := vars{"was": list(p.before.Sequence), "now": list(p.now.Sequence)}
		switch types := !slices.Equal(p.was.Sequence, p.is.Sequence); {
		case len(p.was.Sequence) != len(p.is.Sequence):
			p.tellFlow("SF0929", p.verdict(option, contract.Refresh), p.flowPath(option), with)
		case types:
			p.tellFlow("SF0926", p.verdict(option, contract.Refresh), p.flowPath(option), vars{"was": list(p.was.Sequence), "now": list(p.is.Sequence)})
		case !slices.Equal(p.before.Sequence, p.now.Sequence):
			p.tellFlow("SF0925", p.verdict(option, contract.Refresh), p.flowPath(option), with)
		}
	}
	for i := range p.flows {
		f := &p.flows[i]
		if f.was.NullSeq != f.is.NullSeq && f.was.Kind == f.is.Kind {
			p.tellFlow(word(f.is.NullSeq, "SF0927", "SF0928"), contract.Note, "flows/"+f.is.Name+"/"+option, vars{"flow": f.is.Name})
		}
	}
}

// history compares how events become rows.
func (p *tablePair) history() {
	a, b := p.was, p.is
	at := p.flowPath("stored_as_scd_type")
	switch {
	case a.Kind == b.Kind && a.Snapshot != b.Snapshot:
		p.tellFlow(word(b.Snapshot, "SF0934", "SF0935"), p.verdict("kind", contract.Refresh), p.flowPath(""), vars{})
	case a.Kind == b.Kind:
	case b.Kind == contract.Append:
		p.tellFlow("SF0933", p.verdict("kind", contract.Refresh), p.appendPath(), vars{})
	case a.Kind == contract.Append:
		p.tellFlow("SF0932", p.verdict("kind", contract.Refresh), p.flowPath(""), vars{})
	default:
		p.tellFlow(word(b.Kind == contract.SCD2, "SF0930", "SF0931"), p.verdict("kind", contract.Refresh), at, vars{})
	}
	if a.Kind != b.Kind || a.Snapshot != b.Snapshot {
		return
	}
	if !slices.Equal(a.Untracked, b.Untracked) && (p.speaks("track_history") || same(a.Untracked, b.Untracked, a, b)) {
		p.tellFlow("SF0936", p.verdict("track_history", contract.Note), p.flowPath("track_history_column_list"), vars{"was": list(a.Untracked), "now": list(b.Untracked)})
	}
	if !slices.Equal(a.IgnoreNulls, b.IgnoreNulls) && (p.speaks("ignore_null_updates") || same(a.IgnoreNulls, b.IgnoreNulls, a, b)) {
		p.tellFlow("SF0937", p.verdict("ignore_null_updates", contract.Note), p.flowPath("ignore_null_updates"), vars{"was": list(a.IgnoreNulls), "now": list(b.IgnoreNulls)})
	}
}

// speaks reports whether a run says something of a field.
func (p *tablePair) speaks(field string) bool { _, ok := p.says[field]; return ok }

// same reports whether a list of columns changed in one that both tables have: of new columns and lost ones it is told there.
func same(was, is []string, a, b *lock.Table) bool {
	for _, name := range slices.Concat(without(was, is), without(is, was)) {
		if find(a.Columns, name) != nil && find(b.Columns, name) != nil {
			return true
		}
	}
	return false
}

func (p *tablePair) appendPath() string {
	for _, f := range p.new.Facts.Flows {
		if f.Target == p.is.Name {
			return "flows/" + f.Name
		}
	}
	return "tables/" + p.is.Name
}
