// Package resolve turns a spec, its schema files and its SQL into a model.Pipeline; it is the only maker of one.
//
// It reads schema files below the spec's folder and nothing else. What it finds wrong goes to a diag.List, all of it in
// one run.
package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
	"github.com/seamflow/seamflow/internal/sqlexpr"
)

// FileReader reads files by slash-separated paths relative to the spec's folder; *os.Root is one.
type FileReader interface {
	ReadFile(path string) ([]byte, error)
}

// Resolve makes the model of p. With errors in diags the model may be incomplete: nothing is to be generated from it.
func Resolve(p *spec.Pipeline, files FileReader, diags *diag.List) *model.Pipeline {
	r := &resolver{
		spec: p, files: files, diags: diags,
		records: map[string]*model.Record{}, relations: map[string]*relation{}, tables: map[string]*model.Table{},
		out: &model.Pipeline{
			Name: p.Name.Value, GoPackage: p.Go.Package.Value, GoOut: p.Go.Out.Value, SpecFile: p.File, Pos: p.Pos,
			Trigger: model.Trigger{IntervalMicros: p.Trigger.IntervalMicros, MaxBytesPerCommit: p.Trigger.MaxBytesPerCommit},
		},
	}
	r.resolveRecords()
	r.resolveSources()
	r.resolveViews()
	r.resolveTables()
	r.orderFlows()
	r.renames()
	r.resolveTargets()
	return r.out
}

type resolver struct {
	spec      *spec.Pipeline
	files     FileReader
	diags     *diag.List
	out       *model.Pipeline
	records   map[string]*model.Record // by name as written; nil where the schema has errors
	relations map[string]*relation     // sources and views, by folded name
	tables    map[string]*model.Table  // by name as written
}

func (r *resolver) report(id string, pos diag.Pos, message, hint string, related ...diag.Related) {
	r.diags.Add(diag.Diagnostic{ID: id, Pos: pos, Message: message, Hint: hint, Related: related})
}

func (r *resolver) warn(id string, pos diag.Pos, message, hint string, related ...diag.Related) {
	r.diags.Add(diag.Diagnostic{ID: id, Severity: diag.Warning, Pos: pos, Message: message, Hint: hint, Related: related})
}

// names finds names that differ by case at most.
type names map[string]spec.String

// claim takes a name, or says who has it. kind is "schema", "table" and the like.
func (r *resolver) claim(taken names, kind string, name spec.String) bool {
	first, ok := taken[fold(name.Value)]
	if !ok {
		taken[fold(name.Value)] = name
		return true
	}
	message := "the " + kind + " " + name.Value + " is there twice"
	if first.Value != name.Value {
		message = "the " + kind + " " + name.Value + " differs from " + first.Value + " only by case"
	}
	r.report("SF0302", name.Pos, message, "rename one of them", diag.Related{Pos: first.Pos, Message: first.Value + " is declared here"})
	return false
}

// missing reports a name that nothing has, with the likely one or those that there are.
func (r *resolver) missing(kind string, name spec.String, there []string) {
	r.report("SF0301", name.Pos, "there is no "+kind+" "+name.Value, suggest(kind, name.Value, there))
}

func suggest(kind, name string, there []string) string {
	if hint := diag.DidYouMean(name, there); hint != "" {
		return hint
	}
	if len(there) == 0 {
		return "the spec declares none"
	}
	there = slices.SortedFunc(slices.Values(there), func(a, b string) int { return cmp.Compare(metadataLast(a), metadataLast(b)) })
	const most = 8
	if len(there) > most {
		there = append(there[:most:most], "…")
	}
	return "there are: " + strings.Join(there, ", ")
}

// metadataLast sorts a source's metadata columns, of which there are many and which are seldom meant, behind the others.
func metadataLast(name string) string {
	if strings.HasPrefix(name, "_") {
		return "~" + name
	}
	return name
}

// fold makes names that differ only by case equal.
func fold(name string) string { return strings.ToLower(name) }

// text makes a spec's SQL what sqlexpr reads.
func text(t spec.Text) sqlexpr.Text { return sqlexpr.Text{SQL: t.Value, Pos: t.Pos} }

// columnNamed finds a column: as written first, then ignoring case.
func columnNamed(columns []model.Column, name string) int {
	if i := slices.IndexFunc(columns, func(c model.Column) bool { return c.Name == name }); i >= 0 {
		return i
	}
	return slices.IndexFunc(columns, func(c model.Column) bool { return strings.EqualFold(c.Name, name) })
}

func columnNames(columns []model.Column) []string {
	out := make([]string, len(columns))
	for i := range columns {
		out[i] = columns[i].Name
	}
	return out
}

// resolveTargets checks that each value overrides one that the spec has.
func (r *resolver) resolveTargets() {
	var paths []string
	for i := range r.spec.Sources {
		for _, v := range connections(&r.spec.Sources[i]) {
			paths = append(paths, v.path)
		}
	}
	for _, t := range r.spec.Tables {
		paths = append(paths, "tables."+t.Name.Value+".delta.path")
	}
	taken := names{}
	for _, t := range r.spec.Targets {
		if !r.claim(taken, "target", t.Name) {
			continue
		}
		target := model.Target{Name: t.Name.Value, Pos: t.Name.Pos}
		for _, v := range t.Values {
			if !slices.Contains(paths, v.Path.Value) {
				r.missing("connection value", v.Path, paths)
			} else {
				r.connection(v.Path.Value, v.Value)
			}
			target.Values = append(target.Values, model.TargetValue{Path: v.Path.Value, Value: v.Value.Value})
		}
		slices.SortFunc(target.Values, func(a, b model.TargetValue) int { return cmp.Compare(a.Path, b.Path) })
		r.out.Targets = append(r.out.Targets, target)
	}
	slices.SortFunc(r.out.Targets, func(a, b model.Target) int { return cmp.Compare(a.Name, b.Name) })
}
