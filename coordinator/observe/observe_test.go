package observe_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/observe"
)

// A new round ends the connection of the fetch that the one before had parked; that is no trouble, and nobody hears of it.
func TestRoundsFollowEachOtherQuietly(t *testing.T) {
	t.Parallel()
	b, err := broker.Start(broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopics(t.Context(), 1, 1, nil, "a", "b"); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o := observe.New(cl, slog.New(slog.NewTextHandler(&log, nil)))
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() { o.Run(ctx) })

	ends := map[string]int64{}
	await := func(topic string, end int64) {
		t.Helper()
		late := time.After(10 * time.Second)
		for ends[topic] < end {
			select {
			case seen := <-o.Observations():
				for _, s := range seen {
					ends[s.Stream.Topic] = s.End
				}
			case <-late:
				t.Fatalf("the end of %s is seen at %d, want %d", topic, ends[topic], end)
			}
		}
	}
	for n := range int64(20) {
		topic := []string{"a", "b"}[n%2]
		o.Watch([]string{topic}, nil)
		for i := range int64(2) { // the first may be seen by the look at all ends, the second by the parked fetch alone
			if err := cl.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("x")}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			await(topic, n/2*2+i+1)
		}
	}
	cancel()
	wg.Wait()
	if log.Len() > 0 {
		t.Errorf("it logs:\n%s", &log)
	}
}
