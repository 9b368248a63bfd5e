package observe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Server answers GET /metrics and GET /healthz over HTTP/1.1, one request a connection. It is no web server: that of
// net/http would add 4 MB to each pipeline.
type Server struct {
	listener net.Listener
	metrics  *Metrics
	group    sync.WaitGroup
	slots    chan struct{}
}

// Bounds of what a client may ask of a process that has other things to do.
const (
	requestBytes   = 16 << 10
	requestTime    = 5 * time.Second
	requestsAtOnce = 8
)

// Serve begins to answer on an address such as ":9464" or "localhost:0". Where that is taken, or is none, it is an error.
func Serve(address string, m *Metrics) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w; give another address, such as --metrics localhost:9464, or stop what listens there", err)
	}
	s := &Server{listener: l, metrics: m, slots: make(chan struct{}, requestsAtOnce)}
	s.group.Go(s.accept)
	return s, nil
}

// Address is where it answers, with the port that was chosen.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close ends it, and waits for answers that are being given.
func (s *Server) Close() {
	_ = s.listener.Close() // nothing is lost
	s.group.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, say
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.slots <- struct{}{}
		s.group.Go(func() {
			defer func() { <-s.slots }()
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(requestTime))
			s.answer(c)
		})
	}
}

func (s *Server) answer(c io.ReadWriter) {
	method, path, ok := readRequest(bufio.NewReader(io.LimitReader(c, requestBytes)))
	status, kind, body := "400 Bad Request", "text/plain; charset=utf-8", []byte("not a request of HTTP/1\n")
	switch {
	case !ok:
	case method != "GET" && method != "HEAD":
		status, body = "405 Method Not Allowed", []byte("only GET\n")
	case path == "/metrics":
		status, kind, body = "200 OK", "text/plain; version=0.0.4; charset=utf-8", s.metrics.Text()
	case path == "/healthz":
		status, body = "200 OK", []byte("ok\n")
	default:
		status, body = "404 Not Found", []byte("there are /metrics and /healthz\n")
	}
	head := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", status, kind, len(body))
	if method == "HEAD" {
		body = nil
	}
	_, _ = c.Write(append([]byte(head), body...)) // who asked is gone, or will see
}

// readRequest reads a request's first line, and over its headers: closing a connection with something unread would reset it.
func readRequest(r *bufio.Reader) (method, path string, ok bool) {
	line, err := r.ReadString('\n')
	method, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	target, version, _ := strings.Cut(rest, " ")
	if err != nil || !strings.HasPrefix(version, "HTTP/1.") {
		return "", "", false
	}
	for {
		line, err = r.ReadString('\n')
		if err != nil {
			return "", "", false
		}
		if strings.TrimRight(line, "\r\n") == "" {
			path, _, _ = strings.Cut(target, "?")
			return method, path, true
		}
	}
}
