package cutover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Topic is the topic of examples/actions.
const Topic = "actions"

// largest is what a message may be: poison has records of 20 MB.
const largest = 32 << 20

// producer is a client that writes each record once, and waits for the broker as long as it takes.
func producer(addr string) (*kgo.Client, error) {
	return kgo.NewClient(kgo.SeedBrokers(addr), kgo.ProducerBatchMaxBytes(largest), kgo.BrokerMaxWriteBytes(4*largest),
		kgo.MaxBufferedRecords(1_000_000), kgo.ProducerLinger(5*time.Millisecond), kgo.RecordDeliveryTimeout(5*time.Minute),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
}

func createTopic(ctx context.Context, client *kgo.Client, partitions int32) error {
	most := strconv.Itoa(largest)
	_, err := kadm.NewClient(client).CreateTopic(ctx, partitions, 1, map[string]*string{"max.message.bytes": &most}, Topic)
	return err
}

// withTopic is NewWorld with the topic, and who writes to it.
func withTopic(ctx context.Context, tools *Tools, dir, addr string, partitions int32) (*World, *kgo.Client, error) {
	w, err := NewWorld(tools, dir, addr)
	if err != nil {
		return nil, nil, err
	}
	client, err := producer(addr)
	if err != nil {
		return nil, nil, err
	}
	if err := createTopic(ctx, client, partitions); err != nil {
		client.Close()
		return nil, nil, err
	}
	return w, client, nil
}

// place is where a message lies.
type place struct {
	partition int32
	offset    int64
}

// readTopic reads the topic from its first record to where it ends now.
func readTopic(ctx context.Context, addr string, visit func(at place, value []byte)) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(Topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxPartitionBytes(largest))
	if err != nil {
		return err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListCommittedOffsets(ctx, Topic)
	if err != nil {
		return err
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if err = errors.Join(err, o.Err); o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	for err == nil && len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			visit(place{r.Partition, r.Offset}, r.Value)
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return err
}

// eventOf reads the number and the day of an event.
func eventOf(value []byte) (n int, day Day, err error) {
	var e struct {
		ID   string `json:"action_id"`
		Date string `json:"event_date"`
	}
	if err := json.Unmarshal(value, &e); err != nil {
		return 0, 0, err
	}
	t, err := time.Parse(time.DateOnly, e.Date)
	if err != nil {
		return 0, 0, err
	}
	if n, err = strconv.Atoi(e.ID); err != nil {
		return 0, 0, fmt.Errorf("action_id: %w", err)
	}
	return n, DayOf(t), nil
}
