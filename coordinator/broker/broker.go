package broker

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Config says how to start a broker. The zero value is a broker in memory on
// a free port.
type Config struct {
	// Dir is the data directory; it is created where missing. Empty means that
	// nothing outlives the broker.
	Dir string
	// Host is the address to listen on and to tell clients; 127.0.0.1 if empty.
	Host string
	// Port is the port to listen on; 0 takes a free one.
	Port int
	// Partitions is the number of partitions of a topic that is created because
	// a client writes to it; 1 if zero.
	Partitions int
	// Log gets what the broker has to complain about; nothing is logged if nil.
	Log *slog.Logger
}

// A Broker is one running Kafka broker. Its methods may be called from any
// goroutine.
type Broker struct {
	dir     string
	addr    string
	cluster *kfake.Cluster
	topics  *autoTopics
	watch   *watch
	net     *listener
	lock    *os.File // nil in memory
	once    sync.Once
	closed  error
}

// Start recovers the data directory and starts a broker on it. It fails if
// another process has the directory, if it cannot be written, or if the port
// is taken.
func Start(cfg Config) (*Broker, error) {
	b := &Broker{dir: cfg.Dir, net: newListener(cfg.host())}
	b.watch = newWatch(cfg.Dir, cfg.Log, b.net.closeAll)
	if err := b.openDir(); err != nil {
		return nil, fmt.Errorf("open broker data directory %s: %w", cfg.Dir, err)
	}
	if err := b.listen(cfg); err != nil {
		return nil, errors.Join(err, b.unlock())
	}
	return b, nil
}

func (b *Broker) openDir() (err error) {
	if b.dir == "" {
		return nil
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if b.lock, err = lockDir(b.dir); err != nil {
		return err
	}
	if err := recoverDir(b.dir, time.Now()); err != nil {
		return errors.Join(err, b.unlock())
	}
	return nil
}

func (b *Broker) listen(cfg Config) (err error) {
	// The port is taken first, so that a failure to get it says so, and not
	// that some cluster could not be made.
	if err := b.net.open(cfg.Port); err != nil {
		return fmt.Errorf("start broker on %s (choose another port, or 0 for a free one): %w", b.net.want(cfg.Port), err)
	}
	if b.cluster, err = kfake.NewCluster(options(cfg, b)...); err != nil {
		b.net.closeAll()
		return fmt.Errorf("start broker on %s with data directory %q: %w", b.net.want(cfg.Port), cfg.Dir, err)
	}
	b.addr = b.net.Addr().String()
	if b.topics, err = newAutoTopics(b.cluster, b.addr, cfg.partitions()); err != nil {
		b.cluster.Close()
		b.net.closeAll()
	}
	return err
}

func options(cfg Config, b *Broker) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(b.net.listen),
		kfake.WithLogger(b.watch),
		kfake.ClusterID(newClusterID()), // of a new directory; else it is the stored one
		kfake.DefaultNumPartitions(cfg.partitions()),
		kfake.BrokerConfigs(map[string]string{
			"log.segment.bytes": strconv.Itoa(segmentBytes),
			// Its own cleaning is switched off: it takes records of open
			// transactions into account, deletes old records of compacted topics,
			// and loses a partition if it is killed on the way. See clean.
			"log.cleaner.backoff.ms": strconv.FormatInt((100 * 365 * 24 * time.Hour).Milliseconds(), 10),
			// Groups without members are the normal case here, and what they
			// committed must not go after a quiet week.
			"offsets.retention.minutes": strconv.Itoa(math.MaxInt32),
		}),
	}
	if cfg.Dir != "" {
		opts = append(opts, kfake.DataDir(cfg.Dir))
	}
	return opts
}

// Addr returns the host:port to connect to.
func (b *Broker) Addr() string { return b.addr }

// Failed is closed when the broker had to stop because it could not write its
// data directory. Err says why.
func (b *Broker) Failed() <-chan struct{} { return b.watch.failed }

// Err returns why the broker stopped by itself, or nil.
func (b *Broker) Err() error { return b.watch.err() }

// Close stops the broker and releases its data directory. Transactions that
// are open are aborted by the next start. It returns the error of a broker
// that failed.
func (b *Broker) Close() error {
	b.once.Do(func() {
		b.topics.close()
		b.watch.closing()
		if b.watch.err() == nil {
			b.cluster.Close()
		}
		b.net.closeAll()
		b.closed = errors.Join(b.watch.err(), b.unlock())
	})
	return b.closed
}

func (b *Broker) unlock() error {
	if b.lock == nil {
		return nil
	}
	return b.lock.Close()
}

func (c Config) host() string {
	if c.Host == "" {
		return "127.0.0.1"
	}
	return c.Host
}

func (c Config) partitions() int { return max(c.Partitions, 1) }

// newClusterID makes a cluster id as Kafka does: 16 random bytes.
func newClusterID() string {
	id := make([]byte, 16)
	rand.Read(id)
	return base64.RawURLEncoding.EncodeToString(id)
}
