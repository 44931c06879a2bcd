// Command raw reads a whole topic with a bare franz-go consumer and tells what that cost: the limit that the benchmarks
// compare Mayfly with.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"
)

func main() {
	bootstrap := flag.String("bootstrap", "127.0.0.1:9092", "the broker's `address`")
	topic := flag.String("topic", "birdstrikes", "the topic's name")
	flag.Parse()
	begin := time.Now()
	records, size, err := read(context.Background(), *bootstrap, *topic)
	if err == nil {
		err = report(records, size, time.Since(begin))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "raw:", err)
		os.Exit(1)
	}
}

// read consumes topic from its earliest to its present end offsets, and returns how many records and bytes of values it had.
func read(ctx context.Context, bootstrap, topic string) (records, size int, err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		return 0, 0, err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("end offsets of %s: %w", topic, err)
	}
	left := map[int32]int64{}
	from := map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		from[end.Partition] = kgo.NewOffset().AtStart()
		if end.Offset > 0 {
			left[end.Partition] = end.Offset
		}
	})
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return 0, 0, fmt.Errorf("fetch from %s: %w", topic, err)
		}
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, r := range p.Records {
				records++
				size += len(r.Value)
			}
			if n := len(p.Records); n > 0 && p.Records[n-1].Offset >= left[p.Partition]-1 {
				delete(left, p.Partition)
			}
		})
	}
	return records, size, nil
}

func report(records, size int, wall time.Duration) error {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return err
	}
	cpu := time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	fmt.Printf("%d records, %d bytes of values, %.2f s, %.2f CPU-seconds, %.0f records per CPU-second, %d MB at most\n",
		records, size, wall.Seconds(), cpu, float64(records)/cpu, u.Maxrss>>10)
	return nil
}
