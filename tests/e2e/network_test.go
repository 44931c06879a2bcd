package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tests/faults"
)

// remote is a site whose coordinator and executors reach the broker through a network with faults.
type remote struct {
	*site
	network *faults.Proxy
}

func newRemote(t *testing.T, environ ...string) *remote {
	t.Helper()
	t.Parallel()
	network := faults.New(t)
	b, err := broker.Start(broker.Config{Dir: t.TempDir(), Advertised: network.Addr(), Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	network.To(b.Addr())
	r := &remote{site: newSite(t, network.Addr()), network: network}
	r.start(true, append([]string{"CONNECT_SESSION_TIMEOUT_MS=3000", "CONNECT_HEARTBEAT_INTERVAL_MS=300", "MAYFLY_LEASE_TTL_MS=5000"}, environ...)...)
	t.Cleanup(func() { network.Hold(false); network.Refuse(false); network.Slow(0, 0) }) // so that the node ends well
	return r
}

// numbered are lines from n up to before end, of some length.
func numbered(n, end int) (out []string) {
	for ; n < end; n++ {
		out = append(out, fmt.Sprintf("%06d %s", n, strings.Repeat("x", n%97)))
	}
	return out
}

// through has lines go from a file through a topic to a file, while the network does what fault does, and counts them at the
// destination, and in the topic, when it is well again.
func (r *remote) through(rounds, perRound int, fault func(round int)) {
	r.t.Helper()
	in, out := r.file("in"), r.file("out")
	appendTo(r.t, in, strings.Join(numbered(0, perRound), "\n")+"\n")
	r.topic("lines", 2)
	r.create("from", map[string]string{"connector.class": "FileStreamSource", "topic": "lines", "file": in, "batch.size": "50"})
	r.create("to", fileSink("lines", out, "tasks.max", "2"))
	for round := 1; round <= rounds; round++ {
		appendTo(r.t, in, strings.Join(numbered(round*perRound, (round+1)*perRound), "\n")+"\n")
		fault(round)
	}
	want := numbered(0, (rounds+1)*perRound)
	eventually(r.t, "all lines at the destination", func() string {
		if n := len(lines(r.t, out)); n < len(want) {
			return fmt.Sprint(n, " of ", len(want))
		}
		return ""
	})
	r.drained("to", "lines")
	got := lines(r.t, out)
	slices.Sort(got)
	lost, doubled := 0, 0
	for _, w := range want {
		at, found := slices.BinarySearch(got, w)
		if !found {
			lost++
		} else if at+1 < len(got) && got[at+1] == w {
			doubled++
		}
	}
	records, _ := r.records("lines")
	n := 0
	for _, p := range records {
		n += len(p)
	}
	r.t.Logf("%d lines: %d lost, %d doubled at the destination; %d in the topic", len(want), lost, doubled, n)
	if lost != 0 || doubled != 0 || len(got) != len(want) || n != len(want) {
		r.t.Errorf("%d lines at the destination and %d in the topic, want %d", len(got), n, len(want))
	}
	for _, name := range []string{"from", "to"} {
		r.state(name, "RUNNING")
	}
	r.healthy("200 healthy")
}

// healthy waits until GET /health answers so.
func (r *remote) healthy(want string) {
	r.t.Helper()
	eventually(r.t, "health "+want, func() string {
		resp, err := http.Get(r.url + "/health")
		must(r.t, err)
		defer resp.Body.Close()
		var h struct{ Status, Message string }
		must(r.t, json.NewDecoder(resp.Body).Decode(&h))
		if got := fmt.Sprint(resp.StatusCode, " ", h.Status); got != want || h.Message == "" {
			return got
		}
		return ""
	})
}

// TestCutConnections has all connections to the broker cut again and again, at random moments.
func TestCutConnections(t *testing.T) {
	r := newRemote(t)
	rnd, cut := rand.New(rand.NewPCG(7, 7)), 0
	r.through(20, 200, func(int) {
		time.Sleep(time.Duration(rnd.IntN(200)) * time.Millisecond) // the moment of the cut
		cut += r.network.Cut()
	})
	t.Logf("%d connections were cut", cut)
	if cut < 20 {
		t.Error("hardly anything was cut: the scenario shows nothing")
	}
}

// TestSlowBroker has each answer of the broker, and each request to it, take its time, and little of them pass at once: leases end in
// the middle of their commits, which come true when they were given up for failed.
func TestSlowBroker(t *testing.T) {
	r := newRemote(t)
	r.network.Slow(30*time.Millisecond, 200<<10)
	r.through(4, 300, func(round int) {
		r.network.Slow(time.Duration(10*round)*time.Millisecond, 200<<10)
		time.Sleep(200 * time.Millisecond) // it works meanwhile
	})
}

// TestBrokerOutOfReach has the broker refuse connections for a while: the coordinator says that it is not well, and goes on by itself.
func TestBrokerOutOfReach(t *testing.T) {
	r := newRemote(t)
	r.healthy("200 healthy")
	r.through(2, 300, func(int) {
		r.network.Refuse(true)
		r.network.Cut()
		r.healthy("500 unhealthy")
		r.network.Refuse(false)
		r.healthy("200 healthy")
	})
}

// TestSilentNetwork has nothing pass for longer than the coordinator's session lasts, and nobody be told.
func TestSilentNetwork(t *testing.T) {
	r := newRemote(t)
	r.through(2, 300, func(int) {
		time.Sleep(100 * time.Millisecond) // something is under way
		r.network.Hold(true)
		time.Sleep(4 * time.Second)
		r.network.Hold(false)
	})
}

// TestHealthWhileStarting has a coordinator that cannot read its topics yet: it says so, and when it has read them that it is well.
func TestHealthWhileStarting(t *testing.T) {
	t.Parallel()
	network := faults.New(t)
	b, err := broker.Start(broker.Config{Advertised: network.Addr(), Log: logger(t)})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	network.To(b.Addr())
	network.Hold(true)
	w, err := worker.Load("", []string{"CONNECT_LISTENERS=http://127.0.0.1:0", "CONNECT_BOOTSTRAP_SERVERS=" + network.Addr()}, true)
	must(t, err)
	w.UseEmbedded(network.Addr())
	n, err := node.New(node.Config{Worker: w, Plugins: plugins(), Log: logger(t)})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() { cancel(); must(t, <-ended) })
	r := &remote{site: &site{t: t, url: n.URL()}}
	r.healthy("503 starting")
	network.Hold(false)
	r.healthy("200 healthy")
}
