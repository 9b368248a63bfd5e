package emit

import (
	"go/token"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
)

// Names of the two files that every package has.
const (
	PipelineFile = "pipeline.gen.go"
	SeamflowFile = "seamflow.gen.go"
)

type builder struct {
	plan     *Plan
	pkg      scope
	files    scope
	types    *registry
	list     diag.List
	tops     map[any]string // Go names of records and tables, which nested types must not take
	bySrc    map[*model.Source]*Source
	byRecord map[*model.Record]*Record
}

func (b *builder) checkPackage() {
	p := b.plan
	if !token.IsIdentifier(p.Package) || p.Package == "main" || p.Package == "_" {
		b.list.Add(diag.Diagnostic{ID: "SF0406", Pos: p.Pipeline.Pos,
			Message: "go.package " + strconv.Quote(p.Package) + " cannot name the generated package",
			Hint:    "use a Go package name such as orders; a main package cannot be imported"})
	}
	if p.Dir == ".." || strings.HasPrefix(p.Dir, "../") || strings.HasPrefix(p.Dir, "/") {
		b.list.Add(diag.Diagnostic{ID: "SF0407", Pos: p.Pipeline.Pos,
			Message: "go.out " + strconv.Quote(p.Pipeline.GoOut) + " is outside the spec's folder",
			Hint:    "generated code lives in a folder below the spec, such as ./" + p.Package})
	}
}

// claimTops names records and row types first, so that a nested type of equal name gives way.
func (b *builder) claimTops() {
	b.tops = map[any]string{}
	for _, r := range b.plan.Pipeline.Records {
		b.tops[r] = b.pkg.claim(exported(r.Name))
	}
	for _, t := range b.plan.Pipeline.Tables {
		id := exported(t.Name)
		b.tops[t] = b.pkg.claim(id, id+"Row")
	}
}

func (b *builder) records() {
	b.byRecord = map[*model.Record]*Record{}
	for _, r := range b.plan.Pipeline.Records {
		n := &Named{Go: b.tops[r], Doc: r.Doc, From: "schemas." + r.Name,
			Type: &model.Type{Kind: model.Struct, Name: r.Name, Fields: r.Fields}}
		rec := &Record{File: b.file(r.Name, "_record"), Model: r, Struct: n}
		rec.Types = b.types.fields(n, r.Fields, n.From, true)
		if r.Images {
			n.images()
		}
		b.types.byType[n.Type] = n
		b.byRecord[r] = rec
		b.plan.Records = append(b.plan.Records, rec)
	}
}

// images makes room for the rows of deletes and truncates, which lack what the schema requires.
func (n *Named) images() {
	n.Images = true
	for i := range n.Fields {
		fd := &n.Fields[i]
		fd.Image = !fd.Opt
		fd.Opt = true
	}
}

// file claims a file name. Names differ in more than case, for file systems that fold it: stems are lower-case.
func (b *builder) file(name, suffix string) string {
	const ending = ".gen.go"
	stem := fileStem(name)
	for n := 1; ; n++ {
		file := stem + suffix + ending
		if n > 1 {
			file = stem + "_" + strconv.Itoa(n) + suffix + ending
		}
		if !b.files[file] {
			b.files[file] = true
			return file
		}
	}
}

func (b *builder) sources() {
	b.bySrc = map[*model.Source]*Source{}
	read := map[*model.Source]bool{}
	for _, f := range b.plan.Pipeline.Flows {
		for i := range f.Branches {
			read[f.Branches[i].Source] = true
		}
	}
	for _, s := range b.plan.Pipeline.Sources {
		rec := b.byRecord[s.Record]
		b.decoded(rec.Struct, s)
		switch s.Format() {
		case model.JSON, model.DebeziumJSON:
			rec.JSON = true
		case model.CSV:
			rec.CSV = true
		case model.Avro:
			b.avro(rec)
		case model.Parquet:
			b.parquet(rec, s)
		}
		if !read[s] {
			continue
		}
		src := &Source{Var: b.pkg.claim(local(s.Name), local(s.Name)+"Source"), Model: s, Record: rec}
		b.bySrc[s] = src
		b.plan.Sources = append(b.plan.Sources, src)
	}
}

