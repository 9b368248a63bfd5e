package evolve

import (
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/sqlexpr"
	"github.com/seamflow/seamflow/runtime/contract"
)

// records compares schemas: what producers may send.
func (c *comparison) records() {
	gone, added := pair(c.old.Facts.Records, c.new.Facts.Records, func(r *lock.Record) string { return r.Name }, func(a, b *lock.Record) { c.record(a, b) })
	gone, added = renamed(gone, added, sameRecord, func(a, b *lock.Record) {
		root, name, inner := strings.Cut(b.Name, "/")
		if inner {
			_, was, _ := strings.Cut(a.Name, "/")
			c.addMoved("SF0826", contract.Note, place(a, ""), place(b, ""), nil, vars{"record": root, "was": was, "now": name})
		} else {
			c.addMoved("SF0827", contract.Note, place(a, ""), place(b, ""), nil, vars{"record": a.Name, "new": b.Name})
		}
		c.record(a, b)
	})
	for _, r := range added {
		if !strings.Contains(r.Name, "/") {
			c.add("SF0801", contract.Safe, place(r, ""), nil, vars{"record": r.Name})
		}
	}
	for _, r := range gone {
		if !strings.Contains(r.Name, "/") {
			c.add("SF0802", contract.Safe, place(r, ""), nil, vars{"record": r.Name})
		}
	}
}

// sameRecord reports whether two records are one under two names: they have the same fields.
func sameRecord(a, b *lock.Record) bool {
	if strings.Contains(a.Name, "/") != strings.Contains(b.Name, "/") || len(a.Fields) == 0 || len(a.Fields) != len(b.Fields) {
		return false
	}
	return slices.EqualFunc(a.Fields, b.Fields, func(x, y lock.Field) bool { return x.Path == y.Path && x.Type == y.Type })
}

func (c *comparison) renamedRecord(was, now string) bool {
	a, b := recordOf(c.old.Facts, was), recordOf(c.new.Facts, now)
	return a != nil && b != nil && sameRecord(a, b) && recordOf(c.new.Facts, was) == nil
}

func place(r *lock.Record, field string) string {
	if field == "" {
		return "schemas/" + r.Name
	}
	return "schemas/" + r.Name + "/fields/" + field
}

func (c *comparison) record(a, b *lock.Record) {
	root, _, inner := strings.Cut(b.Name, "/")
	tables := c.fedBy(root)
	if a.Images != b.Images && !inner {
		c.addMoved(word(b.Images, "SF0828", "SF0829"), contract.Note, place(a, ""), place(b, ""), tables, vars{"record": b.Name})
	}
	tell := func(id string, v contract.Verdict, x, y *lock.Field, with vars) {
		oldPath, path := place(a, ""), place(b, "")
		if x != nil {
			oldPath = place(a, x.Path)
			with["field"] = x.Path
		}
		if y != nil {
			path = place(b, y.Path)
			with["field"] = y.Path
		}
		if y == nil {
			path = place(b, "") // what is gone has no place any more
		}
		with["record"] = strings.ReplaceAll(b.Name, "/", ".")
		if id == "SF0807" {
			with["field"], with["new"] = x.Path, y.Path
		}
		if len(tables) == 0 {
			v = min(v, contract.Note) // no table has rows of it
		}
		c.addMoved(id, v, oldPath, path, tables, with)
	}
	gone, added := pair(a.Fields, b.Fields, func(f *lock.Field) string { return f.Path }, func(x, y *lock.Field) { c.field(x, y, tell) })
	gone, added = renamed(gone, added, func(x, y *lock.Field) bool {
		return x.In == y.In && x.Type == y.Type && x.Type != "STRUCT" && (alike(x.Name(), y.Name()) || index(a, x) == index(b, y))
	}, func(x, y *lock.Field) {
		v := contract.Note
		if !y.Optional && !y.Nullable {
			v = contract.Backfill
		}
		tell("SF0807", v, x, y, vars{})
		if !inner && x.In == "" {
			if c.fields == nil {
				c.fields = map[[2]string]string{}
			}
			c.fields[[2]string{b.Name, x.Path}] = y.Path
		}
	})
	for _, f := range added {
		if slices.ContainsFunc(added, func(o *lock.Field) bool { return within(f, o) }) || !structure(a, f.In) {
			continue // its struct is new as a whole
		}
		switch {
		case f.Default != "":
			tell("SF0804", contract.Safe, nil, f, vars{"default": f.Default})
		case f.Optional || f.Nullable:
			tell("SF0803", contract.Safe, nil, f, vars{})
		default:
			tell("SF0805", contract.Backfill, nil, f, vars{})
		}
	}
	for _, f := range gone {
		if !slices.ContainsFunc(gone, func(o *lock.Field) bool { return within(f, o) }) && structure(b, f.In) {
			tell("SF0806", contract.Note, f, nil, vars{})
		}
	}
	if reordered(a, b) {
		c.addMoved("SF0808", contract.Safe, place(a, ""), place(b, ""), nil, vars{"record": strings.ReplaceAll(b.Name, "/", ".")})
	}
	if a.Doc != b.Doc {
		c.addMoved("SF0816", contract.Safe, place(a, ""), place(b, ""), nil, vars{"record": "schemas", "field": b.Name})
	}
}

