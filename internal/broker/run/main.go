// Command run starts Apache Kafka's broker in the foreground, for walk-throughs, and prints its address (make kafka).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seamflow/seamflow/internal/broker"
)

func main() {
	var o broker.Options
	flag.StringVar(&o.Dir, "dir", ".cache/kafka", "where its data are")
	flag.IntVar(&o.Port, "port", 0, "0: a free one")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "kafka:", err)
		os.Exit(1)
	}
}

func run(o broker.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b, err := broker.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println(b.Addr())
	select {
	case <-ctx.Done():
		return b.Stop()
	case <-b.Exited():
		return errors.New("the broker has ended; its log is in " + o.Dir + "/log")
	}
}
