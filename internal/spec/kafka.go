package spec

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seamflow/seamflow/internal/diag"
)

func (b *builder) kafka(m mappingNode, pos diag.Pos) *Kafka {
	k := &Kafka{
		Pos:            pos,
		Brokers:        b.connections(m.get("brokers")),
		Topic:          b.text(m.get("topic")),
		Format:         b.scalar(m.get("format")),
		SchemaRegistry: b.text(m.get("schema_registry")),
		Start:          b.start(m),
		OnLostOffsets:  or(b.scalar(m.get("on_lost_offsets")).Value, "fail"),
		Group:          b.text(m.get("group")),
		CommitOffsets:  boolean(m.get("commit_offsets")),
		TimeoutMicros:  duration(m.get("timeout"), 0),
	}
	if s := m.sub("sasl"); s.n != nil {
		k.SASL = &SASL{Mechanism: b.scalar(s.get("mechanism")), Username: b.text(s.get("username")), Password: b.text(s.get("password"))}
	}
	if t := m.sub("tls"); t.n != nil {
		k.TLS = &TLS{Pos: b.keyPos(m, "tls"), CA: b.text(t.get("ca")), Cert: b.text(t.get("cert")), Key: b.text(t.get("key")), ServerName: b.text(t.get("server_name"))}
	}
	return k
}

// connections reads a text, or a list of texts, which commas join.
func (b *builder) connections(n *yaml.Node) String {
	if n == nil || n.Kind != yaml.SequenceNode {
		return b.text(n)
	}
	joined := String{Pos: b.src.posOf(n)}
	var parts []string
	for _, c := range n.Content {
		if s := b.text(c); s.IsSet() {
			parts = append(parts, s.Value)
		}
	}
	joined.Value = strings.Join(parts, ",")
	return joined
}

func (b *builder) start(m mappingNode) Start {
	s := Start{Pos: b.keyPos(m, "start"), At: or(b.scalar(m.get("start")).Value, "earliest")}
	of := m.sub("start")
	if at := b.scalar(of.get("timestamp")); at.IsSet() {
		s.At = "timestamp"
		s.Micros, _ = parseTimestamp(at.Value)
	}
	of.sub("offsets").each(func(partition *yaml.Node, offset mappingNode) {
		s.At = "offsets"
		p, isPartition := parsePartition(partition.Value)
		if o, isOffset := readOffset(offset.n); isPartition && isOffset {
			s.Offsets = append(s.Offsets, Offset{Partition: p, Offset: o})
		}
	})
	slices.SortFunc(s.Offsets, func(a, b Offset) int { return cmp.Compare(a.Partition, b.Partition) })
	return s
}
