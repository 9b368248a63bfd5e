package resolve

import (
	"slices"
	"strconv"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// oneSnapshot refuses other flows into a table of full extracts: each extract would delete what they bring.
func (r *resolver) oneSnapshot(t *model.Table, feeds []*feed) bool {
	i := slices.IndexFunc(feeds, func(f *feed) bool { return f.spec.Apply != nil && f.spec.Apply.Snapshot })
	if i < 0 || len(feeds) == 1 {
		return true
	}
	for n, f := range feeds {
		if n == i {
			continue
		}
		r.report("SF0328", f.model.KindPos, "the table "+t.Name+" is fed by the full extracts of the flow "+feeds[i].model.Name+", which would delete what the flow "+f.model.Name+" brings",
			"give each flow a table of its own", diag.Related{Pos: feeds[i].model.KindPos, Message: feeds[i].model.Name + " is here"})
	}
	return false
}

// readSnapshot checks what goes with full extracts: they come again and again, whole, and each has one version.
func (r *resolver) readSnapshot(f *feed, s *spec.Flow) bool {
	ok := true
	if s.Once {
		ok = false
		r.report("SF0328", s.OncePos, "the flow "+s.Name.Value+" takes full extracts as they come, and once: true reads one time", "take once out",
			diag.Related{Pos: s.Apply.Pos, Message: "apply_changes_from_snapshot is here"})
	}
	var seen []*model.Source
	for i := range f.rel.branches {
		src := f.rel.branches[i].Source
		if src.Files == nil {
			r.report("SF0328", s.Apply.Source.Pos, "the flow "+s.Name.Value+" takes full extracts, which are files, and the source "+src.Name+" is a topic",
				"feed the table from it by apply_changes", diag.Related{Pos: src.Pos, Message: src.Name + " is declared here"})
			return false
		}
		if src.Files.OnChange != "reread" || slices.Contains(seen, src) {
			continue
		}
		seen, ok = append(seen, src), false
		r.report("SF0328", s.Apply.Source.Pos, "the flow "+s.Name.Value+" takes each full extract once, and the source "+src.Name+" has on_change: reread",
			"take on_change out, and let a new extract be a new file", diag.Related{Pos: src.Pos, Message: src.Name + " is declared here"})
	}
	return r.readVersions(f, s.Apply) && ok
}

// readVersions checks that an extract's version is known from its files' names and times, before a record of it is read.
func (r *resolver) readVersions(f *feed, a *spec.Apply) bool {
	ok := true
	versions := map[*model.Source]string{}
	for i := range f.rel.branches {
		b := &f.rel.branches[i]
		text, varies := "", false
		for n, part := range f.sequence {
			e := sqlexpr.Inline(part, b.Exprs)
			if column := ofRecord(e, b.Source); column != "" {
				r.report("SF0329", a.SequenceBy[min(n, len(a.SequenceBy)-1)].At, "version_by of the flow "+f.spec.Name.Value+" reads "+column+" of the records of "+b.Source.Name+", and a version is of the whole extract",
					"make it of _file_path and _file_modification_time: version_by: _file_modification_time, or a part of the path such as version_by: SUBSTR(_file_path, 1, 10)",
					diag.Related{Pos: b.Source.Pos, Message: b.Source.Name + " is declared here"})
				return false
			}
			text += strconv.Quote(sqlexpr.Format(e, b.Source.Columns))
			varies = varies || readsColumns(e)
		}
		if first, again := versions[b.Source]; again && first != text {
			r.report("SF0329", a.SequenceBy[0].At, "version_by of the flow "+f.spec.Name.Value+" gives the files of "+b.Source.Name+" several versions, one for each way in which "+f.rel.name.Value+" reads them",
				"make version_by the same in all sides of the UNION ALL", diag.Related{Pos: f.rel.name.Pos, Message: f.rel.name.Value + " is declared here"})
			return false
		}
		versions[b.Source] = text
		if !varies && len(f.sequence) > 0 {
			r.report("SF0329", a.SequenceBy[0].At, "version_by of the flow "+f.spec.Name.Value+" is the same for all files of "+b.Source.Name+": no extract would be newer than the first",
				"make it of _file_path or _file_modification_time")
			return false
		}
	}
	return ok
}

// ofRecord names a column that e reads and that is not known of a file alone, "" for none.
func ofRecord(e *model.Expr, src *model.Source) string {
	if e.Op == model.OpColumn {
		c := &src.Columns[e.Column]
		if c.Meta && (c.Name == "_file_path" || c.Name == "_file_modification_time") {
			return ""
		}
		return c.Name
	}
	for _, a := range e.Args {
		if name := ofRecord(a, src); name != "" {
			return name
		}
	}
	return ""
}

func readsColumns(e *model.Expr) bool {
	return e.Op == model.OpColumn || slices.ContainsFunc(e.Args, readsColumns)
}
