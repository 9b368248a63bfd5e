package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/runtime/stream"
)

const topicName = "orders"

// fake is a kfake cluster with the topic.
func fake(t *testing.T, partitions int, o ...kfake.Opt) broker.At {
	t.Helper()
	c, err := kfake.NewCluster(append(o, kfake.NumBrokers(1), kfake.SeedTopics(int32(partitions), topicName))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return broker.At(c.ListenAddrs()[0])
}

// said collects warnings.
type said struct {
	mu   sync.Mutex
	text []string
}

func (w *said) warn(m string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, m)
}

func (w *said) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.text, "\n")
}

func options(w *said) stream.Options {
	return stream.Options{Pipeline: "p", Flow: "f", Source: "orders", Warn: w.warn}
}

// open opens a source that is closed at the end.
func open(t *testing.T, s Spec, o stream.Options) stream.Stream {
	t.Helper()
	st, err := Source(s).Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

func spec(at broker.At) Spec { return Spec{Brokers: at.Addr(), Topic: topicName} }

func records(partition int32, values ...string) (all []*kgo.Record) {
	for _, v := range values {
		all = append(all, &kgo.Record{Topic: topicName, Partition: partition, Value: []byte(v)})
	}
	return all
}

func numbered(partition int32, from, n int) []*kgo.Record {
	var values []string
	for i := from; i < from+n; i++ {
		values = append(values, fmt.Sprint("r", i))
	}
	return records(partition, values...)
}

func produce(t *testing.T, at broker.At, rs ...*kgo.Record) {
	t.Helper()
	if err := at.Produce(t.Context(), rs...); err != nil {
		t.Fatal(err)
	}
}

// seek begins to read all partitions where the spec says.
func seek(t *testing.T, s stream.Stream) {
	t.Helper()
	ids, err := s.Partitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Begin(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Seek(t.Context(), at); err != nil {
		t.Fatal(err)
	}
}

// reading is what came of the partitions.
type reading struct {
	values map[int32][]string
	at     map[int32]stream.Position
	lost   int64
}

// read polls until every partition is at its bound.
func read(t *testing.T, s stream.Stream, until ...stream.Bounds) *reading {
	t.Helper()
	r := &reading{values: map[int32][]string{}, at: map[int32]stream.Position{}}
	if err := r.on(t, s, until); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *reading) on(t *testing.T, s stream.Stream, until []stream.Bounds) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	for !r.reached(until) {
		batches, err := s.Poll(ctx, 1<<20)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("read up to %v only, wanted %v", r.at, until)
		}
		for _, b := range batches {
			was, known := r.at[b.Partition]
			for _, rec := range b.Records {
				if known && rec.Offset < was.Next || rec.Offset >= b.After.Next {
					return fmt.Errorf("partition %d: offset %d in a batch from %d to %d", b.Partition, rec.Offset, was.Next, b.After.Next)
				}
				r.values[b.Partition] = append(r.values[b.Partition], string(rec.Value))
			}
			r.at[b.Partition] = b.After
			r.lost += b.Lost
		}
	}
	return nil
}

func (r *reading) reached(until []stream.Bounds) bool {
	return !slices.ContainsFunc(until, func(b stream.Bounds) bool { return b.End > b.Earliest && r.at[b.Partition].Next < b.End })
}

