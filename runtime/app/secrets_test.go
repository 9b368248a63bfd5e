package app

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/kafka"
	"github.com/seamflow/seamflow/runtime/merge"
	"github.com/seamflow/seamflow/runtime/registry"
	"github.com/seamflow/seamflow/runtime/registry/registrytest"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// What the environment holds.
const (
	secretUser     = "user-7f3a"
	secretPassword = "password-91c2"
	secretToken    = "token-d0e8"
)

// secretive is the words pipeline, fed by a topic that asks for a password, in the frame of a registry that asks for a token.
func secretive(mechanism string) flow.Pipeline {
	src := &flow.Source[word]{
		Name: "in", Format: flow.JSON, JSON: decodeWord,
		Stream: kafka.Source(kafka.Spec{
			Brokers: "${SECRET_BROKERS}", Topic: "in", Timeout: time.Second,
			SASL: &kafka.SASL{Mechanism: mechanism, Username: "${SECRET_USER}", Password: "${SECRET_PASSWORD}"},
		}),
		Framing: registry.Frame(registry.Spec{URL: "${SECRET_SCHEME:-http}://${SECRET_TOKEN}@${SECRET_REGISTRY}"}),
	}
	return wordsOf(flow.From(src, func(s *word, _ *flow.Meta, row *word, _ *merge.Change) (bool, error) {
		row.W = s.W
		return true, nil
	}))
}

// secretWorld is a broker and a registry that know the secrets, with a message of each kind.
func secretWorld(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in"), kfake.EnableSASL(),
		kfake.Superuser("PLAIN", secretUser, secretPassword), kfake.Superuser("SCRAM-SHA-512", secretUser, secretPassword))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	schemas := registrytest.New()
	t.Cleanup(schemas.Close)
	schemas.Authority = "Bearer " + secretToken
	id := schemas.Register("in-value", registrytest.Schema{Schema: "{}", Type: "JSON"})
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.SASL(plain.Auth{User: secretUser, Pass: secretPassword}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, value := range [][]byte{registrytest.Frame(id, []byte(`{"w":"a"}`)), registrytest.Frame(99, []byte(`{"w":"b"}`)), []byte("no frame")} {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Value: value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SECRET_BROKERS", cluster.ListenAddrs()[0])
	t.Setenv("SECRET_REGISTRY", strings.TrimPrefix(schemas.URL, "http://"))
	t.Setenv("SECRET_USER", secretUser)
	t.Setenv("SECRET_PASSWORD", secretPassword)
	t.Setenv("SECRET_TOKEN", secretToken)
}

// secrets finds what must not be anywhere. A wrong secret is one too: it may be last week's, or another system's.
var secrets = regexp.MustCompile("user-7f3a|password-91c2|token-d0e8|wrong-5b5b")

// keeps checks what was printed, and all that is in the folder.
func keeps(t *testing.T, dir string, printed ...string) {
	t.Helper()
	for _, text := range printed {
		if at := secrets.FindStringIndex(text); at != nil {
			t.Errorf("printed %q in\n%s", text[at[0]:at[1]], text)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if at := secrets.FindIndex(text); at != nil {
			t.Errorf("%s holds %q: %s", path, text[at[0]:at[1]], text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// everywhere runs the commands that tell how the pipeline stands, and checks them and the folder.
func everywhere(t *testing.T, dir string, p flow.Pipeline, printed ...string) {
	t.Helper()
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"events"}, {"events", "--json"}, {"quarantine", "list", "words"}} {
		_, out, errs := callOf(t, p, dir, args...)
		printed = append(printed, out, errs)
	}
	keeps(t, dir, printed...)
}

func TestRefusedSecretsAreNotTold(t *testing.T) {
	for _, c := range []struct {
		name, variable, value string
		mechanism             string
		says                  string // kfake hangs up on a log-in that it refuses
	}{
		{"password", "SECRET_PASSWORD", "wrong-5b5b", "plain", "topic in"},
		{"password_scram", "SECRET_PASSWORD", "wrong-5b5b", "scram-sha-512", "topic in"},
		{"user", "SECRET_USER", "wrong-5b5b", "scram-sha-512", "topic in"},
		{"no_broker", "SECRET_BROKERS", "127.0.0.1:1", "plain", "127.0.0.1:1"},
		{"token", "SECRET_TOKEN", "wrong-5b5b", "plain", "registry"},
		{"token_that_is_no_address", "SECRET_TOKEN", "wrong-5b5b%zz", "plain", "sources.in.kafka.schema_registry"},
		{"scheme", "SECRET_SCHEME", "ftp", "plain", "sources.in.kafka.schema_registry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			secretWorld(t)
			t.Setenv(c.variable, c.value)
			dir, p := t.TempDir(), secretive(c.mechanism)
			code, out, errs := callOf(t, p, dir, "run", "--available-now", "--json")
			if code != flow.ExitEnvironment || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit %d, expected %d and %q:\n%s%s", code, flow.ExitEnvironment, c.says, out, errs)
			}
			everywhere(t, dir, p, out, errs)
		})
	}
}

// TestSecretsThatAreTakenAreNotKept: a run that goes well, and what it serves meanwhile.
func TestSecretsThatAreTakenAreNotKept(t *testing.T) {
	secretWorld(t)
	dir, p := t.TempDir(), secretive("plain")
	ctx, stop := context.WithCancel(t.Context())
	var out, errs bytes.Buffer
	var mu sync.Mutex
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, p, []string{"run", "--metrics", "localhost:0", "--data", dir}, terminal{in: strings.NewReader(""), out: &out, err: locked{&mu, &errs}})
	}()
	address := regexp.MustCompile(`http://\S+/metrics`)
	page := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && !strings.Contains(page, `kind="appended",table="words"} 1`); time.Sleep(50 * time.Millisecond) {
		mu.Lock()
		url := address.FindString(errs.String())
		mu.Unlock()
		if url != "" {
			page = get(t, url)
		}
	}
	stop()
	if code := <-done; code != flow.ExitFine || !strings.Contains(page, `kind="appended",table="words"} 1`) || !strings.Contains(page, `kind="quarantined",table="words"} 2`) {
		t.Errorf("exit %d\n%s\n%s", code, errs.String(), page)
	}
	everywhere(t, dir, p, page, out.String(), errs.String())
}

// locked is a writer that is read meanwhile.
type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
