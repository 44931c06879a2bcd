// Command parallel measures how much faster one partition is delivered by several executors at once: processes that put objects into a
// storage that takes its time for each, so that they wait more than they compute. Broker and storage emulator are its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/localstack/gcs"
	"github.com/mayfly-connect/mayfly/tests/bench/command"
)

type options struct {
	mayfly, results string
	executors       string
	objects, slice  int
	put             time.Duration
}

// Of an object, and of a record, whose size is what a slice is cut by before anything is learned.
const (
	perObject  = 100
	recordSize = 1024
)

const (
	topic  = "parallel"
	bucket = "parallel"
)

func main() {
	var o options
	flag.StringVar(&o.mayfly, "mayfly", "bin/mayfly", "the mayfly `command`, with the executors beside it")
	flag.StringVar(&o.results, "results", "tests/bench/results", "the `folder` of the result page")
	flag.StringVar(&o.executors, "executors", "1,2,4,8,16,32", "how many `executors` at once, run after run")
	flag.IntVar(&o.objects, "objects", 640, "how many objects of 100 records of 1 KiB")
	flag.IntVar(&o.slice, "slice", 10, "how many objects in a slice")
	flag.DurationVar(&o.put, "put", 100*time.Millisecond, "how long the storage takes for an object")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "parallel:", err)
		os.Exit(1)
	}
}

// site is a broker with the records, and a storage that takes its time.
type site struct {
	options
	broker  *broker.Broker
	storage *httptest.Server
	client  *kgo.Client
	records int64
}

func measure(ctx context.Context, o options) error {
	s, err := newSite(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	var b strings.Builder
	fmt.Fprintf(&b, "# One partition, several executors\n\n%d objects of %d records of %d bytes, of one partition, in slices of %d objects; the storage takes %s for each. `mayfly.order` is none,\n`tasks.max` the number of "+
		"executors, which are processes. From the connector's creation until its group has committed the last object; then the storage is counted: each record once.\n\n", o.objects, perObject, recordSize, o.slice, o.put)
	b.WriteString("| executors | seconds | speed-up | of the ideal |\n| --- | --- | --- | --- |\n")
	var one time.Duration
	for text := range strings.SplitSeq(o.executors, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("-executors: %w", err)
		}
		took, err := s.deliver(ctx, n)
		if err != nil {
			return fmt.Errorf("%d executors: %w", n, err)
		}
		if one == 0 {
			one = took * time.Duration(n)
		}
		speed := one.Seconds() / took.Seconds()
		fmt.Fprintf(&b, "| %d | %.2f | %.2f | %.2f |\n", n, took.Seconds(), speed, speed/float64(n))
	}
	b.WriteString("\n" + command.Provenance("tests/bench/run parallel"))
	return command.Publish(o.results, "parallel", b.String())
}

func newSite(ctx context.Context, o options) (*site, error) {
	s := &site{options: o, records: int64(o.objects * perObject)}
	var err error
	if s.broker, err = broker.Start(broker.Config{}); err != nil {
		return nil, err
	}
	slow := func(r *http.Request) gcs.Fault {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/upload/") {
			return gcs.Fault{Delay: o.put}
		}
		return gcs.Fault{}
	}
	objects, err := gcs.New(gcs.WithBucket(bucket), gcs.WithFault(slow))
	if err != nil {
		return nil, err
	}
	s.storage = httptest.NewServer(objects)
	if s.client, err = kgo.NewClient(kgo.SeedBrokers(s.broker.Addr()), kgo.DefaultProduceTopic(topic)); err != nil {
		return nil, err
	}
	if _, err := kadm.NewClient(s.client).CreateTopic(ctx, 1, 1, nil, topic); err != nil {
		return nil, err
	}
	filler := strings.Repeat("x", recordSize)
	var batch []*kgo.Record
	for i := range s.records {
		batch = append(batch, kgo.StringRecord((strconv.FormatInt(i, 10) + " " + filler)[:recordSize]))
		if len(batch) == 1000 || i == s.records-1 {
			if err := s.client.ProduceSync(ctx, batch...).FirstErr(); err != nil {
				return nil, fmt.Errorf("produce: %w", err)
			}
			batch = nil
		}
	}
	return s, nil
}

func (s *site) close() {
	s.client.Close()
	s.storage.Close()
	_ = s.broker.Close() // its data were in memory
}

// deliver delivers everything with n executors, and counts.
func (s *site) deliver(ctx context.Context, n int) (time.Duration, error) {
	name := "parallel-" + strconv.Itoa(n)
	for key, value := range map[string]string{"MAYFLY_SLICE_BYTES": strconv.Itoa(s.slice * perObject * recordSize), "MAYFLY_EXECUTORS_MAX": strconv.Itoa(n)} {
		if err := os.Setenv(key, value); err != nil {
			return 0, err
		}
	}
	m, err := command.Start(command.Options{Mayfly: s.mayfly, Mode: "coordinator", Bootstrap: s.broker.Addr(), Name: name,
		GCS: strings.TrimPrefix(s.storage.URL, "http://")})
	if err != nil {
		return 0, err
	}
	took, err := s.watch(ctx, m, name, n)
	if err != nil {
		m.Kill()
		return 0, fmt.Errorf("%w (its files are in %s)", err, m.Dir)
	}
	_, err = m.Stop(ctx)
	return took, err
}

func (s *site) watch(ctx context.Context, m *command.Mayfly, name string, n int) (time.Duration, error) {
	if err := m.Ready(ctx); err != nil {
		return 0, err
	}
	begun := time.Now()
	err := m.Create(ctx, fmt.Sprintf(`{"name": %q, "config": {"connector.class": "io.confluent.connect.gcs.GcsSinkConnector", "topics": %q, "tasks.max": "%d",
		"gcs.bucket.name": %q, "topics.dir": %q, "flush.size": "%d", "storage.class": "io.confluent.connect.gcs.storage.GcsStorage",
		"format.class": "io.confluent.connect.gcs.format.bytearray.ByteArrayFormat",
		"value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter"}}`, name, topic, n, bucket, name, perObject))
	if err != nil {
		return 0, err
	}
	admin := kadm.NewClient(s.client)
	for at := int64(-1); at < s.records; {
		select {
		case err := <-m.Ended:
			m.Ended <- err
			return 0, fmt.Errorf("it ended: %w", err)
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if offsets, err := admin.FetchOffsets(ctx, "connect-"+name); err == nil {
			if o, ok := offsets.Lookup(topic, 0); ok {
				at = o.At
			}
		}
	}
	took := time.Since(begun)
	return took, s.count(ctx, name)
}
