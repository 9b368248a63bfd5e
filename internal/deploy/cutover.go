package deploy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// What a spec may accept, with the reason.
const (
	acceptGap      = "gap"
	acceptOverlap  = "overlap"
	acceptUnproved = "unproved"
)

// cutover holds the flows that append to the table against each other, against what the table's flows took before, and
// against the rows that are there. Under apply_changes a row that comes twice changes nothing.
func (l *look) cutover() error {
	if l.emitted.Model.Keyed != nil || l.before != nil && l.before.Kind != contract.Append {
		l.unread()
		return nil
	}
	c := &cut{look: l, takes: map[string][]sqlexpr.Predicate{}}
	for _, f := range l.emitted.Flows {
		c.takes[f.Model.Name] = sqlexpr.FlowPredicates(f.Model)
		c.all = append(c.all, c.takes[f.Model.Name]...)
	}
	c.eachOther()
	if l.before != nil {
		c.history()
		if err := c.rows(); err != nil {
			return err
		}
	}
	if !l.m.opt.Connect {
		return nil
	}
	return c.reach()
}

// unread refuses that a flow of a table of events ends with something left that is known, and that no other flow reads.
func (l *look) unread() {
	for i := range l.out.Flows {
		f := &l.out.Flows[i]
		for _, in := range f.Inputs {
			read := slices.ContainsFunc(l.now.Flows, func(f contract.Flow) bool {
				return slices.ContainsFunc(f.Inputs, func(i contract.Input) bool { return i.Source == in.Source })
			})
			if f.State == Ends && in.Left != nil && !in.Left.none() && !read {
				l.add(Change{Verdict: contract.Refuse, Field: "flows." + f.Name, WayOut: "let the version that runs read it, and deploy then",
					Message: "the flow ends with something unread, and no flow reads " + in.Source + " any more: " + in.Left.text(in.Kind)})
			}
		}
	}
}

// cut is a cutover as it is looked at.
type cut struct {
	*look
	takes map[string][]sqlexpr.Predicate // what flows of the spec take, by flow
	all   []sqlexpr.Predicate            // in the order of the spec
}

func filtered(all []sqlexpr.Predicate) bool {
	return slices.ContainsFunc(all, func(p sqlexpr.Predicate) bool { return len(p.Where) > 0 })
}

func (c *cut) prove(lines string) {
	c.out.Proof = append(c.out.Proof, strings.Split(strings.TrimSuffix(lines, "\n"), "\n")...)
}

func (c *cut) refuse(word, field, message, wayOut string) {
	c.add(c.accept(Change{Verdict: contract.Refuse, Field: field, Message: message, WayOut: wayOut}, word))
}

// eachOther proves that no row is taken twice by the flows of the spec, and of a new table that none falls between them. Two
// sources without a filter are two sources: nothing says that they have rows in common.
func (c *cut) eachOther() {
	if len(c.takes) < 2 || !filtered(c.all) {
		return
	}
	p := sqlexpr.Cutover(c.all)
	text := p.Text()
	if c.before != nil { // whether all is taken is then a matter of what was
		text, _, _ = strings.Cut(text, "complete: ")
	}
	c.prove(text)
	if c.asDeployed() {
		return
	}
	const parted = "part the flows by `where` so that each row is taken by one of them"
	switch p.Disjoint {
	case sqlexpr.Broken:
		c.refuse(acceptOverlap, "cutover", "two flows take the same rows: "+witnesses(p.Overlaps), parted)
	case sqlexpr.Unproved:
		c.refuse(acceptUnproved, "cutover", "it is not known whether two flows take the same rows: "+p.Why, parted)
	}
	if c.before != nil || len(c.takes) != countFiltered(c.takes) {
		return
	}
	switch p.Complete {
	case sqlexpr.Broken:
		c.refuse(acceptGap, "cutover", "no flow takes some rows: "+witnesses(p.Gaps), parted)
	case sqlexpr.Unproved:
		if p.Disjoint != sqlexpr.Unproved {
			c.refuse(acceptUnproved, "cutover", "it is not known whether each row is taken by a flow: "+p.Why, parted)
		}
	}
}

func countFiltered(flows map[string][]sqlexpr.Predicate) (n int) {
	for _, parts := range flows {
		if filtered(parts) {
			n++
		}
	}
	return n
}

