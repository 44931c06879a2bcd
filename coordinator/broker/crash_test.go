package broker_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

var (
	seed   = flag.Uint64("seed", 0, "seed of the crash tests; 0 draws one")
	rounds = flag.Int("rounds", 6, "how often the crash tests kill a broker")
)

// A child is this test binary again, running a broker that the test kills.
const (
	childDir   = "MAYFLY_TEST_BROKER_DIR"
	childPort  = "MAYFLY_TEST_BROKER_PORT"
	childRound = "MAYFLY_TEST_BROKER_ROUND" // the child also writes, and says what was acknowledged
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, runChild(dir))
		os.Exit(1)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// TestKill9 writes in every way that Mayfly does, kills the broker at random
// moments, and compares what was acknowledged with what is there.
func TestKill9(t *testing.T) {
	t.Parallel()
	dir, rng := t.TempDir(), newRand(t)
	var acked ledger
	for round := range *rounds {
		c := startChild(t, dir, childRound+"="+strconv.Itoa(round))
		delay := time.Duration(rng.Int64N(int64(200 * time.Millisecond)))
		timer := time.AfterFunc(0, func() {}) // set when the first line comes
		for c.out.Scan() {
			if !acked.add(c.out.Text()) {
				timer = time.AfterFunc(delay, func() { c.cmd.Process.Kill() })
			}
		}
		timer.Stop()
		c.cmd.Wait()
		b := startUntil(t, dir)
		acked.check(t, b.Addr())
		must(t, b.Close())
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	t.Logf("acknowledged: %d plain, %d transactions, %d offsets", len(acked.plain), len(acked.committed), acked.offsets)
}

// A ledger is what a child said was acknowledged, over all rounds.
type ledger struct {
	plain     []string
	committed []string
	offset    int64
	offsets   int
	newest    map[string]int64
}

// add takes in a line; false stands for the line that says "ready".
func (l *ledger) add(line string) bool {
	kind, value, _ := strings.Cut(line, " ")
	n, _ := strconv.ParseInt(value, 10, 64)
	switch kind {
	case "ready":
		return false
	case "plain":
		l.plain = append(l.plain, value)
	case "committed":
		l.committed = append(l.committed, value)
	case "offset":
		l.offset = n
		l.offsets++
	case "newest":
		if l.newest == nil {
			l.newest = map[string]int64{}
		}
		l.newest[fmt.Sprint(n%10)] = n
	}
	return true
}

func (l *ledger) check(t *testing.T, addr string) {
	t.Helper()
	checkSubset(t, "plain", l.plain, values(read(t, addr, "plain", 0, kgo.ReadCommitted())))

	left := values(read(t, addr, "tx", 0, kgo.ReadCommitted()))
	right := values(read(t, addr, "tx", 1, kgo.ReadCommitted()))
	checkSubset(t, "committed", l.committed, left)
	if !slices.Equal(left, right) {
		t.Errorf("a transaction is in one partition alone:\n%v\n%v", tail(left), tail(right))
	}
	for _, v := range left {
		if n, _ := strconv.Atoi(v); n%3 == 0 {
			t.Errorf("record %s of an aborted transaction is visible", v)
		}
	}
	// A commit that got no answer may have lost its offset, none else.
	if n := len(l.committed); n > 0 {
		want, _ := strconv.ParseInt(l.committed[n-1], 10, 64)
		if got := groupOffset(t, addr, "in-transaction", "tx", 0); got < want {
			t.Errorf("the group of the transactions stands at %d, acknowledged was %d", got, want)
		}
	}
	if got := groupOffset(t, addr, "plain", "tx", 0); l.offsets > 0 && got < l.offset {
		t.Errorf("the group stands at %d, acknowledged was %d", got, l.offset)
	}
	newest := map[string]int64{}
	for _, r := range read(t, addr, "compacted", 0, kgo.ReadCommitted()) {
		newest[string(r.Key)], _ = strconv.ParseInt(string(r.Value[:12]), 10, 64)
	}
	for k, want := range l.newest {
		if newest[k] < want {
			t.Errorf("key %s has value %d, acknowledged was %d", k, newest[k], want)
		}
	}
	for _, topic := range []string{"plain", "tx", "compacted"} {
		checkStable(t, addr, topic)
	}
}

// checkStable fails if an open transaction holds up readers.
func checkStable(t *testing.T, addr, topic string) {
	t.Helper()
	ends := admin(t, addr, func(adm *kadm.Client) (kadm.ListedOffsets, error) {
		return adm.ListEndOffsets(t.Context(), topic)
	})
	stable := admin(t, addr, func(adm *kadm.Client) (kadm.ListedOffsets, error) {
		return adm.ListCommittedOffsets(t.Context(), topic)
	})
	ends.Each(func(end kadm.ListedOffset) {
		if s, _ := stable.Lookup(topic, end.Partition); s.Offset != end.Offset {
			t.Errorf("%s/%d is stable up to %d and ends at %d", topic, end.Partition, s.Offset, end.Offset)
		}
	})
}

// checkSubset fails unless what was acknowledged is there, in order and once.
func checkSubset(t *testing.T, what string, acked, there []string) {
	t.Helper()
	at := 0
	for _, v := range there {
		if at < len(acked) && acked[at] == v {
			at++
		}
	}
	if at < len(acked) {
		t.Errorf("%s: %s was acknowledged and is not there, after %v", what, acked[at], tail(there))
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(there)))); n < len(there) {
		t.Errorf("%s: %d records are there twice", what, len(there)-n)
	}
}

