package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// tablePair is a table in both versions.
type tablePair struct {
	*comparison
	was, is     *lock.Table
	before, now contract.Table
	flows       []flowPair
	gone, added []*lock.Flow
	says        map[string]contract.Difference // what a run says, the worst by field
	told        map[string]bool                // of its fields, those that a rule of ours has told
}

// pairTables finds the tables of both versions: by name, by the name that one had, or by the folder.
func (c *comparison) pairTables() {
	if c.old == nil || c.new == nil {
		return
	}
	add := func(a, b *lock.Table) { c.pairs = append(c.pairs, c.newPair(a, b)) }
	gone, added := pair(c.old.Facts.Tables, c.new.Facts.Tables, func(t *lock.Table) string { return t.Name }, add)
	gone, added = renamed(gone, added, func(a, b *lock.Table) bool { return b.Was == a.Name || a.Was == b.Name }, add)
	renamed(gone, added, func(a, b *lock.Table) bool { return a.Path == b.Path }, add)
}

func (c *comparison) newPair(a, b *lock.Table) *tablePair {
	p := &tablePair{comparison: c, was: a, is: b, before: Contract(c.old.Facts, a), now: Contract(c.new.Facts, b), says: map[string]contract.Difference{}, told: map[string]bool{}}
	for _, d := range contract.Compare(&p.before, &p.now, there(&p.before)) {
		if have, ok := p.says[d.Field]; !ok || d.Verdict > have.Verdict {
			p.says[d.Field] = d
		}
	}
	p.pairFlows()
	return p
}

// verdict is what a run says of a field, which is told then; otherwise v.
func (p *tablePair) verdict(field string, v contract.Verdict) contract.Verdict {
	p.told[field] = true
	if d, ok := p.says[field]; ok {
		return d.Verdict
	}
	return v
}

func (p *tablePair) tell(id string, v contract.Verdict, what string, with vars) {
	p.tellMoved(id, v, what, what, with)
}

// tellMoved tells of something below the tables, which the old version has under another path.
func (p *tablePair) tellMoved(id string, v contract.Verdict, oldWhat, what string, with vars) {
	if with == nil {
		with = vars{}
	}
	if with["table"] == "" {
		with["table"] = p.is.Name
	}
	join := func(table, what string) string { return strings.TrimSuffix("tables/"+table+"/"+what, "/") }
	p.addMoved(id, v, join(p.was.Name, oldWhat), join(p.is.Name, what), []string{p.is.Name}, with)
}

func (p *tablePair) compare() {
	p.columns()
	p.keys()
	p.sequence()
	p.history()
	p.policies()
	p.compareFlows()
	p.cutover()
	p.rest()
}

// rest tells what a run says and no rule has told, so that review is never milder than a run.
func (p *tablePair) rest() {
	fields := make([]string, 0, len(p.says))
	for field := range p.says {
		if !p.told[field] && !strings.Contains(field, ".expectations.") {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	for _, field := range fields {
		d := p.says[field]
		p.tell("SF0999", d.Verdict, "", vars{"what": field, "message": d.Message, "way": or(d.WayOut, "nothing")})
	}
}

// tables tells of tables that are new, gone, renamed or moved.
func (c *comparison) tables() {
	paired := map[*lock.Table]bool{}
	for _, p := range c.pairs {
		paired[p.was], paired[p.is] = true, true
		if p.was.Name != p.is.Name {
			id := "SF0982"
			if p.is.Was != p.was.Name && p.was.Was != p.is.Name {
				id = "SF0983"
			}
			p.tell(id, max(p.verdict("was", contract.Note), p.verdict("name", contract.Note)), "", vars{"was": p.was.Name})
		}
		if p.was.Path != p.is.Path {
			p.tell("SF0984", contract.Backfill, "path", vars{"was": p.was.Path, "now": p.is.Path})
		}
		if p.was.Comment != p.is.Comment {
			p.tell("SF0990", contract.Safe, "comment", nil)
		}
		p.accepts()
	}
	for i := range c.new.Facts.Tables {
		if t := &c.new.Facts.Tables[i]; !paired[t] {
			c.add("SF0980", contract.Safe, "tables/"+t.Name, []string{t.Name}, vars{"table": t.Name})
		}
	}
	for i := range c.old.Facts.Tables {
		if t := &c.old.Facts.Tables[i]; !paired[t] {
			c.add("SF0981", contract.Note, "tables/"+t.Name, []string{t.Name}, vars{"table": t.Name, "path": t.Path})
		}
	}
}

func (p *tablePair) accepts() {
	reasons := func(t *lock.Table) map[string]string {
		out := map[string]string{}
		for i := 0; i+1 < len(t.Accept); i += 2 {
			out[t.Accept[i]] = t.Accept[i+1]
		}
		return out
	}
	was, is := reasons(p.was), reasons(p.is)
	for _, word := range []string{"gap", "overlap", "unproved"} {
		switch {
		case is[word] != "" && was[word] != is[word]:
			p.tell("SF0991", contract.Note, "accept/"+word, vars{"word": word, "reason": is[word]})
		case was[word] != "" && is[word] == "":
			p.tell("SF0992", contract.Safe, "accept/"+word, vars{"word": word})
		}
	}
}

func (p *tablePair) accepted(word string) bool {
	for i := 0; i+1 < len(p.is.Accept); i += 2 {
		if p.is.Accept[i] == word {
			return true
		}
	}
	return false
}
