// Command consume reads a number of messages of a topic with franz-go and does nothing with them: what reading alone costs.
//
//	consume BROKERS TOPIC MESSAGES
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := consume(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "consume:", err)
		os.Exit(1)
	}
}

func consume(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want BROKERS TOPIC MESSAGES, got %q", args)
	}
	want, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(args[0], ",")...), kgo.ConsumeTopics(args[1]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	defer client.Close()
	bytes := 0
	for n := 0; n < want; {
		fetches := client.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			bytes += len(r.Value)
			n++
		})
	}
	fmt.Println(want, "messages,", bytes, "bytes")
	return nil
}
