package exec

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/kafka/fetch"
	"github.com/mayfly-connect/mayfly/tasks/provider"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// Env is what an executor has besides its lease.
type Env struct {
	// Plugins are the connectors built in; Converters those beyond Apache's own, Transforms those of other packages.
	Plugins    tasks.Plugins
	Converters []convert.Factory
	Transforms []transform.Factory
	// Providers are the config providers built in; Environ is what that of the environment reads, nil for this process's.
	Providers []provider.Kind
	Environ   []string
	// Kafka holds client properties (security settings), and what else of the worker's properties no lease may carry; the
	// brokers come with the lease.
	Kafka map[string]string
	// Name tells this executor from others in results and logs.
	Name string
	// Receipts is how many of its receipts a result has; less than tasks.MaxReceipts stands for that.
	Receipts int
	Log      *slog.Logger
}

// Runner runs leases, one or several at a time. What it keeps between them is speed only (I3).
type Runner struct {
	env Env

	mu        sync.Mutex
	clients   map[string]*kgo.Client // by brokers
	sinks     map[string]tasks.Sink  // by class and configuration
	dlq       map[string]bool        // dead letter topics known to exist, by cluster
	lanes     map[string][]*lane     // producers of events that nobody uses, by settings
	resolvers map[string]*provider.Resolver
}

// New returns a runner. Close it.
func New(env Env) *Runner {
	return &Runner{env: env, clients: map[string]*kgo.Client{}, sinks: map[string]tasks.Sink{}, dlq: map[string]bool{},
		lanes: map[string][]*lane{}, resolvers: map[string]*provider.Resolver{}}
}

// Close gives back all connections.
func (r *Runner) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sinks {
		if err := s.Close(); err != nil {
			r.env.Log.Warn("close the sink", "err", err)
		}
	}
	for _, c := range r.clients {
		c.Close()
	}
	for _, free := range r.lanes {
		for _, l := range free {
			l.close()
		}
	}
}

// Run runs one lease to its end and reports the result, which it also returns. It returns no error, because a failure is
// data that the planner needs. It stops before the lease's deadline, measured from its own start, and when ctx ends. A lease
// without a result topic is run for the caller alone.
func (r *Runner) Run(ctx context.Context, l tasks.Lease) tasks.Result {
	return r.run(ctx, &l, &run{})
}

// RunSource is [Runner.Run] for a source that the caller brings, whatever the plugin of the configuration would read.
func (r *Runner) RunSource(ctx context.Context, l tasks.Lease, src tasks.Source) tasks.Result {
	return r.run(ctx, &l, &run{src: src})
}

// RunRecords is [Runner.Run] for the records of a sink's slice that the caller has already, in the order of their offsets.
func (r *Runner) RunRecords(ctx context.Context, l tasks.Lease, records []tasks.Raw) tasks.Result {
	return r.run(ctx, &l, &run{brought: records})
}

// begin makes rn the state of a lease that starts now.
func (r *Runner) begin(l *tasks.Lease, rn *run) {
	rn.runner, rn.lease, rn.started = r, l, time.Now()
	rn.log = r.env.Log.With("connector", l.Connector, "stream", l.Slice.Stream.String(), "from", l.Slice.From, "to", l.Slice.To, "epoch", l.Epoch)
	rn.steps.start = rn.started
	if l.TraceParent != "" {
		rn.log = rn.log.With("traceparent", l.TraceParent)
	}
}

