// Command kafka measures what it costs to bring JSON messages from Apache Kafka into a committed Delta table, beside a
// franz-go consumer that reads the same topic and does nothing, and, with -spark, Spark Structured Streaming into a Delta
// table. All read the same topic, in alternated runs; it prints a Markdown table.
//
//	cd bench && go run ./kafka -messages 1000000 -runs 3
//
// The broker (see `make kafka`) runs on the same machine, beside what is measured. CPU seconds are user and system time of
// the finished process, memory is its peak resident set as the kernel counts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seamflow/seamflow/bench/measure"
	"github.com/seamflow/seamflow/internal/broker"
	"github.com/twmb/franz-go/pkg/kgo"
)

type options struct {
	messages, runs, partitions int
	spark                      bool
}

func main() {
	var o options
	flag.IntVar(&o.messages, "messages", 1_000_000, "messages in all")
	flag.IntVar(&o.partitions, "partitions", 4, "partitions of the topic")
	flag.IntVar(&o.runs, "runs", 3, "runs of each kind")
	flag.BoolVar(&o.spark, "spark", false, "Spark Structured Streaming too (minutes)")
	flag.Parse()
	if err := compare(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "kafka:", err)
		os.Exit(1)
	}
}

const topic = "clicks"

func compare(ctx context.Context, o options) error {
	repo, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "seamflow-kafka-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(repo, dir); err != nil {
		return err
	}
	b, err := broker.Start(ctx, broker.Options{Dir: filepath.Join(dir, "broker")})
	if err != nil {
		return err
	}
	defer b.Stop()
	size, err := produce(ctx, b, o)
	if err != nil {
		return err
	}
	all := contestants(repo, dir, b.Addr(), o)
	if err := measure.Alternate(o.runs, dir, all...); err != nil {
		return err
	}
	report(o, size, all)
	return nil
}

func contestants(repo, dir, addr string, o options) []*measure.Contestant {
	n := strconv.Itoa(o.messages)
	all := []*measure.Contestant{
		{Name: "franz-go, consuming alone", Run: func(string) (measure.Figures, error) {
			return measure.Run(filepath.Join(dir, "consume"), addr, topic, n)
		}},
		{Name: "Seamflow, into a Delta table", Run: func(out string) (measure.Figures, error) {
			f, err := measure.Run("env", "BROKERS="+addr, filepath.Join(dir, "clicks"), "run", "--available-now", "--data", out)
			if err != nil {
				return f, err
			}
			said, err := exec.Command("env", "BROKERS="+addr, filepath.Join(dir, "clicks"), "status", "--json", "--data", out).Output()
			if err == nil && !strings.Contains(string(said), `"rows": `+n) {
				err = fmt.Errorf("not all %s messages are in the table:\n%s", n, said)
			}
			return f, err
		}},
	}
	if o.spark {
		all = append(all, &measure.Contestant{Name: "Spark Structured Streaming, into a Delta table, its start included", Run: func(out string) (measure.Figures, error) {
			return measure.Run(filepath.Join(repo, "bench", "kafka", "spark", "run.sh"), addr, topic, out, n)
		}})
	}
	return all
}

const spec = `pipeline: clicks
go: {package: clicks, out: ./clicks_gen}
schemas: {Click: click.schema.json}
sources:
  clicks: {schema: Click, kafka: {brokers: "${BROKERS}", topic: clicks, format: json}}
tables:
  t: {delta: {path: t}}
flows:
  f: {append_flow: {target: t, source: clicks}}
`

const schema = `{"title": "Click", "type": "object", "required": ["action_id", "event_date", "event_time"], "properties": {
  "action_id": {"type": "string"}, "event_date": {"type": "string", "format": "date"}, "event_time": {"type": "string", "format": "date-time"},
  "customer_id": {"type": "integer"}, "session_id": {"type": "string"}, "action": {"type": "string"}, "page": {"type": "string"}, "referrer": {"type": "string"},
  "device": {"type": "object", "properties": {"kind": {"type": "string"}, "os": {"type": "string"}, "app_version": {"type": "string"}, "agent": {"type": "string"}}},
  "items": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer"}, "price": {"type": "number"}}}},
  "duration_ms": {"type": "integer"}, "store": {"type": "string"}, "banner": {"type": "string"}, "signed_in": {"type": "boolean"}}}
`

func build(repo, dir string) error {
	tool, err := measure.Project(repo, dir, map[string]string{"click.schema.json": schema, "clicks.yaml": spec})
	if err != nil {
		return err
	}
	if err := measure.Command(filepath.Join(repo, "bench"), "go", "build", "-o", filepath.Join(dir, "consume"), "./kafka/consume"); err != nil {
		return err
	}
	return measure.Command(dir, tool, "build", "clicks.yaml", "-o", filepath.Join(dir, "clicks"))
}

// produce fills the topic, and gives the bytes of all values.
func produce(ctx context.Context, b *broker.Broker, o options) (size int64, err error) {
	if err := b.CreateTopic(ctx, topic, o.partitions); err != nil {
		return 0, err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	var failed error
	for n := range o.messages {
		value := click(rng, n)
		size += int64(len(value))
		client.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed = err // callbacks come one at a time
			}
		})
	}
	if err := client.Flush(ctx); err != nil {
		return 0, err
	}
	return size, failed
}

var pages = []string{"home", "search", "product", "basket", "checkout", "coupons", "recipes", "account"}

// click is a message of about 600 bytes.
func click(rng *rand.Rand, n int) []byte {
	page := pages[rng.IntN(len(pages))]
	return fmt.Appendf(nil, `{"action_id":"%016x","event_date":"2024-04-%02d","event_time":"2024-04-%02dT%02d:%02d:%02d.%03dZ","customer_id":%d,"session_id":"%032x","action":"view","page":"/%s/%d",`+
		`"referrer":"https://shop.example.com/%s?campaign=spring-%d","device":{"kind":"phone","os":"android 14","app_version":"24.3.%d","agent":"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36"},`+
		`"items":[{"sku":"%010d","quantity":%d,"price":%d.%02d},{"sku":"%010d","quantity":1,"price":%d.99}],"duration_ms":%d,"store":"%05d","banner":"KROGER","signed_in":%t}`,
		n, 1+n%28, 1+n%28, n/3600%24, n/60%60, n%60, n%1000, rng.IntN(5_000_000), rng.Uint64(), page, rng.IntN(100_000), page, rng.IntN(40), rng.IntN(30),
		rng.IntN(1_000_000_000), 1+rng.IntN(5), rng.IntN(90), rng.IntN(100), rng.IntN(1_000_000_000), rng.IntN(90), rng.IntN(60_000), rng.IntN(3000), n%3 > 0)
}

func report(o options, size int64, all []*measure.Contestant) {
	fmt.Printf("%d messages of %d B in %d partitions, Apache Kafka's broker on the same machine; %d runs each, alternated, minimum\n\n",
		o.messages, size/int64(o.messages), o.partitions, o.runs)
	fmt.Println("| | CPU µs per message | messages/s | peak RSS MiB | rate, of franz-go's |")
	fmt.Println("|---|---:|---:|---:|---:|")
	rate := func(c *measure.Contestant) float64 {
		return float64(o.messages) / c.Least(measure.Figures.WallSeconds)
	}
	for _, c := range all {
		fmt.Printf("| %s | %.2f | %.0f | %.0f | %.2f |\n", c.Name, c.Least(measure.Figures.CPUSeconds)*1e6/float64(o.messages), rate(c),
			c.Least(measure.Figures.PeakMiB), rate(c)/rate(all[0]))
	}
}
