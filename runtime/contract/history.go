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
	if was, is := c.common(c.before.Untracked), c.common(c.now.Untracked); !slices.Equal(was, is) {
		c.add(Refresh, "track_history", c.refresh(), "changes of %s made no version, and now changes of %s make none; %s", list(was), list(is), remembered)
	}
	if was, is := c.common(c.before.IgnoreNulls), c.common(c.now.IgnoreNulls); !slices.Equal(was, is) {
		c.add(Refresh, "ignore_null_updates", c.refresh(), "a NULL kept the value of %s, and now keeps that of %s; %s", list(was), list(is), remembered)
	}
}

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

func (t *Table) has(column string) bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, column) })
}

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
