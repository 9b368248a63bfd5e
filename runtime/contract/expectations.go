package contract

import "slices"

// Expectation is a rule that the table's rows are held against: Rule is canonical SQL over its owner's columns, or Unique
// names columns.
type Expectation struct {
	Owner  string   `json:"owner"` // "views.orders", "tables.orders"
	Name   string   `json:"name"`
	Rule   string   `json:"rule,omitempty"`
	Unique []string `json:"unique,omitempty"`
	Action string   `json:"action"`
}

func (e *Expectation) text() string {
	if len(e.Unique) > 0 {
		return "unique " + list(e.Unique)
	}
	return e.Rule
}

// expectations are notes at most: rows that are there were judged by the rules of their time.
func (c *comparison) expectations() {
	find := func(all []Expectation, e *Expectation) *Expectation {
		i := slices.IndexFunc(all, func(o Expectation) bool { return o.Owner == e.Owner && o.Name == e.Name })
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	field := func(e *Expectation) string { return e.Owner + ".expectations." + e.Name }
	for i := range c.now.Expectations {
		now := &c.now.Expectations[i]
		old := find(c.before.Expectations, now)
		if old == nil {
			c.add(Note, field(now), "", "a new expectation (%s, %s): rows that are there were not held against it", now.text(), now.Action)
			continue
		}
		if old.text() != now.text() {
			c.add(Note, field(now), "", "it was %s and is now %s: rows that are there stay as they were judged", old.text(), now.text())
		}
		if old.Action != now.Action {
			c.add(Note, field(now), "", "on_violation was %s and is now %s: rows that are there stay as they were judged", old.Action, now.Action)
		}
	}
	for i := range c.before.Expectations {
		if old := &c.before.Expectations[i]; find(c.now.Expectations, old) == nil {
			c.add(Note, field(old), "", "the expectation is gone: rows are not held against it any more")
		}
	}
}
