// Package kafka reads topics of Apache Kafka, and of servers that speak its protocol, as streams (package stream): records
// of committed transactions only, each partition from the position that it is told. It keeps no progress.
//
// The client library (franz-go) carries requests and takes record batches apart. What is fetched, from whom, how much of it
// waits in memory, and what is an error is decided here.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/runtime/stream"
)

// Spec is a topic as a pipeline declares it. Texts that connect may hold ${NAME}; they are read when it is opened.
type Spec struct {
	Brokers string // host:port, separated by commas
	Topic   string
	Start   Start
	// OnLostOffsets is what happens where records were removed before they were read: "fail" (or "") is an error,
	// "earliest" a warning, and reading goes on with the first record that is there.
	OnLostOffsets string
	// Timeout is how long a server may be silent before that is an error; 0 is stream.Timeout. A run without an end waits
	// longer once it is open.
	Timeout time.Duration
	SASL    *SASL
	TLS     *TLS
}

// Start is where partitions are read from that were never read. The zero value is the earliest record.
type Start struct {
	At      string          // "earliest", "latest", "timestamp" or "offsets"
	Micros  int64           // "timestamp": since 1970
	Offsets map[int32]int64 // "offsets": partitions that are not listed start at the earliest
}

// SASL is how a client says who it is.
type SASL struct {
	Mechanism          string // "plain", "scram-sha-256" or "scram-sha-512"
	Username, Password string
}

// TLS is an encrypted connection. Paths are PEM files, relative to stream.Options.Dir.
type TLS struct {
	CA, Cert, Key string // "" is the system's authorities, and no client certificate
	ServerName    string // "" is the broker's host
}

// Source makes s a source of a pipeline.
func Source(s Spec) stream.Source { return &source{s} }

type source struct{ spec Spec }

// Open connects and asks for the topic. It fails within the source's timeout where nothing answers, and at once where a
// server refuses the client or does not have the topic.
func (src *source) Open(ctx context.Context, o stream.Options) (stream.Stream, error) {
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	spec, err := resolve(src.spec, o)
	if err != nil {
		return nil, err
	}
	connect, err := connection(spec, o)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(slices.Clip(connect), kgo.RequestRetries(2))...)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", o.Source, err)
	}
	s := newTopic(spec, o, connect, client)
	if err := s.begin(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// resolve reads the connection values of the target.
func resolve(s Spec, o stream.Options) (Spec, error) {
	if s.Timeout == 0 {
		s.Timeout = stream.Timeout
	}
	path := "sources." + o.Source + ".kafka."
	var failed error
	read := func(name, text string) string {
		if text == "" || o.Value == nil {
			return text
		}
		v, err := o.Value(path+name, text)
		failed = errors.Join(failed, err)
		return v
	}
	s.Brokers, s.Topic = read("brokers", s.Brokers), read("topic", s.Topic)
	if s.SASL != nil {
		s.SASL = &SASL{s.SASL.Mechanism, read("sasl.username", s.SASL.Username), read("sasl.password", s.SASL.Password)}
	}
	if s.TLS != nil {
		s.TLS = &TLS{read("tls.ca", s.TLS.CA), read("tls.cert", s.TLS.Cert), read("tls.key", s.TLS.Key), read("tls.server_name", s.TLS.ServerName)}
	}
	if failed == nil && (strings.TrimSpace(s.Brokers) == "" || s.Topic == "") {
		failed = fmt.Errorf("source %s: %sbrokers and %stopic are needed, and one of them is empty", o.Source, path, path)
	}
	return s, failed
}
