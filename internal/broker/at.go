package broker

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// At is the address of a broker (this package's, or one of kfake), with what tests do there.
type At string

// Addr is the address that clients are given: host:port.
func (a At) Addr() string { return string(a) }

// with calls do with a client.
func (a At) with(do func(*kgo.Client) error, o ...kgo.Opt) error {
	c, err := kgo.NewClient(append(o, kgo.SeedBrokers(a.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

func (a At) ping(ctx context.Context) error {
	return a.with(func(c *kgo.Client) error { return c.Ping(ctx) }, kgo.RequestRetries(0))
}

// CreateTopic makes a topic; configs are its settings, name and value in turns.
func (a At) CreateTopic(ctx context.Context, topic string, partitions int, configs ...string) error {
	set := map[string]*string{}
	for i := 0; i+1 < len(configs); i += 2 {
		set[configs[i]] = &configs[i+1]
	}
	return a.with(func(c *kgo.Client) error {
		_, err := kadm.NewClient(c).CreateTopic(ctx, int32(partitions), 1, set, topic)
		return err
	})
}

// DeleteTopic removes a topic.
func (a At) DeleteTopic(ctx context.Context, topic string) error {
	return a.with(func(c *kgo.Client) error {
		_, err := kadm.NewClient(c).DeleteTopic(ctx, topic)
		return err
	})
}

// SetPartitions adds partitions to a topic until it has so many.
func (a At) SetPartitions(ctx context.Context, topic string, partitions int) error {
	return a.with(func(c *kgo.Client) error {
		r, err := kadm.NewClient(c).UpdatePartitions(ctx, partitions, topic)
		if err != nil {
			return err
		}
		return r.Error()
	})
}

// DeleteRecords removes a partition's records before an offset, as retention does.
func (a At) DeleteRecords(ctx context.Context, topic string, partition int32, before int64) error {
	return a.with(func(c *kgo.Client) error {
		var offsets kadm.Offsets
		offsets.AddOffset(topic, partition, before, -1)
		r, err := kadm.NewClient(c).DeleteRecords(ctx, offsets)
		if err != nil {
			return err
		}
		return r.Error()
	})
}

// Produce puts records to the topics and partitions that they name, in order, and waits until they are stored.
func (a At) Produce(ctx context.Context, records ...*kgo.Record) error {
	return a.with(func(c *kgo.Client) error { return c.ProduceSync(ctx, records...).FirstErr() })
}

// ProduceWith is Produce with options of the client: a codec, a size of batches.
func (a At) ProduceWith(ctx context.Context, o []kgo.Opt, records ...*kgo.Record) error {
	return a.with(func(c *kgo.Client) error { return c.ProduceSync(ctx, records...).FirstErr() }, o...)
}

// Transaction puts records in one transaction, which it commits or aborts.
func (a At) Transaction(ctx context.Context, id string, commit bool, records ...*kgo.Record) error {
	return a.with(func(c *kgo.Client) error {
		if err := c.BeginTransaction(); err != nil {
			return err
		}
		if err := c.ProduceSync(ctx, records...).FirstErr(); err != nil {
			return err
		}
		return c.EndTransaction(ctx, kgo.TransactionEndTry(commit))
	}, kgo.TransactionalID(id))
}

// Committed gives a group's offset of a partition; -1 is none.
func (a At) Committed(ctx context.Context, group, topic string, partition int32) (offset int64, err error) {
	err = a.with(func(c *kgo.Client) error {
		all, err := kadm.NewClient(c).FetchOffsets(ctx, group)
		if err != nil {
			return err
		}
		offset = -1
		if o, ok := all.Lookup(topic, partition); ok {
			offset = o.At
		}
		return nil
	})
	return offset, err
}

// setPasswords gives User its password for SCRAM.
func (a At) setPasswords(ctx context.Context) error {
	return a.with(func(c *kgo.Client) error {
		for _, m := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} { // a request may name a user once
			r, err := kadm.NewClient(c).AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{{User: User, Mechanism: m, Iterations: 4096, Password: Password}})
			if err == nil {
				err = r.Error()
			}
			if err != nil {
				return fmt.Errorf("setting the password of %s: %w", User, err)
			}
		}
		return nil
	})
}

// DescribeGroup gives a group's state and its number of members.
func (a At) DescribeGroup(ctx context.Context, group string) (state string, members int, err error) {
	err = a.with(func(c *kgo.Client) error {
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Groups = []string{group}
		r, err := req.RequestWith(ctx, c)
		if err != nil {
			return err
		}
		state, members = r.Groups[0].State, len(r.Groups[0].Members)
		return nil
	})
	return state, members, err
}
