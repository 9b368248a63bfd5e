package evolve

import (
	"fmt"
	"strconv"
	"time"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// pipeline compares what is of no table.
func (c *comparison) pipeline() {
	a, b := c.old.Facts, c.new.Facts
	tell := func(id string, v contract.Verdict, path, was, now string) {
		if was != now {
			c.add(id, v, path, nil, vars{"pipeline": b.Pipeline, "was": was, "now": now})
		}
	}
	tell("SF0842", contract.Note, "pipeline", a.Pipeline, b.Pipeline)
	tell("SF0830", contract.Note, "go/package", a.Package, b.Package)
	tell("SF0831", contract.Note, "go/out", a.Out, b.Out)
	tell("SF0839", contract.Safe, "trigger", trigger(a), trigger(b))
	if c.old.Spec != "" && c.new.Spec != "" {
		tell("SF0840", contract.Note, "pipeline", c.old.Spec, c.new.Spec)
	}
	if c.old.Tool != "" && c.new.Tool != "" {
		tell("SF0835", contract.Note, "pipeline", c.old.Tool, c.new.Tool)
		tell("SF0836", contract.Note, "pipeline", strconv.Itoa(c.old.Contract), strconv.Itoa(c.new.Contract))
	}
	c.targets()
}

func trigger(f *lock.Facts) string {
	text := "the usual"
	if f.IntervalMicros != 0 {
		text = "every " + (time.Duration(f.IntervalMicros) * time.Microsecond).String()
	}
	if f.CommitBytes != 0 {
		text += fmt.Sprintf(", %d bytes per commit", f.CommitBytes)
	}
	return text
}

func (c *comparison) targets() {
	values := func(t *lock.Target) map[string]string {
		out := map[string]string{}
		for i := 0; i+1 < len(t.Values); i += 2 {
			out[t.Values[i]] = t.Values[i+1]
		}
		return out
	}
	gone, added := pair(c.old.Facts.Targets, c.new.Facts.Targets, func(t *lock.Target) string { return t.Name }, func(a, b *lock.Target) {
		was, is := values(a), values(b)
		paths := a.Values
		for i := 0; i+1 < len(b.Values); i += 2 {
			if _, ok := was[b.Values[i]]; !ok {
				paths = append(paths[:len(paths):len(paths)], b.Values[i], "")
			}
		}
		for i := 0; i+1 < len(paths); i += 2 {
			if path := paths[i]; was[path] != is[path] {
				c.add("SF0841", contract.Note, "targets/"+b.Name+"/"+path, nil, vars{"target": b.Name, "path": path, "was": or(was[path], "the spec's own"), "now": or(is[path], "the spec's own")})
			}
		}
	})
	for _, t := range added {
		c.add("SF0843", contract.Safe, "targets/"+t.Name, nil, vars{"target": t.Name})
	}
	for _, t := range gone {
		c.add("SF0844", contract.Note, "targets/"+t.Name, nil, vars{"target": t.Name})
	}
}
