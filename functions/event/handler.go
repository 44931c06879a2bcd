package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	sourceevent "github.com/mayfly-connect/mayfly/sources/event"
	sourcetext "github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// Env is what a function has built in and is configured with.
type Env struct {
	Settings Settings
	// Exec is what leases are run with. Its Kafka becomes the settings' worker properties.
	Exec exec.Env
	// Objects reads objects, by the scheme of their URLs: s3, gs.
	Objects map[string]sourceevent.Store
	// Again invokes this function once more, with an event; nil where that cannot be.
	Again func(ctx context.Context, payload []byte) error
}

// Handler handles native events. What it keeps between them is speed only (I3). Safe for use by several goroutines.
type Handler struct {
	env    Env
	runner *exec.Runner
	log    *slog.Logger
	tokens tokens

	misconfigured error // what is wrong with the settings

	mu     sync.Mutex
	config map[string]string // the connector's, once known
	read   time.Time         // when, if it stands in the config topic
	topics map[string]bool   // known to exist
}

// New returns a handler. It asks nobody for anything before the first event.
func New(e Env) *Handler {
	if e.Exec.Log == nil {
		e.Exec.Log = slog.Default()
	}
	e.Exec.Kafka = e.Settings.Worker
	return &Handler{env: e, runner: exec.New(e.Exec), log: e.Exec.Log.With("connector", e.Settings.Name), config: e.Settings.Config, topics: map[string]bool{},
		tokens: tokens{push: e.Settings.Push}}
}

// Platform is what events need of where the function runs.
type Platform struct {
	Objects map[string]sourceevent.Store
	Again   func(ctx context.Context, payload []byte) error
}

// Of returns the handler of a function, configured by its environment. A function that is there for leases alone has no such
// configuration; the handler then says so to whoever sends it an event.
func Of(e *boot.Executor, p Platform) *Handler {
	with := e.Exec()
	s, err := ReadSettings(os.Environ(), with.Kafka)
	h := New(Env{Settings: s, Exec: with, Objects: p.Objects, Again: p.Again})
	h.misconfigured = err
	return h
}

// Close gives back connections.
func (h *Handler) Close() { h.runner.Close() }

