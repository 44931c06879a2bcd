package broker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

func portOf(b *broker.Broker) int {
	_, text, _ := net.SplitHostPort(b.Addr())
	port, _ := strconv.Atoi(text)
	return port
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	used, taken := t.TempDir(), t.TempDir()
	b := start(t, used)
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o644))
	other := startChild(t, taken)
	for _, tt := range []struct {
		name string
		cfg  broker.Config
		want []string
	}{
		{"in use here", broker.Config{Dir: used}, []string{used, "in use by this process", strconv.Itoa(os.Getpid())}},
		{"in use there", broker.Config{Dir: taken}, []string{taken, "in use by the process with pid " + strconv.Itoa(other.cmd.Process.Pid)}},
		{"not a directory", broker.Config{Dir: filepath.Join(file, "data")}, []string{file, "not a directory"}},
		{"port taken", broker.Config{Dir: t.TempDir(), Port: portOf(b)}, []string{b.Addr(), "choose another port"}},
		{"not our host", broker.Config{Host: "192.0.2.1"}, []string{"192.0.2.1:0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := broker.Start(tt.cfg)
			if err == nil {
				b.Close()
				t.Fatal("started")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
	t.Run("free again", func(t *testing.T) {
		must(t, other.cmd.Process.Kill())
		other.cmd.Wait()
		must(t, startUntil(t, taken).Close())
	})
}

func TestListensOnLoopback(t *testing.T) {
	t.Parallel()
	if addr := start(t, "").Addr(); !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("listens on %s", addr)
	}
}

func TestInMemory(t *testing.T) {
	t.Parallel()
	addr := start(t, "").Addr()
	produce(t, client(t, addr, kgo.AllowAutoTopicCreation()), record("orders", 0, "k", "v"))
	if n := len(read(t, addr, "orders", 0, kgo.ReadCommitted())); n != 1 {
		t.Errorf("%d records", n)
	}
}

// What cannot be written is not acknowledged, whatever it is.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skipf("needs /dev/full, which %s does not have", runtime.GOOS)
	}
	for _, tt := range []struct {
		name, file string
		write      func(ctx context.Context, cl *kgo.Client) error
	}{
		{"record", "partitions/orders-0/0.dat", func(ctx context.Context, cl *kgo.Client) error {
			return produceInTransaction(ctx, cl, "orders")
		}},
		{"producer id", "pids.log", func(ctx context.Context, cl *kgo.Client) error {
			_, _, err := cl.ProducerID(ctx)
			return err
		}},
		{"offset in a transaction", "groups.log", func(ctx context.Context, cl *kgo.Client) error {
			if err := errors.Join(produceInTransaction(ctx, cl, "orders"), commitOffset(ctx, cl, "w", "g", "orders", 0, 1)); err != nil {
				t.Error(err)
			}
			return cl.EndTransaction(ctx, kgo.TryCommit)
		}},
		{"topic", "topics.json.tmp", func(ctx context.Context, cl *kgo.Client) error {
			return produceInTransaction(ctx, cl, "new")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := startUntil(t, dir)
			createTopic(t, b.Addr(), "orders", 1)
			cl := client(t, b.Addr(), kgo.TransactionalID("w"), kgo.AllowAutoTopicCreation(), kgo.RetryTimeout(time.Second))
			full := filepath.Join(dir, tt.file)
			must(t, os.MkdirAll(filepath.Dir(full), 0o755))
			_ = os.Remove(full) // where it is there, it is not open before its first write
			must(t, os.Symlink("/dev/full", full))
			ended := make(chan error, 1)
			go func() { ended <- tt.write(t.Context(), cl) }()
			select {
			case <-b.Failed(): // the client may hear of it first
			case <-time.After(10 * time.Second):
				t.Fatal("the broker goes on")
			}
			cl.Close() // a producer would try for ever
			if err := <-ended; err == nil {
				t.Error("acknowledged")
			}
			for _, err := range []error{b.Err(), b.Close()} {
				if text := fmt.Sprint(err); !strings.Contains(text, dir) || !strings.Contains(text, "no space left") {
					t.Errorf("the error is %q", text)
				}
			}
		})
	}
}

func produceInTransaction(ctx context.Context, cl *kgo.Client, topic string) error {
	if err := cl.BeginTransaction(); err != nil {
		return err
	}
	return cl.ProduceSync(ctx, record(topic, 0, "k", "v")).FirstErr()
}
