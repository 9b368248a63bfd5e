package sqlexpr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// Predicate says which rows of one source a flow takes into a table.
type Predicate struct {
	Flow   string         // for texts; predicates of one flow are not held against each other
	Source string         // predicates over one source share its columns, in the table or not
	Where  []*model.Expr  // all TRUE; over Over
	Over   []model.Column // the source's
	Table  []model.Column
	Row    []*model.Expr // over Over, one for each of Table: what the flow puts there
	NoNaN  bool          // the source's format has no NaN
}

// Verdict is what is known of a claim.
type Verdict uint8

const (
	Unproved Verdict = iota // neither of these is known
	Proved
	Broken // a witness shows it
)

func (v Verdict) String() string {
	return [...]string{Unproved: "unproved", Proved: "proved", Broken: "broken"}[v]
}

// Witness is a row that breaks a claim.
type Witness struct {
	Flows  []string       // that take it, two of an overlap; of a gap those that took it before, if any
	Values []WitnessValue // columns that are not listed may have any value
}

// WitnessValue is a column's value in a Witness.
type WitnessValue struct {
	Column  string // or the SQL text that has the value
	Literal string // SQL: DATE '2024-04-01', 'x', NULL; or NaN, or "no value" of an expression that fails
}

const (
	notANumber = "NaN"
	noValue    = "no value"
)

func (w Witness) String() string {
	if len(w.Values) == 0 {
		return "any row"
	}
	parts := make([]string, len(w.Values))
	for i, v := range w.Values {
		switch parts[i] = v.Column + " = " + v.Literal; v.Literal {
		case "NULL":
			parts[i] = v.Column + " IS NULL"
		case noValue:
			parts[i] = v.Column + " fails"
		case notANumber:
			parts[i] = "IS_NAN(" + v.Column + ")"
		}
	}
	return strings.Join(parts, " AND ")
}

// Proof is what Cutover and Covers find. Of a claim that is Unproved, a witness is a row that may break it.
type Proof struct {
	Disjoint Verdict // no row is taken by two flows
	Complete Verdict // every row is taken by one
	Overlaps []Witness
	Gaps     []Witness
	// Why says what keeps a claim Unproved.
	Why string

	flows  []string
	before []string // Covers
}

// Text is the proof for people: a line for each claim, and below it its witnesses.
func (p *Proof) Text() string {
	var b strings.Builder
	if p.before == nil {
		line(&b, "disjoint", p.Disjoint, "no row is taken by two of "+strings.Join(p.flows, ", "), p.Why)
		for _, w := range p.Overlaps {
			b.WriteString("  " + strings.Join(w.Flows, " and ") + may(p.Disjoint) + " both take " + w.String() + "\n")
		}
		line(&b, "complete", p.Complete, "every row is taken by one of "+strings.Join(p.flows, ", "), p.Why)
	} else {
		line(&b, "complete", p.Complete, "what "+strings.Join(p.before, ", ")+" took is taken by one of "+strings.Join(p.flows, ", "), p.Why)
	}
	for _, w := range p.Gaps {
		b.WriteString("  " + who("no flow", p.Complete) + " " + w.String())
		if len(w.Flows) > 0 {
			b.WriteString(", which " + strings.Join(w.Flows, ", ") + " took")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func line(b *strings.Builder, claim string, v Verdict, proved, why string) {
	b.WriteString(claim + ": " + v.String())
	switch {
	case v == Proved:
		b.WriteString(": " + proved)
	case v == Unproved && why != "":
		b.WriteString(": " + why)
	}
	b.WriteString("\n")
}

func may(v Verdict) string {
	if v == Unproved {
		return " may"
	}
	return ""
}

func who(nobody string, v Verdict) string {
	if v == Unproved {
		return "maybe " + nobody + " takes"
	}
	return nobody + " takes"
}

// Cutover decides whether the flows of parts take no row twice, and whether every row is taken: over all values that the
// table's columns can have, NULL and NaN with them.
func Cutover(parts []Predicate) *Proof {
	p := &Proof{flows: flowNames(parts)}
	s := newSpace(parts)
	p.Disjoint, p.Overlaps = s.overlaps()
	p.Complete, p.Gaps = s.gaps(0)
	p.Why = s.why(p.Disjoint == Unproved || p.Complete == Unproved)
	return p
}

// Covers decides whether every row that one of before takes is taken by one of now. Of the Proof it fills Complete, Gaps
// and Why.
func Covers(before, now []Predicate) *Proof {
	p := &Proof{flows: flowNames(now), before: flowNames(before)}
	s := newSpace(slices.Concat(before, now))
	p.Complete, p.Gaps = s.gaps(len(before))
	p.Why = s.why(p.Complete == Unproved)
	return p
}

func flowNames(parts []Predicate) []string {
	names := []string{}
	for i := range parts {
		if !slices.Contains(names, parts[i].Flow) {
			names = append(names, parts[i].Flow)
		}
	}
	return names
}

// maxCells bounds how many kinds of rows are looked at one by one.
const maxCells = 1 << 16

// maxWitnesses bounds how many witnesses a claim has: one for each pair of flows, or with and without NULL, is enough.
const maxWitnesses = 6

func tooMany(cells int) string {
	return "the conditions tell apart more than " + strconv.Itoa(cells) + " kinds of rows"
}
