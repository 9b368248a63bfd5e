package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/seamflow/seamflow/runtime/stream"
)

// connection gives the client's options that are about the connection.
func connection(s Spec, o stream.Options) ([]kgo.Opt, error) {
	var seeds []string
	for _, b := range strings.Split(s.Brokers, ",") {
		if b = strings.TrimSpace(b); b != "" {
			seeds = append(seeds, b)
		}
	}
	all := []kgo.Opt{
		kgo.SeedBrokers(seeds...), kgo.ClientID("seamflow." + o.Pipeline + "." + o.Flow), kgo.SoftwareNameAndVersion("seamflow", "1"),
		kgo.DialTimeout(min(s.Timeout, 5*time.Second)), kgo.RequestTimeoutOverhead(min(s.Timeout, 10*time.Second)),
		kgo.DisableClientMetrics(), kgo.BrokerMaxReadBytes(512 << 20),
	}
	if s.TLS != nil {
		config, err := s.TLS.config(o)
		if err != nil {
			return nil, err
		}
		all = append(all, kgo.DialTLSConfig(config))
	}
	if s.SASL != nil {
		m, err := s.SASL.mechanism(o)
		if err != nil {
			return nil, err
		}
		all = append(all, kgo.SASL(m))
	}
	return all, nil
}

func (s *SASL) mechanism(o stream.Options) (sasl.Mechanism, error) {
	switch strings.ToLower(s.Mechanism) {
	case "plain":
		return plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism(), nil
	case "scram-sha-256":
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha256Mechanism(), nil
	case "scram-sha-512":
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("source %s: sasl mechanism %q: expected plain, scram-sha-256 or scram-sha-512", o.Source, s.Mechanism)
}

func (t *TLS) config(o stream.Options) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	path := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(o.Dir, name)
	}
	if t.CA != "" {
		pem, err := os.ReadFile(path(t.CA))
		if err != nil {
			return nil, fmt.Errorf("source %s: tls.ca: %w", o.Source, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("source %s: tls.ca: %s holds no certificate in PEM form", o.Source, path(t.CA))
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(path(t.Cert), path(t.Key))
		if err != nil {
			return nil, fmt.Errorf("source %s: tls.cert and tls.key: %w", o.Source, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
