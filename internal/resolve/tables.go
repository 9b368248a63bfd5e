package resolve

import (
	"maps"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// resolveTables reads the flows, then makes each table of what its flows bring.
func (r *resolver) resolveTables() {
	taken := names{}
	var known []string
	for i := range r.spec.Tables {
		t := &r.spec.Tables[i]
		known = append(known, t.Name.Value)
		if r.claim(taken, "table", t.Name) {
			m := &model.Table{Name: t.Name.Value, Path: t.Delta.Value, OnBadRecord: t.OnBadRecord, OnTie: t.OnTie.Value,
				Rewrite: t.Updates.Value == "rewrite", Comment: t.Comment, Was: t.Was.Value, Accept: accepted(t), Pos: t.Name.Pos}
			r.tables[t.Name.Value] = m
			r.out.Tables = append(r.out.Tables, m)
		}
	}
	feeds, named, broken := r.readFlows(known)
	for _, t := range r.out.Tables {
		i := slices.IndexFunc(r.spec.Tables, func(s spec.Table) bool { return s.Name.Value == t.Name })
		switch {
		case !named[t]:
			r.report("SF0309", t.Pos, "no flow feeds the table "+t.Name, "add a flow with target: "+t.Name+", or take the table out")
		case !broken[t]:
			r.fillTable(t, &r.spec.Tables[i], feeds[t])
		}
	}
	r.warnOfAllowEmpty()
	r.warnOfNothingToRead()
}

// readFlows gives the flows of each table, which tables are a target at all, and which have a flow with errors.
func (r *resolver) readFlows(known []string) (feeds map[*model.Table][]*feed, named, broken map[*model.Table]bool) {
	feeds, named, broken = map[*model.Table][]*feed{}, map[*model.Table]bool{}, map[*model.Table]bool{}
	taken := names{}
	for i := range r.spec.Flows {
		s := &r.spec.Flows[i]
		if !r.claim(taken, "flow", s.Name) || s.Apply == nil && s.Append == nil {
			continue
		}
		target := (&feed{spec: s}).target()
		t := r.tables[target.Value]
		if t == nil && target.IsSet() {
			r.missing("table", target, known)
		}
		f := r.readFlow(s)
		if t == nil {
			continue
		}
		named[t] = true
		if f == nil {
			broken[t] = true
			continue
		}
		f.model.Target = t
		feeds[t] = append(feeds[t], f)
		r.out.Flows = append(r.out.Flows, f.model)
	}
	return feeds, named, broken
}

// fillTable decides a table's columns and identity, and the branches of its flows.
func (r *resolver) fillTable(t *model.Table, s *spec.Table, feeds []*feed) {
	if !r.oneSnapshot(t, feeds) || !r.oneKind(t, feeds) {
		return
	}
	ok := r.unionColumns(t, feeds)
	if feeds[0].spec.Apply != nil {
		ok = r.agree(t, feeds) && r.agreePerColumn(t, feeds) && ok
		r.keepHistory(t, feeds)
		r.warnOfAccepted(t, s)
	} else {
		r.warnOfKeyedOptions(t, s)
	}
	ok = r.retain(t, s) && ok
	r.layOut(t, s)
	if !ok {
		return
	}
	r.expectTable(t, s)
	r.warnOfQuarantines(t, s, feeds)
	for _, f := range feeds {
		f.model.Branches = f.branches(t)
	}
	if t.Keyed != nil && !t.Keyed.Folded() { // else an event may have a sequence and no row
		t.Keyed.SequenceColumns = sequenceColumns(t, feeds)
	}
}

// oneKind refuses a table that apply_changes and append_flow both feed.
func (r *resolver) oneKind(t *model.Table, feeds []*feed) bool {
	for _, f := range feeds[1:] {
		if (f.spec.Apply == nil) != (feeds[0].spec.Apply == nil) {
			r.report("SF0310", f.model.KindPos, "the table "+t.Name+" is fed by apply_changes and by append_flow", "feed two tables, or make both flows of one kind",
				diag.Related{Pos: feeds[0].model.KindPos, Message: "the flow " + feeds[0].model.Name + " is of the other kind"})
			return false
		}
	}
	return true
}

// unionColumns merges the flows' columns by name (R33): the first flow's order, then what others add.
func (r *resolver) unionColumns(t *model.Table, feeds []*feed) bool {
	ok := true
	from := map[string]*feed{}
	for n, f := range feeds {
		for i := range f.selected {
			c := f.column(i)
			at := columnNamed(t.Columns, c.Name)
			if at < 0 {
				ok = r.allowedName(t, f, c) && ok
				fresh := *c
				fresh.Meta = false
				fresh.Nullable = fresh.Nullable || n > 0
				t.Columns = append(t.Columns, fresh)
				from[fold(c.Name)] = f
				continue
			}
			ok = r.widen(t, &t.Columns[at], c, f, from[fold(c.Name)]) && ok
		}
		for i := range t.Columns {
			if f.find(t.Columns[i].Name) < 0 {
				t.Columns[i].Nullable = true
			}
		}
	}
	if ok && len(t.Columns) == 0 {
		r.report("SF0309", t.Pos, "the flows of the table "+t.Name+" have no columns", "select at least one column")
		return false
	}
	return ok
}

// allowedName refuses names that belong to tables themselves.
func (r *resolver) allowedName(t *model.Table, f *feed, c *model.Column) bool {
	name := fold(c.Name)
	if name != "__start_at" && name != "__end_at" && !strings.HasPrefix(name, "__seamflow_") {
		return true
	}
	r.report("SF0313", c.Pos, "the column name "+c.Name+" of the table "+t.Name+" is reserved", "give the column another name in a view",
		diag.Related{Pos: f.model.Pos, Message: "the flow " + f.model.Name + " brings it"})
	return false
}

// widen makes a column hold what another flow brings to it too.
func (r *resolver) widen(t *model.Table, have, c *model.Column, f, first *feed) bool {
	common := sqlexpr.CommonType(have.Type, c.Type)
	if common == nil {
		r.report("SF0311", c.Pos, "the column "+c.Name+" of the table "+t.Name+" is "+sqlexpr.TypeName(have.Type)+" by the flow "+first.model.Name+" and "+
			sqlexpr.TypeName(c.Type)+" by the flow "+f.model.Name+": no type holds both without loss", "CAST one of them in a view",
			diag.Related{Pos: have.Pos, Message: first.model.Name + " has it from here"})
		return false
	}
	have.Type, have.Nullable = common, have.Nullable || c.Nullable
	return true
}

// agree checks that all apply_changes flows of a table have one idea of identity and order (R30).
func (r *resolver) agree(t *model.Table, feeds []*feed) bool {
	first := feeds[0]
	k := &model.Keyed{SCDType: first.spec.Apply.SCDType, Snapshot: first.spec.Apply.Snapshot}
	for _, e := range first.sequence {
		k.Sequence = append(k.Sequence, sequenceType(e.Type))
	}
	for _, name := range first.model.Apply.Keys {
		k.Keys = append(k.Keys, columnNamed(t.Columns, name))
	}
	t.Keyed = k
	ok := true
	for _, f := range feeds[1:] {
		ok = r.agrees(t, first, f) && ok
	}
	return ok
}

func (r *resolver) agrees(t *model.Table, first, f *feed) bool {
	ok := true
	differ := func(pos, other diag.Pos, what, mine, theirs, hint string) {
		ok = false
		r.report("SF0314", pos, "the flows "+first.model.Name+" and "+f.model.Name+" of the table "+t.Name+" disagree on "+what+": "+theirs+" and "+mine, hint,
			diag.Related{Pos: other, Message: first.model.Name + " says so here"})
	}
	a, b := first.spec.Apply, f.spec.Apply
	if mine, theirs := folded(f.model.Apply.Keys), folded(first.model.Apply.Keys); !slices.Equal(mine, theirs) {
		differ(b.Keys[0].Pos, a.Keys[0].Pos, "keys", list(f.model.Apply.Keys), list(first.model.Apply.Keys), "all apply_changes flows of a table have the same keys")
	}
	var mine []*model.Type
	for _, e := range f.sequence {
		mine = append(mine, sequenceType(e.Type))
	}
	if !slices.EqualFunc(mine, t.Keyed.Sequence, sqlexpr.EqualTypes) {
		differ(b.SequenceBy[0].At, a.SequenceBy[0].At, "the type of sequence_by", sequenceName(mine), sequenceName(t.Keyed.Sequence), "CAST one of them in a view until the types are the same")
	}
	if a.SCDType != b.SCDType {
		differ(b.SCDTypePos, a.SCDTypePos, "stored_as_scd_type", list([]string{string(rune('0' + b.SCDType))}), list([]string{string(rune('0' + a.SCDType))}), "make them the same")
	}
	return ok
}

// agreePerColumn checks that all apply_changes flows of a table track, and ignore NULL in, the same columns (R30).
func (r *resolver) agreePerColumn(t *model.Table, feeds []*feed) bool {
	untracked, tracks := r.perColumn(t, feeds, "whether a change makes a version", "give both flows the same track_history lists",
		func(f *feed) []int { return f.untracked }, trackingPos)
	ignored, ignores := r.perColumn(t, feeds, "whether a NULL keeps the value that is there", "give both flows the same ignore_null_updates",
		func(f *feed) []int { return f.ignored }, ignoredPos)
	t.Keyed.Untracked, t.Keyed.IgnoreNulls = untracked, ignored
	return tracks && ignores
}

func folded(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = fold(name)
	}
	slices.Sort(out)
	return out
}

