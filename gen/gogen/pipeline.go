package gogen

import (
	"time"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// pipeline writes the package's one door.
func (w *writer) pipeline(f *jen.File) {
	p := w.plan.Pipeline
	f.Add(comment("Pipeline is pipeline " + p.Name + " of " + w.plan.Spec + ", ready to run."))
	f.Func().Id("Pipeline").Params().Qual(flowPkg, "Pipeline").BlockFunc(func(g *jen.Group) {
		for _, s := range w.plan.Sources {
			w.source(g, s)
		}
		var tables []jen.Code
		for _, t := range w.plan.Tables {
			tables = append(tables, w.runner(t))
		}
		items := []jen.Code{
			member("Name", lit(p.Name)),
			member("Graph", jen.Id("graph")),
			member("Version", jen.Id("toolVersion")),
			member("Tables", jen.Index().Qual(flowPkg, "TableRunner").Add(multi(tables...))),
		}
		if p.Trigger.IntervalMicros != 0 {
			items = append(items, member("Interval", duration(p.Trigger.IntervalMicros)))
		}
		if p.Trigger.MaxBytesPerCommit != 0 {
			items = append(items, member("MaxBytesPerCommit", number(p.Trigger.MaxBytesPerCommit)))
		}
		if len(p.Targets) > 0 {
			items = append(items, member("Targets", targets(p.Targets)))
		}
		g.Return(jen.Qual(flowPkg, "Pipeline").Add(multi(items...)))
	})
	f.Const().Id("graph").Op("=").Add(lines(w.plan.Graph))
}

// fits ties the package to the runtime that it was generated for.
func (w *writer) fits(f *jen.File) {
	f.Comment("// toolVersion is the seamflow that generated this package.")
	f.Const().Id("toolVersion").Op("=").Add(lit(w.plan.Tool))
	f.Comment("// These stop compiling where this package and seamflow's runtime do not fit; the type's name says what to do.")
	f.Const().Defs(
		jen.Id("_").Op("=").Qual(genverPkg, "CodeTooOld_RunSeamflowGenerate").Call(number(w.plan.Contract).Op("-").Qual(genverPkg, "Oldest")),
		jen.Id("_").Op("=").Qual(genverPkg, "RuntimeTooOld_RunGoGetSeamflow").Call(jen.Qual(genverPkg, "Version").Op("-").Add(number(w.plan.Contract))),
	)
}

// lines is a constant of several lines, one literal each.
func lines(text string) *jen.Statement {
	s := jen.Null()
	for i := 0; i == 0 || text != ""; i++ {
		end := len(text)
		for j := range text {
			if text[j] == '\n' {
				end = j + 1
				break
			}
		}
		if i > 0 {
			s.Op("+").Line()
		}
		s.Add(lit(text[:end]))
		text = text[end:]
	}
	return s
}

func (w *writer) source(g *jen.Group, s *emit.Source) {
	m := s.Model
	record := jen.Id(ident(s.Record.Struct.Go))
	items := []jen.Code{member("Name", lit(m.Name))}
	if m.Kafka != nil {
		items = append(items, w.topic(m.Kafka)...)
	} else {
		items = append(items, member("Files", filesSpec(m.Files)))
	}
	items = append(items, member("Format", jen.Qual(flowPkg, formatNames[m.Format()])))
	if m.Files != nil && m.Files.Multiline {
		items = append(items, member("Multiline", jen.True()))
	}
	if m.Rescue {
		items = append(items, member("Rescue", jen.True()))
	}
	switch m.Format() {
	case model.Avro:
		items = append(items, member("Binary", w.avroFormat(s)))
	case model.CSV:
		var names []string
		for i := range m.Record.Fields {
			names = append(names, m.Record.Fields[i].Name)
		}
		items = append(items, member("CSV", decoder(s, "CSV", csvrPkg)), member("Columns", stringSlice(names)))
	case model.Parquet:
		items = append(items, member("Parquet", jen.Id(ident(s.Record.NewColumnsGo))), member("JSON", decoder(s, "JSON", jsonrPkg)))
	default:
		items = append(items, member("JSON", decoder(s, "JSON", jsonrPkg)))
	}
	g.Id(ident(s.Var)).Op(":=").Op("&").Qual(flowPkg, "Source").Index(record).Add(multi(items...))
}

// decoder is the function that reads a record of s from a pull reader.
func decoder(s *emit.Source, format, pkg string) *jen.Statement {
	return jen.Func().Params(jen.Id("r").Op("*").Qual(pkg, "Reader"), jen.Id("s").Op("*").Id(ident(s.Record.Struct.Go))).Error().
		Block(jen.Return(jen.Id("s").Dot("Decode" + format).Call(jen.Id("r"))))
}

// formatNames are those of package flow.
var formatNames = map[model.Format]string{model.JSON: "JSON", model.CSV: "CSV", model.DebeziumJSON: "DebeziumJSON", model.Avro: "Binary", model.Parquet: "Parquet"}

func filesSpec(fs *model.FilesSource) *jen.Statement {
	items := []jen.Code{member("Path", lit(fs.Path))}
	if fs.SettleMicros != -1 {
		items = append(items, member("Settle", duration(fs.SettleMicros)))
	} else {
		items = append(items, member("Settle", jen.Lit(-1)))
	}
	if fs.MaxFilesPerBatch != 0 {
		items = append(items, member("MaxFilesPerBatch", number(fs.MaxFilesPerBatch)))
	}
	items = append(items, member("OnChange", lit(fs.OnChange)))
	if fs.AllowEmpty {
		items = append(items, member("AllowEmpty", jen.True()))
	}
	return jen.Qual(filesPkg, "Spec").Values(items...)
}

// duration is written in its greatest whole unit.
func duration(micros int64) *jen.Statement {
	for _, u := range [...]struct {
		d    time.Duration
		name string
	}{{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"}, {time.Millisecond, "Millisecond"}} {
		if n := u.d.Microseconds(); micros%n == 0 && micros != 0 {
			return number(micros/n).Op("*").Qual(timePkg, u.name)
		}
	}
	if micros == 0 {
		return jen.Lit(0)
	}
	return number(micros).Op("*").Qual(timePkg, "Microsecond")
}

func targets(ts []model.Target) *jen.Statement {
	var out []jen.Code
	for _, t := range ts {
		var values []jen.Code
		for _, v := range t.Values {
			values = append(values, lit(v.Path).Op(":").Add(lit(v.Value)))
		}
		out = append(out, lit(t.Name).Op(":").Add(multi(values...)))
	}
	return jen.Map(jen.String()).Map(jen.String()).String().Add(multi(out...))
}

func (w *writer) runner(t *emit.Table) jen.Code {
	m := t.Model
	row := jen.Id(ident(t.Row.Go))
	items := []jen.Code{
		member("Name", lit(m.Name)),
		member("Path", lit(m.Path)),
	}
	if m.Comment != "" {
		items = append(items, member("Comment", lit(m.Comment)))
	}
	items = append(items, member("Schema", jen.Id(ident(t.Schema)).Call()))
	if len(m.PartitionBy) > 0 {
		items = append(items, member("PartitionBy", intSlice(columnNumbers(m.PartitionBy))))
	}
	if len(m.ClusterBy) > 0 {
		items = append(items, member("ClusterBy", intSlice(columnNumbers(m.ClusterBy))))
	}
	if k := m.Keyed; k != nil {
		items = append(items, member("Keys", intSlice(k.Keys)))
		if k.SequenceColumns != nil {
			items = append(items, member("SequenceColumns", intSlice(k.SequenceColumns)))
		}
		items = append(items, member("OnTie", lit(m.OnTie)))
		if m.Rewrite {
			items = append(items, member("Updates", jen.Qual(flowPkg, "Rewrite")))
		}
	}
	items = append(items, member("OnBadRecord", lit(m.OnBadRecord)))
	items = append(items, member("NewRows", jen.Id(ident(t.NewRows))))
	if m.Keyed != nil {
		if t.Fold == nil {
			items = append(items, member("AppendRow", jen.Id(ident(t.AppendRow))))
		}
		items = append(items, member("Key", jen.Id(ident(t.Key))))
		if t.Sequence != "" {
			items = append(items, member("Sequence", jen.Id(ident(t.Sequence))))
		}
	}
	if t.Fold != nil {
		items = append(items, member("Fold", jen.Id(ident(t.Fold.Func)).Call()))
	}
	if m.Keyed != nil && m.Keyed.TombstoneRetentionMicros != 0 {
		items = append(items, member("TombstoneRetention", duration(m.Keyed.TombstoneRetentionMicros)))
	}
	var flows []jen.Code
	for _, fl := range t.Flows {
		flows = append(flows, w.flowLiteral(row, fl))
	}
	if len(t.Uniques) > 0 {
		items = append(items, member("Uniques", w.uniques(row, t)))
	}
	items = append(items,
		member("Contract", jen.Id(ident(t.Contract)).Call()),
		member("Flows", jen.Index().Qual(flowPkg, "Flow").Index(row.Clone()).Add(multi(flows...))))
	return jen.Qual(flowPkg, "NewTable").Call(jen.Qual(flowPkg, "Table").Index(row.Clone()).Add(multi(items...)))
}

func (w *writer) flowLiteral(row *jen.Statement, fl *emit.Flow) jen.Code {
	items := []jen.Code{member("Name", lit(fl.Model.Name))}
	if fl.Model.Was != "" {
		items = append(items, member("Was", lit(fl.Model.Was)))
	}
	if fl.Model.Once {
		items = append(items, member("Once", jen.True()))
	}
	if len(fl.Rules) > 0 {
		items = append(items, member("Expectations", rules(fl)))
	}
	if len(fl.Model.DependsOn) > 0 {
		items = append(items, member("DependsOn", stringSlice(fl.Model.DependsOn)))
	}
	var inputs []jen.Code
	for _, b := range fl.Branches {
		inputs = append(inputs, input(b))
	}
	items = append(items, member("Inputs", jen.Index().Qual(flowPkg, "Input").Index(row.Clone()).Values(inputs...)))
	return jen.Values(items...)
}

func stringSlice(values []string) *jen.Statement {
	return jen.Index().String().ValuesFunc(func(g *jen.Group) {
		for _, v := range values {
			g.Add(lit(v))
		}
	})
}

func intSlice(values []int) *jen.Statement {
	return jen.Index().Int().ValuesFunc(func(g *jen.Group) {
		for _, v := range values {
			g.Add(number(v))
		}
	})
}

func columnNumbers(columns []model.ColumnAt) (out []int) {
	for _, c := range columns {
		out = append(out, c.Column)
	}
	return out
}
