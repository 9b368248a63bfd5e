package cutover

import (
	"context"
	"fmt"
	"time"

	"github.com/seamflow/seamflow/internal/broker"
	"github.com/seamflow/seamflow/internal/faults"
)

// Restarts restarts Apache Kafka's broker so many times, in turns with notice and without, while events are written and V2
// reads them.
func Restarts(ctx context.Context, tools *Tools, dir string, b *broker.Broker, times, rate int, y *faults.Tally) error {
	w, client, err := withTopic(ctx, tools, dir, b.Addr(), 4)
	if err != nil {
		return err
	}
	defer w.Close()
	defer client.Close()
	load := &Load{Rate: rate, Dir: w.Files(), Topic: Topic, Client: client, Ledger: &Ledger{}}
	load.Story(0, week12, after, time.Duration(times)*5*time.Second)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	loading, endLoad := context.WithCancel(ctx)
	defer endLoad()
	loaded := make(chan error, 1)
	go func() { loaded <- load.Run(loading) }()
	reading, err := w.Start("v2")
	if err != nil {
		return err
	}
	for i := range times {
		time.Sleep(2 * time.Second)
		if err := b.Restart(ctx, i%2 == 1); err != nil {
			return err
		}
		if !reading.Running() {
			return fmt.Errorf("restart %d: %s ended: %v; it said: %s", i, reading.Version, reading.err, reading.said())
		}
		y.Held()
	}
	time.Sleep(2 * time.Second)
	endLoad()
	if err := <-loaded; err != nil {
		return fmt.Errorf("the load: %w", err)
	}
	if _, err := reading.Drain(time.Minute); err != nil {
		return err
	}
	if last, err := w.Start("v2", "--available-now"); err != nil {
		return err
	} else if err := last.Wait(time.Minute); err != nil {
		return err
	}
	y.Note("%d restarts, %d events at %d a second", times, len(load.Ledger.all()), rate)
	return comparePlaces(ctx, w, load.Ledger, y, fmt.Sprintf("%d restarts", times))
}
