package gogen

import (
	"github.com/seamflow/seamflow/gen/jen"
	"github.com/seamflow/seamflow/internal/model"
)

// topic gives what a source says of where its messages come from, and of what stands around them.
func (w *writer) topic(k *model.KafkaSource) []jen.Code {
	items := []jen.Code{member("Stream", jen.Qual(kafkaPkg, "Source").Call(kafkaSpec(k)))}
	if k.Confluent && k.Format != model.Avro {
		items = append(items, member("Framing", w.framing(k)))
	}
	if k.Group != "" {
		items = append(items, member("Group", lit(k.Group)))
	}
	if k.CommitOffsets {
		items = append(items, member("Store", jen.True()))
	}
	return items
}

// kafkaSpec writes the connection values as the spec has them: what ${NAME} stands for is known when the pipeline runs.
func kafkaSpec(k *model.KafkaSource) *jen.Statement {
	items := []jen.Code{
		member("Brokers", lit(k.Brokers)),
		member("Topic", lit(k.Topic)),
		member("Start", jen.Qual(kafkaPkg, "Start").Values(kafkaStart(k.Start)...)),
		member("OnLostOffsets", lit(k.OnLostOffsets)),
	}
	if k.TimeoutMicros != 0 {
		items = append(items, member("Timeout", duration(k.TimeoutMicros)))
	}
	if s := k.SASL; s != nil {
		items = append(items, member("SASL", jen.Op("&").Qual(kafkaPkg, "SASL").Values(
			member("Mechanism", lit(s.Mechanism)), member("Username", lit(s.Username)), member("Password", lit(s.Password)))))
	}
	if t := k.TLS; t != nil {
		items = append(items, member("TLS", jen.Op("&").Qual(kafkaPkg, "TLS").Values(
			texts("CA", t.CA, "Cert", t.Cert, "Key", t.Key, "ServerName", t.ServerName)...)))
	}
	return jen.Qual(kafkaPkg, "Spec").Add(multi(items...))
}

func kafkaStart(s model.KafkaStart) []jen.Code {
	items := []jen.Code{member("At", lit(s.At))}
	switch {
	case s.At == "timestamp":
		items = append(items, member("Micros", number(s.Micros)))
	case len(s.Offsets) > 0:
		var offsets []jen.Code
		for _, o := range s.Offsets {
			offsets = append(offsets, number(int(o.Partition)).Op(":").Add(number(o.Offset)))
		}
		items = append(items, member("Offsets", jen.Map(jen.Int32()).Int64().Values(offsets...)))
	}
	return items
}

// texts are the members, given by name and text, that are not empty.
func texts(pairs ...string) (items []jen.Code) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			items = append(items, member(pairs[i], lit(pairs[i+1])))
		}
	}
	return items
}
