package kafka_source

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/fixture"
	"github.com/seamflow/seamflow/runtime/fixture/job"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/kafka"
	"github.com/seamflow/seamflow/runtime/registry/registrytest"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/vfs"
)

// given feeds messages of topics, a batch a run, and gives the tables as they stand at the end.
func given(t *testing.T, batches ...[]job.Message) map[string]job.Rows {
	t.Helper()
	j := job.Job{Dir: t.TempDir(), Sources: []string{"action_files"}, Topics: []string{"actions", "framed_actions", "customer_changes", "clicks", "registered_clicks"},
		Tables: []string{"actions", "messages", "clicks", "customers"}}
	for _, b := range batches {
		j.Batches = append(j.Batches, job.Batch{Messages: b})
	}
	j.Batches[0].Files = []job.File{{Source: "action_files", Name: "1.json", Data: []byte(`{"id":"old","event_date":"2024-03-31"}` + "\n" + `{"id":"new","event_date":"2024-04-02"}`)}}
	out, err := fixture.Run(context.Background(), Pipeline, j)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range out.States {
		if s.Error != "" {
			t.Fatal(s.Error)
		}
	}
	return out.States[len(out.States)-1].Tables
}

// lines gives rows as texts of the columns named, sorted.
func lines(t *testing.T, rows job.Rows, names ...string) []string {
	t.Helper()
	var out []string
	for _, row := range rows.Rows {
		var texts []string
		for _, name := range names {
			texts = append(texts, string(row[slices.Index(rows.Columns, name)]))
		}
		out = append(out, strings.Join(texts, " "))
	}
	slices.Sort(out)
	return out
}

