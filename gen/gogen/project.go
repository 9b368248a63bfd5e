package gogen

import (
	"fmt"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// flow writes a flow function: WHERE, the projection, and for apply_changes the change's sequence, delete and key.
func (w *writer) flow(f *jen.File, t *emit.Table, fl *emit.Flow, b *emit.Branch) {
	f.Add(comment(b.Func + " makes rows of records of " + b.Source.Model.Name + " (" + w.plan.Spec + " flows." + fl.Model.Name + ")."))
	f.Func().Id(ident(b.Func)).Params(
		jen.Id("s").Op("*").Id(ident(b.Source.Record.Struct.Go)),
		jen.Id("m").Op("*").Qual(flowPkg, "Meta"),
		jen.Id("r").Op("*").Id(ident(t.Row.Go)),
		jen.Id("ch").Op("*").Qual(mergePkg, "Change"),
	).Params(jen.Bool(), jen.Error()).BlockFunc(func(g *jen.Group) {
		p := &projector{writer: w, g: g, branch: b, flow: fl}
		p.exprs = newExprWriter(w, g, p.column, p.fail)
		p.where()
		for i := range t.Row.Fields {
			p.what = t.Row.Fields[i].Name
			p.assign(jen.Id("r").Dot(ident(t.Row.Fields[i].Go)), &t.Row.Fields[i], b.Row[i])
		}
		if t.Model.Keyed != nil {
			p.change(t)
		}
		p.expectRow(t)
		g.Return(jen.True(), jen.Nil())
	})
}

// projector writes the body of one flow function.
type projector struct {
	*writer
	g      *jen.Group
	branch *emit.Branch
	flow   *emit.Flow
	exprs  *exprWriter
	what   string // the column, for the error of an expression that fails
}

// column is a source's column as an operand: a field of the record, or what the source says of the record.
func (p *projector) column(i int) Operand {
	c := &p.branch.Source.Model.Columns[i]
	if !c.Meta {
		fd := &p.branch.Source.Record.Struct.Fields[i]
		v := jen.Id("s").Dot(ident(fd.Go))
		if fd.Opt {
			return Operand{Value: dot(v, "V"), Valid: dot(v, "Valid"), Opt: v}
		}
		return Operand{Value: v}
	}
	switch c.Name {
	case "_file_path":
		return Operand{Value: jen.Id("m").Dot("FilePath")}
	case "_file_modification_time":
		return Operand{Value: jen.Id("m").Dot("FileModTime")}
	case "_topic", "_partition", "_offset", "_timestamp":
		return Operand{Value: jen.Id("m").Dot(messageFields[c.Name])}
	case "_key":
		return Operand{Value: jen.Id("m").Dot("Key"), Valid: jen.Parens(jen.Id("m").Dot("Key").Op("!=").Nil())}
	case "_headers":
		return Operand{Value: jen.Id("m").Dot("HeaderMap").Call()}
	case "_rescued_data":
		return Operand{Value: jen.Id("m").Dot("Rescued"), Valid: jen.Parens(jen.Id("m").Dot("Rescued").Op("!=").Lit(""))}
	}
	if at := eventFields[c.Name]; at != nil {
		v := jen.Id("m").Dot("Event")
		for _, name := range at {
			v.Dot(name)
		}
		return operand(v, c.Nullable)
	}
	panic(badValue("metadata column " + c.Name))
}

// messageFields is where a flow.Meta has what is known of a message.
var messageFields = map[string]string{"_topic": "Topic", "_partition": "Partition", "_offset": "Offset", "_timestamp": "Timestamp"}

// eventFields is where a debezium.Event has what the metadata columns of change events show.
var eventFields = map[string][]string{
	"_op": {"Op"}, "_ts_ms": {"TsMs"}, "_ts_us": {"TsUs"}, "_ts_ns": {"TsNs"},
	"_source_ts_ms": {"Source", "TsMs"}, "_source_ts_us": {"Source", "TsUs"}, "_source_ts_ns": {"Source", "TsNs"},
	"_source_lsn":  {"Source", "Lsn"},
	"_source_file": {"Source", "File"}, "_source_pos": {"Source", "Pos"}, "_source_row": {"Source", "Row"},
	"_source_scn": {"Source", "Scn"}, "_source_commit_scn": {"Source", "CommitScn"}, "_source_ssn": {"Source", "Ssn"},
	"_source_change_lsn": {"Source", "ChangeLsn"}, "_source_commit_lsn": {"Source", "CommitLsn"}, "_source_event_serial_no": {"Source", "EventSerialNo"},
	"_source_sequence": {"Source", "Sequence"}, "_source_tx_id": {"Source", "TxID"}, "_source_snapshot": {"Source", "Snapshot"},
	"_source_db": {"Source", "DB"}, "_source_schema": {"Source", "Schema"}, "_source_table": {"Source", "Table"},
}

// fail leaves the flow function with the error of an expression.
func (p *projector) fail(err *jen.Statement) []jen.Code {
	return []jen.Code{jen.Return(jen.False(), jen.Qual(flowPkg, "BadColumn").Call(lit(p.what), err))}
}

func (p *projector) where() {
	for i, e := range p.branch.Where {
		p.expect(i)
		p.what = "WHERE"
		unless := p.exprs.WriteNegation(e)
		p.g.If(unless).Block(jen.Return(jen.False(), jen.Nil()))
	}
	p.expect(len(p.branch.Where))
}

// assign sets a column of the row. Rows are reused, so every column is set.
func (p *projector) assign(dst *jen.Statement, fd *emit.Field, e *model.Expr) {
	if e.Op == model.OpLiteral && e.Lit.Null {
		p.null(p.g, dst, fd)
		return
	}
	op := p.exprs.Write(e)
	p.convert(p.g, dst, fd.Type, fd.Opt, op, e.Type, 0)
}

func (p *projector) null(g *jen.Group, dst *jen.Statement, fd *emit.Field) {
	if !fd.Opt {
		panic(badValue("NULL for " + p.what + ", which is NOT NULL"))
	}
	g.Add(dst.Clone()).Op("=").Add(p.optType(fd.Type, true)).Values()
}

// set assigns a value of the destination's own type.
func (p *projector) set(g *jen.Group, dst *jen.Statement, t *model.Type, opt bool, op Operand) {
	switch {
	case opt && op.Opt != nil:
		g.Add(dst.Clone()).Op("=").Add(op.Opt.Clone())
	case opt:
		valid := op.Valid
		if valid == nil {
			valid = jen.True()
		}
		g.Add(dst.Clone()).Op("=").Add(p.optType(t, true)).Values(member("V", op.Value.Clone()), member("Valid", valid.Clone()))
	case op.Valid != nil:
		panic(badValue("NULL for " + p.what + ", which is NOT NULL"))
	default:
		g.Add(dst.Clone()).Op("=").Add(op.Value.Clone())
	}
}

// convert assigns a value whose type the table's flows widened: scalars by a cast that loses nothing, structs by field
// name, lists and maps element by element into memory of the row's own.
func (p *projector) convert(g *jen.Group, dst *jen.Statement, to *model.Type, opt bool, op Operand, from *model.Type, depth int) {
	if p.plan.Same(from, to) {
		p.set(g, dst, to, opt, op)
		return
	}
	if opt {
		valid := op.Valid
		if valid == nil {
			valid = jen.True()
		}
		g.Add(dot(dst, "Valid")).Op("=").Add(valid.Clone())
		g.If(dot(dst, "Valid")).BlockFunc(func(g *jen.Group) {
			p.convertValue(g, dot(dst, "V"), to, op.Value, from, depth)
		})
		return
	}
	g.BlockFunc(func(g *jen.Group) { p.convertValue(g, dst, to, op.Value, from, depth) })
}

func (p *projector) convertValue(g *jen.Group, dst *jen.Statement, to *model.Type, v *jen.Statement, from *model.Type, depth int) {
	switch {
	case to.Kind == model.Struct && from.Kind == model.Struct:
		p.convertStruct(g, dst, to, v, from, depth)
	case (to.Kind == model.List || to.Kind == model.Map) && from.Kind == to.Kind:
		i := fmt.Sprintf("i%d", depth+1)
		g.Add(dst.Clone()).Op("=").Nil()
		g.For(jen.Id(i).Op(":=").Range().Add(v.Clone())).BlockFunc(func(g *jen.Group) {
			g.Add(dst.Clone()).Op("=").Qual(valuePkg, "Grow").Call(dst.Clone())
			in, out := v.Clone().Index(jen.Id(i)), dst.Clone().Index(jen.Id(i))
			if to.Kind == model.Map {
				g.Add(dot(out, "Key")).Op("=").Add(dot(in, "Key"))
				in, out = dot(in, "Value"), dot(out, "Value")
			}
			p.convert(g, out, to.Elem, to.ElemNullable, operand(in, from.ElemNullable), from.Elem, depth+1)
		})
	default:
		x := p.exprs.inside(g, func(int) Operand { return Operand{Value: v} })
		op := x.Write(&model.Expr{Op: model.OpCast, Func: "cast", Type: to, Args: []*model.Expr{{Op: model.OpColumn, Type: from}}})
		g.Add(dst.Clone()).Op("=").Add(op.Value.Clone())
	}
}

func (p *projector) convertStruct(g *jen.Group, dst *jen.Statement, to *model.Type, v *jen.Statement, from *model.Type, depth int) {
	have := p.plan.Named(from)
	for i := range p.plan.Named(to).Fields {
		out := &p.plan.Named(to).Fields[i]
		found := false
		for j := range have.Fields {
			if in := &have.Fields[j]; in.Name == out.Name {
				p.convert(g, dot(dst, out.Go), out.Type, out.Opt, operand(dot(v, in.Go), in.Opt), in.Type, depth)
				found = true
			}
		}
		if !found {
			p.null(g, dot(dst, out.Go), out)
		}
	}
}

// operand is a Go value that is an Opt or not.
func operand(v *jen.Statement, opt bool) Operand {
	if opt {
		return Operand{Value: dot(v, "V"), Valid: dot(v, "Valid"), Opt: v}
	}
	return Operand{Value: v}
}

// change fills the change of an apply_changes flow. The key's bytes come straight from the row.
func (p *projector) change(t *emit.Table) {
	p.what = "sequence_by"
	if t.Model.Keyed.Snapshot {
		p.what = "version_by"
	}
	p.sequence(t.Model.Keyed.Sequence, jen.Id("ch").Dot("Seq"), jen.Id("ch").Dot("NullSeq").Op("=").True())
	if p.branch.Delete != nil {
		p.what = "apply_as_deletes"
		cond := p.exprs.WriteCondition(p.branch.Delete)
		p.g.Id("ch").Dot("Delete").Op("=").Add(cond)
	}
	if p.branch.Truncate != nil {
		p.what = "apply_as_truncates"
		cond := p.exprs.WriteCondition(p.branch.Truncate)
		p.g.Id("ch").Dot("Truncate").Op("=").Add(cond)
	}
	p.key(t)
}

// sequence appends the sequence to seq; null is what to do where it is NULL.
func (p *projector) sequence(types []*model.Type, seq *jen.Statement, null jen.Code) {
	if len(types) > 1 {
		for i, e := range p.branch.Sequence {
			p.sequencePart(seq, p.exprs.Write(e), types[i])
		}
		return
	}
	op := p.exprs.Write(p.branch.Sequence[0])
	if op.Valid == nil {
		p.encode(p.g, seq, op.Value, types[0], 0)
		return
	}
	p.g.If(op.Valid.Clone()).BlockFunc(func(g *jen.Group) { p.encode(g, seq, op.Value, types[0], 0) }).
		Else().Block(null)
}

// sequencePart is one of several: NULL sorts first and makes the sequence no less a sequence (R13).
func (p *projector) sequencePart(seq *jen.Statement, op Operand, t *model.Type) {
	if op.Valid == nil {
		p.encodeMarked(p.g, seq, op.Value, t, false, 0)
		return
	}
	p.g.If(op.Valid.Clone()).BlockFunc(func(g *jen.Group) { p.encodeMarked(g, seq, op.Value, t, false, 0) }).
		Else().Block(seq.Clone().Op("=").Qual(valuePkg, "AppendNull").Call(seq.Clone()))
}

func (p *projector) key(t *emit.Table) {
	key := jen.Id("ch").Dot("Key").Op("=").Id(ident(t.Key)).Call(jen.Id("ch").Dot("Key"), jen.Id("r"))
	var check *jen.Statement
	for _, i := range t.Model.Keyed.Keys {
		fd := &t.Row.Fields[i]
		p.keyZero(jen.Id("r").Dot(ident(fd.Go)), fd.Type, fd.Opt)
		if !fd.Opt {
			continue
		}
		null := jen.If(jen.Op("!").Id("r").Dot(ident(fd.Go)).Dot("Valid")).Block(jen.Id("ch").Dot("NullKey").Op("=").Add(lit(fd.Name)))
		if check == nil {
			check = null
		} else {
			check.Else().Add(null)
		}
	}
	if check == nil {
		p.g.Add(key)
		return
	}
	p.g.Add(check.Else().Block(key))
}

// keyZero stores the zeros of a key as one, which they are (R11): else the table would show the sign of whichever event
// was the newest, and Spark shows none. Lists are left as they are, for the record owns them.
func (p *projector) keyZero(v *jen.Statement, t *model.Type, opt bool) {
	if opt {
		v = dot(v, "V")
	}
	switch t.Kind {
	case model.Float32, model.Float64:
		p.g.Add(v.Clone()).Op("=").Qual(valuePkg, "Key"+kindNames[t.Kind]).Call(v.Clone())
	case model.Struct:
		n := p.plan.Named(t)
		for i := range n.Fields {
			fd := &n.Fields[i]
			p.keyZero(dot(v, fd.Go), fd.Type, fd.Opt)
		}
	}
}
