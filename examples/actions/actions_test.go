package actions_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/internal/readers"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	v1 "github.com/seamflow/seamflow/examples/actions/v1/actions"
	v2 "github.com/seamflow/seamflow/examples/actions/v2/actions"
	v3 "github.com/seamflow/seamflow/examples/actions/v3/actions"
)

// shop writes every action to a file and to the topic, as it does while both are read.
type shop struct {
	t      *testing.T
	dir    string
	client *kgo.Client
	files  bool // the batch job goes on
	want   []string
}

func open(t *testing.T) *shop {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "actions"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	t.Setenv("KAFKA_BROKERS", broker.ListenAddrs()[0])
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...), kgo.DefaultProduceTopic("actions"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	s := &shop{t: t, dir: t.TempDir(), client: client, files: true}
	if err := os.MkdirAll(filepath.Join(s.dir, "data", "clickstream"), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// sell has something happen on each of the days.
func (s *shop) sell(days ...string) {
	s.t.Helper()
	var lines strings.Builder
	for _, day := range days {
		id := fmt.Sprintf("%s-%d", day, len(s.want))
		line := fmt.Sprintf(`{"action_id": %q, "event_date": %q, "event_time": "%sT08:00:00Z", "action": "view"}`, id, day, day)
		if err := s.client.ProduceSync(s.t.Context(), &kgo.Record{Value: []byte(line)}).FirstErr(); err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintln(&lines, line)
		s.want = append(s.want, id)
	}
	if !s.files {
		return
	}
	name := filepath.Join(s.dir, "data", "clickstream", fmt.Sprintf("%d.json", len(s.want)))
	if err := os.WriteFile(name, []byte(lines.String()), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// run deploys a version, which reads what is there, and holds the table against what happened.
func (s *shop) run(version flow.Pipeline) {
	s.t.Helper()
	if _, err := version.Run(s.t.Context(), flow.Options{Data: s.dir, AvailableNow: true}); err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, row := range readers.Records(s.t, readers.DeltaRS, filepath.Join(s.dir, "tables", "actions")) {
		got = append(got, row["action_id"].(string))
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(s.want))
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Fatal(diff)
	}
}

// TestFromFilesToKafkaAndBack goes up the versions, back, and up again. What happened is in the table, once.
func TestFromFilesToKafkaAndBack(t *testing.T) {
	s := open(t)
	s.sell("2024-03-18", "2024-03-19")
	s.run(v1.Pipeline())
	s.sell("2024-03-25")
	s.run(v2.Pipeline())
	s.sell("2024-03-26")
	s.run(v1.Pipeline()) // rolled back: nothing of April has happened yet
	s.sell("2024-03-27")
	s.run(v2.Pipeline())
	s.sell("2024-04-01", "2024-03-31", "2024-04-02") // the cutover, and what comes late
	s.run(v2.Pipeline())
	s.files = false
	s.sell("2024-04-08")
	s.run(v2.Pipeline())
	s.sell("2024-04-15")
	s.run(v3.Pipeline())
	s.sell("2024-04-16")
	s.run(v2.Pipeline()) // rolled back: the flow goes on under its earlier name
	s.sell("2024-04-17")
	s.run(v3.Pipeline())
}

// TestOneSchema holds the versions' schemas together: they are the same file at three times.
func TestOneSchema(t *testing.T) {
	want, err := os.ReadFile("v1/schemas/action.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"v2", "v3"} {
		got, err := os.ReadFile(v + "/schemas/action.schema.json")
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: the schema is not that of v1 (%v)", v, err)
		}
	}
}