func list(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

// sequenceColumns finds the columns that hold the sequence as it is, in all flows; nil where some part is not there.
func sequenceColumns(t *model.Table, feeds []*feed) []int {
	var out []int
	for part, typ := range t.Keyed.Sequence {
		column := -1
		for n, f := range feeds {
			e := f.sequence[part]
			if e.Op != model.OpColumn || !slices.Contains(f.selected, e.Column) {
				return nil
			}
			at := columnNamed(t.Columns, f.rel.columns[e.Column].Name)
			if n > 0 && at != column {
				return nil
			}
			column = at
		}
		if !sqlexpr.EqualTypes(sequenceType(t.Columns[column].Type), typ) {
			return nil // widened by a flow of another type
		}
		out = append(out, column)
	}
	return out
}

// warnOfKeyedOptions tells of options that mean something for apply_changes only.
func (r *resolver) warnOfKeyedOptions(t *model.Table, s *spec.Table) {
	const hint = "take it out: rows of an append table have no keys"
	if s.OnTie.Pos.IsValid() {
		r.warn("SF0318", s.OnTie.Pos, "on_tie has no effect on the table "+t.Name+", which append_flow feeds", hint)
	}
	if s.Updates.Pos.IsValid() {
		r.warn("SF0318", s.Updates.Pos, "updates has no effect on the table "+t.Name+", which append_flow feeds", hint)
	}
}

// warnOfAccepted tells of predicates that are accepted where none decides which row is there.
func (r *resolver) warnOfAccepted(t *model.Table, s *spec.Table) {
	for _, name := range slices.Sorted(maps.Keys(s.Accept)) {
		r.warn("SF0318", s.Accept[name].Pos, "accept."+name+" has no effect on the table "+t.Name+", which apply_changes feeds", "take it out: what is newest of a key is there, whatever flow brings it")
	}
}

// warnOfAllowEmpty tells of allow_empty on sources that are never read as a whole.
func (r *resolver) warnOfAllowEmpty() {
	once := map[*model.Source]bool{}
	for _, f := range r.out.Flows {
		whole := f.Once || f.Apply != nil && f.Apply.Snapshot // reads to an end, which may be the start
		for i := range f.Branches {
			once[f.Branches[i].Source] = once[f.Branches[i].Source] || whole
		}
	}
	for _, s := range r.out.Sources {
		if isOnce, read := once[s]; read && !isOnce && s.Files != nil && s.Files.AllowEmpty {
			i := slices.IndexFunc(r.spec.Sources, func(sp spec.Source) bool { return sp.Name.Value == s.Name })
			r.warn("SF0318", r.spec.Sources[i].Files.Pos, "allow_empty has no effect on the source "+s.Name+", which no once flow and no full extract reads", "take it out")
		}
	}
}
