package registry

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/avror"
	"github.com/seamflow/seamflow/runtime/registry/registrytest"
	"github.com/seamflow/seamflow/runtime/stream"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// order is what the decoder of these tests reads.
type order struct {
	id     string
	amount int64
}

const orderSchema = `{"type":"record","name":"shop.Order","fields":[{"name":"id","type":"string"},{"name":"amount","type":"long","default":-1}]}`

func (o *order) decode(r *avror.Reader) error {
	*o = order{amount: -1}
	for r.Record(); r.Field(); {
		switch r.Index() {
		case 0:
			o.id = r.String()
		case 1:
			o.amount = r.Int64()
		}
	}
	return r.End()
}

func options(url string) stream.Options {
	return stream.Options{Source: "orders", Value: func(path, text string) (string, error) {
		if path != "sources.orders.kafka.schema_registry" || text != "${REGISTRY}" {
			return "", errors.New("asked for " + path + " " + text)
		}
		return url, nil
	}}
}

func registryServer(t *testing.T) *registrytest.Server {
	s := registrytest.New()
	t.Cleanup(s.Close)
	return s
}

// patient makes the client of url give up soon.
func patient(t *testing.T, url string, patience time.Duration) {
	c, err := connect(Spec{"${REGISTRY}"}, options(url))
	if err != nil {
		t.Fatal(err)
	}
	c.patience = patience
}

func decoderOf(t *testing.T, url string) stream.Decoder[order] {
	t.Helper()
	d, err := Avro(Spec{"${REGISTRY}"}, orderSchema, func(r *avror.Reader, o *order) error { return o.decode(r) }).Open(t.Context(), options(url))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func text(s string) []byte { return append(binary.AppendVarint(nil, int64(len(s))), s...) }

// Each message is read by the schema that it was written with, and each schema is asked for once.
func TestWritersSchemas(t *testing.T) {
	s := registryServer(t)
	old := s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`})
	now := s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"note","type":"string"},{"name":"amount","type":"int"},{"name":"id","type":"string"}]}`})
	for range 2 { // another decoder of the process asks nothing
		d := decoderOf(t, s.URL)
		for range 3 {
			for _, c := range []struct {
				message []byte
				want    order
			}{
				{registrytest.Frame(old, text("a")), order{"a", -1}},
				{registrytest.Frame(now, append(append(text("a note"), 14), text("b")...)), order{"b", 7}},
			} {
				var got order
				if err := d.Decode(t.Context(), c.message, &got); err != nil || got != c.want {
					t.Fatalf("%v, %v; want %v", got, err, c.want)
				}
			}
		}
	}
	if n := s.Requests.Load(); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// Positions in errors are those of the whole message.
