package gogen

import (
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/genver"
	"pgregory.net/rapid"
)

// names clash with each other, with Go, with imports, with what generated code declares, or are no names at all.
var names = []string{"id", "ID", "i_d", "Id", "type", "func", "value", "flow", "column", "Reset", "reset", "decode_json", "DecodeCSV", "string", "len", "nil", "o", "r", "s", "m",
	"ch", "c", "c0", "e1", "i1", "v1", "rep1", "seen", "dst", "graph", "Pipeline", "pipeline", "toolVersion", "Order", "order", "OrderLine", "Line", "line", "lines", "Lines",
	"OrderFlow", "Schema", "orderRows", "注文", "größe", "2fa", "", "a b", "\"", "`", "*/", "\n", "_", "x_test", "x_linux", "Required", "Symbols", "error", "Valid", "V"}

var fset = token.NewFileSet()

// imported keeps what generated packages import: the source importer asks the go command for a package each time.
type imported map[string]*types.Package

var (
	source = importer.ForCompiler(fset, "source", nil)
	from   = imported{}
)

func (m imported) Import(path string) (*types.Package, error) {
	if p := m[path]; p != nil {
		return p, nil
	}
	p, err := source.Import(path)
	m[path] = p
	return p, err
}

// TestAnyModelTypeChecks generates packages of random models under hostile names: each must compile.
func TestAnyModelTypeChecks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPipeline(t)
		plan, ds := emit.Build(p, emit.Options{Tool: "t", Contract: genver.Version, Graph: "a\nb\n"})
		if plan == nil {
			t.Fatalf("no plan: %v", ds)
		}
		written, err := Write(plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range plan.Records {
			if _, err := avsc.Parse(r.AvroSchema, nil); r.Avro && err != nil {
				t.Fatal(err, r.AvroSchema)
			}
		}
		var files []*ast.File
		for _, f := range written {
			parsed, err := parser.ParseFile(fset, f.Name, f.Data, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, parsed)
			if formatted, err := format.Source(f.Data); err != nil || string(formatted) != string(f.Data) {
				t.Fatalf("gofmt lays it out otherwise:\n%s", cmp.Diff(string(formatted), string(f.Data)))
			}
		}
		conf := types.Config{Importer: from, Error: func(err error) { t.Error(err) }}
		if _, err := conf.Check("p", fset, files, nil); err != nil {
			for _, f := range written {
				t.Logf("%s\n%s", f.Name, f.Data)
			}
		}
	})
}

func drawName() *rapid.Generator[string] { return rapid.SampledFrom(names) }

func drawNames(t *rapid.T, least int) []string {
	return rapid.SliceOfNDistinct(drawName(), least, 6, rapid.ID[string]).Draw(t, "names")
}

func drawFields(t *rapid.T, depth int) []model.Field {
	var fields []model.Field
	for i, name := range drawNames(t, 1) {
		f := model.Field{Name: name, Tag: i + 1, Doc: name, Type: drawType(t, depth),
			Nullable: rapid.Bool().Draw(t, "nullable"), Optional: rapid.Bool().Draw(t, "optional")}
		if f.Optional && rapid.Bool().Draw(t, "default") {
			f.Default = drawLiteral(t, f.Type)
		}
		fields = append(fields, f)
	}
	return fields
}

func drawType(t *rapid.T, depth int) *model.Type {
	last := model.Struct
	if depth == 0 {
		last = model.Enum
	}
	ty := &model.Type{Kind: model.Kind(rapid.IntRange(int(model.Bool), int(last)).Draw(t, "kind"))}
	switch ty.Kind {
	case model.Decimal:
		ty.Precision, ty.Scale = 20, 3
	case model.Enum:
		ty.Symbols, ty.Name = drawNames(t, 0), rapid.SampledFrom([]string{"", "Order", "a.b.Line"}).Draw(t, "type name")
	case model.List, model.Map:
		ty.Elem, ty.ElemNullable = drawType(t, depth-1), rapid.Bool().Draw(t, "element nullable")
	case model.Struct:
		ty.Fields, ty.Name = drawFields(t, depth-1), rapid.SampledFrom([]string{"", "Order", "a.b.Line"}).Draw(t, "type name")
	}
	return ty
}

func drawLiteral(t *rapid.T, ty *model.Type) *model.Literal {
	l := &model.Literal{Type: ty, Int: int64(rapid.Int32().Draw(t, "int")), Float: rapid.Float64().Draw(t, "float"), Str: drawName().Draw(t, "text")}
	switch ty.Kind {
	case model.Decimal:
		l.Str = "-1.250"
	case model.UUID:
		l.Str = "01234567-89ab-cdef-0123-456789abcdef"
	case model.Struct:
		return nil
	}
	return l
}

