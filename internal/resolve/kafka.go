package resolve

import (
	"regexp"
	"strings"

	"github.com/seamflow/seamflow/internal/diag"
	"github.com/seamflow/seamflow/internal/model"
	"github.com/seamflow/seamflow/internal/spec"
)

// topic makes the topic that a source reads, nil where something is missing or wrong.
func (r *resolver) topic(s *spec.Source, record *model.Record) *model.KafkaSource {
	k := s.Kafka
	if !k.Brokers.IsSet() || !k.Topic.IsSet() || !k.Format.IsSet() {
		return nil // the spec's reader has said so
	}
	m := &model.KafkaSource{
		Brokers: k.Brokers.Value, Topic: k.Topic.Value, Format: formatNamed(k.Format),
		Confluent: k.SchemaRegistry.IsSet(), Registry: k.SchemaRegistry.Value,
		Start: model.KafkaStart{At: k.Start.At, Micros: k.Start.Micros}, OnLostOffsets: k.OnLostOffsets,
		Group: k.Group.Value, CommitOffsets: k.CommitOffsets, TimeoutMicros: k.TimeoutMicros,
	}
	for _, o := range k.Start.Offsets {
		m.Start.Offsets = append(m.Start.Offsets, model.KafkaOffset{Partition: o.Partition, Offset: o.Offset})
	}
	if k.SASL != nil {
		m.SASL = &model.KafkaSASL{Mechanism: k.SASL.Mechanism.Value, Username: k.SASL.Username.Value, Password: k.SASL.Password.Value}
	}
	if k.TLS != nil {
		m.TLS = &model.KafkaTLS{CA: k.TLS.CA.Value, Cert: k.TLS.Cert.Value, Key: k.TLS.Key.Value, ServerName: k.TLS.ServerName.Value}
	}
	ok := r.avroKnown(s, m, record)
	ok = r.clientCertificate(s) && ok
	for _, v := range connections(s) {
		ok = r.connection(v.path, v.text) && ok
	}
	if !ok {
		return nil
	}
	if s.Rescue && m.Format == model.Avro {
		r.warn("SF0318", k.Pos, "rescue has no effect on the source "+s.Name.Value+", which reads Avro", "fields that the record does not have are known by the writer's schema only; take the option out")
	}
	return m
}

// avroKnown refuses Avro messages whose schema nothing tells: bytes without it can be read as anything.
func (r *resolver) avroKnown(s *spec.Source, m *model.KafkaSource, record *model.Record) bool {
	if m.Format != model.Avro || m.Confluent || record.Avro != "" {
		return true
	}
	r.report("SF0345", s.Kafka.Format.Pos, "the source "+s.Name.Value+" reads Avro, and nothing says by which schema its messages were written",
		"name the schema_registry that has their schemas, or declare "+record.Name+" by the .avsc file that they are written by", diag.Related{Pos: record.Pos, Message: record.Name + " is declared here"})
	return false
}

// clientCertificate refuses a certificate without its key, and a key without its certificate.
func (r *resolver) clientCertificate(s *spec.Source) bool {
	t := s.Kafka.TLS
	if t == nil || t.Cert.IsSet() == t.Key.IsSet() {
		return true
	}
	there, missing := t.Cert, "key"
	if !there.IsSet() {
		there, missing = t.Key, "cert"
	}
	r.report("SF0006", there.Pos, "the key sources."+s.Name.Value+".kafka.tls."+missing+" is missing", "a client's certificate and its private key go together")
	return false
}

// connectionValue is a connection value that the spec has.
type connectionValue struct {
	path string
	text spec.String
}

// connections are a source's connection values.
func connections(s *spec.Source) (out []connectionValue) {
	add := func(path string, text spec.String) {
		if text.IsSet() {
			out = append(out, connectionValue{"sources." + s.Name.Value + "." + path, text})
		}
	}
	add("files.path", s.Files.Path)
	k := s.Kafka
	if k == nil {
		return out
	}
	add("kafka.brokers", k.Brokers)
	add("kafka.topic", k.Topic)
	add("kafka.schema_registry", k.SchemaRegistry)
	add("kafka.group", k.Group)
	if k.SASL != nil {
		add("kafka.sasl.username", k.SASL.Username)
		add("kafka.sasl.password", k.SASL.Password)
	}
	if k.TLS != nil {
		add("kafka.tls.ca", k.TLS.CA)
		add("kafka.tls.cert", k.TLS.Cert)
		add("kafka.tls.key", k.TLS.Key)
		add("kafka.tls.server_name", k.TLS.ServerName)
	}
	return out
}

// variable is a text that is one ${NAME}: what stands in a spec, as a default does, stands in generated code too.
var variable = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// connection checks the text of a connection value, of the spec or of a target.
func (r *resolver) connection(path string, text spec.String) bool {
	secret := ""
	switch {
	case strings.HasSuffix(path, ".kafka.sasl.password"):
		secret = text.Value
	case strings.HasSuffix(path, ".kafka.schema_registry"):
		if !strings.HasPrefix(text.Value, "http://") && !strings.HasPrefix(text.Value, "https://") && !strings.HasPrefix(text.Value, "${") {
			r.report("SF0008", text.Pos, path+" is a URL that starts with http:// or https://", "write https://host:port")
			return false
		}
		secret = urlPassword(text.Value)
	}
	if secret == "" || variable.MatchString(secret) {
		return true
	}
	r.report("SF0343", text.Pos, path+" holds a password, which would stand in generated code", "write ${NAME}, without a default, and set the variable where the pipeline runs")
	return false
}

// urlPassword is the password in a URL's user:password@host, or the token in its token@host, "" for none. A variable may
// hold any of these characters.
func urlPassword(url string) string {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		return ""
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return ""
	}
	return rest[strings.LastIndexByte(rest[:at], ':')+1 : at] // before a colon may stand a variable's default, after it no password may
}

// topicColumns are what a topic says of each message.
var topicColumns = []model.Column{
	{Name: "_topic", Type: textType, Doc: "the topic"},
	{Name: "_partition", Type: &model.Type{Kind: model.Int32}, Doc: "the partition of the topic"},
	{Name: "_offset", Type: numberType, Doc: "the message's place in the partition"},
	{Name: "_timestamp", Type: &model.Type{Kind: model.Timestamp}, Doc: "when the message was made, or taken by the broker, as the topic is set"},
	{Name: "_key", Type: &model.Type{Kind: model.Bytes}, Nullable: true, Doc: "the message's key"},
	{Name: "_headers", Type: &model.Type{Kind: model.Map, Elem: &model.Type{Kind: model.Bytes}, ElemNullable: true}, Doc: "the message's headers; of those of one name the last"},
}