func TestBadMessages(t *testing.T) {
	s := registryServer(t)
	id := s.Register("orders-value", registrytest.Schema{Schema: orderSchema})
	other := s.Register("x", registrytest.Schema{Schema: `{"type":"object"}`, Type: "JSON"})
	broken := s.Register("x", registrytest.Schema{Schema: `{"type":"record"}`})
	missing := s.Register("x", registrytest.Schema{Schema: `"Item"`, References: []registrytest.Reference{{Name: "Item", Subject: "it/em", Version: 3}}})
	d := decoderOf(t, s.URL)
	for want, message := range map[string][]byte{
		"no Confluent frame: the message is empty":                                                                    {},
		"no Confluent frame: first byte 0x7b, expected 0x00; for plain JSON leave schema_registry out":                []byte(`{"id":1}`),
		"no Confluent frame: first byte 0x02, expected 0x00":                                                          {2, 'a'},
		"no Confluent frame: the message is 3 bytes long, expected at least 5":                                        {0, 0, 1},
		"schema id 99 is not in the registry":                                                                         registrytest.Frame(99, nil),
		"schema id 4294967295 is not in the registry":                                                                 registrytest.Frame(-1, nil),
		"schema id 2 is of type JSON, and the source's format is avro":                                                registrytest.Frame(other, nil),
		`schema id 3: the record has no list of "fields"`:                                                             registrytest.Frame(broken, nil),
		"schema id 4: version 3 of subject it/em, which it uses, is not in the registry":                              registrytest.Frame(missing, nil),
		"id, at byte 6: expected a string of valid UTF-8, found the end of the message":                               registrytest.Frame(id, []byte{8, 'a'}),
		"at byte 8: expected nothing after the record, found 1 more bytes: the message was written by another schema": registrytest.Frame(id, append(text("a"), 2, 0)),
	} {
		var o order
		err := d.Decode(t.Context(), message, &o)
		if err == nil || err.Error() != want || errors.As(err, new(*stream.Unavailable)) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// An id that is not there is not asked for again at once, and found when it is registered later.
func TestUnknownForAWhile(t *testing.T) {
	s := registryServer(t)
	d := decoderOf(t, s.URL)
	c, _ := connect(Spec{"${REGISTRY}"}, options(s.URL))
	c.unknownFor = 50 * time.Millisecond
	var o order
	for range 100 {
		if err := d.Decode(t.Context(), registrytest.Frame(1, text("a")), &o); err == nil {
			t.Fatal("decoded")
		}
	}
	if n := s.Requests.Load(); n > 5 {
		t.Errorf("%d requests", n)
	}
	s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`})
	time.Sleep(60 * time.Millisecond)
	if err := d.Decode(t.Context(), registrytest.Frame(1, text("a")), &o); err != nil || o.id != "a" {
		t.Error(o, err)
	}
}

// A schema that was registered a moment ago may not be known everywhere yet.
func TestKnownAMomentLater(t *testing.T) {
	s := registryServer(t)
	d := decoderOf(t, s.URL)
	time.AfterFunc(grace/4, func() {
		s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`})
	})
	var o order
	if err := d.Decode(t.Context(), registrytest.Frame(1, text("a")), &o); err != nil || o.id != "a" {
		t.Error(o, err)
	}
	begin := time.Now()
	for id := range 20 { // others are not waited for
		if err := d.Decode(t.Context(), registrytest.Frame(2+id, text("a")), &o); err == nil {
			t.Error("decoded")
		}
	}
	if took := time.Since(begin); took > 2*grace {
		t.Errorf("20 unknown ids took %v", took)
	}
}

// A schema may use others, which use others.
func TestReferences(t *testing.T) {
	s := registryServer(t)
	s.Register("unit", registrytest.Schema{Schema: `{"type":"enum","name":"shop.Unit","symbols":["kg"]}`})
	unit := registrytest.Reference{Name: "shop.Unit", Subject: "unit", Version: 1}
	s.Register("item/v", registrytest.Schema{Schema: `{"type":"record","name":"shop.Item","fields":[{"name":"u","type":"Unit"}]}`, References: []registrytest.Reference{unit}})
	id := s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"shop.Order","fields":[{"name":"item","type":"Item"},{"name":"u","type":"Unit"},{"name":"id","type":"string"}]}`,
		References: []registrytest.Reference{{Name: "shop.Item", Subject: "item/v", Version: 1}, unit}})
	var o order
	if err := decoderOf(t, s.URL).Decode(t.Context(), registrytest.Frame(id, append([]byte{0, 0}, text("a")...)), &o); err != nil || o.id != "a" {
		t.Error(o, err)
	}
	if n := s.Requests.Load(); n != 3 {
		t.Errorf("%d requests", n)
	}
}

// A registry that is down is waited for, and its fault is no message's.
func TestDown(t *testing.T) {
	s := registryServer(t)
	patient(t, s.URL, 200*time.Millisecond)
	id := s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`})
	s.Down.Store(true)
	d := decoderOf(t, s.URL)
	var o order
	var gone *stream.Unavailable
	if err := d.Decode(t.Context(), registrytest.Frame(id, text("a")), &o); !errors.As(err, &gone) || !strings.Contains(err.Error(), "503") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := d.Decode(ctx, registrytest.Frame(id, text("a")), &o); !errors.As(err, &gone) {
		t.Errorf("%v", err)
	}
	patient(t, s.URL, 10*time.Second)
	time.AfterFunc(50*time.Millisecond, func() { s.Down.Store(false) })
	if err := d.Decode(t.Context(), registrytest.Frame(id, text("a")), &o); err != nil || o.id != "a" {
		t.Error(o, err)
	}
}