func (r *Runner) run(ctx context.Context, lease *tasks.Lease, rn *run) tasks.Result {
	l := *lease
	r.begin(&l, rn)
	defer rn.warming.Wait()
	ttl := time.Duration(l.TTL) * time.Millisecond
	work, cancel := context.WithTimeout(ctx, ttl-margin(ttl))
	defer cancel()
	if l.ResultTopic != "" {
		defer rn.heartbeat()()
	}
	res := tasks.NewResult(&l)
	reported := false
	err := rn.prepare(work)
	if err == nil && l.Kind == tasks.SinkKind {
		res, reported, err = rn.sink(work)
	} else if err == nil {
		res, err = rn.source(work)
	}
	if err != nil && res.Failure == nil {
		stage, _ := stageOf(err, stageStart, "")
		rn.fail(&res, late(work, err), stage, -1)
	}
	rn.hidden.MaskFailure(&res) // receipts too
	if reported {
		return res
	}
	rn.sign(&res)
	if l.ResultTopic == "" {
		return res
	}
	last, cancelLast := context.WithTimeout(context.WithoutCancel(ctx), max(margin(ttl), time.Second))
	defer cancelLast()
	if err := r.report(last, &l, res); err != nil {
		rn.log.Error("the result is lost; the coordinator grants the slice again", "err", err)
		if res.Failure == nil {
			rn.fail(&res, err, stageProduce, -1)
		}
	}
	return res
}

// sign says who ran the lease, and how long what took.
func (r *run) sign(res *tasks.Result) {
	res.Executor, res.Started, res.Steps = r.runner.env.Name, r.started.UnixMilli(), r.steps.all
	res.DurationMs = time.Since(r.started).Milliseconds()
}

// margin is the part of a lease's time that is kept for finishing and reporting.
func margin(ttl time.Duration) time.Duration { return min(ttl/5, 5*time.Second) }

// run is the state of one lease.
type run struct {
	runner  *Runner
	lease   *tasks.Lease
	cl      *kgo.Client
	cold    bool           // cl was made for this lease
	warming sync.WaitGroup // what opens its connections
	log     *slog.Logger
	hidden  provider.Resolved // the configuration's values that nobody is to see
	started time.Time
	counts  atomic.Pointer[tasks.Counts] // for the heartbeat
	steps   steps
	cluster string // the cluster's id, once it was asked for
	pipe    pipeline
	// What the caller brings: a source, or the records of a sink's slice. Nil for none.
	src     tasks.Source
	brought []tasks.Raw
}

// prepare connects and makes the configuration ready.
func (r *run) prepare(ctx context.Context) (err error) {
	if r.cl, r.cold, err = r.runner.shared(r.lease); err != nil {
		return err
	}
	if err := r.configuration(ctx); err != nil {
		return err
	}
	return r.resolve(ctx)
}

// configuration reads the configuration when it is not in the lease.
func (r *run) configuration(ctx context.Context) error {
	if r.lease.ConfigTopic == "" {
		return nil
	}
	v := r.lease.ConfigVersion
	f := fetch.New(r.cl, tasks.Slice{Stream: tasks.Stream{Topic: r.lease.ConfigTopic}, From: v, To: v + 1}, kgo.ReadCommitted())
	for {
		c := f.Next(ctx)
		if c.Err != nil {
			return fmt.Errorf("read the configuration of connector %s: %w", r.lease.Connector, c.Err)
		}
		records, err := f.Records(c, false)
		if err != nil {
			return fmt.Errorf("read the configuration of connector %s: %w", r.lease.Connector, err)
		}
		if len(records) == 1 {
			var rec struct {
				Properties map[string]string `json:"properties"`
			}
			if err := json.Unmarshal(records[0].Value, &rec); err != nil {
				return tasks.Fatal(fmt.Errorf("read the configuration of connector %s at offset %d of %s: it is not what Connect writes", r.lease.Connector, v, r.lease.ConfigTopic))
			}
			r.lease.Config = rec.Properties
			return nil
		}
		if c.End {
			return tasks.Stale(fmt.Errorf("the configuration of connector %s at offset %d of %s has been replaced", r.lease.Connector, v, r.lease.ConfigTopic))
		}
	}
}