func bounds(t *testing.T, s stream.Stream) []stream.Bounds {
	t.Helper()
	ids, err := s.Partitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Bounds(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func values(rs []*kgo.Record) (all []string) {
	for _, r := range rs {
		all = append(all, string(r.Value))
	}
	return all
}

func TestReadsEachPartitionInOrder(t *testing.T) {
	at := fake(t, 3)
	want := map[int32][]string{}
	for p := range int32(3) {
		rs := numbered(p, int(p)*10000, 2000)
		produce(t, at, rs...)
		want[p] = values(rs)
	}
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	got := read(t, s, bounds(t, s)...)
	if diff := cmp.Diff(want, got.values); diff != "" {
		t.Error(diff)
	}
	if id := got.at[1].TopicID; id == "" || id != s.TopicID() {
		t.Errorf("topic id %q in a position, %q of the topic", id, s.TopicID())
	}
}

func TestRecordHasAllParts(t *testing.T) {
	at := fake(t, 1)
	stamp := time.UnixMilli(1_700_000_000_123)
	produce(t, at,
		&kgo.Record{Topic: topicName, Key: []byte("k"), Value: []byte("v"), Timestamp: stamp, Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "b"}}},
		&kgo.Record{Topic: topicName, Timestamp: stamp})
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	batches, err := s.Poll(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want := []stream.Record{
		{Offset: 0, Timestamp: stamp.UnixMicro(), Key: []byte("k"), Value: []byte("v"), Headers: []stream.Header{{Name: "a", Value: []byte("1")}, {Name: "b"}}},
		{Offset: 1, Timestamp: stamp.UnixMicro()},
	}
	if diff := cmp.Diff(want, batches[0].Records); diff != "" {
		t.Error(diff)
	}
}

func TestCodecs(t *testing.T) {
	for name, codec := range map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()} {
		t.Run(name, func(t *testing.T) {
			at := fake(t, 1)
			rs := numbered(0, 0, 500)
			if err := at.ProduceWith(t.Context(), []kgo.Opt{kgo.ProducerBatchCompression(codec)}, rs...); err != nil {
				t.Fatal(err)
			}
			s := open(t, spec(at), options(&said{}))
			seek(t, s)
			if diff := cmp.Diff(values(rs), read(t, s, bounds(t, s)...).values[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Positions pass over aborted records and markers, so that a run that stops at the end gets there.
func TestAbortedRecordsAreNotRead(t *testing.T) {
	at := fake(t, 1)
	abortSome(t, at)
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	end := bounds(t, s)
	got := read(t, s, end...)
	if diff := cmp.Diff([]string{"plain", "in 1", "in 2", "after"}, got.values[0]); diff != "" {
		t.Error(diff)
	}
	if got.at[0].Next != end[0].End {
		t.Errorf("at %d, the end is %d", got.at[0].Next, end[0].End)
	}
}

func abortSome(t *testing.T, at broker.At) {
	t.Helper()
	tx := func(id string, commit bool, values ...string) {
		t.Helper()
		if err := at.Transaction(t.Context(), id, commit, records(0, values...)...); err != nil {
			t.Fatal(err)
		}
	}
	produce(t, at, records(0, "plain")...)
	tx("t", false, "out 1", "out 2")
	tx("t", true, "in 1")
	tx("u", false, "out 3")
	tx("t", true, "in 2")
	produce(t, at, records(0, "after")...)
	tx("t", false, "out 4")
}

func TestStarts(t *testing.T) {
	at := fake(t, 2)
	for i := range 10 {
		produce(t, at, &kgo.Record{Topic: topicName, Value: []byte{byte(i)}, Timestamp: time.UnixMilli(int64(1000 + i))})
	}
	for _, c := range []struct {
		name  string
		start Start
		want  []int64
	}{
		{"zero", Start{}, []int64{0, 0}},
		{"earliest", Start{At: "earliest"}, []int64{0, 0}},
		{"latest", Start{At: "latest"}, []int64{10, 0}},
		{"timestamp", Start{At: "timestamp", Micros: 1_004_000}, []int64{4, 0}},
		{"within_a_millisecond", Start{At: "timestamp", Micros: 1_004_001}, []int64{5, 0}},
		{"after_all", Start{At: "timestamp", Micros: 9_000_000}, []int64{10, 0}},
		{"offsets", Start{At: "offsets", Offsets: map[int32]int64{0: 7}}, []int64{7, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sp := spec(at)
			sp.Start = c.start
			begin, err := open(t, sp, options(&said{})).Begin(t.Context(), []int32{0, 1})
			if err != nil {
				t.Fatal(err)
			}
			if got := []int64{begin[0].Next, begin[1].Next}; !slices.Equal(got, c.want) {
				t.Errorf("begins at %v, want %v", got, c.want)
			}
		})
	}
	sp := spec(at)
	sp.Start = Start{At: "offsets", Offsets: map[int32]int64{0: 11}}
	if _, err := open(t, sp, options(&said{})).Begin(t.Context(), []int32{0}); err == nil || !strings.Contains(err.Error(), "start names offset 11, and the topic holds offsets 0 to 10") {
		t.Errorf("an offset beyond the end: %v", err)
	}
}

func TestNothingStaleAfterSeek(t *testing.T) {
	at := fake(t, 2)
	produce(t, at, numbered(0, 0, 3000)...)
	produce(t, at, numbered(1, 0, 3000)...)
	s := open(t, spec(at), options(&said{}))
	for n := range int64(20) {
		if err := s.Seek(t.Context(), []stream.Position{{Partition: int32(n % 2), Next: n * 100, Epoch: -1}}); err != nil {
			t.Fatal(err)
		}
		batches, err := s.Poll(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if b := batches[0]; b.Partition != int32(n%2) || b.Records[0].Offset != n*100 {
			t.Fatalf("after seeking %d of partition %d: offset %d of partition %d", n*100, n%2, b.Records[0].Offset, b.Partition)
		}
	}
}

func TestPollWithNothingThereWaits(t *testing.T) {
	at := fake(t, 1)
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if batches, err := s.Poll(ctx, 1<<20); len(batches) > 0 || err != nil {
		t.Fatalf("%v, %v", batches, err)
	}
	go func() { _ = at.Produce(context.Background(), records(0, "late")...) }()
	began := time.Now()
	if batches, err := s.Poll(t.Context(), 1<<20); err != nil || string(batches[0].Records[0].Value) != "late" {
		t.Fatalf("%v, %v", batches, err)
	}
	if d := time.Since(began); d > 200*time.Millisecond {
		t.Errorf("a record that came while it waited took %s", d)
	}
}

func TestBufferIsBounded(t *testing.T) {
	at := fake(t, 2)
	big := strings.Repeat("x", 900<<10)
	for range 60 {
		produce(t, at, records(0, big)...)
		produce(t, at, records(1, big)...)
	}
	s := open(t, spec(at), options(&said{})).(*topic)
	seek(t, s)
	held := func() int64 {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.buffered
	}
	within(t, 20*time.Second, "half of what may wait", func() bool { return held() > most/2 })
	time.Sleep(300 * time.Millisecond)
	if got := held(); got > most+mostAsked {
		t.Errorf("%d MiB wait", got>>20)
	}
	if got := read(t, s, bounds(t, s)...); len(got.values[0]) != 60 || len(got.values[1]) != 60 {
		t.Errorf("%d and %d records", len(got.values[0]), len(got.values[1]))
	}
}

func TestNewPartitionsAreNoticed(t *testing.T) {
	at := fake(t, 1)
	s := open(t, spec(at), options(&said{}))
	if err := at.SetPartitions(t.Context(), topicName, 3); err != nil {
		t.Fatal(err)
	}
	within(t, 6*time.Second, "three partitions", func() bool {
		ids, _ := s.Partitions(t.Context())
		return slices.Equal(ids, []int32{0, 1, 2})
	})
}

func within(t *testing.T, d time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > d {
			t.Fatalf("not within %s: %s", d, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

func TestRecordsRemovedBeforeTheyWereRead(t *testing.T) {
	at := fake(t, 1)
	produce(t, at, numbered(0, 0, 10)...)
	if err := at.DeleteRecords(t.Context(), topicName, 0, 4); err != nil {
		t.Fatal(err)
	}
	from := []stream.Position{{Partition: 0, Next: 1, Epoch: -1}}
	err := open(t, spec(at), options(&said{})).Seek(t.Context(), from)
	var lost *stream.LostError
	if !errors.As(err, &lost) || lost.Next != 1 || lost.Earliest != 4 || lost.End != 10 || !strings.Contains(err.Error(), "3 offsets, 1 to 3") {
		t.Errorf("got %v", err)
	}
	var w said
	sp := spec(at)
	sp.OnLostOffsets = "earliest"
	s := open(t, sp, options(&w))
	if err := s.Seek(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	got := read(t, s, bounds(t, s)...)
	if got.lost != 3 || len(got.values[0]) != 6 || !strings.Contains(w.all(), "3 offsets were removed") {
		t.Errorf("lost %d, read %v, said %q", got.lost, got.values[0], w.all())
	}
}

func TestPositionsThatAreNotInTheTopic(t *testing.T) {
	at := fake(t, 1)
	produce(t, at, numbered(0, 0, 10)...)
	s := open(t, spec(at), options(&said{}))
	for name, from := range map[string]stream.Position{
		"made anew": {Next: 3, TopicID: "AAAAAAAAAAAAAAAAAAAAAA", Epoch: -1},
		"not in":    {Next: 11, Epoch: -1},
	} {
		err := s.Seek(t.Context(), []stream.Position{from})
		if err == nil {
			_, err = s.Poll(t.Context(), 1<<20)
		}
		if !isLost(err) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTopicMadeAnewWhileItIsRead(t *testing.T) {
	at := fake(t, 1)
	produce(t, at, numbered(0, 0, 10)...)
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	read(t, s, bounds(t, s)...)
	if err := errors.Join(at.DeleteTopic(t.Context(), topicName), at.CreateTopic(t.Context(), topicName, 1)); err != nil {
		t.Fatal(err)
	}
	produce(t, at, numbered(0, 0, 30)...)
	r := &reading{values: map[int32][]string{}, at: map[int32]stream.Position{}}
	if err := r.on(t, s, []stream.Bounds{{End: 30}}); !isLost(err) || len(r.values) > 0 {
		t.Errorf("%v after %d records", err, len(r.values[0]))
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	at := fake(t, 1)
	missing := spec(at)
	missing.Topic = "nope"
	silent := Spec{Brokers: "127.0.0.1:1", Topic: topicName, Timeout: 300 * time.Millisecond}
	empty := Spec{Topic: topicName}
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"missing": {missing, "create it, or correct sources.orders.kafka.topic"},
		"silent":  {silent, "no answer from 127.0.0.1:1 within 300ms"},
		"empty":   {empty, "sources.orders.kafka.brokers"},
	} {
		began := time.Now()
		_, err := Source(c.spec).Open(t.Context(), options(&said{}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("%s: after %s", name, d)
		}
	}
}

func TestConnectionValuesAreRead(t *testing.T) {
	at := fake(t, 1)
	o := options(&said{})
	o.Value = func(path, text string) (string, error) {
		return map[string]string{"sources.orders.kafka.brokers=${B}": at.Addr(), "sources.orders.kafka.topic=${T}": topicName}[path+"="+text], nil
	}
	if got := open(t, Spec{Brokers: "${B}", Topic: "${T}"}, o).Topic(); got != topicName {
		t.Errorf("topic %q", got)
	}
}

func TestStore(t *testing.T) {
	at := fake(t, 1)
	s := open(t, spec(at), options(&said{}))
	if err := s.Store(t.Context(), "g", []stream.Position{{Next: 7, Epoch: -1}}); err != nil {
		t.Fatal(err)
	}
	if got, err := at.Committed(t.Context(), "g", topicName, 0); got != 7 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// Where everything up to the end was compacted away a server answers with nothing, for ever: the end is reached all the same.
func TestNothingLeftBeforeTheEnd(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topicName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	at := broker.At(c.ListenAddrs()[0])
	produce(t, at, numbered(0, 0, 10)...)
	s := open(t, spec(at), options(&said{}))
	c.ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := r.(*kmsg.FetchRequest)
		resp := req.ResponseKind().(*kmsg.FetchResponse)
		top := kmsg.NewFetchResponseTopic()
		top.Topic, top.TopicID = req.Topics[0].Topic, req.Topics[0].TopicID
		p := kmsg.NewFetchResponseTopicPartition()
		p.HighWatermark, p.LastStableOffset = 10, 10
		top.Partitions = append(top.Partitions, p)
		resp.Topics = append(resp.Topics, top)
		return resp, nil, true
	})
	if err := s.Seek(t.Context(), []stream.Position{{Next: 4, Epoch: -1}}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, stream.Bounds{End: 10}); got.at[0].Next != 10 || len(got.values[0]) > 0 {
		t.Errorf("at %d", got.at[0].Next)
	}
}

// Records whose epoch the leader does not know so far are not in the topic any more.
func TestTruncatedLog(t *testing.T) {
	at := fake(t, 1)
	produce(t, at, numbered(0, 0, 10)...)
	s := open(t, spec(at), options(&said{}))
	seek(t, s)
	from := read(t, s, bounds(t, s)...).at[0]
	if from.Epoch < 0 {
		t.Fatalf("epoch %d", from.Epoch)
	}
	if err := s.Seek(t.Context(), []stream.Position{from}); err != nil {
		t.Fatal(err)
	}
	from.Next = 12
	if err := s.Seek(t.Context(), []stream.Position{from}); !isLost(err) || !strings.Contains(err.Error(), "from offset 10 on are not in the topic") {
		t.Errorf("got %v", err)
	}
}

// Reading copies no record: what it takes beside the library's own memory is used again.
func TestAllocationsPerRecord(t *testing.T) {
	at := fake(t, 1)
	const n = 20000
	produce(t, at, numbered(0, 0, n)...)
	s := open(t, spec(at), options(&said{}))
	got := testing.AllocsPerRun(3, func() {
		if err := s.Seek(t.Context(), []stream.Position{{Epoch: -1}}); err != nil {
			t.Fatal(err)
		}
		for at := int64(0); at < n; {
			batches, err := s.Poll(t.Context(), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			at = batches[len(batches)-1].After.Next
		}
	})
	if got > n/4 {
		t.Errorf("%.0f allocations for %d records, with those of the cluster in this process", got, n)
	}
}

// An answer to what was asked before a Seek is not handed on.
func TestLateAnswerAfterSeek(t *testing.T) {
	at := fake(t, 1)
	s := open(t, spec(at), options(&said{})).(*topic)
	seek(t, s)
	r := &request{turn: s.turn}
	c := s.chunk(s.wanted[0], 5)
	c.next = 5
	seek(t, s)
	if s.handOn(r, c) || len(s.queue) > 0 {
		t.Error("it was handed on")
	}
}
