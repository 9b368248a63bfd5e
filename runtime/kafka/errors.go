package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/runtime/stream"
)

// refusal is an answer that asking again does not change.
type refusal struct {
	err error
	way string // out
	// passing: it may be a server that is just going down or coming up.
	passing bool
	// shaky: so may be one that is not, so that it counts when it lasts.
	shaky bool
}

func (r *refusal) Error() string { return r.err.Error() + ": " + r.way }
func (r *refusal) Unwrap() error { return r.err }

// refused sorts out the errors that asking again does not change, and says what to do about them.
func (s *topic) refused(err error) *refusal {
	if err == nil {
		return nil
	}
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r
	}
	spec := "sources." + s.o.Source + ".kafka."
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		notTLS    tls.RecordHeaderError
		firstRead *kgo.ErrFirstReadEOF
	)
	hangsUp := errors.As(err, &firstRead) || errors.Is(err, io.ErrUnexpectedEOF)
	way := ""
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		way = "check " + spec + "sasl: the server refuses this mechanism, user name or password"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		way = "check " + spec + "sasl.mechanism: the server does not offer it"
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		way = "the user needs the right to read and describe topic " + s.spec.Topic
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		way = "the user needs the right to read the consumer group"
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		way = "the user needs more rights on this cluster"
	case errors.Is(err, kerr.InvalidTopicException):
		way = "correct " + spec + "topic"
	case errors.As(err, &authority):
		way = "name the authority that signed the server's certificate in " + spec + "tls.ca"
	case errors.As(err, &host):
		way = "use a name that the server's certificate has in " + spec + "brokers, or give it in " + spec + "tls.server_name"
	case errors.As(err, &notTLS), hangsUp && s.spec.TLS != nil:
		way = "this listener may not speak TLS: leave out " + spec + "tls, or use the port of the listener that does"
	case strings.Contains(err.Error(), "remote error: tls:"):
		way = "the server refuses the connection's TLS: check " + spec + "tls.cert and " + spec + "tls.key"
	case hangsUp:
		way = "the server hangs up at the first request: the listener may expect TLS (" + spec + "tls) or a login (" + spec + "sasl)"
	default:
		return nil
	}
	var answer *kerr.Error
	return &refusal{err, way, !errors.As(err, &answer) || errors.Is(err, kerr.SaslAuthenticationFailed), hangsUp}
}

// ask does what may fail for a while until it succeeds. A refusal is final; silence is so after the timeout while the
// topic is being opened and in runs that end.
func (s *topic) ask(ctx context.Context, what string, do func(context.Context) error) error {
	began, warned, pause := time.Now(), false, 50*time.Millisecond
	for {
		attempt, stop := context.WithTimeout(ctx, min(s.spec.Timeout, 10*time.Second))
		err := do(attempt)
		stop()
		switch r := s.refused(err); {
		case err == nil:
			if warned {
				s.o.Warn(fmt.Sprintf("topic %s: the servers answer again after %s", s.spec.Topic, time.Since(began).Round(time.Second)))
			}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case s.ctx.Err() != nil:
			return errClosed
		case isLost(err):
			return err
		case isLost(s.failure()):
			return s.failure()
		case r != nil && (!r.passing || s.opening() && (!r.shaky || time.Since(began) > time.Second)):
			return &stream.Unavailable{Err: fmt.Errorf("topic %s: %s: %w", s.spec.Topic, what, r)}
		case s.limited() && time.Since(began) > s.spec.Timeout:
			return s.silent(what, err)
		case !warned && time.Since(began) > patience:
			warned = true
			s.o.Warn(fmt.Sprintf("topic %s: %s: no answer for %s, still trying: %v", s.spec.Topic, what, patience, err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return errClosed
		case <-time.After(pause):
			pause = min(2*pause, time.Second)
		}
	}
}

// patience is how long servers may be silent before somebody is told.
const patience = 10 * time.Second

var errClosed = errors.New("the stream was closed")

func (s *topic) silent(what string, err error) error {
	return &stream.Unavailable{Err: fmt.Errorf("topic %s: %s: no answer from %s within %s: %w", s.spec.Topic, what, s.spec.Brokers, s.spec.Timeout, err)}
}

// failure is what has ended reading.
func (s *topic) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func isLost(err error) bool {
	var lost *stream.LostError
	return errors.As(err, &lost)
}