func want(t *testing.T, what string, want, got []string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// TestWhatATopicSays reads each metadata column, of messages that have it and of those that do not.
func TestWhatATopicSays(t *testing.T) {
	at := int64(1714000000142000)
	tables := given(t,
		[]job.Message{
			{Source: "actions", Key: []byte("k1"), Value: []byte(`{"id":"a"}`), Timestamp: &at,
				Headers: []job.Header{{Name: "trace", Value: []byte("t1")}, {Name: "b"}, {Name: "trace", Value: []byte("t2")}}},
			{Source: "actions", Key: []byte{}, Value: []byte(`{"id":"filtered"}`)},
			{Source: "actions", Value: []byte(`{"id":`)},
			{Source: "actions"},
		},
		[]job.Message{{Source: "actions", Value: []byte(`{"id":"b"}`), Headers: []job.Header{{Name: "trace"}}}})
	want(t, "messages", []string{
		`"a" "actions" 0 0 "2024-04-24T23:06:40.142000Z" "azE=" {"b":null,"trace":"dDI="} "dDI=" "k1"`,
		`"b" "actions" 0 4 "2024-01-01T00:02:00Z" null {"trace":null} null null`,
	}, lines(t, tables["messages"], "id", "topic", "partition", "offset", "at", "key", "headers", "trace", "key_text"))
	want(t, "quarantine", []string{`"actions" 0 2 "{\"id\":"`, `"actions" 0 3 null`}, lines(t, tables["messages__quarantine"], "topic", "partition", "offset", "raw"))
}

// TestChangesOfATopic: a delete is an event, and the message without a value that follows it is none.
func TestChangesOfATopic(t *testing.T) {
	event := func(op, row string, lsn int) job.Message {
		before, after := "null", row
		if op == "d" {
			before, after = row, "null"
		}
		return job.Message{Source: "customer_changes", Value: []byte(fmt.Sprintf(`{"op":%q,"before":%s,"after":%s,"ts_ms":1,"source":{"lsn":%d}}`, op, before, after, lsn))}
	}
	tables := given(t, []job.Message{event("c", `{"id":1,"name":"Ann"}`, 1), event("c", `{"id":2,"name":"Bo"}`, 2), event("d", `{"id":1}`, 3), {Source: "customer_changes"}},
		[]job.Message{event("u", `{"id":2,"name":"Bob"}`, 4)})
	want(t, "customers", []string{`2 "Bob"`}, lines(t, tables["customers"], "id", "name"))
	if len(tables["customers__quarantine"].Rows) > 0 {
		t.Error(tables["customers__quarantine"])
	}
}

// world is a cluster with the pipeline's topics, and a folder.
type world struct {
	*testing.T
	dir    string
	broker string
	client *kgo.Client
}

func newWorld(t *testing.T) world {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "actions", "framed", "customers", "clicks", "registered"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	w := world{T: t, dir: t.TempDir(), broker: cluster.ListenAddrs()[0]}
	if w.client, err = kgo.NewClient(kgo.SeedBrokers(w.broker), kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	if err := os.MkdirAll(filepath.Join(w.dir, "data"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BROKERS", w.broker)
	return w
}

func (w world) produce(topic string, partition int32, values ...[]byte) {
	w.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: topic, Partition: partition, Value: v, Timestamp: time.Date(2024, 4, 2, 0, 0, 0, 0, time.UTC)}
		if err := w.client.ProduceSync(w.Context(), r).FirstErr(); err != nil {
			w.Fatal(err)
		}
	}
}

// run reads what is there. The broker takes no log-in and does not encrypt, so the sources that ask for that are read from
// it plainly.
func (w world) run() {
	w.Helper()
	plain := func(topic string, start kafka.Start) stream.Source {
		return kafka.Source(kafka.Spec{Brokers: w.broker, Topic: topic, Start: start})
	}
	_, err := Pipeline().Run(w.Context(), flow.Options{Data: w.dir, AvailableNow: true, Memory: 64 << 20, Streams: map[string]stream.Source{
		"actions":           plain("actions", kafka.Start{At: "offsets", Offsets: map[int32]int64{1: 1}}),
		"registered_clicks": plain("registered", kafka.Start{}),
	}})
	if err != nil {
		w.Fatal(err)
	}
}

// ids gives the first column of a table, sorted.
func (w world) ids(table string) (ids []string) {
	w.Helper()
	t, err := delta.Open(w.Context(), vfs.OS(), filepath.Join(w.dir, "tables", table))
	if err != nil {
		w.Fatal(err)
	}
	var paths []string
	for _, f := range t.Files() {
		paths = append(paths, f.Path)
	}
	leaves := column.NewLeaves(t.Schema())
	err = t.Scan(w.Context(), leaves, func(i int) bool { return i == 0 }, paths, func(string, uint32) {
		ids = append(ids, string(leaves.Strings(0).TakeBytes()))
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

func action(id, day string) []byte { return []byte(`{"id":"` + id + `","event_date":"` + day + `"}`) }

// click is a record of Avro: a text and a number.
func click(id string, millis int64) []byte {
	return binary.AppendVarint(append(binary.AppendVarint(nil, int64(len(id))), id...), millis)
}

// TestTopics reads all of the pipeline's topics from a broker: each from where it starts, and then what is new.
func TestTopics(t *testing.T) {
	w := newWorld(t)
	schemas := registrytest.New()
	t.Cleanup(schemas.Close)
	t.Setenv("REGISTRY", schemas.URL)
	t.Setenv("REGISTRY_HOST", strings.TrimPrefix(schemas.URL, "http://"))
	t.Setenv("REGISTRY_USER", "u")
	t.Setenv("GROUP", "lag")
	t.Setenv("REGISTRY_PASSWORD", "p")
	json := schemas.Register("framed-value", registrytest.Schema{Schema: "{}", Type: "JSON"})
	wider := schemas.Register("registered-value", registrytest.Schema{Schema: `{"type":"record","name":"Click","fields":[
		{"name":"extra","type":"int"},{"name":"id","type":"string"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}`})
	w.produce("actions", 0, action("a0", "2024-05-01"), action("a1", "2024-01-01"))
	w.produce("actions", 1, action("before the start", "2024-05-01"), action("b1", "2024-05-01"))
	w.produce("framed", 1, registrytest.Frame(json, action("f", "2024-05-01")), action("no frame", "2024-05-01"), registrytest.Frame(99, action("unknown", "2024-05-01")))
	w.produce("clicks", 0, click("before latest", 1))
	w.produce("registered", 0, registrytest.Frame(wider, append([]byte{10}, click("r", 2)...)))
	w.run()
	want(t, "actions", []string{"a0", "b1", "f"}, w.ids("actions"))
	want(t, "messages", []string{"a0", "a1", "b1"}, w.ids("messages"))
	want(t, "clicks", []string{"r"}, w.ids("clicks"))
	want(t, "quarantine of actions", []string{"actions_framed", "actions_framed"}, w.ids("actions__quarantine"))

	w.produce("actions", 1, action("b2", "2024-05-02"))
	w.produce("clicks", 0, click("c", 3), []byte{200})
	w.run()
	want(t, "actions, again", []string{"a0", "b1", "b2", "f"}, w.ids("actions"))
	want(t, "clicks, again", []string{"c", "r"}, w.ids("clicks"))
	for group, end := range map[string]int64{"lag.actions_live": 3, "lag.messages": 3} {
		offsets, err := kadm.NewClient(w.client).FetchOffsets(t.Context(), group)
		if o, there := offsets.Lookup("actions", 1); err != nil || !there || o.At != end {
			t.Errorf("group %s is told %v, %v", group, o, err)
		}
	}
	want(t, "quarantine of clicks", []string{"clicks"}, w.ids("clicks__quarantine"))
}