func tail(vs []string) []string { return vs[max(0, len(vs)-8):] }

// TestProducerOutlivesKill9 keeps one producer writing while its broker is
// killed and started again.
func TestProducerOutlivesKill9(t *testing.T) {
	t.Parallel()
	dir, rng := t.TempDir(), newRand(t)
	c := startChild(t, dir)
	addr := c.addr
	_, port, _ := strings.Cut(addr, ":")
	createTopic(t, addr, "orders", 1)
	cl := client(t, addr, kgo.RetryBackoffFn(func(int) time.Duration { return 5 * time.Millisecond }), kgo.MaxBufferedRecords(100))
	defer cl.Close()
	var acked []string
	var lost error
	acks, done := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(acks)
		for n := 0; ctx.Err() == nil; n++ {
			cl.Produce(context.Background(), record("orders", 0, "k", strconv.Itoa(n)), func(r *kgo.Record, err error) {
				if err != nil && lost == nil {
					lost = fmt.Errorf("record %s: %w", r.Value, err)
				}
				acked = append(acked, string(r.Value))
				acks <- struct{}{}
			})
		}
		lost = errors.Join(lost, cl.Flush(context.Background()))
	}()
	for range *rounds {
		for range 1 + rng.IntN(2000) {
			<-acks
		}
		must(t, c.cmd.Process.Kill())
		c.cmd.Wait()
		c = startChild(t, dir, childPort+"="+port)
	}
	stop()
	go func() {
		defer close(done)
		for range acks {
		}
	}()
	<-done
	must(t, lost)
	if len(acked) == 0 {
		t.Fatal("nothing was written")
	}
	got := values(read(t, addr, "orders", 0, kgo.ReadUncommitted()))
	if !slices.Equal(acked, got) {
		checkSubset(t, "orders", acked, got)
		t.Fatalf("%d records acknowledged, %d there", len(acked), len(got))
	}
	t.Logf("%d records over %d deaths", len(acked), *rounds)
}

type child struct {
	cmd  *exec.Cmd
	out  *bufio.Scanner
	addr string
}

func startChild(t *testing.T, dir string, env ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childDir+"="+dir)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	c := &child{cmd: cmd, out: bufio.NewScanner(out)}
	if !c.out.Scan() {
		t.Fatal("the child died at once")
	}
	c.addr = c.out.Text()
	return c
}

