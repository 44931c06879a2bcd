package e2e_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// freePort returns a port where nobody listens.
func freePort(t *testing.T) (address string, port int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, ln.Close())
	address = ln.Addr().String()
	_, text, err := net.SplitHostPort(address)
	must(t, err)
	port, err = strconv.Atoi(text)
	must(t, err)
	return address, port
}

// Nobody answers at bootstrap.servers: the node says so and ends, and goes well once the broker is there.
func brokerDownAtStart(t *testing.T) {
	t.Parallel()
	address, port := freePort(t)
	s := newSite(t, address)
	w, err := worker.Load("", []string{"CONNECT_LISTENERS=http://127.0.0.1:0", "CONNECT_BOOTSTRAP_SERVERS=" + address,
		"CONNECT_VALUE_CONVERTER_BASIC_AUTH_USER_INFO=user:" + secret}, true)
	must(t, err)
	n, err := node.New(node.Config{Worker: w, Plugins: plugins(), Log: s.log()})
	must(t, err)
	err = n.Run(t.Context())
	if err == nil {
		t.Fatal("it ran without a broker")
	}
	fmt.Fprintln(s.said, err)
	contains(t, err.Error(), address, "bootstrap.servers")

	b, err := broker.Start(broker.Config{Port: port, Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	t.Cleanup(s.noSecret)
	s.start(true)
	s.topic("rows", 1)
	s.send("rows", "a")
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("rows", out)))
	s.filled(out, "a")
}

// The broker goes away under a running node, and comes back: what was there before and what came since is delivered once.
func brokerDownLater(t *testing.T) {
	t.Parallel()
	address, port := freePort(t)
	dir := t.TempDir()
	b, err := broker.Start(broker.Config{Dir: dir, Port: port, Log: logger(t)})
	must(t, err)
	s := newSite(t, address)
	s.start(true)
	s.topic("rows", 1)
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("rows", out)))
	s.send("rows", "a", "b")
	s.filled(out, "a", "b")
	s.committed("sink", "rows", 0, 2)

	must(t, b.Close())
	s.says("broker")
	b, err = broker.Start(broker.Config{Dir: dir, Port: port, Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	t.Cleanup(s.noSecret)
	t.Cleanup(s.stop) // before the broker
	s.renew()
	s.send("rows", "c")
	s.filled(out, "a", "b", "c")
	s.committed("sink", "rows", 0, 3)
	s.filled(out, "a", "b", "c")
	s.state("sink", "RUNNING")
}

// renew connects anew: a client remembers topics that were, and waits long for a broker that was away.
func (s *site) renew() {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(s.t, err)
	s.t.Cleanup(cl.Close)
	s.cl, s.adm = cl, kadm.NewClient(cl)
}

// The disk is full under the embedded broker: it ends and says why. What it had acknowledged is there after a restart with
// room on the disk, and goes on.
func diskFullUnderTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address, port := freePort(t)
	b, err := broker.Start(broker.Config{Dir: dir, Port: port, Log: logger(t)})
	must(t, err)
	s := newSite(t, address)
	s.topic("rows", 1)
	s.topic("more", 1)
	s.send("rows", "a", "b")
	segment := filepath.Join(dir, "partitions", "more-0", "0.dat") // not open before its first record
	must(t, os.MkdirAll(filepath.Dir(segment), 0o755))
	_ = os.Remove(segment)
	must(t, os.Symlink("/dev/full", segment))
	cl, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.RecordRetries(1), kgo.RecordDeliveryTimeout(5*time.Second))
	must(t, err)
	acknowledged := make(chan error, 1)
	go func() {
		acknowledged <- cl.ProduceSync(t.Context(), &kgo.Record{Topic: "more", Value: []byte("lost")}).FirstErr()
	}()
	select {
	case <-b.Failed():
	case <-time.After(patience):
		t.Fatal("the broker goes on")
	}
	contains(t, fmt.Sprint(b.Err()), dir, "no space left")
	_ = b.Close() // it says the same again
	cl.Close()    // a producer would try for ever
	if err := <-acknowledged; err == nil {
		t.Error("what was not written was acknowledged")
	}

	must(t, os.Remove(segment))
	b, err = broker.Start(broker.Config{Dir: dir, Port: port, Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	t.Cleanup(s.noSecret)
	s.start(true)
	s.renew()
	out := s.file("out.txt")
	s.create("sink", planted(fileSink("rows", out)))
	s.send("rows", "c")
	s.filled(out, "a", "b", "c")
	s.committed("sink", "rows", 0, 3)
}
