package evolve

import (
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// sources compares where records come from.
func (c *comparison) sources() {
	gone, added := pair(c.old.Facts.Sources, c.new.Facts.Sources, func(s *lock.Source) string { return s.Name }, c.source)
	gone, added = renamed(gone, added, samePlace, func(a, b *lock.Source) {
		tables, v := c.asRun(b.Name, contract.Note)
		c.addMoved("SF0967", v, "sources/"+a.Name, "sources/"+b.Name, tables, vars{"source": a.Name, "new": b.Name})
	})
	for _, s := range added {
		c.add("SF0960", contract.Safe, "sources/"+s.Name, nil, vars{"source": s.Name})
	}
	for _, s := range gone {
		c.add("SF0961", contract.Note, "sources/"+s.Name, nil, vars{"source": s.Name})
	}
}

func samePlace(a, b *lock.Source) bool { return a.Kafka == b.Kafka && a.Path == b.Path }

// renamedSource reports whether two lists of sources differ only by sources that have another name.
func (c *comparison) renamedSource(before, now []string) bool {
	if len(before) != len(now) {
		return false
	}
	for _, name := range before {
		if slices.Contains(now, name) {
			continue
		}
		a := sourceOf(c.old.Facts, name)
		if a == nil || !slices.ContainsFunc(now, func(n string) bool {
			b := sourceOf(c.new.Facts, n)
			return b != nil && samePlace(a, b) && sourceOf(c.new.Facts, name) == nil
		}) {
			return false
		}
	}
	return true
}

// asRun gives the tables that a source feeds, and the worst of what runs of their flows say of it.
func (c *comparison) asRun(source string, v contract.Verdict) (tables []string, worst contract.Verdict) {
	worst = v
	for _, p := range c.pairs {
		for _, f := range c.new.Facts.Flows {
			if f.Target != p.is.Name || !slices.ContainsFunc(f.Inputs, func(in lock.Input) bool { return in.Source == source }) {
				continue
			}
			if !slices.Contains(tables, p.is.Name) {
				tables = append(tables, p.is.Name)
			}
			worst = max(worst, p.verdict("flows."+f.Name+".source", v))
		}
	}
	return tables, worst
}

func (c *comparison) source(a, b *lock.Source) {
	at := "sources/" + b.Name
	tables, _ := c.asFed(b.Name)
	tell := func(id string, path, was, now string) {
		t, v := c.asRun(b.Name, contract.Note)
		c.add(id, v, at+path, t, vars{"source": b.Name, "was": was, "now": now})
	}
	switch {
	case a.Kafka != b.Kafka:
		tell("SF0964", "", medium(a), medium(b))
		return
	case a.Path != b.Path && b.Kafka:
		tell("SF0963", "/topic", a.Path, b.Path)
	case a.Path != b.Path:
		tell("SF0962", "/path", a.Path, b.Path)
	}
	if a.Format != b.Format {
		tell("SF0965", "/format", a.Format, b.Format)
	}
	if a.Start != b.Start {
		c.add("SF0966", contract.Note, at+"/start", tables, vars{"source": b.Name, "was": a.Start, "now": b.Start})
	}
	if a.Record != b.Record && !c.renamedRecord(a.Record, b.Record) {
		c.add("SF0971", contract.Note, at+"/schema", tables, vars{"source": b.Name, "was": a.Record, "now": b.Record})
	}
	if a.Rescue != b.Rescue {
		c.add("SF0970", contract.Note, at+"/rescue", tables, vars{"source": b.Name, "now": word(b.Rescue, "keeps", "does not keep")})
	}
	c.connection(a, b, at, tables)
	c.reading(a, b, at, tables)
}

func medium(s *lock.Source) string { return word(s.Kafka, "a topic", "files") }

func (c *comparison) connection(a, b *lock.Source, at string, tables []string) {
	for _, x := range []struct{ what, key, was, now string }{
		{"brokers", "brokers", a.Brokers, b.Brokers}, {"schema registry", "schema_registry", a.Registry, b.Registry}, {"login", "sasl", a.SASL, b.SASL}, {"encryption", "tls", list(a.TLS), list(b.TLS)},
	} {
		if x.was != x.now {
			c.add("SF0968", contract.Note, at+"/"+x.key, tables, vars{"source": b.Name, "what": x.what, "was": or(x.was, "none"), "now": or(x.now, "none")})
		}
	}
}

func (c *comparison) reading(a, b *lock.Source, at string, tables []string) {
	truth := func(v bool) string { return word(v, "on", "off") }
	for _, x := range []struct{ key, was, now string }{
		{"multiline", truth(a.Multiline), truth(b.Multiline)}, {"settle", a.Settle, b.Settle}, {"max_files_per_batch", strconv.Itoa(a.MostFiles), strconv.Itoa(b.MostFiles)},
		{"on_change", a.OnChange, b.OnChange}, {"allow_empty", truth(a.Empty), truth(b.Empty)}, {"on_lost_offsets", a.LostRule, b.LostRule}, {"group", a.Group, b.Group},
		{"commit_offsets", truth(a.Offsets), truth(b.Offsets)}, {"timeout", strconv.FormatInt(a.Timeout, 10), strconv.FormatInt(b.Timeout, 10)},
	} {
		if x.was != x.now {
			c.add("SF0969", contract.Note, at+"/"+x.key, tables, vars{"source": b.Name, "what": "option " + x.key, "was": or(x.was, "not given"), "now": or(x.now, "not given")})
		}
	}
}

// asFed gives the tables that a source feeds in the new version.
func (c *comparison) asFed(source string) (tables, flows []string) {
	for _, f := range c.new.Facts.Flows {
		if slices.ContainsFunc(f.Inputs, func(in lock.Input) bool { return in.Source == source }) {
			flows = append(flows, f.Name)
			if !slices.Contains(tables, f.Target) {
				tables = append(tables, f.Target)
			}
		}
	}
	return tables, flows
}
