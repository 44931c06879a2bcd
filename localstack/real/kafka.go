package real

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Kafka returns the bootstrap address of the test process's broker, which it starts at the first call. Topics are created
// on first use, as by default in Apache Kafka, and keep records of any age.
func Kafka(t testing.TB) string {
	t.Helper()
	b, err := kafka()
	if err != nil {
		t.Fatal(err)
	}
	b.logOnFailure(t)
	return b.address
}

type broker struct {
	*part
	address string
}

var kafka = sync.OnceValues(func() (broker, error) {
	port, err := freePort()
	if err != nil {
		return broker{}, err
	}
	address := net.JoinHostPort("127.0.0.1", port)
	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	if err != nil {
		return broker{}, err
	}
	defer client.Close()
	p, err := start("kafka", "kafka", func(ctx context.Context) error {
		brokers, err := kadm.NewClient(client).ListBrokers(ctx)
		if err == nil && len(brokers) == 0 {
			err = errors.New("its metadata has no broker yet")
		}
		return err
	}, port)
	return broker{p, address}, err
})
