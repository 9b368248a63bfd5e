package broker

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy passes connections on, and breaks them when it is told to.
type Proxy struct {
	listener net.Listener
	delay    atomic.Int64 // nanoseconds that each piece waits on its way to the client

	mu     sync.Mutex
	target string
	cut    bool
	open   map[*net.TCPConn]bool
}

// NewProxy listens on loopback. Options.Proxy gives it to a broker, Forward sends it anywhere else.
func NewProxy() (*Proxy, error) {
	l, err := net.Listen("tcp", loopback(0))
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, open: map[*net.TCPConn]bool{}}
	go p.accept()
	return p, nil
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Forward says where connections go.
func (p *Proxy) Forward(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = addr
}

// Delay makes each piece of an answer wait.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Cut resets all connections, and those that are made until Heal.
func (p *Proxy) Cut() { p.set(true) }

// Heal lets connections through again.
func (p *Proxy) Heal() { p.set(false) }

// Reset breaks the connections that there are.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reset()
}

func (p *Proxy) set(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut = cut; cut {
		p.reset()
	}
}

func (p *Proxy) reset() {
	for c := range p.open {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

// Close ends the proxy and its connections.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.Cut()
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(c.(*net.TCPConn))
	}
}

func (p *Proxy) serve(client *net.TCPConn) {
	if !p.enter(client) {
		return
	}
	defer p.leave(client)
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	up, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	server := up.(*net.TCPConn)
	if !p.enter(server) {
		return
	}
	defer p.leave(server)
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	p.copySlowly(client, server)
}

func (p *Proxy) copySlowly(to, from net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) enter(c *net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		_ = c.SetLinger(0)
		_ = c.Close()
		return false
	}
	p.open[c] = true
	return true
}

func (p *Proxy) leave(c *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	_ = c.Close()
}