func newRand(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("seed %d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// runChild is the child's main. It ends with an error, or not at all.
func runChild(dir string) error {
	port, _ := strconv.Atoi(os.Getenv(childPort))
	b, err := broker.Start(broker.Config{Dir: dir, Port: port})
	if err != nil {
		return err
	}
	fmt.Println(b.Addr())
	text, writes := os.LookupEnv(childRound)
	if !writes {
		select {}
	}
	round, _ := strconv.Atoi(text)
	w := workload{addr: b.Addr(), round: round, failed: make(chan error)}
	return w.run()
}

// A workload writes in four ways at once and prints what was acknowledged.
type workload struct {
	addr   string
	round  int
	failed chan error
	print  sync.Mutex
}

func (w *workload) run() error {
	adm := kadm.NewClient(w.client())
	ctx := context.Background()
	policy := "compact"
	adm.CreateTopic(ctx, 1, 1, nil, "plain") // they exist in later rounds
	adm.CreateTopic(ctx, 2, 1, nil, "tx")
	adm.CreateTopic(ctx, 1, 1, map[string]*string{"cleanup.policy": &policy}, "compacted")
	for _, write := range []func(context.Context) error{w.plain, w.transactions, w.offsets, w.compacted} {
		go func() { w.failed <- write(ctx) }()
	}
	w.say("ready", 0)
	return <-w.failed
}

func (w *workload) client(opts ...kgo.Opt) *kgo.Client {
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(w.addr), kgo.AllowAutoTopicCreation(), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		panic(err)
	}
	return cl
}

func (w *workload) say(kind string, n int) {
	w.print.Lock()
	defer w.print.Unlock()
	fmt.Println(kind, n)
}

// numbers are those of this round: they only grow.
func (w *workload) numbers(yield func(int) bool) {
	for n := (w.round + 1) * 1_000_000; yield(n); n++ {
	}
}

func (w *workload) plain(ctx context.Context) error {
	cl := w.client()
	for n := range w.numbers {
		if err := cl.ProduceSync(ctx, record("plain", 0, "k", strconv.Itoa(n))).FirstErr(); err != nil {
			return err
		}
		w.say("plain", n)
	}
	return nil
}

func (w *workload) transactions(ctx context.Context) error {
	cl := w.client(kgo.TransactionalID("writer"))
	for n := range w.numbers {
		if err := cl.BeginTransaction(); err != nil {
			return err
		}
		value := strconv.Itoa(n)
		if err := cl.ProduceSync(ctx, record("tx", 0, "k", value), record("tx", 1, "k", value)).FirstErr(); err != nil {
			return err
		}
		if err := commitOffset(ctx, cl, "writer", "in-transaction", "tx", 0, int64(n)); err != nil {
			return err
		}
		end := kgo.TransactionEndTry(n%3 != 0)
		if err := cl.EndTransaction(ctx, end); err != nil {
			return err
		}
		if end == kgo.TryCommit {
			w.say("committed", n)
		}
	}
	return nil
}

func (w *workload) offsets(ctx context.Context) error {
	adm := kadm.NewClient(w.client())
	for n := range w.numbers {
		var os kadm.Offsets
		os.AddOffset("tx", 0, int64(n), -1)
		if err := adm.CommitAllOffsets(ctx, "plain", os); err != nil {
			return err
		}
		w.say("offset", n)
	}
	return nil
}

// compacted writes enough for the next start to compact.
func (w *workload) compacted(ctx context.Context) error {
	cl := w.client(kgo.ProducerBatchCompression(kgo.NoCompression()))
	for n := range w.numbers {
		value := fmt.Sprintf("%012d%s", n, strings.Repeat(".", 4<<10))
		if err := cl.ProduceSync(ctx, record("compacted", 0, strconv.Itoa(n%10), value)).FirstErr(); err != nil {
			return err
		}
		w.say("newest", n)
	}
	return nil
}