// shared returns the client for the lease's brokers; made says that there was none yet.
func (r *Runner) shared(l *tasks.Lease) (c *kgo.Client, made bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := strings.Join(l.Bootstrap, ",")
	if c := r.clients[key]; c != nil {
		return c, false, nil
	}
	// Only here: the client counts the time from the record's timestamp, and those of dead letters and of sources are old.
	c, err = r.client(l.Bootstrap, kgo.DisableIdempotentWrite(), kgo.ProducerLinger(0), kgo.RecordDeliveryTimeout(30*time.Second))
	if err == nil {
		r.clients[key] = c
	}
	return c, true, err
}

// client makes a client of the lease's brokers with the executor's own settings.
func (r *Runner) client(bootstrap []string, more ...kgo.Opt) (*kgo.Client, error) {
	return connect(bootstrap, r.env.Kafka, more...)
}

func connect(bootstrap []string, props map[string]string, more ...kgo.Opt) (*kgo.Client, error) {
	props = maps.Clone(props)
	if props == nil {
		props = map[string]string{}
	}
	props["bootstrap.servers"] = strings.Join(bootstrap, ",")
	opts, err := kafka.Options(props, "")
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	opts = append(opts, kgo.MaxVersions(versions()))
	c, err := kgo.NewClient(slices.Concat(more, opts)...) // what people ask for goes before
	if err != nil {
		return nil, tasks.Fatal(fmt.Errorf("connect to Kafka at %s: %w", props["bootstrap.servers"], err))
	}
	return c, nil
}

// versions are those of the requests. A connection begins with the broker's versions, and brokers up to 4.3 refuse to tell them in the
// newest way, so that each would be asked twice.
func versions() *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(kmsg.ApiVersions.Int16(), 4)
	return v
}

// as returns a client of the connector's in a role, which is shared by the leases whose settings are the same: the executor's own
// unless worker or connector say otherwise.
func (r *run) as(role kafka.Role) (*kgo.Client, error) {
	props, own := r.settings(role)
	if own {
		return r.cl, nil
	}
	key, err := json.Marshal(props) // sorted keys
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	name := strings.Join(r.lease.Bootstrap, ",") + string(key)
	r.runner.mu.Lock()
	defer r.runner.mu.Unlock()
	if c := r.runner.clients[name]; c != nil {
		return c, nil
	}
	c, err := connect(r.lease.Bootstrap, props)
	if err != nil {
		return nil, fmt.Errorf("connector %s: its %s: %w", r.lease.Connector, role, err)
	}
	r.runner.clients[name] = c
	return c, nil
}

// producer makes a client that writes what the connector writes.
func (r *run) producer(more ...kgo.Opt) (*kgo.Client, error) {
	props, _ := r.settings(kafka.Producer)
	c, err := connect(r.lease.Bootstrap, props, more...)
	if err != nil {
		return nil, fmt.Errorf("connector %s: its producer: %w", r.lease.Connector, err)
	}
	return c, nil
}

// settings are those of the connector's client in a role; own says that they are the executor's own.
func (r *run) settings(role kafka.Role) (props map[string]string, own bool) {
	worker := r.runner.env.Kafka
	props = kafka.Effective(worker, r.lease.Config, role)
	return props, maps.Equal(props, kafka.Effective(worker, nil, ""))
}

// openSink returns the connection for a class and configuration, made once.
func (r *Runner) openSink(ctx context.Context, l *tasks.Lease) (tasks.Sink, error) {
	class := l.Config["connector.class"]
	p, ok := r.env.Plugins.Sink(class)
	if !ok {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: this executor has no sink %s built in", l.Connector, class))
	}
	key, err := json.Marshal(l.Config) // sorted keys
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sinks[string(key)]; s != nil {
		return s, nil
	}
	c, errs := p.Config.Parse(l.Config)
	if len(errs) > 0 {
		return nil, tasks.Fatal(fmt.Errorf("connector %s: %w", l.Connector, errs[0]))
	}
	s, err := p.New(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	r.sinks[string(key)] = s
	return s, nil
}
