package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seamflow/seamflow/runtime/stream"
)

// How long things take and last.
const (
	requestTimeout = 10 * time.Second
	firstPause     = 100 * time.Millisecond // doubled from try to try
	longestPause   = 2 * time.Second
	unknownFor     = 5 * time.Second        // an id that is not there may be registered later
	grace          = 250 * time.Millisecond // before it is asked for once more
	maxUnknown     = 10_000                 // ids that are remembered as not there
)

// client asks one registry, for all sources of a process.
type client struct {
	base       string // without credentials and a slash at the end
	authority  string // the header Authorization, "" for none
	http       *http.Client
	patience   time.Duration // how long a registry that does not answer is waited for
	unknownFor time.Duration

	turn    chan struct{} // holds one value while nobody asks
	waited  time.Time     // when an id was last asked for once more; of who has turn
	mu      sync.Mutex
	known   map[uint32]*schema
	unknown map[uint32]missing
}

// missing is an id that is not in the registry, or that cannot be used, and until when that is taken for true.
type missing struct {
	err   error
	until time.Time
}

var shared = struct {
	sync.Mutex
	clients map[string]*client
}{clients: map[string]*client{}}

// connect gives the client of a registry. It asks nothing yet.
func connect(spec Spec, o stream.Options) (*client, error) {
	path := "sources." + o.Source + ".kafka.schema_registry"
	text, err := o.Value(path, spec.URL)
	if err != nil {
		return nil, err
	}
	shared.Lock()
	defer shared.Unlock()
	if c := shared.clients[text]; c != nil {
		return c, nil
	}
	c, ok := newClient(text)
	if !ok {
		return nil, errors.New(path + " is no address of a schema registry: expected one as http://registry:8081 or https://user:password@registry.example.com")
	}
	shared.clients[text] = c
	return c, nil
}

func newClient(text string) (*client, bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	c := &client{patience: stream.Timeout, unknownFor: unknownFor, turn: make(chan struct{}, 1), known: map[uint32]*schema{}, unknown: map[uint32]missing{}}
	c.turn <- struct{}{}
	if u.User != nil {
		c.authority = authority(u.User)
		u.User = nil
	}
	c.base = strings.TrimRight(u.String(), "/")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // a pipeline asks a few times in its life
	c.http = &http.Client{Transport: transport, Timeout: requestTimeout}
	return c, true
}

func authority(user *url.Userinfo) string {
	password, basic := user.Password()
	if !basic {
		return "Bearer " + user.Username()
	}
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user.Username(), password)
	return r.Header.Get("Authorization")
}

// schema gives the schema of an id, which has to be of type want.
func (c *client) schema(ctx context.Context, id uint32, want string, warn func(string)) (*schema, error) {
	s, err := c.lookUp(ctx, id, warn)
	if err != nil {
		return nil, err
	}
	if s.kind != want {
		return nil, fmt.Errorf("schema id %d is of type %s, and the source's format is %s", id, s.kind, strings.ToLower(want))
	}
	return s, s.err
}

func (c *client) lookUp(ctx context.Context, id uint32, warn func(string)) (*schema, error) {
	if s, err := c.remembered(id); s != nil || err != nil {
		return s, err
	}
	select {
	case <-c.turn:
		defer func() { c.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, &stream.Unavailable{Err: ctx.Err()}
	}
	if s, err := c.remembered(id); s != nil || err != nil { // somebody else asked meanwhile
		return s, err
	}
	s, err := c.ask(ctx, id, warn)
	if errors.Is(err, errMissing) && time.Since(c.waited) > c.unknownFor { // a registry's followers learn of new ids a moment later
		c.waited = time.Now()
		if err := pause(ctx, grace); err != nil {
			return nil, err
		}
		s, err = c.ask(ctx, id, warn)
	}
	if errors.As(err, new(*stream.Unavailable)) {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		if len(c.unknown) >= maxUnknown {
			clear(c.unknown)
		}
		c.unknown[id] = missing{err, time.Now().Add(c.unknownFor)}
		return nil, err
	}
	c.known[id] = s
	return s, nil
}

// pause waits, unless ctx is done before.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return &stream.Unavailable{Err: ctx.Err()}
	case <-time.After(d):
		return nil
	}
}

func (c *client) remembered(id uint32) (*schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.known[id]; s != nil {
		return s, nil
	}
	if m, ok := c.unknown[id]; ok {
		if time.Now().Before(m.until) {
			return nil, m.err
		}
		delete(c.unknown, id)
	}
	return nil, nil
}
