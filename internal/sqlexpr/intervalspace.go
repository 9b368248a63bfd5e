package sqlexpr

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/model"
)

// variable is a column that conditions speak of, or a text of SQL that stands for what is not taken apart.
type variable struct {
	index    int
	name     string // one for all parts
	shown    string
	typ      *model.Type
	nullable bool
	canFail  bool
	noNaN    bool
	bases    []string // the columns that it is made of
	onto     bool     // it has every value of typ
	obstacle string   // why nothing is known of its values, if there is a reason of its own
	atoms    []atom   // none: nothing is known of its values
	requests []request
}

// request is a condition that tells values of a variable apart.
type request struct {
	steps []step
	limit datum
	cuts  []datum // instead of steps and limit
}

// space is all rows, as far as conditions tell them apart.
type space struct {
	parts   []*part
	vars    []*variable
	reasons []string
}

func newSpace(predicates []Predicate) *space {
	s := spaceOf(predicates)
	s.settle()
	return s
}

// spaceOf is a space whose variables have no atoms yet.
func spaceOf(predicates []Predicate) *space {
	s := &space{}
	for i := range predicates {
		s.parts = append(s.parts, newPart(&predicates[i]))
	}
	for _, q := range s.parts {
		q.prefer(s.parts)
	}
	for _, q := range s.parts {
		c := &compiler{space: s, part: q}
		for _, e := range q.Where {
			q.conds = append(q.conds, c.condition(q.rename(e)))
		}
	}
	return s
}

func (s *space) settle() {
	for _, v := range s.vars {
		v.settle()
	}
	for _, q := range s.parts {
		q.settle(s.vars)
	}
}

// settle finds the sets of values that the conditions tell apart.
func (v *variable) settle() {
	if v.typ == nil {
		return
	}
	var cuts []datum
	for _, r := range v.requests {
		cuts = append(cuts, r.cuts...)
		cuts = append(cuts, cutsAt(v.typ, r.steps, r.limit)...)
	}
	v.atoms = atoms(v.typ, cuts)
	if v.nullable {
		v.atoms = append(v.atoms, atom{shown: datum{state: isNull}})
	}
	if v.canFail {
		v.atoms = append(v.atoms, atom{shown: datum{state: isError}})
	}
	if isFloat(v.typ) && !v.noNaN {
		v.atoms = append(v.atoms, atom{shown: datum{state: isNaN}})
	}
}

// settle notes what q's source never has.
func (q *part) settle(vars []*variable) {
	for _, v := range vars {
		c := q.named(v.name)
		if c == nil {
			continue
		}
		if !c.nullable {
			q.neverNull = append(q.neverNull, v.index)
		}
		if q.NoNaN && c.expr == nil {
			q.neverNaN = append(q.neverNaN, v.index)
		}
	}
}

// variable finds or makes the variable that e, over the columns of q, is.
func (s *space) variable(q *part, e *model.Expr) *variable {
	name, shown := "", ""
	if e.Op == model.OpColumn {
		name, shown = q.columns[e.Column].name, q.columns[e.Column].shown
	} else {
		// A blank first: no column is called so.
		name, shown = " "+Format(e, q.names), Format(e, q.shown)
	}
	v := s.find(name)
	if v == nil {
		v = &variable{index: len(s.vars), name: name, shown: shown, typ: e.Type, nullable: e.Nullable, onto: true}
		if !hasDomain(e.Type) {
			v.typ = nil
		}
		s.vars = append(s.vars, v)
		if e.Op == model.OpColumn {
			s.asColumn(v)
		}
	}
	if e.Op != model.OpColumn {
		v.nullable, v.canFail = v.nullable || e.Nullable, v.canFail || e.CanFail
		v.onto = onto(e) || e.Op == model.OpIsNull && e.Args[0].Op == model.OpColumn
		for i := range columnsIn(e) {
			v.rests(q.columns[i].name)
			v.rests(q.columns[i].bases...)
		}
	}
	if !slices.Contains(q.vars, v.index) {
		q.vars = append(q.vars, v.index)
	}
	return v
}

func (s *space) find(name string) *variable {
	i := slices.IndexFunc(s.vars, func(v *variable) bool { return v.name == name })
	if i < 0 {
		return nil
	}
	return s.vars[i]
}

