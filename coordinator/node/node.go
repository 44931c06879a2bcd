// Package node puts a coordinator together: store, observer, launcher, loop and REST API over one Kafka cluster.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/api"
	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/launch/platform"
	"github.com/mayfly-connect/mayfly/coordinator/loglevel"
	"github.com/mayfly-connect/mayfly/coordinator/metrics"
	"github.com/mayfly-connect/mayfly/coordinator/observe"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/coordinator/trace"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
	"github.com/mayfly-connect/mayfly/tasks/exec"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// stopLimit is how long a clean stop waits for leases in flight.
const stopLimit = 10 * time.Second

// Config is what a node needs.
type Config struct {
	Worker  *worker.Config
	Plugins tasks.Plugins
	// Others are the transforms, predicates and converters that GET /connector-plugins lists; nil for all that there are.
	Others []tasks.Plugin
	// Commit is shown by GET /.
	Commit string
	// Levels are those of Log, for /admin/loggers; nil for levels that change nothing.
	Levels *loglevel.Levels
	Log    *slog.Logger
}

// Node is one coordinator. Make one with [New], run it once with [Node.Run].
type Node struct {
	cfg      Config
	main     doors
	admin    doors // none when the admin resources have no listeners of their own
	headers  []api.HeaderRule
	url      string
	loop     atomic.Pointer[control.Loop]
	store    atomic.Pointer[store.Store]
	launcher atomic.Pointer[launch.Patient]
	runner   *exec.Runner // of the launcher inproc
	ready    chan struct{}
	opened   bool        // the topics were read once
	away     atomic.Bool // the brokers are out of reach
	metrics  *metrics.Metrics
	tracer   *trace.Tracer // nil unless the environment asks for traces
}

// New opens the REST API's port. A port that is taken is an error that names it.
func New(cfg Config) (*Node, error) {
	n, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	w := cfg.Worker
	headers, err := api.ParseHeaders(w.REST.ResponseHeaders)
	if err != nil {
		return nil, err
	}
	n.headers = headers
	if n.main, err = listen(w.Listeners, "REST API", "listeners"); err != nil {
		return nil, err
	}
	if n.admin, err = listen(w.REST.Admin, "admin resources", "admin.listeners"); err != nil {
		return nil, errors.Join(err, n.main.close())
	}
	if host, port, _ := net.SplitHostPort(w.WorkerID); port == "0" {
		_, port, _ = net.SplitHostPort(n.main.advertised(w.Scheme).Addr().String())
		w.WorkerID = net.JoinHostPort(host, port)
	}
	n.url = w.Scheme + "://" + w.WorkerID
	return n, nil
}

// prepare makes a node without a REST API.
func prepare(cfg Config) (n *Node, err error) {
	if cfg.Others == nil {
		cfg.Others = Others()
	}
	if cfg.Levels == nil {
		cfg.Levels = loglevel.New()
	}
	n = &Node{cfg: cfg, ready: make(chan struct{})}
	for _, why := range cfg.Worker.Ignored() {
		cfg.Log.Info("a property has no effect", "property", why)
	}
	n.metrics = metrics.New(metrics.Worker{Snapshot: n.Snapshot, Launcher: n.launching, Leader: n.leader, Version: tasks.ConnectVersion, Commit: cfg.Commit,
		Converters: cfg.Worker.Converters(), PluginVersion: n.pluginVersion})
	if trace.Asked() {
		n.tracer, err = trace.New(context.Background(), cfg.Commit, n.logger("trace")) //nolint:forbidigo // it lives as long as the process
	}
	return n, err
}

// leader is the URL of who leads, and whether that is this one; empty while nobody is known to.
func (n *Node) leader() (string, bool) {
	if s := n.store.Load(); s != nil {
		return s.Leader()
	}
	return "", false
}

// witnesses are told what becomes of leases.
func (n *Node) witnesses() control.Witnesses {
	if n.tracer == nil {
		return control.Witnesses{n.metrics}
	}
	return control.Witnesses{n.metrics, n.tracer}
}

// logger is the log of one part, whose level can be set by the name mayfly.PART.
func (n *Node) logger(part string) *slog.Logger { return n.cfg.Log.With(loglevel.Key, "mayfly."+part) }

// URL is the address of the REST API.
func (n *Node) URL() string { return n.url }

