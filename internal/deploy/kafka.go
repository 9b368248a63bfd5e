package deploy

import (
	"time"

	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/runtime/kafka"
	"github.com/seamflow/seamflow/runtime/stream"
)

// kafkaTopic is the stream that generated code would make of a source.
func kafkaTopic(k *model.KafkaSource) stream.Source {
	spec := kafka.Spec{Brokers: k.Brokers, Topic: k.Topic, OnLostOffsets: k.OnLostOffsets, Timeout: time.Duration(k.TimeoutMicros) * time.Microsecond,
		Start: kafka.Start{At: k.Start.At, Micros: k.Start.Micros}}
	for _, o := range k.Start.Offsets {
		if spec.Start.Offsets == nil {
			spec.Start.Offsets = map[int32]int64{}
		}
		spec.Start.Offsets[o.Partition] = o.Offset
	}
	if k.SASL != nil {
		spec.SASL = &kafka.SASL{Mechanism: k.SASL.Mechanism, Username: k.SASL.Username, Password: k.SASL.Password}
	}
	if k.TLS != nil {
		spec.TLS = &kafka.TLS{CA: k.TLS.CA, Cert: k.TLS.Cert, Key: k.TLS.Key, ServerName: k.TLS.ServerName}
	}
	return kafka.Source(spec)
}