// asColumn takes together what all parts say of the column v.
func (s *space) asColumn(v *variable) {
	v.rests(v.name)
	v.noNaN, v.nullable = true, false
	var of *part
	for _, q := range s.parts {
		c := q.named(v.name)
		if c == nil {
			continue
		}
		v.nullable = v.nullable || c.nullable
		v.noNaN = v.noNaN && q.NoNaN && c.expr == nil
		v.onto = v.onto && c.onto
		v.rests(c.bases...)
		if of == nil {
			of, v.typ = q, c.typ
			continue
		}
		if v.typ == nil {
			continue
		}
		if joined := comparableType(v.typ, c.typ); joined != nil {
			v.typ = joined
			continue
		}
		v.obstacle = "the column " + v.shown + " is " + TypeName(v.typ) + " in " + of.Flow + " and " + TypeName(c.typ) + " in " + q.Flow
		v.typ = nil
	}
	if v.typ != nil && !hasDomain(v.typ) {
		v.typ = nil
	}
}

func (v *variable) rests(on ...string) {
	for _, name := range on {
		if !slices.Contains(v.bases, name) {
			v.bases = append(v.bases, name)
		}
	}
}

// comparableType is a type whose values are those of a and of b, written alike; nil if there is none here.
func comparableType(a, b *model.Type) *model.Type {
	switch {
	case a == nil || b == nil:
		return nil
	case EqualTypes(a, b):
		return a
	case isInt(a) && isInt(b):
		return int64Type
	case a.Kind == model.Decimal && b.Kind == model.Decimal && a.Scale == b.Scale:
		return &model.Type{Kind: model.Decimal, Precision: max(a.Precision, b.Precision), Scale: a.Scale}
	case a.Kind == model.Enum && b.Kind == model.Enum:
		t := &model.Type{Kind: model.Enum, Symbols: slices.Concat(a.Symbols, b.Symbols)}
		slices.Sort(t.Symbols)
		t.Symbols = slices.Compact(t.Symbols)
		return t
	case isText(a) && isText(b):
		return stringType
	}
	return nil
}

func (s *space) because(reason string) {
	if !slices.Contains(s.reasons, reason) {
		s.reasons = append(s.reasons, reason)
	}
}

func (s *space) why(unproved bool) string {
	if !unproved {
		return ""
	}
	return strings.Join(s.reasons, "; ")
}

// free reports whether v can have each of its values in a row of any of parts, whatever others has of its own.
func (s *space) free(v int, parts []*part, others []int) bool {
	w := s.vars[v]
	if w.typ == nil || w.typ.Kind == model.UUID || !w.onto {
		return false
	}
	if slices.ContainsFunc(w.bases, func(name string) bool { return !everywhere(parts, name) && !everywhere(parts, w.name) }) {
		return false
	}
	if len(w.bases) == 1 && w.bases[0] == w.name {
		return true // a column as it is
	}
	return !slices.ContainsFunc(others, func(o int) bool {
		return o != v && slices.ContainsFunc(s.vars[o].bases, func(name string) bool { return slices.Contains(w.bases, name) })
	})
}

