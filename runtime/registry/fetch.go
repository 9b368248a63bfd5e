package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/stream"
)

// What a schema may be.
const (
	maxAnswer     = 4 << 20 // bytes
	maxReferences = 200     // other schemas that one uses, in all
)

// schema is what a registry says of an id.
type schema struct {
	kind string
	avro *avsc.Schema // of type AVRO
	err  error        // it is no schema that can be used
}

// answer is a schema as registries send it.
type answer struct {
	Schema     string      `json:"schema"`
	SchemaType string      `json:"schemaType"` // "" is AVRO
	References []reference `json:"references"`
}

// reference is another schema that one uses.
type reference struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// errMissing is what a registry says that it has not.
var errMissing = errors.New("is not in the registry")

// ask fetches a schema with all that it uses.
func (c *client) ask(ctx context.Context, id uint32, warn func(string)) (*schema, error) {
	a, err := c.get(ctx, "/schemas/ids/"+strconv.FormatUint(uint64(id), 10), warn)
	if errors.Is(err, errMissing) {
		return nil, fmt.Errorf("schema id %d %w", id, err)
	}
	if err != nil {
		return nil, err
	}
	s := &schema{kind: a.SchemaType}
	if s.kind == "" {
		s.kind = typeAvro
	}
	if s.kind != typeAvro {
		return s, nil
	}
	p := parts{client: c, warn: warn, names: avsc.Names{}, told: map[reference]bool{}}
	if err := p.fetch(ctx, a.References); err != nil {
		return nil, fmt.Errorf("schema id %d: %w", id, err)
	}
	if s.avro, err = avsc.Parse(a.Schema, p.names); err != nil {
		s.err = fmt.Errorf("schema id %d: %w", id, err)
	}
	return s, nil
}

// parts collects the types that a schema uses.
type parts struct {
	client *client
	warn   func(string)
	names  avsc.Names
	told   map[reference]bool
}

func (p *parts) fetch(ctx context.Context, references []reference) error {
	for _, r := range references {
		if p.told[r] {
			continue
		}
		if len(p.told) == maxReferences {
			return fmt.Errorf("it uses more than %d other schemas", maxReferences)
		}
		p.told[r] = true
		a, err := p.client.get(ctx, "/subjects/"+url.PathEscape(r.Subject)+"/versions/"+strconv.Itoa(r.Version), p.warn)
		if err == nil {
			err = p.fetch(ctx, a.References)
		}
		if err == nil {
			_, err = avsc.Parse(a.Schema, p.names)
		}
		if err != nil {
			return fmt.Errorf("version %d of subject %s, which it uses, %w", r.Version, r.Subject, err)
		}
	}
	return nil
}

// get asks until there is an answer, or patience has run out.
func (c *client) get(ctx context.Context, path string, warn func(string)) (*answer, error) {
	end := time.Now().Add(c.patience)
	for wait := firstPause; ; wait = min(2*wait, longestPause) {
		a, again, err := c.try(ctx, path)
		if err == nil || errors.Is(err, errMissing) {
			return a, err
		}
		err = fmt.Errorf("the schema registry %s: %w", c.base, err)
		if !again || time.Now().Add(wait).After(end) {
			return nil, &stream.Unavailable{Err: err}
		}
		if wait == firstPause && warn != nil {
			warn(err.Error() + "; trying again")
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// try asks once; again says that the same question may be answered later.
func (c *client) try(ctx context.Context, path string) (a *answer, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json")
	if c.authority != "" {
		req.Header.Set("Authorization", c.authority)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, true, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, true, err
	case len(body) > maxAnswer:
		return nil, false, fmt.Errorf("its answer to %s is longer than %d bytes", path, maxAnswer)
	case resp.StatusCode != http.StatusOK:
		return nil, resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500, refusal(resp, path, body)
	}
	a = &answer{}
	if err := json.Unmarshal(body, a); err != nil || a.Schema == "" {
		return nil, false, fmt.Errorf("its answer to %s is no schema: is this a schema registry?", path)
	}
	return a, false, nil
}

// refusal is the error of an answer that is none. A registry that does not have a schema says so in a code of its own;
// what else answers 404 is no registry.
func refusal(resp *http.Response, path string, body []byte) error {
	var told struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &told) // none is told by Code 0
	switch {
	case told.Code/100 == 404: // 40401 to 40403
		return errMissing
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return fmt.Errorf("it answered %s: user and password, or a token, are given as https://user:password@host", resp.Status)
	case resp.StatusCode == http.StatusNotFound:
		return fmt.Errorf("it answered %s to %s: is this a schema registry?", resp.Status, path)
	}
	return fmt.Errorf("it answered %s to %s", resp.Status, path)
}