// Handle takes the JSON of an event as AWS Lambda hands it over, and returns the answer's JSON. After an error the platform is to
// deliver the event again: what was written of it is known, and not written again.
func (h *Handler) Handle(ctx context.Context, payload []byte) ([]byte, error) {
	kind, err := KindOf(payload)
	if err != nil {
		return nil, err
	}
	var answer any
	switch kind {
	case SQS:
		answer, err = h.sqs(ctx, payload)
	case Kafka:
		answer, err = h.kafka(ctx, payload)
	case S3:
		answer, err = h.s3(ctx, payload)
	case SNS:
		answer, err = h.sns(ctx, payload)
	case EventBridge:
		answer, err = h.eventBridge(ctx, payload)
	case Kinesis:
		answer, err = h.kinesis(ctx, payload)
	case APIGateway1, APIGateway2:
		answer, err = h.gateway(ctx, kind, payload)
	default:
		err = unknown(payload)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// item is an event with what the platform calls it.
type item struct {
	exec.Event
	// id is how a partial answer names it; several items may be of one id, which is done when all are.
	id string
	// again is an event of its own that brings what is left of it; nil when there is none.
	again []byte
}

// run writes the items, and returns for each what became of it.
func (h *Handler) run(ctx context.Context, items []item) ([]exec.Outcome, error) {
	l, err := h.lease(ctx, tasks.SourceKind)
	if err != nil {
		return nil, err
	}
	if err := h.ensure(ctx, l, h.env.Settings.marks); err != nil {
		return nil, err
	}
	l.OffsetTopic, l.TTL = h.env.Settings.marks.Name, h.left(ctx).Milliseconds()
	events := make([]exec.Event, len(items))
	for i := range items {
		events[i] = items[i].Event
	}
	return h.runner.Events(ctx, l, events), nil
}

// left is how long there is.
func (h *Handler) left(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return h.env.Settings.Timeout
}

// lease is a lease without a slice, for a connector of a kind.
func (h *Handler) lease(ctx context.Context, kind tasks.ConnectorKind) (tasks.Lease, error) {
	config, err := h.configuration(ctx)
	if err != nil {
		return tasks.Lease{}, err
	}
	s := &h.env.Settings
	if s.Worker["bootstrap.servers"] == "" {
		return tasks.Lease{}, fmt.Errorf("connector %s: CONNECT_BOOTSTRAP_SERVERS is not set", s.Name)
	}
	return s.lease(kind, config, h.left(ctx)), nil
}

// connector is the event source connector of the configuration.
func (h *Handler) connector(ctx context.Context, kind Kind) (*sourceevent.Connector, error) {
	config, err := h.configuration(ctx)
	if err != nil {
		return nil, err
	}
	if !sourceevent.Is(config["connector.class"]) {
		return nil, fmt.Errorf("connector %s: connector.class %s does not take events of %s; %s does", h.env.Settings.Name, config["connector.class"], kind, sourceevent.Class)
	}
	return sourceevent.Parse(config)
}

// ensure creates a topic that is not there, once in this function's life.
func (h *Handler) ensure(ctx context.Context, l tasks.Lease, t exec.Topic) error {
	h.mu.Lock()
	known := h.topics[t.Name]
	h.mu.Unlock()
	if known {
		return nil
	}
	if err := h.runner.EnsureTopic(ctx, l, t); err != nil {
		return fmt.Errorf("connector %s: %w", l.Connector, err)
	}
	h.mu.Lock()
	h.topics[t.Name] = true
	h.mu.Unlock()
	return nil
}

// configAge is how long a configuration of the config topic counts before it is read anew.
const configAge = time.Minute

// configuration returns the connector's properties.
func (h *Handler) configuration(ctx context.Context) (map[string]string, error) {
	if h.misconfigured != nil {
		return nil, fmt.Errorf("this function takes no events: %w", h.misconfigured)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.config == nil || !h.read.IsZero() && time.Since(h.read) > configAge {
		l := h.env.Settings.lease(tasks.SourceKind, map[string]string{}, h.left(ctx))
		config, err := h.runner.Configuration(ctx, l, h.env.Settings.Worker["config.storage.topic"])
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", l.Connector, err)
		}
		h.config, h.read = config, time.Now()
	}
	return maps.Clone(h.config), nil
}

// failure is what is wrong with items, for the platform's log.
type failure struct {
	kind string
	text string
}

func (f *failure) Error() string { return f.text }

// failed tells of the items that are not done, or nil.
func failed(items []item, out []exec.Outcome) error {
	n := 0
	var first *exec.Outcome
	var name string
	for i := range out {
		if out[i].Done {
			continue
		}
		if n++; first == nil || first.Failure == nil && out[i].Failure != nil {
			first, name = &out[i], items[i].name()
		}
	}
	if n == 0 {
		return nil
	}
	cause, kind := "the time was too short; it goes on from "+string(first.Position), tasks.KindRetriable.String()
	if first.Failure != nil {
		cause, kind = first.Failure.Message, first.Failure.Kind
	}
	return &failure{kind, fmt.Sprintf("%d of %d were not written: %s: %s", n, len(out), name, cause)}
}

func (i *item) name() string {
	if i.Split != "" {
		return i.Split
	}
	return "an event without identity"
}

// retriable reports whether the same may pass later.
func retriable(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.kind == tasks.KindRetriable.String() || tasks.KindOf(err) == tasks.KindRetriable
}

// splitOf makes the JSON text of a source partition of names and texts.
func splitOf(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		b.WriteString(quoted(pairs[i]) + ":" + quoted(pairs[i+1]))
	}
	return b.String() + "}"
}

func quoted(text string) string { return string(sourcetext.AppendQuoted(nil, text)) }

// last is the last part of a name such as an ARN or a path.
func last(name, separators string) string { return name[strings.LastIndexAny(name, separators)+1:] }
