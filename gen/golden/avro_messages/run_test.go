package avro_messages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seamflow/seamflow/runtime/avsc"
	"github.com/seamflow/seamflow/runtime/delta"
	"github.com/seamflow/seamflow/runtime/delta/column"
	"github.com/seamflow/seamflow/runtime/flow"
	"github.com/seamflow/seamflow/runtime/registry/registrytest"
	"github.com/seamflow/seamflow/runtime/stream"
	"github.com/seamflow/seamflow/runtime/value"
	"github.com/seamflow/seamflow/runtime/vfs"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// orderWriter is what producers of orders write by: Avro's types, other names of types, another order, a field more.
const orderWriter = `{"type":"record","name":"shop.OrderPlaced","fields":[
{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
{"name":"trace","type":["null",{"type":"map","values":"long"}]},
{"name":"id","type":{"type":"string","logicalType":"uuid"}},
{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
{"name":"channel","type":{"type":"enum","name":"shop.Channel","symbols":["web","phone"]}},
{"name":"note","type":["string","null"]},
{"name":"lines","type":{"type":"array","items":{"type":"record","name":"shop.Line","fields":[
{"name":"count","type":"int"},{"name":"sku","type":"string"},{"name":"tags","type":{"type":"map","values":"string"}}]}}}]}`

// encodeOrder writes an order as its producers do; symbol is of their channels.
func encodeOrder(writer *avsc.Schema, o Order, symbol ...int64) []byte {
	b := binary.AppendVarint(nil, int64(o.At)/1000)
	b = append(b, 2, 2)
	b = append(appendText(b, "span"), 14, 0)
	b = appendText(b, o.ID.String())
	b = appendText(b, string(twosComplement(o.Price)))
	b = binary.AppendVarint(b, append(symbol, 0)[0])
	if o.Note.Valid {
		b = appendText(append(b, 0), o.Note.V)
	} else {
		b = append(b, 2)
	}
	line := writer.Fields[6].Type.Elem
	if len(o.Lines) > 0 {
		b = binary.AppendVarint(b, int64(len(o.Lines)))
	}
	for _, l := range o.Lines {
		b = binary.AppendVarint(b, l.Count)
		b = appendText(b, l.SKU)
		b = encode(b, line.Fields[2].Type, reflect.ValueOf(l.Tags.V))
	}
	return append(b, 0)
}

// produce makes a broker with topics of one partition that hold messages, and gives its address.
func produce(t *testing.T, topics map[string][][]byte) string {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, slices.Collect(maps.Keys(topics))...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for topic, messages := range topics {
		for _, m := range messages {
			if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: m}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return strings.Join(cluster.ListenAddrs(), ",")
}

func orders() []Order {
	day := value.Timestamp(1715656326001000)
	return []Order{
		{ID: value.UUID{1}, At: day, Price: value.NewDecimal(0, 1995, 2), Note: value.Some("be quick"),
			Lines: []OrderLine{{SKU: "lamp", Count: 2, Tags: value.Some(value.Map[string]{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}})}, {SKU: "bulb", Count: 3}}},
		{ID: value.UUID{2}, At: day + 1000, Price: value.NewDecimal(-1, ^uint64(4), 2)},
	}
}