// asDeployed reports whether the table was built by these very flows: what there is to say of them was said then.
func (c *cut) asDeployed() bool {
	if c.before == nil || len(c.before.Flows) != len(c.now.Flows) {
		return false
	}
	for i := range c.now.Flows {
		if old := c.earlier(&c.now.Flows[i]); old == nil || !sameInputs(old.Inputs, c.now.Flows[i].Inputs) {
			return false
		}
	}
	return true
}

func sameInputs(a, b []contract.Input) bool {
	return slices.EqualFunc(a, b, func(x, y contract.Input) bool {
		return x.Source == y.Source && x.Kind == y.Kind && slices.Equal(x.Where, y.Where)
	})
}

func witnesses(all []sqlexpr.Witness) string {
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = w.String()
		if len(w.Flows) > 0 {
			texts[i] += " (" + strings.Join(w.Flows, ", ") + ")"
		}
	}
	return strings.Join(texts, "; ")
}

// history proves that what each flow took before is taken by a flow of now, or was taken to its end.
func (c *cut) history() {
	for i := range c.before.Flows {
		old := &c.before.Flows[i]
		f := c.successor(old.Name)
		if f == nil || f.State == Continues && sameInputs(old.Inputs, c.contractInputs(f)) || c.stands(old.Name, "") == nil && c.stands(f.Name, "") == nil {
			continue // it goes on as it was, or has taken nothing
		}
		took, err := c.stored(old)
		if err != nil {
			c.refuse(acceptUnproved, "flows."+f.Name, "it is not known whether what it took is taken on: "+err.Error(), "keep the flow, or give its source the columns that its filter speaks of")
			continue
		}
		p := sqlexpr.Covers(took, c.all)
		if !filtered(took) && !filtered(c.all) && p.Complete == sqlexpr.Proved && f.State == Ends {
			c.ends(f, "") // two sources without a filter: the one does not bring what the other has
			continue
		}
		if f.State == Ends && p.Complete != sqlexpr.Proved {
			what := p.Why + witnesses(p.Gaps)
			c.prove("history: no flow takes on what " + f.Name + " took (" + what + "), which ends: it must have read all of it")
			c.ends(f, what)
			continue
		}
		c.prove(strings.Replace(p.Text(), "complete: ", "history: ", 1))
		switch {
		case p.Complete == sqlexpr.Proved:
		case p.Complete == sqlexpr.Broken:
			c.refuse(acceptGap, "flows."+f.Name, "no flow takes any more what it took before: "+witnesses(p.Gaps), "let a flow take these rows")
		default:
			c.refuse(acceptUnproved, "flows."+f.Name, "it is not known whether what it took is taken on: "+p.Why, "let the flows' filters speak of one column, in comparisons with literals")
		}
	}
	c.filters()
}

// successor gives the flow that goes on from one of the stored contract, or that one where it ends.
func (c *cut) successor(name string) *Flow {
	for i := range c.now.Flows {
		if old := c.earlier(&c.now.Flows[i]); old != nil && old.Name == name {
			name = c.now.Flows[i].Name
			break
		}
	}
	return c.flowOf("flows." + name)
}

// ends judges a flow that ends although no other takes what it took: what it has not read is lost.
func (c *cut) ends(f *Flow, what string) {
	unread, known := 0, true
	var where []string
	for i := range f.Inputs {
		in := &f.Inputs[i]
		switch {
		case in.Left == nil && !f.Complete:
			known = false
		case !f.Complete && !in.Left.none():
			unread++
			where = append(where, in.Source+": "+in.Left.text(in.Kind))
		}
	}
	if what != "" {
		what = " (" + what + ")"
	}
	field := "flows." + f.Name
	switch {
	case unread > 0:
		c.refuse(acceptGap, field, "the flow ends with something unread, and no flow takes it over"+what+": "+strings.Join(where, "; "), "let the version that runs read it, and deploy then")
	case !known && !c.m.opt.Connect:
		c.refuse(acceptGap, field, "the flow ends, and no flow takes over what it takes"+what+": what it has not read is lost", "run plan with --connect, which looks whether something is left unread")
	case !known:
		c.refuse(acceptUnproved, field, "the flow ends, and no flow takes over what it takes"+what+"; its source is not in the spec any more, so that it is not known whether something is left unread",
			"keep the source in the spec until the flow has ended")
	default:
		c.prove("drained: " + f.Name + " ends with nothing unread")
	}
}

