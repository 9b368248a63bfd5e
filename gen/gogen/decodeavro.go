package gogen

import (
	"strings"

	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/emit"
	"github.com/seamflow/seamflow/internal/model"
)

// decodeAvro writes the decoder of a whole record, and the schema whose fields it numbers.
func (w *writer) decodeAvro(f *jen.File, r *emit.Record) {
	n := r.Struct
	f.Comment("// " + r.AvroSchemaGo + " is the Avro schema that DecodeAvro reads by.")
	f.Const().Id(ident(r.AvroSchemaGo)).Op("=").Add(sumOfLines(r.AvroSchema))
	f.Comment("// DecodeAvro replaces o by the Avro record that r is at.")
	decodes(f, n, "DecodeAvro", avrorPkg).Error().BlockFunc(func(g *jen.Group) {
		w.numbered(g, n)
		g.Return(jen.Id("r").Dot("End").Call())
	})
}

// decodeNestedAvro writes the decoder of a struct inside a record.
func (w *writer) decodeNestedAvro(f *jen.File, n *emit.Named) {
	f.Line()
	decodes(f, n, "decodeAvro", avrorPkg).BlockFunc(func(g *jen.Group) { w.numbered(g, n) })
}

// numbered writes the loop over a record's fields, in the order in which they were written.
func (w *writer) numbered(g *jen.Group, n *emit.Named) {
	g.Id("o").Dot("Reset").Call()
	w.defaults(g, n)
	g.For(jen.Id("r").Dot("Record").Call(), jen.Id("r").Dot("Field").Call(), jen.Empty()).Block(
		jen.Switch(jen.Id("r").Dot("Index").Call()).BlockFunc(func(g *jen.Group) {
			for i := range n.Fields {
				g.Case(jen.Id(ident(n.Fields[i].MemberGo))).BlockFunc(func(g *jen.Group) { w.avroField(g, &n.Fields[i]) })
			}
		}))
}

// avroField reads the value of a field. What change events alone may lack is there.
func (w *writer) avroField(g *jen.Group, fd *emit.Field) {
	dst := jen.Id("o").Dot(ident(fd.Go))
	if !fd.Image {
		w.pulled(g, fromAvro, dst, fd.Type, fd.Opt, 0)
		return
	}
	g.Add(dot(dst, "Valid")).Op("=").True()
	w.pulled(g, fromAvro, dot(dst, "V"), fd.Type, false, 0)
}

// avroFormat is the flow.Source member Binary of a source of Avro messages.
func (w *writer) avroFormat(s *emit.Source) *jen.Statement {
	schema := jen.Id(ident(s.Record.AvroSchemaGo))
	decode := jen.Func().Params(jen.Id("r").Op("*").Qual(avrorPkg, "Reader"), jen.Id("s").Op("*").Id(ident(s.Record.Struct.Go))).
		Error().Block(jen.Return(jen.Id("s").Dot("DecodeAvro").Call(jen.Id("r"))))
	if k := s.Model.Kafka; k.Confluent {
		return jen.Qual(registryPkg, "Avro").Call(w.registry(k), schema, decode)
	}
	return jen.Qual(avrorPkg, "Plain").Call(schema, decode)
}

// framing is the flow.Source member Framing of a source whose messages, other than Avro's, have Confluent's frame.
func (w *writer) framing(k *model.KafkaSource) *jen.Statement {
	return jen.Qual(registryPkg, "Frame").Call(w.registry(k))
}

func (w *writer) registry(k *model.KafkaSource) *jen.Statement {
	return jen.Qual(registryPkg, "Spec").Values(member("URL", lit(k.Registry)))
}

// sumOfLines is a text as a sum of its lines.
func sumOfLines(text string) *jen.Statement {
	s := jen.Null()
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			s.Op("+").Line()
		}
		s.Add(lit(line))
	}
	return s
}