// drawTopic makes a topic of JSON or Avro, with the frame of a registry or without.
func drawTopic(t *rapid.T) *model.KafkaSource {
	text := drawName()
	return &model.KafkaSource{Brokers: text.Draw(t, "brokers"), Topic: text.Draw(t, "topic"), Registry: text.Draw(t, "registry"), OnLostOffsets: "fail",
		Format: rapid.SampledFrom([]model.Format{model.JSON, model.Avro}).Draw(t, "format"), Confluent: rapid.Bool().Draw(t, "framed"), Start: model.KafkaStart{At: "earliest"}}
}

// drawPipeline makes records that files of JSON and CSV and topics hold, and tables, append and keyed, that take all their columns.
func drawPipeline(t *rapid.T) *model.Pipeline {
	p := &model.Pipeline{Name: drawName().Draw(t, "pipeline"), GoPackage: "p", GoOut: ".", SpecFile: "p.yaml"}
	for i, name := range rapid.SliceOfNDistinct(drawName(), 1, 3, rapid.ID[string]).Draw(t, "records") {
		rec := &model.Record{Name: name, Doc: name, Fields: drawFields(t, 2)}
		p.Records = append(p.Records, rec)
		src := &model.Source{Name: name, Record: rec, Rescue: i == 0,
			Files: &model.FilesSource{Path: name, Format: model.Format(1 + rapid.IntRange(0, 1).Draw(t, "format")), OnChange: "report"}}
		if rapid.Bool().Draw(t, "topic") {
			src.Files, src.Kafka = nil, drawTopic(t)
		}
		tb := &model.Table{Name: drawName().Draw(t, "table") + strconv.Itoa(i), Path: name, Comment: name, OnBadRecord: "fail", OnTie: "fail"}
		branch := model.FlowBranch{Source: src}
		for j, f := range rec.Fields {
			c := model.Column{Name: f.Name, Type: f.Type, Nullable: f.Nullable || f.Optional && f.Default == nil, Doc: f.Doc}
			src.Columns, tb.Columns = append(src.Columns, c), append(tb.Columns, c)
			branch.Row = append(branch.Row, &model.Expr{Op: model.OpColumn, Column: j, Type: c.Type, Nullable: c.Nullable})
		}
		fl := &model.Flow{Name: drawName().Draw(t, "flow"), Target: tb, Source: name}
		if rapid.Bool().Draw(t, "keyed") {
			tb.Keyed = &model.Keyed{Keys: []int{0}, SCDType: 1, Sequence: []*model.Type{tb.Columns[0].Type}, SequenceColumns: []int{0}}
			branch.Sequence = branch.Row[:1]
			fl.Apply = &model.Apply{SequenceBy: []string{name}}
			drawFolded(t, tb, &branch)
		}
		fl.Branches = []model.FlowBranch{branch, branch}[:1+i%2]
		p.Sources, p.Tables, p.Flows = append(p.Sources, src), append(p.Tables, tb), append(p.Flows, fl)
	}
	return p
}

// drawFolded makes a keyed table one of SCD type 2, of full extracts, or one that ignores NULLs; or leaves it as it is.
func drawFolded(t *rapid.T, tb *model.Table, branch *model.FlowBranch) {
	k := tb.Keyed
	if rapid.Bool().Draw(t, "ignores NULLs") {
		for i := 1; i < len(tb.Columns); i++ {
			k.IgnoreNulls = append(k.IgnoreNulls, i)
		}
	}
	if k.Snapshot = rapid.Bool().Draw(t, "extracts"); k.Snapshot {
		meta := len(branch.Source.Columns)
		branch.Source.Columns = append(branch.Source.Columns, model.Column{Name: "_file_path", Type: &model.Type{Kind: model.String}, Meta: true})
		branch.Sequence = []*model.Expr{{Op: model.OpColumn, Column: meta, Type: branch.Source.Columns[meta].Type}}
		k.Sequence = []*model.Type{branch.Source.Columns[meta].Type}
	}
	if rapid.Bool().Draw(t, "history") {
		k.SCDType, k.Start, k.End = 2, len(tb.Columns), len(tb.Columns)+1
		bound := k.Sequence[0]
		if rapid.Bool().Draw(t, "several parts") {
			bound = &model.Type{Kind: model.Struct, Fields: []model.Field{{Name: "col1", Type: bound, Nullable: true}, {Name: "col2", Type: bound, Nullable: true}}}
			k.Sequence = []*model.Type{k.Sequence[0], k.Sequence[0]}
			branch.Sequence = []*model.Expr{branch.Sequence[0], branch.Sequence[0]}
		}
		for _, name := range []string{"__START_AT", "__END_AT"} {
			tb.Columns = append(tb.Columns, model.Column{Name: name, Type: bound, Nullable: true})
			branch.Row = append(branch.Row, &model.Expr{Op: model.OpLiteral, Type: bound, Nullable: true, Lit: &model.Literal{Type: bound, Null: true}})
		}
	}
	if k.Folded() {
		k.SequenceColumns = nil
	}
}