// filters judges filters that change, which contracts alone cannot: where a filter only narrows, no input is to be read
// again, nor where other flows took what this one takes now.
func (c *cut) filters() {
	for i := range c.now.Flows {
		f := &c.now.Flows[i]
		old := c.earlier(f)
		if old == nil || sameInputs(old.Inputs, f.Inputs) || len(old.Inputs) != 1 || len(f.Inputs) != 1 {
			continue
		}
		took, err := c.stored(old)
		if err != nil {
			continue
		}
		now := c.takes[f.Name]
		switch {
		case sqlexpr.Covers(now, took).Complete == sqlexpr.Proved:
			c.soften(f.Name, "it takes nothing that it did not take before, so that nothing is to be read again")
		case c.drained(f.Name) && sqlexpr.Covers(now, c.allStored()).Complete == sqlexpr.Proved:
			c.soften(f.Name, "what it takes now and did not before, other flows have taken to their ends")
		}
	}
}

// soften makes a note of what was said of a flow's filter.
func (c *cut) soften(flow, why string) {
	f := c.flowOf("flows." + flow)
	for i := range f.Changes {
		if ch := &f.Changes[i]; ch.Field == "flows."+flow+".where" && ch.Verdict == contract.Backfill {
			ch.Verdict, ch.WayOut = contract.Note, ""
			ch.Message += "; " + why
		}
	}
}

// drained reports whether it is known of all flows but one that they have read everything: what they took by the filters of
// before is then in the table.
func (c *cut) drained(but string) bool {
	for i := range c.out.Flows {
		f := &c.out.Flows[i]
		if f.Name != but && f.State != Starts && !f.Complete && slices.ContainsFunc(f.Inputs, func(in Input) bool { return !in.Left.none() }) {
			return false
		}
	}
	return true
}

func (c *cut) allStored() (all []sqlexpr.Predicate) {
	for i := range c.before.Flows {
		if parts, err := c.stored(&c.before.Flows[i]); err == nil {
			all = append(all, parts...)
		}
	}
	return all
}

// brought is what is known of the rows that a flow has brought to the table itself, and others.
type brought struct {
	took []sqlexpr.Predicate // by itself; none where it starts
	by   []sqlexpr.Predicate // by others, while it was away; none where all may be by others
}

// fresh reports whether the flow may bring rows that it has not brought: it starts where rows of other flows are, or takes
// more than it did, or was away.
func (c *cut) fresh(f *contract.Flow) (b brought, ok bool) {
	old := c.earlier(f)
	switch {
	case c.flowOf("flows."+f.Name).State == Starts:
		return b, filtered(c.all) || slices.ContainsFunc(c.out.Flows, func(f Flow) bool { return f.State == Ends })
	case old == nil:
		b.by = c.allStored()
		return b, !allApart(c.takes[f.Name], b.by) // a file may hold rows of both, once it was compacted
	case sameInputs(old.Inputs, f.Inputs):
		return b, false
	}
	var err error
	if b.took, err = c.stored(old); err != nil {
		return b, false // history tells of it
	}
	alone := len(old.Inputs) == 1 && len(f.Inputs) == 1
	return b, !alone || sqlexpr.Covers(c.takes[f.Name], b.took).Complete != sqlexpr.Proved
}

// rows looks, in the statistics of the table's files, for rows that a flow would bring and has not brought. Where its source
// has them, they would be there twice.
func (c *cut) rows() error {
	for i := range c.now.Flows {
		f := &c.now.Flows[i]
		b, ok := c.fresh(f)
		if !ok {
			continue
		}
		files, rows, err := c.held(c.takes[f.Name], b)
		if err != nil {
			return err
		}
		if files == 0 {
			c.prove("table: it holds no row that " + f.Name + " takes and has not brought (statistics of " + plural(int64(len(c.table.Files())), "file") + ")")
			continue
		}
		c.prove(fmt.Sprintf("table: up to %s in %s may be of those that %s takes and has not brought", plural(rows, "row"), plural(int64(files), "file"), f.Name))
		c.refuse(acceptOverlap, "flows."+f.Name, fmt.Sprintf("the table holds rows already that the flow takes now, up to %s in %s by their statistics: what its source has of them would be there twice",
			plural(rows, "row"), plural(int64(files), "file")), "cut over at a value that the table does not hold yet, or start the source behind these rows")
	}
	return nil
}
