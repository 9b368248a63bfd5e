package contract

import (
	"slices"
	"strings"
)

// history compares how events become rows. What the table remembers of events was chosen by the rules of before: the rows
// that the rules of now would have made cannot be made of it.
func (c *comparison) history() {
	if c.before.Snapshot != c.now.Snapshot {
		c.add(Refresh, "kind", c.refresh(), "the table was fed by %s, the spec now has %s: what the one remembers of its events is not what the other needs",
			feeding(c.before), feeding(c.now))
		return
	}
	const remembered = "which events are remembered, and with what, depends on it"
	if was, is := c.common(c.before.Untracked), c.common(c.now.Untracked); !slices.Equal(was, is) || begins(c.before.Untracked, c.now.Untracked) {
		was, is = c.before.Untracked, c.now.Untracked
		c.add(Refresh, "track_history", c.refresh(), "changes of %s made no version, and now changes of %s make none; %s", list(was), list(is), remembered)
	}
	if was, is := c.common(c.before.IgnoreNulls), c.common(c.now.IgnoreNulls); !slices.Equal(was, is) || begins(c.before.IgnoreNulls, c.now.IgnoreNulls) {
		was, is = c.before.IgnoreNulls, c.now.IgnoreNulls
		c.add(Refresh, "ignore_null_updates", c.refresh(), "a NULL kept the value of %s, and now keeps that of %s; %s", list(was), list(is), remembered)
	}
}

// begins reports whether an option takes columns now and did not at all, or the other way: even if the columns are new, the
// table remembers more of its events from then on than it did before.
func begins(was, is []string) bool { return (len(was) == 0) != (len(is) == 0) }

// parts compares the columns of a table whose merge log holds rows. Those are told apart by the order of their columns,
// so that new ones come last.
func (c *comparison) parts() {
	if len(c.now.Untracked)+len(c.now.IgnoreNulls) == 0 {
		return
	}
	was, is := c.before.own(), c.now.own()
	for i := range was {
		if i < len(is) && strings.EqualFold(was[i], is[i]) {
			continue
		}
		if !c.now.has(was[i]) {
			return // columns tells of it
		}
		c.add(Refresh, "columns", "let the new columns come after all that are there, and these in the order "+list(was)+"; or "+c.refresh(),
			"the table remembers rows of events by the order of its columns, which was %s and is now %s", list(was), list(is))
		return
	}
}

// own are the columns but for the interval's of SCD type 2.
func (t *Table) own() (names []string) {
	for _, col := range t.Columns {
		if t.Kind != SCD2 || col.Name != "__START_AT" && col.Name != "__END_AT" {
			names = append(names, col.Name)
		}
	}
	return names
}

// readsRowsBack reports whether rows of the table are read and written anew when something comes after them.
func (t *Table) readsRowsBack() bool { return t.Kind == SCD2 || len(t.IgnoreNulls) > 0 }

func feeding(t *Table) string {
	if t.Snapshot {
		return "full extracts (apply_changes_from_snapshot)"
	}
	return "events (apply_changes)"
}

// common are those of columns that both contracts have, ignoring case: of one that is new there are no events yet.
func (c *comparison) common(columns []string) (out []string) {
	for _, name := range columns {
		if c.before.has(name) && c.now.has(name) {
			out = append(out, strings.ToLower(name))
		}
	}
	slices.Sort(out)
	return out
}

func (t *Table) has(column string) bool { return find(t.Columns, column) != nil }

// retention tells how long deletes are remembered. What is forgotten is so for good; what is not yet may still be.
func (c *comparison) retention() {
	if c.before.TombstoneRetention == c.now.TombstoneRetention || c.before.Kind != c.now.Kind {
		return
	}
	c.add(Note, "tombstone_retention", "", "deletes were remembered %s and are now remembered %s", remembering(c.before), remembering(c.now))
}

func remembering(t *Table) string {
	if t.TombstoneRetention == 0 {
		return "for ever"
	}
	return "for " + t.TombstoneRetention.String()
}