// parquet makes names for what fills the record from columns. Records that were set aside are read again as JSON.
func (b *builder) parquet(rec *Record, s *model.Source) {
	rec.JSON = true
	if rec.Parquet {
		return
	}
	rec.Parquet = true
	id := rec.Struct.Go
	rec.ColumnsGo, rec.NewColumnsGo = b.pkg.claim(local(id)+"Columns"), b.pkg.claim("new"+id+"Columns")
	for i := range rec.Model.Fields {
		f := &rec.Model.Fields[i]
		if deep(f.Type) > 60 { // definition levels that a bit of a word stands for
			b.list.Add(diag.Diagnostic{ID: "SF0405", Pos: f.Pos, Message: "the field " + f.Name + " of " + rec.Model.Name + " is nested more deeply than Parquet files are read",
				Hint: "30 lists within each other are as deep as it can be", Related: []diag.Related{{Pos: s.Pos, Message: "the source is declared here"}}})
		}
		if path := emptyStruct(f.Type, f.Name); path != "" {
			b.list.Add(diag.Diagnostic{ID: "SF0405", Pos: f.Pos,
				Message: "the field " + path + " of " + rec.Model.Name + " is a struct without fields, which a Parquet file cannot hold",
				Hint:    "give the schema's object its fields",
				Related: []diag.Related{{Pos: s.Pos, Message: "the source is declared here"}}})
		}
	}
}

// deep counts the definition levels of a type.
func deep(t *model.Type) int {
	most := 0
	switch t.Kind {
	case model.List, model.Map:
		return 2 + deep(t.Elem)
	case model.Struct:
		for i := range t.Fields {
			most = max(most, deep(t.Fields[i].Type))
		}
	}
	return most + 1
}

// decoded marks n and the types inside it: sources share decoders, so one that rescues makes its record's do so.
func (b *builder) decoded(n *Named, s *model.Source) {
	n.Decoded = true
	n.Rescue = n.Rescue || s.Rescue
	if s.Format() == model.Avro {
		n.Avro = true
	} else {
		n.JSON = true
	}
	for i := range n.Fields {
		t := n.Fields[i].Type
		for t.Kind == model.List || t.Kind == model.Map {
			t = t.Elem
		}
		if t.Kind == model.Struct || t.Kind == model.Enum {
			b.decoded(b.types.find(t), s)
		}
	}
}

func (b *builder) tables() {
	for _, t := range b.plan.Pipeline.Tables {
		id := b.tops[t]
		base := local(id)
		n := &Named{Go: id, Doc: t.Comment, From: "tables." + t.Name}
		tb := &Table{File: b.file(t.Name, "_table"), Model: t, Row: n,
			Rows: b.pkg.claim(base + "Rows"), NewRows: b.pkg.claim("new" + id + "Rows"), Schema: b.pkg.claim(base + "Schema"),
			Contract: b.pkg.claim(base + "Contract")}
		fields := make([]model.Field, len(t.Columns))
		for i, c := range t.Columns {
			b.checkColumn(t, &c)
			fields[i] = model.Field{Name: c.Name, Type: c.Type, Nullable: c.Nullable, Doc: c.Doc}
		}
		n.Type = &model.Type{Kind: model.Struct, Name: t.Name, Fields: fields}
		tb.Types = b.types.fields(n, fields, n.From, false)
		b.types.byType[n.Type] = n
		b.fold(tb, base)
		if t.Keyed != nil {
			if tb.Fold == nil {
				tb.AppendRow = b.pkg.claim(base + "AppendRow")
			}
			tb.Key = b.pkg.claim(base + "Key")
			if t.Keyed.SequenceColumns != nil {
				tb.Sequence = b.pkg.claim(base + "Sequence")
			}
		}
		b.uniques(tb, base)
		b.flows(tb)
		b.plan.Tables = append(b.plan.Tables, tb)
	}
}