// What answers and is no registry, or does not let us in, is the surroundings' fault too, and is not waited for.
func TestNoRegistry(t *testing.T) {
	for want, answer := range map[string]http.HandlerFunc{
		"answered 404 Not Found to /schemas/ids/1: is this a schema registry?": http.NotFound,
		"its answer to /schemas/ids/1 is no schema: is this a schema registry?": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>"))
		},
		"it answered 401 Unauthorized: user and password, or a token, are given as https://user:password@host": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
		},
		"is longer than 4194304 bytes": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, maxAnswer+1))
		},
	} {
		s := httptest.NewServer(answer)
		var o order
		err := decoderOf(t, s.URL).Decode(t.Context(), registrytest.Frame(1, nil), &o)
		if s.Close(); !errors.As(err, new(*stream.Unavailable)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// Who we are is in a header, and in no error.
func TestCredentials(t *testing.T) {
	for userinfo, want := range map[string]string{
		"user:p%40ss": "Basic " + base64.StdEncoding.EncodeToString([]byte("user:p@ss")),
		"tok.en":      "Bearer tok.en",
	} {
		s := registryServer(t)
		s.Authority = want
		id := s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`})
		u := strings.Replace(s.URL, "http://", "http://"+userinfo+"@", 1) + "/"
		var o order
		if err := decoderOf(t, u).Decode(t.Context(), registrytest.Frame(id, text("a")), &o); err != nil {
			t.Error(err)
		}
		s.Close()
		patient(t, u, 0)
		err := decoderOf(t, u).Decode(t.Context(), registrytest.Frame(77, nil), &o)
		name, _, _ := strings.Cut(userinfo, ":")
		if err == nil || strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "ss@") {
			t.Errorf("%v", err)
		}
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, address := range []string{"", "registry:8081", "ftp://x", "http://", "http://u:s3cret@x:y", "http://x?token=s3cret", "http://u:s3cret@[x"} {
		_, err := Frame(Spec{"${REGISTRY}"}).Open(t.Context(), options(address))
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "sources.orders.kafka.schema_registry") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestFramedJSON(t *testing.T) {
	s := registryServer(t)
	id := s.Register("orders-value", registrytest.Schema{Schema: `{"type":"object"}`, Type: "JSON"})
	avro := s.Register("orders-value", registrytest.Schema{Schema: orderSchema})
	f, err := Frame(Spec{"${REGISTRY}"}).Open(t.Context(), options(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := f.Payload(t.Context(), registrytest.Frame(id, []byte(`{"a":1}`))); err != nil || string(got) != `{"a":1}` {
			t.Errorf("%s, %v", got, err)
		}
	}
	for want, message := range map[string][]byte{
		"schema id 2 is of type AVRO, and the source's format is json":                                 registrytest.Frame(avro, nil),
		"no Confluent frame: first byte 0x7b, expected 0x00; for plain JSON leave schema_registry out": []byte(`{}`),
	} {
		if _, err := f.Payload(t.Context(), message); err == nil || err.Error() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// Sources that share a registry ask it one after the other, and each schema once.
func TestManySources(t *testing.T) {
	s := registryServer(t)
	for range 10 {
		s.Register("orders-value", registrytest.Schema{Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`})
	}
	var wg sync.WaitGroup
	for range 8 {
		d := decoderOf(t, s.URL)
		wg.Go(func() {
			for id := range 10 {
				var o order
				if err := d.Decode(t.Context(), registrytest.Frame(id+1, text("a")), &o); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := s.Requests.Load(); n != 10 {
		t.Errorf("%d requests", n)
	}
}

// The test registry takes what producers post.
func TestPost(t *testing.T) {
	s := registryServer(t)
	resp, err := http.Post(s.URL+"/subjects/"+url.PathEscape("a/b")+"/versions", "application/json", strings.NewReader(`{"schema":"\"string\""}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	c, _ := newClient(s.URL)
	if got, err := c.schema(t.Context(), 1, typeAvro, nil); err != nil || got.avro == nil {
		t.Error(got, err)
	}
}