// varsOf are the variables that parts speak of.
func varsOf(parts []*part) (out []int) {
	for _, q := range parts {
		out = append(out, q.vars...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rows gives a row of each kind; all others of s's variables are unknown. It gives none and false where there are too many.
func (s *space) rows(vars []int) (each func(yield func(row) bool), ok bool) {
	n := 1
	for _, v := range vars {
		if n *= max(1, len(s.vars[v].atoms)); n > maxCells {
			s.because(tooMany(maxCells))
			return func(func(row) bool) {}, false
		}
	}
	return func(yield func(row) bool) {
		r := make(row, len(s.vars))
		for i := range n {
			for _, v := range vars {
				if a := s.vars[v].atoms; len(a) > 0 {
					r[v] = a[i%len(a)].shown
					i /= len(a)
				}
			}
			if !yield(r) {
				return
			}
		}
	}, true
}

// search looks for rows that break a claim over parts: surely finds those that do whatever else the row has, maybe those
// of which that is not known.
func (s *space) search(parts []*part, surely, maybe func(row) bool) (Verdict, []Witness) {
	vars := varsOf(parts)
	free := slices.DeleteFunc(slices.Clone(vars), func(v int) bool { return !s.free(v, parts, vars) })
	if rows, ok := s.rows(free); ok {
		if found := s.witnesses(rows, free, surely); len(found) > 0 {
			return Broken, found
		}
	}
	rows, ok := s.rows(vars)
	if !ok {
		return Unproved, nil
	}
	found := s.witnesses(rows, vars, maybe)
	if len(found) == 0 {
		return Proved, nil
	}
	if len(free) == len(vars) {
		s.because("a condition may fail, and its record is then quarantined")
	}
	for _, v := range vars {
		if !slices.Contains(free, v) {
			s.because(s.obstacle(s.vars[v], parts))
		}
	}
	return Unproved, found[:1]
}

// obstacle says why nothing is known of v.
func (s *space) obstacle(v *variable, parts []*part) string {
	if v.obstacle != "" {
		return v.obstacle
	}
	for _, name := range v.bases {
		for _, q := range parts {
			if q.named(name) == nil && q.named(v.name) == nil {
				return "rows of " + q.Flow + " have no column that could be held against " + v.shown
			}
		}
	}
	return "which values " + v.shown + " can have is not known"
}

// witnesses are the rows that match finds, one for each set of columns, with what matters of them only.
func (s *space) witnesses(rows func(func(row) bool), vars []int, match func(row) bool) []Witness {
	var out []Witness
	var kinds []string
	seen := map[string]bool{}
	for r := range rows {
		if !match(r) || seen[r.states()] {
			continue
		}
		seen[r.states()] = true
		w, kind := s.witness(slices.Clone(r), vars, match)
		if !slices.Contains(kinds, kind) {
			out, kinds = append(out, w), append(kinds, kind)
		}
		if len(out) == maxWitnesses {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b Witness) int { return cmp.Compare(len(a.Values), len(b.Values)) })
	return out
}

// states says where r has NULL, NaN and other values.
func (r row) states() string {
	b := make([]byte, len(r))
	for i, d := range r {
		b[i] = byte(d.state)
	}
	return string(b)
}

// witness is r without the columns that do not matter; kind tells it from others.
func (s *space) witness(r row, vars []int, match func(row) bool) (w Witness, kind string) {
	for _, v := range vars {
		d := r[v]
		if d.state == isUnknown {
			continue
		}
		r[v] = datum{}
		if s.allMatch(r, v, match) {
			continue
		}
		r[v] = d
		w.Values = append(w.Values, WitnessValue{s.vars[v].shown, d.literal(s.vars[v].typ)})
		kind += s.vars[v].name + string(rune('0'+d.state)) + "\n"
	}
	return w, kind
}

// allMatch reports whether r matches with every value of v.
func (s *space) allMatch(r row, v int, match func(row) bool) bool {
	defer func(d datum) { r[v] = d }(r[v])
	for _, a := range s.vars[v].atoms {
		if r[v] = a.shown; !match(r) {
			return false
		}
	}
	return true
}

// overlaps looks for rows that two flows take.
func (s *space) overlaps() (Verdict, []Witness) {
	verdict, all := Proved, []Witness(nil)
	for i, a := range s.parts {
		for _, b := range s.parts[:i] {
			if a.Flow == b.Flow {
				continue
			}
			v, found := s.search([]*part{b, a},
				func(r row) bool { return a.take(r, true) == isTRUE && b.take(r, true) == isTRUE },
				func(r row) bool { return a.take(r, true).has(isTRUE) && b.take(r, true).has(isTRUE) })
			verdict, all = worse(verdict, all, v, found, []string{b.Flow, a.Flow})
		}
	}
	return verdict, all
}

// worse joins what is known of two claims. Witnesses are those of the worse.
func worse(verdict Verdict, all []Witness, v Verdict, found []Witness, flows []string) (Verdict, []Witness) {
	if verdict != v && (verdict == Broken || v == Proved) {
		return verdict, all
	}
	if verdict != v {
		verdict, all = v, nil
	}
	if len(found) > 0 && len(all) < maxWitnesses {
		found[0].Flows = flows
		all = append(all, found[0])
	}
	return verdict, all
}

// gaps looks for rows that none of the parts after the first n takes, of those that one of the first n took, or of all
// that a source can have where n is 0. What a source of today cannot have, one of before may have had.
func (s *space) gaps(n int) (Verdict, []Witness) {
	before, now := s.parts[:n], s.parts[n:]
	there := func(r row, enough func(truth) bool) bool {
		if n == 0 {
			return slices.ContainsFunc(now, func(q *part) bool { return !q.lacks(r) })
		}
		return slices.ContainsFunc(before, func(q *part) bool { return enough(q.take(r, true)) })
	}
	taken := func(r row, enough func(truth) bool) bool {
		return slices.ContainsFunc(now, func(q *part) bool { return enough(q.take(r, n == 0)) })
	}
	sure := func(t truth) bool { return t == isTRUE }
	possible := func(t truth) bool { return t.has(isTRUE) }
	return s.search(s.parts,
		func(r row) bool {
			return there(r, sure) && !taken(r, func(t truth) bool { return t&(isTRUE|failed) != 0 })
		},
		func(r row) bool { return there(r, possible) && !taken(r, truth.taken) })
}
