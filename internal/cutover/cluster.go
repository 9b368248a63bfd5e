package cutover

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seamflow/seamflow/internal/broker"
)

// InProcess is a Cluster that lives in this process and forgets everything when it stops.
func InProcess(context.Context) (addr string, stop func(), err error) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.BrokerConfigs(map[string]string{"message.max.bytes": strconv.Itoa(largest)}))
	if err != nil {
		return "", nil, err
	}
	return c.ListenAddrs()[0], c.Close, nil
}

// StartBroker starts Apache Kafka's own broker, for records as large as poison has them.
func StartBroker(ctx context.Context) (*broker.Broker, error) {
	most := strconv.Itoa(largest)
	return broker.Start(ctx, broker.Options{Properties: map[string]string{
		"message.max.bytes": most, "replica.fetch.max.bytes": most, "socket.request.max.bytes": strconv.Itoa(4 * largest),
	}})
}

// Real gives a Cluster of one broker that runs already: each round has a topic of its own there.
func Real(b *broker.Broker) Cluster {
	return func(ctx context.Context) (addr string, stop func(), err error) {
		return b.Addr(), func() { _ = b.DeleteTopic(context.WithoutCancel(ctx), Topic) }, nil
	}
}
