// Package evolve says what a change of a pipeline means for its tables, readers, producers, Go code and operations.
//
// It takes the facts of two versions and gives findings: a pure function, without I/O. Of what a running pipeline judges too
// it asks the same function (contract.Compare), so that review, plan and run agree; what that one does not know (schemas,
// SQL, views, Go) it judges itself. A verdict speaks of the table that comes of deploying the change, beside the one for
// which the new spec had always run, on input that was valid in its time.
package evolve

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/lock"
	"github.com/seamflow/seamflow/runtime/contract"
)

// Side is one version of a pipeline.
type Side struct {
	Facts    *lock.Facts
	Spec     string              // the spec's path in its tree, "" where only a lock is there
	Places   map[string]diag.Pos // by path, such as "tables/orders/partition_by"; nil where only a lock is there
	API      []Name              // exported Go names; nil where no generated code is there
	Tool     string              // version of the seamflow that generated; "" is not known
	Contract int
}

// at gives the place of a path, or of what is around it.
func (s *Side) at(path string) diag.Pos {
	if s == nil {
		return diag.Pos{}
	}
	for {
		if pos, ok := s.Places[path]; ok {
			return pos
		}
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return s.Places["pipeline"]
		}
		path = path[:i]
	}
}

// Finding is one change and what it means.
type Finding struct {
	ID          string
	Verdict     contract.Verdict
	Pipeline    string
	Path        string   // dotted: "tables.orders.columns.total"
	Tables      []string // of the pipeline, that it concerns
	Old, New    diag.Pos
	Title       string
	Message     string
	Why         string
	Effects     [5]string // by diag.Axes; "" is nothing
	Fix         string
	Fingerprint string // 12 hexadecimal digits, the same as long as the change is
	Accepted    *Acceptance
}

// Counts is the verdict with what is accepted taken for a note.
func (f *Finding) Counts() contract.Verdict {
	if f.Accepted != nil {
		return min(f.Verdict, contract.Note)
	}
	return f.Verdict
}

// Pos is where a reader looks first: the new place, or where that is none the old one.
func (f *Finding) Pos() diag.Pos {
	if f.New.IsValid() {
		return f.New
	}
	return f.Old
}

// Compare gives the findings between two versions of one pipeline, worst first. A side that is nil has no such pipeline.
func Compare(old, now *Side) []Finding {
	c := &comparison{old: old, new: now}
	switch {
	case old == nil && now == nil:
	case old == nil:
		c.add("SF0837", contract.Safe, "pipeline", nil, vars{"pipeline": now.Facts.Pipeline})
	case now == nil:
		var names []string
		for _, t := range old.Facts.Tables {
			names = append(names, t.Name)
		}
		c.add("SF0838", contract.Note, "pipeline", names, vars{"pipeline": old.Facts.Pipeline, "tables": list(names)})
	default:
		c.all()
	}
	Sort(c.out)
	return c.out
}

// Worst gives the worst verdict of each table of the new version, and of those that are gone, under their names.
func Worst(old, now *Side) map[string]contract.Verdict {
	worst := map[string]contract.Verdict{}
	for _, s := range []*Side{old, now} {
		if s != nil {
			for _, t := range s.Facts.Tables {
				worst[t.Name] = contract.Safe
			}
		}
	}
	for _, f := range Compare(old, now) {
		for _, t := range f.Tables {
			worst[t] = max(worst[t], f.Verdict)
		}
	}
	return worst
}

// Sort puts findings in order: the worst first, then by place.
func Sort(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(a.Counts(), b.Counts()), cmp.Compare(a.Pipeline, b.Pipeline), a.Pos().Compare(b.Pos()), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
}

// comparison is two versions while they are held against each other.
type comparison struct {
	old, new *Side
	pairs    []*tablePair
	fields   map[[2]string]string // top fields that have another name, by record and earlier name
	prints   map[string]bool      // fingerprints of out
	out      []Finding
}

func (c *comparison) all() {
	c.pairTables()
	c.pipeline()
	c.records()
	c.tables()
	c.sources()
	c.views()
	for _, p := range c.pairs {
		p.compare()
	}
	c.expectations()
	c.api()
}

// vars fill the {names} of a change's texts.
type vars map[string]string

func (v vars) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(v))
	for _, k := range slices.Sorted(maps.Keys(v)) {
		pairs = append(pairs, "{"+k+"}", v[k])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

var changes = func() map[string]diag.Change {
	out := map[string]diag.Change{}
	for _, c := range diag.Changes() {
		out[c.ID] = c
	}
	return out
}()

// add tells of a change. path is where, with slashes; of what has another path in the old version see addMoved.
func (c *comparison) add(id string, v contract.Verdict, path string, tables []string, with vars) {
	c.addMoved(id, v, path, path, tables, with)
}

func (c *comparison) addMoved(id string, v contract.Verdict, oldPath, path string, tables []string, with vars) {
	change, ok := changes[id]
	if !ok {
		panic("evolve: no change " + id)
	}
	side := c.new
	if side == nil {
		side = c.old
	}
	path = strings.TrimSuffix(path, "/")
	f := Finding{ID: id, Verdict: v, Pipeline: side.Facts.Pipeline, Path: strings.ReplaceAll(path, "/", "."), Tables: tables,
		Old: c.old.at(oldPath), New: c.new.at(path), Title: change.Title, Message: with.fill(change.Message), Why: with.fill(change.Why), Fix: with.fill(change.Fix)}
	for i, text := range change.Effects() {
		f.Effects[i] = with.fill(text)
	}
	f.Fingerprint = fingerprint(f.Pipeline, id, f.Path, f.Message)
	if c.prints == nil {
		c.prints = map[string]bool{}
	}
	if !c.prints[f.Fingerprint] {
		c.prints[f.Fingerprint] = true
		c.out = append(c.out, f)
	}
}

// fingerprint is of what changed and into what, not of where it stands.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

func list(texts []string) string {
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, ", ")
}

// some lists texts, and says how many there are more.
func some(texts []string, most int) string {
	if len(texts) <= most {
		return list(texts)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func word(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