func index(r *lock.Record, f *lock.Field) int {
	return slices.IndexFunc(r.Fields, func(o lock.Field) bool { return o.Path == f.Path })
}

// within reports whether f is inside the struct of o.
func within(f, o *lock.Field) bool {
	rest, ok := strings.CutPrefix(f.In, o.Path)
	return ok && f.In != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// structure reports whether there is a struct at a path of r.
func structure(r *lock.Record, path string) bool {
	bare := strings.TrimRight(path, "[]")
	return path == "" || slices.ContainsFunc(r.Fields, func(f lock.Field) bool {
		return f.Path == bare && strings.Contains(f.Type, "STRUCT") && f.Named == "" && strings.Count(f.Type, "<") == strings.Count(path[len(bare):], "[]")
	})
}

// fedBy lists the tables that sources of a record feed.
func (c *comparison) fedBy(record string) (tables []string) {
	for _, s := range c.new.Facts.Sources {
		if s.Record != record {
			continue
		}
		fed, _ := c.asFed(s.Name)
		for _, t := range fed {
			if !slices.Contains(tables, t) && slices.ContainsFunc(c.pairs, func(p *tablePair) bool { return p.is.Name == t }) {
				tables = append(tables, t)
			}
		}
	}
	return tables
}

// reordered reports whether fields that both have stand in another order.
func reordered(a, b *lock.Record) bool {
	in := func(r *lock.Record) map[string]bool {
		out := make(map[string]bool, len(r.Fields))
		for i := range r.Fields {
			out[r.Fields[i].Path] = true
		}
		return out
	}
	inA, inB := in(a), in(b)
	i := 0
	for j := range b.Fields {
		if !inA[b.Fields[j].Path] {
			continue
		}
		for i < len(a.Fields) && !inB[a.Fields[i].Path] {
			i++
		}
		if i == len(a.Fields) || a.Fields[i].Path != b.Fields[j].Path {
			return true
		}
		i++
	}
	return false
}

type teller func(id string, v contract.Verdict, x, y *lock.Field, with vars)

// field compares a field that is in both.
func (c *comparison) field(x, y *lock.Field, tell teller) {
	if x.Type == y.Type && x.Named == y.Named && x.Nullable == y.Nullable && x.Optional == y.Optional && x.Default == y.Default && x.Doc == y.Doc {
		return
	}
	if x.Type != y.Type {
		c.fieldType(x, y, tell)
	} else if x.Named != y.Named && x.Type != "STRUCT" && !strings.Contains(x.Type, "STRUCT") {
		tell("SF0826", contract.Note, x, y, vars{"was": or(x.Named, "without a name"), "now": or(y.Named, "without a name")})
	}
	may := func(f *lock.Field) bool { return f.Nullable || f.Optional }
	switch {
	case may(x) && !may(y):
		tell("SF0813", contract.Backfill, x, y, vars{})
	case !may(x) && may(y):
		tell("SF0814", contract.Note, x, y, vars{})
	}
	if x.Default != y.Default {
		tell("SF0815", contract.Backfill, x, y, vars{"was": or(x.Default, "NULL"), "now": or(y.Default, "NULL")})
	}
	if x.Doc != y.Doc {
		tell("SF0816", contract.Safe, x, y, vars{})
	}
}

// fieldType compares two types of a field, inside lists and maps that both are.
func (c *comparison) fieldType(x, y *lock.Field, tell teller) {
	was, is := x.Type, y.Type
	for {
		kind, a, ok := container(was)
		kind2, b, ok2 := container(is)
		if !ok || !ok2 || kind != kind2 {
			break
		}
		a, required := strings.CutSuffix(a, " NOT NULL")
		b, required2 := strings.CutSuffix(b, " NOT NULL")
		if required != required2 {
			if required2 {
				tell("SF0817", contract.Backfill, x, y, vars{})
			} else {
				tell("SF0818", contract.Note, x, y, vars{})
			}
		}
		was, is = a, b
	}
	if was == is {
		return
	}
	with := func() vars { return vars{"was": was, "now": is} }
	a, err := sqlexpr.ParseType(was)
	b, err2 := sqlexpr.ParseType(is)
	switch {
	case err != nil || err2 != nil: // one is a struct
		tell("SF0811", contract.Backfill, x, y, with())
	case a.Kind == model.Enum && b.Kind == model.Enum:
		enums(a.Symbols, b.Symbols, func(id string, v contract.Verdict, with vars) { tell(id, v, x, y, with) })
	case a.Kind == model.Enum && b.Kind == model.String:
		tell("SF0824", contract.Note, x, y, vars{"was": some(a.Symbols, 8)})
	case a.Kind == model.String && b.Kind == model.Enum:
		tell("SF0825", contract.Backfill, x, y, vars{"now": some(b.Symbols, 8)})
	case contract.Widens(model.SparkType(a), model.SparkType(b)):
		tell("SF0809", contract.Note, x, y, with())
	case contract.Widens(model.SparkType(b), model.SparkType(a)):
		tell("SF0810", contract.Backfill, x, y, with())
	case a.Kind == model.Decimal && b.Kind == model.Decimal:
		tell("SF0812", contract.Backfill, x, y, with())
	default:
		tell("SF0811", contract.Backfill, x, y, with())
	}
}