// TestRun reads all sources, with messages among them that are none, and replays one whose schema came later.
func TestRun(t *testing.T) {
	server := registrytest.New()
	defer server.Close()
	t.Setenv("REGISTRY", server.URL)
	avro := server.Register("orders-avro-value", registrytest.Schema{Schema: orderWriter})
	jsonID := server.Register("orders-json-value", registrytest.Schema{Schema: `{"type":"object"}`, Type: "JSON"})
	all := server.Register("everything-value", registrytest.Schema{Schema: allAvro})
	later := all + 1

	writer, placed := schemaOf(t, orderWriter), orders()
	one := All{S: "one", E: ColourGreen}
	message := encode(nil, schemaOf(t, allAvro), reflect.ValueOf(one))
	t.Setenv("BROKERS", produce(t, map[string][][]byte{
		"everything":            {message, message[:len(message)-1], message},
		"everything-registered": {registrytest.Frame(all, message), registrytest.Frame(later, message), message},
		"orders-avro": {
			registrytest.Frame(avro, encodeOrder(writer, placed[0])),
			registrytest.Frame(avro, encodeOrder(writer, placed[1], 1)), // a channel that we do not know
			registrytest.Frame(jsonID, []byte(`{}`)),
			registrytest.Frame(avro, encodeOrder(writer, placed[1])),
		},
		"orders-json": {
			registrytest.Frame(jsonID, []byte(`{"id": "03000000-0000-0000-0000-000000000000", "at": "2024-05-14", "price": 7, "channel": "in-store", "lines": []}`)),
			[]byte(`{"id": "03000000-0000-0000-0000-000000000000", "at": "2024-05-14", "price": 7, "lines": []}`),
		},
	}))
	opt := flow.Options{Data: t.TempDir(), AvailableNow: true}
	if err := os.Mkdir(filepath.Join(opt.Data, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := Pipeline()
	if _, err := p.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, table := range []string{"all_rows", "orders"} {
		if err := p.QuarantineList(t.Context(), opt, table, func(r *flow.Rejected) {
			reasons = append(reasons, fmt.Sprintf("%s %d: %s", r.Source, r.Message.Offset, r.Reason))
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(reasons)
	want := []string{
		"everything 1: e_map, at byte 168: expected a number, found the end of the message",
		"everything_registered 1: schema id 4 is not in the registry",
		"everything_registered 2: schema id 0 is not in the registry",
		"orders_avro 1: channel, at byte 59: expected one of in-store, web, found phone",
		"orders_avro 2: schema id 2 is of type JSON, and the source's format is avro",
		"orders_json 1: no Confluent frame: first byte 0x7b, expected 0x00; for plain JSON leave schema_registry out",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("quarantined (-want +got):\n%s", diff)
	}
	placed[0].Channel, placed[1].Channel = OrderChannelWeb, OrderChannelWeb
	want = []string{
		orderText(placed[0]), orderText(placed[1]), "03000000-0000-0000-0000-000000000000 2024-05-14T00:00:00Z 7.00 in-store - 0",
	}
	if diff := cmp.Diff(want, stored(t, opt.Data, "orders", newOrdersRows, func(o *Orders) string {
		return orderText(Order{ID: o.ID, At: o.At, Price: o.Price, Channel: OrderChannel(o.Channel), Note: o.Note, Lines: make([]OrderLine, len(o.Lines))})
	})); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if n := len(stored(t, opt.Data, "all_rows", newAllRowsRows, func(r *AllRows) string { return r.S })); n != 3 {
		t.Errorf("%d rows of every type", n)
	}

	if id := server.Register("everything-value", registrytest.Schema{Schema: strings.Replace(allAvro, `"name":"s"`, `"name":"s","aliases":["later"]`, 1)}); id != later {
		t.Fatal(id)
	}
	t.Setenv("REGISTRY", server.URL+"/") // another client: this one takes an id for missing for a while
	if _, err := p.QuarantineReplay(t.Context(), opt, "registered_flow"); err != nil {
		t.Fatal(err)
	}
	if n := len(stored(t, opt.Data, "all_rows", newAllRowsRows, func(r *AllRows) string { return r.S })); n != 4 {
		t.Errorf("%d rows of every type after the replay", n)
	}
}

// TestNoWayIn: a registry that does not let us in ends the run; nothing is set aside, and the next run reads everything.
func TestNoWayIn(t *testing.T) {
	server := registrytest.New()
	defer server.Close()
	server.Authority = "Bearer token"
	id := server.Register("orders-avro-value", registrytest.Schema{Schema: orderWriter})
	var messages [][]byte
	for _, o := range orders() {
		messages = append(messages, registrytest.Frame(id, encodeOrder(schemaOf(t, orderWriter), o)))
	}
	t.Setenv("BROKERS", produce(t, map[string][][]byte{"everything": nil, "everything-registered": nil, "orders-json": nil, "orders-avro": messages}))
	t.Setenv("REGISTRY", strings.Replace(server.URL, "http://", "http://s3cret@", 1))
	opt := flow.Options{Data: t.TempDir(), AvailableNow: true}
	if err := os.Mkdir(filepath.Join(opt.Data, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := Pipeline()
	_, err := p.Run(t.Context(), opt)
	if !errors.As(err, new(*stream.Unavailable)) || flow.ExitCode(err) != flow.ExitEnvironment || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
	t.Setenv("REGISTRY", strings.Replace(server.URL, "http://", "http://token@", 1))
	if _, err := p.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if n := len(stored(t, opt.Data, "orders", newOrdersRows, func(o *Orders) string { return o.ID.String() })); n != 2 {
		t.Errorf("%d orders", n)
	}
	if err := p.QuarantineList(t.Context(), opt, "orders", func(r *flow.Rejected) { t.Error(r.Reason) }); err != nil {
		t.Error(err)
	}
}

func orderText(o Order) string {
	note := "-"
	if o.Note.Valid {
		note = o.Note.V
	}
	return fmt.Sprintf("%s %s %s %s %s %d", o.ID, o.At, o.Price, o.Channel, note, len(o.Lines))
}

// stored gives a table's rows as texts, sorted.
func stored[T any](t *testing.T, dir, name string, newRows func() column.Rows[T], text func(*T) string) (texts []string) {
	table, err := delta.Open(t.Context(), vfs.OS(), filepath.Join(dir, "tables", name))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range table.Files() {
		paths = append(paths, f.Path)
	}
	rows := newRows()
	var row T
	if err := table.Scan(t.Context(), rows.Leaves(), func(int) bool { return true }, paths, func(string, uint32) {
		rows.Read(&row)
		texts = append(texts, text(&row))
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
	return texts
}