// AdminURL is the address of the admin listener; empty when it is the REST API's, or there is none.
func (n *Node) AdminURL() string {
	if len(n.admin) == 0 {
		return ""
	}
	return n.admin[0].at.Scheme() + "://" + n.admin[0].Addr().String()
}

// Ready is closed when the REST API answers with what the topics hold.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// launching tells how the launcher fares; nothing before there is one.
func (n *Node) launching() launch.Health {
	if l := n.launcher.Load(); l != nil {
		return l.Health()
	}
	return launch.Health{}
}

// Snapshot returns the newest metrics; empty while another coordinator leads.
func (n *Node) Snapshot() *control.Metrics {
	if l := n.loop.Load(); l != nil {
		return l.Snapshot()
	}
	return &control.Metrics{}
}

// Run serves, stands by while another coordinator leads, and leads when it falls silent, until ctx ends, which is a clean
// stop. A leader that is fenced stands by again.
func (n *Node) Run(ctx context.Context) error {
	end, err := n.launch(ctx)
	if err != nil {
		return err
	}
	defer end()
	served := make(chan error, 1)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		stopServing()
		if err := <-served; err != nil && !errors.Is(err, net.ErrClosed) {
			n.cfg.Log.Warn("end the REST API", "err", err)
		}
	}()
	go func() { served <- n.serve(serving) }()
	for {
		s, err := n.open(ctx)
		if err != nil && n.opened && away(err) && n.startOver(ctx, err) {
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		n.opened = true
		n.away.Store(false)
		err = n.lead(ctx, s)
		n.loop.Store(nil)
		n.resign(ctx, s)
		switch {
		case ctx.Err() != nil:
			return err
		case errors.Is(err, control.ErrFenced):
			n.cfg.Log.Warn("another coordinator has taken over, or the brokers have forgotten this one; standing by", "err", err)
		case err == nil || !away(err) || !n.startOver(ctx, err):
			return err
		}
	}
}

// launch makes the launcher; end closes it, and what its executors used.
func (n *Node) launch(ctx context.Context) (end func(), err error) {
	launcher, err := n.newLauncher(ctx)
	if err != nil {
		return nil, err
	}
	n.launcher.Store(launcher)
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
		defer cancel()
		if err := launcher.Close(last); err != nil {
			n.cfg.Log.Warn("executors were killed", "err", err)
		}
		n.runner.Close()
		if n.tracer != nil {
			if err := n.tracer.Close(last); err != nil {
				n.cfg.Log.Warn("the last traces were not sent", "err", err)
			}
		}
	}, nil
}

// open opens the store, as that of this node.
func (n *Node) open(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, n.cfg.Worker, n.url, func(logger, level string) { n.cfg.Levels.Set(logger, level) }, n.logger("store"))
	if err == nil {
		n.store.Store(s)
	}
	return s, err
}

// resign closes the store.
func (n *Node) resign(ctx context.Context, s *store.Store) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	s.Close(last)
}

// away reports whether brokers are out of reach, which passes.
func away(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || kerr.IsRetriable(err) || kgo.IsRetryableBrokerErr(err) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, kgo.ErrRecordTimeout) || errors.Is(err, kgo.ErrRecordRetries)
}

// startOver waits a moment before everything is read again, whatever was under way: nothing but what the topics hold is
// needed. It returns false when ctx ends.
func (n *Node) startOver(ctx context.Context, cause error) bool {
	n.away.Store(true)
	n.cfg.Log.Error("the brokers are away; the coordinator starts over when they are back, check that they run",
		"bootstrap.servers", n.cfg.Worker.Props["bootstrap.servers"], "err", cause)
	select {
	case <-time.After(time.Second):
		return true
	case <-ctx.Done():
		return false
	}
}

// lead waits until nobody leads, and leads until ctx ends or another coordinator takes over.
func (n *Node) lead(ctx context.Context, s *store.Store) error {
	watching, stopWatching := context.WithCancel(ctx)
	go n.watchLeader(watching, s)
	err := s.Stand(ctx)
	stopWatching()
	if err != nil {
		return nil //nolint:nilerr // ctx has ended while standing by
	}
	return n.drive(ctx, s, s, stopLimit, (*control.Loop).Run)
}

