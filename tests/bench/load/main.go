// Command load writes bird strikes to a new topic, lz4, evenly over its partitions, for the benchmarks.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tests/bench/rows"
)

func main() {
	bootstrap := flag.String("bootstrap", "127.0.0.1:9092", "the broker's `address`")
	topic := flag.String("topic", "birdstrikes", "the topic's name; it must not exist")
	format := flag.String("format", "json", "json, avro with schema id 1, or protobuf with schema id 2")
	records := flag.Int("records", 1_000_000, "how many records to write")
	partitions := flag.Int("partitions", 4, "how many partitions the topic gets")
	data := flag.String("data", "tests/data/birdstrikes.csv", "the CSV `file`")
	flag.Parse()
	if err := load(context.Background(), *bootstrap, *topic, *format, *records, *partitions, *data); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func load(ctx context.Context, bootstrap, topic, format string, records, partitions int, data string) error {
	values, err := read(format, data)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		// Full batches of the default size, about 1 MB, as a busy producer writes them.
		kgo.ProducerLinger(100*time.Millisecond),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := create(ctx, client, topic, partitions); err != nil {
		return err
	}

	begin := time.Now()
	size := 0
	var failed atomic.Pointer[error]
	for i := range records {
		value := values[i%len(values)]
		size += len(value)
		client.Produce(ctx, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("produce to %s: %w", topic, *err)
	}
	fmt.Printf("%s: %d records, %d bytes each, in %.1f s\n", topic, records, size/records, time.Since(begin).Seconds())
	return nil
}

func read(format, data string) ([][]byte, error) {
	switch format {
	case "json":
		return rows.JSON(data)
	case "avro":
		return rows.Avro(data)
	case "protobuf":
		return rows.Protobuf(data)
	default:
		return nil, fmt.Errorf("there is no format %q; formats are json, avro and protobuf", format)
	}
}

func create(ctx context.Context, client *kgo.Client, topic string, partitions int) error {
	forever := "-1"
	_, err := kadm.NewClient(client).CreateTopic(ctx, int32(partitions), 1, map[string]*string{"retention.ms": &forever}, topic)
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("topic %s exists already; give another name with -topic", topic)
	}
	return err
}