// checkColumn refuses what no Parquet file can hold.
func (b *builder) checkColumn(t *model.Table, c *model.Column) {
	if path := emptyStruct(c.Type, c.Name); path != "" {
		b.list.Add(diag.Diagnostic{ID: "SF0405", Pos: c.Pos,
			Message: "column " + path + " of table " + t.Name + " is a struct without fields, which a Parquet file cannot hold",
			Hint:    "leave it out (* EXCEPT), or give the schema's object its fields",
			Related: []diag.Related{{Pos: t.Pos, Message: "the table is declared here"}}})
	}
}

func emptyStruct(t *model.Type, path string) string {
	switch t.Kind {
	case model.List, model.Map:
		return emptyStruct(t.Elem, path+"[]")
	case model.Struct:
		if len(t.Fields) == 0 {
			return path
		}
		for i := range t.Fields {
			if p := emptyStruct(t.Fields[i].Type, path+"."+t.Fields[i].Name); p != "" {
				return p
			}
		}
	}
	return ""
}

func (b *builder) flows(tb *Table) {
	for _, f := range b.plan.Pipeline.Flows {
		if f.Target != tb.Model {
			continue
		}
		fl := &Flow{Model: f}
		name := strings.TrimSuffix(local(f.Name), "Flow") + "Flow"
		for i := range f.Branches {
			wanted := name
			if len(f.Branches) > 1 {
				wanted += "_" + strconv.Itoa(i+1)
			}
			fl.Branches = append(fl.Branches, b.branch(tb, &f.Branches[i], b.pkg.claim(wanted)))
		}
		b.expect(tb, fl)
		tb.Flows = append(tb.Flows, fl)
	}
}

func (b *builder) branch(tb *Table, m *model.FlowBranch, name string) *Branch {
	br := &Branch{Func: name, Source: b.bySrc[m.Source], Where: m.Where, Expects: m.Expects, Delete: m.Delete, Truncate: m.Truncate}
	if tb.Model.Keyed != nil && tb.Model.Keyed.Snapshot {
		br.Version = b.pkg.claim(name + "Version")
	}
	for i, e := range m.Row {
		br.Row = append(br.Row, b.widened(e, tb.Model.Columns[i].Type))
	}
	for i, e := range m.Sequence {
		br.Sequence = append(br.Sequence, b.widened(e, tb.Model.Keyed.Sequence[i]))
	}
	for i, e := range br.Row {
		b.built(tb, e, tb.Row.Fields[i].Go)
	}
	for _, es := range [][]*model.Expr{br.Where, br.Sequence, {br.Delete, br.Truncate}} {
		for _, e := range es {
			b.built(tb, e, "Struct")
		}
	}
	return br
}

// widened casts e to the type that all flows of the table agreed on. Casts of that kind lose nothing. Structs, lists
// and maps are converted member by member when they are assigned.
func (b *builder) widened(e *model.Expr, to *model.Type) *model.Expr {
	if e.Type == to || e.Type.Kind == model.Null || nested(to) || nested(e.Type) || b.plan.Same(e.Type, to) {
		return e
	}
	return &model.Expr{Op: model.OpCast, Func: "cast", Type: to, Nullable: e.Nullable, CanFail: e.CanFail, Args: []*model.Expr{e}, Pos: e.Pos}
}

func nested(t *model.Type) bool {
	return t.Kind == model.List || t.Kind == model.Map || t.Kind == model.Struct
}

// built makes Go types for the structs that an expression builds on its way.
func (b *builder) built(tb *Table, e *model.Expr, field string) {
	if e == nil {
		return
	}
	if e.Type != nil {
		tb.Types = append(tb.Types, b.types.adopt(e.Type, origin{parent: tb.Row.Go, field: field, from: tb.Row.From}, false)...)
	}
	for _, a := range e.Args {
		b.built(tb, a, field)
	}
}