// drive runs a loop as the leader until it ends, or another coordinator takes over. state is s, or over it.
func (n *Node) drive(ctx context.Context, s *store.Store, state control.Store, limit time.Duration, run func(*control.Loop, context.Context) error) error {
	opts, err := kafka.Options(n.cfg.Worker.Props, "consumer.")
	if err != nil {
		return err
	}
	cl, err := kgo.NewClient(slices.Concat(opts, []kgo.Opt{kgo.MetadataMinAge(50 * time.Millisecond)})...)
	if err != nil {
		return fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	leading, depose := context.WithCancelCause(ctx)
	defer depose(nil)
	observer := observe.New(cl, n.logger("observe"))
	done := make(chan struct{}, 2)
	go func() { observer.Run(background); done <- struct{}{} }()
	go func() {
		if err := s.Beat(background); err != nil {
			depose(err)
		}
		done <- struct{}{}
	}()
	defer func() { cancel(); <-done; <-done }()

	w := n.cfg.Worker
	loop := control.New(control.Config{Store: state, Observer: observer, Launcher: n.launcher.Load(), Plugins: n.cfg.Plugins, ExactlyOnce: w.ExactlyOnce,
		Lease: w.Lease(),
		Limits: plan.Limits{MaxExecutors: w.Ours.MaxExecutors, SliceBytes: w.Ours.SliceBytes, TTL: time.Duration(w.Ours.LeaseTTL) * time.Millisecond,
			Margin: 5 * time.Second, LaunchRate: w.Ours.LaunchRate, SecondCost: w.Ours.SecondCost, DayCost: w.Ours.DayCost},
		Witness: n.witnesses(), Resolver: w.Resolver, TopicCreation: w.REST.TopicCreation, StopLimit: limit, Log: n.logger("control")})
	n.loop.Store(loop)
	n.metrics.Leads()
	err = run(loop, leading)
	if cause := context.Cause(leading); cause != nil && ctx.Err() == nil {
		return cause
	}
	return err
}

// newLauncher returns the launcher that the worker properties name.
func (n *Node) newLauncher(ctx context.Context) (*launch.Patient, error) {
	w := n.cfg.Worker
	n.runner = exec.New(exec.Env{Plugins: n.cfg.Plugins, Converters: boot.Converters(), Providers: worker.Providers(), Environ: w.Environ,
		Kafka: w.KafkaProps(), Name: w.WorkerID, Log: n.logger("exec")})
	most := w.Ours.MaxExecutors
	if most <= 0 {
		most = plan.DefaultExecutors
	}
	return platform.New(ctx, w.Ours.Launcher, w.Ours.Fallback, w.Props, platform.Options{Family: n.family, Kafka: w.KafkaProps(), Run: n.runner.Run, Most: most,
		Log: n.logger("launch")})
}

// family says which executor binary a lease needs.
func (n *Node) family(l tasks.Lease) tasks.Family {
	config := l.Config
	if config == nil {
		config, _, _ = n.store.Load().Connector(l.Connector)
	}
	class := n.class(config)
	if p, ok := n.cfg.Plugins.Sink(class); ok {
		return p.Family
	}
	if p, ok := n.cfg.Plugins.Source(class); ok {
		return p.Family
	}
	return tasks.CoreFamily
}

// pluginVersion is the version of a transform, predicate or converter; empty when there is none of the class.
func (n *Node) pluginVersion(class string) string {
	for i := range n.cfg.Others {
		if slices.Contains(n.cfg.Others[i].Names(), class) {
			return n.cfg.Others[i].Version
		}
	}
	return ""
}

// Validator checks connectors as a worker with these properties does.
func Validator(w *worker.Config, plugins tasks.Plugins, others []tasks.Plugin) connector.Validator {
	v := connector.Validator{Plugins: plugins, Others: others, Defaults: w.Converters(), Policy: w.Policy, ExactlyOnce: w.ExactlyOnce,
		Transforms: func(props map[string]string) []tasks.ConfigError { return transform.Validate(props) }}
	if !w.Standalone {
		v.WorkerGroup = w.GroupID
	}
	return v
}

// Others returns all transforms, predicates and converters.
func Others() []tasks.Plugin {
	return slices.Concat(transform.Plugins(), convert.Plugins(), []tasks.Plugin{avro.Plugin(), jsonschema.Plugin(), protobuf.Plugin()})
}
